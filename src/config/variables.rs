//! Environment variables into values: `TALEKEEPER_LIMITS__RUNNING_TURNS=2` is `limits.running_turns: 2`.
//! It decides which key a variable means and never whether its value is good.

use figment::value::{Dict, Num, Value};

use super::faults::{ConfigFault, Place, Problem};
use super::path::{KeyPath, Step};
use super::schema::{Key, Shape, nearest, shape_of};
use super::sources::{FILE_VARIABLE, PREFIX, Sources, TOKEN_VARIABLE};
use super::yaml;

/// What stands between two levels in a variable's name.
const BETWEEN: &str = "__";

/// A variable that was understood.
#[derive(Debug)]
pub(super) struct Variable {
    /// Its name.
    pub(super) name: String,
    /// The key it stands for.
    pub(super) path: KeyPath,
    /// Its value.
    pub(super) value: Value,
}

impl Variable {
    /// The value inside the sections that lead to it.
    pub(super) fn as_dict(&self) -> Dict {
        let mut value = self.value.clone();
        for step in self.path.steps().iter().rev() {
            // A variable's way leads through sections only.
            let Step::Key(key) = step else { continue };
            value = Value::from(Dict::from([(key.clone(), value)]));
        }
        value.into_dict().unwrap_or_default()
    }
}

/// Every variable of ours, those of whole sections before those of single keys, so that the latter win.
/// `names` are the provider names that are known, for `MY_AGENT` to mean `my-agent`.
pub(super) fn read(
    sources: &Sources,
    root: &'static [Key],
    names: &[String],
    faults: &mut Vec<ConfigFault>,
) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    for (name, text) in sources.variables().filter(|(name, _)| *name != FILE_VARIABLE) {
        let fault = |problem| ConfigFault { place: Place::Variable(name.to_owned()), key: None, problem };
        match one(name, text, root, names) {
            Ok(new) => match found.iter().find(|old| old.path == new.path && old.value != new.value) {
                Some(old) => faults.push(fault(Problem::Twice { other: old.name.clone() })),
                None => found.push(new),
            },
            Err(problem) => faults.push(fault(problem)),
        }
    }
    found.sort_by_key(|variable| variable.path.steps().len());
    found
}

fn one(name: &str, text: &str, root: &'static [Key], names: &[String]) -> Result<Variable, Problem> {
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Problem::File("the value is not UTF-8 text".to_owned()));
    }
    let (path, shape) = match name.strip_prefix(PREFIX) {
        Some(rest) => resolve(rest, root, names)?,
        None => token_key(name, root)?,
    };
    let value = match shape {
        Shape::Text | Shape::Secret => Value::from(text),
        Shape::Words if !text.trim_start().starts_with('[') => Value::from(text),
        Shape::Number => number(text.trim()),
        Shape::Words | Shape::List(_) | Shape::Section(_) | Shape::Named(_) => {
            let document = yaml::read(text, shape, &path).map_err(|not| Problem::Syntax(not.message))?;
            if let Some((twice, _, _)) = document.twice.first() {
                return Err(Problem::Twice { other: twice.to_string() });
            }
            document.value
        }
    };
    Ok(Variable { name: name.to_owned(), path, value })
}

/// `DISCORD_TOKEN` and `DISCORD_TOKEN_FILE`.
fn token_key(name: &str, root: &'static [Key]) -> Result<(KeyPath, &'static Shape), Problem> {
    let form = if name == TOKEN_VARIABLE { "" } else { "_FILE" };
    resolve(&format!("DISCORD__TOKEN{form}"), root, &[])
}

/// The key behind a name without its prefix.
fn resolve(rest: &str, root: &'static [Key], names: &[String]) -> Result<(KeyPath, &'static Shape), Problem> {
    let mut path = KeyPath::default();
    let mut shape: Option<&'static Shape> = None;
    let mut segments = rest.split(BETWEEN);
    let mut walked: Vec<String> = Vec::new();
    while let Some(segment) = segments.next() {
        let keys = match shape {
            None => root,
            Some(Shape::Section(keys)) => keys,
            Some(Shape::Named(Shape::Secret)) => {
                // Below `env` the rest is a variable's own name and may hold `__` itself.
                let own: Vec<&str> = std::iter::once(segment).chain(segments).collect();
                return Ok((path.key(&own.join(BETWEEN)), &Shape::Secret));
            }
            Some(Shape::Named(inner)) => {
                path = path.key(&chosen_name(segment, names));
                shape = Some(inner);
                walked.push(segment.to_owned());
                continue;
            }
            Some(_) => return Err(no_such(&walked, None)),
        };
        let key = segment.to_lowercase();
        let Some(next) = shape_of(keys, &key) else {
            let near = nearest(keys, &key).map(str::to_uppercase);
            let rest: Vec<String> = segments.map(str::to_owned).collect();
            return Err(no_such(&walked, near.map(|near| [vec![near], rest].concat())));
        };
        path = path.key(&key);
        shape = Some(next);
        walked.push(segment.to_owned());
    }
    shape.map(|shape| (path, shape)).ok_or_else(|| no_such(&[], None))
}

fn no_such(walked: &[String], near: Option<Vec<String>>) -> Problem {
    match near {
        Some(near) => Problem::Misspelt {
            what: "variable",
            nearest: format!("{PREFIX}{}", [walked, &near].concat().join(BETWEEN)),
        },
        None if walked.is_empty() => Problem::Unknown {
            what: "variable",
            expected: format!("{PREFIX} and a key, its levels joined by {BETWEEN}"),
        },
        None => Problem::Unknown { what: "variable", expected: format!("{PREFIX}{}", walked.join(BETWEEN)) },
    }
}

/// The provider that `segment` means: a known one that differs in case and hyphens only, or a new one.
fn chosen_name(segment: &str, names: &[String]) -> String {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let known = names.iter().find(|name| plain(name) == plain(segment));
    known.cloned().unwrap_or_else(|| segment.to_lowercase())
}

/// A number, or the text itself, so that the fault can show it.
fn number(text: &str) -> Value {
    if let Ok(whole) = text.parse::<u64>() {
        return Value::from(Num::U64(whole));
    }
    match text.parse::<f64>() {
        Ok(fraction) if fraction.is_finite() => Value::from(Num::F64(fraction)),
        _ => Value::from(text),
    }
}
