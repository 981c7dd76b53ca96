//! Makes what people write into messages: names become mentions. Never checks what an app may.

use crate::id::Id;
use crate::world::World;
use crate::world::mention::named;
use crate::world::message::{By, Message};

/// Replaces `<@name>` and `<#name>` by ids, where a user or channel of that name exists; `<@bot>` is the bot.
pub(crate) fn with_names(world: &World, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<@").into_iter().chain(rest.find("<#")).min() {
        out.push_str(&rest[..start]);
        let tail = &rest[start..];
        let Some(end) = tail.find('>') else { break };
        let (mark, name) = (&tail[..2], &tail[2..end]);
        let id = match mark {
            "<@" if name == "bot" => Some(world.bot),
            "<@" => world.user_named(name),
            _ => world.channel_named(name),
        };
        match id {
            Some(id) => out.push_str(&format!("{mark}{id}>")),
            None => out.push_str(&tail[..=end]),
        }
        rest = &tail[end + 1..];
    }
    out.push_str(rest);
    out
}

/// A message of a person.
pub(crate) fn message(world: &mut World, author: Id, channel: Id, text: &str) -> Message {
    let content = with_names(world, text).trim().to_owned();
    let mentions = world.existing(named(&content));
    Message {
        id: world.next_id(),
        channel,
        by: By::User(author),
        author_name: world.users[&author].name.clone(),
        avatar_url: None,
        content,
        embeds: Vec::new(),
        components: Vec::new(),
        attachments: Vec::new(),
        flags: 0,
        reply_to: None,
        mentions: mentions.users,
        mention_roles: mentions.roles,
        mention_everyone: mentions.everyone,
        nonce: None,
        interaction: None,
        ephemeral_for: None,
        reactions: Vec::new(),
        history: Vec::new(),
        sent_ms: world.clock.now_ms(),
        edited_ms: None,
        deleted: false,
        thread: None,
    }
}
