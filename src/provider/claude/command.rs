//! The command line of one turn.
//! PURE. Holds no prompt and no persona: those go through stdin and a file, where nobody else can read them.

use std::path::Path;

use super::asking;
use crate::provider::TurnOrder;

/// Which conversation a turn belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conversation {
    /// A new one, under an id that we chose.
    New(String),
    /// One that is there already.
    Resumed(String),
}

impl Conversation {
    /// A new one gets the id `new`. None when the id to resume cannot be one of this CLI's: it would be taken for a
    /// title, or for a flag.
    pub(super) fn of(order: &TurnOrder, new: uuid::Uuid) -> Option<Self> {
        match &order.resume {
            None => Some(Self::New(new.to_string())),
            Some(session) => {
                let id = uuid::Uuid::try_parse(&session.id).ok()?;
                Some(Self::Resumed(id.to_string()))
            }
        }
    }
}

/// The arguments of one turn. `system` is the file with the system prompt; `extra` comes last, so the host can
/// override.
pub(super) fn arguments(
    order: &TurnOrder,
    conversation: &Conversation,
    system: &Path,
    extra: &[String],
) -> Vec<String> {
    let mut args: Vec<String> =
        ["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"].map(str::to_owned).into();
    let mut push = |flag: &str, value: &str| args.extend([flag.to_owned(), value.to_owned()]);
    match conversation {
        Conversation::New(id) => push("--session-id", id),
        Conversation::Resumed(id) => push("--resume", id),
    }
    // Without it the CLI replays the system prompt of the conversation's first turn for ever.
    push("--system-prompt-snapshot", "off");
    if order.asking.is_some() {
        // The prompt goes in as a line, so that answers can follow it.
        push("--input-format", "stream-json");
        push("--permission-prompt-tool", "stdio");
        push("--permission-mode", "default");
    } else {
        push("--permission-mode", "dontAsk");
    }
    if let Some(model) = &order.model {
        push("--model", model.as_str());
    }
    if let Some(micros) = order.budget_micros {
        push("--max-budget-usd", &format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000));
    }
    let system = system.to_string_lossy();
    let rules: Vec<&String> = order.allowed_tools.iter().filter(|rule| !rule.starts_with('-')).collect();
    let has_tools = !rules.is_empty() || order.asking.is_some();
    if !has_tools {
        push("--system-prompt-file", &system);
        push("--tools", "");
    } else {
        // With tools the CLI's own instructions for them have to stay.
        push("--append-system-prompt-file", &system);
        push("--tools", &asking::tools(order, &tool_names(&rules)));
    }
    args.push("--strict-mcp-config".to_owned());
    if !rules.is_empty() {
        args.push("--allowed-tools".to_owned());
        args.extend(rules.into_iter().cloned());
    }
    args.extend(extra.iter().cloned());
    args
}

/// `Bash(git log:*)` is a rule for the tool `Bash`.
fn tool_names(rules: &[&String]) -> String {
    let mut names: Vec<&str> = rules.iter().map(|rule| rule.split('(').next().unwrap_or(rule).trim()).collect();
    names.dedup();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ModelName, ProviderName, Session, Tale, TurnNo};
    use crate::provider::Hand;
    use crate::provider::asking::{Asking, answers};

    fn order() -> TurnOrder {
        TurnOrder {
            table: "t".into(),
            turn: TurnNo::new(1),
            system: "PERSONA".into(),
            prompt: "PROMPT".into(),
            resume: None,
            model: None,
            allowed_tools: Vec::new(),
            asking: None,
            folder: "/".into(),
            budget_micros: None,
            language: "en".into(),
            tale: Tale::default(),
            said: Vec::new(),
            hand: Hand::new().0,
        }
    }

    fn line(order: &TurnOrder, conversation: &Conversation) -> String {
        let args = arguments(order, conversation, Path::new("/tmp/x/system.md"), &["--effort".into(), "low".into()]);
        let shown = args.iter().map(|arg| if arg.is_empty() { "''" } else { arg });
        shown.collect::<Vec<_>>().join(" ").replace(" --", "\n--")
    }

    #[test]
    fn a_first_turn_has_no_tools_and_no_prompt_in_sight() {
        let line = line(&order(), &Conversation::New("ID".into()));
        insta::assert_snapshot!(line, @r"
        -p
        --output-format stream-json
        --verbose
        --include-partial-messages
        --session-id ID
        --system-prompt-snapshot off
        --permission-mode dontAsk
        --system-prompt-file /tmp/x/system.md
        --tools ''
        --strict-mcp-config
        --effort low
        ");
    }

    #[test]
    fn a_later_turn_with_tools_keeps_the_clis_own_instructions() {
        let order = TurnOrder {
            model: Some(ModelName::new("opus")),
            budget_micros: Some(50_000),
            allowed_tools: vec!["Read".into(), "Bash(git log:*)".into(), "Bash(git diff:*)".into(), "--x".into()],
            ..order()
        };
        let line = line(&order, &Conversation::Resumed("ID".into()));
        insta::assert_snapshot!(line, @r"
        -p
        --output-format stream-json
        --verbose
        --include-partial-messages
        --resume ID
        --system-prompt-snapshot off
        --permission-mode dontAsk
        --model opus
        --max-budget-usd 0.050000
        --append-system-prompt-file /tmp/x/system.md
        --tools Read,Bash
        --strict-mcp-config
        --allowed-tools Read Bash(git log:*) Bash(git diff:*)
        --effort low
        ");
    }

    #[test]
    fn a_table_that_may_ask_answers_on_stdin_and_allows_no_more_unasked() {
        let asking = |every_tool| Some(Asking { answers: answers().1, every_tool });
        let named = TurnOrder { allowed_tools: vec!["Read".into()], asking: asking(false), ..order() };
        let line = |order: &TurnOrder| line(order, &Conversation::New("ID".into()));
        assert!(line(&named).contains("\n--tools Read,AskUserQuestion\n--strict-mcp-config\n--allowed-tools Read\n"));
        let coding = line(&TurnOrder { asking: asking(true), ..order() });
        insta::assert_snapshot!(coding, @r"
        -p
        --output-format stream-json
        --verbose
        --include-partial-messages
        --session-id ID
        --system-prompt-snapshot off
        --input-format stream-json
        --permission-prompt-tool stdio
        --permission-mode default
        --append-system-prompt-file /tmp/x/system.md
        --tools default
        --strict-mcp-config
        --effort low
        ");
    }

    #[test]
    fn an_id_that_is_none_is_never_handed_on() {
        let resume = |id: &str| Some(Session { provider: ProviderName::new("claude"), id: id.into() });
        assert_eq!(Conversation::of(&TurnOrder { resume: resume("--dangerous"), ..order() }, uuid::Uuid::nil()), None);
        let id = "11111111-1111-4111-8111-111111111111";
        assert_eq!(
            Conversation::of(&TurnOrder { resume: resume(id), ..order() }, uuid::Uuid::nil()),
            Some(Conversation::Resumed(id.into()))
        );
    }
}
