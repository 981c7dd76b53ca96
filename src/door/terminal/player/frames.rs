//! What the frames of a turn look like at the terminal, and how its end is said.
//! It waits for nothing and answers nothing.

use std::io::{self, Write};

use super::{Player, plain};
use crate::domain::{EventSeq, GameEvent, TurnNo};
use crate::door::terminal::page::Page;
use crate::door::terminal::wording as own;
use crate::door::{fights, letters as letter_words, rolls, sheets, wording};
use crate::format::escape;
use crate::table::{Frame, FrameBody, TurnEnd};

/// Makes streaming text fit to be shown.
#[derive(Default)]
pub(super) struct Telling {
    harmless: escape::TerminalFilter,
}

impl Telling {
    fn visible(&mut self, delta: &str) -> String {
        self.harmless.push(delta)
    }
}

impl Player {
    /// Shows one frame; true when it ended the turn that is followed.
    pub(super) async fn show(
        &self,
        frame: &Frame,
        followed: Option<TurnNo>,
        page: &mut Page<io::Stdout>,
        telling: &mut Telling,
    ) -> io::Result<bool> {
        match &frame.body {
            FrameBody::Text { append, .. } if self.looks.streaming => page.push(&telling.visible(append))?,
            FrameBody::Replaced { text, .. } if self.looks.streaming => {
                page.finish()?;
                page.line("(The game master begins anew.)")?;
                *telling = Telling::default();
                page.push(&telling.visible(text))?;
            }
            FrameBody::Trespassed { turn, characters } if Some(*turn) == followed => {
                page.finish()?;
                self.note(&plain(&wording::trespassed(characters)))?;
            }
            FrameBody::OtherVoice { turn, provider, resting, purse, in_fiction } => {
                page.finish()?;
                let (tale, note) = wording::other_voice(*turn, provider, resting, *purse);
                if *in_fiction {
                    self.note(tale)?;
                }
                self.note(&note)?;
            }
            FrameBody::Queued { ahead, .. } => {
                self.note(&wording::queued(*ahead))?;
            }
            FrameBody::Retrying { attempt, of, cause, .. } => {
                self.note(&wording::retrying(*cause, *attempt, *of))?;
            }
            FrameBody::Quiet { seconds, .. } => {
                self.note(&format!("Nothing heard for {seconds} seconds. Ctrl-C stops the turn."))?;
            }
            FrameBody::Reminded { .. } => self.note(wording::REMINDED)?,
            FrameBody::Tool { name, .. } => self.note(&format!("The game master uses {}.", escape::terminal(name)))?,
            FrameBody::NotSaved { error, disk_full } => self.note(&wording::not_saved(error, *disk_full))?,
            FrameBody::Game { event, what: GameEvent::Whispered(whisper), .. } if Some(whisper.to) == self.seat => {
                page.finish()?;
                self.show_letter(*event, whisper).await?;
            }
            FrameBody::Letter { event, by } if !self.is_mine(*event).await => self.note(letter_words::envelope(*by))?,
            FrameBody::Game { event, what, .. } if *event > self.rolled_upto => {
                if let Some(text) = own::happened(what) {
                    page.finish()?;
                    self.say(&text)?;
                } else {
                    page.finish()?;
                    self.show_change(*event, what).await?;
                }
            }
            FrameBody::TurnEnded { turn, end } if Some(*turn) == followed => {
                self.show_end(end, page).await?;
                self.show_rolls_asked_for().await?;
                self.show_next_up().await?;
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    /// What changed on a sheet or in the world, or was thrown for a fight.
    pub(super) async fn show_change(&self, event: EventSeq, what: &GameEvent) -> io::Result<()> {
        let seats = self.table.view().await.map_or_else(|_| Vec::new(), |view| view.people());
        if let Some(text) = sheets::happened(what, event.get(), &seats).or_else(|| fights::happened(what, &seats)) {
            return self.say(&plain(&text));
        }
        own::initiative(what, &seats).map_or(Ok(()), |text| self.say(&text))
    }

    /// What the game master asks to be rolled.
    async fn show_rolls_asked_for(&self) -> io::Result<()> {
        let (Ok(view), Ok(game)) = (self.table.view().await, self.table.game(None).await) else { return Ok(()) };
        for kept in game.dice.asked {
            let people = view.people();
            let name = people.iter().find(|seat| Some(seat.id) == kept.request.seat).map(|seat| seat.name.as_str());
            self.say(&plain(&rolls::asked(name, &kept.request, None)))?;
            self.note("/roll throws it.")?;
        }
        Ok(())
    }

    async fn show_end(&self, end: &TurnEnd, page: &mut Page<io::Stdout>) -> io::Result<()> {
        match end {
            TurnEnd::Answered { .. } if self.looks.streaming => {
                page.finish()?;
                page.push("\n")?;
            }
            TurnEnd::Answered { title, reply } => {
                let title = title.as_ref().map_or_else(String::new, |title| format!("# {title}\n\n"));
                self.say(&format!("{title}{}", reply.to_markdown()))?;
                // A blank line ends a reply, so that a script can tell one from the next.
                io::stdout().lock().write_all(b"\n")?;
            }
            TurnEnd::Failed { fault, error, until } => {
                page.finish()?;
                let provider = self.present_provider().await;
                self.note(&wording::fault(*fault, &provider, *until, error))?;
            }
            TurnEnd::Stopped => {
                page.finish()?;
                self.note("Stopped. /retry tells it anew.")?;
            }
            TurnEnd::Faded => {
                page.finish()?;
                self.note(wording::FADED)?;
            }
            TurnEnd::Interrupted => {
                page.finish()?;
                self.note("The program is ending; this is answered when it is back.")?;
            }
        }
        Ok(())
    }
}
