//! A world moved on one delivery at a time. Rule: stopping anywhere changes nothing of what follows.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::FutureExt as _;

use super::{ReplayError, Stop};
use crate::{
    executor::{Executors, Outcome, inputs::Inputs},
    log::{EndReason, view::Measured},
    protocol::Name,
    runfile::{Recorded, RunFile},
    scenario::{Finished, Loaded, Overrides, StartError},
    time::Timestamp,
    world::{Memory, Started, World, deed::Deed},
};

/// A run in hand: a clone goes its own way from here.
#[derive(Clone)]
pub struct Player {
    pub(super) stage: Arc<Stage>,
    pub(super) world: World,
    /// The moment that is being carried out; what programs made is handed over between moments.
    moment: Option<Timestamp>,
    /// How many of the deeds are done.
    pub(super) done: usize,
    /// Programs that are under way until a deed ends them.
    pub(super) pending: Vec<Started>,
    /// The world at moments a deed may return to.
    pub(super) memories: BTreeMap<u64, Memory>,
    /// Whether this is the world the deeds were done to, and not one that parted from it.
    pub(super) is_original: bool,
    /// How often each worker ran the program of each task outside of `emulate`.
    ran: BTreeMap<(Name, Name), usize>,
}

/// What the run is played with.
pub(super) struct Stage {
    loaded: Loaded,
    inputs: Inputs,
    executors: Executors,
    /// What programs outside made when the run was saved.
    recorded: Option<Recorded>,
    /// What was done from outside, if it was a living network.
    pub(super) deeds: Vec<Deed>,
}

impl Player {
    /// Returns the run of a scenario at its very beginning.
    ///
    /// # Errors
    ///
    /// When its world cannot begin.
    pub fn new(loaded: Loaded, inputs: Inputs, executors: Executors) -> Result<Self, StartError> {
        let (recorded, deeds) = (None, Vec::new());
        Self::with(Stage {
            loaded,
            inputs,
            executors,
            recorded,
            deeds,
        })
    }

    fn with(stage: Stage) -> Result<Self, StartError> {
        let world = stage.loaded.world(&stage.inputs)?;
        Ok(Self {
            stage: Arc::new(stage),
            world,
            moment: None,
            done: 0,
            pending: Vec::new(),
            memories: BTreeMap::new(),
            is_original: true,
            ran: BTreeMap::new(),
        })
    }

    /// Returns a saved run at its very beginning: nothing outside the file is read.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] says what this `emulate` does not make of the file.
    pub fn of(run: &RunFile) -> Result<Self, ReplayError> {
        Self::changed(run, &Overrides::default())
    }

    /// Returns a saved run at its very beginning, with changes to its scenario.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] says what this `emulate` does not make of the file, or of the changes.
    pub fn changed(run: &RunFile, changes: &Overrides) -> Result<Self, ReplayError> {
        let recorded = Recorded::new(run.executions.iter().cloned());
        let executors = Executors::new();
        let stage = Stage {
            loaded: run.load_with(changes)?,
            inputs: run.fetched()?,
            executors,
            recorded: Some(recorded),
            deeds: run.deeds.clone(),
        };
        let player = Self::with(stage)?;
        Ok(Self {
            is_original: *changes == Overrides::default(),
            ..player
        })
    }

    /// Returns the world as it is.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Returns the world, to change it by hand.
    pub fn world_mut(&mut self) -> &mut World {
        // Programs end by themselves from here on: which ones there are, and when, may change.
        self.is_original = false;
        self.end_pending();
        &mut self.world
    }

    /// From now on the chain keeps no state but the newest: for who does not look back.
    pub(super) fn forget_states(&mut self) {
        self.world.forget_states();
    }

    /// Returns the scenario that is played.
    pub fn loaded(&self) -> &Loaded {
        &self.stage.loaded
    }

    /// Returns the inputs it is played with.
    pub fn inputs(&self) -> &Inputs {
        &self.stage.inputs
    }

    /// Carries out the next thing due, and nothing else; false when the run is over.
    pub fn step(&mut self) -> bool {
        if self.is_session() {
            return self.step_session();
        }
        while let Some(moment) = self.next_moment() {
            self.moment = Some(moment);
            let done = self.world.advance_one(moment);
            if !self.world.is_due(moment) {
                // Nothing is left of this moment: time moves, and limits are looked at.
                self.world.advance(moment);
                self.moment = None;
            }
            if done {
                return true;
            }
        }
        false
    }

    /// Goes on until something was recorded; false when the run is over.
    pub fn next_event(&mut self) -> bool {
        let before = self.world.log().records().len();
        loop {
            let goes_on = self.step();
            if self.world.log().records().len() > before {
                return true;
            }
            if !goes_on {
                return false;
            }
        }
    }

    /// Goes on to a moment; false when the run is over before it comes.
    pub fn go_to(&mut self, stop: &Stop) -> bool {
        match stop {
            Stop::Time(time) => {
                while self.next_moment().is_some_and(|next| next <= *time) {
                    if !self.step() {
                        break;
                    }
                }
                self.world.now() >= *time || self.next_moment().is_some()
            }
            Stop::Block(number) => {
                while self.world.chain().height() < *number {
                    if !self.step() {
                        return false;
                    }
                }
                true
            }
            Stop::Event { name, nth } => self.find(name, *nth),
        }
    }

    fn find(&mut self, name: &str, nth: u64) -> bool {
        let (mut seen, mut count) = (0, 0);
        loop {
            let records = self.world.log().records();
            let new = records.since(seen);
            count += new.filter(|record| record.event.name() == name).count() as u64;
            seen = records.len() as u64;
            if count >= nth {
                return true;
            }
            if !self.step() {
                return false;
            }
        }
    }

    /// Goes on to the end, and returns why that is the end.
    pub fn play(&mut self) -> EndReason {
        while self.step() {}
        self.ended()
    }

    /// Returns when something is next due; none when the run is over.
    pub fn next_moment(&mut self) -> Option<Timestamp> {
        if self.is_session() {
            return self.next_of_session();
        }
        if self.moment.is_none() {
            self.settle();
        }
        self.moment.or_else(|| self.world.next_deadline())
    }

    /// Judges a run that is over and closes its log.
    ///
    /// # Errors
    ///
    /// When a second run that an expectation asks for cannot begin.
    pub fn conclude(self, reason: EndReason, measured: Measured) -> Result<Finished, StartError> {
        let stage = &*self.stage;
        let means = (&stage.inputs, &stage.executors);
        stage.loaded.conclude(self.world, reason, measured, means)
    }

    /// Returns why a run that goes no further is over.
    pub fn ended(&self) -> EndReason {
        let otherwise = match self.is_session() {
            true => EndReason::Released,
            false => EndReason::Complete,
        };
        self.world.ended().unwrap_or(otherwise)
    }

    /// Hands over what programs made that began in the moments so far.
    fn settle(&mut self) {
        for started in self.world.take_jobs() {
            let outcome = self.outcome(&started);
            self.world.complete(started, outcome);
        }
    }

    pub(super) fn outcome(&mut self, started: &Started) -> Outcome {
        let job = &started.job;
        if let Some(recorded) = self
            .stage
            .recorded
            .as_ref()
            .filter(|_| started.takes_time())
        {
            let nth = self.ran.entry((job.task.clone(), job.worker.clone()));
            let nth = nth.and_modify(|nth| *nth += 1).or_insert(0);
            return recorded.outcome(job, *nth);
        }
        let executors = &self.stage.executors;
        let at_once = executors.execute(job).now_or_never();
        at_once.unwrap_or_else(|| executors.run_now(job))
    }
}
