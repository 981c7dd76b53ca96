//! Whatever is done in whatever order: the state is the fold of the log, and no action is lost.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Move {
    Say(bool),
    Text,
    Reply,
    Fail(bool),
    Command(u8),
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => any::<bool>().prop_map(Move::Say),
        2 => Just(Move::Text),
        5 => Just(Move::Reply),
        2 => any::<bool>().prop_map(Move::Fail),
        4 => (0u8..8).prop_map(Move::Command),
        1 => Just(Move::Restart),
    ];
    prop::collection::vec(one, 1..60)
}

fn command(number: u8) -> Command {
    match number {
        0 => Command::Stop,
        1 | 2 => Command::Undo,
        3 => Command::Retry,
        4 => Command::Reset,
        5 => Command::SceneNew { title: None, greeting: None },
        6 => Command::SceneEnd,
        _ => Command::Provider { provider: ProviderName::oracle(), model: None },
    }
}

fn outcomes(log: &[Event], action: ActionId) -> usize {
    let skipped =
        |event: &&Event| matches!(event.kind, EventKind::ActionSkipped { action: gone, .. } if gone == action);
    let taken = |event: &&Event| match &event.kind {
        EventKind::TurnOpened { said, .. } => said.iter().any(|said| said.action == action),
        _ => false,
    };
    log.iter().filter(skipped).count() + log.iter().filter(taken).count()
}

proptest! {
    #[test]
    fn the_state_is_the_fold_of_the_log_and_every_action_gets_an_outcome(moves in moves()) {
        let mut bench = Bench::new();
        for (n, one) in moves.into_iter().enumerate() {
            match one {
                Move::Say(ana) => bench.say(if ana { "ana" } else { "ben" }, &format!("Action {n}.")),
                Move::Text if bench.running.is_some() => bench.text("More. "),
                Move::Reply if bench.running.is_some() => bench.reply(&format!("Reply {n}.")),
                Move::Fail(lost) if bench.running.is_some() => {
                    bench.fail(if lost { FaultKind::SessionLost } else { FaultKind::BrokenStream });
                }
                Move::Command(number) => bench.command(command(number)),
                Move::Restart => bench = bench.restart(),
                _ => {}
            }
            prop_assert_eq!(&fold(&bench.log), &bench.machine.state);
            prop_assert_eq!(bench.running.is_some(), bench.machine.is_running());
        }
        while bench.running.is_some() {
            bench.reply("Done.");
        }
        prop_assert!(bench.machine.state.ledger.waiting.is_empty());
        let said = bench.log.iter().filter(|event| event.kind.name() == "action_said");
        for event in said {
            prop_assert!(outcomes(&bench.log, ActionId::new(event.seq.get())) > 0);
        }
        for (n, event) in bench.log.iter().enumerate() {
            prop_assert_eq!(event.seq.get(), n as u64 + 1);
        }
    }
}
