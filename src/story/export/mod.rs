//! Books made of scenes: one markdown document, one HTML page, one EPUB.
//! Pure: the same scenes and the same words about them give the same bytes.

mod epub;
mod html;
mod markdown;
mod prose;
mod templates;
#[cfg(test)]
mod tests;

use crate::domain::{TableName, Timestamp};
use crate::story::scene_file::untitled;
use crate::story::scene_text::SceneText;

/// What a story can be exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One markdown document.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// An EPUB 3 book.
    Epub,
}

impl Format {
    /// The end of such a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Epub => "epub",
        }
    }
}

/// What the scenes do not say about the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The table the scenes are from.
    pub table: TableName,
    /// The book's title.
    pub title: String,
    /// The language of the prose (a BCP 47 tag such as `en`).
    pub language: String,
    /// The display names of those who played.
    pub creators: Vec<String>,
    /// When the newest scene was written.
    pub modified: Timestamp,
}

impl Meta {
    /// The title on one line; a book without one is named after its table.
    pub(crate) fn shown_title(&self) -> String {
        let title = one_line(&self.title);
        if title.is_empty() { self.table.to_string() } else { title }
    }

    /// The names of those who played, without empty ones.
    pub(crate) fn shown_creators(&self) -> Vec<String> {
        self.creators.iter().map(|name| one_line(name)).filter(|name| !name.is_empty()).collect()
    }
}

/// The scene's title on one line.
pub(crate) fn scene_title(scene: &SceneText) -> String {
    let title = one_line(&scene.title);
    if title.is_empty() { untitled(scene.number) } else { title }
}

fn one_line(text: &str) -> String {
    prose::xml_safe(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why a book could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A template failed.
    #[error("could not fill the template")]
    Template(#[from] minijinja::Error),
    /// The EPUB could not be packed.
    #[error("could not pack the book")]
    Pack(#[from] zip::result::ZipError),
}

/// Makes a book of `scenes`, in the order of their numbers.
pub fn export(scenes: &[SceneText], meta: &Meta, format: Format) -> Result<Vec<u8>, ExportError> {
    let mut scenes: Vec<&SceneText> = scenes.iter().collect();
    scenes.sort_by_key(|scene| scene.number);
    match format {
        Format::Markdown => Ok(markdown::document(&scenes, meta).into_bytes()),
        Format::Html => Ok(html::page(&scenes, meta)?.into_bytes()),
        Format::Epub => epub::book(&scenes, meta),
    }
}
