//! Scenario files in, verdicts out.
//!
//! A file is read in four steps: texts become one tree in which everything knows its place
//! (`document`), the tree becomes typed values (`model`), names and numbers are held against each
//! other (`names`, `limits`), and doubts are raised that do not forbid a run (`check`). Nothing
//! here reads a file: whoever loads a scenario says how included files are read.

mod build;
mod builds;
mod builtin;
mod change;
mod check;
mod document;
pub mod expect;
pub mod judge;
mod limits;
pub mod model;
mod names;
mod project;
mod run;
mod schema;
pub mod sweep;
mod trial;
pub mod unit;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use builds::Builds;
pub use builtin::{BUILTIN, BuiltinScenario, builtin, fixtures};
pub use document::{
    Diagnostic, Diagnostics, Document, Entry, Level, Node, Overrides, Position, Source, Sources,
    Span, Table, Value,
};
pub use model::Scenario;
pub use project::{Ignored, Project};
pub use run::{Finished, StartError};
pub use schema::json_schema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
pub use trial::Impossible;

use crate::{contracts::Build, world::Ground};

pub(crate) use document::nearest;
pub(crate) use names::{POOL, WORKERS};

use document::{COMMAND_LINE, Reader, Setting, resolve};

/// A scenario and the tree it was read from, for those who point at places in the file.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the files say.
    pub scenario: Scenario,
    /// Where they say it.
    pub document: Document,
    /// What was changed from outside the files.
    pub overrides: Overrides,
    /// The contracts it is played on; without them, those it names itself.
    contracts: Option<Arc<Build>>,
    /// The contracts that are at hand, so that no folder has to be read.
    builds: Builds,
    /// The chains runs of it began on; runs of the same scenario with other values share them.
    ground: Ground,
}

impl Loaded {
    /// Reads a scenario; `read` fetches the text of included files.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its place.
    pub fn new(
        text: &str,
        path: &Path,
        read: &dyn Fn(&Path) -> io::Result<String>,
        overrides: &Overrides,
    ) -> Result<Self, Diagnostics> {
        let mut document = resolve(path, text, read, overrides)?;
        let mut reader = Reader::new(&document.sources);
        let scenario = Scenario::read(&document.root, &mut reader);
        let mut wrong = reader.finish();
        let Some(mut scenario) = scenario else {
            return Err(Diagnostics::new(document.sources, wrong));
        };
        wrong.extend(project::adopt(&mut scenario, &mut document, read));
        wrong.extend(names::check(&scenario, &document));
        wrong.extend(limits::check(&scenario, &document));
        if wrong.is_empty() {
            return Ok(Self {
                scenario,
                document,
                overrides: overrides.clone(),
                contracts: None,
                builds: Builds::default(),
                ground: Ground::default(),
            });
        }
        Err(Diagnostics::new(document.sources, wrong))
    }

    /// Returns whether a program made it, not a file.
    pub fn is_made(&self) -> bool {
        self.document.sources.is_empty()
    }

    /// Returns the texts of its files, the scenario itself first: read together with the overrides,
    /// they make the same scenario again. One made by a program is written as one text.
    pub fn texts(&self) -> Vec<(PathBuf, String)> {
        if self.is_made() {
            return vec![(PathBuf::from("scenario.toml"), self.scenario.to_toml())];
        }
        let files = self.document.sources.iter();
        files
            .filter(|source| source.path != Path::new(COMMAND_LINE))
            .map(|source| (source.path.clone(), source.text.clone()))
            .collect()
    }

    /// Returns the same scenario, to be played on other contracts than it names, in second runs too.
    #[must_use]
    pub fn on(&self, contracts: Arc<Build>) -> Self {
        let contracts = Some(contracts);
        Self {
            contracts,
            ..self.clone()
        }
    }

    /// Checks a scenario made by a program as if it had been read from a file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it; there is no file to point at.
    pub fn of(scenario: &Scenario) -> Result<Self, Diagnostics> {
        let document = Document {
            sources: Sources::default(),
            root: scenario
                .write()
                .unwrap_or_else(|| Value::Table(Table::new()).into()),
        };
        let mut reader = Reader::new(&document.sources);
        let read = Scenario::read(&document.root, &mut reader);
        let mut wrong = reader.finish();
        if let Some(scenario) = &read {
            wrong.extend(names::check(scenario, &document));
            wrong.extend(limits::check(scenario, &document));
        }
        match read {
            Some(scenario) if wrong.is_empty() => Ok(Self {
                scenario,
                document,
                overrides: Overrides::default(),
                contracts: None,
                builds: Builds::default(),
                ground: Ground::default(),
            }),
            _ => Err(Diagnostics::new(document.sources, wrong)),
        }
    }
}

impl Scenario {
    /// Reads a scenario that includes nothing.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its place.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Diagnostics> {
        let read = |_: &Path| Err(io::Error::other("nothing can be included here"));
        Self::load(text, path, &read)
    }

    /// Reads a scenario; `read` fetches the text of included files.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its place.
    pub fn load(
        text: &str,
        path: &Path,
        read: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, Diagnostics> {
        let loaded = Loaded::new(text, path, read, &Overrides::default())?;
        Ok(loaded.scenario)
    }

    /// Writes the scenario as a file that reads back the same; defaults are left out.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Scenario {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.write() {
            Some(node) => node.serialize(serializer),
            None => Err(ser::Error::custom("a scenario is a table")),
        }
    }
}

impl<'de> Deserialize<'de> for Scenario {
    /// Reads a scenario from any format, by the rules of the files.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Document {
            sources: Sources::default(),
            root: Node::deserialize(deserializer)?,
        };
        let mut reader = Reader::new(&document.sources);
        let scenario = Self::read(&document.root, &mut reader);
        let mut wrong = reader.finish();
        if let Some(scenario) = &scenario {
            wrong.extend(names::check(scenario, &document));
            wrong.extend(limits::check(scenario, &document));
        }
        match (scenario, wrong.first()) {
            (Some(scenario), None) => Ok(scenario),
            (_, Some(first)) => Err(de::Error::custom(&first.message)),
            (None, None) => Err(de::Error::custom("this is not a scenario")),
        }
    }
}
