//! The reference of the tools, made from the tools themselves. PURE.

use std::fmt::Write;

use serde_json::Value;

use super::catalog::TOOLS;

/// The tools as a page of markdown: what `docs/tools.md` holds.
pub fn reference() -> String {
    let mut out = String::from(HEAD);
    for tool in TOOLS {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n## `{}`\n\n{}\n\n| argument | type | needed | meaning |\n|---|---|---|---|\n",
            tool.name, tool.description
        );
        let schema = (tool.arguments)();
        let needed =
            |name: &str| schema["required"].as_array().is_some_and(|needed| needed.iter().any(|one| one == name));
        for (name, argument) in schema["properties"].as_object().into_iter().flatten() {
            let kind = argument["type"].as_str().map_or_else(|| choices(argument), str::to_owned);
            let yes = if needed(name) { "yes" } else { "no" };
            let meaning = argument["description"].as_str().unwrap_or_default();
            let _ = writeln!(out, "| `{name}` | {kind} | {yes} | {meaning} |");
        }
    }
    out
}

fn choices(argument: &Value) -> String {
    let choices = argument["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    choices.map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ")
}

const HEAD: &str = "# The game master's tools

This page is made from the program (`src/tools`) and checked by a test.

A provider that can use tools gets these and no others unless the table's owner allows some of its own. They are served over MCP
(streamable HTTP) on loopback only, under a token of the table's own that is good only while a turn of that table runs. Every call
is judged by the table's rules and written to its log before it is answered; undo takes it back, and a turn that ends without
a reply leaves nothing behind. A call that is not allowed is answered with the reason. The oracle does the same things without MCP.
";

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_DOCS=1 cargo test` writes the page.
    #[test]
    fn the_page_is_what_the_tools_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tools.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, reference()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), reference());
    }
}
