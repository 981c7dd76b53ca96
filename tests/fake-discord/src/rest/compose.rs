//! Makes and remakes messages from what an app sent. Never stores or tells them: that is a change's business.

use serde_json::Value;

use crate::id::Id;
use crate::judges::ledger::Judge;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::mention::{Unstated, named, notifies_replied, permitted};
use crate::world::message::{Attachment, By, COMPONENTS_V2, EPHEMERAL, LOADING, Message};

use super::body::Upload;
use super::limits::{self, LARGEST_FILE, MOST_FILES};
use super::refusal::{EMPTY_MESSAGE, MISSING_PERMISSIONS, NO_HISTORY, Refusal, TOO_LARGE};

/// Flags an app may set itself: SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, IS_VOICE_MESSAGE, IS_COMPONENTS_V2.
const SETTABLE: u64 = (1 << 2) | (1 << 12) | (1 << 13) | COMPONENTS_V2;

/// What is known about a message before its payload is read.
pub(crate) struct Draft {
    pub(crate) channel: Id,
    pub(crate) by: By,
    pub(crate) author_name: String,
    pub(crate) interaction: Option<Id>,
    pub(crate) ephemeral_for: Option<Id>,
    pub(crate) unstated: Unstated,
}

/// An empty message of a draft.
pub(crate) fn blank(world: &mut World, draft: Draft) -> Message {
    let id = world.next_id();
    Message {
        id,
        channel: draft.channel,
        by: draft.by,
        author_name: draft.author_name,
        avatar_url: None,
        content: String::new(),
        embeds: Vec::new(),
        components: Vec::new(),
        attachments: Vec::new(),
        flags: if draft.ephemeral_for.is_some() { EPHEMERAL } else { 0 },
        reply_to: None,
        mentions: Vec::new(),
        mention_roles: Vec::new(),
        mention_everyone: false,
        nonce: None,
        interaction: draft.interaction,
        ephemeral_for: draft.ephemeral_for,
        reactions: Vec::new(),
        history: Vec::new(),
        sent_ms: world.clock.now_ms(),
        edited_ms: None,
        deleted: false,
        thread: None,
    }
}

/// Makes a new message.
pub(crate) fn compose(
    world: &mut World,
    payload: &Value,
    uploads: &[Upload],
    draft: Draft,
) -> Result<Message, Refusal> {
    let unstated = draft.unstated;
    let mut message = blank(world, draft);
    message.flags |= payload["flags"].as_u64().unwrap_or(0) & SETTABLE;
    limits::check_message(payload, message.flags)?;
    check_rights(world, payload, uploads, &message)?;
    if let Some(reply) = payload["message_reference"].as_object() {
        message.reply_to = reply.get("message_id").and_then(Id::from_json);
        check_reply(world, &message, reply.get("fail_if_not_exists"))?;
    }
    message.nonce = Some(payload["nonce"].clone()).filter(|nonce| !nonce.is_null());
    fill(world, &mut message, payload, uploads)?;
    set_mentions(world, &mut message, payload, unstated);
    judge_pings(world, &message);
    Ok(message)
}

/// Applies an edit to a copy of a message: fields that are absent stay as they are.
pub(crate) fn revise(
    world: &mut World,
    payload: &Value,
    uploads: &[Upload],
    old: &Message,
    unstated: Unstated,
) -> Result<Message, Refusal> {
    let mut message = old.clone();
    // The V2 flag can be set by an edit but never taken back (components/reference).
    message.flags |= payload["flags"].as_u64().unwrap_or(0) & SETTABLE;
    limits::check_message(payload, message.flags)?;
    fill(world, &mut message, payload, uploads)?;
    let first_text = old.flags & LOADING != 0;
    message.flags &= !LOADING;
    set_mentions(world, &mut message, payload, unstated);
    if first_text {
        judge_pings(world, &message);
    }
    Ok(message)
}

fn fill(world: &mut World, message: &mut Message, payload: &Value, uploads: &[Upload]) -> Result<(), Refusal> {
    if let Some(content) = payload.get("content") {
        // Discord trims what it stores.
        message.content = content.as_str().unwrap_or_default().trim().to_owned();
    }
    for (name, list) in [("embeds", &mut message.embeds), ("components", &mut message.components)] {
        if let Some(value) = payload.get(name) {
            *list = value.as_array().cloned().unwrap_or_default();
        }
    }
    for embed in &mut message.embeds {
        // Discord marks whose embed it is; clients rely on it.
        if embed.get("type").is_none() {
            embed["type"] = "rich".into();
        }
    }
    fill_attachments(world, message, payload, uploads)?;
    let nothing = message.content.is_empty()
        && message.embeds.is_empty()
        && message.components.is_empty()
        && message.attachments.is_empty();
    if nothing { Err(EMPTY_MESSAGE) } else { Ok(()) }
}

fn fill_attachments(
    world: &mut World,
    message: &mut Message,
    payload: &Value,
    uploads: &[Upload],
) -> Result<(), Refusal> {
    let listed = payload["attachments"].as_array();
    if let Some(listed) = listed {
        // Attachments not listed in an edit go away (resources/message, "Edit Message").
        message.attachments.retain(|kept| listed.iter().any(|item| Id::from_json(&item["id"]) == Some(kept.id)));
    }
    if uploads.iter().any(|upload| upload.bytes.len() > LARGEST_FILE) {
        return Err(TOO_LARGE);
    }
    for upload in uploads {
        let about = listed
            .and_then(|list| list.iter().find(|item| Id::from_json(&item["id"]) == Some(Id::new(upload.number()))));
        let name = about.and_then(|item| item["filename"].as_str()).unwrap_or(&upload.name).to_owned();
        let mut stored: Attachment = world.store_file(&name, &upload.mime, upload.bytes.clone());
        stored.description = about.and_then(|item| item["description"].as_str()).map(str::to_owned);
        message.attachments.push(stored);
    }
    if message.attachments.len() > MOST_FILES {
        return Err(Refusal::form("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    Ok(())
}

/// Embeds and files need rights of their own; webhooks and interactions have them from their maker.
fn check_rights(world: &World, payload: &Value, uploads: &[Upload], message: &Message) -> Result<(), Refusal> {
    if message.by != By::User(world.bot) || message.interaction.is_some() {
        return Ok(());
    }
    let Some(channel) = world.channels.get(&message.channel) else { return Ok(()) };
    let embeds = payload["embeds"].as_array().is_some_and(|list| !list.is_empty());
    let lacks = |wanted: bool, bits: u64| wanted && !world.may(world.bot, channel, bits);
    if lacks(embeds, Permission::EMBED_LINKS) || lacks(!uploads.is_empty(), Permission::ATTACH_FILES) {
        return Err(MISSING_PERMISSIONS);
    }
    Ok(())
}

fn check_reply(world: &World, message: &Message, fail_if_missing: Option<&Value>) -> Result<(), Refusal> {
    let Some(id) = message.reply_to else { return Ok(()) };
    let exists = world.messages.get(&id).is_some_and(|m| m.channel == message.channel && !m.deleted);
    if !exists && fail_if_missing != Some(&Value::Bool(false)) {
        let path = "message_reference";
        return Err(Refusal::form(path, "REPLIES_UNKNOWN_MESSAGE", "Unknown message"));
    }
    let readable =
        world.channels.get(&message.channel).is_some_and(|c| world.may(world.bot, c, Permission::READ_MESSAGE_HISTORY));
    if readable { Ok(()) } else { Err(NO_HISTORY) }
}

fn set_mentions(world: &World, message: &mut Message, payload: &Value, unstated: Unstated) {
    let allowed = payload.get("allowed_mentions");
    let mut mentions = world.existing(permitted(named(&message.content), allowed, unstated));
    let replied = message.reply_to.and_then(|id| world.messages.get(&id)).map(|m| m.by);
    if let Some(By::User(author)) = replied
        && notifies_replied(allowed)
        && !mentions.users.contains(&author)
    {
        mentions.users.push(author);
    }
    message.mentions = mentions.users;
    message.mention_roles = mentions.roles;
    message.mention_everyone = mentions.everyone;
}

/// Nothing the bot says may notify people unless a test expects it.
fn judge_pings(world: &mut World, message: &Message) {
    let pinged = message.mentions.iter().any(|id| *id != world.bot);
    if message.pings() && (pinged || message.mention_everyone || !message.mention_roles.is_empty()) {
        let names: Vec<&str> =
            message.mentions.iter().filter_map(|id| world.users.get(id)).map(|u| u.name.as_str()).collect();
        let detail = format!(
            "a message notifies users {names:?}, roles {:?}, everyone: {}; it says {:?}",
            message.mention_roles, message.mention_everyone, message.content
        );
        world.accuse(Judge::Ping, detail);
    }
}
