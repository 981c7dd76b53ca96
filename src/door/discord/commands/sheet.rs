//! `/sheet`: what stands on a sheet, writing on one's own, asking for what a host has to allow, and allowing it.
//! Who may change what is the table's; what changes comes into the channel like anything that is played.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, here, person, say};
use crate::domain::{Deed, EventSeq, SheetDeed};
use crate::door::discord::convert;
use crate::door::{sheets, wording};

/// The sheets of the characters: show, write, ask, allow
#[poise::command(
    slash_command,
    guild_only,
    subcommands("show", "set", "ask", "allow", "refuse"),
    subcommand_required,
    name_localized("ko", "시트"),
    description_localized("ko", "캐릭터 시트: 보기, 쓰기, 요청, 허락"),
    name_localized("de", "bogen"),
    description_localized("de", "Die Bögen der Figuren: zeigen, schreiben, bitten, erlauben")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn sheet(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Show a sheet
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "보기"),
    description_localized("ko", "시트를 보여 줍니다"),
    name_localized("de", "zeigen"),
    description_localized("de", "Einen Bogen zeigen")
)]
async fn show(
    ctx: Context<'_>,
    #[description = "Whose; without it your own"]
    #[description_localized("ko", "누구의 시트인지. 비우면 자신의 것")]
    #[description_localized("de", "Wessen; ohne Angabe der eigene")]
    #[name_localized("ko", "누구")]
    #[name_localized("de", "wer")]
    who: Option<serenity::User>,
) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let me = person(ctx).id;
    let wanted = who.map_or_else(|| me.clone(), |user| convert::clicker(&user, None).id);
    let (view, game) = (reached.table.view().await?, reached.table.game(Some(me)).await?);
    let seat = view.seats.iter().find(|seat| seat.person == wanted).map(|seat| seat.id);
    say(ctx, sheets::show(&game, seat, &view.people())).await
}

/// Write on your sheet
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "쓰기"),
    description_localized("ko", "자신의 시트에 씁니다"),
    name_localized("de", "schreiben"),
    description_localized("de", "Auf den eigenen Bogen schreiben")
)]
async fn set(
    ctx: Context<'_>,
    #[description = "Which field or vital"]
    #[description_localized("ko", "항목")]
    #[description_localized("de", "Welches Feld")]
    #[name_localized("ko", "항목")]
    #[name_localized("de", "feld")]
    #[max_length = 60]
    field: String,
    #[description = "What it is to hold"]
    #[description_localized("ko", "값")]
    #[description_localized("de", "Was dort stehen soll")]
    #[name_localized("ko", "값")]
    #[name_localized("de", "wert")]
    #[max_length = 120]
    value: String,
) -> Result<(), Failure> {
    change(ctx, SheetDeed::Set { of: None, key: field, value, ask: false }).await
}

/// Ask a host for a change of your sheet
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "요청"),
    description_localized("ko", "호스트에게 시트 변경을 요청합니다"),
    name_localized("de", "bitten"),
    description_localized("de", "Einen Host um eine Änderung des Bogens bitten")
)]
async fn ask(
    ctx: Context<'_>,
    #[description = "Which field or vital"]
    #[description_localized("ko", "항목")]
    #[description_localized("de", "Welches Feld")]
    #[name_localized("ko", "항목")]
    #[name_localized("de", "feld")]
    #[max_length = 60]
    field: String,
    #[description = "What it is to hold"]
    #[description_localized("ko", "값")]
    #[description_localized("de", "Was dort stehen soll")]
    #[name_localized("ko", "값")]
    #[name_localized("de", "wert")]
    #[max_length = 120]
    value: String,
) -> Result<(), Failure> {
    change(ctx, SheetDeed::Set { of: None, key: field, value, ask: true }).await
}

/// Allow what a player asks (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "허락"),
    description_localized("ko", "플레이어의 요청을 허락합니다 (호스트)"),
    name_localized("de", "erlauben"),
    description_localized("de", "Erlauben, worum jemand bittet (Hosts)")
)]
async fn allow(
    ctx: Context<'_>,
    #[description = "The number of the request"]
    #[description_localized("ko", "요청 번호")]
    #[description_localized("de", "Die Nummer der Bitte")]
    #[name_localized("ko", "번호")]
    #[name_localized("de", "nummer")]
    request: u32,
) -> Result<(), Failure> {
    change(ctx, SheetDeed::Settle { ask: EventSeq::new(request.into()), allow: true }).await
}

/// Refuse what a player asks (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "거절"),
    description_localized("ko", "플레이어의 요청을 거절합니다 (호스트)"),
    name_localized("de", "ablehnen"),
    description_localized("de", "Ablehnen, worum jemand bittet (Hosts)")
)]
async fn refuse(
    ctx: Context<'_>,
    #[description = "The number of the request"]
    #[description_localized("ko", "요청 번호")]
    #[description_localized("de", "Die Nummer der Bitte")]
    #[name_localized("ko", "번호")]
    #[name_localized("de", "nummer")]
    request: u32,
) -> Result<(), Failure> {
    change(ctx, SheetDeed::Settle { ask: EventSeq::new(request.into()), allow: false }).await
}

async fn change(ctx: Context<'_>, deed: SheetDeed) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let answer = match reached.table.deed(person(ctx), Deed::Sheet(deed)).await {
        Ok(_) => "It is done; the channel shows it.".to_owned(),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, answer).await
}
