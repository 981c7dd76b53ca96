//! Opening a table in this terminal, for `run` without a token and for `play`.
//! What happens at the table is the terminal door's and the table's business.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use nix::sys::termios::{self, SetArg, Termios};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::app::detect::Why;
use crate::cli::signals::Asked;
use crate::cli::{Ending, complain, person_reads, start_logs};
use crate::config::{Config, Sources};
use crate::domain::{Command, EventSeq, Person, PersonId, ProviderName, Role, TableName};
use crate::door::terminal::{Lines, Looks, PipedLines, Player, PromptLines};
use crate::door::wording;
use crate::format::escape;
use crate::table::{TableError, TableHandle};
use crate::telemetry::TerminalLog;

/// The table that opens when none is named anywhere.
const HOME_TABLE: &str = "home";
/// The name of a person who gave none.
const NAMELESS: &str = "Traveller";

/// Where and as whom somebody sits down.
#[derive(Debug)]
pub struct Seat {
    /// The table's name, if one was given.
    pub table: Option<String>,
    /// Whether it may be begun.
    pub new: bool,
    /// Who is to answer, if one was given.
    pub provider: Option<String>,
    /// The person's name, if one was given.
    pub name: Option<String>,
}

/// Opens the table and plays until the person leaves.
pub fn open(config: Config, sources: Sources, seat: Seat) -> Ending {
    let _logs = start_logs(&config, &sources, TerminalLog::Off);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(failure) => {
            complain(&format!("The program could not start: {failure}."));
            return Ending::Failed;
        }
    };
    let terminal = Terminal::remember();
    let ending = sit_down(&runtime, config, sources, &seat);
    // A thread may still wait for a line that will never come; the program does not wait for it.
    runtime.shutdown_background();
    terminal.restore();
    ending
}

fn sit_down(runtime: &Runtime, config: Config, sources: Sources, seat: &Seat) -> Ending {
    runtime.block_on(async {
        let config = Arc::new(config);
        let forced = seat.provider.as_deref().map(ProviderName::new);
        if let Some(unknown) = forced.as_ref().filter(|name| config.provider(name).is_none()) {
            complain(&format!("There is no provider \"{unknown}\". `talekeeper check` lists those there are."));
            return Ending::BadUsage;
        }
        let app = match App::start(Arc::clone(&config), &sources.env, forced.clone(), None).await {
            Ok(app) => app,
            Err(failure) => {
                tracing::error!(error = &failure as &dyn std::error::Error, "could not start");
                complain(&format!("The table cannot be opened: {failure}."));
                return if failure.is_configuration() { Ending::BadUsage } else { Ending::Failed };
            }
        };
        let ending = match choose_table(&app, seat).await {
            Ok(name) => play(&app, seat, &name, forced).await,
            Err(sentence) => {
                complain(&sentence);
                Ending::BadUsage
            }
        };
        let mut asked_again = Asked::again();
        app.drain(asked_again.once()).await;
        ending
    })
}

/// The table that was named, if there is one; a name from nowhere is more often a slip than a wish.
async fn choose_table(app: &App, seat: &Seat) -> Result<TableName, String> {
    let Some(asked) = &seat.table else {
        let first = app.config.tables.first().map(|table| table.name.clone());
        let home = HOME_TABLE.parse().map_err(|bad| format!("{bad}"))?;
        return Ok(first.unwrap_or(home));
    };
    let name: TableName = asked.parse().map_err(|bad| format!("\"{asked}\" is no name for a table: {bad}."))?;
    let played = app.store.tables().await.map_err(|failure| format!("The tables cannot be read: {failure}."))?;
    let mut known: Vec<_> = played.into_iter().map(|row| row.name).collect();
    known.extend(app.config.tables.iter().map(|table| table.name.clone()));
    if seat.new || known.contains(&name) {
        return Ok(name);
    }
    known.sort();
    known.dedup();
    let known: Vec<_> = known.iter().map(TableName::as_str).collect();
    let there_is = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
    Err(format!("There is no table \"{name}\" (there is: {there_is}). To begin it, add --new."))
}

async fn play(app: &App, seat: &Seat, name: &TableName, forced: Option<ProviderName>) -> Ending {
    let table = match app.hall.table(name).await {
        Ok(table) => table,
        Err(failure) => {
            tracing::error!(table = %name, error = &failure as &dyn std::error::Error, "table not opened");
            complain(&format!("The table cannot be opened: {failure}."));
            return Ending::Failed;
        }
    };
    let person = person(seat);
    if let Some(provider) = forced
        && let Err(failure) = force(&table, &person, provider).await
    {
        complain(&wording::table_error(&failure));
        return Ending::Failed;
    }
    let player = match player(app, table, person) {
        Ok(player) => player,
        Err(failure) => {
            complain(&format!("The terminal cannot be used: {failure}."));
            return Ending::Failed;
        }
    };
    let played = async {
        greet(app, &player).await?;
        let lines = if io::stdin().is_terminal() {
            Lines::Prompt(PromptLines::start()?)
        } else {
            Lines::Piped(PipedLines::start()?)
        };
        player.play(lines).await
    };
    match played.await {
        Ok(()) => Ending::Done,
        // Whoever read our output has gone: that is their way of saying that they have enough.
        Err(failure) if failure.kind() == io::ErrorKind::BrokenPipe => Ending::Done,
        Err(failure) => {
            complain(&format!("The terminal could not be written to: {failure}."));
            Ending::Failed
        }
    }
}

/// `--provider` is a choice like `/provider`, made once if it is not in force already.
async fn force(table: &TableHandle, person: &Person, provider: ProviderName) -> Result<(), TableError> {
    // What was chosen counts, also while another answers in its place.
    if table.view().await?.ladder.first().is_none_or(|rung| rung.provider != provider) {
        table.command(person.clone(), Command::Provider { provider, model: None }).await?;
    }
    Ok(())
}

fn person(seat: &Seat) -> Person {
    let given = seat.name.as_deref().unwrap_or(NAMELESS);
    let name: String = given.chars().filter(|c| !c.is_control()).take(40).collect();
    let name = if name.trim().is_empty() { NAMELESS.to_owned() } else { name.trim().to_owned() };
    Person { id: PersonId::new(format!("terminal:{}", name.to_lowercase())), name, role: Role::Host }
}

fn player(app: &App, table: TableHandle, person: Person) -> io::Result<Player> {
    let interactive = io::stdin().is_terminal() && person_reads();
    // Programs that end others politely send SIGTERM; a hang-up means that the terminal is gone.
    for kind in [SignalKind::terminate(), SignalKind::hangup()] {
        let (mut heard, ending) = (signal(kind)?, app.ending.clone());
        app.tasks.spawn(async move {
            tokio::select! {
                _ = heard.recv() => ending.cancel(),
                () = ending.cancelled() => {}
            }
        });
    }
    Ok(Player {
        person,
        table,
        hall: Arc::clone(&app.hall),
        providers: app.providers.clone(),
        data_dir: app.config.data_dir.clone(),
        sitting: uuid::Uuid::now_v7().simple().to_string(),
        looks: Looks { width: width(), styled: interactive, streaming: interactive },
        ending: app.ending.clone(),
        interrupts: signal(SignalKind::interrupt())?,
        seat: None,
        rolled_upto: EventSeq::new(0),
    })
}

/// Who answers and why, and how Discord is connected. On a pipe it goes to standard error.
async fn greet(app: &App, player: &Player) -> io::Result<()> {
    let Ok(view) = player.table.view().await else { return Ok(()) };
    let name = wording::provider_name(&view.provider);
    let first = view.ladder.first().map(|rung| &rung.provider).filter(|first| **first != view.provider);
    let why = if let Some(first) = first {
        format!("in {}'s place; /status says why", wording::provider_name(first))
    } else if view.provider == app.detected.provider {
        match &app.detected.why {
            Why::Forced => "as asked for".to_owned(),
            Why::Configured => "as configured".to_owned(),
            Why::Found { version } => format!("the first one found here, version {version}"),
            Why::NothingFound => "it needs no model; no other was found here".to_owned(),
        }
    } else {
        "as chosen at this table".to_owned()
    };
    let discord = if app.config.discord.token.is_none() { "To play on Discord, set DISCORD_TOKEN.\n" } else { "" };
    let text = format!("Table {}. {name} is the game master ({why}).\n{discord}", view.name);
    let text = escape::terminal(&text);
    if player.looks.streaming {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        return out.write_all(b"Say what you do. /help lists the commands, /quit leaves.\n\n");
    }
    io::stderr().lock().write_all(text.as_bytes())
}

/// The terminal's width in columns, or that of a page where it is not known.
fn width() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
}

/// What the terminal was like before; a prompt that is never answered would leave it raw.
struct Terminal(Option<Termios>);

impl Terminal {
    fn remember() -> Self {
        Self(termios::tcgetattr(io::stdin()).ok())
    }

    fn restore(self) {
        if let Some(before) = self.0 {
            // If it cannot be restored there is no terminal left to restore.
            let _ = termios::tcsetattr(io::stdin(), SetArg::TCSANOW, &before);
        }
    }
}
