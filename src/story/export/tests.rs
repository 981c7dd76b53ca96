//! The books as their readers get them, checked by programs that know the formats where these are installed.
//! No test here looks at prose; that is tested in `prose.rs`.

use std::io::{Cursor, Read};

use super::*;
use crate::domain::SceneNo;
use crate::story::example::{Log, answered, file_of, table, the_drowned_stair};

fn meta() -> Meta {
    Meta {
        table: table(),
        title: "The Sunken Crown".to_owned(),
        language: "en".to_owned(),
        creators: vec!["Ana".to_owned(), "Ben & <Eve>".to_owned()],
        modified: Timestamp::from_millis(1_767_384_900_123),
    }
}

fn scenes() -> Vec<SceneText> {
    let mut hostile = Log::new(8, 2000, Some("“Who’s there?” <b>&amp; \u{1}[[x]]"));
    hostile.turn(
        &[("Eve", "---\n# x ^e1\n[[x]] <script>alert(1)</script> @everyone\n```\n&#1; \u{c}")],
        answered(&[
            ("", "# Loud\n\n<div><p>a\n\n![x](https://e.example/x.png) [y](javascript:z) <https://w.example> [[Mira|her]]\n\n```html\n<i>\n```\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n3. three\n4. four\n\n~~no~~ &nbsp;&#1;"),
            ("Mira", "> [!warning] Mind\n> the gap"),
            ("", "> 1d20: 1\n\n---"),
        ]),
    );
    let files = [file_of(&hostile), file_of(&the_drowned_stair())];
    files.iter().map(|file| SceneText::parse(&file.text).unwrap()).collect()
}

fn members(book: &[u8]) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let count = zip.len();
    let read = |at: usize| {
        let mut file = zip.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        (file.name().unwrap().into_owned(), text)
    };
    (0..count).map(read).collect()
}

#[test]
fn one_document_holds_every_scene_in_order() {
    let scenes = vec![
        scenes().remove(1),
        SceneText { number: SceneNo::new(1), title: "Before".to_owned(), ..scenes().remove(1) },
    ];
    let text = String::from_utf8(export(&scenes, &meta(), Format::Markdown).unwrap()).unwrap();
    assert!(
        text.starts_with("# The Sunken Crown\n\n*Ana, Ben \\& \\<Eve\\>*\n\n## Before\n\n**Ana** — *I lift"),
        "{text}"
    );
    assert!(text.contains("\n\n## The Drowned Stair\n\n**Ana** — *I lift"), "{text}");
    assert!(!text.contains("^e") && !text.contains("type: scene"), "{text}");
}

#[test]
fn the_page_needs_nothing_and_runs_nothing() {
    let page = String::from_utf8(export(&scenes(), &meta(), Format::Html).unwrap()).unwrap();
    for absent in [
        "<script",
        "<img",
        "src=",
        "http:",
        "https://e",
        "javascript:",
        "[[",
        "]]</",
        "^e",
        "@import",
        "url(",
        "type: scene",
        "[!dice",
    ] {
        // A player's own brackets and marks are words of the story.
        let told = page.replace("[[x]]", "").replace("# x ^e1", "");
        assert!(!told.contains(absent), "{absent:?} in {page}");
    }
    for present in [
        "<html lang=\"en\" dir=\"ltr\">",
        "class=\"skip\" href=\"#story\"",
        "<main id=\"story\"",
        "<nav class=\"contents\" aria-labelledby=\"contents\">",
        "<p class=\"by\">Ana · Ben &amp; &lt;Eve&gt;</p>",
        "<details class=\"callout dice\">\n<summary>2d6</summary>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ] {
        assert!(page.contains(present), "{present:?} in {page}");
    }
    assert!(
        page.find("The Drowned Stair</h2>").unwrap()
            < page.find("Who’s there").map_or(usize::MAX, |_| page.rfind("Who’s there").unwrap())
    );
}

#[test]
fn the_same_story_makes_the_same_book() {
    let book = export(&scenes(), &meta(), Format::Epub).unwrap();
    assert_eq!(book, export(&scenes(), &meta(), Format::Epub).unwrap());
    assert_eq!(&book[30..58], b"mimetypeapplication/epub+zip");
    let names: Vec<String> = members(&book).into_iter().map(|(name, _)| name).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    mimetype
    META-INF/container.xml
    EPUB/book.css
    EPUB/book.opf
    EPUB/colophon.xhtml
    EPUB/cover.svg
    EPUB/nav.xhtml
    EPUB/scene-001.xhtml
    EPUB/scene-002.xhtml
    EPUB/title.xhtml
    ");
}

#[test]
fn the_package_says_what_the_book_is() {
    let book = export(&scenes()[1..], &meta(), Format::Epub).unwrap();
    let (_, package) = members(&book).into_iter().find(|(name, _)| name == "EPUB/book.opf").unwrap();
    insta::assert_snapshot!(package, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en" dir="ltr">
      <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
        <dc:identifier id="id">urn:uuid:1afb13df-869a-8947-8bf0-af6a01420cd0</dc:identifier>
        <dc:title>The Sunken Crown</dc:title>
        <dc:language>en</dc:language>
        <dc:creator>Ana</dc:creator>
        <dc:creator>Ben &amp; &lt;Eve&gt;</dc:creator>
        <meta property="dcterms:modified">2026-01-02T20:15:00Z</meta>
        <meta property="schema:accessMode">textual</meta>
        <meta property="schema:accessModeSufficient">textual</meta>
        <meta property="schema:accessibilityFeature">readingOrder</meta>
        <meta property="schema:accessibilityFeature">structuralNavigation</meta>
        <meta property="schema:accessibilityFeature">tableOfContents</meta>
        <meta property="schema:accessibilityFeature">displayTransformability</meta>
        <meta property="schema:accessibilityHazard">none</meta>
        <meta property="schema:accessibilitySummary">Text only; the one picture is the cover, which shows the title. Headings and a table of contents lead to every scene.</meta>
      </metadata>
      <manifest>
        <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
        <item id="css" href="book.css" media-type="text/css"/>
        <item id="cover" href="cover.svg" media-type="image/svg+xml" properties="cover-image"/>
        <item id="title" href="title.xhtml" media-type="application/xhtml+xml"/>
        <item id="scene-1" href="scene-001.xhtml" media-type="application/xhtml+xml"/>
        <item id="colophon" href="colophon.xhtml" media-type="application/xhtml+xml"/>
      </manifest>
      <spine page-progression-direction="ltr">
        <itemref idref="title"/>
        <itemref idref="nav"/>
        <itemref idref="scene-1"/>
        <itemref idref="colophon"/>
      </spine>
    </package>
    "#);
}

#[test]
fn languages_are_tags_or_undetermined() {
    for tag in ["en", "de-AT", "zh-Hant-TW"] {
        assert_eq!(templates::language(tag), tag);
    }
    for bad in ["", "e", "en_US", "en-", "\"><x>", "1a", "english"] {
        assert_eq!(templates::language(bad), "und", "{bad:?}");
    }
    assert_eq!(templates::direction("he"), "rtl");
}

/// Says whether the EPUB checker is content. None when it is not installed.
#[expect(clippy::disallowed_methods, reason = "the checker is a program; no code outside tests starts it")]
fn epubcheck(book: &[u8]) -> Option<Result<(), String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.epub");
    std::fs::write(&path, book).unwrap();
    let folders = std::env::var_os("PATH")?;
    let checker = std::env::split_paths(&folders).map(|folder| folder.join("epubcheck")).find(|path| path.is_file())?;
    // Some systems install the bare Java archive and count on the kernel to know what to do with it.
    let is_archive = std::fs::read(&checker).unwrap().starts_with(b"PK");
    let mut command = std::process::Command::new(if is_archive { "java".as_ref() } else { checker.as_os_str() });
    if is_archive {
        command.arg("-jar").arg(&checker);
    }
    let output = command.arg("--failonwarnings").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some(if output.status.success() { Ok(()) } else { Err(said.into_owned()) })
}

#[test]
#[expect(clippy::disallowed_methods, reason = "only a test asks whether the checker must be there")]
#[expect(clippy::print_stderr, reason = "a test that left something out says so")]
fn epubcheck_finds_nothing_to_complain_about() {
    let nobody = Meta { creators: Vec::new(), title: String::new(), language: "x".to_owned(), ..meta() };
    for (scenes, meta) in [(scenes(), meta()), (Vec::new(), nobody)] {
        let book = export(&scenes, &meta, Format::Epub).unwrap();
        match epubcheck(&book) {
            Some(result) => assert_eq!(result, Ok(())),
            None if std::env::var("TALEKEEPER_REQUIRE_EPUBCHECK").is_ok_and(|value| value == "1") => {
                panic!("epubcheck is required and not installed")
            }
            None => eprintln!("left out: epubcheck is not installed"),
        }
    }
}
