//! What hosts may set at a table while it is played: what is heard, whose threads are, which links work. PURE.
//! It keeps nothing; the words are the configuration's own.

use crate::config::{Links, Listen, NextUp, TableConfig, Threads, Voices};

/// A table's settings as they count now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Knobs {
    /// Which messages are actions.
    pub listen: Listen,
    /// Whose the threads are.
    pub threads: Threads,
    /// Whether masked links and invitations work.
    pub links: Links,
    /// How characters speak.
    pub voices: Voices,
    /// Whether whoever is on move in a fight is called.
    pub next_up: NextUp,
    /// The moment, as an id of Discord's, at which a host had everything heard; 0 where it always was.
    pub all_since: u64,
}

/// One setting with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knob {
    /// Which messages are actions.
    Listen(Listen),
    /// Whose the threads are.
    Threads(Threads),
    /// Whether masked links and invitations work.
    Links(Links),
    /// How characters speak.
    Voices(Voices),
    /// Whether whoever is on move in a fight is called.
    NextUp(NextUp),
}

const ALL: [Knob; 10] = [
    Knob::Listen(Listen::Mention),
    Knob::Listen(Listen::All),
    Knob::Threads(Threads::Own),
    Knob::Threads(Threads::Parent),
    Knob::Links(Links::Inert),
    Knob::Links(Links::Allow),
    Knob::Voices(Voices::Webhook),
    Knob::Voices(Voices::Bold),
    Knob::NextUp(NextUp::Quiet),
    Knob::NextUp(NextUp::Mention),
];

impl Knob {
    /// Its name and its value, as the configuration writes them.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Listen(Listen::Mention) => ("listen", "mention"),
            Self::Listen(Listen::All) => ("listen", "all"),
            Self::Threads(Threads::Own) => ("threads", "own"),
            Self::Threads(Threads::Parent) => ("threads", "parent"),
            Self::Links(Links::Inert) => ("links", "inert"),
            Self::Links(Links::Allow) => ("links", "allow"),
            Self::Voices(Voices::Webhook) => ("voices", "webhook"),
            Self::Voices(Voices::Bold) => ("voices", "bold"),
            Self::NextUp(NextUp::Quiet) => ("next_up", "quiet"),
            Self::NextUp(NextUp::Mention) => ("next_up", "mention"),
        }
    }
}

impl Knobs {
    /// What the configuration says, and over it what was set; `listen_set` is when that was `listen`.
    pub(super) fn new(config: &TableConfig, set: &[(String, String)], listen_set: u64) -> Self {
        let TableConfig { listen, threads, links, voices, next_up, .. } = config;
        let (listen, threads, links, voices, next_up) = (*listen, *threads, *links, *voices, *next_up);
        let mut knobs = Self { listen, threads, links, voices, next_up, all_since: 0 };
        for knob in ALL.into_iter().filter(|knob| set.iter().any(|(n, v)| knob.words() == (n.as_str(), v.as_str()))) {
            knobs.set(knob, listen_set);
        }
        knobs
    }

    /// Whether a message is one of those that are all heard. What was said before they were is still not meant.
    pub(super) fn listens_to(self, message: u64) -> Listen {
        if message < self.all_since { Listen::Mention } else { self.listen }
    }

    /// Changes one, at a moment that is written as an id of Discord's.
    pub(super) fn set(&mut self, knob: Knob, at: u64) {
        match knob {
            Knob::Listen(listen) => {
                let begins = listen == Listen::All && self.listen != Listen::All;
                self.all_since = if begins { at } else { self.all_since };
                self.listen = listen;
            }
            Knob::Threads(threads) => self.threads = threads,
            Knob::Links(links) => self.links = links,
            Knob::Voices(voices) => self.voices = voices,
            Knob::NextUp(next_up) => self.next_up = next_up,
        }
    }

    /// All of them.
    pub(super) fn all(self) -> [Knob; 5] {
        let Self { listen, threads, links, voices, next_up, .. } = self;
        let next_up = Knob::NextUp(next_up);
        [Knob::Listen(listen), Knob::Threads(threads), Knob::Links(links), Knob::Voices(voices), next_up]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_counts_over_the_configuration_and_strange_words_do_not() {
        let config =
            TableConfig { listen: Listen::All, voices: Voices::Bold, ..TableConfig::named("crown".parse().unwrap()) };
        let set = [("threads", "parent"), ("links", "maybe"), ("next_up", "mention"), ("mood", "dark")];
        let set: Vec<_> = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let knobs = Knobs::new(&config, &set, 7);
        let (threads, links, voices) = (Threads::Parent, Links::Inert, Voices::Bold);
        assert_eq!(
            knobs,
            Knobs { listen: Listen::All, threads, links, voices, next_up: NextUp::Mention, all_since: 0 }
        );
        let written: Vec<_> = ALL.iter().map(|knob| knob.words()).collect();
        assert_eq!(written.len(), ALL.len());
    }

    #[test]
    fn what_was_said_before_everything_was_heard_is_still_not_meant() {
        let config = TableConfig { listen: Listen::Mention, ..TableConfig::named("crown".parse().unwrap()) };
        let set = [("listen".to_owned(), "all".to_owned())];
        let mut knobs = Knobs::new(&config, &set, 50);
        assert_eq!([49, 50].map(|message| knobs.listens_to(message)), [Listen::Mention, Listen::All]);
        knobs.set(Knob::Listen(Listen::All), 90);
        assert_eq!(knobs.listens_to(60), Listen::All, "it was so already");
        knobs.set(Knob::Listen(Listen::Mention), 100);
        assert_eq!(knobs.listens_to(101), Listen::Mention);
        let always = Knobs::new(&TableConfig { listen: Listen::All, ..config }, &set, 50);
        assert_eq!(always.listens_to(1), Listen::All);
    }
}
