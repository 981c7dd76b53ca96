//! Discord's library's words into ours: messages, people, roles, ids. The only file where both vocabularies meet.
//! It decides nothing.

use serenity::all::{
    Attachment, Cache, ChannelId, ChannelType, GuildId, Member, Message, MessageType, PartialMember, Permissions, User,
    UserId,
};

use super::hearing::{self, Author, Overheard};
use super::offered::Offered;
use crate::domain::{Person, PersonId, PlaceId, Role, SourceId};

/// What makes a member a host of the tables of a channel.
pub(super) const HOST: Permissions = Permissions::MANAGE_MESSAGES.union(Permissions::MANAGE_GUILD);

/// What the name of everything that was heard here begins with.
pub(super) const DOOR: &str = "discord";

/// Where a channel's table is reached.
pub(super) fn place(channel: u64) -> PlaceId {
    PlaceId::new(format!("discord:{channel}"))
}

/// The channel of a place, if it is one here.
pub(super) fn channel_of(place: &PlaceId) -> Option<u64> {
    place.as_str().strip_prefix("discord:")?.parse().ok()
}

/// Where a message was heard.
pub(super) fn source(message: u64) -> SourceId {
    SourceId::new(format!("discord:{message}"))
}

/// Where a message was heard by a table that is at home in `home`. One from a thread that is lent to it has the thread's
/// id with it, because it is not found in the channel.
pub(super) fn source_in(home: u64, channel: u64, message: u64) -> SourceId {
    if channel == home { source(message) } else { SourceId::new(format!("discord:{message}@{channel}")) }
}

/// The message that was heard there, and the thread it stands in if that is not the table's own channel.
pub(super) fn heard_at(source: &SourceId) -> Option<(Option<u64>, u64)> {
    let at = source.as_str().strip_prefix("discord:")?;
    match at.split_once('@') {
        Some((message, thread)) => Some((Some(thread.parse().ok()?), message.parse().ok()?)),
        None => Some((None, at.parse().ok()?)),
    }
}

/// Who we are on Discord.
#[derive(Clone, Copy, Debug)]
pub(super) struct Us {
    /// The bot's user.
    pub user: u64,
    /// Its application: what it says through webhooks carries this.
    pub application: u64,
}

/// A message as far as it matters.
pub(super) fn overheard(message: &Message, us: Us) -> Overheard {
    let by_webhook = message.webhook_id.is_some();
    let nick = message.member.as_ref().and_then(|member| member.nick.as_deref());
    let given = nick.unwrap_or_else(|| message.author.display_name());
    let id = message.author.id.get();
    let author = Author { id, name: hearing::name(given, id), program: message.author.bot || by_webhook };
    let answers_us = message.referenced_message.as_ref().is_some_and(|answered| {
        let spoken =
            answered.webhook_id.is_some() && answered.application_id.map(|id| id.get()) == Some(us.application);
        spoken || answered.author.id.get() == us.user
    });
    let mentions = message.mentions.iter().map(|user| (user.id.get(), mentioned(user)));
    Overheard {
        message: message.id.get(),
        author,
        content: message.content.clone(),
        mentions: mentions.collect(),
        answers_us,
        files: message.attachments.iter().map(offered).collect(),
        plain: matches!(message.kind, MessageType::Regular | MessageType::InlineReply),
    }
}

/// A file on a message.
pub(super) fn offered(file: &Attachment) -> Offered {
    let (name, media) = (file.filename.clone(), file.content_type.clone());
    Offered { id: file.id.get(), name, media, bytes: file.size.into() }
}

fn mentioned(user: &User) -> String {
    hearing::name(user.display_name(), user.id.get())
}

/// A person at a table.
pub(super) fn person(id: u64, name: String, role: Role) -> Person {
    Person { id: PersonId::new(format!("discord:{id}")), name, role }
}

/// The user behind a person, if they came in here.
pub(super) fn user_of(person: &PersonId) -> Option<u64> {
    person.as_str().strip_prefix("discord:")?.parse().ok()
}

/// Who used a command or a button. Discord itself says what they may in that channel.
pub(super) fn clicker(user: &User, member: Option<&Member>) -> Person {
    let nick = member.and_then(|member| member.nick.as_deref());
    let name = hearing::name(nick.unwrap_or_else(|| user.display_name()), user.id.get());
    // Where nothing is said of rights, as in direct messages, nobody is a host and nobody is kept from playing.
    let role = member.and_then(|member| member.permissions).map_or(Role::Player, role);
    person(user.id.get(), name, role)
}

/// What permissions make of a member. Whoever may write neither here nor in threads reads along.
pub(super) fn role(may: Permissions) -> Role {
    if may.intersects(HOST) || may.contains(Permissions::ADMINISTRATOR) {
        return Role::Host;
    }
    let writes = Permissions::SEND_MESSAGES | Permissions::SEND_MESSAGES_IN_THREADS;
    if may.intersects(writes) { Role::Player } else { Role::Spectator }
}

/// What a member may in a channel, as far as the cache knows.
pub(super) fn role_in(
    cache: &Cache,
    guild: GuildId,
    channel: ChannelId,
    user: UserId,
    member: &PartialMember,
) -> Option<Role> {
    let guild = cache.guild(guild)?;
    let found = guild.channels.get(&channel).or_else(|| {
        let thread = guild.threads.iter().find(|thread| thread.id == channel)?;
        guild.channels.get(&thread.parent_id?)
    })?;
    let mut member = member.clone();
    // The library panics where the two differ; one of them is enough.
    member.user = None;
    Some(role(guild.partial_member_permissions_in(found, user, &member)))
}

/// What a channel is called, as far as the cache knows.
pub(super) fn name_of(cache: &Cache, channel: ChannelId) -> Option<String> {
    let guild = guild_of(cache, channel)?;
    let guild = cache.guild(guild)?;
    let threads = || guild.threads.iter().find(|thread| thread.id == channel);
    guild.channels.get(&channel).or_else(threads).map(|channel| channel.name.clone())
}

/// What kind of channel it is, as far as the cache knows; none for a thread.
pub(super) fn kind_of(cache: &Cache, channel: ChannelId) -> Option<ChannelType> {
    let guild = guild_of(cache, channel).and_then(|guild| cache.guild(guild))?;
    guild.channels.get(&channel).map(|channel| channel.kind)
}

/// Whether a channel, or for a thread the one above it, is kept for adults, as far as the cache knows.
pub(super) fn is_age_restricted(cache: &Cache, channel: ChannelId) -> bool {
    let Some(guild) = guild_of(cache, channel).and_then(|guild| cache.guild(guild)) else { return false };
    let thread = guild.threads.iter().find(|thread| thread.id == channel);
    // A thread's own flag says nothing.
    let home = thread.map_or(Some(channel), |thread| thread.parent_id);
    home.and_then(|home| guild.channels.get(&home)).is_some_and(|channel| channel.nsfw)
}

/// The server of a channel, as far as the cache knows.
pub(super) fn guild_of(cache: &Cache, channel: ChannelId) -> Option<GuildId> {
    let knows = |guild: &GuildId| {
        cache.guild(*guild).is_some_and(|guild| {
            guild.channels.contains_key(&channel) || guild.threads.iter().any(|thread| thread.id == channel)
        })
    };
    cache.guilds().into_iter().find(knows)
}
