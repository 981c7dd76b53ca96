//! `/turns`: how turns are taken at this table, who is waited for and who is not.
//! Who may change it is the table's; what changes stands on the card in the channel.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, fight, here, person, say};
use crate::domain::{Deed, SeatId, TurnMode, TurnsDeed};
use crate::door::discord::{convert, wording as own};
use crate::door::wording;
use crate::table::machine::Answer;

/// How turns are taken: by everybody, by some, all together, in order, or by post
#[poise::command(
    slash_command,
    guild_only,
    subcommands("show", "open", "spotlight", "round", "initiative", "post", "go", "away", "back"),
    subcommand_required,
    name_localized("ko", "차례"),
    description_localized("ko", "차례 방식: 자유롭게, 몇 사람만, 다 함께, 순서대로, 우편으로"),
    name_localized("de", "züge"),
    description_localized("de", "Wer wann handelt: alle, einzelne, gemeinsam, der Reihe nach, per Post")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn turns(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Show how turns are taken and who is waited for
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "보기"),
    description_localized("ko", "차례 방식과 기다리는 사람을 보여 줍니다"),
    name_localized("de", "zeigen"),
    description_localized("de", "Zeigen, wer wann handelt und auf wen gewartet wird")
)]
async fn show(ctx: Context<'_>) -> Result<(), Failure> {
    fight::board(ctx).await
}

/// Everybody acts when they like (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "자유"),
    description_localized("ko", "모두 자유롭게 행동합니다 (호스트)"),
    name_localized("de", "offen"),
    description_localized("de", "Alle handeln, wann sie wollen (Hosts)")
)]
async fn open(ctx: Context<'_>) -> Result<(), Failure> {
    change(ctx, TurnsDeed::Set(TurnMode::Open)).await
}

/// The floor is for one player, or two, until it is given on (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "조명"),
    description_localized("ko", "한두 사람만 행동합니다 (호스트)"),
    name_localized("de", "rampenlicht"),
    description_localized("de", "Nur eine oder zwei Personen handeln (Hosts)")
)]
async fn spotlight(
    ctx: Context<'_>,
    #[description = "Who acts"]
    #[description_localized("ko", "누가 행동하는지")]
    #[description_localized("de", "Wer handelt")]
    #[name_localized("ko", "누구")]
    #[name_localized("de", "wer")]
    who: serenity::User,
    #[description = "Who acts too"]
    #[description_localized("ko", "함께 행동할 사람")]
    #[description_localized("de", "Wer noch handelt")]
    #[name_localized("ko", "그리고")]
    #[name_localized("de", "und")]
    and: Option<serenity::User>,
) -> Result<(), Failure> {
    let users = std::iter::once(who).chain(and);
    let Some(seats) = seats_of(ctx, users).await? else { return Ok(()) };
    change(ctx, TurnsDeed::Set(TurnMode::Spotlight { seats })).await
}

/// All say what they do, then it is told together (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "라운드"),
    description_localized("ko", "모두 말한 뒤 한꺼번에 진행합니다 (호스트)"),
    name_localized("de", "runde"),
    description_localized("de", "Alle sagen, was sie tun; dann wird es gemeinsam erzählt (Hosts)")
)]
async fn round(
    ctx: Context<'_>,
    #[description = "How long the others are waited for after the first; without it for all"]
    #[description_localized("ko", "첫 사람 뒤로 기다리는 시간(분). 비우면 모두를 기다립니다")]
    #[description_localized("de", "Wie lange nach der ersten Person gewartet wird; ohne Angabe auf alle")]
    #[name_localized("ko", "분")]
    #[name_localized("de", "minuten")]
    minutes: Option<u32>,
) -> Result<(), Failure> {
    change(ctx, TurnsDeed::Set(TurnMode::Round { minutes })).await
}

/// Only whoever is on move in the fight acts (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "순서"),
    description_localized("ko", "전투에서 차례인 사람만 행동합니다 (호스트)"),
    name_localized("de", "reihenfolge"),
    description_localized("de", "Nur wer im Kampf am Zug ist, handelt (Hosts)")
)]
async fn initiative(ctx: Context<'_>) -> Result<(), Failure> {
    change(ctx, TurnsDeed::Set(TurnMode::Initiative)).await
}

/// Play by post: all say what they do, with a deadline (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "우편"),
    description_localized("ko", "우편 방식: 기한 안에 모두 말합니다 (호스트)"),
    name_localized("de", "post"),
    description_localized("de", "Per Post: alle sagen, was sie tun, mit einer Frist (Hosts)")
)]
async fn post(
    ctx: Context<'_>,
    #[description = "How many hours after the first the others hold back"]
    #[description_localized("ko", "첫 사람 뒤 몇 시간이 지나면 나머지가 물러서 있는지")]
    #[description_localized("de", "Nach wie vielen Stunden die übrigen sich zurückhalten")]
    #[name_localized("ko", "시간")]
    #[name_localized("de", "stunden")]
    hours: u32,
) -> Result<(), Failure> {
    change(ctx, TurnsDeed::Set(TurnMode::Post { hours })).await
}

/// Tell now what was said; the others hold back (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "진행"),
    description_localized("ko", "지금까지 말한 것으로 진행합니다 (호스트)"),
    name_localized("de", "los"),
    description_localized("de", "Jetzt erzählen; die übrigen halten sich zurück (Hosts)")
)]
async fn go(ctx: Context<'_>) -> Result<(), Failure> {
    change(ctx, TurnsDeed::Go).await
}

/// Do not wait for a player; without a name for you
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "부재"),
    description_localized("ko", "그 사람을 기다리지 않습니다. 비우면 자신"),
    name_localized("de", "weg"),
    description_localized("de", "Auf jemanden nicht warten; ohne Angabe auf dich")
)]
async fn away(
    ctx: Context<'_>,
    #[description = "Who is away"]
    #[description_localized("ko", "누가 자리를 비웠는지")]
    #[description_localized("de", "Wer weg ist")]
    #[name_localized("ko", "누구")]
    #[name_localized("de", "wer")]
    who: Option<serenity::User>,
) -> Result<(), Failure> {
    mark(ctx, who, true).await
}

/// Wait for a player again; without a name for you
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "복귀"),
    description_localized("ko", "그 사람을 다시 기다립니다. 비우면 자신"),
    name_localized("de", "zurück"),
    description_localized("de", "Wieder auf jemanden warten; ohne Angabe auf dich")
)]
async fn back(
    ctx: Context<'_>,
    #[description = "Who is back"]
    #[description_localized("ko", "누가 돌아왔는지")]
    #[description_localized("de", "Wer zurück ist")]
    #[name_localized("ko", "누구")]
    #[name_localized("de", "wer")]
    who: Option<serenity::User>,
) -> Result<(), Failure> {
    mark(ctx, who, false).await
}

async fn mark(ctx: Context<'_>, who: Option<serenity::User>, away: bool) -> Result<(), Failure> {
    let Some(seats) = seats_of(ctx, who).await? else { return Ok(()) };
    change(ctx, TurnsDeed::Away { seat: seats.first().copied(), away }).await
}

/// Where these people sit; where one does not, that is the answer.
async fn seats_of(
    ctx: Context<'_>,
    users: impl IntoIterator<Item = serenity::User>,
) -> Result<Option<Vec<SeatId>>, Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(None) };
    let seats = reached.table.view().await?.seats;
    let mut found = Vec::new();
    for user in users {
        let wanted = convert::clicker(&user, None).id;
        match seats.iter().find(|seat| seat.person == wanted) {
            Some(seat) => found.push(seat.id),
            None => {
                say(ctx, own::NOT_SEATED.to_owned()).await?;
                return Ok(None);
            }
        }
    }
    Ok(Some(found))
}

async fn change(ctx: Context<'_>, deed: TurnsDeed) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let answer = match reached.table.deed(person(ctx), Deed::Turns(deed)).await {
        Ok(Answer::Happened(_)) => super::CHANGED.to_owned(),
        Ok(_) => return Ok(()),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, answer).await
}
