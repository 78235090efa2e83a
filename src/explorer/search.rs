//! Every state, nearest first. Rule: the first state that breaks a promise has the shortest way there,
//! so a counterexample holds nothing that could be left out.

use std::collections::{HashMap, VecDeque};

use super::{Move, Promise, SmallWorld, moves::State, promise::Step, stage::Stage};

/// How much was looked at.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Different states.
    pub states: u64,
    /// Moves the hub took.
    pub transitions: u64,
    /// Moves the hub refused.
    pub refused: u64,
    /// Moves to the farthest state.
    pub depth: u64,
    /// States in which the task is over.
    pub over: u64,
}

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// The world that was explored.
    pub world: SmallWorld,
    /// How much was looked at.
    pub figures: Figures,
    /// The nearest counterexample to each promise that has one, in the order of the promises.
    pub counterexamples: Vec<Counterexample>,
}

/// A shortest way to break a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// What it breaks.
    pub promise: Promise,
    /// What happens, in order.
    pub moves: Vec<Move>,
}

impl Exploration {
    /// Returns the shortest way to break a promise; nothing when there is none.
    pub fn counterexample(&self, promise: Promise) -> Option<&Counterexample> {
        self.counterexamples
            .iter()
            .find(|found| found.promise == promise)
    }

    /// Returns whether every promise that is given in this world holds in all states.
    pub fn is_as_promised(&self) -> bool {
        let mut found = self.counterexamples.iter();
        found.all(|found| found.promise.excuse(&self.world).is_some())
    }
}

/// A state that was reached: from where, and by which move.
struct Visit {
    from: usize,
    by: Move,
    depth: u64,
    is_settled: bool,
}

struct Search {
    stage: Stage,
    visits: Vec<Visit>,
    /// For each state, those from which one move leads to it.
    into: Vec<Vec<usize>>,
    figures: Figures,
    found: Vec<Counterexample>,
}

/// Visits every state that can be reached.
pub(super) fn explore(world: &SmallWorld) -> Exploration {
    let mut search = Search {
        stage: Stage::new(world),
        visits: Vec::new(),
        into: Vec::new(),
        figures: Figures::default(),
        found: Vec::new(),
    };
    search.run();
    search.look_for_stuck_funds();
    search.found.sort_by_key(|found| found.promise);
    Exploration {
        world: *world,
        figures: search.figures,
        counterexamples: search.found,
    }
}

impl Search {
    fn run(&mut self) {
        let first = State {
            model: self.stage.model.clone(),
            steps: 0,
        };
        let mut known = HashMap::from([(self.stage.key(&first), 0)]);
        // The first state is its own beginning.
        self.visit(&first, (0, Move::Wait, 0));
        let mut waiting = VecDeque::from([(0, first)]);
        while let Some((at, state)) = waiting.pop_front() {
            for by in self.stage.moves(&state) {
                let Some((next, effects)) = self.stage.play(&state, by) else {
                    self.figures.refused += 1;
                    continue;
                };
                self.figures.transitions += 1;
                let step = Step {
                    before: &state,
                    after: &next,
                    effects: &effects,
                };
                for promise in self.stage.broken_by(&step) {
                    self.report(promise, at, Some(by));
                }
                let to = *known
                    .entry(self.stage.key(&next))
                    .or_insert(self.visits.len());
                if to == self.visits.len() {
                    let depth = self.visits[at].depth + 1;
                    self.visit(&next, (at, by, depth));
                    waiting.push_back((to, next));
                }
                self.into[to].push(at);
            }
        }
    }

    fn visit(&mut self, state: &State, (from, by, depth): (usize, Move, u64)) {
        let task = state.model.task(self.stage.task);
        self.figures.states += 1;
        self.figures.depth = self.figures.depth.max(depth);
        self.figures.over += u64::from(task.is_some_and(|task| task.status.is_final()));
        self.into.push(Vec::new());
        self.visits.push(Visit {
            from,
            by,
            depth,
            is_settled: self.stage.is_settled(state),
        });
    }

    /// Walks back from the states in which nothing is locked; what is not met on the way is stuck.
    fn look_for_stuck_funds(&mut self) {
        let mut free: Vec<bool> = self.visits.iter().map(|visit| visit.is_settled).collect();
        let mut waiting: Vec<usize> = (0..free.len()).filter(|at| free[*at]).collect();
        while let Some(at) = waiting.pop() {
            for from in &self.into[at] {
                if !std::mem::replace(&mut free[*from], true) {
                    waiting.push(*from);
                }
            }
        }
        // States are numbered as they were met: the first is a nearest.
        if let Some(at) = free.iter().position(|free| !free) {
            self.report(Promise::NoStuckFunds, at, None);
        }
    }

    /// Notes the first way to break a promise: the moves to a state, and one more.
    fn report(&mut self, promise: Promise, mut at: usize, last: Option<Move>) {
        if self.found.iter().any(|found| found.promise == promise) {
            return;
        }
        let mut moves: Vec<Move> = last.into_iter().collect();
        while at != 0 {
            moves.push(self.visits[at].by);
            at = self.visits[at].from;
        }
        moves.reverse();
        self.found.push(Counterexample { promise, moves });
    }
}
