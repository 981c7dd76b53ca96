//! What is remembered of an event: by template, without a model, in the words that were used. PURE.
//! A long turn becomes several memories, because what is cut away cannot be recalled.

use super::import;
use super::presence::There;
use crate::domain::{
    Audience, Event, EventKind, GameEvent, Knower, MemoryEvent, Reply, Said, Tier, WorldEvent, goes_by,
};

/// The length of one memory, in characters.
const PIECE: usize = 400;
/// The length of what one seat did, in characters.
const DEED: usize = 240;
/// The most memories of one turn that everyone may know.
const PIECES: usize = 8;
/// The length of a scene's summary, in characters: about 120 words.
const SUMMARY: usize = 800;
/// The most beats a scene's summary is made from.
const SUMMARY_LINES: usize = 6;

/// A memory before it has its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMemory {
    /// What kind it is.
    pub tier: Tier,
    /// What is remembered, on one line.
    pub text: String,
    /// Who is named in it.
    pub names: Vec<String>,
    /// Who may know it.
    pub audience: Audience,
    /// How much it matters, 1 to 10.
    pub importance: u8,
    /// Whether a person wrote it.
    pub by_people: bool,
    /// Who knows it of those whom the game master plays.
    pub knowers: Vec<Knower>,
}

impl NewMemory {
    /// Something that everyone knows, noted by whoever summed up.
    pub fn noted(tier: Tier, text: &str) -> Self {
        let (text, importance) = (flat(text), weight(tier));
        let knowers = Vec::new();
        Self { tier, text, names: Vec::new(), audience: Audience::Table, importance, by_people: false, knowers }
    }
}

/// What is remembered of an answered turn: what everyone may know in pieces, then what each seat did in secret.
pub fn of_turn(said: &[Said], reply: &Reply, audience: &Audience, there: &There) -> Vec<NewMemory> {
    let (open, secret): (Vec<_>, Vec<_>) = said.iter().partition(|said| said.audience.is_table());
    let deeds: Vec<_> = open.iter().map(|said| deed(said)).collect();
    let names: Vec<_> = open.iter().map(|said| flat(said.who())).collect();
    let mut pieces = cut(reply);
    let first = pieces.first_mut().map(std::mem::take).unwrap_or_default();
    let first = Piece { text: format!("{} → {}", deeds.join("; "), first.text), ..first };
    let pieces: Vec<_> = std::iter::once(first).chain(pieces.into_iter().skip(1)).take(PIECES).collect();
    let speakers: Vec<_> = pieces.iter().map(|piece| piece.names.clone()).collect();
    let mut made: Vec<_> = pieces
        .into_iter()
        .zip(there.of_pieces(&speakers))
        .map(|(piece, knowers)| NewMemory {
            tier: Tier::Beat,
            importance: import::of(&piece.text, !piece.names.is_empty()),
            text: piece.text,
            names: with(&names, piece.names),
            audience: audience.clone(),
            by_people: false,
            knowers,
        })
        .collect();
    made.extend(secret.into_iter().map(|said| NewMemory {
        tier: Tier::Secret,
        text: format!("{} (in secret)", deed(said)),
        names: vec![flat(said.who())],
        audience: said.audience.clone(),
        importance: import::of(&said.text, false).max(5),
        by_people: false,
        knowers: Vec::new(),
    }));
    made
}

/// What is remembered of an event by itself; corrections come back without the memory they are about.
pub fn of_event(event: &Event, there: &There) -> Option<NewMemory> {
    let EventKind::Game(happened) = &event.kind else { return None };
    let (tier, text, names, importance) = match happened {
        // Nothing happened in those.
        GameEvent::Whispered(whisper) if whisper.is_decoy() => return None,
        GameEvent::Whispered(whisper) => {
            (Tier::Secret, flat(&whisper.text), Vec::new(), import::of(&whisper.text, false).max(6))
        }
        GameEvent::Memory(MemoryEvent::Noted { tier, text, .. }) => (*tier, flat(text), Vec::new(), weight(*tier)),
        GameEvent::World(WorldEvent::Promised { who, what }) => {
            let (who, what) = (flat(who), flat(what));
            (Tier::Promise, format!("{who} promised: {what}"), vec![who], weight(Tier::Promise))
        }
        _ => return None,
    };
    let by_people = tier == Tier::Pin;
    let knowers = knowers(happened, &event.audience, there);
    Some(NewMemory { tier, text, names, audience: event.audience.clone(), importance, by_people, knowers })
}

/// Who knows it of those whom the game master plays: whoever is named, else who is there, unless it is a secret or
/// what a person wrote beside the story.
fn knowers(happened: &GameEvent, audience: &Audience, there: &There) -> Vec<Knower> {
    let named = |names: &[String], heard| names.iter().map(|name| Knower { name: name.clone(), heard }).collect();
    match happened {
        GameEvent::Memory(MemoryEvent::Noted { tier, characters: Some(names), .. }) => {
            named(names, *tier == Tier::Rumour)
        }
        GameEvent::Memory(MemoryEvent::Noted { tier: Tier::Pin, .. }) => Vec::new(),
        _ if !audience.is_table() => Vec::new(),
        GameEvent::Memory(MemoryEvent::Noted { tier: Tier::Rumour, .. }) => named(&there.here, true),
        GameEvent::World(WorldEvent::Promised { who, .. }) => {
            let mut all = there.knowers();
            if !there.here.iter().any(|here| goes_by(here, who)) {
                all.push(Knower { name: who.clone(), heard: false });
            }
            all
        }
        GameEvent::Memory(MemoryEvent::Noted { .. }) => there.knowers(),
        _ => Vec::new(),
    }
}

pub(super) fn weight(tier: Tier) -> u8 {
    match tier {
        Tier::Pin => 9,
        Tier::Promise => 8,
        Tier::Fact => 7,
        Tier::Secret | Tier::Scene | Tier::Session => 6,
        Tier::Arc => 4,
        Tier::Rumour => 5,
        Tier::Beat => 3,
    }
}

/// A scene in short: how it began, what mattered most, how it ended. `beats` are lines with their importance, in order.
pub fn scene_summary(title: Option<&str>, beats: &[(String, u8)]) -> Option<NewMemory> {
    let last = beats.len().checked_sub(1)?;
    let mut kept: Vec<usize> = (0..=last).collect();
    // The first and the last always; between them what matters most, and of equals what came later.
    kept.sort_by_key(|&at| (at != 0 && at != last, std::cmp::Reverse((beats[at].1, at))));
    kept.truncate(SUMMARY_LINES);
    kept.sort_unstable();
    let each = SUMMARY / kept.len();
    let lines: Vec<_> = kept.iter().map(|&at| shorten(&beats[at].0, each)).collect();
    let title = title.map(|title| format!("{}: ", flat(title))).unwrap_or_default();
    Some(NewMemory {
        tier: Tier::Scene,
        text: format!("{title}{}", lines.join(" / ")),
        names: Vec::new(),
        audience: Audience::Table,
        importance: weight(Tier::Scene),
        by_people: false,
        knowers: Vec::new(),
    })
}

/// A piece of a reply, with those who speak in it.
#[derive(Default)]
struct Piece {
    text: String,
    names: Vec<String>,
}

/// The reply in pieces that end where a sentence ends.
fn cut(reply: &Reply) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = vec![Piece::default()];
    let mut length = 0;
    for span in &reply.spans {
        let speaker = span.speaker.as_deref().map(flat);
        let mut lead = speaker.as_ref().map(|name| format!("{name}: "));
        for sentence in sentences(&flat(&span.text)) {
            let chars = sentence.chars().count();
            if length > 0 && length + chars > PIECE {
                pieces.push(Piece::default());
                length = 0;
                lead = speaker.as_ref().map(|name| format!("{name}: "));
            }
            let Some(piece) = pieces.last_mut() else { break };
            if !piece.text.is_empty() {
                piece.text.push(' ');
            }
            piece.text.extend(lead.take());
            piece.text.push_str(sentence);
            if let Some(name) = speaker.as_ref().filter(|name| !piece.names.contains(name)) {
                piece.names.push(name.clone());
            }
            length += chars + 1;
        }
    }
    pieces
}

/// The sentences of a text; what is too long for one piece is cut at a space, or anywhere where there is none.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let limit = rest.char_indices().nth(PIECE).map_or(rest.len(), |(at, _)| at);
        let end = rest[..limit].char_indices().find_map(|(at, sign)| {
            let after = at + sign.len_utf8();
            let wide = matches!(sign, '。' | '！' | '？');
            let ends = matches!(sign, '.' | '!' | '?' | '…') && rest[after..].starts_with(' ');
            (wide || ends).then_some(after)
        });
        let space = || rest[..limit].rfind(' ').filter(|at| limit < rest.len() && *at > 0);
        let end = end.or_else(space).unwrap_or(limit);
        found.push(rest[..end].trim());
        rest = rest[end..].trim_start();
    }
    found
}

fn deed(said: &Said) -> String {
    format!("{}: {}", flat(said.who()), shorten(&said.text, DEED))
}

fn with(names: &[String], more: Vec<String>) -> Vec<String> {
    let mut all = names.to_vec();
    all.extend(more);
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|name| !name.is_empty() && seen.insert(name.clone()));
    all
}

/// A text on one line, without what cannot be seen.
pub(super) fn flat(text: &str) -> String {
    let seen = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn shorten(text: &str, limit: usize) -> String {
    let text = flat(text);
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ActionId, SeatId, Span};

    fn said(seat: u32, name: &str, text: &str, audience: Audience) -> Said {
        let (name, text) = (name.to_owned(), text.to_owned());
        Said {
            action: ActionId::new(1),
            seat: SeatId::new(seat),
            name,
            text,
            files: Vec::new(),
            audience,
            character: None,
        }
    }

    fn reply(spans: &[(Option<&str>, &str)]) -> Reply {
        let span = |(speaker, text): &(Option<&str>, &str)| Span {
            speaker: speaker.map(str::to_owned),
            text: (*text).to_owned(),
        };
        Reply { spans: spans.iter().map(span).collect() }
    }

    #[test]
    fn a_turn_is_one_line_and_each_secret_a_line_of_its_own() {
        let own = Audience::Seats(vec![SeatId::new(2)]);
        let said =
            [said(1, "Ana", "I ask\nfor the key.", Audience::Table), said(2, "Ben", "I palm the ring.", own.clone())];
        let made = of_turn(
            &said,
            &reply(&[(None, "He sighs."), (Some("Odo"), "Not today.")]),
            &Audience::Table,
            &There::default(),
        );
        assert_eq!(made.len(), 2);
        assert_eq!(made[0].text, "Ana: I ask for the key. → He sighs. Odo: Not today.");
        assert_eq!((&made[0].audience, &made[0].names), (&Audience::Table, &vec!["Ana".to_owned(), "Odo".to_owned()]));
        assert_eq!((made[1].text.as_str(), &made[1].audience), ("Ben: I palm the ring. (in secret)", &own));
    }

    #[test]
    fn a_scene_in_short_keeps_its_ends_and_what_matters_most() {
        let beats: Vec<_> = (0..20).map(|n| (format!("beat {n}"), if n == 7 { 10 } else { 3 })).collect();
        let made = scene_summary(Some("The Gate"), &beats).unwrap();
        assert_eq!(made.text, "The Gate: beat 0 / beat 7 / beat 16 / beat 17 / beat 18 / beat 19");
        assert_eq!(scene_summary(None, &[]), None);
    }

    proptest! {
        #[test]
        fn no_word_of_an_ordinary_reply_is_lost(text in "([\\PC]{0,40}[ .!?。\n]){0,40}") {
            let made = of_turn(&[], &reply(&[(None, &text), (Some("Odo"), &text)]), &Audience::Table, &There::default());
            let told = made.iter().map(|memory| memory.text.as_str()).collect::<String>().replace(' ', "");
            let whole = flat(&text).replace(' ', "");
            prop_assert!(told.contains("→"));
            prop_assert!(made.iter().all(|memory| memory.text.chars().count() <= 2 * PIECE + 20));
            if made.len() < PIECES {
                prop_assert_eq!(told.replace("Odo:", ""), format!("→{whole}{whole}").replace("Odo:", ""));
            }
        }
    }
}
