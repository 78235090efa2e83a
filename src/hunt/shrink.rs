//! A failing scenario, made small: whatever can go goes, and numbers shrink, as long as it still
//! fails in the same way. Rule: no step makes the cast larger, so it ends, and always the same way.

use std::{collections::BTreeSet, time::Duration};

use toml::Value;

use super::{
    Failure, Play,
    draw::name_workers,
    failure::Reason,
    staff::{is_each_pool_staffed, is_staffed},
};
use crate::{
    amount::Nrlc,
    scenario::{
        Finished, Loaded, Scenario,
        model::Wei,
        unit::{Percent, Unit},
    },
    world::Cast,
};

type Guard = fn(&Scenario) -> bool;

/// There are workers enough.
const GUARDS: [Guard; 2] = [is_staffed, is_each_pool_staffed];

/// A scenario that fails, as small as it gets.
pub struct Shrunk {
    /// The scenario.
    pub loaded: Loaded,
    /// Its run.
    pub finished: Finished,
    /// How many smaller ones were played.
    pub tried: u64,
    /// How many of them failed in the same way.
    pub kept: u64,
}

/// One step on the way from the root to a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

type Path = Vec<Step>;

/// Makes a scenario that fails small. None when it does not fail in this way. Asked before each
/// run, `goes_on` can end the search early; the best so far counts.
pub fn shrink(
    loaded: &Loaded,
    failure: &Failure,
    play: &Play<'_>,
    goes_on: &dyn Fn() -> bool,
) -> Option<Shrunk> {
    let mut scenario = loaded.scenario.clone();
    name_workers(&mut scenario);
    let mut work = Work {
        failure,
        reason: None,
        play,
        goes_on,
        held: loaded.clone().holding(loaded.builds().ok()?),
        tried: 0,
        kept: 0,
        guards: GUARDS
            .into_iter()
            .filter(|is_met| is_met(&scenario))
            .collect(),
        refused: BTreeSet::new(),
    };
    let best = work
        .judge(&scenario, usize::MAX)
        .or_else(|| work.judge(&loaded.scenario, usize::MAX))?;
    work.reason = Some(failure.reason(&best.finished));
    let root = Value::try_from(&best.loaded.scenario).ok()?;
    let mut state = State { root, best };
    loop {
        let before = work.kept;
        work.remove(&mut state);
        work.lower(&mut state);
        if work.kept == before || !(work.goes_on)() {
            break;
        }
    }
    Some(Shrunk {
        loaded: state.best.loaded,
        finished: state.best.finished,
        tried: work.tried,
        kept: work.kept,
    })
}

/// The smallest so far.
struct State {
    root: Value,
    best: Failing,
}

/// A scenario that fails the right way.
struct Failing {
    loaded: Loaded,
    finished: Finished,
    size: usize,
}

struct Work<'a> {
    failure: &'a Failure,
    /// Why it fails, once that is known.
    reason: Option<Reason>,
    play: &'a Play<'a>,
    goes_on: &'a dyn Fn() -> bool,
    held: Loaded,
    tried: u64,
    kept: u64,
    /// What goes for it as it is, and must for everything smaller.
    guards: Vec<Guard>,
    /// Texts that were played in vain.
    refused: BTreeSet<String>,
}

impl Work<'_> {
    /// Plays a scenario; what it is if it fails in the same way and is no larger than `most`.
    fn judge(&mut self, scenario: &Scenario, most: usize) -> Option<Failing> {
        let loaded = Loaded::of(scenario).ok()?.beside(&self.held);
        let finished = (self.play)(&loaded).ok()?;
        let size = size(finished.world.cast());
        let failures = Failure::all(finished.world.log());
        let is_same = |reason: &Reason| *reason == self.failure.reason(&finished);
        let fails = failures.contains(self.failure) && self.reason.as_ref().is_none_or(is_same);
        (size <= most && fails).then_some(Failing {
            loaded,
            finished,
            size,
        })
    }

    /// Plays a changed tree, and keeps it if it fails in the same way.
    fn attempt(&mut self, state: &mut State, root: Value) -> bool {
        let text = root.to_string();
        if root == state.root || self.refused.contains(&text) || !(self.goes_on)() {
            return false;
        }
        let Ok(scenario) = root.clone().try_into::<Scenario>() else {
            return false;
        };
        // Workers nobody wrote down would come back as three.
        if scenario.worker.is_empty() || !self.guards.iter().all(|is_met| is_met(&scenario)) {
            return false;
        }
        self.tried += 1;
        match self.judge(&scenario, state.best.size) {
            Some(best) => {
                self.kept += 1;
                *state = State { root, best };
                true
            }
            None => {
                self.refused.insert(text);
                false
            }
        }
    }

    /// Takes out whatever can go: whole sections first, then what is in them; lists from the end.
    fn remove(&mut self, state: &mut State) {
        let mut depth = 1;
        loop {
            let mut paths = paths(&state.root, depth);
            if paths.is_empty() {
                return;
            }
            paths.reverse();
            for path in paths {
                let mut root = state.root.clone();
                if !is_end(&path) && take(&mut root, &path) {
                    self.attempt(state, root);
                }
            }
            depth += 1;
        }
    }

    /// Makes numbers, amounts and spans smaller: as small as can be, else by half, else by one.
    fn lower(&mut self, state: &mut State) {
        let mut depth = 1;
        loop {
            let all = paths(&state.root, depth);
            if all.is_empty() {
                return;
            }
            for path in all {
                // What is expected is the author's word.
                let is_word = matches!(path.first(), Some(Step::Key(key)) if key == "expect");
                while !is_word && self.lower_one(state, &path) {}
            }
            depth += 1;
        }
    }

    fn lower_one(&mut self, state: &mut State, path: &Path) -> bool {
        let Some(value) = find(&mut state.root, path) else {
            return false;
        };
        let is_share = matches!(path.last(), Some(Step::Key(key)) if key == "share");
        let candidates = match is_share {
            true => plainer(value),
            false => smaller(value),
        };
        for smaller in candidates {
            let mut root = state.root.clone();
            if let Some(value) = find(&mut root, path) {
                *value = smaller;
            }
            if self.attempt(state, root) {
                return true;
            }
        }
        false
    }
}

/// Whether a path is the end of a fault: one that lasts for ever is another fault.
fn is_end(path: &[Step]) -> bool {
    let is = |step: Option<&Step>, key: &str| matches!(step, Some(Step::Key(word)) if word == key);
    is(path.first(), "at") && is(path.last(), "for")
}

/// Everybody and everything in a cast, counted.
fn size(cast: &Cast) -> usize {
    let people = cast.accounts.len() + cast.pools.len() + cast.workers.len();
    let things = cast.apps.len() + cast.datasets.len() + cast.contracts.len();
    people + things + cast.tasks.len() + cast.timeline.len()
}

/// Returns the paths of so many steps, in the order of the tree.
fn paths(root: &Value, depth: usize) -> Vec<Path> {
    let mut here = vec![(Path::new(), root)];
    for _ in 0..depth {
        let mut deeper = Vec::new();
        for (path, value) in here {
            let step = |step| [path.as_slice(), &[step]].concat();
            match value {
                Value::Table(table) => {
                    let entries = table.iter();
                    deeper
                        .extend(entries.map(|(key, value)| (step(Step::Key(key.clone())), value)));
                }
                Value::Array(list) => {
                    let items = list.iter().enumerate();
                    deeper.extend(items.map(|(at, value)| (step(Step::Index(at)), value)));
                }
                Value::String(_)
                | Value::Integer(_)
                | Value::Float(_)
                | Value::Boolean(_)
                | Value::Datetime(_) => {}
            }
        }
        here = deeper;
    }
    here.into_iter().map(|(path, _)| path).collect()
}

fn find<'v>(root: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(root, |here, step| match step {
        Step::Key(key) => here.get_mut(key.as_str()),
        Step::Index(at) => here.get_mut(*at),
    })
}

/// Removes the value at a path; false when it is not there any more.
fn take(root: &mut Value, path: &[Step]) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    match (find(root, parents), last) {
        (Some(Value::Table(table)), Step::Key(key)) => table.remove(key).is_some(),
        (Some(Value::Array(list)), Step::Index(at)) if *at < list.len() => {
            list.remove(*at);
            true
        }
        _ => false,
    }
}

/// Returns smaller values to try, the smallest first.
fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Integer(number) => steps(u64::try_from(*number).unwrap_or(0), 0)
            .into_iter()
            .filter_map(|number| Some(Value::Integer(i64::try_from(number).ok()?)))
            .collect(),
        Value::String(text) => smaller_texts(text).into_iter().map(Value::String).collect(),
        Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => Vec::new(),
    }
}

/// Shares of messages to try instead: all of them is the plainest loss, for which no chance is needed.
fn plainer(share: &Value) -> Vec<Value> {
    let all = Percent::ALL.print();
    let is_part = share.as_str().is_some_and(|text| text != all);
    is_part.then_some(Value::String(all)).into_iter().collect()
}

/// The same for a quantity with its unit, in whole units, or for a name.
fn smaller_texts(text: &str) -> Vec<String> {
    const GWEI: u128 = 1_000_000_000;
    if let Ok(span) = <Duration as Unit>::parse(text) {
        let seconds = steps(span.as_secs(), 1).into_iter();
        let spans = seconds.map(|seconds| Duration::from_secs(seconds).print());
        return spans.collect();
    }
    if let Ok(amount) = Nrlc::parse(text) {
        let amounts = steps(amount.0 / Nrlc::from_rlc(1).0, 1).into_iter();
        return amounts
            .map(|amount| Nrlc::from_rlc(amount).to_string())
            .collect();
    }
    if let Ok(price) = Wei::parse(text) {
        let gwei = u64::try_from(price.0 / GWEI).unwrap_or(u64::MAX);
        let prices = steps(gwei, 1).into_iter();
        return prices
            .map(|gwei| Wei(u128::from(gwei) * GWEI).print())
            .collect();
    }
    members(text)
}

/// Members of the same group with smaller numbers: `worker.w-0` for `worker.w-4`.
fn members(text: &str) -> Vec<String> {
    let Some((group, index)) = text.rsplit_once('-') else {
        return Vec::new();
    };
    let index = index.parse().unwrap_or(0);
    let smaller = steps(index, 0).into_iter();
    smaller.map(|index| format!("{group}-{index}")).collect()
}

/// The least, the half, one less: those of them that are less than `number`.
fn steps(number: u64, least: u64) -> Vec<u64> {
    let mut steps = vec![least, 1.max(least), number / 2, number.saturating_sub(1)];
    steps.retain(|step| *step < number && *step >= least);
    steps.dedup();
    steps
}
