//! The cast as people play it: finds the characters that people name, and has the machine decide about them.
//! Cards are the record of who there is; who plays whom is in the log.

use super::{Actor, Waiter};
use crate::domain::{Part, PartDeed, PartDenied, Person, Refusal, SourceId};
use crate::table::handle::{PartWish, Reply};
use crate::table::machine::{Answer, Input};

/// How many names a refusal lists.
const LISTED: usize = 12;

impl Actor {
    /// Everybody in the cast.
    pub(super) async fn cast(&self) -> Vec<Part> {
        let members = self.folder.cast().members(&self.settings.characters).await;
        members.iter().map(crate::character::Member::part).collect()
    }

    /// The character of that name; somebody who is played is found also when the card is gone.
    pub(super) async fn character(&self, name: &str) -> Result<Part, PartDenied> {
        let cast = self.cast().await;
        // Whoever bears the name comes before those whose first name it is.
        let exact = |part: &&Part| part.slug == name || part.name == name;
        let found = cast.iter().find(exact).or_else(|| cast.iter().find(|part| part.is_called(name))).cloned();
        let played = || {
            let mut played = self.machine.state().ledger.parts.all().iter().map(|played| &played.part);
            played.find(|part| part.is_called(name)).cloned()
        };
        found.or_else(played).ok_or_else(|| PartDenied::NoSuchCharacter {
            name: name.chars().filter(|c| !c.is_control()).take(40).collect(),
            known: cast.iter().map(|part| part.name.clone()).take(LISTED).collect(),
        })
    }

    pub(super) async fn say_as(&mut self, person: Person, source: SourceId, text: String, name: &str, reply: Reply) {
        match self.heard_before(&source).await {
            Ok(Some(answer)) => return drop(reply.send(Ok(answer))),
            Ok(None) => {}
            Err(failure) => return drop(reply.send(Err(self.not_saved(&failure)))),
        }
        match self.character(name).await {
            Ok(character) => {
                let ask = self.expect_answer(Waiter::Door(reply));
                self.input(Input::SayAs { person, source, text, character, ask }).await;
            }
            Err(denied) => refuse(reply, denied),
        }
    }

    pub(super) async fn change_parts(&mut self, person: Person, wish: PartWish, reply: Reply) {
        let deed = match wish {
            PartWish::Take(name, to) => self.character(&name).await.map(|character| PartDeed::Take { character, to }),
            PartWish::Drop(name) => self.character(&name).await.map(|character| PartDeed::Drop { character }),
            PartWish::Aloud(name) => {
                self.character(&name).await.map(|character| PartDeed::Aloud { character: Some(character) })
            }
            PartWish::Off => Ok(PartDeed::Aloud { character: None }),
        };
        match deed {
            Ok(deed) => {
                let ask = self.expect_answer(Waiter::Door(reply));
                self.input(Input::Part { person, deed, ask }).await;
            }
            Err(denied) => refuse(reply, denied),
        }
    }
}

pub(super) fn refuse(reply: Reply, denied: PartDenied) {
    let refused: Result<Answer, _> = Err(Refusal::Part(denied).into());
    drop(reply.send(refused));
}
