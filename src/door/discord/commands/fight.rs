//! `/fight`: a fight's order, who joins and leaves, the next move, its end.
//! Who may do what is the table's; what changes stands on the card in the channel.

use super::{Context, Failure, here, number, person, say};
use crate::domain::Deed;
use crate::door::fights::{self, Board};
use crate::door::wording;
use crate::table::machine::Answer;

/// A fight by initiative: its order, who joins and leaves, the next move, its end
#[poise::command(
    slash_command,
    guild_only,
    subcommands("show", "start", "next", "join", "leave", "end"),
    subcommand_required,
    name_localized("ko", "전투"),
    description_localized("ko", "전투: 순서, 참가와 이탈, 다음 차례, 끝"),
    name_localized("de", "kampf"),
    description_localized("de", "Ein Kampf: Reihenfolge, wer dazukommt und geht, nächster Zug, Ende")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn fight(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Show the order and whose move it is
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "보기"),
    description_localized("ko", "순서와 지금 차례를 보여 줍니다"),
    name_localized("de", "zeigen"),
    description_localized("de", "Die Reihenfolge zeigen und wer am Zug ist")
)]
async fn show(ctx: Context<'_>) -> Result<(), Failure> {
    board(ctx).await
}

/// Begin a fight with every player (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "시작"),
    description_localized("ko", "모든 플레이어와 전투를 시작합니다 (호스트)"),
    name_localized("de", "beginnen"),
    description_localized("de", "Einen Kampf mit allen Spielenden beginnen (Hosts)")
)]
async fn start(
    ctx: Context<'_>,
    #[description = "Who fights against the players, such as: Goblins, Wolf +2"]
    #[description_localized("ko", "플레이어의 상대, 예: 고블린들, 늑대 +2")]
    #[description_localized("de", "Wer gegen die Spielenden kämpft, etwa: Goblins, Wolf +2")]
    #[name_localized("ko", "적")]
    #[name_localized("de", "gegner")]
    #[max_length = 400]
    foes: Option<String>,
) -> Result<(), Failure> {
    change(ctx, "start", foes.as_deref().unwrap_or_default()).await
}

/// Let the next player move; your own move you may pass
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "다음"),
    description_localized("ko", "다음 차례로 넘깁니다. 자신의 차례도 넘길 수 있습니다"),
    name_localized("de", "weiter"),
    description_localized("de", "Den nächsten Zug beginnen; den eigenen darf man abgeben")
)]
async fn next(ctx: Context<'_>) -> Result<(), Failure> {
    change(ctx, "next", "").await
}

/// Take a place in the fight
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "참가"),
    description_localized("ko", "전투에 참가합니다"),
    name_localized("de", "dazukommen"),
    description_localized("de", "Einen Platz im Kampf einnehmen")
)]
async fn join(
    ctx: Context<'_>,
    #[description = "Whom you bring in (hosts); without it yourself"]
    #[description_localized("ko", "데려올 상대 (호스트). 비우면 자신")]
    #[description_localized("de", "Wen du dazuholst (Hosts); ohne Angabe dich")]
    #[name_localized("ko", "적")]
    #[name_localized("de", "gegner")]
    #[max_length = 400]
    foes: Option<String>,
) -> Result<(), Failure> {
    change(ctx, "join", foes.as_deref().unwrap_or_default()).await
}

/// Take somebody out of the fight
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "이탈"),
    description_localized("ko", "전투에서 빠집니다"),
    name_localized("de", "ausscheiden"),
    description_localized("de", "Jemanden aus dem Kampf nehmen")
)]
async fn leave(
    ctx: Context<'_>,
    #[description = "Who is out of it (hosts); without it yourself"]
    #[description_localized("ko", "빠질 사람 (호스트). 비우면 자신")]
    #[description_localized("de", "Wer ausscheidet (Hosts); ohne Angabe du")]
    #[name_localized("ko", "누구")]
    #[name_localized("de", "wer")]
    #[max_length = 120]
    who: Option<String>,
) -> Result<(), Failure> {
    change(ctx, "leave", who.as_deref().unwrap_or_default()).await
}

/// End the fight (hosts)
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "끝"),
    description_localized("ko", "전투를 끝냅니다 (호스트)"),
    name_localized("de", "ende"),
    description_localized("de", "Den Kampf beenden (Hosts)")
)]
async fn end(ctx: Context<'_>) -> Result<(), Failure> {
    change(ctx, "end", "").await
}

/// Shows whoever asks how turns are taken and what stands on the card.
pub(super) async fn board(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let (view, game) = (reached.table.view().await?, reached.table.game(Some(person(ctx).id)).await?);
    let board = Board { game: &game, seats: &view.seats, floor: &view.floor, declared: &view.declared };
    say(ctx, fights::show(board)).await
}

async fn change(ctx: Context<'_>, verb: &'static str, rest: &str) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let who = person(ctx);
    // Whoever says something about a fight sits at the table.
    let seat = match reached.table.sit(who.clone()).await {
        Ok(Answer::Seated(seat)) => seat,
        Ok(_) => return Ok(()),
        Err(failure) => return say(ctx, wording::table_error(&failure)).await,
    };
    let nonce = number(ctx).to_string();
    let Some(deed) = fights::fight_deed(verb, rest, (seat, &who.name), nonce) else { return Ok(()) };
    let answer = match reached.table.deed(who.clone(), Deed::Fight(deed)).await {
        Ok(_) => super::CHANGED.to_owned(),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, answer).await
}
