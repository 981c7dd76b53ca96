//! The cast: cards that the host put into the table's folder, read for the brief.
//! A card that is missing or damaged is left out and named in the log; it never stops a turn.

use std::path::Path;

use serde::Deserialize;
use tracing::warn;

/// The longest card, in bytes.
const CARD_BYTES: u64 = 1024 * 1024;
/// How much of a description is told, in characters.
const DESCRIPTION_CHARS: usize = 4_000;

/// A character card, V1 (flat) or V2/V3 (under `data`): only what describes the character is read.
#[derive(Deserialize)]
#[serde(untagged)]
enum Card {
    Wrapped { data: Fields },
    Flat(Fields),
}

#[derive(Deserialize)]
struct Fields {
    name: String,
    #[serde(default)]
    nickname: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    personality: String,
}

/// The cast named in `names`: each character's name and who they are. `<name>.json` is a card, `<name>.md` plain text.
pub async fn cast(folder: &Path, names: &[String]) -> Vec<(String, String)> {
    let mut cast = Vec::new();
    for name in names.iter().filter(|name| is_file_name(name)) {
        match read(folder, name).await {
            Ok(character) => cast.push(character),
            Err(failure) => warn!(character = %name, error = %failure, "character left out of the cast"),
        }
    }
    cast
}

async fn read(folder: &Path, name: &str) -> Result<(String, String), String> {
    if let Some(text) = read_text(&folder.join(format!("{name}.json"))).await? {
        let card: Card = serde_json::from_str(&text).map_err(|failure| format!("not a character card: {failure}"))?;
        let (Card::Wrapped { data: fields } | Card::Flat(fields)) = card;
        let shown = fields.nickname.filter(|nick| !nick.trim().is_empty()).unwrap_or(fields.name);
        return Ok((shown, shorten(&format!("{}\n\n{}", fields.description, fields.personality))));
    }
    match read_text(&folder.join(format!("{name}.md"))).await? {
        Some(text) => Ok((title_case(name), shorten(&text))),
        None => Err("no such card".to_owned()),
    }
}

async fn read_text(path: &Path) -> Result<Option<String>, String> {
    let size = match tokio::fs::metadata(path).await {
        Ok(found) => found.len(),
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(failure) => return Err(failure.to_string()),
    };
    if size > CARD_BYTES {
        return Err(format!("the card has {size} bytes and {CARD_BYTES} are allowed"));
    }
    tokio::fs::read_to_string(path).await.map(Some).map_err(|failure| failure.to_string())
}

/// A name of a file and nothing else.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '))
}

fn shorten(text: &str) -> String {
    text.trim().chars().take(DESCRIPTION_CHARS).collect()
}

fn title_case(name: &str) -> String {
    let words = name.split(['-', '_']).filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn cards_and_plain_texts_are_read_and_bad_ones_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "mira.json",
            r#"{"spec":"chara_card_v2","data":{"name":"Mira","description":"A ferryman.","personality":"dry"}}"#,
        );
        write("tomas.json", r#"{"name":"Tomas","description":"Keeps the gate.","first_mes":"Halt."}"#);
        write("old-bell.md", "A bell that rings by itself.\n");
        write("broken.json", "{");
        let names = ["mira", "tomas", "old-bell", "broken", "nobody", "../mira"].map(str::to_owned);
        let cast = cast(folder.path(), &names).await;
        let expected = [
            ("Mira", "A ferryman.\n\ndry"),
            ("Tomas", "Keeps the gate."),
            ("Old Bell", "A bell that rings by itself."),
        ];
        assert_eq!(cast, expected.map(|(name, who)| (name.to_owned(), who.to_owned())));
    }
}
