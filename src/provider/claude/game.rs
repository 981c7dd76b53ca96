//! The game master's tools as this CLI is told of them. PURE.
//! The token stands in a private file only, never in an argument.

use secrecy::ExposeSecret;
use serde_json::json;

use crate::provider::ToolAccess;

/// The name of the tools' server. The CLI puts it before each tool's own.
const SERVER: &str = "table";

/// The rule that lets every tool of the game be used without asking.
pub(super) const RULE: &str = "mcp__table";

/// The file that `--mcp-config` takes.
pub(super) fn config(access: &ToolAccess) -> String {
    let token = format!("Bearer {}", access.token.expose_secret());
    json!({ "mcpServers": { SERVER: { "type": "http", "url": access.url, "headers": { "Authorization": token } } } })
        .to_string()
}

/// A tool's name as people know it.
pub(super) fn plain_name(name: &str) -> &str {
    name.strip_prefix("mcp__table__").unwrap_or(name)
}
