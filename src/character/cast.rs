//! The cast: everybody whose card is in the table's folder, read for the brief.
//! A card that is missing or damaged is left out and named in the log; it never stops a turn.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tracing::warn;

use super::folder::{self, Folder};
use super::persona::Persona;
use crate::domain::{Part, also_called};
use crate::lore::{self, Book};

/// The most of a table's characters that the game master is told of.
const CAST: usize = 40;

/// Somebody of the cast.
#[derive(Clone, Debug)]
pub struct Member {
    /// The name of their file.
    pub slug: String,
    /// Who they are.
    pub persona: Persona,
    /// The lorebook in their card.
    pub book: Option<Arc<Book>>,
}

impl Member {
    /// As much of them as playing them needs.
    pub fn part(&self) -> Part {
        let Persona { name, full_name, .. } = &self.persona;
        Part { slug: self.slug.clone(), also: also_called(name, full_name.clone()), name: name.clone() }
    }
}

/// What was read of a file, and of which state of it.
type Seen = (Option<SystemTime>, u64, Arc<Result<Member, String>>);

/// The cast of a table. Cards are read again only when their files change.
#[derive(Clone, Debug)]
pub struct Cast {
    folder: Folder,
    seen: Arc<Mutex<HashMap<PathBuf, Seen>>>,
}

impl Cast {
    /// The cast whose cards are in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: Folder::new(folder), seen: Arc::default() }
    }

    /// Everybody: those in `first` first, the others by name.
    pub async fn members(&self, first: &[String]) -> Vec<Member> {
        let (cast, first) = (self.clone(), first.to_vec());
        // Files and archives are read and unpacked, which takes its time.
        let read = tokio::task::spawn_blocking(move || cast.read(&first));
        read.await.unwrap_or_default()
    }

    /// Where the picture of the one with that card is.
    pub async fn picture(&self, slug: &str) -> Option<String> {
        let members = self.members(&[]).await;
        members.into_iter().find(|member| member.slug == slug)?.persona.picture
    }

    fn read(&self, first: &[String]) -> Vec<Member> {
        let all = match self.folder.list() {
            Ok(all) => all,
            Err(failure) => {
                warn!(error = %failure, "the characters' folder could not be read");
                return Vec::new();
            }
        };
        let place = |slug: &str| first.iter().position(|name| name == slug).unwrap_or(usize::MAX);
        for name in first.iter().filter(|name| !all.iter().any(|stored| stored.slug == **name)) {
            warn!(character = %name, "character left out of the cast: no such card");
        }
        let mut members = Vec::new();
        for stored in &all {
            match &*self.member(&stored.slug, &stored.file) {
                Ok(member) => members.push(member.clone()),
                Err(failure) => warn!(character = %stored.slug, error = %failure, "character left out of the cast"),
            }
        }
        members.sort_by_key(|member| place(&member.slug));
        members.truncate(CAST);
        members
    }

    fn member(&self, slug: &str, file: &PathBuf) -> Arc<Result<Member, String>> {
        let state = std::fs::metadata(file).map(|found| (found.modified().ok(), found.len())).unwrap_or_default();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, size, member)) = seen.get(file)
            && (*at, *size) == state
        {
            return Arc::clone(member);
        }
        let persona = folder::read_persona(file).map_err(|failure| failure.to_string());
        let read = |persona: Persona| {
            // The book's entries call the character by the name that is shown.
            let book = folder::read_book(file).and_then(|book| lore::read_value(&book, &persona.name).ok());
            Member { slug: slug.to_owned(), persona, book: book.map(Arc::new) }
        };
        let member = Arc::new(persona.map(read));
        seen.insert(file.clone(), (state.0, state.1, Arc::clone(&member)));
        member
    }
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
        write("gull.yaml", "name: The Gull\ndescription: |\n  Steals.\n");
        write("broken.json", "{");
        write("notes.txt", "not a card");
        let cast = Cast::new(folder.path().to_owned());
        let first = ["tomas", "nobody", "../mira"].map(str::to_owned);
        let told = |members: Vec<Member>| -> Vec<_> {
            members.into_iter().map(|member| (member.persona.name.clone(), member.persona.told())).collect()
        };
        let expected = [
            ("Tomas", "Keeps the gate."),
            ("The Gull", "Steals."),
            ("Mira", "A ferryman.\n\ndry"),
            ("Old Bell", "A bell that rings by itself."),
        ];
        let expected = expected.map(|(name, who)| (name.to_owned(), who.to_owned()));
        assert_eq!(told(cast.members(&first).await), expected);
        write("broken.json", r#"{"name":"Mended","description":"Whole again."}"#);
        assert_eq!(cast.members(&[]).await.len(), 5, "a file that changed is read again");
    }
}
