//! The form that opens a table: what it asks, and what follows when it comes back.
//! Its id carries all that is needed, so that it works after a restart; it is checked again who sends it.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serenity::{ActionRowComponent, CreateActionRow, CreateInputText, InputTextStyle, ModalInteraction};
use tracing::{error, warn};

use super::commands::Failure;
use super::door::Door;
use super::{convert, wording as own};
use crate::config::Wishes;
use crate::domain::{ProviderName, TableName};
use crate::door::wording;
use crate::telemetry::new_error_id;

/// The form that opens a table at which mentions are heard, and the one at which everything is.
const IDS: [&str; 2] = ["tk1:open:mention", "tk1:open:all"];
/// The longest name that a table gets from its channel.
const NAME: usize = 40;

/// The form that opens a table.
pub(super) fn table(listen_to_all: bool) -> serenity::CreateModal {
    let field = |style, label, id, hint, most| {
        let field = CreateInputText::new(style, label, id).placeholder(hint).max_length(most).required(false);
        CreateActionRow::InputText(field)
    };
    let fields = vec![
        field(InputTextStyle::Paragraph, own::ASK_PITCH, "pitch", own::HINT_PITCH, 1500),
        field(InputTextStyle::Short, own::ASK_TONE, "tone", own::HINT_TONE, 300),
        field(InputTextStyle::Short, own::ASK_PROVIDER, "provider", own::HINT_PROVIDER, 60),
        field(InputTextStyle::Short, own::ASK_MODEL, "model", own::HINT_MODEL, 100),
    ];
    serenity::CreateModal::new(IDS[usize::from(listen_to_all)], own::NEW_TABLE).components(fields)
}

/// Whether a member may make and end tables: Manage Channels, as Discord says it for that channel.
pub(super) fn may_manage(member: Option<&serenity::Member>) -> bool {
    member.and_then(|member| member.permissions).is_some_and(|may| may.manage_channels() || may.administrator())
}

/// Takes a form that somebody sent.
pub(super) async fn take(context: &serenity::Context, door: &Arc<Door>, form: &ModalInteraction) {
    let Some(which) = IDS.iter().position(|id| *id == form.data.custom_id) else { return };
    // Discord waits three seconds for this; nothing may come before it.
    let heard = serenity::CreateInteractionResponse::Defer(serenity::CreateInteractionResponseMessage::new());
    if let Err(failure) = form.create_response(context, heard).await {
        warn!(error = %failure, "a form was not acknowledged");
    }
    let answer = match open(context, door, form, which == 1).await {
        Ok(answer) => answer,
        Err(failure) => {
            let error_id = new_error_id();
            error!(%error_id, error = %failure, detail = ?failure, "a table was not opened");
            own::failed(&error_id)
        }
    };
    let answer = serenity::EditInteractionResponse::new()
        .content(answer)
        .allowed_mentions(serenity::CreateAllowedMentions::new());
    if let Err(failure) = form.edit_response(context, answer).await {
        warn!(error = %failure, "a form was not answered");
    }
}

async fn open(
    context: &serenity::Context,
    door: &Door,
    form: &ModalInteraction,
    listen_to_all: bool,
) -> Result<String, Failure> {
    let channel = form.channel_id.get();
    if !may_manage(form.member.as_ref()) {
        return Ok(own::NOT_MANAGER.to_owned());
    }
    if door.at(channel).is_some() {
        return Ok(own::TABLE_HERE.to_owned());
    }
    let field = |id: &str| field(form, id);
    let (provider, model) = (field("provider"), field("model"));
    let (pitch, tone) = (field("pitch"), field("tone"));
    let wishes = Wishes { pitch, tone, provider, model, listen_to_all, side_of: None };
    if let Some(provider) = &wishes.provider
        && let Err(refusal) = door.parts.hall.check_provider(&ProviderName::new(provider))
    {
        return Ok(wording::refusal(&refusal));
    }
    let called = convert::name_of(&context.cache, form.channel_id).unwrap_or_default();
    let name = begin(door, channel, &called, &wishes).await?;
    Ok(own::table_opened(&name, listen_to_all))
}

/// What was written into a field; none if nothing was.
fn field(form: &ModalInteraction, id: &str) -> Option<String> {
    let parts = form.data.components.iter().flat_map(|row| &row.components);
    let texts = parts.filter_map(|part| match part {
        ActionRowComponent::InputText(text) if text.custom_id == id => text.value.clone(),
        _ => None,
    });
    texts.map(|text| text.trim().to_owned()).find(|text| !text.is_empty())
}

/// Writes the table down, opens it, and begins to listen.
async fn begin(door: &Door, channel: u64, called: &str, wishes: &Wishes) -> Result<TableName, Failure> {
    let (store, now, place) = (&door.parts.store, (door.parts.now)(), convert::place(channel));
    let name = free_name(door, &place_name(called, channel), channel).await?;
    let table = wishes.table(name.clone(), None);
    let row = store.ensure_table(&name, now).await?;
    store.open_table(row.id, &place, serde_json::to_string(wishes)?, now).await?;
    door.parts.roster.add(table.clone());
    door.reach(&table, channel).await?;
    Ok(name)
}

/// A table's name from its channel's: what a name may hold, the rest as hyphens.
pub(super) fn place_name(called: &str, channel: u64) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = called.chars().map(kept).collect();
    let name = name.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let name: String = name.chars().take(NAME).collect();
    if name.is_empty() { format!("channel-{channel}") } else { name }
}

/// That name, or one like it that no other table has: a channel that is opened again begins a table of its own.
pub(super) async fn free_name(door: &Door, wanted: &str, channel: u64) -> Result<TableName, Failure> {
    let taken: Vec<_> = door.parts.store.tables().await?.into_iter().map(|row| row.name).collect();
    let taken = |name: &TableName| taken.contains(name) || door.parts.config.tables.iter().any(|t| t.name == *name);
    let candidates = std::iter::once(wanted.to_owned()).chain((2..100).map(|n| format!("{wanted}-{n}")));
    let free = candidates.filter_map(|name| name.parse::<TableName>().ok()).find(|name| !taken(name));
    match free {
        Some(name) => Ok(name),
        None => Ok(format!("channel-{channel}").parse()?),
    }
}

#[cfg(test)]
mod tests {
    use super::place_name;

    #[test]
    fn a_channels_name_becomes_a_tables() {
        assert_eq!(place_name("the-sunken_crown", 7), "the-sunken-crown");
        assert_eq!(place_name("🏰 Castle", 7), "castle");
        assert_eq!(place_name("던전", 7), "channel-7");
        assert!(place_name(&"x".repeat(100), 7).parse::<crate::domain::TableName>().is_ok());
    }
}
