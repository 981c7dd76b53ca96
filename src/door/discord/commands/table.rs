//! `/table open`, `/table close` and `/table settings`: a channel becomes a table and stops being one, without a file and a restart.
//! Discord shows it to everybody, because those who manage the channel are not always hosts; who may what is checked here.
//! What was played stays in the log and in the stories, whatever is closed.

use poise::serenity_prelude as serenity;

use super::settings::settings;
use super::{Context, Failure, say};
use crate::door::discord::{convert, forms, wording as own};

/// Make this channel a table, or stop it being one
#[poise::command(
    slash_command,
    guild_only,
    subcommands("open", "close", "settings"),
    subcommand_required,
    name_localized("ko", "테이블"),
    description_localized("ko", "이 채널을 테이블로 만들거나 그만둡니다"),
    name_localized("de", "tisch"),
    description_localized("de", "Diesen Kanal zu einem Tisch machen oder damit aufhören")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn table(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Make this channel a table
#[poise::command(
    slash_command,
    guild_only,
    custom_data = "super::AnswersItself",
    name_localized("ko", "열기"),
    description_localized("ko", "이 채널을 테이블로 만듭니다"),
    name_localized("de", "öffnen"),
    description_localized("de", "Diesen Kanal zu einem Tisch machen")
)]
async fn open(
    ctx: Context<'_>,
    #[description = "Whether every line is an action, without a mention"]
    #[description_localized("ko", "멘션 없이 모든 말을 행동으로 볼지")]
    #[description_localized("de", "Ob jede Zeile eine Handlung ist, auch ohne Erwähnung")]
    #[name_localized("ko", "모두")]
    #[name_localized("de", "alles")]
    listen_to_all: Option<bool>,
) -> Result<(), Failure> {
    let poise::Context::Application(application) = ctx else { return Ok(()) };
    let refusal = if !may(ctx) {
        Some(own::NOT_MANAGER)
    } else if ctx.data().at(ctx.channel_id().get()).is_some() {
        Some(own::TABLE_HERE)
    } else {
        None
    };
    if let Some(refusal) = refusal {
        ctx.defer_ephemeral().await?;
        return say(ctx, refusal.to_owned()).await;
    }
    let form = forms::table(listen_to_all == Some(true));
    application.interaction.create_response(ctx, serenity::CreateInteractionResponse::Modal(form)).await?;
    Ok(())
}

/// Stop this channel being a table; what was played is kept
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "닫기"),
    description_localized("ko", "이 채널의 테이블을 닫습니다. 이야기는 보관됩니다"),
    name_localized("de", "schließen"),
    description_localized("de", "Den Tisch dieses Kanals schließen; was gespielt wurde, bleibt erhalten")
)]
async fn close(ctx: Context<'_>) -> Result<(), Failure> {
    if !may(ctx) {
        return say(ctx, own::NOT_MANAGER.to_owned()).await;
    }
    let (door, channel) = (ctx.data(), ctx.channel_id().get());
    if door.at(channel).is_none() {
        return say(ctx, own::NO_TABLE.to_owned()).await;
    }
    if !door.parts.store.close_table(&convert::place(channel), (door.parts.now)()).await? {
        return say(ctx, own::TABLE_OF_FILE.to_owned()).await;
    }
    door.leave(channel);
    say(ctx, own::TABLE_CLOSED.to_owned()).await
}

/// Whether whoever used the command may make and end tables: Manage Channels, as Discord says it for this channel.
fn may(ctx: Context<'_>) -> bool {
    let poise::Context::Application(application) = ctx else { return false };
    forms::may_manage(application.interaction.member.as_deref())
}
