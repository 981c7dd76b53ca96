use super::token::{INTENT, trouble};
use super::*;
use crate::door::discord::OpenError;

const PAGE: &str = include_str!("../../../docs/troubleshooting.md");

#[test]
fn the_page_knows_what_is_said_while_it_is_set_up() {
    let first = |sentence: &str| sentence.split_inclusive(['.', ',']).next().unwrap_or_default().to_owned();
    let unreachable = trouble(&OpenError::Unreachable { detail: String::new() });
    let said = [first(&trouble(&OpenError::Token)), first(&unreachable), first(INTENT).replace(',', "")];
    for said in said.into_iter().chain(watching::SAID.map(str::to_owned)) {
        assert!(PAGE.contains(&format!("| {said} |")), "{said}");
    }
    let number = crate::door::discord::NoToken::Number.to_string();
    assert!(PAGE.contains(&first(&number).replace(',', "")), "{number}");
}

#[test]
fn the_machines_language_is_proposed() {
    let of = |pairs: &[(&str, &str)]| {
        usual_language(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>())
    };
    assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), "de");
    assert_eq!(of(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "fr")]), "fr");
    for nothing in ["C", "C.UTF-8", "POSIX", ""] {
        assert_eq!(of(&[("LANG", nothing)]), "en", "{nothing}");
    }
}
