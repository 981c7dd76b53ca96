//! Waiting until somebody has written to the bot: what is missing is said when it is seen, and when it is mended.
//! It changes nothing; what is seen is the door's matter.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::talk::{Left, Talk};
use super::token::{INTENT, trouble};
use crate::door::discord::{Arrival, Mention, Place, Sighting, Standing};

/// How many sightings may wait to be said.
const WAITING: usize = 16;
/// How many channels are named in one sentence.
const NAMED: usize = 4;

/// What stands in the page about faults as well.
#[cfg(test)]
pub(super) const SAID: [&str; 4] = [NO_SERVER, NOT_SEEN, LACKS, NO_ANSWER];
const NO_SERVER: &str = "It is in no server yet";
const NOT_SEEN: &str = "It does not see the channel";
const LACKS: &str = "is missing in";
const NO_ANSWER: &str = "and it could not answer";

/// Watches until the bot was written to and could answer, `limit` is over, or the host wants to go on. Gives the channel
/// in which it was written to.
pub(super) async fn watch(
    talk: &Talk,
    arrival: &Arrival,
    wanted: Option<u64>,
    limit: Option<Duration>,
) -> Result<Option<Place>, Left> {
    let (tell, mut told) = mpsc::channel(WAITING);
    let ending = CancellationToken::new();
    let mut watching = std::pin::pin!(arrival.watch(&tell, &ending));
    let mut enter = std::pin::pin!(talk.line());
    let mut over = std::pin::pin!(tokio::time::sleep(limit.unwrap_or(Duration::MAX)));
    let mut view = View { talk, wanted, said: BTreeMap::new(), chosen: None };
    loop {
        tokio::select! {
            Some(sighting) = told.recv() => {
                if view.sees(sighting) {
                    break;
                }
            }
            ended = &mut watching => {
                if let Err(why) = ended {
                    talk.say(&format!("  missing  {}", trouble(&why)));
                }
                return Ok(view.chosen);
            }
            line = &mut enter, if talk.asks() => {
                line?;
                break;
            }
            () = &mut over => {
                talk.say("  note     Nobody has written to it yet. `talekeeper check` looks again whenever you like.");
                break;
            }
        }
    }
    ending.cancel();
    drop(told);
    // Discord is told goodbye; what goes wrong with that is nobody's concern.
    drop(watching.await);
    Ok(view.chosen)
}

/// What a sentence is about; said again only when it says something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Reading,
    Servers,
    Channel,
    Permission(&'static str),
    Discord,
}

/// What the host has been told so far.
struct View<'a> {
    talk: &'a Talk,
    wanted: Option<u64>,
    said: BTreeMap<About, String>,
    /// Where the bot was written to.
    chosen: Option<Place>,
}

impl View<'_> {
    /// Says what is new; true when nothing more has to be waited for.
    fn sees(&mut self, sighting: Sighting) -> bool {
        match sighting {
            Sighting::Unreached => {
                self.say(About::Discord, "note    ", "Discord is not reached just now; it is tried again.".to_owned());
                false
            }
            Sighting::Stands(standing) => {
                if self.said.remove(&About::Discord).is_some() {
                    self.talk.say("  good     Discord is reached again.");
                }
                self.stands(&standing);
                let chosen = self.chosen.as_ref().map(|place| place.channel);
                let now = standing.places.iter().find(|place| Some(place.channel) == chosen);
                let mended = now.filter(|place| place.is_playable()).cloned();
                if let Some(place) = &mended {
                    self.talk
                        .say(&format!("  good     It can answer in #{} now. That channel is your table.", place.name));
                    self.chosen.clone_from(&mended);
                }
                mended.is_some()
            }
            Sighting::Mentioned(mention) => self.mentioned(mention),
        }
    }

    fn stands(&mut self, standing: &Standing) {
        if !standing.reads {
            return self.say(About::Reading, "missing ", INTENT.to_owned());
        }
        self.say(About::Reading, "good    ", "It may read messages.".to_owned());
        if standing.servers.is_empty() {
            let sentence = format!("{NO_SERVER}: open the link above and choose yours.");
            return self.say(About::Servers, "missing ", sentence);
        }
        self.say(About::Servers, "good    ", format!("It is in {}.", standing.servers.join(" and ")));
        let places: Vec<&Place> = match self.wanted {
            None => standing.places.iter().collect(),
            Some(wanted) => standing.places.iter().filter(|place| place.channel == wanted).collect(),
        };
        match (self.wanted, &places[..]) {
            (Some(wanted), []) => {
                let sentence = format!("{NOT_SEEN} {wanted}: another id, or View Channel is missing there.");
                self.say(About::Channel, "missing ", sentence);
            }
            (Some(_), [place, ..]) => {
                self.say(About::Channel, "good    ", format!("It sees the channel #{}.", place.name));
            }
            (None, _) => {}
        }
        self.permissions(&places);
    }

    /// Says which permission is missing in which channel.
    fn permissions(&mut self, places: &[&Place]) {
        let mut lacking: BTreeMap<&'static str, (&'static str, Vec<&str>)> = BTreeMap::new();
        for place in places {
            for (name, without) in &place.missing {
                lacking.entry(name).or_insert((without, Vec::new())).1.push(&place.name);
            }
        }
        let given: Vec<About> = self
            .said
            .keys()
            .copied()
            .filter(|about| match about {
                About::Permission(name) => !lacking.contains_key(name),
                _ => false,
            })
            .collect();
        for about in given {
            self.said.remove(&about);
            if let About::Permission(name) = about {
                self.talk.say(&format!("  good     {name} is missing nowhere any more."));
            }
        }
        for (name, (without, channels)) in lacking {
            let everywhere = channels.len() == places.len() && self.wanted.is_none();
            let sentence = format!("{name} {LACKS} {}: {without}.", named(&channels, everywhere));
            self.say(About::Permission(name), "note    ", sentence);
        }
    }

    /// Somebody wrote to it; true when it could answer where the table is to be.
    fn mentioned(&mut self, mention: Mention) -> bool {
        let Mention { by, place, answered } = mention;
        if self.wanted.is_some_and(|wanted| wanted != place.channel) {
            self.talk
                .say(&format!("  note     {by} wrote to it in #{}, which is not the channel you named.", place.name));
            return false;
        }
        let good = answered && place.is_playable();
        if good {
            self.talk.say(&format!(
                "  good     {by} wrote to it in #{}, and it answered. That channel is your table.",
                place.name
            ));
        } else {
            let missing: Vec<_> = place.missing.iter().map(|(name, _)| *name).collect();
            let missing = if missing.is_empty() { "something".to_owned() } else { missing.join(" and ") };
            let sentence = format!("{by} wrote to it in #{}, {NO_ANSWER}: {missing} is missing there.", place.name);
            self.talk.say(&format!("  missing  {sentence}"));
        }
        self.chosen = Some(place);
        good
    }

    fn say(&mut self, about: About, mark: &str, sentence: String) {
        if self.said.get(&about) != Some(&sentence) {
            self.talk.say(&format!("  {mark} {sentence}"));
            self.said.insert(about, sentence);
        }
    }
}

/// Channels, as few of them as can be read.
fn named(channels: &[&str], everywhere: bool) -> String {
    if everywhere && channels.len() > 1 {
        return "every channel".to_owned();
    }
    let first: Vec<_> = channels.iter().take(NAMED).map(|name| format!("#{name}")).collect();
    match channels.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// What the host is told before the waiting begins.
pub(super) fn begins(talk: &Talk, arrival: &Arrival, wanted: Option<u64>) {
    let name = arrival.name();
    let whereabouts = if wanted.is_some() { "in its channel" } else { "in the channel that is to be your table" };
    talk.say(&format!("\nNow it watches. Open the link, then write to the bot {whereabouts}: @{name} hello"));
    if talk.asks() {
        talk.say("What is missing stands below as soon as it is seen. Enter goes on without waiting.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_channels_are_few_words() {
        assert_eq!(named(&["a"], true), "#a");
        assert_eq!(named(&["a", "b"], true), "every channel");
        assert_eq!(named(&["a", "b"], false), "#a, #b");
        assert_eq!(named(&["a", "b", "c", "d", "e", "f"], false), "#a, #b, #c, #d and 2 more");
    }
}
