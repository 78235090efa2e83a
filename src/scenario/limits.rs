//! Numbers and keys that contradict each other, and sizes beyond reason. Rule: what could only end
//! in confusion is refused before the run, with the way out.

use std::{collections::BTreeMap, time::Duration};

use super::{
    build::group_of,
    document::{Diagnostic, Document},
    model::{App, Clock, Listen, Policy, PoolBehaviour, Scenario, Task, Worker, WorkerBehaviour},
    unit::{Factor, Percent, Unit},
};

mod docker;
mod timeline;

/// The most workers a scenario may have.
const WORKERS_MAX: u64 = 100_000;

/// The most tasks a scenario may have.
const TASKS_MAX: u64 = 1_000_000;

/// The most entries any other section may have.
const ENTRIES_MAX: usize = 10_000;

/// The most runs a sweep may have.
const RUNS_MAX: u64 = 10_000_000;

/// The most replicas whose trust can be said in a number of the chain.
const REPLICATION_MAX: u64 = 62;

/// What is being looked through.
struct Limits<'a> {
    document: &'a Document,
    wrong: Vec<Diagnostic>,
}

/// Returns what contradicts itself or is too much.
pub(crate) fn check(scenario: &Scenario, document: &Document) -> Vec<Diagnostic> {
    let mut limits = Limits {
        document,
        wrong: Vec::new(),
    };
    limits.sizes(scenario);
    limits.frame(scenario);
    limits.accounts(scenario);
    limits.pools(scenario);
    limits.docker(&scenario.docker);
    limits.members(scenario);
    for (name, worker) in &scenario.worker {
        limits.worker(name, worker);
        limits.place(name, worker);
    }
    for (name, app) in &scenario.app {
        limits.app(name, app);
        limits.container(name, app);
    }
    for (name, dataset) in &scenario.dataset {
        if dataset.file.is_some() == dataset.url.is_some() {
            let wrong = "a dataset is either a `file` or lies at a `url`";
            limits.refuse(&["dataset", name], wrong, "write one of the two");
        }
        if dataset.offline.is_some() && dataset.url.is_none() {
            let help = "add `url = …`, or leave it out";
            let wrong = "`offline` stands for a `url`, and there is none";
            limits.refuse(&["dataset", name, "offline"], wrong, help);
        }
        let checksum = dataset.checksum.as_ref();
        if checksum.is_some_and(|checksum| checksum.0.len() != 32) {
            let path = ["dataset", name, "checksum"];
            limits.refuse(
                &path,
                "a checksum has 32 bytes",
                "it is the SHA-256 of the file",
            );
        }
    }
    for (name, task) in &scenario.task {
        limits.task(name, task);
    }
    for (at, entry) in scenario.at.iter().enumerate() {
        limits.timeline(&at.to_string(), entry, scenario);
    }
    limits.submits(scenario);
    limits.columns(scenario);
    limits.wrong
}

impl Limits<'_> {
    fn refuse(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let span = self.document.span(path);
        self.wrong.push(Diagnostic::error(span, message).help(help));
    }

    fn sizes(&mut self, scenario: &Scenario) {
        let sum = |counts: &mut dyn Iterator<Item = u64>| counts.fold(0, u64::saturating_add);
        let workers = sum(&mut scenario
            .worker
            .values()
            .map(|worker| worker.count.unwrap_or(1)));
        if workers > WORKERS_MAX {
            let wrong = format!("{workers} workers are too many");
            self.refuse(
                &["worker"],
                wrong,
                format!("at most {WORKERS_MAX} take part"),
            );
        }
        let tasks = sum(&mut scenario.task.values().map(|task| task.count.unwrap_or(1)));
        if tasks > TASKS_MAX {
            let wrong = format!("{tasks} tasks are too many");
            self.refuse(
                &["task"],
                wrong,
                format!("at most {TASKS_MAX} are done in one run"),
            );
        }
        let lengths = [
            ("account", scenario.account.len()),
            ("category", scenario.category.len()),
            ("pool", scenario.pool.len()),
            ("app", scenario.app.len()),
            ("dataset", scenario.dataset.len()),
            ("contract", scenario.contract.len()),
            ("at", scenario.at.len()),
            ("expect", scenario.expect.len()),
        ];
        for (section, length) in lengths {
            if length > ENTRIES_MAX {
                let wrong = format!("{length} entries are too many");
                self.refuse(&[section], wrong, format!("at most {ENTRIES_MAX} are read"));
            }
        }
        let axes = scenario.matrix.axes.values();
        let cells = axes
            .map(|axis| axis.len() as u64)
            .fold(1, u64::saturating_mul);
        let runs = cells.saturating_mul(scenario.matrix.seeds);
        if runs > RUNS_MAX {
            let wrong = format!("a sweep of {runs} runs is too large");
            self.refuse(
                &["matrix"],
                wrong,
                format!("at most {RUNS_MAX} runs make a sweep"),
            );
        }
    }

    /// The columns of a sweep can be told apart.
    fn columns(&mut self, scenario: &Scenario) {
        for (at, measure) in scenario.measure.iter().enumerate() {
            let mut earlier = scenario.measure[..at].iter();
            if earlier.any(|other| other.name == measure.name) {
                let wrong = format!("two columns are called `{}`", measure.name);
                let help = "names tell columns apart";
                self.refuse(&["measure", &at.to_string(), "name"], wrong, help);
            }
        }
    }

    fn frame(&mut self, scenario: &Scenario) {
        let time = &scenario.time;
        if time.block < Duration::from_secs(1) {
            let wrong = format!("blocks every {} are too fast", time.block.print());
            let help = "blocks carry whole seconds: \"1s\" is the fastest";
            self.refuse(&["time", "block"], wrong, help);
        }
        if time.mode != Clock::Wall && time.speed != Factor::ONE {
            let help = "write `mode = \"wall\"`, or leave `speed` out: virtual time jumps";
            self.refuse(
                &["time", "speed"],
                "only time on the wall has a speed",
                help,
            );
        }
        let serve = &scenario.serve;
        for (key, listen) in [("dashboard", serve.dashboard), ("metrics", serve.metrics)] {
            if listen != Listen::Off {
                let wrong = format!("`{key}` cannot be served yet");
                let help = "leave it out; `rpc` and `api` are served";
                self.refuse(&["serve", key], wrong, help);
            }
        }
        if serve.rpc == Some(Listen::Off) {
            let help = "leave it out, or write \"127.0.0.1:0\" for any free port";
            let wrong = "a network nobody can reach is `emulate run`'s";
            self.refuse(&["serve", "rpc"], wrong, help);
        }
        let protocol = &scenario.protocol;
        if protocol.final_deadline <= protocol.contribution_deadline {
            let help = "a task is final after its contributions: 7x and 10x on the real network";
            let wrong = "the final deadline comes before contributions end";
            self.refuse(&["protocol", "final_deadline"], wrong, help);
        }
        for (name, category) in &scenario.category {
            if category.time < Duration::from_secs(1) || category.time.subsec_millis() != 0 {
                let help = "the contracts count whole seconds, at least one";
                let wrong = format!("`{}` cannot be a category's time", category.time.print());
                self.refuse(&["category", name, "time"], wrong, help);
            }
        }
    }

    fn accounts(&mut self, scenario: &Scenario) {
        let mut keys = BTreeMap::new();
        for (name, account) in &scenario.account {
            let Some(key) = account.key else { continue };
            if let Some(other) = keys.insert(key.0, name) {
                let wrong = format!("`{name}` has the same key as `{other}`");
                self.refuse(&["account", name, "key"], wrong, "two names need two keys");
            }
        }
    }

    fn pools(&mut self, scenario: &Scenario) {
        for (name, pool) in &scenario.pool {
            let fixed = pool.policy == Policy::Fixed;
            if let (Some(owner), Some(_)) = (&pool.owner, pool.deposit) {
                let wrong = format!("the money of a pool that `{owner}` owns is `{owner}`'s");
                let help = format!("write `deposit` below `[account.{owner}]`");
                self.refuse(&["pool", name, "deposit"], wrong, help);
            }
            if pool.replicas == Some(0) {
                let wrong = "a pool that asks nobody";
                self.refuse(&["pool", name, "replicas"], wrong, "write 1 or more");
            }
            if pool.behaviour == PoolBehaviour::SelfDeal && pool.pick.is_empty() {
                let help = "add `pick = [\"w\"]`: the workers it keeps the work to";
                self.refuse(
                    &["pool", name, "behaviour"],
                    "this pool has no workers of its own",
                    help,
                );
            }
            if !fixed && pool.replicas.is_some() {
                let help = "write `policy = \"fixed\"`, or leave it out";
                let wrong = "`replicas` is for the policy `fixed`";
                self.refuse(&["pool", name, "replicas"], wrong, help);
            }
            if pool.behaviour != PoolBehaviour::Censor && !pool.censors.is_empty() {
                let wrong = format!("a pool that is {} censors nobody", pool.behaviour);
                self.refuse(
                    &["pool", name, "censors"],
                    wrong,
                    "write `behaviour = \"censor\"`",
                );
            }
            if pool.behaviour == PoolBehaviour::Censor && pool.censors.is_empty() {
                let help = "add `censors = [\"account.alice\"]`";
                self.refuse(
                    &["pool", name, "behaviour"],
                    "this pool censors nobody",
                    help,
                );
            }
            if pool.volume == Some(0) {
                let help = "leave the pool out, or write 1 or more";
                self.refuse(
                    &["pool", name, "volume"],
                    "a pool that offers nothing",
                    help,
                );
            }
        }
    }

    /// An entry for one member of a group is about one.
    fn members(&mut self, scenario: &Scenario) {
        let workers = |group: &str| scenario.worker.get(group).and_then(|group| group.count);
        let tasks = |group: &str| scenario.task.get(group).and_then(|group| group.count);
        let workers = scenario
            .worker
            .iter()
            .filter(|(_, worker)| worker.count.is_some())
            .filter_map(|(name, _)| Some(("worker", name, group_of(name, workers)?)));
        let tasks = scenario
            .task
            .iter()
            .filter(|(_, task)| task.count.is_some())
            .filter_map(|(name, _)| Some(("task", name, group_of(name, tasks)?)));
        for (section, name, group) in workers.chain(tasks) {
            let wrong = format!("`{name}` is one of `{group}`, and no group itself");
            let help = "leave `count` out, or choose another name";
            self.refuse(&[section, name, "count"], wrong, help);
        }
    }

    fn worker(&mut self, name: &str, worker: &Worker) {
        let behaves = |behaviour| {
            worker.behaviour == behaviour || worker.mix.keys().any(|mixed| *mixed == behaviour)
        };
        let share: u64 = worker.mix.values().map(|share| share.0).sum();
        if !worker.mix.is_empty() && share != Percent::ALL.0 {
            let wrong = format!("the shares make {}, not 100%", Percent(share).print());
            self.refuse(
                &["worker", name, "mix"],
                wrong,
                "they must make 100% together",
            );
        }
        if !worker.mix.is_empty() && worker.count.is_none() {
            let help = "add `count = 20`, or write `behaviour = …`";
            self.refuse(&["worker", name, "mix"], "one worker alone is no mix", help);
        }
        if !worker.mix.is_empty() && worker.behaviour != WorkerBehaviour::Honest {
            let wrong = "a group has a `behaviour` or a `mix`, not both";
            self.refuse(
                &["worker", name, "behaviour"],
                wrong,
                "leave one of them out",
            );
        }
        let needs = [
            ("ring", worker.ring.is_some(), WorkerBehaviour::Colluder),
            (
                "fail_rate",
                worker.fail_rate.is_some(),
                WorkerBehaviour::Flaky,
            ),
            (
                "crash_at",
                worker.crash_at.is_some(),
                WorkerBehaviour::Crash,
            ),
        ];
        for (key, written, behaviour) in needs {
            // Behaviours can change during a run, a ring can be joined later.
            if written && !behaves(behaviour) && key != "ring" {
                let wrong = format!("`{key}` goes with `behaviour = \"{behaviour}\"`");
                self.refuse(&["worker", name, key], wrong, "write both, or leave it out");
            }
        }
        if behaves(WorkerBehaviour::Offline) && worker.online.is_empty() {
            let help = "add `online = \"5m .. 20m\"`";
            let path = ["worker", name, "behaviour"];
            self.refuse(&path, "when can this worker be reached?", help);
        }
        let mut windows = worker.online.clone();
        windows.sort_by_key(|window| window.from);
        if windows.windows(2).any(|pair| pair[1].from < pair[0].to) {
            let path = ["worker", name, "online"];
            self.refuse(&path, "these stretches of time overlap", "write them apart");
        }
        if !(1..=10_000).contains(&worker.slots) {
            let wrong = format!("a worker with {} slots", worker.slots);
            self.refuse(&["worker", name, "slots"], wrong, "write 1 to 10000");
        }
    }

    fn app(&mut self, name: &str, app: &App) {
        let classic = app.r#type.is_some() || app.envvars.is_some();
        let ways = [app.run.is_some(), classic, app.from.is_some()];
        let written = ways.iter().filter(|way| **way).count();
        let broken = self.document.root.find(&["app", name, "run"]).is_some();
        if written == 0 && !broken {
            let help = "write `run = { builtin = \"hello\" }`, or `type` and `envvars` as in 2018";
            self.refuse(&["app", name], "nothing says what this app runs", help);
        }
        if written > 1 {
            let help = "`run`, `type` with `envvars`, and `from` are three ways to say the same";
            self.refuse(&["app", name], "this app says twice what it runs", help);
        }
        if classic && app.program().is_none() {
            let image = app
                .variables()
                .any(|(name, _)| name == super::model::IMAGE_VARIABLE);
            let wrong = "`envvars` does not name an image";
            let help = "write `envvars = \"XWDOCKERIMAGE=user/app:1.0\"`";
            if !image {
                self.refuse(&["app", name, "envvars"], wrong, help);
            }
        }
        if let Some(odd) = app.odd_variables().next() {
            let wrong = format!("`{odd}` in `envvars` is no variable");
            let help = "write `KEY=VALUE,KEY=VALUE`; a value holds neither `,` nor `=`, and those \
                        that do go into `env`";
            self.refuse(&["app", name, "envvars"], wrong, help);
        }
        if let Some(key) = app.repeated_variable() {
            let wrong = format!("`envvars` sets `{key}` twice");
            self.refuse(&["app", name, "envvars"], wrong, "leave one of them");
        }
        if classic && app.r#type.is_none() {
            self.refuse(
                &["app", name, "envvars"],
                "`envvars` goes with `type`",
                "add `type = \"DOCKER\"`",
            );
        }
    }

    fn task(&mut self, name: &str, task: &Task) {
        if task.args.is_some() && task.cmdline.is_some() {
            let help = "`cmdline` is the name of 2018 for the same";
            self.refuse(
                &["task", name, "cmdline"],
                "`args` and `cmdline` both given",
                help,
            );
        }
        if task.replication.is_some() && task.trust.is_some() {
            let help = "`replication = n` is short for a trust of 2ⁿ⁻¹ + 1";
            self.refuse(
                &["task", name, "trust"],
                "`replication` and `trust` both given",
                help,
            );
        }
        if let Some(replication) = task.replication
            && !(1..=REPLICATION_MAX).contains(&replication)
        {
            let wrong = format!("{replication} replicas cannot be asked for");
            let help = format!("write 1 to {REPLICATION_MAX}");
            self.refuse(&["task", name, "replication"], wrong, help);
        }
        if task.trust == Some(0) {
            let help = "trust 1 is a single vote";
            self.refuse(&["task", name, "trust"], "trust begins at 1", help);
        }
        let (files, inputs) = (task.offline.len(), task.dirinuri.len());
        if files > 0 && inputs == 0 {
            let help = "add `dirinuri = …`, or leave it out";
            let wrong = "`offline` stands for a `dirinuri`, and there is none";
            self.refuse(&["task", name, "offline"], wrong, help);
        } else if files > 0 && files != inputs {
            let help = "name one file for each input, in their order";
            let wrong =
                format!("`offline` stands for {files} inputs, and `dirinuri` names {inputs}");
            self.refuse(&["task", name, "offline"], wrong, help);
        }
    }
}
