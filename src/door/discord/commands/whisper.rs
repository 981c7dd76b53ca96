//! `/whisper`: words for the game master or one person alone, and how one's own letters come.
//! Discord shows nobody else that the command was used.

use poise::serenity_prelude as serenity;

use super::{Context, Failure, choices, here, number, person, say};
use crate::domain::{Deed, Seat, SeatId, SourceId};
use crate::door::discord::{letters, wording as own};
use crate::door::{fights, wording};
use crate::format::escape;
use crate::table::machine::Answer;

/// What stands for the game master among the choices.
const GM: &str = "the game master";

/// How letters come, as Discord lists the choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poise::ChoiceParameter)]
pub(super) enum Deliver {
    #[name = "as an envelope in the channel"]
    #[name_localized("ko", "채널의 봉투로")]
    #[name_localized("de", "als Umschlag im Kanal")]
    Envelope,
    #[name = "by direct message too"]
    #[name_localized("ko", "개인 메시지로도")]
    #[name_localized("de", "auch als Direktnachricht")]
    Direct,
}

/// Tell the game master or one person something that nobody else learns
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "귓속말"),
    description_localized("ko", "게임 마스터나 한 사람에게만 알립니다"),
    name_localized("de", "flüstern"),
    description_localized("de", "Der Spielleitung oder einer Person etwas sagen, das sonst niemand erfährt")
)]
pub(super) async fn whisper(
    ctx: Context<'_>,
    #[description = "What you say or do in secret"]
    #[description_localized("ko", "몰래 하는 말이나 행동")]
    #[description_localized("de", "Was du heimlich sagst oder tust")]
    #[name_localized("ko", "내용")]
    #[name_localized("de", "text")]
    #[max_length = 1500]
    text: Option<String>,
    #[description = "Who hears it; without it the game master"]
    #[description_localized("ko", "듣는 사람. 비우면 게임 마스터")]
    #[description_localized("de", "Wer es hört; ohne Angabe die Spielleitung")]
    #[name_localized("ko", "상대")]
    #[name_localized("de", "an")]
    #[autocomplete = "people"]
    to: Option<String>,
    #[description = "How letters for you come from now on"]
    #[description_localized("ko", "앞으로 내 편지를 받는 방법")]
    #[description_localized("de", "Wie Briefe an dich von nun an kommen")]
    #[name_localized("ko", "수신")]
    #[name_localized("de", "zustellung")]
    deliver: Option<Deliver>,
) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let who = person(ctx);
    let mut told = Vec::new();
    if let Some(deliver) = deliver {
        letters::choose(&ctx.data().parts.store, &who.id, deliver == Deliver::Direct).await?;
        told.push(own::letters_come(deliver == Deliver::Direct));
    }
    let Some(text) = text else {
        let told = if told.is_empty() { own::NOTHING_WHISPERED } else { told[0] };
        return say(ctx, told.to_owned()).await;
    };
    let heard = match to.as_deref().map(str::trim).filter(|to| !is_gm(to)) {
        None => {
            let source = SourceId::new(format!("discord-whisper:{}", number(ctx)));
            reached.table.say_in_secret(who, source, text).await
        }
        Some(to) => {
            let seats = reached.table.view().await?.seats;
            let Some(seat) = meant(to, &seats) else {
                return say(ctx, own::nobody_called(&escape::markdown(to))).await;
            };
            reached.table.deed(who, Deed::Whisper { to: seat, text }).await
        }
    };
    let heard = match heard {
        Ok(Answer::Heard { held: Some(held), .. }) => {
            let seats = reached.table.view().await?.seats;
            format!("{} {}", own::WHISPER_HEARD, fights::held(&held, &seats))
        }
        Ok(Answer::Heard { ahead: 0, .. }) => own::WHISPER_HEARD.to_owned(),
        Ok(Answer::Heard { .. }) => own::WHISPER_WAITS.to_owned(),
        Ok(_) => own::WHISPER_HANDED.to_owned(),
        Err(failure) => wording::table_error(&failure),
    };
    told.insert(0, &heard);
    say(ctx, told.join("\n")).await
}

fn is_gm(to: &str) -> bool {
    ["", "gm", GM].iter().any(|name| to.eq_ignore_ascii_case(name))
}

/// Whose name that is: as it stands among the choices, or with the seat's number where two share a name.
fn meant(to: &str, seats: &[Seat]) -> Option<SeatId> {
    let to = to.strip_prefix('@').unwrap_or(to).to_lowercase();
    let mut fitting = seats.iter().filter(|seat| choice(seat, seats).to_lowercase() == to);
    fitting.next().filter(|_| fitting.next().is_none()).map(|seat| seat.id)
}

fn choice(seat: &Seat, seats: &[Seat]) -> String {
    let shared = seats.iter().filter(|other| other.name.to_lowercase() == seat.name.to_lowercase()).count() > 1;
    if shared { format!("{} ({})", seat.name, seat.id) } else { seat.name.clone() }
}

async fn people(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let us = person(ctx).id;
    let seats = match ctx.data().at(ctx.channel_id().get()) {
        Some(reached) => reached.table.view().await.map_or_else(|_| Vec::new(), |view| view.seats),
        None => Vec::new(),
    };
    let others = seats.iter().filter(|seat| seat.person != us).map(|seat| choice(seat, &seats));
    choices(std::iter::once(GM.to_owned()).chain(others), typed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PersonId, Role};

    #[test]
    fn a_name_means_one_seat_or_none() {
        let seat = |id: u32, name: &str| Seat {
            id: SeatId::new(id),
            person: PersonId::new(format!("discord:{id}")),
            name: name.to_owned(),
            role: Role::Player,
        };
        let seats = [seat(1, "Ana"), seat(2, "Bo"), seat(3, "bo")];
        for (to, id) in [("ana", Some(1)), ("@Ana", Some(1)), ("Bo (2)", Some(2)), ("bo (3)", Some(3)), ("Bo", None)] {
            assert_eq!(meant(to, &seats), id.map(SeatId::new), "{to}");
        }
        assert!(is_gm("GM") && is_gm("The Game Master") && is_gm("") && !is_gm("gma"));
    }
}
