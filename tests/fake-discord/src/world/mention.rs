//! Who a message notifies: mentions in its text against `allowed_mentions`
//! (documentation: resources/message, "Allowed Mentions Object"). Never looks at who is online or may see.

use serde_json::Value;

use crate::id::Id;
use crate::world::World;

/// Whom a text names, or of those, whom it notifies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    pub(crate) users: Vec<Id>,
    pub(crate) roles: Vec<Id>,
    pub(crate) everyone: bool,
}

/// What applies when `allowed_mentions` is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unstated {
    /// Plain messages: everything notifies.
    Everything,
    /// Interactions and webhooks: users only.
    UsersOnly,
}

/// Finds `<@id>`, `<@!id>`, `<@&id>`, `@everyone` and `@here`.
pub(crate) fn named(text: &str) -> Mentions {
    let mut found = Mentions { everyone: text.contains("@everyone") || text.contains("@here"), ..Mentions::default() };
    for (at, _) in text.match_indices("<@") {
        let Some(inner) = text[at + 2..].split_once('>').map(|(inner, _)| inner) else { continue };
        let (list, digits) = match inner.strip_prefix('&') {
            Some(digits) => (&mut found.roles, digits),
            None => (&mut found.users, inner.strip_prefix('!').unwrap_or(inner)),
        };
        if let Ok(id) = digits.parse()
            && !list.contains(&id)
        {
            list.push(id);
        }
    }
    found
}

/// Keeps what `allowed_mentions` lets notify.
pub(crate) fn permitted(named: Mentions, allowed: Option<&Value>, default: Unstated) -> Mentions {
    let Some(allowed) = allowed.filter(|value| !value.is_null()) else {
        return match default {
            Unstated::Everything => named,
            Unstated::UsersOnly => Mentions { users: named.users, ..Mentions::default() },
        };
    };
    let parses = |kind: &str| allowed["parse"].as_array().is_some_and(|list| list.iter().any(|item| item == kind));
    let lists = |kind: &str, id: &Id| {
        allowed[kind].as_array().is_some_and(|list| list.iter().any(|item| Id::from_json(item) == Some(*id)))
    };
    Mentions {
        users: named.users.into_iter().filter(|id| parses("users") || lists("users", id)).collect(),
        roles: named.roles.into_iter().filter(|id| parses("roles") || lists("roles", id)).collect(),
        everyone: named.everyone && parses("everyone"),
    }
}

/// Whether answering a message notifies its author.
pub(crate) fn notifies_replied(allowed: Option<&Value>) -> bool {
    allowed.filter(|value| !value.is_null()).is_none_or(|allowed| allowed["replied_user"] == true)
}

impl World {
    /// Drops mentions of what does not exist.
    pub(crate) fn existing(&self, mut mentions: Mentions) -> Mentions {
        mentions.users.retain(|id| self.users.contains_key(id));
        mentions.roles.retain(|id| self.guild.role(*id).is_some());
        mentions
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_allowed_mentions_notify_everything_in_plain_messages() {
        let all = named("<@1> <@!2> <@&3> @everyone <@nobody> <@4");
        assert_eq!(all.users, [Id::new(1), Id::new(2)]);
        assert_eq!(permitted(all.clone(), None, Unstated::Everything), all);
        assert_eq!(permitted(all, None, Unstated::UsersOnly).roles, []);
    }

    #[test]
    fn listed_users_notify_and_others_do_not() {
        let kept = permitted(named("<@1> <@2> @here"), Some(&json!({"users": ["2"]})), Unstated::Everything);
        assert_eq!(kept, Mentions { users: vec![Id::new(2)], ..Mentions::default() });
        let none = permitted(named("<@1> <@2> @here"), Some(&json!({"parse": []})), Unstated::Everything);
        assert_eq!(none, Mentions::default());
    }

    #[test]
    fn allowed_mentions_without_replied_user_silence_a_reply() {
        assert!(notifies_replied(None));
        assert!(!notifies_replied(Some(&json!({"parse": []}))));
        assert!(notifies_replied(Some(&json!({"replied_user": true}))));
    }
}
