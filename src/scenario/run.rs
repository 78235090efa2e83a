//! A scenario played to its end: cast, world, verdicts. Rule: verdicts are in the log before its
//! last record, and a second run for the sake of a `whatif` leaves no trace but its verdicts.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use super::{
    Diagnostics, Loaded, Overrides,
    judge::{Archives, Evidence, judge_each},
    model::Expect,
};
use crate::{
    executor::{
        Executors,
        inputs::{Inputs, UnzipLimits, unzip},
    },
    log::{Check, CheckOutcome, EndReason, Event, view::Measured},
    services::results::{ContentId, Results},
    world::{SetupError, World, run_virtual},
};

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something it needs cannot be had.
    #[error(transparent)]
    Scenario(#[from] Diagnostics),
    /// The world it describes cannot begin.
    #[error(transparent)]
    World(#[from] SetupError),
}

impl Expect {
    /// Returns what the second run it asks for changes.
    pub(super) fn difference(&self) -> Overrides {
        let sets = self.whatif.iter();
        Overrides {
            sets: sets
                .map(|(path, node)| (path.clone(), node.to_outside()))
                .collect(),
            ..Overrides::default()
        }
    }
}

/// A run that is over.
#[derive(Clone)]
pub struct Finished {
    /// The world as it was left.
    pub world: World,
    /// Why the run ended.
    pub reason: EndReason,
    /// The verdicts, in the order of the file.
    pub checks: Vec<Check>,
    /// Whether each expectation of the file holds; none for those that are not about this run.
    pub held: Vec<Option<bool>>,
}

impl Finished {
    /// Returns whether every expectation holds, warnings aside.
    pub fn holds(&self) -> bool {
        let failed = |check: &Check| check.outcome == CheckOutcome::Failed;
        !self.checks.iter().any(failed)
    }
}

impl Loaded {
    /// Returns the world the scenario describes, before anything has happened.
    ///
    /// # Errors
    ///
    /// [`StartError`] says what cannot be had, and where the file asks for it.
    pub fn world(&self, inputs: &Inputs) -> Result<World, StartError> {
        Ok(World::new(self.cast(inputs)?)?)
    }

    /// Plays the scenario in virtual time on this thread, judges it and closes the log.
    ///
    /// Programs that take real time (containers) come out as unavailable: drive the
    /// [`Loaded::world`] yourself and [`Loaded::conclude`] the run where there are any.
    ///
    /// # Errors
    ///
    /// [`StartError`] says what cannot be had, and where the file asks for it.
    pub fn run(&self, inputs: &Inputs, executors: &Executors) -> Result<Finished, StartError> {
        let mut world = self.world(inputs)?;
        world.forget_states();
        let reason = run_virtual(&mut world, executors);
        let measured = Measured::default();
        self.conclude(world, reason, measured, (inputs, executors))
    }

    /// Judges a world that has come to its end, and closes its log.
    ///
    /// Expectations with `whatif` are judged against a second run, which is played here.
    ///
    /// # Errors
    ///
    /// [`StartError`] when a second run cannot begin.
    pub fn conclude(
        &self,
        mut world: World,
        reason: EndReason,
        measured: Measured,
        (inputs, executors): (&Inputs, &Executors),
    ) -> Result<Finished, StartError> {
        world.tell_time();
        let evidence = Evidence {
            log: world.log(),
            measured,
            archives: archives(world.results()),
        };
        let mut judged = self.judge_here(&evidence);
        judged.extend(self.judge_differences(inputs, executors)?);
        let mut held = vec![None; self.scenario.expect.len()];
        for (at, checks) in &judged {
            let passed = |check: &Check| check.outcome == CheckOutcome::Passed;
            held[*at] = (!checks.is_empty()).then(|| checks.iter().all(passed));
        }
        let mut checks: Vec<Check> = judged.into_iter().flat_map(|(_, checks)| checks).collect();
        checks.sort_by_key(|check| check.line);
        for check in &checks {
            if check.is_measured {
                world.remark(check.clone());
            } else {
                world.record(Event::ExpectationChecked(check.clone()));
            }
        }
        let reason = world.finish(reason);
        Ok(Finished {
            world,
            reason,
            checks,
            held,
        })
    }

    pub(super) fn is_cell_of(&self, expect: &Expect) -> bool {
        self.scenario.is_cell_of(expect, &self.document.root)
    }

    /// Judges what is about this run itself: verdicts by the place of their expectation.
    fn judge_here(&self, evidence: &Evidence<'_>) -> Vec<(usize, Vec<Check>)> {
        let scenario = &self.scenario;
        let all = scenario.expect.iter().enumerate();
        let (places, expectations): (Vec<usize>, Vec<&Expect>) = all
            .filter(|(_, expect)| expect.whatif.is_empty() && self.is_cell_of(expect))
            .unzip();
        let checks = judge_each(scenario, &expectations, evidence);
        places.into_iter().zip(checks).collect()
    }

    /// Plays the second runs some expectations are about, one for each difference.
    fn judge_differences(
        &self,
        inputs: &Inputs,
        executors: &Executors,
    ) -> Result<Vec<(usize, Vec<Check>)>, StartError> {
        let mut runs: BTreeMap<_, Vec<(usize, &Expect)>> = BTreeMap::new();
        for (at, expect) in self.scenario.expect.iter().enumerate() {
            if expect.whatif.is_empty() || !self.is_cell_of(expect) {
                continue;
            }
            let sets = expect.difference().sets;
            runs.entry(sets).or_default().push((at, expect));
        }
        let mut checks = Vec::new();
        for (sets, expectations) in runs {
            let other = self.with(&Overrides {
                sets,
                ..Overrides::default()
            })?;
            let mut world = other.world(inputs)?;
            world.forget_states();
            run_virtual(&mut world, executors);
            world.tell_time();
            let evidence = Evidence {
                archives: archives(world.results()),
                ..Evidence::of(world.log())
            };
            let (places, expectations): (Vec<usize>, Vec<&Expect>) =
                expectations.into_iter().unzip();
            let judged = judge_each(&other.scenario, &expectations, &evidence);
            checks.extend(places.into_iter().zip(judged));
        }
        Ok(checks)
    }

    /// Returns the same scenario with other values on top of those it was loaded with.
    ///
    /// # Errors
    ///
    /// What is wrong with the scenario then.
    pub fn with(&self, overrides: &Overrides) -> Result<Self, Diagnostics> {
        let sources = &self.document.sources;
        let read = |path: &Path| {
            let source = sources.find(path);
            let missing = || io::Error::from(io::ErrorKind::NotFound);
            source.map(|source| source.text.clone()).ok_or_else(missing)
        };
        let mut all = self.overrides.clone();
        all.vars.extend(overrides.vars.iter().cloned());
        all.sets.extend(overrides.sets.iter().cloned());
        let Some(first) = sources.first() else {
            return Ok(self.clone());
        };
        let other = Self::new(&first.text, &first.path, &read, &all)?;
        let other = other.beside(self);
        Ok(match &self.contracts {
            Some(contracts) => other.on(Arc::clone(contracts)),
            None => other,
        })
    }
}

/// Lists archives of a result store; what is no archive has no listing.
fn archives(results: &Results) -> Archives {
    let results = results.clone();
    Arc::new(move |link| {
        let bytes = results.get(ContentId::from_link(link)?).ok()??;
        let files = unzip(&bytes, UnzipLimits::default()).ok()?;
        let listing = files
            .iter()
            .map(|(path, content)| (path.to_owned(), content.len() as u64));
        Some(listing.collect())
    })
}
