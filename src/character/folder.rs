//! The folder of a table's characters: one card a file, found by its name. Files here are the record of the cards.
//! It writes whole files and renames them into place; it never follows a name out of the folder.

use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::card::{self, ARCHIVE_BYTES, CardFault, Carrier, Parcel};
use super::persona::Persona;

/// The endings of cards, in the order in which one is chosen where several files have the same name.
const ENDINGS: [&str; 6] = ["png", "charx", "json", "yaml", "yml", "md"];
/// How much of a text without a card is read, in bytes.
const TEXT_BYTES: u64 = 1024 * 1024;
/// The most characters of a table.
const CHARACTERS: usize = 200;

/// The folder of a table's characters.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// A character as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// The name of its file without the ending; by it people name the character.
    pub slug: String,
    /// The file.
    pub file: PathBuf,
}

/// Why a character cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum FolderFault {
    /// The file system said no.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The card is none.
    #[error("{0}")]
    Card(#[from] CardFault),
    /// No such character.
    #[error("there is no character \"{0}\" here")]
    Nobody(String),
    /// There is one of that name.
    #[error("there is a character \"{0}\" already")]
    Taken(String),
    /// Too many.
    #[error("a table has at most {CHARACTERS} characters")]
    Full,
    /// Plain text has no card.
    #[error("\"{0}\" is plain text, not a card")]
    PlainText(String),
}

impl Folder {
    /// The folder below a table's own.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Who is here, by name. A folder that is not there is empty.
    pub fn list(&self) -> Result<Vec<Stored>, FolderFault> {
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(failure) => return Err(failure.into()),
        };
        let mut found: Vec<(String, usize, PathBuf)> = Vec::new();
        for entry in entries {
            let file = entry?.path();
            let ending = file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
            let rank = ending.and_then(|ending| ENDINGS.iter().position(|known| *known == ending));
            let slug = file.file_stem().and_then(|stem| stem.to_str()).filter(|slug| is_slug(slug));
            if let (Some(rank), Some(slug), true) = (rank, slug, file.is_file()) {
                found.push((slug.to_owned(), rank, file.clone()));
            }
        }
        found.sort();
        found.dedup_by(|later, first| later.0 == first.0);
        found.truncate(CHARACTERS);
        Ok(found.into_iter().map(|(slug, _, file)| Stored { slug, file }).collect())
    }

    /// The character that people mean: by the file's name or by the name that is shown.
    pub fn find(&self, name: &str) -> Result<Stored, FolderFault> {
        let all = self.list()?;
        let wanted = slug_of(name);
        let by_slug = all.iter().find(|stored| stored.slug == name || slug_of(&stored.slug) == wanted);
        if let Some(stored) = by_slug {
            return Ok(stored.clone());
        }
        let shown =
            |stored: &&Stored| read_persona(&stored.file).is_ok_and(|who| who.name.eq_ignore_ascii_case(name.trim()));
        all.iter().find(shown).cloned().ok_or_else(|| FolderFault::Nobody(name.to_owned()))
    }

    /// The card of a character.
    pub fn parcel(&self, stored: &Stored) -> Result<Parcel, FolderFault> {
        if is_plain(&stored.file) {
            return Err(FolderFault::PlainText(stored.slug.clone()));
        }
        let parcels = card::open(&read(&stored.file, ARCHIVE_BYTES as u64)?)?;
        parcels.into_iter().next().ok_or_else(|| FolderFault::Nobody(stored.slug.clone()))
    }

    /// What the game master is told of a character.
    pub fn persona(&self, stored: &Stored) -> Result<Persona, FolderFault> {
        read_persona(&stored.file)
    }

    /// Keeps a new character; its file is named after `wanted` or the card. A picture stays a picture with the card in
    /// it, an archive an archive, everything else becomes JSON.
    pub fn keep(&self, parcel: &Parcel, wanted: Option<&str>) -> Result<Stored, FolderFault> {
        let all = self.list()?;
        if all.len() >= CHARACTERS {
            return Err(FolderFault::Full);
        }
        let slug = slug_of(wanted.unwrap_or(&Persona::of(&parcel.card).name));
        if all.iter().any(|stored| slug_of(&stored.slug) == slug) {
            return Err(FolderFault::Taken(slug));
        }
        let (ending, _) = file_of(parcel)?;
        let stored = Stored { file: self.path.join(format!("{slug}.{ending}")), slug };
        self.replace(&stored, parcel)?;
        Ok(stored)
    }

    /// Writes a character's card anew.
    pub fn replace(&self, stored: &Stored, parcel: &Parcel) -> Result<(), FolderFault> {
        let (_, bytes) = file_of(parcel)?;
        std::fs::create_dir_all(&self.path)?;
        let draft = self.path.join(format!(".{}.new", stored.slug));
        std::fs::write(&draft, bytes)?;
        Ok(std::fs::rename(&draft, &stored.file)?)
    }
}

/// What the game master is told of the character in a file: a card, or plain text.
pub(super) fn read_persona(file: &Path) -> Result<Persona, FolderFault> {
    if is_plain(file) {
        let text = String::from_utf8_lossy(&read(file, TEXT_BYTES)?).trim().to_owned();
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        return Ok(Persona {
            name: super::inert_name(&title_case(stem)),
            body: text,
            weight: 0.5,
            ..Persona::default()
        });
    }
    let parcels = card::open(&read(file, ARCHIVE_BYTES as u64)?)?;
    let first = parcels.first().ok_or_else(|| FolderFault::Nobody(file.display().to_string()))?;
    Ok(Persona::of(&first.card))
}

/// The lorebook in the card of a file, if it has one.
pub(super) fn read_book(file: &Path) -> Option<serde_json::Value> {
    if is_plain(file) {
        return None;
    }
    card::open(&read(file, ARCHIVE_BYTES as u64).ok()?).ok()?.first()?.card.fields().book.clone()
}

/// What a character's file is: its ending and its bytes. A card that came in a kept kind of file stays as it came.
fn file_of(parcel: &Parcel) -> Result<(&'static str, Vec<u8>), FolderFault> {
    Ok(match parcel.carrier {
        Carrier::Png => ("png", parcel.png()?),
        Carrier::Charx => ("charx", parcel.charx()?),
        Carrier::Json | Carrier::Yaml | Carrier::Tupperbox | Carrier::PluralKit => ("json", parcel.json()),
    })
}

fn is_plain(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md"))
}

/// A file, if it is no larger than this.
fn read(file: &Path, limit: u64) -> Result<Vec<u8>, FolderFault> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        return Err(CardFault::TooLarge { what: "the file", bytes: bytes.len(), limit }.into());
    }
    Ok(bytes)
}

/// A name of a file and nothing else.
fn is_slug(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.'))
        && !name.starts_with('.')
}

/// The name of a file for somebody: letters and digits, words joined by hyphens.
fn slug_of(name: &str) -> String {
    let words: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let slug: String = words.split_whitespace().collect::<Vec<_>>().join("-").chars().take(40).collect();
    if slug.is_empty() { "somebody".to_owned() } else { slug.trim_end_matches('-').to_owned() }
}

fn title_case(name: &str) -> String {
    let words = name.split(['-', '_']).filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}
