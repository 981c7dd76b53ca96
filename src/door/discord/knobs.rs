//! What hosts may set at a table while it is played: what is heard, whose threads are, which links work. PURE.
//! It keeps nothing; the words are the configuration's own.

use crate::config::{Links, Listen, TableConfig, Threads, Voices};

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
}

const ALL: [Knob; 8] = [
    Knob::Listen(Listen::Mention),
    Knob::Listen(Listen::All),
    Knob::Threads(Threads::Own),
    Knob::Threads(Threads::Parent),
    Knob::Links(Links::Inert),
    Knob::Links(Links::Allow),
    Knob::Voices(Voices::Webhook),
    Knob::Voices(Voices::Bold),
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
        }
    }
}

impl Knobs {
    /// What the configuration says, and over it what was set.
    pub(super) fn new(config: &TableConfig, set: &[(String, String)]) -> Self {
        let TableConfig { listen, threads, links, voices, .. } = config;
        let mut knobs = Self { listen: *listen, threads: *threads, links: *links, voices: *voices };
        for knob in ALL.into_iter().filter(|knob| set.iter().any(|(n, v)| knob.words() == (n.as_str(), v.as_str()))) {
            knobs.set(knob);
        }
        knobs
    }

    /// Changes one.
    pub(super) fn set(&mut self, knob: Knob) {
        match knob {
            Knob::Listen(listen) => self.listen = listen,
            Knob::Threads(threads) => self.threads = threads,
            Knob::Links(links) => self.links = links,
            Knob::Voices(voices) => self.voices = voices,
        }
    }

    /// All of them.
    pub(super) fn all(self) -> [Knob; 4] {
        let Self { listen, threads, links, voices } = self;
        [Knob::Listen(listen), Knob::Threads(threads), Knob::Links(links), Knob::Voices(voices)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_counts_over_the_configuration_and_strange_words_do_not() {
        let config =
            TableConfig { listen: Listen::All, voices: Voices::Bold, ..TableConfig::named("crown".parse().unwrap()) };
        let set = [("threads", "parent"), ("links", "maybe"), ("mood", "dark")];
        let set: Vec<_> = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let knobs = Knobs::new(&config, &set);
        let (threads, links, voices) = (Threads::Parent, Links::Inert, Voices::Bold);
        assert_eq!(knobs, Knobs { listen: Listen::All, threads, links, voices });
        let written: Vec<_> = ALL.iter().map(|knob| knob.words()).collect();
        assert_eq!(written.len(), ALL.len());
    }
}
