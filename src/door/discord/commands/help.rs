//! `/help`: what can be done here.
//! It changes nothing.

use super::{Context, Failure, all, say};

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
    let mut text =
        "Mention me, or answer one of my messages, and say what you do. Edit or delete it while it waits.\n".to_owned();
    for command in all() {
        let what = command.description.as_deref().unwrap_or_default();
        text.push_str(&format!("`/{}` {what}\n", command.name));
    }
    say(ctx, text).await
}
