//! The papers beside the code: third-party notices, links between pages, versions named in more than one place.
//! `UPDATE_DOCS=1 cargo test --test papers` writes anew what is made from other files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|failure| panic!("{}: {failure}", path.display()))
}

/// Compares a page with what it should be, or writes it.
#[track_caller]
fn is_up_to_date(path: &Path, made: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, made).expect("the page can be written");
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    assert!(there == made, "{name} is out of date: UPDATE_DOCS=1 cargo test --test papers");
}

/// What cargo knows of everything that is compiled for this system.
fn metadata() -> Value {
    #[expect(clippy::disallowed_methods, reason = "only cargo knows what is compiled in")]
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["metadata", "--format-version=1", "--locked", "--offline"]);
    cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]);
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

/// The packages of others that the program is linked with: no tools of the build, nothing that only tests use.
fn linked_packages(metadata: &Value) -> Vec<&Value> {
    let list = |value: &'static str| metadata[value].as_array().expect("a list");
    let packages: BTreeMap<&str, &Value> = list("packages").iter().map(|one| (text(&one["id"]), one)).collect();
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a list");
    let nodes: BTreeMap<&str, &Value> = nodes.iter().map(|one| (text(&one["id"]), one)).collect();
    let start = list("packages").iter().find(|one| one["name"] == "talekeeper").expect("ourselves");
    let (mut seen, mut next) = (BTreeSet::new(), vec![text(&start["id"])]);
    while let Some(id) = next.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().expect("a list") {
            let kinds = dependency["dep_kinds"].as_array().expect("a list");
            let macros = packages[text(&dependency["pkg"])]["targets"][0]["kind"][0] == "proc-macro";
            if kinds.iter().any(|kind| kind["kind"].is_null()) && !macros {
                next.push(text(&dependency["pkg"]));
            }
        }
    }
    let mut linked: Vec<_> = seen.into_iter().map(|id| packages[id]).filter(|one| !one["source"].is_null()).collect();
    linked.sort_by_key(|one| (text(&one["name"]).to_owned(), text(&one["version"]).to_owned()));
    linked
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The files of a package that say what may be done with it. Of several licences to choose from one is enough: MIT.
fn licence_files(package: &Value) -> Vec<PathBuf> {
    let folder = Path::new(text(&package["manifest_path"])).parent().expect("a folder");
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    let is_paper = |path: &Path| {
        let papers = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
        path.is_file() && papers.iter().any(|paper| name(path).starts_with(paper))
    };
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("the package's source is here: it was compiled")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| is_paper(path))
        .collect();
    found.sort();
    let to_choose = [" OR ", "/"].iter().any(|or| text(&package["license"]).contains(or))
        && !text(&package["license"]).contains(" AND ");
    let mit: Vec<_> = found.iter().filter(|path| name(path).contains("MIT")).cloned().collect();
    if to_choose && !mit.is_empty() {
        found.retain(|path| mit.contains(path) || name(path).starts_with("NOTICE"));
    }
    found
}

/// A licence's text without what differs between copies of it and means nothing.
fn tidy(text: &str) -> String {
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').replace('\t', "    ")
}

fn notices() -> String {
    let metadata = metadata();
    let linked = linked_packages(&metadata);
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut page = "# Third-party notices\n\nTalekeeper itself is under MIT or Apache-2.0. The program is linked with the \
        packages below, each under its own licence;\nwhere there is a choice, MIT is chosen. SQLite, which is built in, is \
        in the public domain.\n\nMade from `Cargo.lock` by `UPDATE_DOCS=1 cargo test --test papers`; a test keeps it in step.\n\n\
        | package | licence | where from |\n|---|---|---|\n"
        .to_owned();
    for package in &linked {
        let title = format!("{} {}", text(&package["name"]), text(&package["version"]));
        let (licence, from) = (text(&package["license"]), text(&package["repository"]));
        assert!(!licence.is_empty(), "{title} names no licence");
        writeln!(page, "| {title} | {licence} | {from} |").expect("a string takes it");
        for file in licence_files(package) {
            let written = String::from_utf8_lossy(&fs::read(&file).expect("it can be read")).into_owned();
            texts.entry(tidy(&written)).or_default().push(title.clone());
        }
    }
    page + &said(texts)
}

/// The texts, each once, with whose it is.
fn said(texts: BTreeMap<String, Vec<String>>) -> String {
    let mut texts: Vec<_> = texts.into_iter().map(|(text, whose)| (whose, text)).collect();
    texts.sort();
    let mut out = String::new();
    for (mut titles, text) in texts {
        titles.dedup();
        // A fence longer than any in the text, so that nothing in it is read as markdown.
        write!(out, "\n## {}\n\n````````text\n{text}\n````````\n", titles.join(", ")).expect("a string takes it");
    }
    out
}

#[test]
fn the_third_party_notices_are_those_of_what_is_linked() {
    is_up_to_date(&root().join("THIRD-PARTY-NOTICES.md"), &notices());
}

/// All pages that people read.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    let docs = fs::read_dir(root().join("docs")).expect("there are docs").map(|entry| entry.expect("an entry").path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages.sort();
    pages
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in page.lines() {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        if !inside && !fence {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// How a heading is named in a link: as on GitHub.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(page: &Path) -> BTreeSet<String> {
    let text = prose(&read(page));
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// The targets of a page's links and pictures.
fn links(page: &str) -> Vec<String> {
    let after = page.split("](").skip(1);
    after.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut dead = Vec::new();
    for page in pages() {
        let folder = page.parent().expect("a folder");
        for link in links(&prose(&read(&page))).into_iter().filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { folder.join(file) };
            let here = target.exists() && (heading.is_empty() || anchors(&target).contains(heading));
            if !here {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn the_index_names_every_page_and_the_readme_names_the_index() {
    let index = read(&root().join("docs/README.md"));
    let linked: BTreeSet<String> = links(&index).into_iter().collect();
    let missing: Vec<_> = fs::read_dir(root().join("docs"))
        .expect("there are docs")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter(|name| name.ends_with(".md") && name != "README.md" && !linked.contains(name))
        .collect();
    assert!(missing.is_empty(), "not in docs/README.md: {missing:?}");
    assert!(links(&read(&root().join("README.md"))).contains(&"docs/README.md".to_owned()));
}

#[test]
fn the_image_with_clis_has_the_versions_that_are_tested() {
    let tested = read(&root().join(".ci/install-clis"));
    let dockerfile = read(&root().join("deploy/with-clis.Dockerfile"));
    let named: Vec<_> = dockerfile.split_whitespace().filter(|word| word.rfind('@').is_some_and(|at| at > 0)).collect();
    assert!(named.len() >= 3, "{named:?}");
    for package in named {
        assert!(tested.contains(&format!("\"{package}\"")), "{package} is not what CI tests");
    }
}

#[test]
fn the_image_is_built_with_the_rust_that_the_program_asks_for() {
    let manifest = read(&root().join("Cargo.toml"));
    let asked = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).expect("it is there");
    let image = format!("FROM rust:{}-bookworm AS build", asked.trim_matches('"'));
    assert!(read(&root().join("Dockerfile")).contains(&image), "the Dockerfile does not say {image}");
}
