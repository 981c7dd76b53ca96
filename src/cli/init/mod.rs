//! `talekeeper init`: a short talk that sets everything up, from the bot's token to the first line somebody writes to it.
//! Nothing is written before everything is settled; ending the talk leaves everything as it was.

mod closing;
mod masters;
mod talk;
mod token;
mod wanted;
mod watching;
mod written;

use std::cell::Cell;
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::terminal_table::{self, Seat};
use crate::cli::{Ending, complain};
use crate::config::{self, Config, Sources};
use crate::domain::{ProviderName, TableName};
use crate::door::discord::{Arrival, Place};
use talk::{Left, Talk};
use wanted::Wanted;
use written::{FirstTable, Settled};

pub use wanted::InitArgs;

/// The table of the scene that is played at the end.
const FIRST_SCENE: &str = "first-scene";

/// Why nothing was set up.
enum Stop {
    /// Whoever was asked has left, or does not want it.
    Left(Option<String>),
    /// It cannot be done like this.
    Usage(String),
    /// It failed.
    Failed(String),
}

impl From<Left> for Stop {
    fn from(_: Left) -> Self {
        Self::Left(None)
    }
}

/// Talks, writes, and plays a first scene if that is wanted.
pub fn run(args: &InitArgs, loaded: Option<Config>, sources: Sources) -> Ending {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let Ok(runtime) = runtime else {
        complain("The program could not start its tasks.");
        return Ending::Failed;
    };
    let written = Cell::new(false);
    let ended = runtime.block_on(async {
        tokio::select! {
            // Signals are listened to before anything is asked.
            biased;
            () = interrupted() => Err(Stop::Left(None)),
            ended = set_up(args, loaded, &sources, &written) => ended,
        }
    });
    runtime.shutdown_background();
    match ended {
        Ok(false) => Ending::Done,
        Ok(true) => first_scene(sources),
        Err(Stop::Left(_)) if written.get() => Ending::Done,
        Err(Stop::Left(sentence)) => {
            complain(&sentence.unwrap_or_else(|| "\nNothing was written; everything is as it was.".to_owned()));
            Ending::Failed
        }
        Err(Stop::Usage(sentence)) => {
            complain(&sentence);
            Ending::BadUsage
        }
        Err(Stop::Failed(sentence)) => {
            complain(&sentence);
            Ending::Failed
        }
    }
}

/// Ctrl-C, or whatever else politely ends programs.
async fn interrupted() {
    let heard = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)] = heard else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

/// The whole talk; true if a first scene is to be played.
async fn set_up(
    args: &InitArgs,
    loaded: Option<Config>,
    sources: &Sources,
    written: &Cell<bool>,
) -> Result<bool, Stop> {
    let person = std::io::IsTerminal::is_terminal(&std::io::stdin());
    if !args.yes && !person {
        let sentence = "Nobody can be asked, because standard input is no terminal. With --yes everything that is not \
             given as an option takes its default.";
        return Err(Stop::Usage(sentence.to_owned()));
    }
    let talk = Talk::new(!args.yes);
    let usual = config::load_variables(sources).map_err(|faults| Stop::Usage(faults.to_string()))?;
    let wanted = Wanted::read(args, &usual)?;
    let file = sources.place_of_file();
    may_write(&talk, args, sources, &file).await?;
    talk.say("Talekeeper is being set up: a few questions, with what Enter takes in [brackets].");
    talk.say("Nothing is written before the end; Ctrl-C leaves everything as it was.");
    // A proxy or a token of the configuration that is replaced is good for the new one as well.
    let base = loaded.as_ref().unwrap_or(&usual);
    let (token, arrival) = token::discord(&talk, args, base, sources).await?;
    let place = match &arrival {
        Some(arrival) => whereabouts(&talk, args, arrival).await?,
        None => None,
    };
    let providers = masters::choose(&talk, &usual, &sources.env, wanted.providers).await?;
    let language = match wanted.language {
        Some(language) => language,
        None => language_of(&talk, &sources.env).await?,
    };
    let discord = &base.discord;
    let settled = Settled {
        token,
        api_url: (discord.api_url != "https://discord.com").then(|| discord.api_url.clone()),
        ca_file: discord.ca_file.clone(),
        data_dir: args.data_dir.clone(),
        providers,
        language,
        table: first_table(args.channel, wanted.table, place),
    };
    let files = written::write(&settled, &file);
    let files = files.map_err(|failure| Stop::Failed(format!("The configuration could not be written: {failure}.")))?;
    written.set(true);
    closing::done(&talk, sources, &settled, &files, arrival.as_ref());
    Ok(closing::wants_to_play(&talk, args, arrival.is_some()).await?)
}

/// Whether there is a configuration already, and whether it may be replaced.
async fn may_write(talk: &Talk, args: &InitArgs, sources: &Sources, file: &Path) -> Result<(), Stop> {
    if args.force || !file.exists() {
        return Ok(());
    }
    let name = shown(sources, file);
    if !talk.asks() {
        return Err(Stop::Usage(format!(
            "{name} is there already. --force replaces it and keeps the old one beside it."
        )));
    }
    if talk.ask_yes(&format!("{name} is there already. Replace it? The old one is kept beside it."), false).await? {
        return Ok(());
    }
    Err(Stop::Left(Some("Nothing was changed. `talekeeper check` looks at what you have.".to_owned())))
}

/// Watches, and finds the first table's channel.
async fn whereabouts(talk: &Talk, args: &InitArgs, arrival: &Arrival) -> Result<Option<Place>, Left> {
    let watches = !args.no_watch && (talk.asks() || args.watch_for.is_some());
    let heard = if watches {
        watching::begins(talk, arrival, args.channel);
        watching::watch(talk, arrival, args.channel, args.watch_for).await?
    } else {
        None
    };
    match (heard, args.channel) {
        (Some(place), _) => Ok(Some(place)),
        (None, Some(channel)) => {
            let place = arrival.place(channel).await;
            if place.is_none() {
                talk.say(&format!(
                    "  note     The bot does not see the channel {channel} yet; `talekeeper check` looks again."
                ));
            }
            Ok(place)
        }
        (None, None) => Ok(None),
    }
}

/// The first table: where it was asked for, or where somebody wrote to the bot.
fn first_table(channel: Option<u64>, name: Option<TableName>, place: Option<Place>) -> Option<FirstTable> {
    let channel = place.as_ref().map(|place| place.channel).or(channel)?;
    let called = place.as_ref().map(|place| format!("#{} of {}", place.name, place.server));
    let name = name.or_else(|| place.as_ref()?.table_name()).or_else(|| format!("channel-{channel}").parse().ok())?;
    Some(FirstTable { name, channel, called })
}

async fn language_of(talk: &Talk, env: &[(String, String)]) -> Result<String, Left> {
    talk.say("\nLanguage");
    let default = usual_language(env);
    loop {
        let code = talk.ask("  In which language is the story told? A code such as en, de or pt-BR.", &default).await?;
        if config::is_language(&code) {
            return Ok(code);
        }
        talk.say("  That is no language's code.");
    }
}

/// The language that this machine speaks.
fn usual_language(env: &[(String, String)]) -> String {
    let value =
        |name: &str| env.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value);
    let locale = value("LC_ALL").or_else(|| value("LC_MESSAGES")).or_else(|| value("LANG"));
    let code = locale.map(|locale| locale.split(['_', '.', '@']).next().unwrap_or_default().to_lowercase());
    let known = |code: &String| (2..=3).contains(&code.len()) && code.chars().all(|c| c.is_ascii_lowercase());
    code.filter(known).unwrap_or_else(|| "en".to_owned())
}

/// A path as people would write it here.
fn shown(sources: &Sources, path: &Path) -> String {
    path.strip_prefix(&sources.working_dir).unwrap_or(path).display().to_string()
}

/// A scene at a table of its own, so that no other has it in its story.
fn first_scene(sources: Sources) -> Ending {
    match config::load(&sources) {
        Ok(config) => {
            let (table, provider) = (Some(FIRST_SCENE.to_owned()), Some(ProviderName::ORACLE.to_owned()));
            terminal_table::open(config, sources, Seat { table, new: true, provider, name: None })
        }
        Err(faults) => {
            complain(&faults.to_string());
            Ending::BadUsage
        }
    }
}

#[cfg(test)]
mod tests;
