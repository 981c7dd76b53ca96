//! `talekeeper init`: a short talk that sets everything up, from the bot's token to the first line somebody writes to it.
//! Nothing is written before everything is settled; ending the talk leaves everything as it was.

mod masters;
mod talk;
mod watching;
mod written;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::terminal_table::{self, Seat};
use crate::cli::{Ending, complain};
use crate::config::{self, Config, Sources};
use crate::domain::{ProviderName, TableName};
use crate::door::discord::{Arrival, OpenError, Place, token_in};
use talk::{Left, Talk};
use written::{FirstTable, Settled, Token, Written};

/// Where bots are made.
const PORTAL: &str = "https://discord.com/developers/applications";
/// What to do about a switch that is off.
const INTENT: &str = "Message Content Intent is off, so it cannot read what is written. Switch it on on the Bot page of \
     https://discord.com/developers/applications and save; this goes on by itself.";
/// The table of the scene that is played at the end.
const FIRST_SCENE: &str = "first-scene";

/// Set everything up: the bot's token, its invitation, who tells the story, a configuration
///
/// A short talk in the terminal. It watches Discord until somebody writes to the bot and says what is still missing;
/// then it writes config.yaml. Every question has a default and an option here, so that scripts can run it: with
/// --yes nothing is asked. The token is read from DISCORD_TOKEN, from --token-file, or typed without being shown.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Ask nothing: what is not given here takes its default
    #[arg(long, short)]
    yes: bool,
    /// Read the bot's token from this file, which stays where it is; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Leave Discord out, whatever token there is
    #[arg(long, conflicts_with_all = ["token_file", "channel", "watch_for"])]
    no_discord: bool,
    /// Do not wait until somebody has written to the bot
    #[arg(long)]
    no_watch: bool,
    /// Wait so long at most, such as 90s or 5m; with --yes it waits only if this is given
    #[arg(long, value_name = "TIME", conflicts_with = "no_watch", value_parser = time)]
    watch_for: Option<Duration>,
    /// The Discord channel of the first table; without it the one in which somebody writes to the bot
    #[arg(long, value_name = "ID")]
    channel: Option<u64>,
    /// The first table's name; without it that of its channel
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Who tells the story: claude, codex, gemini, opencode, qwen, droid or oracle; several in order, with commas
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The language people are answered in, such as en, de or pt-BR
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// The folder of everything that is kept; a relative path begins at the configuration's folder
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    data_dir: String,
    /// Replace the configuration that is there; the old one is kept beside it
    #[arg(long)]
    force: bool,
    /// Play a first scene with the Oracle at the end, without asking
    #[arg(long, conflicts_with = "no_play")]
    play: bool,
    /// Do not offer a first scene at the end
    #[arg(long)]
    no_play: bool,
}

fn time(text: &str) -> Result<Duration, String> {
    config::duration(text).ok_or_else(|| "a time such as 90s or 5m".to_owned())
}

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
            ended = set_up(args, loaded, &sources, &written) => ended,
            () = interrupted() => Err(Stop::Left(None)),
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
    let (token, arrival) = discord(&talk, args, base, sources).await?;
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
    done(&talk, sources, &settled, &files, arrival.as_ref());
    Ok(wants_to_play(&talk, args, arrival.is_some()).await?)
}

/// What the options ask for, as far as it can be checked before anything is asked.
struct Wanted {
    providers: Option<Vec<ProviderName>>,
    language: Option<String>,
    table: Option<TableName>,
}

impl Wanted {
    fn read(args: &InitArgs, config: &Config) -> Result<Self, Stop> {
        let providers = args.provider.as_deref().map(|names| masters::read(config, names)).transpose();
        let table = args.table.as_deref().map(|name| {
            name.parse::<TableName>().map_err(|bad| Stop::Usage(format!("\"{name}\" is no name for a table: {bad}.")))
        });
        if let Some(code) = args.language.as_deref().filter(|code| !config::is_language(code)) {
            return Err(Stop::Usage(format!("\"{code}\" is no language's code, such as en, de or pt-BR.")));
        }
        if args.data_dir.starts_with('~') || args.data_dir.trim().is_empty() {
            return Err(Stop::Usage("--data-dir needs a path, written out (`~` is not understood).".to_owned()));
        }
        Ok(Self {
            providers: providers.map_err(Stop::Usage)?,
            language: args.language.clone(),
            table: table.transpose()?,
        })
    }
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

/// The bot's token, tried at once.
async fn discord(
    talk: &Talk,
    args: &InitArgs,
    base: &Config,
    sources: &Sources,
) -> Result<(Token, Option<Arrival>), Stop> {
    if args.no_discord {
        return Ok((Token::Nowhere, None));
    }
    talk.say("\nDiscord");
    if let Some((token, kept)) = given_token(args, base, sources)? {
        let arrival = try_token(talk, base, &token).await;
        return match arrival {
            Ok(arrival) => Ok((kept, Some(arrival))),
            Err(sentence) if talk.asks() && args.token_file.is_none() => {
                talk.say(&format!("  The token that is there already does not work. {sentence}"));
                ask_token(talk, base).await
            }
            Err(sentence) => Err(Stop::Usage(sentence)),
        };
    }
    if !talk.asks() {
        talk.say("  No token was given, so this goes on without Discord.");
        return Ok((Token::Nowhere, None));
    }
    talk.say(&format!("  A bot needs a token. On {PORTAL} choose New Application,"));
    talk.say(
        "  then on its Bot page Reset Token, and copy it. Switch on Message Content Intent further down, and save.",
    );
    ask_token(talk, base).await
}

/// The token that an option, the environment or the configuration that is replaced gives, and where it is kept.
fn given_token(args: &InitArgs, base: &Config, sources: &Sources) -> Result<Option<(SecretString, Token)>, Stop> {
    let Some(path) = &args.token_file else {
        let Some(token) = base.discord.token.clone() else { return Ok(None) };
        let kept = if sources.names_a_token() { Token::Environment } else { Token::Ours(token.clone()) };
        return Ok(Some((token, kept)));
    };
    let unread = |why: std::io::Error| Stop::Usage(format!("The file of --token-file cannot be read: {why}."));
    if path.as_os_str() == "-" {
        let token = SecretString::from(talk::all_of_stdin().map_err(unread)?);
        let token = token_in(token.expose_secret()).map(SecretString::from);
        let token = token.map_err(|why| Stop::Usage(why.to_string()))?;
        return Ok(Some((token.clone(), Token::Ours(token))));
    }
    let at = std::path::absolute(sources.working_dir.join(path)).map_err(unread)?;
    let token = SecretString::from(std::fs::read_to_string(&at).map_err(unread)?);
    Ok(Some((token, Token::Theirs(at))))
}

async fn ask_token(talk: &Talk, base: &Config) -> Result<(Token, Option<Arrival>), Stop> {
    loop {
        let pasted = talk.ask_secret("  Token (it is not shown; Enter alone goes on without Discord): ").await?;
        if pasted.expose_secret().trim().is_empty() {
            return Ok((Token::Nowhere, None));
        }
        match try_token(talk, base, &pasted).await {
            Ok(arrival) => {
                // It was understood a moment ago.
                let token = token_in(pasted.expose_secret()).unwrap_or_default();
                return Ok((Token::Ours(SecretString::from(token)), Some(arrival)));
            }
            Err(sentence) => talk.say(&format!("  {sentence}")),
        }
    }
}

/// Looks at a token's form, then shows it to Discord.
async fn try_token(talk: &Talk, base: &Config, pasted: &SecretString) -> Result<Arrival, String> {
    let token = token_in(pasted.expose_secret()).map_err(|why| why.to_string())?;
    let arrival = Arrival::with(&base.discord, SecretString::from(token)).await.map_err(|why| trouble(&why))?;
    talk.say(&format!("  The token is good. Your bot is called {}.", arrival.name()));
    talk.say("  This link invites it to your server and asks for what it needs, nothing else:");
    talk.say(&format!("  {}", arrival.invitation()));
    Ok(arrival)
}

/// Why Discord does not let the bot in, for somebody who is setting it up.
fn trouble(why: &OpenError) -> String {
    match why {
        OpenError::Token => {
            format!("Discord does not know this token. Reset it on the Bot page of {PORTAL} and copy the new one.")
        }
        OpenError::ContentIntent => INTENT.to_owned(),
        OpenError::Unreachable { .. } => {
            "Discord cannot be reached. Look at the network; behind a proxy set HTTPS_PROXY.".to_owned()
        }
        other => crate::door::discord::sentence(other),
    }
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

/// Says what was written, and what a host does next.
fn done(talk: &Talk, sources: &Sources, settled: &Settled, files: &Written, arrival: Option<&Arrival>) {
    let file = shown(sources, &sources.place_of_file());
    let token = files.token.as_ref().map(|token| format!(" and {}", shown(sources, token))).unwrap_or_default();
    talk.say(&format!("\nWritten: {file}{token}, for your eyes only."));
    if let Some(before) = &files.before {
        talk.say(&format!("The configuration of before is {}.", shown(sources, before)));
    }
    let usual = sources.file.is_none() && file == "config.yaml";
    let start = if usual { "talekeeper".to_owned() } else { format!("talekeeper --config {file}") };
    let Some(arrival) = arrival else {
        talk.say(&format!(
            "\nStart it with `{start}`: it opens a table in this terminal, with {} as game master.",
            settled.providers[0]
        ));
        return talk.say("When you have a bot's token, run `talekeeper init` again.");
    };
    let name = arrival.name();
    let kept = if matches!(settled.token, Token::Environment) {
        ", with the token in the environment as it is now"
    } else {
        ""
    };
    talk.say(&format!("\nStart the bot with `{start}`{kept}, and let it run."));
    match &settled.table {
        Some(FirstTable { called: Some(called), .. }) => {
            talk.say(&format!("Then write in {called}: @{name} I open the door"));
        }
        Some(_) => talk.say(&format!("Then write in its channel: @{name} I open the door")),
        None => talk.say(&format!("Then use /table open in a channel, and write there: @{name} I open the door")),
    }
}

async fn wants_to_play(talk: &Talk, args: &InitArgs, on_discord: bool) -> Result<bool, Left> {
    if args.play || args.no_play {
        return Ok(args.play);
    }
    if !talk.asks() {
        return Ok(false);
    }
    talk.say("");
    talk.ask_yes("Play a first scene here, with the Oracle? It needs no key and costs nothing.", !on_discord).await
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
