//! The world: everything that Discord would know. Changes only through [`change::Change`]; never does I/O.

pub(crate) mod change;
pub(crate) mod channel;
pub(crate) mod guild;
pub(crate) mod interaction;
pub(crate) mod mention;
pub(crate) mod message;
pub(crate) mod session;
pub(crate) mod user;
pub(crate) mod webhook;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::faults::Fault;
use crate::gateway::line::Line;
use crate::id::{Id, Snowflakes};
use crate::judges::ledger::{Judge, Ledger};
use crate::options::Options;
use crate::permissions::Permission;
use crate::rest::buckets::Buckets;
use crate::rest::record::Request;
use crate::transcript::{Plane, Transcript};
use channel::{Channel, Place};
use guild::{Guild, Member, Role};
use interaction::Interaction;
use message::{Attachment, Message};
use session::Session;
use user::User;
use webhook::Webhook;

/// A file that is served under `/attachments/`.
#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) attachment: Attachment,
    pub(crate) bytes: Vec<u8>,
}

/// Everything that Discord would know, for one test.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) ids: Snowflakes,
    /// `http://127.0.0.1:PORT` of the REST side.
    pub(crate) origin: String,
    /// `ws://127.0.0.1:PORT` of the gateway.
    pub(crate) gateway_url: String,
    pub(crate) bot: Id,
    pub(crate) application: Id,
    pub(crate) users: BTreeMap<Id, User>,
    pub(crate) guild: Guild,
    pub(crate) channels: BTreeMap<Id, Channel>,
    pub(crate) messages: BTreeMap<Id, Message>,
    pub(crate) webhooks: BTreeMap<Id, Webhook>,
    /// Registered commands, as they would be answered: global and of the guild.
    pub(crate) global_commands: Vec<Value>,
    pub(crate) guild_commands: Vec<Value>,
    pub(crate) interactions: BTreeMap<Id, Interaction>,
    pub(crate) files: HashMap<Id, StoredFile>,
    /// Who typed where, in order.
    pub(crate) typing: Vec<(Id, Id)>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) line: Line,
    pub(crate) buckets: Buckets,
    pub(crate) faults: Vec<Fault>,
    pub(crate) requests: Vec<Request>,
    /// How often faults of each kind met a request.
    pub(crate) struck: BTreeMap<String, usize>,
    pub(crate) ledger: Ledger,
    pub(crate) transcript: Transcript,
    /// Messages that an `expect_…` already handed out.
    pub(crate) expected: HashSet<Id>,
    /// How many typing marks an `expect_typing` already used, per channel.
    pub(crate) typing_seen: HashMap<Id, usize>,
}

impl World {
    /// A guild with the bot, its owner `host`, and the channels of the options.
    pub(crate) fn new(options: Options, origin: String, gateway_url: String) -> Self {
        let clock = Clock::behind(options.behind);
        let mut ids = Snowflakes::default();
        let now = clock.now_ms();
        let (guild_id, owner, bot, role) = (ids.next(now), ids.next(now), ids.next(now), ids.next(now));
        let guild = Guild {
            id: guild_id,
            name: "The Sunken Crown".to_owned(),
            owner,
            roles: vec![
                Role { id: guild_id, name: "@everyone".to_owned(), permissions: Permission::ORDINARY, position: 0 },
                Role { id: role, name: options.bot_name.clone(), permissions: Permission::BOT, position: 1 },
            ],
            members: BTreeMap::from([(owner, Member { user: owner, nick: None, roles: Vec::new(), joined_ms: now })]),
        };
        let users = BTreeMap::from([
            (owner, User { id: owner, name: "host".to_owned(), bot: false }),
            (bot, User { id: bot, name: options.bot_name.clone(), bot: true }),
        ]);
        let mut world = Self {
            clock,
            ids,
            origin,
            gateway_url,
            bot,
            // A modern application has its bot user's id.
            application: bot,
            users,
            guild,
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            global_commands: Vec::new(),
            guild_commands: Vec::new(),
            interactions: BTreeMap::new(),
            files: HashMap::new(),
            typing: Vec::new(),
            sessions: Vec::new(),
            line: Line::default(),
            buckets: Buckets::default(),
            faults: Vec::new(),
            requests: Vec::new(),
            struck: BTreeMap::new(),
            ledger: Ledger::default(),
            transcript: Transcript::default(),
            expected: HashSet::new(),
            typing_seen: HashMap::new(),
            options: options.clone(),
        };
        if options.joined {
            world.bot_joins();
        }
        for name in &options.channels {
            world.add_channel(name, Place::Text, None);
        }
        world
    }

    /// Whether the bot is in the guild.
    pub(crate) fn is_joined(&self) -> bool {
        self.guild.members.contains_key(&self.bot)
    }

    /// Brings the bot into the guild with a role of its own, and tells its sessions of the guild.
    pub(crate) fn bot_joins(&mut self) {
        // The role that the invitation makes is the guild's second.
        let roles = self.guild.roles.iter().skip(1).take(1).map(|role| role.id).collect();
        let joined_ms = self.clock.now_ms();
        self.guild.members.insert(self.bot, Member { user: self.bot, nick: None, roles, joined_ms });
        let mut sessions = std::mem::take(&mut self.sessions);
        for session in &mut sessions {
            session.push("GUILD_CREATE", self.guild_create_json(session.intents));
        }
        self.sessions = sessions;
    }

    /// Takes the bot out of the guild, and tells its sessions.
    pub(crate) fn bot_leaves(&mut self) {
        self.guild.members.remove(&self.bot);
        let gone = json!({ "id": self.guild.id.json() });
        self.sessions.iter_mut().for_each(|session| session.push("GUILD_DELETE", gone.clone()));
    }

    pub(crate) fn next_id(&mut self) -> Id {
        let now = self.clock.now_ms();
        self.ids.next(now)
    }

    /// Adds a channel of the guild and tells it.
    pub(crate) fn add_channel(&mut self, name: &str, place: Place, parent: Option<Id>) -> Id {
        let id = self.next_id();
        let position = u32::try_from(self.channels.len()).unwrap_or(u32::MAX);
        let channel = Channel {
            id,
            name: name.to_owned(),
            place,
            parent,
            topic: None,
            overwrites: Vec::new(),
            position,
            nsfw: false,
        };
        self.apply(change::Change::ChannelCreated(channel));
        id
    }

    /// The bot's direct conversation with a user, made on first use.
    pub(crate) fn direct_channel(&mut self, user: Id) -> Id {
        let found = self.channels.values().find(|c| c.place == Place::Direct(user)).map(|c| c.id);
        found.unwrap_or_else(|| self.add_channel("", Place::Direct(user), None))
    }

    pub(crate) fn user_named(&self, name: &str) -> Option<Id> {
        self.users.values().find(|user| user.name == name).map(|user| user.id)
    }

    pub(crate) fn channel_named(&self, name: &str) -> Option<Id> {
        self.channels.values().find(|c| !c.is_direct() && c.name == name).map(|c| c.id)
    }

    pub(crate) fn note(&mut self, plane: Plane, text: &str) {
        let now = self.clock.now_ms();
        self.transcript.note(now, plane, text);
    }

    /// Records that a rule was broken.
    pub(crate) fn accuse(&mut self, judge: Judge, detail: String) {
        self.note(Plane::Judge, &format!("{judge:?}: {detail}"));
        self.ledger.accuse(judge, detail);
    }

    /// A handler's random-looking word; unique, and never secret outside this process.
    pub(crate) fn fresh_token(&mut self, prefix: &str) -> String {
        let id = self.next_id();
        format!("{prefix}-{id}")
    }
}
