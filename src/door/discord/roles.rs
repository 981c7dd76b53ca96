//! Who may what in a channel: by Discord's permissions, as the cache or Discord knows them.
//! It grants nothing; where nothing is known, people keep the role they had.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serenity::all::{Cache, ChannelType, GuildChannel, GuildId, Message, PartialMember, UserId};
use tokio::time::Instant;

use super::convert;
use super::rest::Rest;
use crate::domain::{PersonId, Role};
use crate::table::TableHandle;

/// How long somebody's membership is taken for what it was, so that what was missed is not a request a line.
const MEMORY: Duration = Duration::from_secs(60);
/// How many memberships are remembered.
const REMEMBERED: usize = 1000;

/// Somebody in a server.
type Membership = (GuildId, UserId);

/// Answers who may what.
pub(super) struct Roles {
    cache: OnceLock<Arc<Cache>>,
    rest: Arc<Rest>,
    /// Those who were asked for lately.
    members: Mutex<HashMap<Membership, (Instant, PartialMember)>>,
}

impl Roles {
    /// Asks `rest` where the cache knows nothing.
    pub(super) fn new(rest: Arc<Rest>) -> Self {
        Self { cache: OnceLock::new(), rest, members: Mutex::default() }
    }

    /// The cache, once there is one.
    pub(super) fn know(&self, cache: &Arc<Cache>) {
        // A second start of the session has the same cache.
        drop(self.cache.set(Arc::clone(cache)));
    }

    /// Whether a channel is a forum, as far as is known: nobody writes in it, only in its posts.
    pub(super) fn is_forum(&self, channel: u64) -> bool {
        self.cache.get().and_then(|cache| convert::kind_of(cache, channel.into())) == Some(ChannelType::Forum)
    }

    /// Whether Discord lets only adults into a channel, or for a thread into the channel above it, which alone has the
    /// flag. What is not known is a no.
    pub(super) fn is_age_restricted(&self, channel: u64) -> bool {
        self.cache.get().is_some_and(|cache| convert::is_age_restricted(cache, channel.into()))
    }

    /// What the author of a message may in its channel.
    pub(super) async fn of(&self, message: &Message, table: &TableHandle) -> Role {
        if message.webhook_id.is_some() {
            // A webhook is nobody's member; Discord need not be asked.
            return Role::Player;
        }
        match self.known(message).await {
            Some(role) => role,
            None => had(message, table).await.unwrap_or(Role::Player),
        }
    }

    /// What somebody may in a channel; nothing is granted where it cannot be known.
    pub(super) async fn in_channel(&self, channel: &GuildChannel, user: UserId) -> Role {
        let Some(cache) = self.cache.get() else { return Role::Player };
        let Some(member) = self.member(channel.guild_id, user).await else { return Role::Player };
        convert::role_in(cache, channel.guild_id, channel.id, user, &member).unwrap_or(Role::Player)
    }

    async fn member(&self, guild: GuildId, user: UserId) -> Option<PartialMember> {
        let found = self.rest.get(&format!("/guilds/{guild}/members/{user}")).await.ok()?;
        serde_json::from_value(found).ok()
    }

    /// The same for what was said some time ago anyway.
    async fn member_of_late(&self, guild: GuildId, user: UserId) -> Option<PartialMember> {
        let now = Instant::now();
        let remembered = || self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, member)) = remembered().get(&(guild, user))
            && now.duration_since(*at) < MEMORY
        {
            return Some(member.clone());
        }
        let member = self.member(guild, user).await?;
        let mut members = remembered();
        if members.len() >= REMEMBERED {
            members.clear();
        }
        members.insert((guild, user), (now, member.clone()));
        Some(member)
    }

    async fn known(&self, message: &Message) -> Option<Role> {
        let cache = self.cache.get()?;
        let (channel, user) = (message.channel_id, message.author.id);
        let guild = message.guild_id.or_else(|| convert::guild_of(cache, channel))?;
        let member = match &message.member {
            Some(member) => (**member).clone(),
            // Messages that are read back come without their author's membership.
            None => self.member_of_late(guild, user).await?,
        };
        convert::role_in(cache, guild, channel, user, &member)
    }
}

/// The role they had at the table.
async fn had(message: &Message, table: &TableHandle) -> Option<Role> {
    let person = PersonId::new(format!("discord:{}", message.author.id));
    let view = table.view().await.ok()?;
    view.seats.iter().find(|seat| seat.person == person).map(|seat| seat.role)
}
