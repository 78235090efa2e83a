//! Changes from outside the file to a world that is already living. Rule: what cannot change after
//! the start is refused before anything is changed.

use std::time::Duration;

use super::{
    Diagnostics, Loaded,
    document::{Entry, Reader, Setting as _, Table, Value, outside},
    model::{At, Changes},
};
use crate::{
    executor::inputs::Inputs,
    world::cast::{Setting, Verb},
};

impl Loaded {
    /// Returns what paths and values mean to a living world: `worker.w-2.behaviour` = `colluder`.
    /// A group stands for its members.
    ///
    /// # Errors
    ///
    /// What is wrong with them, and what cannot change during a run.
    pub fn settings(
        &self,
        sets: &[(String, String)],
        inputs: &Inputs,
    ) -> Result<Vec<Setting>, Diagnostics> {
        let mut sources = self.document.sources.clone();
        let mut table = Table::new();
        for (path, value) in sets {
            let node = outside(&mut sources, &format!("--set {path}="), value);
            let key = node.span;
            table.insert(path.clone(), Entry { key, node });
        }
        let mut reader = Reader::new(&sources);
        let changes = Changes::read(&Value::Table(table).into(), &mut reader);
        let wrong = reader.finish();
        if !wrong.is_empty() {
            return Err(Diagnostics::new(sources, wrong));
        }
        // As an entry of the timeline they are held against the cast like any other.
        let mut scenario = self.scenario.clone();
        scenario.at = vec![At {
            time: Some(Duration::ZERO),
            set: changes,
            ..At::default()
        }];
        let cast = Self::of(&scenario)?.cast(inputs)?;
        let settings = cast.timeline.into_iter().filter_map(|fault| {
            let Verb::Set(setting) = fault.verb else {
                return None;
            };
            Some(setting)
        });
        Ok(settings.collect())
    }
}
