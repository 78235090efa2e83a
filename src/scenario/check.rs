//! Doubts: what can be run and probably does not say what its author means. Rule: a doubt never
//! forbids a run, and says what would dispel it.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Loaded,
    build::{deposit, group_of},
    document::{Diagnostic, Diagnostics, Node, Value},
    model::{Expect, Policy, Pool, Scenario, Task, Verb, When, Worker, WorkerBehaviour},
    names,
    unit::{Arrival, Percent, Unit},
};
use crate::protocol::{DEFAULT_CATEGORIES, Name, default_category};

impl Loaded {
    /// Returns doubts about the scenario: faults that can never fire, trust the cast can never
    /// reach, machines no pool has, deposits too small, parts of the cast nobody uses.
    pub fn doubts(&self) -> Diagnostics {
        let mut doubts = Doubts {
            loaded: self,
            scenario: &self.scenario,
            list: Vec::new(),
        };
        doubts.faults();
        doubts.ends();
        doubts.moments();
        doubts.trust();
        doubts.tags();
        doubts.prices();
        doubts.policies();
        doubts.deposits();
        doubts.unused();
        doubts.rings();
        doubts.variables();
        Diagnostics::new(self.document.sources.clone(), doubts.list)
    }
}

struct Doubts<'a> {
    loaded: &'a Loaded,
    scenario: &'a Scenario,
    list: Vec<Diagnostic>,
}

impl Doubts<'_> {
    fn doubt(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let span = self.loaded.document.span(path);
        self.list
            .push(Diagnostic::warning(span, message).help(help));
    }

    /// Entries of the timeline whose moment cannot come, or whose event cannot happen.
    fn faults(&mut self) {
        let about = &self.scenario.scenario;
        let end = about.until.into_iter().chain(about.timeout).min();
        for (at, entry) in self.scenario.at.iter().enumerate() {
            let index = at.to_string();
            if let (Some(time), Some(end)) = (entry.time, end)
                && time >= end
            {
                let message = format!("the run is over at {}: this never happens", end.print());
                self.doubt(
                    &["at", &index, "time"],
                    message,
                    "move it, or let the run go on",
                );
            }
            if let Some(pattern) = &entry.on
                && self.scenario.task.is_empty()
                && pattern.name.starts_with("Task")
            {
                let message = format!("without tasks no {} ever happens", pattern.name);
                self.doubt(&["at", &index, "on"], message, "add a `[task.NAME]`");
            }
            // Where something varies, nothing may be what the rest is compared with.
            if entry.share == Some(Percent::NONE) && self.scenario.matrix.axes.is_empty() {
                let help = "write \"30%\", or leave the entry out";
                self.doubt(&["at", &index, "share"], "no message is lost", help);
            }
            if entry.by == Some(Duration::ZERO) && self.scenario.matrix.axes.is_empty() {
                let help = "write \"3s\", or leave the entry out";
                self.doubt(&["at", &index, "by"], "nothing is later or wrong", help);
            }
            if let Some(Verb::Restart(_) | Verb::Resume(_) | Verb::Heal) = entry.verb()
                && !self.scenario.at.iter().any(undoable)
            {
                let message = "nothing is crashed, paused or parted that this could undo";
                self.doubt(
                    &["at", &index],
                    message,
                    "`for` on a fault undoes it by itself",
                );
            }
        }
    }

    /// A planned end after the time the run may take, and entries when nothing can be left to do.
    fn ends(&mut self) {
        let about = &self.scenario.scenario;
        if let (Some(until), Some(timeout)) = (about.until, about.timeout)
            && until >= timeout
        {
            let message = format!("the run is given up at {}, before it", timeout.print());
            let help = "let `until` come first, or leave one of them out";
            self.doubt(&["scenario", "until"], message, help);
        }
        if about.until.is_some() || about.timeout.is_some() {
            return;
        }
        let Some(last) = last_deadline(self.scenario) else {
            return;
        };
        for (at, entry) in self.scenario.at.iter().enumerate() {
            let is_fault = |verb: Verb<'_>| verb.kind().can_be_undone();
            if entry.time.is_some_and(|time| time > last) && entry.verb().is_some_and(is_fault) {
                let message = format!(
                    "every task is over at {} at the latest: this never happens",
                    last.print()
                );
                let help = "move it, or let a task arrive later";
                self.doubt(&["at", &at.to_string(), "time"], message, help);
            }
        }
    }

    /// Pools that ask a fixed number of workers, and do not say how many.
    fn policies(&mut self) {
        for (name, pool) in &self.scenario.pool {
            if pool.policy == Policy::Fixed && pool.replicas.is_none() {
                let message = "it does not say how many: as many newcomers as the trust needs";
                let help = "write `replicas = 3`, or leave `policy` out";
                self.doubt(&["pool", name, "policy"], message, help);
            }
        }
    }

    /// Work that would arrive, and moments somebody wants to look at, when the run is over.
    fn moments(&mut self) {
        let Some(end) = self.scenario.scenario.until else {
            return;
        };
        let over = format!("the run is over at {}", end.print());
        for (name, task) in &self.scenario.task {
            if task.at >= end {
                let help = "let it arrive earlier, or let the run go on";
                self.doubt(
                    &["task", name, "at"],
                    format!("{over}: this never arrives"),
                    help,
                );
            }
        }
        for (at, expect) in self.scenario.expect.iter().enumerate() {
            if matches!(expect.when, When::At(moment) if moment > end) {
                let path = ["expect", &at.to_string(), "when"];
                let help = "leave `when` out to look at the end, or let the run go on";
                self.doubt(&path, format!("{over}: this moment never comes"), help);
            }
        }
    }

    /// The workers of a pool, as far as the file says; the three of a file that names none.
    fn workers_of(&self, pool_name: &str) -> Vec<Worker> {
        if self.scenario.worker.is_empty() {
            return vec![Worker {
                count: Some(3),
                ..Worker::default()
            }];
        }
        let first = self
            .scenario
            .pool
            .keys()
            .next()
            .map_or(names::POOL, Name::as_str);
        let workers = self.scenario.worker.values();
        workers
            .filter(|worker| worker.pool.as_deref().unwrap_or(first) == pool_name)
            .cloned()
            .collect()
    }

    /// Tasks whose trust no pool's workers can reach even when all of them agree.
    fn trust(&mut self) {
        for (name, task) in &self.scenario.task {
            let pools = self.pools_for(task);
            let trust = task.trust();
            // One unanimous group must weigh more than trust - 1.
            let reach =
                |workers: &[Worker], pool| weight(workers, pool) > u128::from(trust.max(1) - 1);
            let asked = |(name, pool): &(Name, Pool)| {
                let mut workers = self.workers_of(name);
                workers.retain(|worker| worker.score >= pool.min_score);
                workers
            };
            if pools.is_empty() || pools.iter().any(|pool| reach(&asked(pool), &pool.1)) {
                continue;
            }
            let barred = pools
                .iter()
                .find(|pool| reach(&self.workers_of(&pool.0), &pool.1));
            if let Some(pool) = barred {
                // A pool that asks nobody at all is told by itself.
                if !asked(pool).is_empty() {
                    let (pool, least) = (pool.0.clone(), pool.1.min_score);
                    let message = format!(
                        "workers with a score of {least} are too few for a trust of {trust}"
                    );
                    let help = "lower `min_score`, give more workers a `score`, or ask for less";
                    self.doubt(&["pool", &pool, "min_score"], message, help);
                }
                continue;
            }
            let key = if task.trust.is_some() {
                "trust"
            } else {
                "replication"
            };
            let message = format!("no pool has workers enough for a trust of {trust}");
            let help = "n newcomers weigh 2ⁿ together: add workers, or ask for less";
            self.doubt(&["task", name, key], message, help);
        }
    }

    /// Tasks in need of what no pool provides, and enclaves that would have to agree.
    fn tags(&mut self) {
        for (name, task) in &self.scenario.task {
            let app = self.scenario.app.get(&task.app);
            let of_app = app.map_or(&[][..], |app| &app.tag);
            let needed: BTreeSet<&String> = of_app.iter().chain(&task.tag).collect();
            let provides = |pool: &Pool| needed.iter().all(|word| pool.tag.contains(word));
            if !self.pools_for(task).iter().any(|(_, pool)| provides(pool)) {
                let words: Vec<&str> = needed.iter().map(|word| word.as_str()).collect();
                let words = words.join("`, `");
                let message = format!("no pool provides what `{name}` needs: `{words}`");
                let help = "write these words in the `tag` of a pool";
                self.doubt(&["task", name], message, help);
            }
            if needed.contains(&"tee".to_owned()) && task.trust() > 1 {
                let message = format!("enclaves do not vote: nobody computes `{name}`");
                let help =
                    "leave `replication` and `trust` out: the enclave vouches for the result";
                self.doubt(&["task", name], message, help);
            }
        }
    }

    /// Tasks for which every pool asks too much, all the time.
    fn prices(&mut self) {
        let timeline = &self.scenario.at;
        let changes = timeline.iter().filter_map(|entry| entry.set.as_ref());
        let mut changes = changes.flat_map(|changes| &changes.0);
        if changes.any(|change| change.path().starts_with("pool.")) {
            return;
        }
        let is_cancelled = |name: &Name| {
            let mut verbs = timeline.iter().filter_map(|entry| entry.verb());
            verbs.any(|verb| matches!(verb, Verb::Cancel(names) if names.contains(name)))
        };
        for (name, task) in &self.scenario.task {
            let Some(most) = task.max_price.filter(|_| !is_cancelled(name)) else {
                continue;
            };
            let pools = self.pools_for(task);
            let cheapest = pools.iter().min_by_key(|(_, pool)| pool.price);
            if let Some((pool, offer)) = cheapest.filter(|(_, pool)| pool.price > most) {
                let message = format!("no pool takes `{name}`: `{pool}` asks for {}", offer.price);
                let help = "offer more, or let a pool ask for less";
                self.doubt(&["task", name, "max_price"], message, help);
            }
        }
    }

    fn pools_for(&self, task: &Task) -> Vec<(Name, Pool)> {
        if self.scenario.pool.is_empty() {
            return vec![(Name::from(names::POOL), Pool::default())];
        }
        let pools = self.scenario.pool.iter();
        pools
            .filter(|(name, _)| task.pool.as_ref().is_none_or(|wanted| wanted == *name))
            .map(|(name, pool)| (name.clone(), pool.clone()))
            .collect()
    }
}

/// When the last task is over, whatever becomes of it; none where that is left to chance, or where
/// the timeline asks for work, changes prices or moves time.
fn last_deadline(scenario: &Scenario) -> Option<Duration> {
    let is_still = |verb: Verb<'_>| verb.kind().can_be_undone() && !matches!(verb, Verb::Set(_));
    let mut verbs = scenario.at.iter().filter_map(|entry| entry.verb());
    if scenario.task.is_empty() || !verbs.all(is_still) || !scenario.category.is_empty() {
        return None;
    }
    let ends = scenario.task.values().map(|task| {
        let span = match task.arrival {
            Arrival::All => Duration::ZERO,
            Arrival::Every(step) => {
                let steps = u32::try_from(task.count.unwrap_or(1)).ok()?;
                step.checked_mul(steps)?
            }
            Arrival::Uniform(span) => span,
            Arrival::Poisson(_) => return None,
        };
        let category = default_category(&task.category)?;
        let unit = Duration::from_secs(DEFAULT_CATEGORIES.get(category)?.1);
        let times = u32::try_from(scenario.protocol.final_deadline.0).ok()?;
        // A minute more, until somebody has claimed what did not come.
        let after = unit.checked_mul(times)? + Duration::from_secs(60);
        task.at.checked_add(span)?.checked_add(after)
    });
    ends.collect::<Option<Vec<Duration>>>()?.into_iter().max()
}

/// What these workers of a pool weigh when all agree: the product of their weights.
fn weight(workers: &[Worker], pool: &Pool) -> u128 {
    let mut scores: Vec<u64> = Vec::new();
    for worker in workers {
        // Beyond a hundred members the product has left every trust behind.
        let count = worker.count.unwrap_or(1).min(128);
        scores.extend((0..count).map(|_| worker.score));
    }
    scores.sort_unstable_by(|a, b| b.cmp(a));
    let most = match (pool.policy, pool.replicas) {
        (Policy::Fixed, Some(replicas)) => usize::try_from(replicas).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    let weights = scores
        .into_iter()
        .take(most)
        .map(|score| (score / 3).max(3) - 1);
    weights.fold(1, |all, weight| u128::saturating_mul(all, weight.into()))
}

/// Whether an entry does something that another could undo.
fn undoable(entry: &super::model::At) -> bool {
    entry.verb().is_some_and(|verb| verb.kind().can_be_undone())
}

impl Doubts<'_> {
    /// Accounts that cannot pay what they ask for, workers that cannot stake once.
    fn deposits(&mut self) {
        let mut requesters: BTreeSet<&Name> = BTreeSet::new();
        requesters.extend(self.scenario.task.values().map(|task| &task.by));
        for name in requesters {
            let own = self.scenario.task.values().filter(|task| task.by == *name);
            let cost: crate::amount::Nrlc =
                own.map(|task| deposit::cost_of(self.scenario, task)).sum();
            let has = deposit::of_account(self.scenario, name);
            if has < cost {
                let message = format!("`{name}` has {has}, and its tasks may cost {cost}");
                let help = format!("write `deposit = \"{cost}\"` or more");
                self.doubt(&["account", name, "deposit"], message, help);
            }
        }
        let first = self.scenario.pool.keys().next().cloned();
        let first = first.unwrap_or_else(|| Name::from(names::POOL));
        let default = Pool::default();
        for (name, worker) in &self.scenario.worker {
            let pool = worker.pool.as_ref().unwrap_or(&first);
            let pool = self.scenario.pool.get(pool).unwrap_or(&default);
            let (has, stake) = (
                deposit::of_worker(worker.deposit, pool),
                deposit::stake_of(pool),
            );
            // Computing in an enclave locks nothing.
            let is_enclave = pool.tag.iter().any(|word| word == "tee");
            if has < stake && !is_enclave {
                let message = format!("`{name}` has {has}, and one contribution locks {stake}");
                let help = format!("write `deposit = \"{stake}\"` or more");
                self.doubt(&["worker", name, "deposit"], message, help);
            }
        }
        for (name, pool) in &self.scenario.pool {
            let (who, has) = match pool.owner.as_deref() {
                Some(owner) => (owner, deposit::of_account(self.scenario, owner)),
                None => (name.as_str(), deposit::of_pool(self.scenario, pool)),
            };
            let section = if pool.owner.is_some() {
                "account"
            } else {
                "pool"
            };
            let stake = pool.price.percent(self.scenario.protocol.pool_stake.0);
            if has < stake {
                let message = format!("`{who}` has {has}, and one task locks {stake}");
                let help = format!("write `deposit = \"{stake}\"` or more");
                self.doubt(&[section, who, "deposit"], message, help);
            }
        }
    }

    /// Apps and datasets no task uses, pools without workers; quiet where there are no tasks, since
    /// such a network waits for clients.
    fn unused(&mut self) {
        let tasks = &self.scenario.task;
        if tasks.is_empty() {
            return;
        }
        for name in self.scenario.app.keys() {
            if !tasks.values().any(|task| task.app == *name) {
                let message = format!("no task uses `{name}`");
                self.doubt(
                    &["app", name],
                    message,
                    format!("write `app = \"{name}\"` in a task"),
                );
            }
        }
        for name in self.scenario.dataset.keys() {
            if !tasks
                .values()
                .any(|task| task.dataset.as_ref() == Some(name))
            {
                let message = format!("no task uses `{name}`");
                let help = format!("write `dataset = \"{name}\"` in a task");
                self.doubt(&["dataset", name], message, help);
            }
        }
        for (name, pool) in &self.scenario.pool {
            let workers = self.workers_of(name);
            if workers.is_empty() {
                let message = format!("nobody works for `{name}`");
                let help = format!("add a worker with `pool = \"{name}\"`");
                self.doubt(&["pool", name], message, help);
            } else if workers.iter().all(|worker| worker.score < pool.min_score) {
                let least = pool.min_score;
                let message =
                    format!("no worker of `{name}` has a score of {least}: nobody is asked");
                let help = format!("lower `min_score`, or write `score = {least}` in a worker");
                self.doubt(&["pool", name, "min_score"], message, help);
            }
        }
    }
}

impl Doubts<'_> {
    /// Rings of workers that do not collude, where nothing could make them.
    fn rings(&mut self) {
        let sections =
            ["at", "matrix", "expect"].map(|name| self.loaded.document.root.find(&[name]));
        if sections.into_iter().flatten().any(mentions_colluders) {
            return;
        }
        let count = |group: &str| {
            self.scenario
                .worker
                .get(group)
                .and_then(|group| group.count)
        };
        for (name, worker) in &self.scenario.worker {
            let colludes = worker.behaviour == WorkerBehaviour::Colluder
                || worker.mix.contains_key(&WorkerBehaviour::Colluder);
            // What is refined has its group's ring, whatever it is itself.
            let group = group_of(name, count).and_then(|group| self.scenario.worker.get(group));
            let is_own = group.is_none_or(|group| group.ring != worker.ring);
            if worker.ring.is_some() && !colludes && is_own {
                let message = format!("`{name}` has a `ring` and is no colluder");
                let help = "write `behaviour = \"colluder\"`, or leave it out";
                self.doubt(&["worker", name, "ring"], message, help);
            }
        }
    }

    /// Variables nothing refers to.
    fn variables(&mut self) {
        let document = &self.loaded.document;
        let texts = document.sources.iter().map(|source| source.text.as_str());
        // A reference may have room around the name.
        let squeezed = |text: &str| text.split([' ', '\t']).collect::<String>();
        let texts: Vec<String> = texts.map(squeezed).collect();
        let vars = document.root.find(&["vars"]).and_then(Node::as_table);
        for name in vars.into_iter().flatten().map(|(name, _)| name.clone()) {
            let reference = format!("${{{name}}}");
            let judged = |expect: &Expect| expect.r#where.contains_key(name.as_str());
            if texts.iter().any(|text| text.contains(&reference))
                || self.scenario.expect.iter().any(judged)
            {
                continue;
            }
            let message = format!("nothing refers to `{name}`");
            let help = format!("write `{reference}` where it belongs");
            self.doubt(&["vars", &name], message, help);
        }
    }
}

/// Whether any text of a tree makes somebody a colluder.
fn mentions_colluders(node: &Node) -> bool {
    match &node.value {
        Value::Text(text) => text == WorkerBehaviour::Colluder.as_str(),
        Value::List(list) => list.iter().any(mentions_colluders),
        Value::Table(table) => table.values().any(|entry| mentions_colluders(&entry.node)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => false,
    }
}
