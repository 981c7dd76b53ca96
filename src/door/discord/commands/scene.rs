//! `/scene new`, `/scene end`, `/scene title`: scenes are the chapters of the story.
//! What was played stays where it was played.

use poise::serenity_prelude as serenity;

use super::{CHOICES, Context, Failure, carry_out, here, person, say};
use crate::domain::{Command, Role};
use crate::door::wording;
use crate::table::machine::Answer;
use crate::table::{CardGreeting, GreetingWish};

/// The longest choice that Discord shows while somebody types, in characters.
const CHOICE_CHARS: usize = 100;

/// Scenes are the chapters of the story
#[poise::command(
    slash_command,
    guild_only,
    subcommands("new", "end", "title"),
    subcommand_required,
    default_member_permissions = "MANAGE_MESSAGES",
    name_localized("ko", "장면"),
    description_localized("ko", "장면은 이야기의 장입니다"),
    name_localized("de", "szene"),
    description_localized("de", "Szenen sind die Kapitel der Geschichte")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn scene(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// End the scene and open the next
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "새로"),
    description_localized("ko", "장면을 끝내고 다음 장면을 엽니다"),
    name_localized("de", "neu"),
    description_localized("de", "Die Szene beenden und die nächste beginnen")
)]
async fn new(
    ctx: Context<'_>,
    #[description = "Its title; without it the game master finds one"]
    #[description_localized("ko", "제목. 비우면 게임 마스터가 정합니다")]
    #[description_localized("de", "Ihr Titel; ohne Angabe findet die Spielleitung einen")]
    #[name_localized("ko", "제목")]
    #[name_localized("de", "titel")]
    #[max_length = 80]
    title: Option<String>,
    #[description = "The character who opens it with a greeting of their card; Mira#2 is Mira's second"]
    #[description_localized("ko", "카드의 인사말로 장면을 여는 인물. 미라#2는 미라의 두 번째 인사말")]
    #[description_localized("de", "Wer sie mit einer Begrüßung von der Karte eröffnet; Mira#2 ist Miras zweite")]
    #[name_localized("ko", "인사")]
    #[name_localized("de", "begrüßung")]
    #[autocomplete = "greetings"]
    #[max_length = 100]
    greeting: Option<String>,
) -> Result<(), Failure> {
    let Some(greeting) = greeting else {
        return carry_out(ctx, Command::SceneNew { title, greeting: None }).await;
    };
    let Some(reached) = here(ctx).await? else { return Ok(()) };
    let answer = match reached.table.greet(person(ctx), title, GreetingWish::read(&greeting)).await {
        Ok(Answer::Done(done)) => wording::done(&done),
        Ok(_) => return Ok(()),
        Err(failure) => wording::table_error(&failure),
    };
    say(ctx, answer).await
}

/// The greetings of the cast, for hosts: whose they are and how they begin.
async fn greetings(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let all = match ctx.data().at(ctx.channel_id().get()) {
        Some(reached) if person(ctx).role == Role::Host => reached.table.greetings().await.unwrap_or_default(),
        _ => Vec::new(),
    };
    let typed = typed.to_lowercase();
    let shown = all.iter().map(|greeting| (beginning(greeting), format!("{}#{}", greeting.by.slug, greeting.which)));
    let fitting = shown.filter(|(shown, value)| {
        let fits = shown.to_lowercase().contains(&typed) || value.to_lowercase().contains(&typed);
        fits && value.chars().count() <= CHOICE_CHARS
    });
    let choices = fitting.take(CHOICES).map(|(shown, value)| serenity::AutocompleteChoice::new(shown, value));
    serenity::CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// `Mira 2: The heron is back…`, as much as one choice shows.
fn beginning(greeting: &CardGreeting) -> String {
    let words = greeting.words.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = format!("{} {}: {words}", greeting.by.name, greeting.which);
    let mut shown: String = line.chars().filter(|c| !c.is_control()).take(CHOICE_CHARS).collect();
    if shown.chars().count() < line.chars().count() {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// End the scene; the next action opens another
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "끝"),
    description_localized("ko", "장면을 끝냅니다. 다음 행동이 새 장면을 엽니다"),
    name_localized("de", "ende"),
    description_localized("de", "Die Szene beenden; die nächste Handlung beginnt eine neue")
)]
async fn end(ctx: Context<'_>) -> Result<(), Failure> {
    carry_out(ctx, Command::SceneEnd).await
}

/// Name the open scene
#[poise::command(
    slash_command,
    guild_only,
    name_localized("ko", "제목"),
    description_localized("ko", "열린 장면에 이름을 붙입니다"),
    name_localized("de", "titel"),
    description_localized("de", "Der offenen Szene einen Titel geben")
)]
async fn title(
    ctx: Context<'_>,
    #[description = "Its title"]
    #[description_localized("ko", "제목")]
    #[description_localized("de", "Ihr Titel")]
    #[name_localized("ko", "제목")]
    #[name_localized("de", "titel")]
    #[max_length = 80]
    title: String,
) -> Result<(), Failure> {
    carry_out(ctx, Command::SceneTitle(title)).await
}
