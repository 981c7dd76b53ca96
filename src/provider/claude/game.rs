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
