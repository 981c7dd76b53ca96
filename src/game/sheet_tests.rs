//! Sheets by the rules of a kit: rights, bounds, requests, and who sees what.

use super::*;
use crate::domain::{Deed, Denied, FieldSpec, Game, Introduced, PersonId, Seat, Setback, Viewer, VitalSpec, WorldDeed};
use crate::game::{apply, decide};

const ANA: SeatId = SeatId::new(1);
const BO: SeatId = SeatId::new(2);

fn kit() -> Kit {
    let field = |key: &str, right, start| FieldSpec { key: key.to_owned(), right, start, least: 0, most: 9 };
    Kit {
        name: "test".to_owned(),
        open: false,
        fields: vec![
            field("look", FieldRight::Free, FieldValue::Text(String::new())),
            field("might", FieldRight::Ask, FieldValue::Number(2)),
            field("fate", FieldRight::Gm, FieldValue::Number(0)),
        ],
        vitals: vec![VitalSpec { key: "hp".to_owned(), max: 10, start: 10, right: FieldRight::Free }],
        conditions: vec!["hurt".to_owned()],
        setback: Some(Setback { vital: "hp".to_owned(), by: 2 }),
        ..Kit::default()
    }
}

struct Bench(Game, u64);

impl Bench {
    fn new() -> Self {
        Self(Game::default(), 0)
    }

    fn deed(&mut self, by: Doer, deed: Deed) -> Result<(), Denied> {
        let kit = kit();
        let seat = |id: SeatId| Seat {
            id,
            person: PersonId::new(format!("test:{id}")),
            name: format!("Seat {id}"),
            role: Role::Player,
        };
        let seats = [seat(ANA), seat(BO)];
        let happened = decide(Standing { game: &self.0, seats: &seats, kit: Ok(&kit), cup: None }, by, deed)?;
        for (_, event) in happened {
            self.1 += 1;
            apply(&mut self.0, EventSeq::new(self.1), &event);
        }
        Ok(())
    }

    fn sheet(&mut self, by: Doer, deed: SheetDeed) -> Result<(), Denied> {
        self.deed(by, Deed::Sheet(deed))
    }

    fn of(&self, seat: SeatId) -> Sheet {
        self.0.sheets.of(&SheetOf::Seat(seat), &kit())
    }
}

fn player(seat: SeatId) -> Doer {
    Doer::Seat(seat, Role::Player)
}

fn set(of: Option<SheetOf>, key: &str, value: &str) -> SheetDeed {
    SheetDeed::Set { of, key: key.to_owned(), value: value.to_owned(), ask: false }
}

fn vital(of: SheetOf, by: i64, max: Option<i64>) -> SheetDeed {
    SheetDeed::Vital { of, vital: "HP".to_owned(), by, max, why: "a fall".to_owned() }
}

#[test]
fn a_player_changes_what_is_free_of_their_own_and_nothing_else() {
    let mut bench = Bench::new();
    bench.sheet(player(ANA), set(None, "Look", "A scar.")).unwrap();
    assert_eq!(bench.of(ANA).fields["look"], FieldValue::Text("A scar.".to_owned()));
    let others = bench.sheet(player(ANA), set(Some(SheetOf::Seat(BO)), "look", "Ugly."));
    assert_eq!(others, Err(SheetDenied::NotYours.into()));
    assert_eq!(bench.sheet(player(ANA), set(None, "fate", "3")), Err(SheetDenied::NotByYou("fate".into()).into()));
    assert!(bench.sheet(player(ANA), vital(SheetOf::Seat(ANA), 5, None)).is_err());
    assert!(matches!(bench.sheet(player(ANA), set(None, "luck", "3")), Err(Denied::Sheet(SheetDenied::NoSuch { .. }))));
    assert!(bench.sheet(player(ANA), set(None, "hp", "11")).is_err(), "more than its maximum");
    let host = Doer::Seat(BO, Role::Host);
    bench.sheet(host, set(Some(SheetOf::Seat(ANA)), "fate", "3")).unwrap();
    assert_eq!(bench.of(ANA).number("fate"), Some(3));
    assert_eq!(bench.of(BO).number("fate"), Some(0));
}

#[test]
fn what_has_to_be_asked_waits_for_a_host() {
    let mut bench = Bench::new();
    bench.sheet(player(ANA), set(None, "might", "4")).unwrap();
    bench.sheet(player(ANA), set(None, "might", "5")).unwrap();
    let asked: Vec<_> = bench.0.sheets.asked.iter().map(|kept| kept.event).collect();
    assert_eq!(asked.len(), 1, "asking anew replaces");
    assert_eq!(bench.of(ANA).number("might"), Some(2));
    let settle = |allow| SheetDeed::Settle { ask: asked[0], allow };
    assert_eq!(bench.sheet(player(ANA), settle(true)), Err(SheetDenied::OnlyHosts.into()));
    bench.sheet(Doer::Seat(BO, Role::Host), settle(true)).unwrap();
    assert_eq!(bench.of(ANA).number("might"), Some(5));
    assert_eq!(bench.sheet(Doer::Gm, settle(false)), Err(SheetDenied::NothingAsked.into()));
}

#[test]
fn vitals_stay_between_nothing_and_their_maximum() {
    let mut bench = Bench::new();
    let ana = SheetOf::Seat(ANA);
    bench.sheet(Doer::Gm, vital(ana.clone(), -3, None)).unwrap();
    assert_eq!(bench.of(ANA).vital("hp").unwrap().now, 7);
    bench.sheet(Doer::Gm, vital(ana.clone(), -300, None)).unwrap();
    assert_eq!(bench.of(ANA).vital("hp").unwrap().now, 0);
    assert_eq!(bench.sheet(Doer::Gm, vital(ana.clone(), -1, None)), Err(SheetDenied::NoChange("hp".into()).into()));
    bench.sheet(Doer::Gm, vital(ana, i64::MAX, Some(20))).unwrap();
    assert_eq!(bench.of(ANA).vital("hp").unwrap().now, 20);
    bench.sheet(Doer::Gm, SheetDeed::Setback { seat: BO, why: String::new() }).unwrap();
    assert_eq!(bench.of(BO).vital("hp").unwrap().now, 8);
}

#[test]
fn things_are_given_and_taken_as_many_as_there_are() {
    let mut bench = Bench::new();
    let item = |of: Option<SheetOf>, by| SheetDeed::Item { of, item: "Torch".to_owned(), by, why: String::new() };
    bench.sheet(player(ANA), item(None, 2)).unwrap();
    let too_many = bench.sheet(Doer::Gm, item(Some(SheetOf::Seat(ANA)), -3));
    assert_eq!(too_many, Err(SheetDenied::NotSoMany { item: "Torch".to_owned(), has: 2 }.into()));
    bench.sheet(Doer::Gm, item(Some(SheetOf::Seat(ANA)), -2)).unwrap();
    assert_eq!(bench.of(ANA).items, []);
    assert_eq!(bench.sheet(Doer::Gm, item(None, 1)), Err(SheetDenied::Whose.into()));
}

#[test]
fn the_sheets_of_others_need_somebody_and_are_the_game_masters() {
    let mut bench = Bench::new();
    let wolf = || SheetOf::Other("wolf".to_owned());
    assert_eq!(bench.sheet(Doer::Gm, vital(wolf(), -1, None)), Err(SheetDenied::NobodyCalled("wolf".into()).into()));
    let introduced = Introduced { name: "Wolf".to_owned(), line: "Grey.".to_owned() };
    bench.deed(Doer::Gm, Deed::World(WorldDeed::Introduce { who: introduced, here: true })).unwrap();
    bench.sheet(Doer::Gm, vital(wolf(), -4, None)).unwrap();
    let hurt = SheetDeed::Condition {
        of: SheetOf::Seat(ANA),
        condition: "Hurt".to_owned(),
        on: true,
        rounds: Some(2),
        why: String::new(),
    };
    bench.sheet(Doer::Gm, hurt.clone()).unwrap();
    assert!(bench.sheet(Doer::Gm, hurt).is_err(), "it is so already");
    assert_eq!(bench.0.seen_by(Viewer::Gm).sheets.sheets.len(), 2);
    for viewer in [Viewer::Public, Viewer::Seat(ANA)] {
        let seen = bench.0.seen_by(viewer).sheets.sheets;
        assert_eq!(seen.iter().map(|sheet| &sheet.of).collect::<Vec<_>>(), [&SheetOf::Seat(ANA)], "{viewer:?}");
        assert_eq!(seen[0].conditions[0].name, "hurt");
    }
}

#[test]
fn without_a_readable_kit_nothing_changes() {
    let game = Game::default();
    let standing = Standing { game: &game, seats: &[], kit: Err("line 3 is odd"), cup: None };
    let denied = decide(standing, Doer::Gm, Deed::Sheet(vital(SheetOf::Seat(ANA), -1, None)));
    assert_eq!(denied, Err(SheetDenied::NoKit("line 3 is odd".to_owned()).into()));
}
