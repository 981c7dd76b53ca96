//! `/help`: what can be done here, in as many answers as it takes.
//! It changes nothing.

use super::{ANSWER, Command, Context, Failure, all, say};

/// What comes before the commands.
const PLAY: &str = "Mention me, or answer one of my messages, and say what you do. Edit or delete it while it waits.\n";

/// Say what can be done here
#[poise::command(
    slash_command,
    ephemeral,
    name_localized("ko", "도움말"),
    description_localized("ko", "여기서 할 수 있는 일을 알려 줍니다"),
    name_localized("de", "hilfe"),
    description_localized("de", "Sagt, was man hier tun kann")
)]
pub(super) async fn help(ctx: Context<'_>) -> Result<(), Failure> {
    for page in pages(&all(), ANSWER) {
        say(ctx, page).await?;
    }
    Ok(())
}

/// A line for each command, on pages of at most so many characters.
fn pages(commands: &[Command], most: usize) -> Vec<String> {
    let mut pages = vec![PLAY.to_owned()];
    for line in commands.iter().map(line) {
        match pages.last_mut() {
            Some(page) if page.chars().count() + line.chars().count() <= most => page.push_str(&line),
            _ => pages.push(line),
        }
    }
    pages
}

fn line(command: &Command) -> String {
    let what = command.description.as_deref().unwrap_or_default();
    match &command.context_menu_name {
        // It stands in a message's menu and nowhere else.
        Some(name) => format!("*Apps* on a message, **{name}**: {what}\n"),
        None => format!("`/{}` {what}\n", command.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_on_a_page_and_no_page_is_too_long() {
        let commands = all();
        for most in [ANSWER, 400] {
            let pages = pages(&commands, most);
            assert!(pages.iter().all(|page| page.chars().count() <= most), "{pages:?}");
            let whole = pages.concat();
            assert!(commands.iter().all(|command| whole.contains(&line(command))), "{whole}");
        }
        assert!(pages(&commands, 400).len() > 4);
        assert!(pages(&commands, ANSWER).concat().contains("*Apps* on a message, **Who wrote this?**"));
    }
}
