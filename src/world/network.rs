//! Delays, loss and partitions between actors, and between actors and the chain.
//!
//! A message's delay is drawn from its sender's own stream, so that one more actor does not
//! change the luck of the others.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use rand::Rng;

use crate::{protocol::Name, seed::Stream};

/// The name under which rules speak of the chain.
pub(super) const CHAIN: &str = "chain";

/// What happens to one message.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// It arrives after this delay.
    After(Duration),
    /// It does not get through.
    Cut,
}

/// A rule in force, to be lifted by its id.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleId(u64);

/// A deviation from the usual network.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Members of different sides do not reach each other; whoever is on no side reaches all.
    Partition(Vec<Vec<Name>>),
    /// Whatever these send or receive takes longer by this much.
    Slow { targets: Vec<Name>, by: Duration },
    /// So many of a million messages from or to these are lost.
    Lossy {
        targets: Vec<Name>,
        per_million: u32,
    },
}

/// The network all share: usual delays, and the rules in force.
#[derive(Clone, Debug)]
pub(super) struct Network {
    usual: (Duration, Duration),
    /// Delays of single actors, added to the usual ones.
    latency: HashMap<Name, Duration>,
    rules: BTreeMap<RuleId, Rule>,
    next_rule: u64,
}

impl Network {
    /// Returns a network whose messages usually take between `low` and `high`.
    pub(super) fn new(low: Duration, high: Duration) -> Self {
        Self {
            usual: (low, high.max(low)),
            latency: HashMap::new(),
            rules: BTreeMap::new(),
            next_rule: 0,
        }
    }

    /// Makes everything from and to `actor` take longer by `delay`.
    pub(super) fn set_latency(&mut self, actor: Name, delay: Duration) {
        self.latency.insert(actor, delay);
    }

    /// Puts a rule in force.
    pub(super) fn add(&mut self, rule: Rule) -> RuleId {
        self.next_rule += 1;
        let id = RuleId(self.next_rule);
        self.rules.insert(id, rule);
        id
    }

    /// Lifts one rule; nothing happens if it was lifted before.
    pub(super) fn remove(&mut self, id: RuleId) {
        self.rules.remove(&id);
    }

    /// Lifts all partitions.
    pub(super) fn heal(&mut self) {
        self.rules
            .retain(|_, rule| !matches!(rule, Rule::Partition(_)));
    }

    /// Returns whether a partition lies between the two.
    pub(super) fn is_cut(&self, from: &Name, to: &Name) -> bool {
        self.rules.values().any(|rule| match rule {
            Rule::Partition(sides) => {
                let side_of = |name| sides.iter().position(|side| side.contains(name));
                matches!((side_of(from), side_of(to)), (Some(a), Some(b)) if a != b)
            }
            Rule::Slow { .. } | Rule::Lossy { .. } => false,
        })
    }

    /// Returns how many of a million messages between the two are lost: the worst rule counts.
    fn loss(&self, from: &Name, to: &Name) -> u32 {
        // Whoever talks to the chain does so until it is heard.
        if to.as_str() == CHAIN {
            return 0;
        }
        let losses = self.rules.values().map(|rule| match rule {
            Rule::Lossy {
                targets,
                per_million,
            } if targets.contains(from) || targets.contains(to) => *per_million,
            Rule::Lossy { .. } | Rule::Slow { .. } | Rule::Partition(_) => 0,
        });
        losses.max().unwrap_or(0)
    }

    /// Decides the fate of a message, drawing its usual delay from the sender's stream.
    pub(super) fn judge(&self, from: &Name, to: &Name, stream: &mut Stream) -> Passage {
        // Drawn whatever the rules say: a rule must not shift the sender's later draws.
        let (low, high) = self.usual;
        let mut dice = stream.clone();
        let usual = stream.random_range(low..=high);
        if self.is_cut(from, to) {
            return Passage::Cut;
        }
        let loss = self.loss(from, to);
        if loss > 0 {
            // A stream beside the sender's own, at the same place.
            dice.set_stream(1);
            if dice.random_range(0..1_000_000) < loss {
                return Passage::Cut;
            }
        }
        Passage::After(usual + self.extra(from) + self.extra(to))
    }

    /// Returns by how much whatever `name` sends or receives is late.
    pub(super) fn extra(&self, name: &Name) -> Duration {
        let slow = self.rules.values().map(|rule| match rule {
            Rule::Slow { targets, by } if targets.contains(name) => *by,
            Rule::Slow { .. } | Rule::Lossy { .. } | Rule::Partition(_) => Duration::ZERO,
        });
        let own = self.latency.get(name).copied().unwrap_or_default();
        own + slow.sum::<Duration>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    fn network() -> Network {
        Network::new(Duration::from_millis(10), Duration::from_millis(20))
    }

    #[test]
    fn a_partition_separates_its_sides_and_nobody_else() {
        let [a, b, c] = ["worker.a", "pool.b", "worker.c"].map(Name::from);
        let mut network = network();
        let id = network.add(Rule::Partition(vec![vec![a.clone()], vec![b.clone()]]));
        assert!(network.is_cut(&a, &b) && network.is_cut(&b, &a));
        assert!(!network.is_cut(&a, &c) && !network.is_cut(&c, &b));
        network.remove(id);
        assert!(!network.is_cut(&a, &b));
    }

    #[test]
    fn loss_takes_its_share_and_leaves_the_delays_of_the_rest_alone() {
        let [a, b] = ["worker.a", "pool.b"].map(Name::from);
        let mut streams = [Seed(1).stream("a"), Seed(1).stream("a")];
        let mut lossy = network();
        lossy.add(Rule::Lossy {
            targets: vec![b.clone()],
            per_million: 300_000,
        });
        let mut lost = 0;
        for _ in 0..1000 {
            let usual = network().judge(&a, &b, &mut streams[0]);
            match lossy.judge(&a, &b, &mut streams[1]) {
                Passage::Cut => lost += 1,
                passage @ Passage::After(_) => assert_eq!(passage, usual),
            }
        }
        assert!((250..350).contains(&lost), "{lost} of 1000");
        let chain = Name::from(CHAIN);
        let reached = lossy.judge(&b, &chain, &mut streams[0]);
        assert_ne!(reached, Passage::Cut);
    }

    #[test]
    fn slowness_adds_up_and_draws_stay_in_step() {
        let [a, b] = ["worker.a", "worker.b"].map(Name::from);
        let mut streams = [Seed(1).stream("a"), Seed(1).stream("a")];
        let usual = network().judge(&a, &b, &mut streams[0]);
        let mut slow = network();
        slow.set_latency(a.clone(), Duration::from_secs(1));
        slow.add(Rule::Slow {
            targets: vec![b.clone()],
            by: Duration::from_secs(2),
        });
        let Passage::After(usual) = usual else {
            panic!("cut")
        };
        let late = slow.judge(&a, &b, &mut streams[1]);
        assert_eq!(late, Passage::After(usual + Duration::from_secs(3)));
    }
}
