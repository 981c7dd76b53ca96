//! A sitting: reads the player's lines, plays them at the table and shows what comes back, until they leave.
//! A reply on a pipe is written whole when its turn ends, because a pipe cannot take text back.

mod letters;
mod lines;
mod memory;
mod privacy;
mod turns;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use super::asked::Asked;
use super::page::Page;
use super::reader::Lines;
use super::typed::{self, Typed};
use super::wording as own;
use crate::domain::{
    ActionId, AskReply, Command, Deed, Done, Event, EventKind, EventSeq, GameEvent, Person, ProviderName, SafetyAct,
    Seat, SeatId, SourceId, TurnNo, Viewer,
};
use crate::door::{asking_wording, fights, letters as letter_words, rolls, sheets, wording};
use crate::format::escape;
use crate::game::record::ProofRecord;
use crate::provider::Registry;
use crate::story::scene_text::SceneText;
use crate::story::shelf::{Shelf, ShelfError};
use crate::table::machine::Answer;
use crate::table::{Frame, FrameBody, Hall, TableError, TableHandle, TurnEnd, Watch, Watched};
use crate::telemetry::new_error_id;

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

/// What a player waits for.
enum Awaited {
    Action(ActionId),
    /// One that is not shown when its turn opens.
    Secret(ActionId),
    AnyTurn,
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
                let source = SourceId::new(format!("terminal:{}:{number}", self.sitting));
                return match self.table.say(self.person.clone(), source, text).await {
                    Ok(Answer::Heard { held: Some(held), .. }) => self.say_held(&held).await,
                    Ok(Answer::Heard { action, .. }) => self.follow(Awaited::Action(action), None, watch, lines).await,
                    Ok(_) => Ok(Sitting::GoesOn),
                    Err(error) => self.refused(&error),
                };
            }
            Typed::SayAs { character, text } => {
                let source = SourceId::new(format!("terminal:{}:{number}", self.sitting));
                return match self.table.say_as(self.person.clone(), source, character, text).await {
                    Ok(Answer::Heard { held: Some(held), .. }) => self.say_held(&held).await,
                    Ok(Answer::Heard { action, .. }) => self.follow(Awaited::Action(action), None, watch, lines).await,
                    Ok(_) => Ok(Sitting::GoesOn),
                    Err(error) => self.refused(&error),
                };
            }
            Typed::Cast => match (self.table.cast().await, self.table.view().await) {
                (Ok(cast), Ok(view)) => self.say(&plain(&wording::cast(&cast, &view.parts, &view.seats)))?,
                (Err(error), _) | (_, Err(error)) => return self.refused(&error),
            },
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
            Typed::Status => match self.table.view().await {
                Ok(view) => self.say(&own::status(&view))?,
                Err(error) => return self.refused(&error),
            },
            Typed::Providers => {
                let present = self.present_provider().await;
                self.say(&own::providers(&self.providers.names(), &present))?;
            }
            Typed::Models => {
                let present = self.present_provider().await;
                let model = self.table.view().await.ok().and_then(|view| view.model);
                let provider = self.providers.get(&present);
                self.say(&own::models(provider.as_ref().map_or(&[], |provider| provider.models()), model.as_ref()))?;
            }
            Typed::Story => match newest_scene(&Shelf::new(&self.data_dir, self.table.name())) {
                Ok(Some(scene)) => self.say(&format!("# {}\n\n{}", scene.title, scene.body))?,
                Ok(None) => self.say("No story has been written yet. Play a turn first.")?,
                Err(failure) => {
                    let error = new_error_id();
                    tracing::error!(error_id = %error, error = &failure as &dyn std::error::Error, "story not read");
                    self.note(&format!("The story could not be read. ({error})"))?;
                }
            },
            Typed::Roll { notation, shown } => {
                let nonce = format!("{}:{number}", self.sitting);
                let deed = match notation {
                    Some(notation) => Deed::Roll { notation, shown, nonce },
                    None => Deed::AnswerRoll { request: None, nonce },
                };
                return self.roll(deed, watch, lines).await;
            }
            Typed::Whisper { to, text } => return self.whisper(to, text, number, watch, lines).await,
            Typed::Rolls => match (self.table.view().await, self.table.game(None).await) {
                (Ok(view), Ok(game)) => self.say(&plain(&rolls::tallies(&game.dice.tallies, &view.people())))?,
                (Err(error), _) | (_, Err(error)) => return self.refused(&error),
            },
            Typed::Verify(scene) => match self.table.proof(scene).await {
                Ok(record) => self.verify(&record)?,
                Err(error) => return self.refused(&error),
            },
            Typed::Style => match self.table.view().await {
                Ok(view) => self.say(&wording::style(&view.style))?,
                Err(error) => return self.refused(&error),
            },
            Typed::StopCard => self.stop_card(lines).await?,
            Typed::Lines(what) => self.lines(what).await?,
            Typed::Resume => drop(self.safety(SafetyAct::Resume).await?),
            Typed::Sheet(name) => {
                match (self.table.view().await, self.table.game(Some(self.person.id.clone())).await) {
                    (Ok(view), Ok(game)) => {
                        let own = |seat: &&Seat| seat.person == self.person.id;
                        let seat = match &name {
                            Some(name) => view.called(name),
                            None => view.seats.iter().find(own).map(|seat| seat.id),
                        };
                        self.say(&plain(&sheets::show(&game, seat, &view.people())))?;
                    }
                    (Err(error), _) | (_, Err(error)) => return self.refused(&error),
                }
            }
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

    async fn present_provider(&self) -> ProviderName {
        self.table.view().await.map_or_else(|_| ProviderName::oracle(), |view| view.provider)
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

    /// Throws dice. An answer to the game master is an action, so its turn is followed.
    async fn roll(&mut self, deed: Deed, watch: &mut Watch, lines: &mut Lines) -> io::Result<Sitting> {
        let answers = matches!(deed, Deed::AnswerRoll { .. });
        match self.table.deed(self.person.clone(), deed).await {
            Ok(Answer::Happened(events)) if answers => {
                let said = |event: &Event| matches!(event.kind, EventKind::ActionSaid { .. });
                let Some(action) = events.iter().find(|event| said(event)) else { return Ok(Sitting::GoesOn) };
                self.follow(Awaited::Action(ActionId::new(action.seq.get())), None, watch, lines).await
            }
            Ok(Answer::Happened(events)) => {
                // The same roll also comes as a frame, which is not to be shown again.
                self.rolled_upto = events.last().map_or(self.rolled_upto, |event| event.seq);
                self.say(&own::rolled(&events))?;
                Ok(Sitting::GoesOn)
            }
            Ok(_) => Ok(Sitting::GoesOn),
            Err(error) => self.refused(&error),
        }
    }

    /// Says what drawing again gave, and leaves the file for whoever wants to do it by other means.
    fn verify(&self, record: &ProofRecord) -> io::Result<()> {
        self.say(&plain(&rolls::verdict(record)))?;
        if record.sealed.is_empty() {
            return Ok(());
        }
        let folder = self.data_dir.join("tables").join(self.table.name().as_str());
        let path = folder.join(record.file_name());
        let written = std::fs::create_dir_all(&folder).and_then(|()| {
            let json = serde_json::to_vec_pretty(record).map_err(io::Error::other)?;
            std::fs::write(&path, json)
        });
        match written {
            Ok(()) => self.say(&format!("The file: {}", path.display())),
            Err(failure) => self.note(&format!("The file could not be written: {failure}.")),
        }
    }

    /// Pauses play, covers what is on the screen, and asks what is to become of the last part.
    async fn stop_card(&mut self, lines: &mut Lines) -> io::Result<()> {
        if !self.safety(SafetyAct::Stop).await? {
            return Ok(());
        }
        if self.looks.streaming && self.looks.styled {
            let mut out = io::stdout().lock();
            // Clears the screen and what can be scrolled back to.
            out.write_all(b"\x1b[2J\x1b[3J\x1b[H")?;
            out.flush()?;
        }
        self.say(wording::CURTAIN)?;
        self.note(own::CARD)?;
        let line = tokio::select! {
            line = lines.next() => line,
            () = self.ending.cancelled() => None,
        };
        if let Some(line) = line {
            self.safety(SafetyAct::Choose(typed::card(&line))).await?;
        }
        self.note(own::RESUME)
    }

    /// Does something for safety and says what came of it; false if it was refused.
    async fn safety(&self, act: SafetyAct) -> io::Result<bool> {
        match self.table.safety(self.person.clone(), act).await {
            Ok(Answer::Safe(done)) => self.note(&wording::safe(done))?,
            Ok(_) => {}
            Err(error) => {
                self.refused(&error)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn refused(&self, error: &TableError) -> io::Result<Sitting> {
        self.note(&wording::table_error(error))?;
        Ok(Sitting::GoesOn)
    }

    /// Shows a turn until it ends. Ctrl-C stops the turn, a second one leaves.
    async fn follow(
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

    /// Shows one frame; true when it ended the turn that is followed.
    async fn show(
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
    async fn show_change(&self, event: EventSeq, what: &GameEvent) -> io::Result<()> {
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

fn newest_scene(shelf: &Shelf) -> Result<Option<SceneText>, ShelfError> {
    let Some(newest) = shelf.list()?.pop() else { return Ok(None) };
    Ok(shelf.read(newest.number)?.as_deref().and_then(SceneText::parse))
}

/// Makes streaming text fit to be shown.
#[derive(Default)]
struct Telling {
    harmless: escape::TerminalFilter,
}

impl Telling {
    fn visible(&mut self, delta: &str) -> String {
        self.harmless.push(delta)
    }
}
