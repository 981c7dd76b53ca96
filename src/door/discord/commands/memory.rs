//! `/memory`: look up what the table remembers, and put it right. Only whoever asks sees the answer.
//! Who may know and change what is the table's to say.

use super::{Context, Failure, here, person, say};
use crate::door::{memories, wording};
use crate::format::{escape, links};
use crate::table::{MemoryChange, TableError};

/// Look up and put right what the table remembers
#[poise::command(
    slash_command,
    guild_only,
    subcommands("search", "why", "pin", "forget", "fix"),
    subcommand_required,
    name_localized("ko", "기억"),
    description_localized("ko", "테이블이 기억하는 것을 찾고 바로잡습니다"),
    name_localized("de", "gedächtnis"),
    description_localized("de", "Nachsehen und berichtigen, was der Tisch sich merkt")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn memory(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Find what is remembered, as far as you may know it
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "찾기"),
    description_localized("ko", "내가 알 수 있는 기억을 찾습니다"),
    name_localized("de", "suchen"),
    description_localized("de", "Finden, was gemerkt ist, soweit du es wissen darfst")
)]
async fn search(
    ctx: Context<'_>,
    #[description = "Words to look for"]
    #[description_localized("ko", "찾을 말")]
    #[description_localized("de", "Gesuchte Wörter")]
    #[name_localized("ko", "말")]
    #[name_localized("de", "wörter")]
    #[max_length = 200]
    words: String,
) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let lines = reached.table.search_memory(person(ctx).id, words).await;
    show(ctx, lines, memories::NOTHING).await
}

/// Why the last turn was told what it was told of earlier
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "이유"),
    description_localized("ko", "지난 차례에 무엇이 왜 떠올랐는지 봅니다"),
    name_localized("de", "warum"),
    description_localized("de", "Warum dem letzten Zug gerade das in Erinnerung gerufen wurde")
)]
async fn why(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let lines = reached.table.why_memory(person(ctx).id).await;
    show(ctx, lines, memories::NO_TURN).await
}

/// Keep a memory in view, or have something remembered
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "고정"),
    description_localized("ko", "기억을 고정하거나 새로 기억하게 합니다"),
    name_localized("de", "anheften"),
    description_localized("de", "Eine Erinnerung im Blick behalten oder etwas merken lassen")
)]
async fn pin(
    ctx: Context<'_>,
    #[description = "A memory's number, or what to remember; everyone may know it"]
    #[description_localized("ko", "기억의 번호 또는 기억할 내용(모두가 알 수 있음)")]
    #[description_localized("de", "Nummer einer Erinnerung oder was zu merken ist; alle dürfen es wissen")]
    #[name_localized("ko", "내용")]
    #[name_localized("de", "was")]
    #[max_length = 500]
    what: String,
) -> Result<(), Failure> {
    put_right(ctx, Some(memories::pin(what))).await
}

/// Have a memory found no more; for hosts
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "잊기"),
    description_localized("ko", "기억을 더는 떠올리지 않게 합니다 (호스트)"),
    name_localized("de", "vergessen"),
    description_localized("de", "Eine Erinnerung nicht mehr finden lassen; für Hosts")
)]
async fn forget(
    ctx: Context<'_>,
    #[description = "The memory's number"]
    #[description_localized("ko", "기억의 번호")]
    #[description_localized("de", "Nummer der Erinnerung")]
    #[name_localized("ko", "번호")]
    #[name_localized("de", "nummer")]
    number: String,
) -> Result<(), Failure> {
    put_right(ctx, memories::forget(&number)).await
}

/// Say what is right instead of a memory; for hosts
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "정정"),
    description_localized("ko", "기억을 바로잡습니다 (호스트)"),
    name_localized("de", "berichtigen"),
    description_localized("de", "Sagen, was statt einer Erinnerung stimmt; für Hosts")
)]
async fn fix(
    ctx: Context<'_>,
    #[description = "The memory's number"]
    #[description_localized("ko", "기억의 번호")]
    #[description_localized("de", "Nummer der Erinnerung")]
    #[name_localized("ko", "번호")]
    #[name_localized("de", "nummer")]
    number: String,
    #[description = "What is right"]
    #[description_localized("ko", "맞는 내용")]
    #[description_localized("de", "Was stimmt")]
    #[name_localized("ko", "내용")]
    #[name_localized("de", "text")]
    #[max_length = 500]
    text: String,
) -> Result<(), Failure> {
    put_right(ctx, memories::fix(&number, &text)).await
}

async fn put_right(ctx: Context<'_>, change: Option<MemoryChange>) -> Result<(), Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let Some(change) = change else { return say(ctx, memories::NO_NUMBER.to_owned()).await };
    let told = match reached.table.remember(person(ctx), change).await {
        Ok(_) => memories::CHANGED.to_owned(),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, told).await
}

/// Shows the lines that fit, each cut to a few; what people and models wrote mentions nobody and links nowhere.
pub(super) async fn show(ctx: Context<'_>, lines: Result<Vec<String>, TableError>, none: &str) -> Result<(), Failure> {
    let lines = match lines {
        Ok(lines) => lines,
        Err(failure) => return say(ctx, wording::table_error(&failure)).await,
    };
    let mut text = String::new();
    for line in &lines {
        let cut: String = line.chars().take(280).collect();
        let line = links::inert(&escape::mentions(&escape::markdown(&cut)));
        if text.len() + line.len() > 1_800 {
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    say(ctx, if text.is_empty() { none.to_owned() } else { text }).await
}
