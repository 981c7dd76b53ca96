//! `talekeeper replay`: plays a turn that was kept, and says whether the same comes of it.
//! It reads one file; it opens no connection, no database and starts no provider.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli::{Ending, complain};
use crate::config::Config;
use crate::door::discord::Message;
use crate::format::escape;
use crate::replay::{self, Capsule, CapsuleError, Difference, Played};
use crate::telemetry::parse_error_id;

/// How many characters of a value are shown on each side of where it differs.
const AROUND: usize = 60;

/// Play a turn again that was kept, without provider and network
///
/// Turns are kept with `replay: { keep_turns: 20 }` in the configuration, as files in the folder `capsules` of the data
/// folder. A replay gives the table the same inputs at the same times and compares what comes of it: what is recorded,
/// what is shown, and the messages on Discord. It says where the first difference is, for instance after an upgrade.
///
/// Exit code 0: the same. 1: something differs. 2: the capsule cannot be used. See docs/replay.md.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The capsule's file, or the error id that people were shown
    #[arg(value_name = "CAPSULE")]
    capsule: String,
    /// Print the messages as well
    #[arg(long)]
    messages: bool,
    /// Write a copy without names and texts here, to be passed on
    ///
    /// Every word is filled with letters; lengths, markup and who speaks stay, so that the copy plays as the capsule did.
    /// It is played to make sure. Punctuation, emoji, dice and times stay as well: look at it before you pass it on.
    #[arg(long, value_name = "FILE")]
    scrub: Option<PathBuf>,
}

/// Does what is asked.
pub fn run(args: &ReplayArgs, config: &Config) -> Ending {
    let path = match find(&args.capsule, &config.data_dir) {
        Ok(path) => path,
        Err(sentence) => {
            complain(&sentence);
            return Ending::BadUsage;
        }
    };
    let capsule = match Capsule::read(&path) {
        Ok(capsule) => capsule,
        Err(fault) => return unusable(&path, &fault),
    };
    let Some(played) = play(&capsule) else {
        complain(&format!("{} cannot be played: what is in it does not go together.", path.display()));
        return Ending::BadUsage;
    };
    if let Some(to) = &args.scrub {
        return scrub(&capsule, to);
    }
    match report(args, &capsule, &played) {
        Err(failure) if failure.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("The replay could not be shown: {failure}."));
            Ending::Failed
        }
        _ if played.is_same() => Ending::Done,
        _ => Ending::Failed,
    }
}

/// The file that is meant: one that is there, else the one of an error.
fn find(named: &str, data_dir: &Path) -> Result<PathBuf, String> {
    let path = PathBuf::from(named);
    if path.exists() {
        return Ok(path);
    }
    let Ok(error) = parse_error_id(named) else {
        return Err(format!("There is no file {named}, and it is no error id such as E-7K3M9QZX."));
    };
    replay::find(data_dir, &error).ok_or_else(|| {
        format!(
            "No turn with the error {error} is kept. Turns are kept from when `replay.keep_turns` is set, and only the last ones."
        )
    })
}

fn unusable(path: &Path, fault: &CapsuleError) -> Ending {
    complain(&format!("{} cannot be played: {fault}.", path.display()));
    Ending::BadUsage
}

/// Writes a scrubbed copy.
fn scrub(capsule: &Capsule, to: &Path) -> Ending {
    let written = replay::scrub(capsule).map_err(|fault| fault.to_string()).and_then(|scrubbed| {
        let text = scrubbed.capsule.to_text().map_err(|fault| fault.to_string())?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
        let done = file.and_then(|mut file| file.write_all(text.as_bytes()));
        done.map_err(|failure| format!("{}: {failure}", to.display()))?;
        Ok(scrubbed.same_shape)
    });
    let sentence = match written {
        Ok(true) => {
            let told = writeln!(io::stdout(), "Scrubbed: {} plays as it did", to.display());
            return if told.is_ok() { Ending::Done } else { Ending::Failed };
        }
        Ok(false) => {
            format!("{} is scrubbed, but it plays otherwise: in this turn a word decided what came.", to.display())
        }
        Err(why) => format!("No scrubbed copy was written: {why}."),
    };
    complain(&sentence);
    Ending::Failed
}

/// Plays it. What somebody made up may break what no table ever meets.
fn play(capsule: &Capsule) -> Option<Played> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let played = catch_unwind(AssertUnwindSafe(|| replay::play(capsule)));
    std::panic::set_hook(hook);
    played.ok()
}

fn report(args: &ReplayArgs, capsule: &Capsule, played: &Played) -> io::Result<()> {
    let out = &mut io::stdout().lock();
    let head = &capsule.head;
    let at = capsule.moments.first().and_then(|first| Timestamp::from_millisecond(first.at.millis()).ok());
    let at = at.map_or_else(String::new, |at| format!(" of {}", at.strftime("%Y-%m-%d %H:%M:%S UTC")));
    let scrubbed = if head.scrubbed { ", scrubbed" } else { "" };
    let kept = escape::terminal(&head.program);
    writeln!(out, "Turn {} at {}{at}, kept by Talekeeper {kept}{scrubbed}", head.turn, head.table)?;
    let errors: Vec<_> = capsule.end.errors.iter().map(|error| escape::terminal(error.as_str())).collect();
    if !errors.is_empty() {
        writeln!(out, "Errors: {}", errors.join(", "))?;
    }
    if args.messages {
        played.messages.iter().filter(|message| !message.unfinished).try_for_each(|message| show(out, message))?;
    }
    if let Some(difference) = &played.step {
        let Difference { number, after_ms, input, .. } = difference;
        let after = after_ms.unwrap_or_default();
        writeln!(out, "Different: step {number} of {} ({input}, {after} ms on)", capsule.moments.len())?;
        sides(out, difference)?;
    }
    if let Some(difference) = &played.message {
        writeln!(out, "Different: message {} of {}", difference.number, capsule.end.messages.len())?;
        sides(out, difference)?;
    }
    if played.is_same() {
        let (steps, messages) = (capsule.moments.len(), played.messages.len());
        writeln!(out, "The same: {steps} steps, {messages} messages")?;
    }
    Ok(())
}

fn show(out: &mut dyn Write, message: &Message) -> io::Result<()> {
    let voice = message.voice.as_deref().map_or_else(String::new, |voice| format!("{}: ", escape::terminal(voice)));
    writeln!(out)?;
    message.text.lines().try_for_each(|line| writeln!(out, "  | {voice}{}", escape::terminal(line)))?;
    if message.file.is_some() {
        writeln!(out, "  | (the rest is in a file)")?;
    }
    Ok(())
}

fn sides(out: &mut dyn Write, difference: &Difference) -> io::Result<()> {
    let (was, now) = excerpts(difference.was.as_ref(), difference.now.as_ref());
    writeln!(out, "  at   {}", escape::terminal(&difference.place))?;
    writeln!(out, "  was  {}", escape::terminal(&was))?;
    writeln!(out, "  now  {}", escape::terminal(&now))
}

/// Both values, cut to where they begin to differ.
fn excerpts(was: Option<&Value>, now: Option<&Value>) -> (String, String) {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let (was, now) = (text(was), text(now));
    let same = was.chars().zip(now.chars()).take_while(|(one, other)| one == other).count();
    let cut = |text: &str| {
        let lead = if same > AROUND { "…" } else { "" };
        let shown: String = text.chars().skip(same.saturating_sub(AROUND)).take(2 * AROUND).collect();
        let more = if text.chars().count() > same.saturating_sub(AROUND) + 2 * AROUND { "…" } else { "" };
        format!("{lead}{shown}{more}")
    };
    (cut(&was), cut(&now))
}
