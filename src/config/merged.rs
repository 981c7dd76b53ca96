//! File and environment laid over one another, each value still knowing where it came from.
//! It takes no side about what is good; the environment simply wins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::faults::Place;
use super::path::{KeyPath, Step};
use super::sources::FoundFile;
use super::variables::Variable;
use super::yaml::Document;

/// The values of all sources.
#[derive(Debug)]
pub(super) struct Merged {
    root: Dict,
    figment: Figment,
    file: Option<PathBuf>,
    file_dir: PathBuf,
    working_dir: PathBuf,
    lines: BTreeMap<KeyPath, u64>,
    variables: BTreeMap<String, KeyPath>,
}

impl Merged {
    /// Lays the variables, in their order, over the file.
    pub(super) fn new(file: Option<(&FoundFile, Document)>, variables: &[Variable], working_dir: &Path) -> Self {
        let mut figment = Figment::new();
        let mut lines = BTreeMap::new();
        let mut named = None;
        let mut file_dir = working_dir.to_owned();
        if let Some((found, document)) = file {
            let metadata = Metadata::from("file", found.path.as_path());
            figment = figment.merge(Layer { metadata, dict: document.value.into_dict().unwrap_or_default() });
            lines = document.lines;
            named = Some(found.named.clone());
            file_dir = found.path.parent().unwrap_or(working_dir).to_owned();
        }
        for variable in variables {
            let metadata = Metadata::named(variable.name.clone());
            figment = figment.merge(Layer { metadata, dict: variable.as_dict() });
        }
        let mut profiles = figment.data().unwrap_or_default();
        let root = profiles.remove(&Profile::Default).unwrap_or_default();
        let variables = variables.iter().map(|variable| (variable.name.clone(), variable.path.clone())).collect();
        Self { root, figment, file: named, file_dir, working_dir: working_dir.to_owned(), lines, variables }
    }

    /// The top section.
    pub(super) fn root(&self) -> &Dict {
        &self.root
    }

    /// Where the value at `path`, or the nearest thing that holds it, is written.
    pub(super) fn place(&self, path: &KeyPath) -> Place {
        let mut path = path.clone();
        while !path.steps().is_empty() {
            if let Some(value) = self.value(&path) {
                return self.place_of(value, &path);
            }
            path = path.parent();
        }
        self.in_file(None)
    }

    /// Whether `place` is a variable of just this key, so that its name says all.
    pub(super) fn says_all(&self, place: &Place, path: &KeyPath) -> bool {
        matches!(place, Place::Variable(name) if self.variables.get(name) == Some(path))
    }

    /// Where a relative path written at `path` begins.
    pub(super) fn base(&self, path: &KeyPath) -> &Path {
        match self.place(path) {
            Place::Variable(_) => &self.working_dir,
            Place::File { .. } | Place::Nowhere => &self.file_dir,
        }
    }

    fn place_of(&self, value: &Value, path: &KeyPath) -> Place {
        // A section can come from both; then the file is where people look.
        let line = self.lines.get(path).copied();
        let section = matches!(value, Value::Dict(..));
        match self.figment.get_metadata(value.tag()) {
            Some(metadata) if metadata.source.is_none() && !(section && line.is_some()) => {
                Place::Variable(metadata.name.clone().into_owned())
            }
            _ => self.in_file(line),
        }
    }

    fn in_file(&self, line: Option<u64>) -> Place {
        match &self.file {
            Some(file) => Place::File { file: file.clone(), line, column: None },
            None => Place::Nowhere,
        }
    }

    fn value(&self, path: &KeyPath) -> Option<&Value> {
        let (first, rest) = path.steps().split_first()?;
        let Step::Key(key) = first else { return None };
        rest.iter().try_fold(self.root.get(key)?, |value, step| match (value, step) {
            (Value::Dict(_, dict), Step::Key(key)) => dict.get(key),
            (Value::Array(_, items), Step::Item(index)) => items.get(*index),
            _ => None,
        })
    }
}

/// One source, as figment wants it.
struct Layer {
    metadata: Metadata,
    dict: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}
