use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;

use super::*;
use crate::config::{self, Config, Sources};

fn settled() -> Settled {
    Settled {
        token: Token::Nowhere,
        api_url: None,
        ca_file: None,
        data_dir: "./data".to_owned(),
        providers: vec![ProviderName::oracle()],
        language: "en".to_owned(),
        table: None,
    }
}

fn table() -> FirstTable {
    let called = Some("#tavern of The Sunken Crown".to_owned());
    FirstTable { name: "tavern".parse().unwrap(), channel: 77, called }
}

fn read(folder: &Path) -> Config {
    let sources = Sources { file: None, working_dir: folder.to_owned(), env: Vec::new() };
    config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_written_reads_as_what_was_settled() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let token = Token::Ours(SecretString::from("a.b.c"));
    let all = Settled {
        token,
        api_url: Some("http://127.0.0.1:9".to_owned()),
        ca_file: Some(folder.path().join("odd: name.pem")),
        providers: vec![ProviderName::new("claude"), ProviderName::oracle()],
        language: "no".to_owned(),
        table: Some(table()),
        ..settled()
    };
    let written = write(&all, &file).unwrap();
    assert!(written.before.is_none());
    let config = read(folder.path());
    assert_eq!(config.discord.token.unwrap().expose_secret(), "a.b.c");
    assert_eq!(config.discord.api_url, "http://127.0.0.1:9");
    assert_eq!(config.discord.ca_file, all.ca_file);
    assert_eq!(config.data_dir, folder.path().join("data"));
    assert_eq!(
        (config.defaults.provider, config.defaults.fallbacks),
        (Some(ProviderName::new("claude")), vec![ProviderName::oracle()])
    );
    assert_eq!(config.defaults.language, "no");
    assert_eq!((config.tables[0].name.as_str(), config.tables[0].channel_id), ("tavern", Some(77)));
    assert!(config.notes.is_empty(), "{:?}", config.notes);
    assert_eq!((mode(&file), mode(&written.token.unwrap())), (0o600, 0o600));
    assert!(!fs::read_to_string(&file).unwrap().contains("a.b.c"));
}

#[test]
fn what_is_off_in_it_can_be_switched_on() {
    for settled in [settled(), Settled { table: Some(table()), token: Token::Environment, ..settled() }] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("discord-token"), "a.b.c").unwrap();
        fs::set_permissions(folder.path().join("discord-token"), fs::Permissions::from_mode(0o600)).unwrap();
        let on: Vec<String> = text(&settled)
            .lines()
            .map(|line| {
                let bare = line.trim_start();
                let off = bare.starts_with('#') && !bare.starts_with("# ");
                if off { line.replacen('#', "", 1) } else { line.to_owned() }
            })
            .collect();
        fs::write(folder.path().join("config.yaml"), on.join("\n")).unwrap();
        let config = read(folder.path());
        assert!(config.discord.token.is_some() && config.defaults.budget.per_day_usd.is_some());
        assert!(config.tables[0].system_prompt.is_some());
    }
}

#[test]
fn what_was_there_is_kept_under_a_free_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    for (round, name) in ["config.yaml.old", "config.yaml.old2"].into_iter().enumerate() {
        fs::write(&file, format!("# {round}\n")).unwrap();
        assert_eq!(write(&settled(), &file).unwrap().before, Some(folder.path().join(name)));
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), format!("# {round}\n"));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing passing is left");
}

#[test]
fn a_folder_that_takes_nothing_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("not-there").join("config.yaml");
    assert!(write(&settled(), &file).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

proptest! {
    #[test]
    fn whatever_people_call_their_things_it_can_be_read(called: String, data_dir in "[^~\\pC]\\PC{0,40}") {
        prop_assume!(!data_dir.trim().is_empty());
        let folder = tempfile::tempdir().unwrap();
        let table = FirstTable { called: Some(called), ..table() };
        let all = Settled { data_dir: data_dir.clone(), table: Some(table), ..settled() };
        write(&all, &folder.path().join("config.yaml")).unwrap();
        let config = read(folder.path());
        prop_assert_eq!(config.data_dir, folder.path().join(&data_dir).components().collect::<PathBuf>());
        prop_assert_eq!(config.tables[0].channel_id, Some(77));
    }
}
