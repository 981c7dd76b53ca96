//! `talekeeper leave`: takes away everything that the program made, here and on Discord, or says what that would be.
//! What is not known to be ours stays, and is named.

mod files;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::{Ending, complain};
use crate::config::{Config, Sources};
use crate::door::discord::{Arrival, Trace, Traces, sentence};
use crate::format::escape;
use crate::store::{Store, StoreError};
use files::Files;

/// Where backups lie in the data folder.
const BACKUPS: &str = "backups";

/// Take away everything that was made: commands and webhooks on Discord, the data folder, the configuration; the bot leaves its servers
///
/// It says what there is and asks once. What is not the program's own stays and is named, and so do services, which you
/// stop and remove yourself. --dry-run only looks.
#[derive(Debug, Args)]
pub struct LeaveArgs {
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
    /// Leave Discord as it is
    #[arg(long)]
    no_discord: bool,
}

/// Where units of services lie, below `/` and below the home folder.
const UNITS: [&str; 3] = [
    "/etc/systemd/system/talekeeper.service",
    "/usr/lib/systemd/system/talekeeper.service",
    "/etc/systemd/user/talekeeper.service",
];
const OWN_UNIT: &str = ".config/systemd/user/talekeeper.service";

/// Looks, asks, removes.
pub fn run(args: &LeaveArgs, config: &Config, sources: &Sources) -> Ending {
    if let Some(sentence) = runs(config) {
        complain(&sentence);
        return Ending::Failed;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let Ok(runtime) = runtime else {
        complain("The program could not start its tasks.");
        return Ending::Failed;
    };
    let discord = runtime.block_on(look(args, config));
    let files = Files::look(config);
    show(args, config, sources, &discord, &files);
    if args.dry_run {
        say("\nNothing was removed; this was a dry run.");
        return Ending::Done;
    }
    match agreed(args) {
        Agreed::Yes => {}
        Agreed::No => {
            say("Nothing was removed.");
            return Ending::Failed;
        }
        Agreed::NobodyThere => {
            complain("Nobody can be asked, because standard input is no terminal. --yes removes without asking.");
            return Ending::BadUsage;
        }
    }
    // Discord first: afterwards the token is gone.
    let failed = runtime.block_on(remove_traces(&discord));
    if !failed.is_empty() {
        say("\nThis could not be removed, so the token and all files stay for another try:");
        failed.iter().for_each(|line| say(&format!("  {line}")));
        say("With --no-discord only the files are removed.");
        return Ending::Failed;
    }
    let failed = files.remove();
    if failed.is_empty() {
        say("\nEverything that was listed is removed.");
        return Ending::Done;
    }
    say("\nThis could not be removed:");
    failed.iter().for_each(|line| say(&format!("  {line}")));
    Ending::Failed
}

/// A program that runs on the data folder would write it anew.
fn runs(config: &Config) -> Option<String> {
    let pid = match Store::inspect(&config.data_dir) {
        Ok(Some(seen)) if seen.in_use => seen.pid,
        Err(StoreError::Locked { pid }) => pid,
        _ => return None,
    };
    let which = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
    Some(format!("Talekeeper is running on this data folder{which}. End it first."))
}

/// What there is on Discord.
enum OnDiscord {
    /// Nothing is known of it: there is no token, or nobody wants to.
    LeftOut(&'static str),
    /// It could not be looked at.
    Unknown(String),
    /// This.
    Seen(Box<Arrival>, Traces),
}

async fn look(args: &LeaveArgs, config: &Config) -> OnDiscord {
    if args.no_discord {
        return OnDiscord::LeftOut("left as it is");
    }
    let Some(token) = config.discord.token.clone() else {
        return OnDiscord::LeftOut("no token was given, so it was not looked at");
    };
    let seen = async {
        let arrival = Arrival::with(&config.discord, token).await?;
        let traces = arrival.traces().await?;
        Ok((arrival, traces))
    };
    match seen.await {
        Ok((arrival, traces)) => OnDiscord::Seen(Box::new(arrival), traces),
        Err(why) => OnDiscord::Unknown(sentence(&why)),
    }
}

fn show(args: &LeaveArgs, config: &Config, sources: &Sources, discord: &OnDiscord, files: &Files) {
    say(if args.dry_run { "This would be removed:" } else { "This will be removed:" });
    say("\nOn Discord");
    match discord {
        OnDiscord::LeftOut(why) => say(&format!("  nothing ({why})")),
        OnDiscord::Unknown(why) => say(&format!("  it cannot be looked at: {why}\n  What is there stays.")),
        OnDiscord::Seen(_, traces) => {
            traces.ours.iter().for_each(|trace| say(&format!("  {}", told(trace))));
            if traces.ours.is_empty() {
                say("  nothing");
            }
        }
    }
    say("\nOn this machine");
    files.ours.iter().for_each(|member| say(&format!("  {}", member.told())));
    if files.ours.is_empty() {
        say("  nothing");
    }
    let stays = stays(config, sources, discord, files);
    if !stays.is_empty() {
        say("\nThis stays:");
        stays.iter().for_each(|line| say(&format!("  {line}")));
    }
}

fn told(trace: &Trace) -> String {
    match trace {
        Trace::Commands(commands) => {
            let names: Vec<_> = commands.iter().map(|(_, name)| name.as_str()).collect();
            format!("the commands {}", names.join(", "))
        }
        Trace::Webhook { channel, .. } => format!("the webhook of #{channel}"),
        Trace::Server { name, .. } => format!("the bot itself from the server {name}"),
    }
}

/// What is not removed, and why.
fn stays(config: &Config, sources: &Sources, discord: &OnDiscord, files: &Files) -> Vec<String> {
    let mut stays = Vec::new();
    if let OnDiscord::Seen(_, traces) = discord {
        stays.extend(traces.other_commands.iter().map(|name| format!("the command {name}: not made by this program")));
        let hooks = traces.other_webhooks.iter();
        stays.extend(hooks.map(|channel| format!("a webhook of the bot in #{channel}: not made by this program")));
        stays.extend(traces.unseen.iter().map(|place| {
            format!("webhooks of {place}, if there are any: the bot may not look there (Manage Webhooks)")
        }));
        stays.push("what was written in channels".to_owned());
    }
    stays.extend(files.others.iter().map(|path| match path.ends_with(BACKUPS) {
        true => format!("{}: backups, which are for whoever comes back", path.display()),
        false => format!("{}: not made by this program", path.display()),
    }));
    let folders = config.tables.iter().filter_map(|table| table.workspace.as_ref());
    stays.extend(folders.map(|folder| format!("{}: a table's workspace", folder.display())));
    stays.extend(
        units(sources).iter().map(|unit| format!("{}: a service, which you stop and remove yourself", unit.display())),
    );
    if let Ok(program) = std::env::current_exe() {
        stays.push(format!("{}: this program", program.display()));
    }
    stays
}

fn units(sources: &Sources) -> Vec<PathBuf> {
    let home = sources.env.iter().find(|(name, _)| name == "HOME").map(|(_, home)| Path::new(home).join(OWN_UNIT));
    UNITS.iter().map(PathBuf::from).chain(home).filter(|unit| unit.exists()).collect()
}

/// What the host says to it.
enum Agreed {
    Yes,
    No,
    NobodyThere,
}

fn agreed(args: &LeaveArgs) -> Agreed {
    if args.yes {
        return Agreed::Yes;
    }
    if !std::io::stdin().is_terminal() {
        return Agreed::NobodyThere;
    }
    say("\nThe stories and everything that was played are gone then. Type `leave` to remove all of this:");
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(_) if line.trim() == "leave" => Agreed::Yes,
        _ => Agreed::No,
    }
}

async fn remove_traces(discord: &OnDiscord) -> Vec<String> {
    let mut failed = Vec::new();
    match discord {
        OnDiscord::LeftOut(_) => {}
        OnDiscord::Unknown(_) => failed.push("what is on Discord: it could not be looked at".to_owned()),
        OnDiscord::Seen(arrival, traces) => {
            for trace in &traces.ours {
                if matches!(trace, Trace::Server { .. }) && !failed.is_empty() {
                    // From outside nothing more could be taken away.
                    failed.push(format!("{}: it stays until the rest is gone", told(trace)));
                } else if let Err(why) = arrival.remove(trace, traces).await {
                    failed.push(format!("{}: {why}", told(trace)));
                }
            }
        }
    }
    failed
}

fn say(text: &str) {
    use std::io::Write as _;
    // Whoever does not read on does not want to be told.
    drop(writeln!(std::io::stdout().lock(), "{}", escape::terminal(text)));
}
