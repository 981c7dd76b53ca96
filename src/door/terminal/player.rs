//! A sitting: reads the player's lines, plays them at the table and shows what comes back, until they leave.
//! A reply on a pipe is written whole when its turn ends, because a pipe cannot take text back.

mod dice;
mod following;
mod frames;
mod letters;
mod lines;
mod looking;
mod memory;
mod privacy;
mod safety;
mod turns;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use super::page::Page;
use super::reader::Lines;
use super::typed::{self, Typed};
use super::wording as own;
use crate::domain::{Command, Deed, Done, EventKind, EventSeq, Person, SafetyAct, SeatId, SourceId, Viewer};
use crate::door::wording;
use crate::format::escape;
use crate::provider::Registry;
use crate::table::machine::Answer;
use crate::table::{Hall, TableError, TableHandle, Watch};
use following::Awaited;

/// How the terminal is to look.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// The terminal's width in columns.
    pub width: usize,
    /// Whether bold may be used.
    pub styled: bool,
    /// Whether text is shown as it comes; otherwise whole replies.
    pub streaming: bool,
}

/// One person at one table.
pub struct Player {
    /// Who plays.
    pub person: Person,
    /// Where.
    pub table: TableHandle,
    /// All tables, to check what is asked for.
    pub hall: Arc<Hall>,
    /// Who can answer.
    pub providers: Registry,
    /// The folder of everything that is kept.
    pub data_dir: PathBuf,
    /// Distinguishes this sitting's lines from those of any other.
    pub sitting: String,
    /// How it looks.
    pub looks: Looks,
    /// Fires when the program ends.
    pub ending: CancellationToken,
    /// Ctrl-C.
    pub interrupts: Signal,
    /// Where they sit, once they do.
    pub seat: Option<SeatId>,
    /// Rolls up to this event were shown.
    pub rolled_upto: EventSeq,
}

/// Whether the sitting goes on.
enum Sitting {
    GoesOn,
    Over,
}

impl Player {
    /// Plays until the player leaves, the input ends or the program does.
    pub async fn play(mut self, mut lines: Lines) -> io::Result<()> {
        if let Ok(Answer::Seated(seat)) = self.table.sit(self.person.clone()).await {
            self.seat = Some(seat);
        }
        let mut watch = self.table.watch(self.seat.map_or(Viewer::Public, Viewer::Seat));
        self.show_letters().await?;
        self.show_where_we_are(&mut watch, &mut lines).await?;
        let mut number = 0_u64;
        loop {
            let line = tokio::select! {
                line = lines.next() => line,
                () = self.ending.cancelled() => None,
            };
            let Some(line) = line else { return Ok(()) };
            number += 1;
            if let Sitting::Over = self.line(&line, number, &mut watch, &mut lines).await? {
                return Ok(());
            }
        }
    }

    /// What a person sees first: where the story stands, and the end of a turn that was taken up again.
    async fn show_where_we_are(&mut self, watch: &mut Watch, lines: &mut Lines) -> io::Result<()> {
        let Ok(view) = self.table.view().await else { return Ok(()) };
        if self.looks.streaming
            && let Some(beat) = &view.last
        {
            let title = view.scene.as_ref().and_then(|(_, title)| title.as_deref());
            self.say(&own::previously(title, beat))?;
        }
        if view.running.is_some() {
            self.note("The last reply was cut off; it is told again.")?;
            self.follow(Awaited::AnyTurn, view.running, watch, lines).await?;
        }
        Ok(())
    }

    async fn line(&mut self, line: &str, number: u64, watch: &mut Watch, lines: &mut Lines) -> io::Result<Sitting> {
        match typed::read(line) {
            Typed::Quit => return Ok(Sitting::Over),
            Typed::Action(text) => {
                if self.looks.streaming && text.trim().is_empty() {
                    return Ok(Sitting::GoesOn);
                }
                let heard = self.table.say(self.person.clone(), self.source(number), text).await;
                return self.heard(heard, watch, lines).await;
            }
            Typed::SayAs { character, text } => {
                let heard = self.table.say_as(self.person.clone(), self.source(number), character, text).await;
                return self.heard(heard, watch, lines).await;
            }
            Typed::Cast => return self.shown(self.show_cast().await),
            Typed::Part(wish) => match self.table.part(self.person.clone(), wish).await {
                Ok(Answer::Parted(done)) => self.say(&plain(&wording::parted(&done)))?,
                Ok(_) => {}
                Err(error) => return self.refused(&error),
            },
            Typed::Command(command) => return self.command(command, watch, lines).await,
            Typed::Greet { wish, title } => match self.table.greet(self.person.clone(), title, wish).await {
                Ok(Answer::Done(done)) => {
                    self.say(&wording::done(&done))?;
                    return self.follow(Awaited::AnyTurn, None, watch, lines).await;
                }
                Ok(_) => {}
                Err(error) => return self.refused(&error),
            },
            Typed::Greetings => match self.table.greetings().await {
                Ok(greetings) => self.say(&own::greetings(&greetings))?,
                Err(error) => return self.refused(&error),
            },
            Typed::Help => self.say(&own::help())?,
            Typed::Status => return self.shown(self.show_status().await),
            Typed::Providers => self.say(&self.show_providers().await)?,
            Typed::Models => self.say(&self.show_models().await)?,
            Typed::Story => self.show_story()?,
            Typed::Roll { notation, shown } => {
                let nonce = format!("{}:{number}", self.sitting);
                let deed = match notation {
                    Some(notation) => Deed::Roll { notation, shown, nonce },
                    None => Deed::AnswerRoll { request: None, nonce },
                };
                return self.roll(deed, watch, lines).await;
            }
            Typed::Whisper { to, text } => return self.whisper(to, text, number, watch, lines).await,
            Typed::Rolls => return self.shown(self.show_tallies().await),
            Typed::Verify(scene) => return self.show_proof(scene).await,
            Typed::Style => return self.shown(self.show_style().await),
            Typed::StopCard => self.stop_card(lines).await?,
            Typed::Lines(what) => self.lines(what).await?,
            Typed::Resume => drop(self.safety(SafetyAct::Resume).await?),
            Typed::Sheet(name) => return self.shown(self.show_sheet(name.as_deref()).await),
            Typed::SheetDeed(deed) => match self.table.deed(self.person.clone(), Deed::Sheet(deed)).await {
                Ok(Answer::Happened(events)) => {
                    self.rolled_upto = events.last().map_or(self.rolled_upto, |event| event.seq);
                    for event in &events {
                        if let EventKind::Game(what) = &event.kind {
                            self.show_change(event.seq, what).await?;
                        }
                    }
                }
                Ok(_) => {}
                Err(error) => return self.refused(&error),
            },
            Typed::Memory(wish) => return self.memory(wish).await,
            Typed::Privacy(wish) => self.privacy(wish).await?,
            Typed::Lore => return self.lore().await,
            Typed::Recap => return self.recap().await,
            Typed::Fight(verb, rest) => return self.fight(&verb, &rest, number, watch, lines).await,
            Typed::Turns(verb, rest) => return self.turns(&verb, &rest, watch, lines).await,
            Typed::Unknown { name, nearest } => self.say(&own::unknown(&name, nearest))?,
        }
        Ok(Sitting::GoesOn)
    }

    /// Names what was heard as this sitting's line of this number.
    fn source(&self, number: u64) -> SourceId {
        SourceId::new(format!("terminal:{}:{number}", self.sitting))
    }

    /// Follows the turn of an action that was heard, or says what it waits for.
    async fn heard(
        &mut self,
        heard: Result<Answer, TableError>,
        watch: &mut Watch,
        lines: &mut Lines,
    ) -> io::Result<Sitting> {
        match heard {
            Ok(Answer::Heard { held: Some(held), .. }) => self.say_held(&held).await,
            Ok(Answer::Heard { action, .. }) => self.follow(Awaited::Action(action), None, watch, lines).await,
            Ok(_) => Ok(Sitting::GoesOn),
            Err(error) => self.refused(&error),
        }
    }

    /// Says what was looked up, or why it was not.
    fn shown(&self, text: Result<String, TableError>) -> io::Result<Sitting> {
        match text {
            Ok(text) => self.say(&text)?,
            Err(error) => return self.refused(&error),
        }
        Ok(Sitting::GoesOn)
    }

    async fn command(&mut self, command: Command, watch: &mut Watch, lines: &mut Lines) -> io::Result<Sitting> {
        if let Command::Provider { provider, .. } = &command
            && let Err(refusal) = self.hall.check_provider(provider)
        {
            return self.refused(&refusal.into());
        }
        match self.table.command(self.person.clone(), command).await {
            Ok(Answer::Done(done)) => {
                self.say(&wording::done(&done))?;
                match done {
                    Done::Retrying(_) => self.follow(Awaited::AnyTurn, None, watch, lines).await,
                    _ => Ok(Sitting::GoesOn),
                }
            }
            Ok(_) => Ok(Sitting::GoesOn),
            Err(error) => self.refused(&error),
        }
    }

    fn refused(&self, error: &TableError) -> io::Result<Sitting> {
        self.note(&wording::table_error(error))?;
        Ok(Sitting::GoesOn)
    }

    /// What belongs to the game, on standard output.
    fn say(&self, text: &str) -> io::Result<()> {
        let text = escape::terminal(text);
        if self.looks.streaming {
            let mut page = Page::new(io::stdout(), self.looks.width, self.looks.styled);
            return page.line(text.trim_end_matches('\n'));
        }
        let mut out = io::stdout().lock();
        out.write_all(text.trim_end_matches('\n').as_bytes())?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// What the program says about itself: beside the game, so that standard output holds nothing but replies.
    fn note(&self, text: &str) -> io::Result<()> {
        let text = escape::terminal(text);
        let mut err = io::stderr().lock();
        writeln!(err, "{text}")
    }
}

/// Without the markup that the words for every door have.
fn plain(markdown: &str) -> String {
    let mut out = String::new();
    let mut escaped = false;
    for c in markdown.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '*' | '`' if !escaped => {}
            _ => {
                out.push(c);
                escaped = false;
            }
        }
    }
    out
}
