//! Somebody pressed a button under what the provider asks, or sent the form for an answer in their own words.
//! Who may answer is checked by the table, at the press; a stale button says so kindly.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{
    ActionRowComponent, ComponentInteraction, CreateActionRow, CreateAllowedMentions, CreateInputText,
    CreateInteractionResponse, CreateInteractionResponseFollowup, InputTextStyle, ModalInteraction,
};
use tracing::warn;

use super::ask_buttons::{self, AskButton, AskPress};
use super::door::Door;
use super::{convert, wording as own};
use crate::domain::{AskId, AskReply, Command, Person, TableId, WORDS};
use crate::door::wording;

/// What the field of the form is called.
const FIELD: &str = "words";

/// Takes one press. False if the button is none of these.
pub(super) async fn take(context: &serenity::Context, door: &Arc<Door>, press: &ComponentInteraction) -> bool {
    let Some(button) = AskButton::read(&press.data.custom_id) else { return false };
    // Discord waits three seconds for this; nothing may come before it.
    let heard = match &button.press {
        AskPress::Other => CreateInteractionResponse::Modal(form(button.table, button.ask)),
        AskPress::Reply(_) => CreateInteractionResponse::Acknowledge,
    };
    if let Err(failure) = press.create_response(context, heard).await {
        warn!(error = %failure, "a press was not acknowledged");
    }
    let AskPress::Reply(reply) = button.press else { return true };
    let person = convert::clicker(&press.user, press.member.as_ref());
    let channel = press.channel_id.get();
    if let Some(refused) = answer(door, channel, (button.table, button.ask), person, reply).await
        && let Err(failure) = press.create_followup(context, whisper(refused)).await
    {
        warn!(error = %failure, "a press was not answered");
    }
    true
}

/// Takes a form that somebody sent. False if it is none of these.
pub(super) async fn take_form(context: &serenity::Context, door: &Arc<Door>, form: &ModalInteraction) -> bool {
    let Some(asked) = ask_buttons::read_form(&form.data.custom_id) else { return false };
    // Discord waits three seconds for this; nothing may come before it.
    if let Err(failure) = form.create_response(context, CreateInteractionResponse::Acknowledge).await {
        warn!(error = %failure, "a form was not acknowledged");
    }
    let person = convert::clicker(&form.user, form.member.as_ref());
    let reply = AskReply::Words(field(form).unwrap_or_default());
    if let Some(refused) = answer(door, form.channel_id.get(), asked, person, reply).await
        && let Err(failure) = form.create_followup(context, whisper(refused)).await
    {
        warn!(error = %failure, "a form was not answered");
    }
    true
}

/// Hands an answer to the table; gives why it was not taken. That it was is seen in the channel.
async fn answer(
    door: &Door,
    channel: u64,
    (table, ask): (TableId, AskId),
    person: Person,
    reply: AskReply,
) -> Option<String> {
    let Some(reached) = door.at(channel).filter(|reached| reached.id == table) else {
        return Some(own::STALE_ASK.to_owned());
    };
    let done = reached.table.command(person, Command::Answer { ask, reply }).await;
    done.err().map(|failure| wording::table_error(&failure))
}

fn whisper(text: String) -> CreateInteractionResponseFollowup {
    CreateInteractionResponseFollowup::new()
        .content(text)
        .ephemeral(true)
        .allowed_mentions(CreateAllowedMentions::new())
}

/// The form for an answer in one's own words.
fn form(table: TableId, ask: AskId) -> serenity::CreateModal {
    let longest = u16::try_from(WORDS).unwrap_or(u16::MAX);
    let field =
        CreateInputText::new(InputTextStyle::Paragraph, own::ASK_WORDS, FIELD).max_length(longest).required(true);
    serenity::CreateModal::new(ask_buttons::form_id(table, ask), own::OWN_WORDS)
        .components(vec![CreateActionRow::InputText(field)])
}

fn field(form: &ModalInteraction) -> Option<String> {
    let parts = form.data.components.iter().flat_map(|row| &row.components);
    let mut texts = parts.filter_map(|part| match part {
        ActionRowComponent::InputText(text) if text.custom_id == FIELD => text.value.clone(),
        _ => None,
    });
    texts.next()
}
