//! Somebody pressed a button: acknowledge first, then ask the table.
//! The button's id says everything, so it works after a restart; a stale one says so.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{ComponentInteraction, CreateInteractionResponse, CreateInteractionResponseFollowup};
use tracing::warn;

use super::buttons::{self, Button, Press};
use super::door::{Door, Reached};
use super::{convert, wording as own};
use crate::domain::{Command, Person, SourceId};
use crate::door::wording;
use crate::store::TurnEnd;
use crate::table::machine::Answer;

/// Who is told what came of a press.
enum Said {
    Nobody,
    Presser(String),
    Everyone(String),
}

/// Takes one press.
pub(super) async fn take(context: &serenity::Context, door: &Arc<Door>, press: &ComponentInteraction) {
    if !buttons::is_ours(&press.data.custom_id) {
        return;
    }
    // Discord waits three seconds for this; nothing may come before it.
    if let Err(failure) = press.create_response(context, CreateInteractionResponse::Acknowledge).await {
        warn!(error = %failure, "a press was not acknowledged");
    }
    let said = match (Button::read(&press.data.custom_id), door.at(press.channel_id.get())) {
        (Some(button), Some(reached)) if button.table == reached.id => {
            let person = convert::clicker(&press.user, press.member.as_ref());
            carry_out(door, &reached, button, person, press.id.get()).await
        }
        _ => Said::Presser(own::STALE_BUTTON.to_owned()),
    };
    let (text, hidden) = match said {
        Said::Nobody => return,
        Said::Presser(text) => (text, true),
        Said::Everyone(text) => (own::aside(&text), false),
    };
    let follow_up = CreateInteractionResponseFollowup::new()
        .content(text)
        .ephemeral(hidden)
        .allowed_mentions(serenity::CreateAllowedMentions::new());
    if let Err(failure) = press.create_followup(context, follow_up).await {
        warn!(error = %failure, "a press was not answered");
    }
}

async fn carry_out(door: &Door, reached: &Reached, button: Button, person: Person, click: u64) -> Said {
    if let Some(stale) = stale(door, reached, button).await {
        return Said::Presser(stale.to_owned());
    }
    let name = person.name.clone();
    let done = match button.press {
        Press::Stop => reached.table.command(person, Command::Stop).await,
        Press::Retry => reached.table.command(person, Command::Retry).await,
        Press::Undo => reached.table.command(person, Command::Undo).await,
        Press::Continue => {
            let source = SourceId::new(format!("discord-press:{click}"));
            reached.table.say(person, source, own::GO_ON.to_owned()).await
        }
    };
    match done {
        Ok(Answer::Done(done)) if button.press == Press::Undo => {
            Said::Everyone(own::done_by(&name, &wording::done(&done)))
        }
        Ok(_) => Said::Nobody,
        Err(failure) => Said::Presser(wording::table_error(&failure)),
    }
}

/// Why a button does nothing any more.
async fn stale(door: &Door, reached: &Reached, button: Button) -> Option<&'static str> {
    let Ok(view) = reached.table.view().await else { return None };
    let newest = door.parts.store.turns(reached.id, 1).await.ok().and_then(|mut turns| turns.pop());
    let is_newest = newest.as_ref().is_some_and(|newest| newest.turn == button.turn);
    let stands = view.last.as_ref().is_some_and(|beat| beat.turn == button.turn);
    let unanswered = newest.is_some_and(|newest| {
        newest.turn == button.turn
            && view.running.is_none()
            && matches!(newest.outcome, Some(TurnEnd::Failed | TurnEnd::Stopped | TurnEnd::Interrupted))
    });
    let good = match button.press {
        Press::Stop if view.running != Some(button.turn) => return Some(own::NOTHING_RUNS),
        Press::Stop => true,
        Press::Undo => stands,
        Press::Retry => stands || unanswered,
        Press::Continue => is_newest && view.running.is_none(),
    };
    (!good).then_some(own::STALE_BUTTON)
}
