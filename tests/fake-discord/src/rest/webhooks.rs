//! Webhooks and their messages (documentation: resources/webhook). A path whose id is the application's belongs to an
//! interaction and is passed on; this file never answers those itself.

use crate::id::Id;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::change::{Change, Edited};
use crate::world::channel::Place;
use crate::world::mention::Unstated;
use crate::world::message::{By, Content, Message};
use crate::world::webhook::Webhook;

use super::channels::demand;
use super::compose::{Draft, compose, revise};
use super::follow_ups;
use super::limits::check_webhook_name;
use super::messages::open_thread;
use super::refusal::{
    INVALID_WEBHOOK_TOKEN, MISSING_PERMISSIONS, Refusal, TOO_MANY_WEBHOOKS, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK, WRONG_CHANNEL_TYPE,
};
use super::route::{Call, Reply};

type Done = Result<Reply, Refusal>;

/// Webhooks a channel may have.
const MOST_WEBHOOKS: usize = 15;

/// The webhook a path names by id and token.
fn by_token(world: &World, call: &Call) -> Result<Webhook, Refusal> {
    let webhook = world.webhooks.get(&call.id("webhook_id")?).ok_or(UNKNOWN_WEBHOOK)?;
    if webhook.token == call.text("webhook_token") { Ok(webhook.clone()) } else { Err(INVALID_WEBHOOK_TOKEN) }
}

fn is_interaction(world: &World, call: &Call) -> bool {
    call.id("webhook_id").is_ok_and(|id| id == world.application)
}

pub(crate) fn list(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, Permission::MANAGE_WEBHOOKS)?;
    if !matches!(channel.place, Place::Text | Place::Forum) {
        return Err(WRONG_CHANNEL_TYPE);
    }
    let hooks = world.webhooks.values().filter(|hook| hook.channel == channel.id);
    Reply::ok(hooks.map(|hook| world.webhook_json(hook)).collect())
}

pub(crate) fn create(world: &mut World, call: &Call) -> Done {
    let channel = demand(world, call.id("channel_id")?, Permission::MANAGE_WEBHOOKS)?;
    if !matches!(channel.place, Place::Text | Place::Forum) {
        return Err(WRONG_CHANNEL_TYPE);
    }
    let name = call.body["name"].as_str().unwrap_or_default().to_owned();
    check_webhook_name("name", &name)?;
    if world.webhooks.values().filter(|hook| hook.channel == channel.id).count() >= MOST_WEBHOOKS {
        return Err(TOO_MANY_WEBHOOKS);
    }
    let token = world.fresh_token("webhook-token");
    let webhook = Webhook {
        id: world.next_id(),
        channel: channel.id,
        name,
        token,
        application: Some(world.application),
        user: world.bot,
    };
    let answer = world.webhook_json(&webhook);
    world.apply(Change::WebhookCreated(webhook));
    Reply::ok(answer)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Done {
    let webhook = world.webhooks.get(&call.id("webhook_id")?).ok_or(UNKNOWN_WEBHOOK)?;
    demand(world, webhook.channel, Permission::MANAGE_WEBHOOKS)?;
    Reply::ok(world.webhook_json(webhook))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Done {
    let webhook = world.webhooks.get(&call.id("webhook_id")?).ok_or(UNKNOWN_WEBHOOK)?.clone();
    let channel = world.channels.get(&webhook.channel).ok_or(UNKNOWN_CHANNEL)?;
    if !world.may(world.bot, channel, Permission::MANAGE_WEBHOOKS) {
        return Err(MISSING_PERMISSIONS);
    }
    world.apply(Change::WebhookDeleted(webhook.id));
    Ok(Reply::Nothing)
}

pub(crate) fn get_by_token(world: &mut World, call: &Call) -> Done {
    let webhook = by_token(world, call)?;
    let mut answer = world.webhook_json(&webhook);
    // Without the bot's right its maker is not shown.
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("user");
    }
    Reply::ok(answer)
}

pub(crate) fn delete_by_token(world: &mut World, call: &Call) -> Done {
    let webhook = by_token(world, call)?;
    world.apply(Change::WebhookDeleted(webhook.id));
    Ok(Reply::Nothing)
}

pub(crate) fn execute(world: &mut World, call: &Call) -> Done {
    if is_interaction(world, call) {
        return follow_ups::create(world, call);
    }
    let webhook = by_token(world, call)?;
    if let Some(name) = call.body["username"].as_str() {
        check_webhook_name("username", name)?;
    }
    let channel = place(world, call, &webhook)?;
    let name = call.body["username"].as_str().unwrap_or(&webhook.name).to_owned();
    let draft = Draft {
        channel,
        by: By::Webhook(webhook.id),
        author_name: name,
        interaction: None,
        ephemeral_for: None,
        // For webhooks the documented default is users only.
        unstated: Unstated::UsersOnly,
    };
    let mut message = compose(world, &call.body, &call.uploads, draft)?;
    message.avatar_url = call.body["avatar_url"].as_str().map(str::to_owned);
    // Webhooks have no replies and no nonce.
    message.reply_to = None;
    message.nonce = None;
    let thread = world.channels[&channel].clone();
    open_thread(world, thread)?;
    let id = message.id;
    world.apply(Change::MessageCreated(Box::new(message)));
    if call.asks("wait") {
        return Reply::ok(world.message_json(&world.messages[&id], Content::Granted));
    }
    Ok(Reply::Nothing)
}

/// Where a webhook speaks: its channel, or a thread of it.
fn place(world: &World, call: &Call, webhook: &Webhook) -> Result<Id, Refusal> {
    let Some(thread) = call.query_id("thread_id") else {
        let forum = world.channels.get(&webhook.channel).is_some_and(|c| c.place == Place::Forum);
        let said = "Webhooks posted to forum channels must have a thread_name or thread_id";
        return if forum { Err(Refusal::form("thread_id", "BASE_TYPE_REQUIRED", said)) } else { Ok(webhook.channel) };
    };
    let fits = world.channels.get(&thread).is_some_and(|c| c.thread().is_some() && c.parent == Some(webhook.channel));
    if fits { Ok(thread) } else { Err(UNKNOWN_CHANNEL) }
}

/// A message of this webhook, in the place the query names.
fn own_message(world: &World, call: &Call) -> Result<Message, Refusal> {
    let webhook = by_token(world, call)?;
    let channel = place(world, call, &webhook)?;
    let id = call.id("message_id")?;
    let own = |m: &&Message| m.by == By::Webhook(webhook.id) && m.channel == channel && !m.deleted;
    world.messages.get(&id).filter(own).cloned().ok_or(UNKNOWN_MESSAGE)
}

pub(crate) fn get_message(world: &mut World, call: &Call) -> Done {
    if is_interaction(world, call) {
        return follow_ups::get(world, call);
    }
    let message = own_message(world, call)?;
    Reply::ok(world.message_json(&message, Content::Granted))
}

pub(crate) fn edit_message(world: &mut World, call: &Call) -> Done {
    if is_interaction(world, call) {
        return follow_ups::edit(world, call);
    }
    let old = own_message(world, call)?;
    let message = revise(world, &call.body, &call.uploads, &old, Unstated::UsersOnly)?;
    world.apply(Change::MessageEdited(Box::new(message), Edited::Visibly));
    Reply::ok(world.message_json(&world.messages[&old.id], Content::Granted))
}

pub(crate) fn delete_message(world: &mut World, call: &Call) -> Done {
    if is_interaction(world, call) {
        return follow_ups::delete(world, call);
    }
    let message = own_message(world, call)?;
    world.apply(Change::MessageDeleted(message.id));
    Ok(Reply::Nothing)
}
