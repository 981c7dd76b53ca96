//! One turn of the oracle: reads the tale, answers each speaker, moves the world.
//! Pure: the same table, tale, turn and actions give the same text.

use crate::domain::{Said, SeatId, Tale, TurnNo};

use super::chance::Chance;
use super::grammar::{Slots, capitals};
use super::memory::Memory;
use super::page::Page;
use super::recalled::Recalled;
use super::tables::{Label, Place, Pool, Tables};
use super::teller::{Beats, Teller};
use super::world::{Person, World, named_place};
use super::{deeds, intent, quote, turning};

/// The most speakers of one turn who are answered one by one.
const SPEAKERS: usize = 6;

/// What the oracle is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The table's name: the seed of its places and people.
    pub table: &'a str,
    /// The language people want (an ISO 639-1 code).
    pub language: &'a str,
    /// The turn: with the scene the seed of its dice.
    pub turn: TurnNo,
    /// The story so far.
    pub tale: &'a Tale,
    /// What people say and do now.
    pub said: &'a [Said],
    /// What is brought up of earlier scenes and of the lorebooks: nothing that those who read it may not know.
    pub recalled: &'a [Recalled],
}

/// What the oracle answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Markdown: a title line where the scene has none yet, narration, `**Name:** words`, lines set apart by `> `.
    pub text: String,
    /// Whose action ended in a setback, once for each.
    pub setbacks: Vec<SeatId>,
    /// What became of a fight, if somebody fought.
    pub clash: Option<Clash>,
}

/// What somebody's blow made of a fight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// It missed, and this foe strikes back: a fight begins where none goes on.
    Begins(String),
    /// It struck home: a fight that goes on is over.
    Ends,
}

/// A turn being answered.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) tale: &'a Tale,
    pub(crate) world: World<'a>,
    pub(crate) teller: Teller<'a>,
    pub(crate) page: Page,
    /// Whether more than one person is answered.
    pub(crate) many: bool,
    /// Which way the clock was pushed: above 0 towards the blow.
    pub(crate) push: i32,
    /// Whether somebody did what brings things to light.
    pub(crate) insight: bool,
    /// Whether a character spoke.
    pub(crate) spoken: bool,
    /// Whose action ended in a setback.
    pub(crate) setbacks: Vec<SeatId>,
    /// What became of a fight.
    pub(crate) clash: Option<Clash>,
}

impl<'a> Turn<'a> {
    /// The next fresh line of a pool.
    pub(crate) fn line(&mut self, pool: Pool, slots: &Slots<'_>) -> Option<String> {
        self.teller.tell(self.tables.pool(pool), slots)
    }

    /// A character says what was found to say.
    pub(crate) fn speak(&mut self, name: &str, words: impl IntoIterator<Item = Option<String>>) {
        self.page.speak(name, words);
        self.spoken = true;
    }

    /// Somebody new comes on; none when the scene's cast is used up.
    pub(crate) fn introduce(&mut self) -> Option<Person<'a>> {
        if self.world.strangers.is_empty() {
            return None;
        }
        let person = self.world.strangers.remove(0);
        self.world.people.insert(0, person.clone());
        self.world.silent.insert(0, 0);
        Some(person)
    }
}

/// Answers a turn.
pub fn answer(tables: &Tables, ask: &Ask<'_>) -> Answer {
    let memory = Memory::of(ask.tale);
    let said = by_speaker(ask.said);
    let world = World::of(tables, ask.table, ask.tale, &said, &memory);
    let chance = Chance::of(&[ask.table, "turn", &world.scene_no.to_string(), &ask.turn.to_string()]);
    let (scene_beats, titled) =
        ask.tale.scene.as_ref().map_or((0, false), |scene| (scene.beats, scene.title.is_some()));
    let beats = Beats { scene: world.scene_no, scene_beats, beats: ask.tale.beats };
    let teller = Teller::new(ask.table, beats, &memory, chance);
    let mut turn = Turn {
        tables,
        tale: ask.tale,
        world,
        teller,
        page: Page::default(),
        many: said.len() > 1,
        push: 0,
        insight: false,
        spoken: false,
        setbacks: Vec::new(),
        clash: None,
    };
    if !titled {
        let title = title(tables, turn.world.place, &said);
        turn.page.title(&title);
    }
    if scene_beats == 0 {
        open(&mut turn, &said, ask.recalled);
    } else {
        for said in said.iter().take(SPEAKERS) {
            deeds::answer_one(&mut turn, said);
        }
        crowd(&mut turn, &said);
        bring_up(&mut turn, ask.recalled);
        turning::move_world(&mut turn, &said);
    }
    if turn.page.is_empty() {
        turn.page.narrate([Some("…".to_owned())]);
    }
    if scene_beats == 0 && !tables.speak(ask.language) {
        turn.page.aside(tables.label(Label::Notice));
    }
    Answer { text: turn.page.finish(), setbacks: turn.setbacks, clash: turn.clash }
}

/// One action a person: who said two things gets one answer to both. Names are made fit to be told.
fn by_speaker(said: &[Said]) -> Vec<Said> {
    let mut people: Vec<Said> = Vec::new();
    for one in said {
        let text: String = one.text.chars().take(quote::READ_CHARS).collect();
        match people.iter_mut().find(|known| known.seat == one.seat) {
            Some(known) => {
                known.text.push('\n');
                known.text.push_str(&text);
            }
            None => people.push(Said { text, name: quote::bare(&one.name, 32), ..one.clone() }),
        }
    }
    people
}

/// The name a player is addressed by.
pub(crate) fn player_name<'s>(tables: &'s Tables, said: &'s Said) -> &'s str {
    if said.name.is_empty() { tables.label(Label::Stranger) } else { &said.name }
}

/// "Ana, Bo and Cy".
pub(crate) fn player_names(tables: &Tables, said: &[Said]) -> String {
    let names: Vec<&str> = said.iter().take(SPEAKERS).map(|said| player_name(tables, said)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} {} {last}", rest.join(", "), tables.label(Label::And))
        }
        Some((last, _)) => (*last).to_owned(),
        None => tables.label(Label::Stranger).to_owned(),
    }
}

fn title(tables: &Tables, place: &Place, said: &[Said]) -> String {
    let own = std::ptr::eq(place, &raw const tables.places.anywhere);
    let named = said.iter().find_map(|said| intent::destination(tables, &said.text)).filter(|_| own);
    named.map_or_else(|| place.title.clone(), |named| title_case(&named))
}

fn title_case(text: &str) -> String {
    text.split(' ').map(capitals).collect::<Vec<_>>().join(" ")
}

/// Opens a scene: place, light, who is here, one pressure, one question.
fn open(turn: &mut Turn<'_>, said: &[Said], recalled: &[Recalled]) {
    let mut slots = turn.world.slots();
    slots.set("player", player_names(turn.tables, said));
    let woven = weave(turn, said, &slots);
    let place = turn.world.place;
    let arrive = turn.teller.tell_one(&place.arrive, &slots);
    let light = turn.teller.tell_one(&place.light, &slots);
    let sense = turn.teller.tell(&place.senses, &slots);
    turn.page.narrate([arrive, light, sense]);
    turn.page.narrate([woven]);
    bring_up(turn, recalled);
    turning::first_face(turn, &mut slots);
    let pressure = turn.teller.tell_one(&turn.world.trouble.pressure, &slots);
    turn.page.narrate([pressure]);
    let question = turn.line(Pool::OpenQuestion, &slots);
    turn.page.narrate([question]);
}

/// Tells what comes back of earlier; what was told lately is not told again.
fn bring_up(turn: &mut Turn<'_>, recalled: &[Recalled]) {
    for Recalled { pool, quote } in recalled {
        if turn.teller.heard(quote) {
            continue;
        }
        let mut slots = turn.world.slots();
        slots.set("quote", quote.clone());
        let line = turn.line(*pool, &slots);
        turn.page.narrate([line]);
    }
}

/// Takes up what the first action says.
fn weave(turn: &mut Turn<'_>, said: &[Said], slots: &Slots<'_>) -> Option<String> {
    let mut slots = slots.clone();
    let first = said.first()?;
    let wish = intent::read(turn.tables, &first.text, &[]);
    if std::ptr::eq(turn.world.place, &raw const turn.tables.places.anywhere)
        && let Some(named) = said.iter().find_map(|said| intent::destination(turn.tables, &said.text))
    {
        slots.set("target", named);
        return turn.line(Pool::WeavePlace, &slots);
    }
    slots.set("vow", wish.vow?);
    let arrived = named_place(turn.tables, &first.text).is_some();
    turn.line(if arrived { Pool::WeaveHere } else { Pool::Weave }, &slots)
}

/// Names those who were too many to answer one by one.
fn crowd(turn: &mut Turn<'_>, said: &[Said]) {
    let Some(rest) = said.get(SPEAKERS..).filter(|rest| !rest.is_empty()) else { return };
    let mut slots = turn.world.slots();
    slots.set("player", player_names(turn.tables, rest));
    let line = turn.line(Pool::Crowd, &slots);
    turn.page.narrate([line]);
}
