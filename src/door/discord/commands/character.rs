//! `/character`: cards taken in, made, looked at, changed and given out. Cards are for hosts, who plays whom is for everyone.
//! The files in the table's folder are the record; what a card says is shown as text and never acts.

use std::time::Duration;

use poise::serenity_prelude as serenity;
use tracing::warn;

use super::{Context, Failure, choices, here, person, playing, say};
use crate::character::card::{self, ARCHIVE_BYTES, Card, Carrier, Parcel};
use crate::character::{Folder, FolderFault, Stored, report};
use crate::domain::{Refusal, Role};
use crate::door::discord::card_words;
use crate::door::wording;
use crate::format::escape;
use crate::telemetry::new_error_id;

/// How long a card may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// Kinds of files that a card is given out as.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum As {
    #[name = "png"]
    Png,
    #[name = "json"]
    Json,
    #[name = "charx"]
    Charx,
}

/// What of a card can be changed by command; the rest by its file.
#[derive(Clone, Copy, Debug, poise::ChoiceParameter)]
enum Field {
    #[name = "name"]
    Name,
    #[name = "description"]
    Description,
    #[name = "personality"]
    Personality,
    #[name = "scenario"]
    Scenario,
    #[name = "greeting"]
    Greeting,
    #[name = "examples"]
    Examples,
}

impl Field {
    fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::Personality => "personality",
            Self::Scenario => "scenario",
            Self::Greeting => "first_mes",
            Self::Examples => "mes_example",
        }
    }
}

/// The characters of this table
#[poise::command(
    slash_command,
    guild_only,
    subcommands(
        "import",
        "new",
        "list",
        "show",
        "edit",
        "export",
        "playing::take",
        "playing::drop",
        "playing::give",
        "playing::cast"
    ),
    subcommand_required,
    name_localized("ko", "인물"),
    description_localized("ko", "이 테이블의 인물들"),
    name_localized("de", "figur"),
    description_localized("de", "Die Figuren dieses Tisches")
)]
#[expect(clippy::unused_async, reason = "the library asks for a future; only the subcommands do something")]
pub(super) async fn character(_: Context<'_>) -> Result<(), Failure> {
    Ok(())
}

/// Take in a card: PNG, JSON or CHARX, or an export of Tupperbox or PluralKit
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "가져오기"),
    description_localized("ko", "카드를 가져옵니다: PNG, JSON, CHARX, Tupperbox나 PluralKit 내보내기"),
    name_localized("de", "einlesen"),
    description_localized("de", "Eine Karte einlesen: PNG, JSON, CHARX, Export von Tupperbox oder PluralKit")
)]
async fn import(
    ctx: Context<'_>,
    #[description = "The card"]
    #[description_localized("ko", "카드")]
    #[description_localized("de", "Die Karte")]
    #[name_localized("ko", "카드")]
    #[name_localized("de", "karte")]
    card: serenity::Attachment,
    #[description = "Whether the card's own instructions count as suggestions for its voice (yes without a word)"]
    #[description_localized("ko", "카드의 지시를 말투 제안으로 쓸지 (비우면 씁니다)")]
    #[description_localized("de", "Ob Anweisungen der Karte als Vorschläge für die Stimme gelten (ohne Angabe ja)")]
    #[name_localized("ko", "제안")]
    #[name_localized("de", "vorschläge")]
    suggestions: Option<bool>,
) -> Result<(), Failure> {
    let Some(folder) = folder(ctx).await? else { return Ok(()) };
    let bytes = match ctx.data().files.load(&card.url, ARCHIVE_BYTES as u64, PATIENCE).await {
        Ok(bytes) => bytes,
        Err(failure) => {
            let error_id = new_error_id();
            warn!(%error_id, error = %failure, "a card was not loaded");
            return say(ctx, card_words::not_loaded(&error_id)).await;
        }
    };
    let suggesting = suggestions.unwrap_or(true);
    let told = tokio::task::spawn_blocking(move || take_in(&folder, &bytes, suggesting)).await?;
    say(ctx, told).await
}

/// Make a character from a name and a description
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "새로"),
    description_localized("ko", "이름과 설명으로 인물을 만듭니다"),
    name_localized("de", "neu"),
    description_localized("de", "Eine Figur aus Name und Beschreibung machen")
)]
async fn new(
    ctx: Context<'_>,
    #[description = "What they are called"]
    #[description_localized("ko", "이름")]
    #[description_localized("de", "Wie sie heißt")]
    #[name_localized("ko", "이름")]
    #[max_length = 80]
    name: String,
    #[description = "Who they are"]
    #[description_localized("ko", "어떤 인물인지")]
    #[description_localized("de", "Wer sie ist")]
    #[name_localized("ko", "설명")]
    #[name_localized("de", "beschreibung")]
    #[max_length = 4000]
    description: String,
) -> Result<(), Failure> {
    let Some(folder) = folder(ctx).await? else { return Ok(()) };
    let told = tokio::task::spawn_blocking(move || {
        let card = match Card::new(&name, &description) {
            Ok(card) => card,
            Err(fault) => return refused(&fault.into()),
        };
        match folder.keep(&Parcel::plain(card, Carrier::Json), None) {
            Ok(stored) => card_words::kept(&stored.slug),
            Err(fault) => refused(&fault),
        }
    });
    say(ctx, told.await?).await
}

/// List the characters of this table
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "목록"),
    description_localized("ko", "이 테이블의 인물을 모두 봅니다"),
    name_localized("de", "liste"),
    description_localized("de", "Die Figuren dieses Tisches auflisten")
)]
async fn list(ctx: Context<'_>) -> Result<(), Failure> {
    let Some(folder) = folder(ctx).await? else { return Ok(()) };
    let told = tokio::task::spawn_blocking(move || {
        let line = |stored: &Stored| match folder.persona(stored) {
            Ok(persona) => format!("{} — {}", stored.slug, persona.name),
            Err(fault) => format!("{} — {fault}", stored.slug),
        };
        match folder.list() {
            Ok(all) if all.is_empty() => card_words::NOBODY.to_owned(),
            Ok(all) => escape::markdown(&all.iter().map(line).collect::<Vec<_>>().join("\n")),
            Err(fault) => refused(&fault),
        }
    });
    say(ctx, told.await?).await
}

/// Show what the game master is told of a character
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "보기"),
    description_localized("ko", "게임 마스터가 이 인물에 대해 듣는 것을 봅니다"),
    name_localized("de", "zeigen"),
    description_localized("de", "Zeigen, was die Spielleitung über eine Figur erfährt")
)]
async fn show(
    ctx: Context<'_>,
    #[description = "Who"]
    #[description_localized("ko", "누구")]
    #[description_localized("de", "Wer")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "known"]
    name: String,
) -> Result<(), Failure> {
    let Some(folder) = folder(ctx).await? else { return Ok(()) };
    let told =
        tokio::task::spawn_blocking(move || match folder.find(&name).and_then(|stored| folder.persona(&stored)) {
            Ok(persona) => format!("**{}**\n{}", escape::markdown(&persona.name), escape::markdown(&persona.told())),
            Err(fault) => refused(&fault),
        });
    say(ctx, told.await?).await
}

/// Change one field of a character; everything else in its card stays
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "고치기"),
    description_localized("ko", "인물의 한 항목을 고칩니다. 카드의 나머지는 그대로입니다"),
    name_localized("de", "ändern"),
    description_localized("de", "Ein Feld einer Figur ändern; alles andere in der Karte bleibt")
)]
async fn edit(
    ctx: Context<'_>,
    #[description = "Who"]
    #[description_localized("ko", "누구")]
    #[description_localized("de", "Wer")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "known"]
    name: String,
    #[description = "Which field"]
    #[description_localized("ko", "어느 항목")]
    #[description_localized("de", "Welches Feld")]
    #[name_localized("ko", "항목")]
    #[name_localized("de", "feld")]
    field: Field,
    #[description = "What it says from now on"]
    #[description_localized("ko", "새 내용")]
    #[description_localized("de", "Was von jetzt an darin steht")]
    #[name_localized("ko", "내용")]
    #[name_localized("de", "text")]
    #[max_length = 4000]
    text: String,
) -> Result<(), Failure> {
    let Some(folder) = folder(ctx).await? else { return Ok(()) };
    let told = tokio::task::spawn_blocking(move || match change(&folder, &name, field, &text) {
        Ok(slug) => card_words::changed(&slug),
        Err(fault) => refused(&fault),
    });
    say(ctx, told.await?).await
}

/// Get a character's card as a file
#[poise::command(
    slash_command,
    guild_only,
    ephemeral,
    name_localized("ko", "내보내기"),
    description_localized("ko", "인물의 카드를 파일로 받습니다"),
    name_localized("de", "ausgeben"),
    description_localized("de", "Die Karte einer Figur als Datei erhalten")
)]
async fn export(
    ctx: Context<'_>,
    #[description = "Who"]
    #[description_localized("ko", "누구")]
    #[description_localized("de", "Wer")]
    #[name_localized("ko", "이름")]
    #[autocomplete = "known"]
    name: String,
    #[description = "The kind of file; a picture without a word"]
    #[description_localized("ko", "파일 종류. 비우면 그림")]
    #[description_localized("de", "Die Art der Datei; ohne Angabe ein Bild")]
    #[name_localized("ko", "형식")]
    format: Option<As>,
) -> Result<(), Failure> {
    let Some(folder) = folder(ctx).await? else { return Ok(()) };
    let format = format.unwrap_or(As::Png);
    let made = tokio::task::spawn_blocking(move || give_out(&folder, &name, format)).await?;
    match made {
        Ok((name, bytes)) => {
            let file = serenity::CreateAttachment::bytes(bytes, name);
            ctx.send(poise::CreateReply::default().attachment(file)).await?;
            Ok(())
        }
        Err(fault) => say(ctx, refused(&fault)).await,
    }
}

/// The folder of this table's characters; where there is no table, or the person is no host, that is the answer.
async fn folder(ctx: Context<'_>) -> Result<Option<Folder>, Failure> {
    let Some(reached) = here(ctx).await? else { return Ok(None) };
    if person(ctx).role != Role::Host {
        say(ctx, wording::refusal(&Refusal::NotHost)).await?;
        return Ok(None);
    }
    let tables = ctx.data().parts.config.data_dir.join("tables");
    Ok(Some(Folder::new(tables.join(reached.table.name().as_str()).join("characters"))))
}

/// Why it did not work. What a file system says is for the log: it names paths.
fn refused(fault: &FolderFault) -> String {
    if let FolderFault::Io(failure) = fault {
        let error_id = new_error_id();
        warn!(%error_id, error = %failure, "a card could not be read or kept");
        return card_words::not_loaded(&error_id);
    }
    card_words::refused(fault)
}

fn take_in(folder: &Folder, bytes: &[u8], suggesting: bool) -> String {
    let parcels = match card::open(bytes) {
        Ok(parcels) => parcels,
        Err(fault) => return refused(&fault.into()),
    };
    let mut lines = Vec::new();
    for mut parcel in parcels {
        if !suggesting {
            parcel.card = parcel.card.without_suggestions();
        }
        match folder.keep(&parcel, None) {
            Ok(stored) => {
                lines.extend(report(&parcel).iter().map(|line| escape::markdown(line)));
                lines.push(card_words::kept(&stored.slug));
            }
            Err(fault) => lines.push(refused(&fault)),
        }
    }
    lines.join("\n")
}

fn change(folder: &Folder, name: &str, field: Field, text: &str) -> Result<String, FolderFault> {
    let stored = folder.find(name)?;
    let mut parcel = folder.parcel(&stored)?;
    let path = [field.key()];
    let path = parcel.card.path_of(&path);
    let changed = parcel.card.with(&path, &text.into());
    parcel.card = changed.ok_or(FolderFault::NotChanged)?;
    folder.replace(&stored, &parcel)?;
    Ok(stored.slug)
}

fn give_out(folder: &Folder, name: &str, format: As) -> Result<(String, Vec<u8>), FolderFault> {
    let stored = folder.find(name)?;
    let parcel = folder.parcel(&stored)?;
    Ok(match format {
        As::Png => (format!("{}.png", stored.slug), parcel.png()?),
        As::Json => (format!("{}.json", stored.slug), parcel.json()),
        As::Charx => (format!("{}.charx", stored.slug), parcel.charx()?),
    })
}

async fn known(ctx: Context<'_>, typed: &str) -> serenity::CreateAutocompleteResponse {
    let Some(reached) = ctx.data().at(ctx.channel_id().get()).filter(|_| person(ctx).role == Role::Host) else {
        return choices([], typed);
    };
    let tables = ctx.data().parts.config.data_dir.join("tables");
    let folder = Folder::new(tables.join(reached.table.name().as_str()).join("characters"));
    let all = tokio::task::spawn_blocking(move || folder.list().unwrap_or_default()).await.unwrap_or_default();
    choices(all.into_iter().map(|stored| stored.slug), typed)
}
