//! What was already computed: outcomes by everything they depend on.
//!
//! Only what a program can see decides, so a remembered outcome is the one a new run would have.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use alloy_primitives::B256;

use super::{
    Builtin, Contract, DigestRule, Job, Limits, Mock, OnChain, OnError, Outcome, Program,
    Randomness,
};
use crate::protocol::Name;

/// The most bytes kept.
const BYTES_MAX: u64 = 256 << 20;

/// What an outcome costs besides its contents, in bytes.
const OVERHEAD: u64 = 1024;

/// What a run's outcome depends on besides its program, arguments, inputs and rules.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Depends {
    /// On which task it is for: its random bytes or its variables were looked at.
    pub(super) on_task: bool,
    /// On which worker runs it.
    pub(super) on_worker: bool,
}

/// Outcomes by what they depend on; the oldest are forgotten first.
#[derive(Default)]
pub(super) struct Memory {
    outcomes: HashMap<Key, Outcome>,
    age: VecDeque<Key>,
    bytes: u64,
}

impl Memory {
    /// Returns the number of outcomes kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Returns the outcome of a job like `job`, if one was run.
    pub(super) fn recall(&self, job: &Job) -> Option<Outcome> {
        let mut key = Key::of(job)?;
        if let Some(outcome) = self.outcomes.get(&key) {
            return Some(outcome.clone());
        }
        key.task = Some((job.task.clone(), job.on_chain.clone()));
        self.outcomes.get(&key).cloned()
    }

    /// Keeps the outcome of `job`, unless only the same worker could use it again.
    pub(super) fn keep(&mut self, job: &Job, depends: Depends, outcome: &Outcome) {
        let cost = cost(outcome);
        if depends.on_worker || cost > BYTES_MAX {
            return;
        }
        let Some(mut key) = Key::of(job) else { return };
        if depends.on_task {
            key.task = Some((job.task.clone(), job.on_chain.clone()));
        }
        if self.outcomes.insert(key.clone(), outcome.clone()).is_some() {
            return;
        }
        self.age.push_back(key);
        self.bytes += cost;
        while self.bytes > BYTES_MAX {
            let Some(oldest) = self.age.pop_front() else {
                return;
            };
            if let Some(outcome) = self.outcomes.remove(&oldest) {
                self.bytes -= self::cost(&outcome);
            }
        }
    }
}

fn cost(outcome: &Outcome) -> u64 {
    let archive = outcome.archive.as_ref().map_or(0, |archive| archive.len());
    let streams = outcome.stdout.bytes.len() + outcome.stderr.bytes.len();
    outcome.outputs.bytes() + (archive + streams) as u64 + OVERHEAD
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    program: What,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    inputs: B256,
    directories: Vec<String>,
    rules: (Contract, DigestRule, OnError, bool),
    limits: Limits,
    seed: u64,
    /// The task, for outcomes that depend on it.
    task: Option<(Name, OnChain)>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum What {
    Builtin(Builtin),
    Mock(Arc<Mock>),
    Wasm(B256, Randomness),
}

impl Key {
    /// None for jobs whose outcomes are not kept: images, and votes that no two workers share.
    fn of(job: &Job) -> Option<Self> {
        let program = match &job.program {
            Program::Builtin(builtin) => What::Builtin(*builtin),
            Program::Mock(mock) => What::Mock(mock.clone()),
            Program::Wasm(wasm) => What::Wasm(wasm.hash(), wasm.random),
            Program::Image(_) => return None,
        };
        if job.digest == DigestRule::Zip2018 {
            return None;
        }
        Some(Self {
            program,
            args: job.args.clone(),
            env: job.env.clone(),
            inputs: job.inputs.digest(),
            directories: job.inputs.directories().map(str::to_owned).collect(),
            rules: (job.contract, job.digest, job.on_error, job.callback),
            limits: job.limits.clone(),
            seed: job.seed.0,
            task: None,
        })
    }
}
