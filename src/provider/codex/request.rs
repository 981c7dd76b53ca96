//! What is said to `codex app-server`: our calls, and our answers to its questions.
//! PURE. Nothing here is a command line: prompts and personas go through the pipe.

use serde_json::{Map, Value, json};

use super::words::text;
use crate::provider::{ToolAccess, TurnOrder};

/// What the host may name in `allowed_tools`: a tool, and the switches that keep it away.
const TOOLS: &[(&str, &[&str])] =
    &[("exec_command", &["features.shell_tool", "features.unified_exec"]), ("view_image", &["features.view_image"])];

/// Switches for what a game master never needs: other agents, goals, plug-ins, pictures.
const NEVER: &[&str] = &[
    "features.multi_agent",
    "features.goals",
    "features.apps",
    "features.plugins",
    "features.hooks",
    "features.image_generation",
    "features.skill_search",
    "features.tool_suggest",
    // It would wait for the network for ever, and say so only in passing.
    "features.unbounded_connection_retries",
];

/// What the CLI tells a coder of its own accord; without tools it is only noise, and five times the persona.
const CODERS_TALK: &[&str] = &[
    "include_permissions_instructions",
    "include_environment_context",
    "skills.include_instructions",
    "include_apps_instructions",
    "include_collaboration_mode_instructions",
];

/// Attempts at one request, and at one stream; the CLI's own are 4 and 5.
const RETRIES: (u32, u32) = (1, 2);

/// How long a stream may be silent before it is tried again, in milliseconds; the CLI's own is five minutes.
const STREAM_IDLE_MS: u32 = 120_000;

/// Where OpenAI's API is unless the host says otherwise.
const OPENAI_API: &str = "https://api.openai.com/v1";

/// The name of the provider that stands in for the built-in one.
const BY_KEY: &str = "openai-by-key";

/// What is known of the host's configuration of the CLI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HostConfig {
    /// The host's own model provider, if one is used; those that are built in take no settings.
    pub(super) own_provider: Option<String>,
    /// Where OpenAI's API is, if the host says so.
    pub(super) api_url: Option<String>,
    /// The names of the host's MCP servers.
    pub(super) mcp_servers: Vec<String>,
    /// The variable with a key, where nobody is signed in.
    pub(super) key: Option<&'static str>,
}

impl HostConfig {
    /// From the answer to `config/read`.
    pub(super) fn read(answer: &Value) -> Self {
        let config = &answer["config"];
        let own = config["model_provider"].as_str().filter(|name| config["model_providers"][name].is_object());
        let servers = config["mcp_servers"].as_object().map(|servers| servers.keys().cloned().collect());
        Self {
            own_provider: own.map(str::to_owned),
            api_url: config["openai_base_url"].as_str().map(str::to_owned),
            mcp_servers: servers.unwrap_or_default(),
            key: None,
        }
    }
}

/// The greeting.
pub(super) fn initialize() -> (&'static str, Value) {
    let own = json!({"name": "talekeeper", "title": "Talekeeper", "version": env!("CARGO_PKG_VERSION")});
    // The persona of a table with tools goes through a field that counts as experimental.
    ("initialize", json!({"clientInfo": own, "capabilities": {"experimentalApi": true}}))
}

/// The opening of a conversation, a new one or the one to go on with.
pub(super) fn conversation(order: &TurnOrder, host: &HostConfig) -> (&'static str, Value) {
    let mut params = json!({
        "cwd": order.folder,
        "approvalPolicy": approvals(order),
        "sandbox": sandbox(order),
        "config": settings(order, host),
    });
    if let Some(model) = &order.model {
        params["model"] = json!(model.as_str());
    }
    if !has_tools(order) {
        params["baseInstructions"] = json!(order.system);
    }
    let Some(session) = &order.resume else { return ("thread/start", params) };
    params["threadId"] = json!(session.id);
    params["excludeTurns"] = json!(true);
    ("thread/resume", params)
}

/// The turn itself. `joined` says that the program had the conversation open still and took no settings: then the
/// persona stands above the prompt.
pub(super) fn turn(order: &TurnOrder, thread: &str, model: Option<&str>, joined: Joined) -> (&'static str, Value) {
    let prompt = match joined {
        Joined::Yes if !has_tools(order) => format!("{}\n\n{}", order.system, order.prompt),
        _ => order.prompt.clone(),
    };
    let mut input = vec![json!({"type": "text", "text": prompt})];
    input.extend(order.pictures.iter().map(|picture| json!({"type": "localImage", "path": picture.path})));
    let mut params = json!({"threadId": thread, "input": input});
    if has_tools(order) {
        // With tools the CLI's own instructions for them have to stay; this comes after them, again when it changed.
        let settings = json!({"model": model, "reasoning_effort": null, "developer_instructions": order.system});
        params["collaborationMode"] = json!({"mode": "default", "settings": settings});
    }
    ("turn/start", params)
}

/// Whether a resumed conversation was open in the program, so that it kept its old settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// It was loaded anew, with ours.
    No,
    /// It was open.
    Yes,
}

impl Joined {
    /// From the answer to `thread/resume`: one that was loaded anew is idle; one that failed last and is open is not.
    pub(super) fn read(answer: &Value) -> Self {
        match text(&answer["thread"]["status"], "type") {
            "idle" | "notLoaded" | "" => Self::No,
            _ => Self::Yes,
        }
    }
}

/// One call on the wire.
pub(super) fn call(id: u64, method: &str, params: &Value) -> String {
    line(&json!({"id": id, "method": method, "params": params}))
}

/// The word after the greeting.
pub(super) fn initialized() -> String {
    line(&json!({"method": "initialized"}))
}

/// The answer to a question.
pub(super) fn result(id: &Value, result: &Value) -> String {
    line(&json!({"id": id, "result": result}))
}

/// No, in the words that each question takes for it.
pub(super) fn refusal(id: &Value, method: &str) -> String {
    let no = match method {
        "item/commandExecution/requestApproval" | "item/fileChange/requestApproval" => json!({"decision": "decline"}),
        "execCommandApproval" | "applyPatchApproval" => json!({"decision": "denied"}),
        "item/permissions/requestApproval" => json!({"permissions": {}}),
        "item/tool/requestUserInput" => json!({"answers": {}}),
        "mcpServer/elicitation/request" => json!({"action": "decline", "content": null}),
        "item/tool/call" => json!({"contentItems": [], "success": false}),
        _ => return line(&json!({"id": id, "error": {"code": -32601, "message": "not supported"}})),
    };
    line(&json!({"id": id, "result": no}))
}

/// The name of the tool that a question asks leave for; none for questions that ask something else.
pub(super) fn tool_asked_for(method: &str) -> Option<&'static str> {
    match method {
        "item/commandExecution/requestApproval" | "execCommandApproval" => Some("exec_command"),
        "item/fileChange/requestApproval" | "applyPatchApproval" => Some("apply_patch"),
        "item/permissions/requestApproval" => Some("permissions"),
        "item/tool/requestUserInput" => Some("request_user_input"),
        "mcpServer/elicitation/request" | "item/tool/call" => Some("mcp"),
        _ => None,
    }
}

fn has_tools(order: &TurnOrder) -> bool {
    !order.allowed_tools.is_empty() || order.asking.is_some()
}

/// When it asks: never where nobody is to be asked; else for what leaves the sandbox, and, where commands were not
/// allowed beforehand, for every command that is not known to be harmless.
fn approvals(order: &TurnOrder) -> &'static str {
    match &order.asking {
        None => "never",
        Some(_) if allows(order, "exec_command") => "on-request",
        Some(_) => "untrusted",
    }
}

/// Whether a tool is there at all: what was named, and where every tool may be asked for, every one.
fn offers(order: &TurnOrder, tool: &str) -> bool {
    allows(order, tool) || order.asking.as_ref().is_some_and(|asking| asking.every_tool)
}

fn allows(order: &TurnOrder, tool: &str) -> bool {
    order.allowed_tools.iter().any(|allowed| allowed == tool)
}

/// Only a table that may change files gets more than looking; and one that is asked before every command and every
/// change. What people allowed runs in the sandbox first: that it failed there for want of leave the CLI guesses from
/// what it prints, and guesses wrong where a command is quick.
fn sandbox(order: &TurnOrder) -> &'static str {
    let asked_first = approvals(order) == "untrusted" && offers(order, "apply_patch");
    if asked_first || allows(order, "apply_patch") { "workspace-write" } else { "read-only" }
}

fn settings(order: &TurnOrder, host: &HostConfig) -> Value {
    let kept_away = TOOLS.iter().filter(|(tool, _)| !offers(order, tool)).flat_map(|(_, switches)| *switches);
    let talk = CODERS_TALK.iter().filter(|_| !has_tools(order));
    let off = kept_away.chain(NEVER).chain(talk).map(|switch| ((*switch).to_owned(), json!(false)));
    let mut settings: Map<String, Value> = off.collect();
    if !allows(order, "web_search") {
        settings.insert("web_search".to_owned(), json!("disabled"));
    }
    let foreign = host.mcp_servers.iter().filter(|name| !allows(order, &format!("mcp__{name}")));
    let mut servers: Map<String, Value> = foreign.map(|name| (name.clone(), json!({"enabled": false}))).collect();
    // One of the host's under the same name would be mixed with ours, and no conversation would open.
    let free = !host.mcp_servers.iter().any(|name| name == ToolAccess::SERVER);
    if let Some(access) = order.tools.as_ref().filter(|_| free) {
        servers.insert(ToolAccess::SERVER.to_owned(), game(access));
    }
    settings.insert("mcp_servers".to_owned(), Value::Object(servers));
    settings.extend(model_provider(host));
    Value::Object(settings)
}

/// The game's own tools. The table judges every call, so nobody is asked for leave.
fn game(access: &ToolAccess) -> Value {
    let headers = json!({"Authorization": access.authorization()});
    json!({"url": access.url, "http_headers": headers, "default_tools_approval_mode": "approve"})
}

/// Bounds the retries of the host's own provider. The built-in one takes no settings and no key but by a sign-in, so
/// with a key alone a provider of our own stands in for it.
fn model_provider(host: &HostConfig) -> Map<String, Value> {
    let mut provider = json!({
        "request_max_retries": RETRIES.0,
        "stream_max_retries": RETRIES.1,
        "stream_idle_timeout_ms": STREAM_IDLE_MS,
    });
    let mut settings = Map::new();
    let name = match (&host.own_provider, host.key) {
        (Some(own), _) => own.as_str(),
        (None, None) => return settings,
        (None, Some(key)) => {
            provider["name"] = json!("OpenAI");
            provider["base_url"] = json!(host.api_url.as_deref().unwrap_or(OPENAI_API));
            provider["env_key"] = json!(key);
            provider["wire_api"] = json!("responses");
            settings.insert("model_provider".to_owned(), json!(BY_KEY));
            BY_KEY
        }
    };
    settings.insert("model_providers".to_owned(), json!({ name: provider }));
    settings
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

#[cfg(test)]
mod tests;
