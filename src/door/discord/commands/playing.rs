//! `/character take | drop | give | cast`: who plays whom. For everyone but giving, which is the hosts'.
//! Who may is the table's matter; here characters and people are only named.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, choices, here, person, say};
use crate::domain::SeatId;
use crate::door::discord::wording as own;
use crate::door::wording;
use crate::format::escape;
use crate::table::PartWish;
use crate::table::machine::Answer;

/// Play a character of this table's cast
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "맡기"),
    description_localized("ko", "이 테이블의 인물을 맡아 연기합니다"),
    name_localized("de", "übernehmen"),
    description_localized("de", "Eine Figur dieses Tisches spielen")
)]
pub(super) async fn take(
    ctx: Context<'_>,
    #[description = "Whom you play"]
    #[description_localized("ko", "맡을 인물")]
    #[description_localized("de", "Wen du spielst")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "anyone"]
    #[max_length = 80]
    name: String,
) -> Result<(), Failure> {
    change(ctx, PartWish::Take(name, None)).await
}

/// Play a character no more; the game master does again
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "놓기"),
    description_localized("ko", "인물을 그만 맡습니다. 다시 게임 마스터가 맡습니다"),
    name_localized("de", "abgeben"),
    description_localized("de", "Eine Figur nicht mehr spielen; die Spielleitung übernimmt sie wieder")
)]
pub(super) async fn drop(
    ctx: Context<'_>,
    #[description = "Whom you play no more"]
    #[description_localized("ko", "놓을 인물")]
    #[description_localized("de", "Wen du nicht mehr spielst")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "anyone"]
    #[max_length = 80]
    name: String,
) -> Result<(), Failure> {
    change(ctx, PartWish::Drop(name)).await
}

/// Have somebody else play a character, as the host
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "넘기기"),
    description_localized("ko", "호스트로서 인물을 다른 사람에게 맡깁니다"),
    name_localized("de", "vergeben"),
    description_localized("de", "Als Gastgeber eine Figur jemand anderem geben")
)]
pub(super) async fn give(
    ctx: Context<'_>,
    #[description = "Which character"]
    #[description_localized("ko", "인물")]
    #[description_localized("de", "Welche Figur")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "anyone"]
    #[max_length = 80]
    name: String,
    #[description = "Who plays them from now on"]
    #[description_localized("ko", "앞으로 맡을 사람")]
    #[description_localized("de", "Wer sie von jetzt an spielt")]
    #[name_localized("ko", "사람")]
    #[name_localized("de", "an")]
    #[autocomplete = "people"]
    #[max_length = 100]
    to: String,
) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let wanted = to.trim().trim_start_matches('@').to_lowercase();
    let seats = reached.table.view().await?.seats;
    let mut fitting = seats.iter().filter(|seat| seat.name.to_lowercase() == wanted);
    let seat: Option<SeatId> = fitting.next().filter(|_| fitting.next().is_none()).map(|seat| seat.id);
    match seat {
        Some(seat) => change(ctx, PartWish::Take(name, Some(seat))).await,
        None => say(ctx, own::nobody_called(&escape::markdown(&to))).await,
    }
}

/// Show who is in the cast and who plays whom
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "배역"),
    description_localized("ko", "누가 누구를 맡았는지 봅니다"),
    name_localized("de", "besetzung"),
    description_localized("de", "Zeigen, wer wen spielt")
)]
pub(super) async fn cast(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let view = reached.table.view().await?;
    let told = match reached.table.cast().await {
        Ok(cast) => wording::cast(&cast, &view.parts, &view.seats),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, told).await
}

/// Has the table change who plays whom and says what came of it.
pub(super) async fn change(ctx: Context<'_>, wish: PartWish) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let told = match reached.table.part(person(ctx), wish).await {
        Ok(Answer::Parted(done)) => wording::parted(&done),
        Ok(_) => return Ok(()),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, told).await
}

async fn anyone(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let cast = match ctx.data().at(ctx.channel_id().get()) {
        Some(reached) => reached.table.cast().await.unwrap_or_default(),
        None => Vec::new(),
    };
    choices(cast.into_iter().map(|part| part.name), typed)
}

async fn people(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let seats = match ctx.data().at(ctx.channel_id().get()) {
        Some(reached) => reached.table.view().await.map_or_else(|_| Vec::new(), |view| view.seats),
        None => Vec::new(),
    };
    choices(seats.into_iter().map(|seat| seat.name), typed)
}
