//! Who plays whom: taken, given, kept in the log, and whose lines a seat's are.

use super::*;
use crate::domain::{Part, PartDeed, PartDenied, PartDone, SheetDeed, SheetOf};

pub(super) fn mira() -> Part {
    Part { slug: "mira".to_owned(), name: "Mira".to_owned(), also: vec!["Mira Vance".to_owned()] }
}

fn player(name: &str) -> Person {
    Person { role: Role::Player, ..person(name) }
}

impl Bench {
    pub(super) fn part(&mut self, person: Person, deed: PartDeed) {
        let ask = self.ask();
        self.input(Input::Part { person, deed, ask });
    }

    pub(super) fn take(&mut self, person: Person) {
        self.part(person, PartDeed::Take { character: mira(), to: None });
    }

    fn waiting_as(&self) -> Vec<Option<&str>> {
        let said = &self.machine.state.ledger.running.as_ref().expect("a turn runs").said;
        said.iter().map(|said| said.character.as_deref()).collect()
    }
}

#[test]
fn a_character_is_played_by_one_seat_and_hosts_give_them_to_another() {
    let mut bench = Bench::new();
    bench.take(player("ana"));
    let taken = PartDone::Taken { player: "ana".to_owned(), character: "Mira".to_owned() };
    assert_eq!(bench.last_answer(), &Ok(Answer::Parted(taken)));
    bench.take(player("ben"));
    let anothers = PartDenied::Anothers { character: "Mira".to_owned(), player: "ana".to_owned() };
    assert_eq!(bench.last_answer(), &Err(anothers.clone().into()));
    bench.part(player("ben"), PartDeed::Drop { character: mira() });
    assert_eq!(bench.last_answer(), &Err(anothers.into()));
    let give = |to| PartDeed::Take { character: mira(), to: Some(SeatId::new(to)) };
    bench.part(player("ana"), give(2));
    assert_eq!(bench.last_answer(), &Err(PartDenied::OnlyHostsGive.into()));
    bench.part(person("cleo"), give(9));
    assert_eq!(bench.last_answer(), &Err(PartDenied::NoSuchPlayer.into()));
    bench.part(person("cleo"), give(2));
    let mut bench = bench.restart();
    assert_eq!(bench.machine.state.ledger.parts.player_of("mira"), Some(SeatId::new(2)), "the log knows it");
    bench.part(player("ben"), PartDeed::Drop { character: mira() });
    assert!(bench.machine.state.ledger.parts.all().is_empty());
    let watcher = Person { role: Role::Spectator, ..person("zoe") };
    bench.take(watcher);
    assert_eq!(bench.last_answer(), &Err(Refusal::Spectator));
}

#[test]
fn what_a_seat_says_is_said_as_its_character_and_aloud_only_when_asked() {
    let mut bench = Bench::new();
    bench.take(player("ana"));
    bench.say("ana", "I wait.");
    assert!(matches!(bench.last_answer(), Ok(Answer::Heard { aloud: None, .. })));
    assert_eq!(bench.waiting_as(), [Some("Mira")]);
    bench.reply("Told.");
    bench.part(player("ana"), PartDeed::Aloud { character: Some(mira()) });
    bench.say("ana", "I wait.");
    let aloud = |answer: &Result<Answer, Refusal>| match answer {
        Ok(Answer::Heard { aloud, .. }) => aloud.as_ref().map(|part| part.name.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(aloud(bench.last_answer()).as_deref(), Some("Mira"));
    bench.reply("Told.");
    let (ask, source, text) = (bench.ask(), SourceId::new("test:secret"), "I steal.".to_owned());
    bench.input(Input::Say { person: person("ana"), source, text, files: Vec::new(), secret: true, ask });
    assert_eq!(aloud(bench.last_answer()), None, "a whisper is never said aloud");
    bench.reply("Told.");
    bench.part(player("ana"), PartDeed::Aloud { character: None });
    bench.say("ana", "I wait.");
    assert_eq!(aloud(bench.last_answer()), None);
    bench.reply("Told.");
    let (ask, source, text) = (bench.ask(), SourceId::new("test:as"), "I wave.".to_owned());
    bench.input(Input::SayAs { person: player("ben"), source, text, character: mira(), ask });
    assert_eq!(bench.last_answer(), &Err(PartDenied::NotYours { character: "Mira".to_owned() }.into()));
}

#[test]
fn a_change_of_who_plays_whom_opens_a_new_session() {
    let mut bench = Bench::new();
    bench.play("I wait.", "Told.");
    bench.take(player("ana"));
    assert_eq!(bench.machine.state.ledger.session, None);
    bench.play("I wait.", "Told.");
    bench.part(player("ana"), PartDeed::Aloud { character: Some(mira()) });
    assert!(bench.machine.state.ledger.session.is_some(), "how lines are shown is no news to the game master");
}

#[test]
fn a_roll_and_a_sheet_of_a_character_are_their_players() {
    let mut bench = Bench::new();
    bench.take(player("ana"));
    let secret = crate::dice::proof::Secret::new([5; 32]);
    bench.machine = bench.machine.clone().with_dice(&"gate".parse().unwrap(), secret);
    bench.play("I climb.", "The wall is wet.\n\n[roll: Mira Vance, 1d20, the climb]");
    let asked = &bench.machine.state.tale.game.dice.asked;
    assert_eq!(asked.iter().map(|kept| kept.request.seat).collect::<Vec<_>>(), [Some(SeatId::new(1))]);
    let mut of = SheetOf::Other("mira".to_owned());
    let by = By::Person(person("cleo"));
    let deed = Deed::Sheet(SheetDeed::Set {
        of: Some(of.clone()),
        key: "look".to_owned(),
        value: "Wet".to_owned(),
        ask: false,
    });
    let ask = bench.ask();
    bench.input(Input::Deed { by, deed, ask });
    assert!(bench.last_answer().is_ok(), "{:?}", bench.last_answer());
    of = SheetOf::Seat(SeatId::new(1));
    assert!(bench.machine.state.tale.game.sheets.sheets.iter().any(|sheet| sheet.of == of));
}
