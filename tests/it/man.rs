//! The manual's pages, made from what `--help` says. `UPDATE_DOCS=1 cargo test --test it man_pages` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;

use clap::CommandFactory;
use talekeeper::cli::Cli;

/// The pages in a folder, by name.
fn pages(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let files = entries.map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn the_man_pages_say_what_help_says() {
    let made = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(Cli::command(), made.path()).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/man");
    let made = pages(made.path());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(&kept).unwrap();
        pages(&kept).keys().for_each(|name| std::fs::remove_file(kept.join(name)).unwrap());
        made.iter().for_each(|(name, page)| std::fs::write(kept.join(name), page).unwrap());
    }
    assert!(made.contains_key("talekeeper.1") && made.contains_key("talekeeper-play.1"), "{:?}", made.keys());
    let there = pages(&kept);
    let differ: Vec<_> = made.keys().chain(there.keys()).filter(|name| made.get(*name) != there.get(*name)).collect();
    assert!(differ.is_empty(), "{differ:?} are out of date: UPDATE_DOCS=1 cargo test --test it man_pages");
}
