//! Who of those whom the game master plays knows of what: by being there, or by being told.

use super::*;

impl Play {
    /// The game master does something while it answers.
    async fn deed(&mut self, deed: Deed) {
        let (turn, ask) = (self.running.expect("a turn runs"), self.ask());
        self.input(Input::Deed { by: By::Gm(turn), deed, ask }).await;
    }

    async fn turn(&mut self, said: &str, told: &str) -> String {
        self.say(false, "ana", said).await;
        self.answer(told).await
    }

    /// What one of the game master's own knows of a word, as far as `viewer` may know it.
    async fn known_to(&self, viewer: Viewer, name: &str, word: &str) -> String {
        let (wanted, query, names) = (self.wanted(viewer), Query::of([word]), [name.to_owned()]);
        let found = self.store.memories_known_to(wanted, &query, &names, 50).await.unwrap();
        found.into_iter().map(|found| found.memory.text + "\n").collect()
    }

    async fn number_of(&self, word: &str) -> MemoryId {
        let found = self.store.memories_found(self.wanted(Viewer::Gm), &Query::of([word]), 1).await.unwrap();
        found[0].memory.id
    }
}

fn told(memory: MemoryId, to: &str) -> Deed {
    let what = MemoryEvent::Told { memory, to: vec![to.to_owned()] };
    Deed::Remember { what, audience: Audience::Gm }
}

fn leaves(name: &str) -> Deed {
    Deed::World(WorldDeed::Presence { enter: Vec::new(), leave: vec![name.to_owned()] })
}

/// The line over the memory that holds a word.
fn heading<'a>(prompt: &'a str, word: &str) -> &'a str {
    let lines: Vec<_> = prompt.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("| ") && line.contains(word)).expect(prompt);
    lines[..at].iter().rev().find(|line| line.starts_with("[memory")).expect(prompt)
}

#[tokio::test]
async fn tomas_knows_what_he_saw_and_was_told_and_forgets_it_with_an_undo() {
    let mut play = Play::new().await;
    play.turn("I give Mira the opal.", "**Mira:** It goes under the thirteenth stair.").await;
    play.command(Command::SceneEnd).await;
    play.turn("We wait at the inn.", "**Tomas:** Welcome.\n\n**Mira:** Good evening.").await;
    let asked = "I ask where the opal is.";
    let prompt = play.turn(asked, "A silence falls.").await;
    let line = heading(&prompt, "thirteenth stair");
    assert!(line.contains("seen by Mira") && line.contains("not known to Tomas"), "{line}");
    assert!(!play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"));
    assert!(play.known_to(Viewer::Gm, "mira", "opal").await.contains("stair"));

    play.say(false, "ana", "I go to bed.").await;
    let memory = play.number_of("thirteenth").await;
    play.deed(told(memory, "Tomas")).await;
    play.answer("Later, steps.").await;
    let prompt = play.turn(asked, "Somebody coughs.").await;
    let line = heading(&prompt, "thirteenth stair");
    assert!(line.contains("seen by Mira") && line.contains("only heard of by Tomas"), "{line}");
    assert!(play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"));

    play.command(Command::Undo).await;
    assert!(play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"), "that turn did not tell him");
    play.command(Command::Undo).await;
    assert!(!play.known_to(Viewer::Gm, "tomas", "opal").await.contains("stair"));
    let prompt = play.turn(asked, "Nothing.").await;
    assert!(heading(&prompt, "thirteenth stair").contains("not known to Tomas"));
    assert_eq!(play.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn who_leaves_or_has_not_come_yet_knows_nothing_of_it_and_a_turn_that_fails_moves_nobody() {
    let mut play = Play::new().await;
    play.turn("I enter.", "**Mira:** Come in.").await;
    play.say(false, "ana", "I wait until Mira is gone and read the ledger.").await;
    play.deed(leaves("mira")).await;
    play.answer("The ledger names a smuggler.").await;
    assert!(!play.known_to(Viewer::Gm, "mira", "ledger").await.contains("smuggler"));
    assert!(play.machine.state().tale.game.world.here.is_empty());
    let prompt = play.turn("I call for Tomas.", "**Tomas:** Yes?").await;
    assert!(!prompt.contains("Here, played by you"), "{prompt}");
    let prompt = play.turn("I greet Tomas.", "He nods at the lantern.").await;
    assert!(prompt.contains("Here, played by you: Tomas (saw nothing up to turn 2)"), "{prompt}");
    assert!(play.known_to(Viewer::Gm, "tomas", "lantern").await.contains("lantern"));
    assert!(!play.known_to(Viewer::Gm, "tomas", "ledger").await.contains("smuggler"));

    // What was done in a turn that is not answered was not done: he is still there and was told nothing.
    play.say(false, "ana", "I think of the smuggler.").await;
    let memory = play.number_of("smuggler").await;
    play.deed(told(memory, "Tomas")).await;
    play.deed(leaves("Tomas")).await;
    let turn = play.running.take().unwrap();
    let end = Err(crate::domain::Fault::new(crate::domain::FaultKind::Other, "away"));
    play.input(Input::Ended { turn, end, error: ErrorId::new("E-TEST") }).await;
    play.turn("I light the candle.", "It burns.").await;
    assert!(play.known_to(Viewer::Gm, "tomas", "candle").await.contains("burns"));
    assert!(!play.known_to(Viewer::Gm, "tomas", "ledger").await.contains("smuggler"));
    play.command(Command::SceneEnd).await;
    assert!(play.machine.state().tale.game.world.here.is_empty(), "nobody is there when a scene ends");
    assert_eq!(play.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_character_was_told_of_a_seats_secret_reaches_no_other_seat() {
    let mut play = Play::new().await;
    play.turn("We sit down.", "**Tomas:** Well?").await;
    play.say(true, "ben", "I hide the ring in the hollow oak.").await;
    play.answer("The evening goes on.").await;
    play.say(false, "ana", "I look around.").await;
    assert!(!play.known_to(Viewer::Gm, "tomas", "oak").await.contains("oak"), "he was there, but it was in secret");
    let memory = play.number_of("oak").await;
    play.deed(told(memory, "Tomas")).await;
    let what = MemoryEvent::Noted {
        tier: Tier::Rumour,
        text: "The crown is glass.".to_owned(),
        characters: Some(vec!["Odo".to_owned()]),
    };
    play.deed(Deed::Remember { what, audience: Audience::Gm }).await;
    play.answer("All is quiet.").await;
    let [ana, ben] = [1, 2].map(|seat| Viewer::Seat(SeatId::new(seat)));
    assert!(play.known_to(Viewer::Gm, "tomas", "oak").await.contains("hollow oak"));
    assert!(play.known_to(ben, "tomas", "oak").await.contains("hollow oak"));
    assert_eq!(play.known_to(ana, "tomas", "oak").await, "");
    assert_eq!(play.known_to(Viewer::Public, "tomas", "oak").await, "");
    assert!(play.known_to(Viewer::Gm, "odo", "crown").await.contains("glass"));
    assert_eq!(play.known_to(ana, "odo", "crown").await, "");
    assert_eq!(play.known_to(Viewer::Gm, "tomas", "crown").await, "");
}
