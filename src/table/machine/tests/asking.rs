use proptest::prelude::*;

use super::*;
use crate::domain::{AskId, AskReply, Request, Settlement};

impl Bench {
    fn asks(&mut self, key: u32, request: Request) -> AskId {
        let turn = self.running.as_ref().expect("a turn runs").0;
        self.input(Input::Heard { turn, event: ProviderEvent::Asked { key, request } });
        AskId::new(self.machine.state.ledger.seq.get())
    }

    fn wants(&mut self, key: u32, tool: &str) -> AskId {
        self.asks(key, Request::leave(tool, "do it"))
    }

    fn answers(&mut self, name: &str, role: Role, ask: AskId, reply: AskReply) {
        let token = self.ask();
        let person = Person { role, ..person(name) };
        self.input(Input::Command { person, command: Command::Answer { ask, reply }, ask: token });
    }

    fn allows(&mut self, ask: AskId, reply: AskReply) {
        self.answers("ana", Role::Host, ask, reply);
    }

    fn settled(&self) -> Vec<Settlement> {
        let settled = self.log.iter().filter_map(|event| match &event.kind {
            EventKind::AskSettled { settlement, .. } => Some(settlement.clone()),
            _ => None,
        });
        settled.collect()
    }

    fn passes(&mut self, millis: i64) {
        self.now += millis;
        self.input(Input::Due);
    }
}

#[test]
fn a_request_is_written_down_shown_and_answered_by_a_host() {
    let mut bench = Bench::new();
    bench.say("ana", "I look.");
    let ask = bench.wants(1, "Bash");
    assert!(matches!(bench.shown.last(), Some(FrameBody::Asked { ask: shown, .. }) if *shown == ask));
    assert_eq!(bench.machine.due(), Some(Timestamp::from_millis(bench.now + 60_000)));
    bench.answers("ben", Role::Player, ask, AskReply::Once);
    assert_eq!(bench.last_answer(), &Err(Refusal::NotHost));
    bench.answers("cy", Role::Spectator, ask, AskReply::Once);
    assert_eq!(bench.last_answer(), &Err(Refusal::Spectator));
    assert_eq!(bench.verdicts, []);
    bench.allows(ask, AskReply::Once);
    assert_eq!(bench.last_answer(), &Ok(Answer::Done(Done::Answered(ask))));
    assert_eq!(bench.verdicts, [(1, Verdict::Allow)]);
    assert_eq!(bench.machine.due(), None);
    bench.allows(ask, AskReply::Deny);
    assert_eq!(bench.last_answer(), &Err(Refusal::AskSettled));
    assert_eq!(fold(&bench.log), bench.machine.state);
}

#[test]
fn the_answer_is_in_the_log_before_the_provider_hears_it() {
    let mut bench = Bench::new();
    bench.say("ana", "I look.");
    let ask = bench.wants(1, "Bash");
    let command = Command::Answer { ask, reply: AskReply::Once };
    let step = bench
        .machine
        .handle(Timestamp::from_millis(9_000), Input::Command { person: person("ana"), command, ask: Ask(99) });
    assert!(matches!(step.record.last().unwrap().kind, EventKind::AskSettled { .. }));
    assert!(step.then.iter().any(|effect| matches!(effect, Effect::Tell { key: 1, verdict: Verdict::Allow, .. })));
}

#[test]
fn nobody_in_time_is_a_no() {
    let mut bench = Bench::new();
    bench.say("ana", "I look.");
    let ask = bench.wants(1, "Bash");
    bench.passes(1_000);
    assert_eq!(bench.verdicts, []);
    bench.passes(60_000);
    assert_eq!(bench.verdicts, [(1, Verdict::Deny)]);
    assert_eq!(bench.settled(), [Settlement::TimedOut]);
    bench.allows(ask, AskReply::Once);
    assert_eq!(bench.last_answer(), &Err(Refusal::AskSettled));
}

#[test]
fn leave_for_a_scene_ends_with_it_and_with_what_is_taken_back() {
    for end in [Command::SceneEnd, Command::SceneNew { title: None, greeting: None }, Command::Undo, Command::Reset] {
        let mut bench = Bench::new();
        bench.say("ana", "I look.");
        let (ask, also) = (bench.wants(1, "Bash"), bench.wants(2, "Bash"));
        bench.wants(3, "Write");
        bench.allows(ask, AskReply::Scene);
        assert_eq!(bench.verdicts, [(1, Verdict::Allow), (2, Verdict::Allow)], "what is asked already is allowed too");
        bench.allows(also, AskReply::Deny);
        assert_eq!(bench.last_answer(), &Err(Refusal::AskSettled));
        bench.reply("Done.");
        bench.say("ana", "Again.");
        bench.wants(1, "Bash");
        assert_eq!(bench.verdicts.last(), Some(&(1, Verdict::Allow)));
        assert_eq!(bench.settled().last(), Some(&Settlement::AsBefore));
        bench.reply("Done.");
        bench.command(end.clone());
        bench.say("ana", "Once more.");
        let asked = bench.verdicts.len();
        bench.wants(1, "Bash");
        assert_eq!(bench.verdicts.len(), asked, "{end:?}: it is asked again");
    }
}

#[test]
fn a_restart_settles_what_was_asked_and_keeps_what_was_allowed() {
    let mut bench = Bench::new();
    bench.say("ana", "I look.");
    let scene = bench.wants(1, "Bash");
    bench.allows(scene, AskReply::Scene);
    let old = bench.wants(2, "Write");
    let mut bench = bench.restart();
    assert_eq!(bench.settled().last(), Some(&Settlement::Lapsed));
    bench.allows(old, AskReply::Once);
    assert_eq!(bench.last_answer(), &Err(Refusal::AskSettled));
    bench.wants(1, "Bash");
    assert_eq!(bench.verdicts, [(1, Verdict::Allow)], "the scene's leave survived");
    let fresh = bench.wants(2, "Write");
    assert_ne!(fresh, old);
    bench.allows(fresh, AskReply::Deny);
    assert_eq!(bench.verdicts.last(), Some(&(2, Verdict::Deny)));
}

#[test]
fn a_question_is_for_those_who_acted() {
    let mut bench = Bench::new();
    bench.say("ana", "I look.");
    let player = |name| Person { role: Role::Player, ..person(name) };
    let (ask, source) = (bench.ask(), SourceId::new("test:ben"));
    bench.input(Input::Say {
        person: player("ben"),
        source,
        text: "Me too.".into(),
        files: Vec::new(),
        secret: false,
        ask,
    });
    let question = || Request::choice("Where to?", ["Left", "Right"]);
    let first = bench.asks(1, question());
    bench.answers("ben", Role::Player, first, AskReply::Choice(0));
    assert_eq!(bench.last_answer(), &Err(Refusal::NotAsked), "ben's action waits for the next turn");
    bench.answers("ana", Role::Player, first, AskReply::Choice(2));
    assert!(matches!(bench.last_answer(), Err(Refusal::NoAnswer { .. })));
    bench.answers("ana", Role::Player, first, AskReply::Choice(1));
    let second = bench.asks(2, question());
    bench.answers("ana", Role::Player, second, AskReply::Once);
    assert!(matches!(bench.last_answer(), Err(Refusal::NoAnswer { .. })), "leave is no answer to a question");
    bench.answers("dee", Role::Host, second, AskReply::Words(" Up. ".into()));
    assert_eq!(bench.verdicts, [(1, Verdict::Choice(1)), (2, Verdict::Words("Up.".into()))]);
}

#[test]
fn the_end_of_a_turn_and_a_stop_leave_nothing_to_answer() {
    let mut bench = Bench::new();
    bench.say("ana", "I look.");
    let ask = bench.wants(1, "Bash");
    bench.command(Command::Stop);
    bench.allows(ask, AskReply::Once);
    assert_eq!(bench.last_answer(), &Err(Refusal::AskSettled));
    bench.fail(FaultKind::Other);
    assert_eq!(bench.settled(), [Settlement::Lapsed]);
    assert_eq!((bench.verdicts.len(), bench.machine.due()), (0, None));
}

#[test]
fn a_table_without_tools_declines_without_a_word() {
    let mut bench = Bench::with(Setup { ask_ms: None, ..setup() }, Vec::new());
    bench.say("ana", "I look.");
    let before = bench.log.len();
    bench.wants(1, "Bash");
    assert_eq!((bench.verdicts.as_slice(), bench.log.len()), ([(1, Verdict::Deny)].as_slice(), before));
}

#[test]
fn a_flood_of_requests_is_declined_unheard() {
    let mut bench = Bench::new();
    bench.say("ana", "I look.");
    for key in 0..20 {
        bench.wants(key, "Bash");
    }
    assert_eq!(bench.machine.state.ledger.asks.open.len(), 8);
    assert_eq!(bench.verdicts.len(), 12);
}

proptest! {
    /// Whatever happens in whatever order: a request is settled at most once, told at most once, and never allowed but
    /// by a host or by leave for the scene; folding the log gives the state.
    #[test]
    fn every_request_is_settled_once(steps in prop::collection::vec((0..8u8, 0..4u8), 1..60)) {
        let mut bench = Bench::new();
        let mut key = 0;
        for (step, which) in steps {
            let open: Vec<AskId> = bench.machine.state.ledger.asks.open.iter().map(|open| open.ask).collect();
            let ask = open.get(usize::from(which)).copied().unwrap_or(AskId::new(1));
            let running = bench.running.is_some();
            match step {
                0 => bench.say("ana", "I look."),
                1 | 2 if running => {
                    key += 1;
                    bench.wants(key, ["Bash", "Write"][usize::from(which % 2)]);
                }
                3 => bench.allows(ask, [AskReply::Once, AskReply::Scene, AskReply::Deny, AskReply::Choice(0)][usize::from(which)].clone()),
                4 => bench.answers("ben", Role::Player, ask, AskReply::Once),
                5 => bench.passes(i64::from(which) * 30_000),
                6 if running => bench.reply("Told."),
                7 => bench = bench.restart(),
                _ => {}
            }
            prop_assert_eq!(&fold(&bench.log), &bench.machine.state);
        }
        let asked = bench.log.iter().filter(|event| matches!(event.kind, EventKind::Asked { .. })).count();
        let mut settled: Vec<AskId> = bench.log.iter().filter_map(|event| match event.kind {
            EventKind::AskSettled { ask, .. } => Some(ask),
            _ => None,
        }).collect();
        let all = settled.len();
        settled.dedup();
        prop_assert_eq!(settled.len(), all);
        prop_assert_eq!(all + bench.machine.state.ledger.asks.open.len(), asked);
        let by_player = bench.log.iter().any(|event| match (&event.kind, event.actor) {
            (EventKind::AskSettled { .. }, Actor::Seat(seat)) => {
                bench.machine.state.ledger.seat(seat).is_some_and(|seat| seat.role != Role::Host)
            }
            _ => false,
        });
        prop_assert!(!by_player);
    }
}
