//! Fights and turns at the terminal: what is typed about them, the card as text, and whose move it is after a reply.
//! The words are those of every door, without their marks.

use std::io;

use super::{Awaited, Player, Sitting, plain};
use crate::domain::{Deed, Event, EventKind, Held};
use crate::door::fights::{self, Board};
use crate::door::terminal::reader::Lines;
use crate::door::terminal::wording as own;
use crate::table::Watch;
use crate::table::machine::Answer;

impl Player {
    /// `/fight VERB REST`.
    pub(super) async fn fight(
        &mut self,
        verb: &str,
        rest: &str,
        number: u64,
        watch: &mut Watch,
        lines: &mut Lines,
    ) -> io::Result<Sitting> {
        if verb == "show" {
            return self.show_board().await;
        }
        let Some(seat) = self.seat else { return Ok(Sitting::GoesOn) };
        let nonce = format!("{}:{number}", self.sitting);
        match fights::fight_deed(verb, rest, (seat, &self.person.name), nonce) {
            Some(deed) => self.turns_deed(Deed::Fight(deed), watch, lines).await,
            None => self.no_such("fight", verb, "fight next"),
        }
    }

    /// `/turns VERB REST`.
    pub(super) async fn turns(
        &mut self,
        verb: &str,
        rest: &str,
        watch: &mut Watch,
        lines: &mut Lines,
    ) -> io::Result<Sitting> {
        if verb == "show" {
            return self.show_board().await;
        }
        let seats = self.table.view().await.map_or_else(|_| Vec::new(), |view| view.seats);
        let named = |name: &str| {
            let seat = seats.iter().find(|seat| seat.name.to_lowercase() == name.to_lowercase());
            seat.map(|seat| seat.id)
        };
        // Without a name the one who sits here is meant.
        let own = if verb == "spotlight" && rest.is_empty() { &self.person.name } else { rest };
        match fights::gathering(verb, rest).or_else(|| fights::turns_deed(verb, own, named)) {
            Some(deed) => self.turns_deed(Deed::Turns(deed), watch, lines).await,
            None => self.no_such("turns", verb, "turns round"),
        }
    }

    fn no_such(&self, command: &str, verb: &str, nearest: &'static str) -> io::Result<Sitting> {
        self.say(&own::unknown(&format!("{command} {verb}"), Some(nearest)))?;
        Ok(Sitting::GoesOn)
    }

    async fn turns_deed(&mut self, deed: Deed, watch: &mut Watch, lines: &mut Lines) -> io::Result<Sitting> {
        match self.table.deed(self.person.clone(), deed).await {
            Ok(Answer::Happened(events)) => {
                self.rolled_upto = events.last().map_or(self.rolled_upto, |event| event.seq);
                self.show_turns(&events).await?;
                // What was kept for this moment may be on its way now.
                match self.table.view().await.ok().and_then(|view| view.running) {
                    Some(turn) => self.follow(Awaited::AnyTurn, Some(turn), watch, lines).await,
                    None => self.show_board().await,
                }
            }
            Ok(_) => Ok(Sitting::GoesOn),
            Err(error) => self.refused(&error),
        }
    }

    async fn show_turns(&self, events: &[Event]) -> io::Result<()> {
        for event in events {
            let EventKind::Game(what) = &event.kind else { continue };
            match own::happened(what) {
                Some(text) => self.say(&text)?,
                None => self.show_change(event.seq, what).await?,
            }
        }
        Ok(())
    }

    /// The card as text.
    async fn show_board(&self) -> io::Result<Sitting> {
        let game = self.table.game(Some(self.person.id.clone())).await;
        let (view, game) = match (self.table.view().await, game) {
            (Ok(view), Ok(game)) => (view, game),
            (Err(error), _) | (_, Err(error)) => return self.refused(&error),
        };
        let board = Board { game: &game, seats: &view.seats, floor: &view.floor, declared: &view.declared };
        self.say(&plain(&fights::show(board)))?;
        Ok(Sitting::GoesOn)
    }

    /// After a reply: the order and whose move it is, where that matters.
    pub(super) async fn show_next_up(&self) -> io::Result<()> {
        let (Ok(view), Ok(game)) = (self.table.view().await, self.table.game(None).await) else { return Ok(()) };
        let board = Board { game: &game, seats: &view.seats, floor: &view.floor, declared: &view.declared };
        match fights::card(board) {
            Some((_, text)) => self.say(&plain(&text)),
            None => Ok(()),
        }
    }

    /// Says why what was said is not told yet.
    pub(super) async fn say_held(&self, held: &Held) -> io::Result<Sitting> {
        let seats = self.table.view().await.map_or_else(|_| Vec::new(), |view| view.seats);
        self.note(&plain(&fights::held(held, &seats)))?;
        Ok(Sitting::GoesOn)
    }
}
