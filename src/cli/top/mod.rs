//! `talekeeper top`: a live table of the tables, from another terminal while the bot runs, or of how it was left.
//! It only looks: at the database, at `/proc`, and at the page of the bot that says whether it is ready.

mod ask;
mod draw;
mod screen;
mod view;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::draw::Looks;
use self::screen::{Key, Screen};
use self::view::{Gatherer, View};
use crate::cli::{Ending, complain, person_reads};
use crate::config::{Config, Sources};

/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Show all tables as they are now: who plays, what runs, what waits, what today cost, the last error
///
/// Works from another terminal while the bot runs, and when it does not: then it says so and shows how the bot left
/// its tables. Everything but the state of the connection to Discord is read from the data folder, so a bot that
/// hangs hides nothing. Refreshes every second; q ends it. `talekeeper logs --error ID` shows what an error was.
#[derive(Args, Clone, Debug)]
pub struct TopArgs {
    /// Print the table once and end; so it does where standard output is no terminal
    #[arg(long)]
    once: bool,
    /// Print what is known as JSON and end
    #[arg(long)]
    json: bool,
}

/// Shows until it is ended.
pub fn run(args: &TopArgs, config: &Config, sources: &Sources) -> Ending {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(failure) => {
            complain(&format!("The program could not start: {failure}."));
            return Ending::Failed;
        }
    };
    let plain = sources.env.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    let shown = runtime.block_on(show(args, config, person_reads() && !plain));
    // A thread may still wait for a key that will never come; the program does not wait for it.
    runtime.shutdown_background();
    match shown {
        Ok(()) => Ending::Done,
        Err(Trouble::Output(failure)) if failure.kind() == io::ErrorKind::BrokenPipe => Ending::Done,
        Err(trouble) => {
            complain(&format!("{trouble}."));
            Ending::Failed
        }
    }
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("The tables cannot be looked at: {0}")]
    Store(#[from] crate::store::StoreError),
    #[error("The tables cannot be shown: {0}")]
    Output(#[from] io::Error),
}

async fn show(args: &TopArgs, config: &Config, colour: bool) -> Result<(), Trouble> {
    let mut gatherer = Gatherer::new(config);
    if args.json {
        let view = gatherer.look().await?;
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &view).map_err(io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    if args.once || !person_reads() {
        let view = gatherer.look().await?;
        let looks = Looks { width: width().unwrap_or(usize::MAX), height: usize::MAX, colour };
        let lines = draw::draw(&view, &looks);
        return Ok(io::stdout().lock().write_all((lines.join("\n") + "\n").as_bytes())?);
    }
    live(&mut gatherer, colour).await
}

/// What ends it, or has it drawn anew.
enum Woken {
    Key(Key),
    Ended,
    Look,
    Redraw,
}

async fn live(gatherer: &mut Gatherer<'_>, colour: bool) -> Result<(), Trouble> {
    let mut ends = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let mut resized = signal(SignalKind::window_change())?;
    let mut view = gatherer.look().await?;
    let mut screen = Screen::take(io::stdin().is_terminal())?;
    let mut next = tokio::time::interval(LOOK);
    next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    next.tick().await;
    loop {
        put(&mut screen, &view, colour)?;
        // Every branch is cancel-safe.
        let woken = tokio::select! {
            key = screen.key() => Woken::Key(key),
            () = any(&mut ends) => Woken::Ended,
            _ = resized.recv() => Woken::Redraw,
            _ = next.tick() => Woken::Look,
        };
        match woken {
            Woken::Ended | Woken::Key(Key::End) => return Ok(()),
            Woken::Redraw | Woken::Key(Key::Other) => {}
            // A bot that starts at this moment may hold the file; the next look sees it.
            Woken::Look => match gatherer.look().await {
                Ok(seen) => view = seen,
                Err(failure) => {
                    view.note = Some(format!("Not seen just now: {failure}. Below is what was seen before."));
                }
            },
        }
    }
}

fn put(screen: &mut Screen, view: &View, colour: bool) -> io::Result<()> {
    let (width, height) = terminal_size::terminal_size().map_or((80, 24), |(w, h)| (w.0.into(), h.0.into()));
    screen.put(&draw::draw(view, &Looks { width, height, colour }))
}

/// Waits for the first of these signals; those that cannot be heard never come.
async fn any(signals: &mut [io::Result<Signal>; 3]) {
    let waits = signals.iter_mut().filter_map(|heard| heard.as_mut().ok()).map(|heard| Box::pin(heard.recv()));
    let waits: Vec<_> = waits.collect();
    if waits.is_empty() {
        return std::future::pending().await;
    }
    futures_util::future::select_all(waits).await;
}

/// The terminal's width, where there is a terminal.
fn width() -> Option<usize> {
    person_reads().then(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))).flatten()
}
