//! A turn is followed until it ends; what is asked meanwhile is answered by whoever sits there.
//! What a frame looks like stands in `frames.rs`.

use std::collections::VecDeque;
use std::io;

use super::frames::Telling;
use super::{Player, Sitting};
use crate::domain::{ActionId, AskReply, Command, TurnNo};
use crate::door::terminal::asked::Asked;
use crate::door::terminal::page::Page;
use crate::door::terminal::reader::Lines;
use crate::door::terminal::typed::{self, Typed};
use crate::door::terminal::wording as own;
use crate::door::{asking_wording, wording};
use crate::table::{FrameBody, Watch, Watched};

/// What a player waits for.
pub(super) enum Awaited {
    Action(ActionId),
    /// One that is not shown when its turn opens.
    Secret(ActionId),
    AnyTurn,
}

impl Player {
    /// Shows a turn until it ends. Ctrl-C stops the turn, a second one leaves.
    pub(super) async fn follow(
        &mut self,
        awaited: Awaited,
        mut turn: Option<TurnNo>,
        watch: &mut Watch,
        lines: &mut Lines,
    ) -> io::Result<Sitting> {
        let mut page = Page::new(io::stdout(), self.looks.width, self.looks.styled);
        let mut telling = Telling::default();
        let mut stopping = false;
        let mut asked = VecDeque::new();
        self.show_open(&mut asked, lines).await?;
        loop {
            let frame = tokio::select! {
                watched = watch.next() => match watched {
                    Watched::Frame(frame) => frame,
                    Watched::Missed(_) => continue,
                    Watched::Closed => return Ok(Sitting::Over),
                },
                line = lines.next(), if lines.is_a_person() && !asked.is_empty() => {
                    self.answer(line, &asked).await?;
                    continue;
                }
                Some(()) = self.interrupts.recv() => {
                    if std::mem::replace(&mut stopping, true) {
                        page.finish()?;
                        return Ok(Sitting::Over);
                    }
                    // That no turn runs any more is as good as stopping it.
                    drop(self.table.command(self.person.clone(), Command::Stop).await);
                    continue;
                }
            };
            match &frame.body {
                FrameBody::Asked { ask, request, .. } => {
                    page.finish()?;
                    self.show_asked(Asked { ask: *ask, request: request.clone() }, &mut asked, lines)?;
                }
                FrameBody::AskSettled { ask, settlement, by, .. } => {
                    asked.retain(|asked| asked.ask != *ask);
                    page.finish()?;
                    self.note(&asking_wording::settled(settlement, by.as_deref(), str::to_owned))?;
                }
                _ => {}
            }
            if let FrameBody::TurnOpened { turn: opened, said, .. } = &frame.body {
                let ours = match awaited {
                    Awaited::AnyTurn | Awaited::Secret(_) => true,
                    Awaited::Action(action) => said.iter().any(|said| said.action == action),
                };
                if ours {
                    turn = Some(*opened);
                }
            }
            if let (FrameBody::Skipped { action, why }, Awaited::Action(awaited) | Awaited::Secret(awaited)) =
                (&frame.body, &awaited)
                && action == awaited
            {
                self.note(wording::skipped(*why))?;
                return Ok(Sitting::GoesOn);
            }
            if self.show(&frame, turn, &mut page, &mut telling).await? {
                return Ok(if self.ending.is_cancelled() { Sitting::Over } else { Sitting::GoesOn });
            }
        }
    }

    /// Shows what was asked before anybody looked on.
    async fn show_open(&self, asked: &mut VecDeque<Asked>, lines: &Lines) -> io::Result<()> {
        let Ok(view) = self.table.view().await else { return Ok(()) };
        for open in view.asks {
            self.show_asked(Asked { ask: open.ask, request: open.request }, asked, lines)?;
        }
        Ok(())
    }

    /// Shows what is asked, and says where it cannot be answered.
    fn show_asked(&self, new: Asked, asked: &mut VecDeque<Asked>, lines: &Lines) -> io::Result<()> {
        if asked.iter().any(|known| known.ask == new.ask) {
            return Ok(());
        }
        self.note(&new.shown())?;
        self.note(if lines.is_a_person() { new.how() } else { own::NOBODY_HERE })?;
        asked.push_back(new);
        Ok(())
    }

    /// Takes a line typed while something is asked: an answer, `/stop`, or neither. Leaving the prompt is a no.
    async fn answer(&self, line: Option<String>, asked: &VecDeque<Asked>) -> io::Result<()> {
        let Some(first) = asked.front() else { return Ok(()) };
        let reply = match &line {
            None => Some(AskReply::Deny),
            Some(line) => first.read(line),
        };
        let stops = line.as_deref().is_some_and(|line| typed::read(line) == Typed::Command(Command::Stop));
        let command = match reply {
            _ if stops => Command::Stop,
            Some(reply) => Command::Answer { ask: first.ask, reply },
            None => return self.note(first.how()),
        };
        match self.table.command(self.person.clone(), command).await {
            Ok(_) => Ok(()),
            Err(error) => self.note(&wording::table_error(&error)),
        }
    }
}
