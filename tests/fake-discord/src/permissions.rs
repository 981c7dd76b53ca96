//! Permission bits and how overwrites combine (documentation: topics/permissions). Never asks who is calling.

use crate::id::Id;

/// The permission bits this crate looks at, by Discord's names.
pub struct Permission;

#[expect(missing_docs, reason = "the names are Discord's own and documented there")]
impl Permission {
    pub const ADMINISTRATOR: u64 = 1 << 3;
    pub const MANAGE_CHANNELS: u64 = 1 << 4;
    pub const MANAGE_GUILD: u64 = 1 << 5;
    pub const ADD_REACTIONS: u64 = 1 << 6;
    pub const VIEW_CHANNEL: u64 = 1 << 10;
    pub const SEND_MESSAGES: u64 = 1 << 11;
    pub const MANAGE_MESSAGES: u64 = 1 << 13;
    pub const EMBED_LINKS: u64 = 1 << 14;
    pub const ATTACH_FILES: u64 = 1 << 15;
    pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
    pub const MENTION_EVERYONE: u64 = 1 << 17;
    pub const MANAGE_WEBHOOKS: u64 = 1 << 29;
    pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
    pub const MANAGE_THREADS: u64 = 1 << 34;
    pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
    pub const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
    pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
    /// All bits that exist.
    pub const ALL: u64 = (1 << 53) - 1;
    /// What `@everyone` may do in the seeded guild.
    pub const ORDINARY: u64 = Self::VIEW_CHANNEL
        | Self::SEND_MESSAGES
        | Self::EMBED_LINKS
        | Self::ATTACH_FILES
        | Self::READ_MESSAGE_HISTORY
        | Self::ADD_REACTIONS
        | Self::USE_APPLICATION_COMMANDS
        | Self::CREATE_PUBLIC_THREADS
        | Self::SEND_MESSAGES_IN_THREADS;
    /// What the bot's own role adds in the seeded guild.
    pub const BOT: u64 = Self::MANAGE_WEBHOOKS | Self::MANAGE_THREADS | Self::MANAGE_MESSAGES;
    /// Direct messages have no roles: both sides may do this.
    pub const DIRECT: u64 = Self::VIEW_CHANNEL
        | Self::SEND_MESSAGES
        | Self::EMBED_LINKS
        | Self::ATTACH_FILES
        | Self::READ_MESSAGE_HISTORY
        | Self::ADD_REACTIONS
        | Self::USE_APPLICATION_COMMANDS;
}

/// Whom an overwrite is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Role(Id),
    Member(Id),
}

/// One permission overwrite of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Overwrite {
    pub(crate) target: Target,
    pub(crate) allow: u64,
    pub(crate) deny: u64,
}

/// Combines base permissions with a channel's overwrites: everyone, then roles together, then the member.
pub(crate) fn combine(base: u64, everyone: Id, roles: &[Id], member: Id, overwrites: &[Overwrite]) -> u64 {
    if base & Permission::ADMINISTRATOR != 0 {
        return Permission::ALL;
    }
    let mut bits = base;
    for layer in [Layer::Everyone, Layer::Roles, Layer::Member] {
        let (mut allow, mut deny) = (0, 0);
        for overwrite in overwrites {
            let hit = match (layer, overwrite.target) {
                (Layer::Everyone, Target::Role(id)) => id == everyone,
                (Layer::Roles, Target::Role(id)) => id != everyone && roles.contains(&id),
                (Layer::Member, Target::Member(id)) => id == member,
                _ => false,
            };
            if hit {
                allow |= overwrite.allow;
                deny |= overwrite.deny;
            }
        }
        bits = (bits & !deny) | allow;
    }
    // Without VIEW_CHANNEL nothing else counts (topics/permissions, "implicit permissions").
    if bits & Permission::VIEW_CHANNEL == 0 { 0 } else { bits }
}

#[derive(Clone, Copy)]
enum Layer {
    Everyone,
    Roles,
    Member,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_overwrite_beats_a_roles() {
        let (everyone, role, member) = (Id::new(1), Id::new(2), Id::new(3));
        let overwrites = [
            Overwrite { target: Target::Role(role), allow: 0, deny: Permission::SEND_MESSAGES },
            Overwrite { target: Target::Member(member), allow: Permission::SEND_MESSAGES, deny: 0 },
        ];
        let bits = combine(Permission::ORDINARY, everyone, &[role], member, &overwrites);
        assert_ne!(bits & Permission::SEND_MESSAGES, 0);
        let other = combine(Permission::ORDINARY, everyone, &[role], Id::new(4), &overwrites);
        assert_eq!(other & Permission::SEND_MESSAGES, 0);
    }

    #[test]
    fn a_hidden_channel_allows_nothing() {
        let everyone = Id::new(1);
        let hide = [Overwrite { target: Target::Role(everyone), allow: 0, deny: Permission::VIEW_CHANNEL }];
        assert_eq!(combine(Permission::ORDINARY, everyone, &[], Id::new(3), &hide), 0);
    }
}
