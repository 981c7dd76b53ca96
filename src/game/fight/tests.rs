use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::dice::proof::{Secret, Seed};
use crate::domain::{
    BranchId, Deed, Game, Introduced, Kit, PersonId, SceneNo, Seat, SheetDeed, SheetEvent, TurnMode, TurnsDeed, Viewer,
};
use crate::game;

/// A fight driven by hand: it judges, folds, and keeps what everyone may see of what happened.
struct Ring {
    game: Game,
    seats: Vec<Seat>,
    kit: Kit,
    seed: Seed,
    next: u64,
    rolls: u64,
    public: Vec<GameEvent>,
}

fn seat(id: u32, name: &str) -> Seat {
    Seat { id: SeatId::new(id), person: PersonId::new(name), name: name.to_owned(), role: Role::Player }
}

fn foe(name: &str) -> Enters {
    Enters { name: Some(name.to_owned()), ..Enters::default() }
}

fn hidden(name: &str) -> Enters {
    Enters { hidden: true, ..foe(name) }
}

impl Ring {
    fn with(seed: u64, names: &[&str]) -> Self {
        let seats = (1..).zip(names).map(|(id, name)| seat(id, name)).collect();
        let kit = crate::kit::shipped("d20-lite").unwrap();
        let seed = Secret::new([3; 32]).seed("gate", 1, seed, 0);
        Self { game: Game::default(), seats, kit, seed, next: 1, rolls: 0, public: Vec::new() }
    }

    fn new(names: &[&str]) -> Self {
        Self::with(1, names)
    }

    fn by(&mut self, by: Doer, deed: Deed) -> Result<(), Denied> {
        let (scene, opened, branch) = (SceneNo::new(1), EventSeq::new(1), BranchId::new(0));
        let cup = dice::Cup { table: "gate", scene, opened, branch, n: self.rolls, seed: &self.seed };
        let standing = Standing { game: &self.game, seats: &self.seats, kit: Ok(&self.kit), cup: Some(cup) };
        let happened = game::decide(standing, by, deed)?;
        for (audience, event) in happened {
            self.rolls += u64::from(matches!(event, GameEvent::Rolled(_)));
            self.next += 1;
            game::apply(&mut self.game, EventSeq::new(self.next), &event);
            if audience.admits(Viewer::Public) {
                self.public.push(event);
            }
        }
        Ok(())
    }

    fn gm(&mut self, deed: FightDeed) -> Result<(), Denied> {
        self.by(Doer::Gm, Deed::Fight(deed))
    }

    fn start(&mut self, places: Vec<Enters>) {
        self.gm(FightDeed::Start { places, nonce: "n".to_owned() }).unwrap();
    }

    fn join(&mut self, place: Enters) -> Result<(), Denied> {
        self.gm(FightDeed::Join { places: vec![place], nonce: "n".to_owned() })
    }

    fn next(&mut self) {
        self.gm(FightDeed::Next).unwrap();
    }

    fn fight(&self) -> &Fight {
        self.game.fight.as_ref().expect("a fight goes on")
    }

    fn mover(&self) -> Option<&str> {
        self.fight().mover.as_deref()
    }

    fn order(&self) -> Vec<(String, i64, bool)> {
        let order = self.fight().order();
        order.into_iter().map(|place| (place.name.clone(), place.initiative, place.is_players())).collect()
    }

    /// Puts an initiative in the stead of what was thrown.
    fn has(&mut self, name: &str, initiative: i64) {
        let fight = self.game.fight.as_mut().unwrap();
        fight.places.iter_mut().find(|place| place.name == name).unwrap().initiative = initiative;
    }

    fn vital(&mut self, of: SheetOf, by: i64) {
        let deed = SheetDeed::Vital { of, vital: "hp".to_owned(), by, max: None, why: String::new() };
        self.by(Doer::Gm, Deed::Sheet(deed)).unwrap();
    }

    fn condition(&mut self, of: SheetOf, rounds: u32) {
        let (condition, why) = ("bound".to_owned(), String::new());
        let deed = SheetDeed::Condition { of, condition, on: true, rounds: Some(rounds), why };
        self.by(Doer::Gm, Deed::Sheet(deed)).unwrap();
    }

    fn rounds_left(&self, of: &SheetOf) -> Option<u32> {
        let sheet = self.game.sheets.sheets.iter().find(|sheet| sheet.of == *of)?;
        sheet.conditions.first().and_then(|condition| condition.rounds)
    }
}

fn one(id: u32) -> SheetOf {
    SheetOf::Seat(SeatId::new(id))
}

#[test]
fn ties_go_to_players_and_then_to_who_joined_first() {
    let mut ring = Ring::new(&["Ana", "Bo"]);
    ring.start(vec![foe("Wolves"), foe("Bats")]);
    for (name, initiative) in [("Ana", 9), ("Bo", 12), ("Wolves", 12), ("Bats", 12)] {
        ring.has(name, initiative);
    }
    let names: Vec<_> = ring.order().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["Bo", "Wolves", "Bats", "Ana"]);
}

#[test]
fn the_move_rests_with_players_and_passes_over_those_the_telling_moves() {
    let mut ring = Ring::new(&["Ana", "Bo"]);
    ring.start(vec![foe("Wolves"), hidden("Lurker")]);
    for (name, initiative) in [("Ana", 15), ("Wolves", 12), ("Lurker", 11), ("Bo", 3)] {
        ring.has(name, initiative);
    }
    ring.game.fight.as_mut().unwrap().mover = Some("Ana".to_owned());
    let (told, next) = ring.fight().to_tell();
    assert_eq!(told.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), ["Wolves", "Lurker"]);
    assert_eq!(next.map(|place| place.name.as_str()), Some("Bo"));
    ring.next();
    assert_eq!((ring.mover(), ring.fight().round), (Some("Bo"), 1));
    ring.next();
    assert_eq!((ring.mover(), ring.fight().round), (Some("Ana"), 2));
}

#[test]
fn those_of_one_place_move_together_and_leave_one_by_one() {
    let mut ring = Ring::new(&["Ana", "Bo", "Cleo"]);
    let pair = Enters { name: Some("The vanguard".to_owned()), who: vec![one(1), one(2)], ..Enters::default() };
    let pack = Enters {
        name: Some("Wolves".to_owned()),
        who: ["Grey", "Scar"].map(|name| SheetOf::Other(name.to_owned())).to_vec(),
        ..Enters::default()
    };
    ring.start(vec![pair, pack]);
    assert_eq!(ring.fight().places.len(), 3, "the two share a place, Cleo has her own");
    let thrown = ring.public.iter().filter(|event| matches!(event, GameEvent::Rolled(_))).count();
    assert_eq!(thrown, 3, "a place is thrown for once");
    ring.gm(FightDeed::Leave { name: "scar".to_owned() }).unwrap();
    ring.gm(FightDeed::Leave { name: "Bo".to_owned() }).unwrap();
    let left = |name: &str| ring.fight().places.iter().find(|place| place.name == name).unwrap().who.len();
    assert_eq!((left("Wolves"), left("The vanguard")), (1, 1));
    assert_eq!(ring.join(foe("Grey")), Err(FightDenied::Twice("Grey".to_owned()).into()));
    ring.join(Enters { who: vec![SheetOf::Other("Tooth".to_owned())], ..foe("wolves") }).unwrap();
    let wolves = ring.fight().places.iter().find(|place| place.name == "Wolves").unwrap();
    assert_eq!(wolves.who.len(), 2, "who joins a place moves with it");
}

#[test]
fn who_leaves_on_their_move_passes_it_on() {
    let mut ring = Ring::new(&["Ana", "Bo"]);
    ring.start(Vec::new());
    let (first, other) = if ring.mover() == Some("Ana") { ("Ana", "Bo") } else { ("Bo", "Ana") };
    ring.gm(FightDeed::Leave { name: first.to_owned() }).unwrap();
    assert_eq!(ring.mover(), Some(other));
    ring.gm(FightDeed::Leave { name: other.to_owned() }).unwrap();
    assert_eq!(ring.mover(), None, "nobody is left who could move");
    ring.join(Enters { who: vec![one(1)], ..Enters::default() }).unwrap();
    assert_eq!(ring.mover(), Some("Ana"));
}

#[test]
fn who_is_down_is_passed_over_until_they_are_up_again() {
    let mut ring = Ring::new(&["Ana", "Bo"]);
    ring.start(Vec::new());
    for (name, initiative) in [("Ana", 15), ("Bo", 3)] {
        ring.has(name, initiative);
    }
    ring.game.fight.as_mut().unwrap().mover = Some("Ana".to_owned());
    ring.vital(one(2), -10);
    ring.next();
    assert_eq!(ring.mover(), Some("Ana"), "Bo is down");
    assert!(ring.fight().places.iter().any(|place| place.name == "Bo" && place.down));
    ring.vital(one(2), 4);
    ring.next();
    assert_eq!(ring.mover(), Some("Bo"));
    assert!(ring.fight().places.iter().all(|place| !place.down));
    ring.vital(one(1), -10);
    ring.vital(one(2), -10);
    ring.next();
    assert_eq!(ring.mover(), None, "all are down");
}

#[test]
fn a_condition_lasts_for_its_bearers_own_moves() {
    let mut ring = Ring::new(&["Ana", "Bo", "Cleo"]);
    ring.start(Vec::new());
    for (name, initiative) in [("Ana", 15), ("Bo", 9), ("Cleo", 3)] {
        ring.has(name, initiative);
    }
    ring.game.fight.as_mut().unwrap().mover = Some("Ana".to_owned());
    ring.condition(one(2), 1);
    ring.condition(one(1), 1);
    ring.next();
    assert_eq!(ring.rounds_left(&one(2)), Some(1), "Bo's own move has not ended");
    assert_eq!(ring.rounds_left(&one(1)), Some(1), "what came in Ana's move lasts through her next");
    ring.next();
    assert_eq!(ring.rounds_left(&one(2)), None);
    ring.next();
    ring.next();
    assert_eq!(ring.rounds_left(&one(1)), None);
    let told = ring.public.iter().filter(
        |event| matches!(event, GameEvent::Sheet(SheetEvent::Changed(change)) if change.why == "its rounds are over"),
    );
    assert_eq!(told.count(), 2, "both ends are told");
    ring.condition(one(3), 9);
    ring.gm(FightDeed::End).unwrap();
    assert_eq!(ring.rounds_left(&one(3)), None, "and with the fight the rest");
}

#[test]
fn players_may_join_pass_and_leave_for_themselves_and_nothing_else() {
    let mut ring = Ring::new(&["Ana", "Bo"]);
    let ana = Doer::Seat(SeatId::new(1), Role::Player);
    let denied = Err(FightDenied::NotByYou.into());
    let start = |places| Deed::Fight(FightDeed::Start { places, nonce: String::new() });
    let join = |place| Deed::Fight(FightDeed::Join { places: vec![place], nonce: String::new() });
    assert_eq!(ring.by(ana, start(Vec::new())), denied);
    assert_eq!(ring.gm(FightDeed::Next), Err(FightDenied::None.into()));
    ring.start(Vec::new());
    assert_eq!(ring.gm(FightDeed::Start { places: Vec::new(), nonce: String::new() }), Err(FightDenied::GoesOn.into()));
    for deed in [FightDeed::End, FightDeed::Leave { name: "Bo".to_owned() }, FightDeed::Reveal { name: "X".to_owned() }]
    {
        assert_eq!(ring.by(ana, Deed::Fight(deed)), denied);
    }
    assert_eq!(ring.by(ana, join(foe("Dragon"))), denied);
    ring.by(ana, Deed::Fight(FightDeed::Leave { name: "Ana".to_owned() })).unwrap();
    assert_eq!(ring.by(ana, Deed::Fight(FightDeed::Next)), denied, "it is not her move");
    ring.by(ana, join(Enters { who: vec![one(1)], ..Enters::default() })).unwrap();
    let looks_on = Doer::Seat(SeatId::new(1), Role::Spectator);
    assert_eq!(ring.by(looks_on, Deed::Fight(FightDeed::Next)), Err(Denied::Spectator));
    let far = Enters { bonus: 99, ..foe("Dragon") };
    assert_eq!(ring.join(far), Err(FightDenied::BadBonus(BONUS).into()));
    let ghost = Enters { who: vec![one(1)], hidden: true, ..Enters::default() };
    assert_eq!(ring.join(ghost), Err(FightDenied::NoPlayerHides.into()));
}

/// What everyone sees of a fight with `lurkers` hidden, who join before it, within it, or are taken out of it.
fn seen_with(lurkers: usize, seed: u64) -> (Vec<GameEvent>, String) {
    let mut ring = Ring::with(seed, &["Ana", "Bo"]);
    let names: Vec<_> = (0..lurkers).map(|n| format!("Lurker {n}")).collect();
    let first = names.iter().take(lurkers / 2).map(|name| hidden(name));
    ring.start(first.chain([foe("Wolves")]).collect());
    ring.next();
    for name in names.iter().skip(lurkers / 2) {
        ring.join(hidden(name)).unwrap();
    }
    ring.join(foe("Bats")).unwrap();
    ring.next();
    if let Some(name) = names.first() {
        ring.gm(FightDeed::Leave { name: name.clone() }).unwrap();
    }
    ring.next();
    let host = Doer::Seat(SeatId::new(1), Role::Host);
    for name in ["Lurker 0", "Lurker 1", "Nobody"] {
        let name = name.to_owned();
        let refused = ring.by(host, Deed::Fight(FightDeed::Leave { name: name.clone() }));
        assert_eq!(refused, Err(FightDenied::NobodyCalled(name).into()), "a host learns nothing from asking");
    }
    let mut game = ring.game.seen_by(Viewer::Public);
    let looks = format!(
        "{:?}",
        game.fight.take().map(|fight| Fight { since: EventSeq::new(0), moved: EventSeq::new(0), ..fight })
    );
    (ring.public, looks)
}

#[test]
fn nothing_that_everyone_sees_depends_on_who_is_hidden_or_how_many() {
    for seed in 0..40 {
        let (told, looks) = seen_with(0, seed);
        for lurkers in [1, 2, 5, RESERVE] {
            let (also, same) = seen_with(lurkers, seed);
            // Not even the numbers of the rolls tell: they are part of each.
            assert_eq!(also, told, "{lurkers} hidden, seed {seed}");
            assert_eq!(same, looks, "{lurkers} hidden, seed {seed}");
        }
    }
    let mut ring = Ring::new(&["Ana"]);
    ring.start((0..RESERVE).map(|n| hidden(&format!("Lurker {n}"))).collect());
    assert!(ring.join(hidden("One more")).is_err());
}

#[test]
fn who_is_revealed_stands_where_they_were_thrown() {
    let mut ring = Ring::new(&["Ana"]);
    ring.start(vec![hidden("Lurker")]);
    let thrown = ring.fight().places.iter().find(|place| place.hidden).unwrap().initiative;
    let host = Doer::Seat(SeatId::new(1), Role::Host);
    let reveal = FightDeed::Reveal { name: "lurker".to_owned() };
    assert_eq!(ring.by(host, Deed::Fight(reveal.clone())), Err(FightDenied::NotByYou.into()));
    ring.gm(reveal).unwrap();
    let seen = ring.game.seen_by(Viewer::Public).fight.unwrap();
    let shown = seen.places.iter().find(|place| place.name == "Lurker").unwrap();
    assert_eq!((shown.initiative, shown.hidden), (thrown, false));
    assert!(ring.fight().places.iter().all(|place| !place.hidden));
}

#[test]
fn a_known_persons_name_is_taken_as_it_was_introduced_and_bad_ones_are_refused() {
    let mut ring = Ring::new(&["Ana"]);
    ring.game.world.people.push_back(Introduced { name: "Grey Wolf".to_owned(), line: String::new() });
    ring.start(vec![Enters { who: vec![SheetOf::Other("grey wolf".to_owned())], ..Enters::default() }]);
    assert!(ring.fight().places.iter().any(|place| place.name == "Grey Wolf"));
    assert_eq!(ring.join(foe("two\nlines")), Err(FightDenied::BadName(LINE_CHARS).into()));
    assert_eq!(ring.join(foe("Ana")), Err(FightDenied::Twice("Ana".to_owned()).into()), "a player's place is theirs");
    assert_eq!(
        ring.by(Doer::Gm, Deed::Turns(TurnsDeed::Set(TurnMode::Initiative))),
        Err(crate::domain::TurnsDenied::NoChange.into())
    );
}

#[derive(Clone, Debug)]
enum Act {
    Next,
    Join(u8, bool),
    JoinSeat(u8),
    Leave(u8),
    Hurt(u8, i64),
    Bind(u8, u32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Next),
        1 => (0..6_u8, any::<bool>()).prop_map(|(n, hidden)| Act::Join(n, hidden)),
        1 => (0..3_u8).prop_map(Act::JoinSeat),
        1 => (0..9_u8).prop_map(Act::Leave),
        2 => (0..3_u8, -10..10_i64).prop_map(|(n, by)| Act::Hurt(n, by)),
        1 => (0..3_u8, 1..4_u32).prop_map(|(n, rounds)| Act::Bind(n, rounds)),
    ]
}

proptest! {
    /// Whatever happens in a fight: the move is a player's who can move, rounds never go back, nobody moves twice before
    /// everybody who could has moved, and everything that everyone sees folds to what everyone may see.
    #[test]
    fn the_order_holds(seed in 0..1_000_u64, acts in prop::collection::vec(act(), 1..60)) {
        let mut ring = Ring::with(seed, &["Ana", "Bo", "Cleo"]);
        ring.start(vec![foe("Wolves"), hidden("Lurker")]);
        let names = ["Ana", "Bo", "Cleo"];
        let mut moved_in_round = BTreeSet::new();
        for act in acts {
            let (round, moves) = (ring.fight().round, ring.fight().moves);
            let mut upset = false;
            match act {
                Act::Next => ring.next(),
                Act::Join(n, hides) => {
                    let name = format!("Foe {n}");
                    let _ = ring.join(if hides { hidden(&name) } else { foe(&name) });
                }
                Act::JoinSeat(n) => {
                    upset = true;
                    let _ = ring.join(Enters { who: vec![one(u32::from(n) + 1)], ..Enters::default() });
                }
                Act::Leave(n) => {
                    let name = names.get(usize::from(n)).map_or(format!("Foe {n}"), |name| (*name).to_owned());
                    upset = true;
                    let _ = ring.gm(FightDeed::Leave { name });
                }
                Act::Hurt(n, by) => {
                    upset = true;
                    let deed = SheetDeed::Vital {
                        of: one(u32::from(n) + 1), vital: "hp".to_owned(), by, max: None, why: String::new(),
                    };
                    let _ = ring.by(Doer::Gm, Deed::Sheet(deed));
                }
                Act::Bind(n, rounds) => {
                    let (condition, why) = ("bound".to_owned(), String::new());
                    let of = one(u32::from(n) + 1);
                    let deed = SheetDeed::Condition { of, condition, on: true, rounds: Some(rounds), why };
                    let _ = ring.by(Doer::Gm, Deed::Sheet(deed));
                }
            }
            let fight = ring.fight();
            prop_assert!(fight.round >= round);
            if let Some(place) = fight.moving() {
                prop_assert!(place.is_players() && !place.hidden);
            } else {
                prop_assert_eq!(fight.mover.as_ref(), None, "a mover that is no place");
            }
            let order = fight.order();
            prop_assert!(order.windows(2).all(|pair| pair[0].initiative >= pair[1].initiative));
            let all: Vec<_> = fight.places.iter().flat_map(|place| &place.who).map(|who| format!("{who:?}")).collect();
            prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "somebody stands in two places");
            if upset || fight.round != round {
                moved_in_round.clear();
            }
            if fight.moves != moves && let Some(mover) = &fight.mover {
                prop_assert!(moved_in_round.insert(mover.clone()), "{} moves twice in round {}", mover, fight.round);
            }
            let sheets = &ring.game.sheets.sheets;
            prop_assert!(sheets.iter().flat_map(|sheet| &sheet.conditions).all(|c| c.rounds != Some(0)));
            let mut seen = ring.game.seen_by(Viewer::Public);
            let hides = format!("{:?}", seen.fight).contains("Lurker");
            prop_assert!(!hides);
            let mut told = Game::default();
            for (event, seq) in ring.public.iter().zip(1..) {
                game::apply(&mut told, EventSeq::new(seq), event);
            }
            let blank = |game: &mut Game| {
                let mut fight = game.fight.take()?;
                (fight.since, fight.moved, fight.reserve) = (EventSeq::new(0), EventSeq::new(0), Vec::new());
                Some(fight)
            };
            prop_assert_eq!(blank(&mut told), blank(&mut seen));
        }
    }
}
