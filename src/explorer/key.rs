//! When two states are one. Rule: a key holds everything a call or a promise depends on, and nothing
//! that only says who of several equals it was.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::{
    Vote,
    moves::{Likeness, State},
    stage::Stage,
};

/// What tells states apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    /// Of the whole model, where equals are told apart; else zero.
    identity: u64,
    steps: u8,
    status: u8,
    deadline: u64,
    counters: (u64, u64),
    /// What won, and the weight of each vote.
    consensus: Option<Vote>,
    weights: Vec<u64>,
    workers: Vec<Likeness>,
    money: [(u64, u64); 4],
}

impl Stage {
    /// Returns what tells a state from others.
    pub(super) fn key(&self, state: &State) -> Key {
        if self.world.tells_equals_apart {
            let identity = BuildHasherDefault::<DefaultHasher>::default().hash_one(&state.model);
            let names: Vec<usize> = (0..=self.world.lies).collect();
            return Key {
                identity,
                ..self.key_by(state, &names)
            };
        }
        let orders = permutations(self.world.lies);
        let keys = orders.iter().map(|names| {
            let mut key = self.key_by(state, names);
            key.workers.sort();
            key
        });
        keys.min().expect("there is one order at least")
    }

    /// The key when vote number `i` is called `names[i]`.
    fn key_by(&self, state: &State, names: &[usize]) -> Key {
        let (model, called) = (&state.model, |vote: Vote| Vote::of(names[vote.index()]));
        let task = model.task(self.task).cloned().unwrap_or_default();
        let groups = model.groups(self.task);
        let hash_of = |vote: usize| self.commitments[0][vote].hash;
        let mut weights = vec![0; names.len()];
        for (vote, name) in names.iter().enumerate() {
            weights[*name] = groups.weight(&hash_of(vote)).saturating_to();
        }
        let consensus = (0..names.len()).find(|vote| hash_of(*vote) == task.consensus_value);
        let workers = (0..self.workers.len()).map(|worker| {
            let likeness = self.likeness(state, worker);
            Likeness {
                vote: likeness.vote.map(called),
                ..likeness
            }
        });
        let people = [
            self.requester,
            self.scheduler,
            self.app_owner,
            model.rules().kitty_address,
        ];
        Key {
            identity: 0,
            steps: state.steps,
            status: task.status as u8,
            deadline: task.reveal_deadline,
            counters: (task.winner_counter, task.reveal_counter),
            consensus: consensus.map(|vote| called(Vote::of(vote))),
            weights,
            workers: workers.collect(),
            money: people.map(|account| {
                let (free, locked) = model.account(account);
                (free.saturating_to(), locked.saturating_to())
            }),
        }
    }
}

/// All ways to call the lies; the truth is always number 0.
fn permutations(lies: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![0]];
    for lie in 1..=lies {
        let longer = all.iter().flat_map(|names: &Vec<usize>| {
            (1..=lie).map(|place| {
                let mut longer = names.clone();
                longer.insert(place, lie);
                longer
            })
        });
        all = longer.collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lies_are_renamed_in_every_way_and_the_truth_never() {
        let all = permutations(3);
        assert_eq!(all.len(), 6);
        assert!(all.iter().all(|names| names[0] == 0 && names.len() == 4));
        assert_eq!(permutations(0), [[0]]);
    }
}
