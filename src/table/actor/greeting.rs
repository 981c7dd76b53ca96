//! The greetings on the cards of the cast, with the players' names in them, and the one that is to open a scene.
//! Whether it is told is the machine's to decide.

use super::casting::refuse;
use super::{Actor, Waiter};
use crate::character::Member;
use crate::domain::{Command, Greeting, PartDenied, Person, Role};
use crate::format::macros::number;
use crate::table::greeting::{CardGreeting, GreetingWish};
use crate::table::handle::Reply;
use crate::table::machine::Input;

impl Actor {
    /// Every greeting of the cast, as it would be told now.
    pub(super) async fn greetings(&self) -> Vec<CardGreeting> {
        let members = self.folder.cast().members(&self.settings.characters).await;
        let of = |member: Member| {
            let count = member.persona.greetings.len();
            let told = (1..=count).filter_map(|which| Some((which, self.told(&member, which)?))).collect::<Vec<_>>();
            let by = member.part();
            told.into_iter().map(move |(which, words)| CardGreeting { by: by.clone(), which, words })
        };
        members.into_iter().flat_map(of).collect()
    }

    /// Has a scene opened by a character.
    pub(super) async fn greet(&mut self, person: Person, title: Option<String>, wish: GreetingWish, reply: Reply) {
        match self.greeting(&wish).await {
            Ok(greeting) => {
                let ask = self.expect_answer(Waiter::Door(reply));
                let command = Command::SceneNew { title, greeting: Some(greeting) };
                self.input(Input::Command { person, command, ask }).await;
            }
            Err(denied) => refuse(reply, denied),
        }
    }

    async fn greeting(&self, wish: &GreetingWish) -> Result<Greeting, PartDenied> {
        let by = self.character(&wish.character).await?;
        let members = self.folder.cast().members(&self.settings.characters).await;
        let member = members.iter().find(|member| member.slug == by.slug);
        match member.and_then(|member| self.told(member, wish.which)) {
            Some(words) => Ok(Greeting { by, words }),
            None => {
                let count = member.map_or(0, |member| member.persona.greetings.len());
                Err(PartDenied::NoSuchGreeting { character: by.name, count })
            }
        }
    }

    /// A greeting of theirs in words; the same until the next turn, so that what is looked at is what is told.
    fn told(&self, member: &Member, which: usize) -> Option<String> {
        let seed = number(&[self.machine.state().ledger.last_turn]);
        member.persona.greeting(which.checked_sub(1)?, &self.played_with(), seed)
    }

    /// Whom a card means by its player: everybody who plays, as their characters are called.
    fn played_with(&self) -> String {
        let ledger = &self.machine.state().ledger;
        let playing = ledger.seats.iter().filter(|seat| seat.role != Role::Spectator);
        let name = |seat: &crate::domain::Seat| {
            let part = ledger.parts.meant(seat.id);
            part.map_or_else(|| seat.name.clone(), |part| part.name.clone())
        };
        playing.map(name).collect::<Vec<_>>().join(", ")
    }
}
