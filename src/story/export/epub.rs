//! An EPUB 3 book of all scenes (<https://www.w3.org/TR/epub-33/>): a ZIP of XHTML chapters.
//! The same story gives the same bytes: members in a fixed order, times fixed.

use std::io::{Cursor, Write};

use minijinja::{Value, context};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::story::export::prose::{self, Place};
use crate::story::export::templates::{self, Templates};
use crate::story::export::{ExportError, Meta, scene_title};
use crate::story::scene_text::SceneText;

const CONTAINER: &str = include_str!("templates/container.xml");
const CSS: &str = include_str!("templates/book.css");
/// As many characters as stand side by side on the cover.
const COVER_LINE: usize = 14;
/// As many lines as stand on the cover.
const COVER_LINES: usize = 6;

/// The book.
pub(crate) fn book(scenes: &[&SceneText], meta: &Meta) -> Result<Vec<u8>, ExportError> {
    let templates = Templates::new()?;
    let about = about(scenes, meta);
    let mut members = vec![("EPUB/book.css".to_owned(), CSS.to_owned())];
    for name in ["book.opf", "colophon.xhtml", "cover.svg", "nav.xhtml", "title.xhtml"] {
        members.push((format!("EPUB/{name}"), templates.fill(name, about.clone())?));
    }
    for (index, scene) in scenes.iter().enumerate() {
        let prose = Value::from_safe_string(prose::html(&scene.body, Place::Chapter));
        let title = scene_title(scene);
        let text = templates.fill("chapter.xhtml", context! { title, prose, ..about.clone() })?;
        members.push((format!("EPUB/{}", chapter(index)), text));
    }
    members.sort();

    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The first member, stored and without extra fields, is how a reader knows the file (OCF 4.2).
    add(&mut zip, "mimetype", "application/epub+zip", CompressionMethod::Stored)?;
    add(&mut zip, "META-INF/container.xml", CONTAINER, CompressionMethod::Deflated)?;
    for (name, text) in &members {
        add(&mut zip, name, text, CompressionMethod::Deflated)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn add(
    zip: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    text: &str,
    method: CompressionMethod,
) -> Result<(), ExportError> {
    let options = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::DEFAULT);
    zip.start_file(name, options)?;
    zip.write_all(text.as_bytes()).map_err(zip::result::ZipError::from)?;
    Ok(())
}

fn chapter(index: usize) -> String {
    format!("scene-{:03}.xhtml", index + 1)
}

/// What the templates tell about the book.
fn about(scenes: &[&SceneText], meta: &Meta) -> Value {
    let language = templates::language(&meta.language);
    let title = meta.shown_title();
    let chapters = scenes.iter().enumerate().map(|(index, scene)| {
        context! { file => chapter(index), title => scene_title(scene) }
    });
    context! {
        identifier => identifier(scenes, meta),
        language => language,
        direction => templates::direction(language),
        cover => cover_lines(&title),
        book => title,
        table => meta.table.as_str(),
        creators => meta.shown_creators(),
        modified => modified(meta),
        chapters => chapters.collect::<Vec<_>>(),
    }
}

/// To the second, in UTC, as the standard asks.
fn modified(meta: &Meta) -> String {
    let at = jiff::Timestamp::from_millisecond(meta.modified.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Names the book for as long as it grows: the table and when its story began.
fn identifier(scenes: &[&SceneText], meta: &Meta) -> String {
    let began = scenes.first().and_then(|scene| scene.started.as_deref()).unwrap_or_default();
    let digest = Sha256::digest(format!("talekeeper story\n{}\n{began}", meta.table));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().urn().to_string()
}

/// The title in lines that fit the cover.
fn cover_lines(title: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split_whitespace() {
        let fits = |line: &String| line.chars().count() + 1 + word.chars().count() <= COVER_LINE;
        if let Some(line) = lines.last_mut().filter(|line| fits(line)) {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.chars().take(COVER_LINE).collect());
        }
    }
    if lines.len() > COVER_LINES {
        lines.truncate(COVER_LINES - 1);
        lines.push("…".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_fits_its_cover() {
        assert_eq!(cover_lines("The Drowned Stair"), ["The Drowned", "Stair"]);
        assert_eq!(cover_lines("Donaudampfschifffahrt"), ["Donaudampfschi"]);
        let long = cover_lines(&"endless words ".repeat(9));
        assert_eq!((long.len(), long[5].as_str()), (COVER_LINES, "…"));
    }
}
