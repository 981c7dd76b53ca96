//! What is said when everything is written, and whether a first scene is played.
//! It writes nothing and starts nothing.

use super::shown;
use super::talk::{Left, Talk};
use super::wanted::InitArgs;
use super::written::{FirstTable, Settled, Token, Written};
use crate::config::Sources;
use crate::door::discord::Arrival;

/// Says what was written, and what a host does next.
pub(super) fn done(talk: &Talk, sources: &Sources, settled: &Settled, files: &Written, arrival: Option<&Arrival>) {
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

pub(super) async fn wants_to_play(talk: &Talk, args: &InitArgs, on_discord: bool) -> Result<bool, Left> {
    if args.play || args.no_play {
        return Ok(args.play);
    }
    if !talk.asks() {
        return Ok(false);
    }
    talk.say("");
    talk.ask_yes("Play a first scene here, with the Oracle? It needs no key and costs nothing.", !on_discord).await
}
