//! The page of the documentation that lists the commands, written from the commands themselves.
//! A test compares it with `docs/commands.md`.

use std::fmt::Write;

use super::{Command, all};

/// `docs/commands.md`.
pub fn page() -> String {
    let mut page = "# Commands\n\nWritten from the code by a test; do not edit by hand.\n\n\
        People play by mentioning the bot, or by answering one of its messages. Everything else is a command. Who may \
        change the table is decided by Discord: members with *Manage Messages* or *Manage Server* in the channel are \
        hosts, and opening or closing a table takes *Manage Channels*. The bot checks it again, whatever the server's \
        own command permissions say.\n"
        .to_owned();
    for command in all() {
        if command.subcommands.is_empty() {
            describe(&mut page, "", &command);
        }
        for subcommand in &command.subcommands {
            describe(&mut page, &format!("{} ", command.name), subcommand);
        }
    }
    page
}

fn describe(page: &mut String, parent: &str, command: &Command) {
    if command.context_menu_action.is_some() {
        let name = command.context_menu_name.as_deref().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {name}\n\nOn a message (its menu, *Apps*): {}.\n", lower(command));
        return;
    }
    let for_all = parent == "character " && matches!(&*command.name, "take" | "drop" | "cast");
    let for_hosts = matches!(parent, "character " | "scene " | "table ") && !for_all;
    let host = for_hosts || !command.default_member_permissions.is_empty();
    let what = command.description.as_deref().unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## /{parent}{}\n\n{what}.", command.name);
    let _ = writeln!(page, "{}", if host { " For hosts." } else { "" });
    let others: Vec<_> =
        ["de", "ko"].iter().filter_map(|locale| command.name_localizations.iter().find(|(l, _)| l == locale)).collect();
    if !others.is_empty() {
        let others: Vec<_> = others.iter().map(|(locale, name)| format!("`{name}` ({locale})")).collect();
        let _ = writeln!(page, "\nAlso: {}.", others.join(", "));
    }
    if !command.parameters.is_empty() {
        page.push('\n');
    }
    for parameter in &command.parameters {
        let what = parameter.description.as_deref().unwrap_or_default();
        let needed = if parameter.required { "" } else { " (may be left out)" };
        let _ = writeln!(page, "- `{}`{needed}: {what}.", parameter.name);
    }
}

/// What a command does, in the middle of a sentence.
fn lower(command: &Command) -> String {
    let what = command.description.as_deref().unwrap_or_default();
    let mut chars = what.chars();
    chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_commands_are() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == page(), "docs/commands.md is old; it should read:\n\n{}", page());
    }
}
