//! The game master's tools as this CLI is told of them. PURE.
//! The token stands in a private file only, never in an argument.

use serde_json::json;

use crate::provider::ToolAccess;

/// The rule that lets every tool of the game be used without asking.
pub(super) const RULE: &str = "mcp__table";

/// The file that `--mcp-config` takes.
pub(super) fn config(access: &ToolAccess) -> String {
    let headers = json!({ "Authorization": access.authorization() });
    json!({ "mcpServers": { ToolAccess::SERVER: { "type": "http", "url": access.url, "headers": headers } } })
        .to_string()
}

/// A tool's name as people know it.
pub(super) fn plain_name(name: &str) -> &str {
    name.strip_prefix("mcp__table__").unwrap_or(name)
}
