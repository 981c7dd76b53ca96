//! Reading kits: what a system's sheets hold, from YAML, and the kits that come with the program. PURE.
//! It opens no file and knows no game; what a sheet comes to is decided in `crate::game`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::dice::Notation;
use crate::domain::{CheckSpec, FieldRight, FieldSpec, FieldValue, Kit, Setback, VitalSpec, same};

/// Which kit a table plays by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// `kit.yaml` in the table's folder; without one `freeform`.
    #[default]
    Usual,
    /// One that comes with the program, by its name.
    Shipped(&'static str),
    /// A file.
    File(PathBuf),
}

/// The kits that come with the program: name and text.
pub const SHIPPED: [(&str, &str); 2] =
    [("freeform", include_str!("freeform.yaml")), ("d20-lite", include_str!("d20-lite.yaml"))];

/// The largest kit, in bytes.
pub const KIT_BYTES: usize = 64 * 1024;
/// How many fields, vitals, conditions or checks a kit may have.
const MOST: usize = 48;
/// The greatest number of a field or vital.
const NUMBER: i64 = 1_000_000;

/// Why a kit cannot be read: one sentence that says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KitFault {
    /// It is too large.
    #[error("it is larger than {} KB", KIT_BYTES / 1024)]
    TooLarge,
    /// It is no YAML, or holds keys that a kit does not have.
    #[error("{0}")]
    NotAKit(String),
    /// Something in it cannot be.
    #[error("{at}: {what}")]
    Wrong {
        /// Where.
        at: String,
        /// What is wrong, and what would be right.
        what: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KitFile {
    name: String,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    fields: Vec<FieldFile>,
    #[serde(default)]
    vitals: Vec<VitalFile>,
    #[serde(default)]
    conditions: Vec<String>,
    #[serde(default)]
    checks: BTreeMap<String, String>,
    setback: Option<SetbackFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldFile {
    key: String,
    #[serde(default)]
    right: FieldRight,
    start: Option<FieldValue>,
    least: Option<i64>,
    most: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VitalFile {
    key: String,
    max: i64,
    start: Option<i64>,
    #[serde(default)]
    right: FieldRight,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetbackFile {
    vital: String,
    #[serde(default = "one")]
    by: i64,
}

fn one() -> i64 {
    1
}

/// Reads a kit.
///
/// # Errors
/// What is wrong with it first, and where.
pub fn read(text: &str) -> Result<Kit, KitFault> {
    if text.len() > KIT_BYTES {
        return Err(KitFault::TooLarge);
    }
    let file: KitFile = serde_saphyr::from_str(text).map_err(|fault| KitFault::NotAKit(first_line(&fault)))?;
    check(file)
}

/// One of the kits that come with the program.
///
/// # Errors
/// When there is none of that name.
pub fn shipped(name: &str) -> Result<Kit, KitFault> {
    let found = SHIPPED.iter().find(|(known, _)| *known == name);
    read(found.ok_or_else(|| wrong(name, "there is no kit of that name"))?.1)
}

fn first_line(fault: &serde_saphyr::Error) -> String {
    let text = fault.to_string();
    let text = text.lines().next().unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn wrong(at: &str, what: &'static str) -> KitFault {
    let at = at.chars().filter(|c| !c.is_control()).take(60).collect();
    KitFault::Wrong { at, what }
}

fn check(file: KitFile) -> Result<Kit, KitFault> {
    let counts = [file.fields.len(), file.vitals.len(), file.conditions.len(), file.checks.len()];
    if counts.iter().any(|count| *count > MOST) {
        return Err(wrong(&file.name, "it may have 48 fields, vitals, conditions and checks each"));
    }
    words("name", &file.name)?;
    let fields = file.fields.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let vitals = file.vitals.into_iter().map(vital).collect::<Result<Vec<_>, _>>()?;
    let keys: Vec<&str> =
        fields.iter().map(|field| field.key.as_str()).chain(vitals.iter().map(|vital| vital.key.as_str())).collect();
    for (at, key) in keys.iter().enumerate() {
        if keys[..at].iter().any(|other| same(other, key)) {
            return Err(wrong(key, "two fields or vitals have this key"));
        }
    }
    file.conditions.iter().try_for_each(|condition| words(condition, condition))?;
    let checks = file.checks.into_iter().map(|(name, roll)| {
        words(&name, &name)?;
        notation(&name, &roll, &keys)?;
        Ok(CheckSpec { name, roll })
    });
    let checks = checks.collect::<Result<Vec<_>, KitFault>>()?;
    let setback =
        file.setback.map(|SetbackFile { vital, by }| match vitals.iter().find(|spec| same(&spec.key, &vital)) {
            None => Err(wrong("setback", "its vital is not among the vitals")),
            Some(_) if !(1..=NUMBER).contains(&by) => Err(wrong("setback", "it costs at least 1")),
            Some(spec) => Ok(Setback { vital: spec.key.clone(), by }),
        });
    let (setback, conditions) = (setback.transpose()?, file.conditions);
    Ok(Kit { name: file.name, open: file.open, fields, vitals, conditions, checks, setback })
}

fn words(at: &str, text: &str) -> Result<(), KitFault> {
    let fits = !text.trim().is_empty() && text.chars().count() <= 60 && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(wrong(at, "it takes one line of 1 to 60 characters")) }
}

/// A key is also a name in notations.
fn key(key: &str) -> Result<(), KitFault> {
    let fits = key.chars().count() <= 32
        && key.starts_with(char::is_alphabetic)
        && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    if fits { Ok(()) } else { Err(wrong(key, "a key is one word of letters, digits and _, at most 32")) }
}

fn field(file: FieldFile) -> Result<FieldSpec, KitFault> {
    key(&file.key)?;
    let (least, most) = (file.least.unwrap_or(-NUMBER), file.most.unwrap_or(NUMBER));
    if least > most || least < -NUMBER || most > NUMBER {
        return Err(wrong(&file.key, "`least` is to be below `most`, and both within a million"));
    }
    let start = file.start.unwrap_or(FieldValue::Text(String::new()));
    match &start {
        FieldValue::Number(number) if !(least..=most).contains(number) => {
            return Err(wrong(&file.key, "`start` is to lie between `least` and `most`"));
        }
        FieldValue::Text(text) if text.chars().count() > 120 || text.chars().any(char::is_control) => {
            return Err(wrong(&file.key, "`start` is to be one line of at most 120 characters"));
        }
        FieldValue::Text(_) if file.least.is_some() || file.most.is_some() => {
            return Err(wrong(&file.key, "a field with `least` or `most` needs a number as its `start`"));
        }
        _ => {}
    }
    Ok(FieldSpec { key: file.key, right: file.right, start, least, most })
}

fn vital(file: VitalFile) -> Result<VitalSpec, KitFault> {
    key(&file.key)?;
    if !(1..=NUMBER).contains(&file.max) {
        return Err(wrong(&file.key, "`max` is to be from 1 to a million"));
    }
    let start = file.start.unwrap_or(file.max);
    if !(0..=file.max).contains(&start) {
        return Err(wrong(&file.key, "`start` is to lie between 0 and `max`"));
    }
    Ok(VitalSpec { key: file.key, max: file.max, start, right: file.right })
}

/// Whether a roll can be read, and names only what the sheets have.
fn notation(at: &str, roll: &str, keys: &[&str]) -> Result<(), KitFault> {
    if roll.parse::<Notation>().is_err() {
        return Err(wrong(at, "this cannot be thrown; `talekeeper` takes 1d20+@key and the like"));
    }
    let mut names = roll.split('#').next().unwrap_or_default().split('@').skip(1);
    let known = |rest: &str| {
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        keys.iter().any(|key| same(key, &name))
    };
    if names.all(known) { Ok(()) } else { Err(wrong(at, "an @name in it is neither a field nor a vital")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_kits_that_come_with_the_program_are_read() {
        for (name, _) in SHIPPED {
            assert_eq!(shipped(name).unwrap().name, name);
        }
        assert_eq!(shipped("freeform").unwrap(), Kit::default());
        let lite = shipped("d20-lite").unwrap();
        assert!(lite.setback.is_some() && !lite.checks.is_empty());
        assert!(shipped("other").is_err());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, says) in [
            ("fields: []", "name"),
            ("name: x\nfealds: []", "fealds"),
            ("name: x\nfields:\n  - key: two words", "two words: a key is one word"),
            ("name: x\nfields:\n  - key: a\n    least: 1", "a: a field with `least`"),
            ("name: x\nfields:\n  - { key: a, start: 9, most: 3 }", "a: `start` is to lie"),
            ("name: x\nfields:\n  - { key: a, right: everyone }", "everyone"),
            ("name: x\nvitals:\n  - { key: hp, max: 0 }", "hp: `max`"),
            ("name: x\nvitals:\n  - { key: hp, max: 2 }\n  - { key: HP, max: 2 }", "HP: two fields or vitals"),
            ("name: x\nchecks: { climb: 4d6k3 }", "climb: this cannot be thrown"),
            ("name: x\nchecks: { climb: 1d20+@might }", "climb: an @name"),
            ("name: x\nsetback: { vital: hp }", "setback: its vital"),
            ("name: [", ""),
        ] {
            let fault = read(text).unwrap_err().to_string();
            assert!(fault.contains(says), "{text}: {fault}");
        }
        assert_eq!(read(&" ".repeat(KIT_BYTES + 1)), Err(KitFault::TooLarge));
    }

    proptest! {
        #[test]
        fn no_text_brings_the_reader_down(text in "\\PC{0,300}") {
            let _ = read(&text);
            let _ = read(&format!("name: x\nfields:\n  - key: {text}\nchecks:\n  a: {text}\n"));
        }
    }
}
