//! What is known of the agents that are known by name: how they are started, what they may see, how their tools are
//! taken away.
//! PURE. Of any other agent nothing is assumed; its command line is the host's.

use serde_json::json;

use crate::domain::{ModelName, ProviderName};
use crate::provider::ToolAccess;

/// An agent that is known by name, or any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Gemini,
    Opencode,
    Qwen,
    Other,
}

/// How a model is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModelChoice {
    /// For a whole process, at its start.
    PerProcess,
    /// In each session, by request.
    PerSession,
}

/// When the history of a loaded session is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replay {
    /// Before the answer, as the protocol has it.
    BeforeTheAnswer,
    /// Perhaps after it as well: gemini answers first and goes on telling, with no word at the end.
    AnyTime,
}

/// What a process is started with because of what its tables may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fitting {
    /// Arguments after the others.
    pub(super) args: Vec<String>,
    /// Variables under the host's.
    pub(super) env: Vec<(String, String)>,
    /// Files: the name, the text, and what tells the agent where it stands.
    pub(super) files: Vec<FittingFile>,
}

/// A file that an agent is pointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FittingFile {
    /// Its name in the process's own folder.
    pub(super) name: &'static str,
    /// What stands in it.
    pub(super) text: String,
    /// How the agent learns of it.
    pub(super) told_by: ToldBy,
}

/// How an agent learns of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToldBy {
    /// By this argument before its path.
    Argument(&'static str),
    /// By its path in this variable.
    Variable(&'static str),
}

/// What stands above a conversation instead of the agent's own pages on how to program. Ours are in the prompt, because
/// they belong to a table and one process serves many.
const ABOVE: &str = "Follow the instructions that stand in the conversation under \"Your instructions\"; \
the newest of them hold. Answer in text, with no tools but those that are offered to you.\n";

impl Dialect {
    /// The dialect of a provider of this name.
    pub(super) fn of(name: &ProviderName) -> Self {
        match name.as_str() {
            "gemini" => Self::Gemini,
            "opencode" => Self::Opencode,
            "qwen" => Self::Qwen,
            _ => Self::Other,
        }
    }

    /// The arguments where the host names none.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Gemini | Self::Qwen => &["--acp"],
            Self::Opencode => &["acp"],
            Self::Other => &[],
        }
    }

    /// Of our environment, what the agent may see beside the common list: its sign-in and its address.
    pub(super) fn own_variables(self) -> &'static [&'static str] {
        match self {
            Self::Gemini => &["GEMINI_*", "GOOGLE_*"],
            Self::Opencode => &[
                "OPENCODE_*",
                "ANTHROPIC_*",
                "OPENAI_*",
                "OPENROUTER_*",
                "GEMINI_*",
                "GOOGLE_*",
                "GROQ_*",
                "MISTRAL_*",
                "DEEPSEEK_*",
                "XAI_*",
            ],
            Self::Qwen => &["QWEN_*", "OPENAI_*", "DASHSCOPE_*", "OPENROUTER_*", "MODELSCOPE_*"],
            Self::Other => &[],
        }
    }

    /// Files of a workspace that the agent reads by itself.
    pub(super) fn reads_by_itself(self) -> &'static [&'static str] {
        match self {
            Self::Gemini => &["GEMINI.md"],
            Self::Opencode => &["AGENTS.md"],
            Self::Qwen => &["QWEN.md"],
            Self::Other => &[],
        }
    }

    /// How a model is chosen.
    pub(super) fn model_choice(self) -> ModelChoice {
        match self {
            Self::Gemini | Self::Opencode | Self::Qwen => ModelChoice::PerProcess,
            Self::Other => ModelChoice::PerSession,
        }
    }

    /// When the history of a loaded session is told again.
    pub(super) fn replay(self) -> Replay {
        match self {
            Self::Opencode | Self::Qwen => Replay::BeforeTheAnswer,
            Self::Gemini | Self::Other => Replay::AnyTime,
        }
    }

    /// The way of signing in that needs nobody: the variable with the key, and the agent's name for the way.
    pub(super) fn sign_in(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Gemini => Some(("GEMINI_API_KEY", "gemini-api-key")),
            Self::Qwen => Some(("OPENAI_API_KEY", "openai")),
            Self::Opencode | Self::Other => None,
        }
    }

    /// Whether it was seen to use tools that are served to it in a session. What others do with them is not known.
    pub(super) fn takes_tools(self) -> bool {
        self != Self::Other
    }

    /// What a process for tables with this model and these tools is started with; `asks` says whether people may be asked
    /// for leave, and whether for every tool; `game` names the game's own tools, which the table judges at each call.
    pub(super) fn fitting(
        self,
        model: Option<&ModelName>,
        tools: &[String],
        asks: Option<bool>,
        game: &[&str],
    ) -> Fitting {
        match self {
            Self::Gemini => gemini(model, tools, asks, game),
            Self::Opencode => opencode(model, tools, asks),
            Self::Qwen => qwen(model, tools, asks, game),
            Self::Other => Fitting::default(),
        }
    }
}

fn model_flag(model: Option<&ModelName>) -> Vec<String> {
    model.map(|model| vec!["-m".to_owned(), model.as_str().to_owned()]).unwrap_or_default()
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Its launcher would start a second process that outlives a kill, and it asks whether it may trust a folder. A policy
/// file takes its tools away; a request shrinks from 46 kB to 1 kB.
fn gemini(model: Option<&ModelName>, tools: &[String], asks: Option<bool>, game: &[&str]) -> Fitting {
    let others = if asks == Some(true) { "ask_user" } else { "deny" };
    let mut policy = format!("[[rule]]\ntoolName = \"*\"\ndecision = \"{others}\"\npriority = 100\n");
    // By their full names: when a call comes, it looks for the server under another name than its policy does.
    let game = game.iter().map(|tool| format!("mcp_{}_{tool}", ToolAccess::SERVER));
    for tool in tools.iter().cloned().chain(game) {
        // A JSON string is a TOML string.
        policy += &format!("\n[[rule]]\ntoolName = {}\ndecision = \"allow\"\npriority = 900\n", json!(tool));
    }
    let mut files = vec![FittingFile { name: "policy.toml", text: policy, told_by: ToldBy::Argument("--policy") }];
    if tools.is_empty() && asks.is_none() {
        files.push(above("GEMINI_SYSTEM_MD"));
    }
    Fitting {
        args: model_flag(model),
        env: variables(&[("GEMINI_CLI_NO_RELAUNCH", "true"), ("GEMINI_CLI_TRUST_WORKSPACE", "true")]),
        files,
    }
}

/// Without a word about permissions it runs whatever the model wants.
fn opencode(model: Option<&ModelName>, tools: &[String], asks: Option<bool>) -> Fitting {
    let mut permission =
        serde_json::Map::from_iter([("*".to_owned(), json!(if asks == Some(true) { "ask" } else { "deny" }))]);
    // The game's own tools are judged by the table at each call.
    permission.insert(format!("{}_*", ToolAccess::SERVER), json!("allow"));
    permission.extend(tools.iter().map(|tool| (tool.clone(), json!("allow"))));
    let mut config = json!({"autoupdate": false, "share": "disabled"});
    if let Some(model) = model {
        config["model"] = json!(model.as_str());
    }
    if tools.is_empty() && asks.is_none() {
        config["agent"] = json!({"talekeeper": {"mode": "primary", "prompt": ABOVE}});
        config["default_agent"] = json!("talekeeper");
    }
    Fitting {
        args: Vec::new(),
        env: vec![
            ("OPENCODE_PERMISSION".to_owned(), serde_json::Value::Object(permission).to_string()),
            ("OPENCODE_CONFIG_CONTENT".to_owned(), config.to_string()),
            ("OPENCODE_DISABLE_AUTOUPDATE".to_owned(), "1".to_owned()),
            ("OPENCODE_DISABLE_LSP_DOWNLOAD".to_owned(), "1".to_owned()),
        ],
        files: Vec::new(),
    }
}

/// Its default mode lets a second model decide what may run; and after a turn an agent of its own, with a shell, writes
/// down what it wants to remember. Tools that are served to it would come after the first prompt, and be hidden behind a
/// search.
fn qwen(model: Option<&ModelName>, tools: &[String], asks: Option<bool>, game: &[&str]) -> Fitting {
    let named: Vec<String> = tools.iter().filter(|tool| !tool.starts_with('-')).cloned().collect();
    let mut args = model_flag(model);
    args.extend(["--approval-mode", "default"].map(str::to_owned));
    let mut settings = json!({
        "memory": {"enableManagedAutoMemory": false, "enableManagedAutoDream": false, "enableAutoSkill": false},
        "ui": {"enableFollowupSuggestions": false},
        "general": {"enableAutoUpdate": false},
    });
    let mut env = Vec::new();
    if !game.is_empty() {
        let server = format!("mcp__{}", ToolAccess::SERVER);
        settings["tools"] = json!({"visible": game.iter().map(|tool| format!("{server}__{tool}")).collect::<Vec<_>>()});
        settings["permissions"] = json!({"allow": [server]});
        env = variables(&[("QWEN_CODE_LEGACY_MCP_BLOCKING", "1")]);
    }
    let mut files = vec![FittingFile {
        name: "settings.json",
        text: settings.to_string(),
        told_by: ToldBy::Variable("QWEN_CODE_SYSTEM_SETTINGS_PATH"),
    }];
    if asks == Some(true) {
        if !named.is_empty() {
            args.push("--allowed-tools".to_owned());
            args.extend(named);
        }
        return Fitting { args, env, files };
    }
    args.push("--core-tools".to_owned());
    if named.is_empty() {
        // A list that names no tool there is: an empty one would mean all. It does not reach those below.
        args.extend(["none", "--exclude-tools"].map(str::to_owned));
        args.extend(QWENS_OTHER_TOOLS.iter().map(|tool| (*tool).to_owned()));
        files.push(above("QWEN_SYSTEM_MD"));
    } else {
        args.extend(named);
    }
    Fitting { args, env, files }
}

/// Tools of qwen's that are not among its core tools: those that start others, and those that act.
const QWENS_OTHER_TOOLS: &[&str] = &[
    "agent",
    "skill",
    "tool_call",
    "tool_search",
    "list_agents",
    "send_message",
    "task_stop",
    "enter_worktree",
    "exit_worktree",
    "record_artifact",
    "report_findings",
];

fn above(variable: &'static str) -> FittingFile {
    FittingFile { name: "above.md", text: ABOVE.to_owned(), told_by: ToldBy::Variable(variable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_agent_that_is_known_keeps_a_tool_that_was_not_allowed() {
        let gemini = Dialect::Gemini.fitting(None, &[], None, &[]);
        assert!(gemini.files[0].text.contains("toolName = \"*\"\ndecision = \"deny\""));
        let opencode = Dialect::Opencode.fitting(None, &[], None, &[]);
        assert_eq!(opencode.env[0], ("OPENCODE_PERMISSION".into(), r#"{"*":"deny","table_*":"allow"}"#.into()));
        let qwen = Dialect::Qwen.fitting(None, &[], None, &[]);
        assert_eq!(qwen.args[..6], ["--approval-mode", "default", "--core-tools", "none", "--exclude-tools", "agent"]);
        assert!(qwen.files[0].text.contains(r#""enableManagedAutoMemory":false"#));
    }

    #[test]
    fn the_games_own_tools_are_let_through_and_nothing_else_with_them() {
        let gemini = Dialect::Gemini.fitting(None, &[], None, &["whisper"]);
        let rule = "[[rule]]\ntoolName = \"mcp_table_whisper\"\ndecision = \"allow\"\npriority = 900\n";
        assert!(gemini.files[0].text.ends_with(rule), "{}", gemini.files[0].text);
        assert_eq!(gemini.files[0].text.matches("allow").count(), 1);
        let qwen = Dialect::Qwen.fitting(None, &[], None, &["whisper"]);
        let settings: serde_json::Value = serde_json::from_str(&qwen.files[0].text).unwrap();
        assert_eq!(settings["permissions"]["allow"], json!(["mcp__table"]));
        assert_eq!(settings["tools"]["visible"], json!(["mcp__table__whisper"]));
        assert_eq!(qwen.env, [("QWEN_CODE_LEGACY_MCP_BLOCKING".into(), "1".into())]);
        assert_eq!(qwen.args[..4], ["--approval-mode", "default", "--core-tools", "none"]);
        let without = Dialect::Qwen.fitting(None, &[], None, &[]);
        assert!(!without.files[0].text.contains("permissions") && without.env.is_empty());
    }

    #[test]
    fn a_tools_name_is_data_in_a_policy() {
        let fitting = Dialect::Gemini.fitting(None, &["x\"\ndecision = \"allow\"\n#".to_owned()], None, &[]);
        let line = fitting.files[0].text.lines().find(|line| line.starts_with("toolName = \"x")).unwrap();
        assert_eq!(line, r##"toolName = "x\"\ndecision = \"allow\"\n#""##);
    }

    #[test]
    fn a_model_is_named_as_each_agent_wants_it() {
        let model = ModelName::new("stub/one");
        assert_eq!(Dialect::Gemini.fitting(Some(&model), &[], None, &[]).args, ["-m", "stub/one"]);
        assert!(Dialect::Opencode.fitting(Some(&model), &[], None, &[]).env[1].1.contains(r#""model":"stub/one""#));
        assert_eq!(Dialect::Other.fitting(Some(&model), &[], None, &[]), Fitting::default());
    }
}
