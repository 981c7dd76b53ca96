//! `/reset`: begins a new tale at a table.
//! The old tale stays in the log and in the stories; `/undo` brings it back.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, person, say, table};
use crate::domain::Command;
use crate::door::discord::wording as own;
use crate::door::wording;
use crate::table::machine::Answer;

/// Begin a new tale; the old one is kept and /undo brings it back
#[poise::command(
    slash_command,
    guild_only,
    default_member_permissions = "MANAGE_MESSAGES",
    name_localized("ko", "초기화"),
    description_localized("ko", "새 이야기를 시작합니다. 이전 이야기는 보관됩니다"),
    name_localized("de", "neu"),
    description_localized("de", "Eine neue Geschichte beginnen; die alte bleibt erhalten")
)]
pub(super) async fn reset(
    ctx: Context<'_>,
    #[description = "The channel of the table; without it this one"]
    #[description_localized("ko", "테이블 채널. 비우면 이 채널")]
    #[description_localized("de", "Der Kanal des Tisches; ohne Angabe dieser")]
    #[name_localized("ko", "채널")]
    #[name_localized("de", "kanal")]
    channel: Option<serenity::GuildChannel>,
) -> Result<(), Failure> {
    let here = ctx.channel_id();
    let Some(channel) = channel.filter(|channel| channel.id != here) else {
        return super::carry_out(ctx, Command::Reset).await;
    };
    // What Discord said about the person holds for the channel they are in, so another channel is looked up.
    let may = ctx.data().roles.in_channel(&channel, ctx.author().id).await;
    let Some(reached) = ctx.data().at(channel.id.get()) else {
        table_missing(ctx).await?;
        return Ok(());
    };
    let person = crate::domain::Person { role: may, ..person(ctx) };
    let answer = match reached.table.command(person, Command::Reset).await {
        Ok(Answer::Done(done)) => wording::done(&done),
        Ok(_) => return Ok(()),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, answer).await
}

async fn table_missing(ctx: Context<'_>) -> Result<(), Failure> {
    if table(ctx).await?.is_some() {
        say(ctx, own::NO_TABLE_THERE.to_owned()).await?;
    }
    Ok(())
}
