//! Accounts, pools and workers. Rule: every member of a group is one entry, and draws of its own
//! come from a stream of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use rand::{Rng, seq::SliceRandom};

use super::{Builder, account, deposit, group_of, members};
use crate::{
    actors,
    protocol::{Name, Tag},
    scenario::{
        model::{
            Account, Phase, PhaseAction, Policy, Pool, PoolBehaviour, RequesterBehaviour, Turn,
            Worker, WorkerBehaviour,
        },
        names,
        unit::{Percent, Uncertain},
    },
    time::Timestamp,
    world::cast::{
        AccountCast, Behaviour, Conduct, Deviation, OfferCast, PoolCast, Spread, WorkerCast,
    },
};

/// How many times longer a slow worker computes, in thousandths, when its duration is not written.
const SLOW_PERMILLE: u64 = 4_000;

/// How often a flaky worker fails when its rate is not written.
const FAIL_RATE: Percent = Percent(20_000);

/// After how long a worker that failed is back.
const BACK_AFTER: Duration = Duration::from_secs(60);

impl Builder<'_> {
    /// Everybody with a key who is neither pool nor worker: as declared, then as referred to.
    pub(super) fn accounts(&mut self) -> Vec<AccountCast> {
        let scenario = self.scenario;
        let mut names: Vec<Name> = scenario.account.keys().cloned().collect();
        names.push(Name::from(names::REQUESTER));
        names.extend(scenario.task.values().map(|task| task.by.clone()));
        names.extend(scenario.pool.values().filter_map(|pool| pool.owner.clone()));
        let owners = scenario
            .app
            .values()
            .map(|app| super::app_owner(app.owner.as_ref()));
        let more = scenario.dataset.values();
        let owners = owners.chain(more.map(|set| super::dataset_owner(set.owner.as_ref())));
        names.extend(owners.filter_map(|owner| Some(owner.split_kind()?.1.into())));
        names.extend(
            scenario
                .at
                .iter()
                .filter_map(|at| Some(at.call.as_ref()?.by.clone())),
        );
        let contracts = scenario.contract.values();
        names.extend(contracts.map(|contract| contract.by.clone()));
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names.iter().map(|name| self.account(name)).collect()
    }

    fn account(&mut self, name: &Name) -> AccountCast {
        let default = Account::default();
        let account = self.scenario.account.get(name).unwrap_or(&default);
        AccountCast {
            name: name.clone(),
            wallet: account.rlc,
            deposit: deposit::of_account(self.scenario, name),
            wei: account.eth.map(|wei| alloy_primitives::U256::from(wei.0)),
            key: account.key.map(|key| key.0),
            behaviour: match account.behaviour {
                RequesterBehaviour::Honest => actors::RequesterBehaviour::Honest,
                RequesterBehaviour::Silent => actors::RequesterBehaviour::Silent,
                RequesterBehaviour::Broke => actors::RequesterBehaviour::Broke,
                RequesterBehaviour::NeverClaims => actors::RequesterBehaviour::NeverClaims,
            },
        }
    }

    /// The workerpools: `main` at 1 RLC when the file names none.
    pub(super) fn pools(&mut self) -> Vec<PoolCast> {
        if self.scenario.pool.is_empty() {
            return vec![self.pool(&Name::from(names::POOL), &Pool::default())];
        }
        let pools = self.scenario.pool.iter();
        pools.map(|(name, pool)| self.pool(name, pool)).collect()
    }

    fn pool(&mut self, name: &Name, pool: &Pool) -> PoolCast {
        let tag = self.tag(&pool.tag);
        let volume = deposit::volume_of(self.scenario, pool);
        let offer = |category| OfferCast {
            category,
            price: pool.price,
            volume,
            trust: pool.trust.unwrap_or(u64::MAX),
            tag,
            app: pool.app.clone(),
            requester: pool.requester.as_deref().map(account),
        };
        let offers = self.served(pool).into_iter().map(offer).collect();
        let censors = match pool.behaviour {
            PoolBehaviour::SelfDeal => self.actors(&pool.pick, &["worker"]),
            PoolBehaviour::Censor
            | PoolBehaviour::Honest
            | PoolBehaviour::Stall
            | PoolBehaviour::DoubleFinalize => self.actors(&pool.censors, &["account", "worker"]),
        };
        PoolCast {
            name: name.clone(),
            owner: pool.owner.as_deref().map(account),
            deposit: deposit::of_pool(self.scenario, pool),
            worker_stake: pool.worker_stake.0,
            fee: pool.fee.0,
            offers,
            volume: Some(volume),
            min_score: pool.min_score,
            policy: match pool.policy {
                Policy::JustEnough => actors::Policy::JustEnough,
                Policy::All => actors::Policy::All,
                Policy::Fixed => {
                    let replicas = pool.replicas.map(u32::try_from);
                    actors::Policy::Fixed(replicas.map(|count| count.unwrap_or(u32::MAX)))
                }
            },
            pick: pool.pick.clone(),
            by_lot: pool.order == Turn::Random,
            behaviour: match pool.behaviour {
                PoolBehaviour::Honest => actors::PoolBehaviour::Honest,
                PoolBehaviour::Stall => actors::PoolBehaviour::Stall,
                PoolBehaviour::Censor => actors::PoolBehaviour::Censor,
                PoolBehaviour::SelfDeal => actors::PoolBehaviour::SelfDeal,
                PoolBehaviour::DoubleFinalize => actors::PoolBehaviour::DoubleFinalize,
            },
            censors,
        }
    }

    /// The categories a pool serves: as written, or those of the file's tasks, or all.
    fn served(&self, pool: &Pool) -> BTreeSet<usize> {
        let written = pool.category.iter().map(|name| self.category(name));
        let written: BTreeSet<usize> = written.collect();
        if !written.is_empty() {
            return written;
        }
        let wanted = self
            .scenario
            .task
            .values()
            .map(|task| self.category(&task.category));
        let wanted: BTreeSet<usize> = wanted.collect();
        match wanted.is_empty() {
            true => (0..self.categories.len()).collect(),
            false => wanted,
        }
    }

    /// The tag of these words, which are known to be words of tags.
    pub(super) fn tag(&self, words: &[String]) -> Tag {
        Tag::from_words(words.iter().map(String::as_str)).unwrap_or_default()
    }

    /// The workers, members of groups one by one: three honest ones when the file names none.
    pub(super) fn workers(&mut self) -> Vec<WorkerCast> {
        let own = &self.scenario.worker;
        if own.is_empty() {
            let three = Worker {
                count: Some(3),
                ..Worker::default()
            };
            return self.group(&Name::from(names::WORKERS), &three);
        }
        let mut workers = Vec::new();
        for (name, worker) in own {
            let count = |group: &str| own.get(group).and_then(|group| group.count);
            if group_of(name, count).is_none() {
                workers.extend(self.group(name, worker));
            }
        }
        workers
    }

    fn group(&mut self, group: &Name, worker: &Worker) -> Vec<WorkerCast> {
        let names = members(group, worker.count);
        let mut behaviours = vec![worker.behaviour; names.len()];
        if !worker.mix.is_empty() {
            let shares: Vec<_> = worker
                .mix
                .iter()
                .map(|(one, share)| (*one, *share))
                .collect();
            behaviours = apportion(&shares, names.len());
            // Who lies must not follow from who was named first.
            behaviours.shuffle(&mut self.seed.stream(&format!("mix.{group}")));
        }
        let members = names.iter().zip(behaviours);
        let members = members.map(|(name, behaviour)| {
            // A member with an entry of its own is what that entry says.
            match self.scenario.worker.get(name).filter(|_| name != group) {
                Some(own) => self.worker(name, group, own, own.behaviour),
                None => self.worker(name, group, worker, behaviour),
            }
        });
        members.collect()
    }

    fn worker(
        &self,
        name: &Name,
        group: &Name,
        worker: &Worker,
        behaviour: WorkerBehaviour,
    ) -> WorkerCast {
        let first = || self.scenario.pool.keys().next().cloned();
        let pool = worker.pool.clone().or_else(first);
        let pool = pool.unwrap_or_else(|| Name::from(names::POOL));
        let default = Pool::default();
        let terms = self.scenario.pool.get(&pool).unwrap_or(&default);
        let (slowest, fastest) = worker.speed.bounds();
        let mut stream = self.seed.stream(&format!("speed.{name}"));
        let window = |window: &crate::scenario::model::Window| {
            (Timestamp::START + window.from, Timestamp::START + window.to)
        };
        let mut online: Vec<_> = worker.online.iter().map(window).collect();
        online.sort_unstable();
        WorkerCast {
            name: name.clone(),
            group: group.clone(),
            conduct: Conduct {
                behaviour: behaviour_of(worker, group, behaviour),
                on: deviations(worker),
            },
            score: worker.score,
            deposit: deposit::of_worker(worker.deposit, terms),
            slots: u32::try_from(worker.slots).unwrap_or(u32::MAX),
            speed_permille: stream.random_range(slowest.0..=fastest.0),
            duration: worker.duration.map(spread),
            online,
            latency: worker.latency,
            present: !self.joins_later(name, group),
            place: super::docker::place(worker),
            pool,
        }
    }

    /// Whether an entry of the timeline brings a worker in.
    fn joins_later(&self, name: &Name, group: &Name) -> bool {
        let joins = self.scenario.at.iter().filter_map(|at| at.join.as_ref());
        joins.flatten().any(|target| {
            let bare = target
                .split_kind()
                .map_or(target.as_str(), |(_, bare)| bare);
            bare == name.as_str() || bare == group.as_str()
        })
    }
}

/// Returns how a worker behaves in the terms of the actors.
pub(super) fn behaviour_of(worker: &Worker, group: &Name, behaviour: WorkerBehaviour) -> Behaviour {
    match behaviour {
        WorkerBehaviour::Honest => Behaviour::Honest,
        WorkerBehaviour::Liar => Behaviour::Liar,
        WorkerBehaviour::Colluder => Behaviour::Colluder {
            ring: worker.ring.as_ref().unwrap_or(group).to_string(),
        },
        WorkerBehaviour::Copycat => Behaviour::Copycat,
        WorkerBehaviour::Lazy => Behaviour::Lazy,
        WorkerBehaviour::Mute => Behaviour::Mute,
        WorkerBehaviour::Late => Behaviour::Late,
        WorkerBehaviour::Slow => Behaviour::Slow {
            // A duration that is written is how long it takes, slow or not.
            stretch_permille: worker.duration.map_or(SLOW_PERMILLE, |_| 1_000),
        },
        WorkerBehaviour::Flaky => {
            let rate = worker.fail_rate.unwrap_or(FAIL_RATE).0 / 100;
            Behaviour::Flaky {
                fail_permille: u32::try_from(rate).unwrap_or(1_000),
                back_after: BACK_AFTER,
            }
        }
        WorkerBehaviour::Crash => Behaviour::Crash {
            at: phase(worker.crash_at.unwrap_or(Phase::Run)),
        },
        WorkerBehaviour::Offline => Behaviour::Offline,
        WorkerBehaviour::Whitewasher => Behaviour::Whitewasher,
    }
}

/// Returns the phases in which a worker does otherwise.
pub(super) fn deviations(worker: &Worker) -> BTreeMap<actors::Phase, Deviation> {
    let deviation = |action: &PhaseAction| match action {
        PhaseAction::Do => Deviation::Do,
        PhaseAction::Skip => Deviation::Skip,
        PhaseAction::Crash => Deviation::Crash,
        PhaseAction::Delay(span) => Deviation::Delay(*span),
        PhaseAction::Lie => Deviation::Lie,
    };
    let on = worker.on.iter();
    on.map(|(at, action)| (phase(*at), deviation(action)))
        .collect()
}

fn phase(phase: Phase) -> actors::Phase {
    match phase {
        Phase::Subscribe => actors::Phase::Subscribe,
        Phase::Fetch => actors::Phase::Fetch,
        Phase::Run => actors::Phase::Run,
        Phase::Contribute => actors::Phase::Contribute,
        Phase::Reveal => actors::Phase::Reveal,
        Phase::Upload => actors::Phase::Upload,
    }
}

/// Returns a duration as the actors draw it.
pub(super) fn spread(duration: Uncertain<Duration>) -> Spread {
    let (least, most) = duration.bounds();
    Spread::between(least, most)
}

/// Divides `count` members by shares, by the largest remainder: earlier shares go first among equals.
fn apportion(shares: &[(WorkerBehaviour, Percent)], count: usize) -> Vec<WorkerBehaviour> {
    let exact = |share: Percent| count as u64 * share.0;
    let mut seats: Vec<u64> = shares
        .iter()
        .map(|(_, share)| exact(*share) / Percent::ALL.0)
        .collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(exact(shares[*at].1) % Percent::ALL.0));
    let left = count as u64 - seats.iter().sum::<u64>().min(count as u64);
    for at in order
        .into_iter()
        .cycle()
        .take(usize::try_from(left).unwrap_or(0))
    {
        seats[at] += 1;
    }
    let seated = shares.iter().zip(seats);
    let seated = seated.flat_map(|((behaviour, _), seats)| {
        std::iter::repeat_n(*behaviour, usize::try_from(seats).unwrap_or(0))
    });
    seated.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_divided_by_the_largest_remainder() {
        let shares = [
            (WorkerBehaviour::Honest, Percent(50_000)),
            (WorkerBehaviour::Liar, Percent(33_000)),
            (WorkerBehaviour::Mute, Percent(17_000)),
        ];
        let count = |of, behaviour| {
            let all = apportion(&shares, of);
            all.iter().filter(|one| **one == behaviour).count()
        };
        // 3.5, 2.31 and 1.19 of seven: the seventh is honest.
        assert_eq!(count(7, WorkerBehaviour::Honest), 4);
        assert_eq!(count(7, WorkerBehaviour::Liar), 2);
        assert_eq!(count(7, WorkerBehaviour::Mute), 1);
        assert_eq!(apportion(&shares, 0), []);
    }
}
