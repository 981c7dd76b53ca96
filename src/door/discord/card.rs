//! The stop card's own buttons, which only the person who asked for them sees: stop, what becomes of the last part, ready.
//! Their ids name the table and nobody; nothing about a press is written to the log.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{
    ButtonStyle, ComponentInteraction, CreateActionRow, CreateAllowedMentions, CreateButton, CreateInteractionResponse,
    CreateInteractionResponseFollowup, CreateInteractionResponseMessage,
};
use tracing::warn;

use super::door::Door;
use super::{buttons, convert, wording as own};
use crate::domain::{CardChoice, SafetyAct, SafetyDone, TableId};
use crate::door::wording;
use crate::table::machine::Answer;

/// What the ids of these buttons begin with.
const SHAPE: &str = "tk1:card:";

/// A button of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CardButton {
    table: TableId,
    act: SafetyAct,
}

impl CardButton {
    fn id(self) -> String {
        let word = match self.act {
            SafetyAct::Stop => "stop",
            SafetyAct::Choose(choice) => choice.word(),
            SafetyAct::Ready => "ready",
            SafetyAct::Resume => "resume",
        };
        format!("{SHAPE}{word}:{}", self.table)
    }

    fn read(id: &str) -> Option<Self> {
        let (word, table) = id.strip_prefix(SHAPE)?.split_once(':')?;
        let act = match word {
            "stop" => SafetyAct::Stop,
            "ready" => SafetyAct::Ready,
            "resume" => SafetyAct::Resume,
            word => SafetyAct::Choose(CardChoice::named(word)?),
        };
        Some(Self { table: TableId::new(table.parse().ok()?), act })
    }

    fn button(self, style: ButtonStyle) -> CreateButton {
        let label = match self.act {
            SafetyAct::Stop => own::CARD_STOP,
            SafetyAct::Choose(CardChoice::Rewind) => own::CARD_REWIND,
            SafetyAct::Choose(CardChoice::Fade) => own::CARD_FADE,
            SafetyAct::Choose(CardChoice::Skip) => own::CARD_SKIP,
            SafetyAct::Choose(CardChoice::Pause) => own::CARD_PAUSE,
            SafetyAct::Ready => own::CARD_READY,
            SafetyAct::Resume => own::CARD_RESUME,
        };
        CreateButton::new(self.id()).label(label).style(style)
    }
}

/// What whoever stopped play may choose from.
pub(super) fn choices(table: TableId) -> Vec<CreateActionRow> {
    let choice = |(_, choice)| CardButton { table, act: SafetyAct::Choose(choice) }.button(ButtonStyle::Secondary);
    let chosen = CardChoice::NAMED.into_iter().map(choice).collect();
    let ready = CardButton { table, act: SafetyAct::Ready }.button(ButtonStyle::Success);
    vec![CreateActionRow::Buttons(chosen), CreateActionRow::Buttons(vec![ready])]
}

/// What the Safety button under a reply opens, for the presser alone.
fn panel(table: TableId) -> CreateInteractionResponse {
    let stop = CardButton { table, act: SafetyAct::Stop }.button(ButtonStyle::Danger);
    let resume = CardButton { table, act: SafetyAct::Resume }.button(ButtonStyle::Secondary);
    let message = CreateInteractionResponseMessage::new()
        .content(own::CARD_PANEL)
        .ephemeral(true)
        .allowed_mentions(CreateAllowedMentions::new())
        .components(vec![CreateActionRow::Buttons(vec![stop, resume])]);
    CreateInteractionResponse::Message(message)
}

/// Takes one press. False if the button is none of these.
pub(super) async fn take(context: &serenity::Context, door: &Arc<Door>, press: &ComponentInteraction) -> bool {
    let id = &press.data.custom_id;
    if let Some(table) = id.strip_prefix(buttons::SAFETY).and_then(|table| table.parse().ok()) {
        if let Err(failure) = press.create_response(context, panel(TableId::new(table))).await {
            warn!(error = %failure, "a press was not answered");
        }
        return true;
    }
    let Some(button) = CardButton::read(id) else { return false };
    // Discord waits three seconds for this; nothing may come before it.
    if let Err(failure) = press.create_response(context, CreateInteractionResponse::Acknowledge).await {
        warn!(error = %failure, "a press was not acknowledged");
    }
    let said = CreateInteractionResponseFollowup::new().ephemeral(true).allowed_mentions(CreateAllowedMentions::new());
    let said = match door.at(press.channel_id.get()).filter(|reached| reached.id == button.table) {
        None => said.content(own::STALE_BUTTON),
        Some(reached) => {
            let person = convert::clicker(&press.user, press.member.as_ref());
            match reached.table.safety(person, button.act).await {
                Ok(Answer::Safe(SafetyDone::Paused)) => {
                    said.content(wording::safe(SafetyDone::Paused)).components(choices(button.table))
                }
                Ok(Answer::Safe(done)) => said.content(wording::safe(done)),
                Ok(_) => return true,
                Err(failure) => said.content(wording::table_error(&failure)),
            }
        }
    };
    if let Err(failure) = press.create_followup(context, said).await {
        warn!(error = %failure, "a press was not answered");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_it_does_and_names_nobody() {
        let choices = CardChoice::NAMED.map(|(_, choice)| SafetyAct::Choose(choice));
        for act in choices.into_iter().chain([SafetyAct::Stop, SafetyAct::Ready, SafetyAct::Resume]) {
            let button = CardButton { table: TableId::new(i64::MAX), act };
            assert!(button.id().len() <= 100);
            assert_eq!(CardButton::read(&button.id()), Some(button));
        }
        for id in ["tk1:card:stop", "tk1:card:burn:1", "tk0:card:stop:1", "tk1:stop:1:2"] {
            assert_eq!(CardButton::read(id), None, "{id}");
        }
    }
}
