//! Lines in a character's name, as people ask about them: who wrote one, and changing or removing one's own.
//! Until a turn takes it the message is the draft, as any message is; afterwards the log is what was said, and it stays.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{ActionRowComponent, CreateActionRow, CreateInputText, InputTextStyle, ModalInteraction};
use tracing::warn;

use super::door::{Door, Reached};
use super::outgoing::{Hope, Outgoing, SendError};
use super::rest::Draft;
use super::{convert, wording as own};
use crate::domain::{Person, SeatId};
use crate::door::wording;
use crate::format::escape;
use crate::store::{ActionRow, ActionState, Line};

/// What the id of the form begins with; the message follows, and whether a webhook says it.
const FORM: &str = "tk1:line:";
/// The one field of the form.
const TEXT: &str = "text";
/// The longest line, in characters, as for `/as`.
const LONGEST: u16 = 1_500;

/// Somebody's own line, not taken by any turn.
pub(super) struct Own {
    reached: Arc<Reached>,
    line: Line,
}

/// Who wrote a message: for a line in a character's name the person behind it.
pub(super) async fn who_wrote(door: &Door, message: &serenity::Message) -> String {
    let Some(reached) = door.at(message.channel_id.get()) else { return own::NO_TABLE.to_owned() };
    let Ok(Some((_, action))) = find(&reached, message.id.get()).await else {
        let ours = convert::overheard(message, reached.out.names()).author;
        let by_hook = message.webhook_id.is_some();
        let us = ours.id == reached.out.us
            || (by_hook && message.application_id.map(|id| id.get()) == Some(reached.out.names().application));
        return if us { own::GM_WROTE.to_owned() } else { own::wrote(&escape::markdown(&ours.name), None) };
    };
    let (name, user) = writer(&reached, action.seat).await;
    own::wrote(&escape::markdown(&name), user)
}

/// The line that a message says and the action it is, if it is one.
async fn find(reached: &Reached, message: u64) -> Result<Option<(Line, ActionRow)>, crate::store::StoreError> {
    let out = &reached.out;
    let Some(line) = out.store.line_at(&out.place, message).await? else { return Ok(None) };
    let action = out.store.action_by_source(reached.id, &line.source).await?;
    Ok(action.map(|action| (line, action)))
}

async fn writer(reached: &Reached, seat: SeatId) -> (String, Option<u64>) {
    let view = reached.table.view().await.ok();
    let seat = view.and_then(|view| view.seats.into_iter().find(|known| known.id == seat));
    seat.map_or_else(|| (own::SOMEBODY.to_owned(), None), |seat| (seat.name, convert::user_of(&seat.person)))
}

/// The person's own line that a message says, as long as it can be changed; else why not.
pub(super) async fn own(door: &Door, message: &serenity::Message, person: &Person) -> Result<Own, String> {
    own_line(door, message.channel_id.get(), message.id.get(), person).await
}

async fn own_line(door: &Door, channel: u64, message: u64, person: &Person) -> Result<Own, String> {
    let reached = door.at(channel).ok_or_else(|| own::NO_TABLE.to_owned())?;
    let found = find(&reached, message).await.map_err(|_| own::LINE_UNKNOWN.to_owned())?;
    let Some((line, action)) = found else { return Err(own::NO_LINE.to_owned()) };
    let view = reached.table.view().await.map_err(|failure| wording::table_error(&failure))?;
    let writer = view.seats.iter().find(|seat| seat.id == action.seat);
    if writer.is_none_or(|seat| seat.person != person.id) {
        return Err(own::ANOTHERS_LINE.to_owned());
    }
    if action.state != ActionState::Waiting {
        return Err(own::LINE_TAKEN.to_owned());
    }
    Ok(Own { reached, line })
}

/// Takes the line back and removes its message.
pub(super) async fn remove(own_line: &Own, message: &serenity::Message) -> String {
    let Own { reached, line } = own_line;
    if let Err(refused) = reached.table.withdraw(line.source.clone()).await {
        return wording::table_error(&refused);
    }
    // By the webhook that said it, which needs no right of ours.
    let out = Outgoing { channel: message.channel_id.get(), ..reached.out.clone() };
    match out.unspeak(line.message).await {
        Ok(()) => own::LINE_REMOVED.to_owned(),
        Err(failure) => {
            warn!(channel = out.channel, error = %failure, "a line that was taken back still stands");
            own::LINE_REMAINS.to_owned()
        }
    }
}

/// The form in which a line is changed.
pub(super) fn form(own_line: &Own, message: &serenity::Message) -> serenity::CreateModal {
    let by_hook = message.webhook_id.is_some();
    let said = if by_hook { message.content.as_str() } else { after_name(&message.content) };
    let said: String = said.chars().take(usize::from(LONGEST)).collect();
    let field = CreateInputText::new(InputTextStyle::Paragraph, own::LINE, TEXT).value(said).max_length(LONGEST);
    let id = format!("{FORM}{}:{}", own_line.line.message, if by_hook { "hook" } else { "bold" });
    serenity::CreateModal::new(id, own::EDIT_LINE).components(vec![CreateActionRow::InputText(field)])
}

/// What follows the bold name at the beginning of a line that we said in its place.
fn after_name(content: &str) -> &str {
    content.strip_prefix("**").and_then(|rest| rest.split_once(":** ")).map_or(content, |(_, said)| said)
}

/// Takes a form with which a line is changed; false if it is another form.
pub(super) async fn take(context: &serenity::Context, door: &Arc<Door>, form: &ModalInteraction) -> bool {
    let Some((message, way)) = form.data.custom_id.strip_prefix(FORM).and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let heard = serenity::CreateInteractionResponseMessage::new().ephemeral(true);
    // Discord waits three seconds for this; nothing may come before it.
    if let Err(failure) = form.create_response(context, serenity::CreateInteractionResponse::Defer(heard)).await {
        warn!(error = %failure, "a form was not acknowledged");
    }
    let told = change(door, form, message.parse().unwrap_or(0), way == "hook").await;
    let told =
        serenity::EditInteractionResponse::new().content(told).allowed_mentions(serenity::CreateAllowedMentions::new());
    if let Err(failure) = form.edit_response(context, told).await {
        warn!(error = %failure, "a form was not answered");
    }
    true
}

async fn change(door: &Door, form: &ModalInteraction, message: u64, by_hook: bool) -> String {
    let fields = form.data.components.iter().flat_map(|row| &row.components);
    let text = fields.filter_map(|part| match part {
        ActionRowComponent::InputText(text) if text.custom_id == TEXT => text.value.clone(),
        _ => None,
    });
    let text = text.map(|text| text.trim().to_owned()).next().unwrap_or_default();
    let (person, channel) = (convert::clicker(&form.user, form.member.as_ref()), form.channel_id.get());
    // It is asked again whose it is: the form may have lain open for long.
    let Own { reached, line } = match own_line(door, channel, message, &person).await {
        Ok(own_line) => own_line,
        Err(refused) => return refused,
    };
    if let Err(refused) = reached.table.edit(line.source.clone(), text.clone()).await {
        return wording::table_error(&refused);
    }
    let out = Outgoing { channel, ..reached.out.clone() };
    match out.says_now(line.message, &text, by_hook).await {
        Ok(()) => own::LINE_CHANGED.to_owned(),
        Err(failure) => {
            warn!(channel, error = %failure, hope = ?failure.hope(), "a changed line stands as it was");
            if failure.hope() == Hope::Later { own::LINE_LATER.to_owned() } else { own::LINE_STANDS.to_owned() }
        }
    }
}

impl Outgoing {
    /// Makes a line's message say this, whoever says it there.
    pub(super) async fn restate(&self, line: u64, text: &str) -> Result<(), SendError> {
        let by_hook = self.rest.message(self.channel, line).await?["webhook_id"].is_string();
        match self.says_now(line, text, by_hook).await {
            // It stands, only with what was said before: its webhook may be gone. What follows from its standing goes on.
            Err(failure) if failure.hope() != Hope::Later => {
                self.log(&failure, "a change of a line in a character's name").await;
                Ok(())
            }
            other => other,
        }
    }

    /// Makes the line's message say what it says now.
    async fn says_now(&self, line: u64, text: &str, by_hook: bool) -> Result<(), SendError> {
        if by_hook {
            let way = self.hooks.way(self.channel).await?;
            return Ok(self.rest.edit_spoken(&way.hook, way.thread, line, &Draft::text(text)).await?);
        }
        let stands = self.rest.message(self.channel, line).await?;
        let stands = stands["content"].as_str().unwrap_or_default();
        let name = &stands[..stands.len() - after_name(stands).len()];
        self.edit(line, &Draft::text(format!("{name}{text}"))).await
    }
}

#[cfg(test)]
mod tests {
    use super::after_name;

    #[test]
    fn the_bold_name_is_no_part_of_what_was_said() {
        assert_eq!(after_name("**Mira:** I **do**: it"), "I **do**: it");
        assert_eq!(after_name("I wave"), "I wave");
    }
}
