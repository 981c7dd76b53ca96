//! `/safety lines`: a form in which a person says what the story keeps out of and what it leaves untold.
//! Nobody else sees that it was opened or what stands in it; nothing of it goes to the log.

use std::sync::Arc;
use std::time::Duration;

use poise::serenity_prelude as serenity;
use serenity::{
    ActionRowComponent, CreateActionRow, CreateAllowedMentions, CreateInputText, InputTextStyle, ModalInteraction,
};
use tokio::time::timeout;
use tracing::warn;

use super::{AnswersItself, Context, Failure};
use crate::domain::{BOUND_CHARS, BOUNDS, Bounds};
use crate::door::discord::door::Door;
use crate::door::discord::{convert, wording as own};
use crate::door::wording;
use crate::format::escape;
use crate::table::TableError;
use crate::table::machine::Answer;

/// How long the table is asked before a form is shown: Discord waits three seconds for the first answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Tells this form from others.
const FORM: &str = "tk1:lines";
/// The fields of the form.
const FIELDS: [&str; 2] = ["lines", "veils"];

/// Say, for yourself alone, what the story keeps out of
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    custom_data = "AnswersItself",
    name_localized("ko", "선"),
    description_localized("ko", "이야기에 나오지 않았으면 하는 것을 나만 보게 적습니다"),
    name_localized("de", "grenzen"),
    description_localized("de", "Nur für dich: was in der Geschichte nicht vorkommen soll")
)]
pub(super) async fn lines(ctx: Context<'_>) -> Result<(), Failure> {
    let poise::Context::Application(application) = ctx else { return Ok(()) };
    // A form is the first answer or none, so the table is asked before.
    let own = match ctx.data().at(ctx.channel_id().get()) {
        Some(reached) => match timeout(PATIENCE, reached.table.bounds(super::person(ctx).id, None)).await {
            Ok(Ok(Answer::Bounds(own))) => Ok(own),
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(failure)) => Err(wording::table_error(&failure)),
            Err(_) => Err(own::TABLE_LATER.to_owned()),
        },
        None => Err(own::NO_TABLE.to_owned()),
    };
    let answer = match own {
        Ok(own) => serenity::CreateInteractionResponse::Modal(form(&own)),
        Err(sentence) => serenity::CreateInteractionResponse::Message(
            serenity::CreateInteractionResponseMessage::new()
                .content(sentence)
                .ephemeral(true)
                .allowed_mentions(CreateAllowedMentions::new()),
        ),
    };
    application.interaction.create_response(ctx.serenity_context(), answer).await?;
    Ok(())
}

/// The form with what they have.
fn form(bounds: &Bounds) -> serenity::CreateModal {
    let most = u16::try_from((BOUND_CHARS + 1) * BOUNDS).unwrap_or(u16::MAX);
    let field = |id: &str, label: &str, hint: &str, entries: &[String]| {
        let field = CreateInputText::new(InputTextStyle::Paragraph, label, id).placeholder(hint).max_length(most);
        let field = if entries.is_empty() { field } else { field.value(entries.join("\n")) };
        CreateActionRow::InputText(field.required(false))
    };
    serenity::CreateModal::new(FORM, own::LINES_TITLE).components(vec![
        field(FIELDS[0], own::LINES_FIELD, own::LINES_HINT, &bounds.lines),
        field(FIELDS[1], own::VEILS_FIELD, own::VEILS_HINT, &bounds.veils),
    ])
}

/// Takes the form. False if it is another one.
pub(in crate::door::discord) async fn take_form(
    context: &serenity::Context,
    door: &Arc<Door>,
    form: &ModalInteraction,
) -> bool {
    if form.data.custom_id != FORM {
        return false;
    }
    // Discord waits three seconds for this; nothing may come before it.
    let heard = serenity::CreateInteractionResponseMessage::new().ephemeral(true);
    if let Err(failure) = form.create_response(context, serenity::CreateInteractionResponse::Defer(heard)).await {
        warn!(error = %failure, "a form was not acknowledged");
    }
    let said = set(door, form).await.unwrap_or_else(|failure| wording::table_error(&failure));
    let said: String = said.chars().take(1900).collect();
    let answer = serenity::EditInteractionResponse::new().content(said).allowed_mentions(CreateAllowedMentions::new());
    if let Err(failure) = form.edit_response(context, answer).await {
        warn!(error = %failure, "a form was not answered");
    }
    true
}

async fn set(door: &Door, form: &ModalInteraction) -> Result<String, TableError> {
    let Some(reached) = door.at(form.channel_id.get()) else { return Ok(own::NO_TABLE.to_owned()) };
    let wanted = match Bounds::read(&written(form, FIELDS[0]), &written(form, FIELDS[1])) {
        Ok(wanted) => wanted,
        Err(fault) => return Ok(wording::bounds_fault(fault)),
    };
    let person = convert::clicker(&form.user, form.member.as_ref());
    match reached.table.bounds(person.id, Some(wanted)).await? {
        Answer::Bounds(now) => Ok(escape::markdown(&wording::bounds(&now))),
        _ => Ok(String::new()),
    }
}

fn written(form: &ModalInteraction, id: &str) -> String {
    let parts = form.data.components.iter().flat_map(|row| &row.components);
    let mut texts = parts.filter_map(|part| match part {
        ActionRowComponent::InputText(text) if text.custom_id == id => text.value.clone(),
        _ => None,
    });
    texts.next().unwrap_or_default()
}
