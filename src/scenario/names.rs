//! Names that are referred to exist. Rule: a wrong name is answered with the nearest right one.

use std::collections::BTreeSet;

use super::{
    document::{Diagnostic, Document, Span, Value, listed, nearest},
    expect::{EventPattern, Subject, ValuePath, Wanted},
    model::{At, Change, Expect, Program, Scenario, Verb, When},
};
use crate::protocol::DEFAULT_CATEGORIES;

/// Words of tags, as the iExec SDK spells them.
const TAGS: [&str; 5] = ["tee", "scone", "gramine", "tdx", "gpu"];

/// The requester when no other is named.
pub(crate) const REQUESTER: &str = "alice";

/// The owner of apps when no other is named.
pub(crate) const APP_OWNER: &str = "devon";

/// The owner of datasets when no other is named.
pub(crate) const DATASET_OWNER: &str = "dora";

/// The pool when none is declared.
pub(crate) const POOL: &str = "main";

/// The group of workers when none is declared.
pub(crate) const WORKERS: &str = "w";

/// Every name a scenario declares, as its tree writes them: also those of broken entries, which
/// were complained about already.
struct Names<'a> {
    scenario: &'a Scenario,
    document: &'a Document,
    wrong: Vec<Diagnostic>,
}

/// Returns what refers to nothing.
pub(crate) fn check(scenario: &Scenario, document: &Document) -> Vec<Diagnostic> {
    let mut names = Names {
        scenario,
        document,
        wrong: Vec::new(),
    };
    names.cast();
    names.work();
    names.contracts();
    for (at, entry) in scenario.at.iter().enumerate() {
        names.timeline(&at.to_string(), entry);
    }
    for (at, expect) in scenario.expect.iter().enumerate() {
        names.expectation(&at.to_string(), expect);
    }
    for (at, measure) in scenario.measure.iter().enumerate() {
        let span = document.span(&["measure", &at.to_string(), "value"]);
        names.path(&measure.value, span);
    }
    names.wrong
}

impl<'a> Names<'a> {
    /// The keys of a section.
    fn declared(&self, section: &str) -> Vec<&'a str> {
        let table = self
            .document
            .root
            .find(&[section])
            .and_then(|node| node.as_table());
        table
            .into_iter()
            .flat_map(|table| table.keys().map(String::as_str))
            .collect()
    }

    /// How many members an entry has; none when it is alone.
    fn count(&self, section: &str, name: &str) -> Option<u64> {
        match self.document.root.find(&[section, name, "count"])?.value {
            Value::Integer(count) => u64::try_from(count).ok(),
            Value::Text(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_)
            | Value::Table(_) => None,
        }
    }

    /// Every name of a kind that can be referred to, members of groups left out.
    fn known(&self, section: &str) -> Vec<&'a str> {
        let mut known = self.declared(section);
        match section {
            "pool" if known.is_empty() => known.push(POOL),
            "worker" if known.is_empty() => known.push(WORKERS),
            "category" => known.extend(DEFAULT_CATEGORIES.iter().map(|(name, _)| *name)),
            "account" => {
                known.extend([REQUESTER, APP_OWNER, DATASET_OWNER]);
                let owners = [
                    self.scenario
                        .pool
                        .values()
                        .filter_map(|pool| pool.owner.as_deref())
                        .collect::<Vec<_>>(),
                    self.scenario
                        .app
                        .values()
                        .filter_map(|app| app.owner.as_deref())
                        .collect(),
                    self.scenario
                        .dataset
                        .values()
                        .filter_map(|set| set.owner.as_deref())
                        .collect(),
                ];
                known.extend(owners.concat());
            }
            _ => {}
        }
        let mut seen = BTreeSet::new();
        known.retain(|name| seen.insert(*name));
        known
    }

    /// Whether a name is declared, or is a member of a declared group.
    fn exists(&self, section: &str, name: &str) -> bool {
        if section == "category" {
            let known = self.known(section);
            return known.iter().any(|known| known.eq_ignore_ascii_case(name));
        }
        if self.known(section).contains(&name) {
            return true;
        }
        let Some((group, index)) = name.rsplit_once('-') else {
            return false;
        };
        let Ok(index) = index.parse::<u64>() else {
            return false;
        };
        // Three honest workers take part when the file names none.
        let implied = section == "worker" && self.declared(section).is_empty() && group == WORKERS;
        let count = if implied {
            Some(3)
        } else {
            self.count(section, group)
        };
        // A task alone may be called as if it were the only member of a bag.
        let alone = section == "task" && self.declared(section).contains(&group);
        index < count.unwrap_or(u64::from(alone))
    }

    /// Says which members the group has that `name` looks like a member of.
    fn members(&self, section: &str, name: &str) -> Option<String> {
        let (group, index) = name.rsplit_once('-')?;
        index.parse::<u64>().ok()?;
        let implied = section == "worker" && self.declared(section).is_empty() && group == WORKERS;
        let count = if implied {
            Some(3)
        } else {
            self.count(section, group)
        };
        match count {
            Some(0) => Some(format!("`{group}` is a group without members")),
            Some(1) => Some(format!("`{group}` has one member, `{group}-0`")),
            Some(count) => Some(format!(
                "`{group}` has `{group}-0` to `{group}-{}`",
                count - 1
            )),
            None => None,
        }
    }

    fn refer(&mut self, section: &str, name: &str, span: Span) {
        if self.exists(section, name) {
            return;
        }
        let known = self.known(section);
        let one = Diagnostic::error(span, format!("there is no {section} `{name}`"));
        if let Some(members) = self.members(section, name) {
            self.wrong.push(one.help(members));
            return;
        }
        self.wrong.push(match nearest(name, known.iter().copied()) {
            Some(near) => one.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => one.help(format!("declare it with `[{section}.{name}]`")),
            None => one.help(format!("there is {}", listed(&known))),
        });
    }

    /// Checks a reference that is written as `section.name.key`.
    fn refer_at(&mut self, section: &str, name: Option<&str>, path: &[&str]) {
        if let Some(name) = name {
            self.refer(section, name, self.document.span(path));
        }
    }

    fn tags(&mut self, tags: &[String], path: &[&str]) {
        for tag in tags.iter().filter(|tag| !TAGS.contains(&tag.as_str())) {
            let one = Diagnostic::error(self.document.span(path), format!("`{tag}` is not a tag"));
            let known = format!("there is {}", listed(&TAGS));
            self.wrong.push(one.help(known));
        }
    }

    fn cast(&mut self) {
        for (name, worker) in &self.scenario.worker {
            self.refer_at("pool", worker.pool.as_deref(), &["worker", name, "pool"]);
        }
        for (name, pool) in &self.scenario.pool {
            for group in &pool.pick {
                self.refer("worker", group, self.document.span(&["pool", name, "pick"]));
            }
            for category in &pool.category {
                let span = self.document.span(&["pool", name, "category"]);
                self.refer("category", category, span);
            }
            for whom in &pool.censors {
                let span = self.document.span(&["pool", name, "censors"]);
                self.actor(whom, span, &["account", "worker"]);
            }
            self.refer_at("app", pool.app.as_deref(), &["pool", name, "app"]);
            self.refer_at(
                "account",
                pool.requester.as_deref(),
                &["pool", name, "requester"],
            );
            self.tags(&pool.tag, &["pool", name, "tag"]);
        }
    }

    fn work(&mut self) {
        for (name, app) in &self.scenario.app {
            self.refer_at("dataset", app.dataset.as_deref(), &["app", name, "dataset"]);
            self.refer_at("pool", app.pool.as_deref(), &["app", name, "pool"]);
            self.tags(&app.tag, &["app", name, "tag"]);
            if let Some(Program::Builtin(program)) = &app.run {
                self.builtin(program, &["app", name, "run", "builtin"]);
            }
        }
        for (name, dataset) in &self.scenario.dataset {
            self.refer_at("app", dataset.app.as_deref(), &["dataset", name, "app"]);
        }
        for (name, task) in &self.scenario.task {
            self.refer_at("app", Some(&task.app), &["task", name, "app"]);
            self.refer_at(
                "dataset",
                task.dataset.as_deref(),
                &["task", name, "dataset"],
            );
            self.refer_at("pool", task.pool.as_deref(), &["task", name, "pool"]);
            self.refer_at(
                "category",
                Some(&task.category),
                &["task", name, "category"],
            );
            self.refer_at("account", Some(&task.by), &["task", name, "by"]);
            self.tags(&task.tag, &["task", name, "tag"]);
            let callback = task.callback.as_deref();
            let callback = callback.filter(|callback| !callback.starts_with("0x"));
            let callback = callback.map(|name| name.strip_prefix("contract.").unwrap_or(name));
            self.refer_at("contract", callback, &["task", name, "callback"]);
        }
    }

    fn builtin(&mut self, program: &str, path: &[&str]) {
        const PROGRAMS: [&str; 8] = [
            "hello", "echo", "wc", "random", "sleep", "fail", "fill", "sha256",
        ];
        if PROGRAMS.contains(&program) {
            return;
        }
        let span = self.document.span(path);
        let one = Diagnostic::error(span, format!("no program inside is called `{program}`"));
        self.wrong.push(match nearest(program, PROGRAMS) {
            Some(near) => one.help(format!("did you mean `{near}`?")),
            None => one.help(format!("there is {}", listed(&PROGRAMS))),
        });
    }

    fn contracts(&mut self) {
        for (name, contract) in &self.scenario.contract {
            self.refer_at("account", Some(&contract.by), &["contract", name, "by"]);
        }
    }

    /// Checks a qualified name, or a bare one of the only kind that fits.
    fn actor(&mut self, name: &str, span: Span, kinds: &[&str]) {
        match name.split_once('.') {
            Some((kind, bare)) if kinds.contains(&kind) => self.refer(kind, bare, span),
            Some((kind, _)) => {
                let wrong = format!("`{name}` names {kind:?}, which cannot stand here");
                let help = format!("names begin with {}", listed(kinds));
                self.wrong.push(Diagnostic::error(span, wrong).help(help));
            }
            None if kinds.contains(&name) => {}
            None => match kinds {
                [only] => self.refer(only, name, span),
                _ if kinds.iter().any(|kind| self.exists(kind, name)) => {}
                _ => {
                    let qualified = kinds.iter().flat_map(|kind| {
                        let names = self.known(kind).into_iter();
                        names.map(move |name| format!("{kind}.{name}"))
                    });
                    let qualified: Vec<String> = qualified.collect();
                    let bare = |full: &&String| full.rsplit('.').next().unwrap_or("").to_owned();
                    let bares: Vec<String> = qualified.iter().map(|full| bare(&full)).collect();
                    let near = nearest(name, bares.iter().map(String::as_str));
                    let near = near.and_then(|near| bares.iter().position(|bare| bare == near));
                    let one = Diagnostic::error(span, format!("nobody is called `{name}`"));
                    self.wrong.push(match near {
                        Some(at) => one.help(format!("did you mean `{}`?", qualified[at])),
                        None => one.help(format!("names begin with {}", listed(kinds))),
                    });
                }
            },
        }
    }

    fn timeline(&mut self, index: &str, entry: &At) {
        let document = self.document;
        for verb in entry.verbs() {
            let span = document.span(&["at", index, verb.word()]);
            let kinds: &[&str] = match verb {
                Verb::Slow(_) | Verb::Partition(_) => &["worker", "pool", "account", "chain"],
                Verb::Join(_) | Verb::Leave(_) | Verb::FillDisk(_) => &["worker"],
                Verb::Submit(_) | Verb::Cancel(_) => &["task"],
                Verb::Crash(_)
                | Verb::Restart(_)
                | Verb::PauseActor(_)
                | Verb::Resume(_)
                | Verb::Lose(_)
                | Verb::Ahead(_)
                | Verb::Behind(_) => &["worker", "pool", "account"],
                Verb::Heal
                | Verb::Crowd(_)
                | Verb::GasPrice(_)
                | Verb::Down(_)
                | Verb::Set(_)
                | Verb::Warp(_)
                | Verb::Mine(_)
                | Verb::Reorg(_)
                | Verb::Snapshot(_)
                | Verb::Restore(_)
                | Verb::Call(_)
                | Verb::Shell(_) => &[],
            };
            for target in verb.targets() {
                self.actor(target, span, kinds);
            }
            if let Verb::Set(changes) = verb {
                for change in &changes.0 {
                    self.change(change, span);
                }
            }
            if let Verb::Call(call) = verb {
                self.refer("account", &call.by, span);
                if !call.to.starts_with("0x") {
                    let to = call.to.strip_prefix("contract.").unwrap_or(&call.to);
                    self.refer("contract", to, span);
                }
            }
            if let Verb::Restore(name) = verb {
                self.snapshot(name, span);
            }
        }
        if let Some(pattern) = &entry.on {
            self.pattern(pattern, document.span(&["at", index, "on"]));
        }
    }

    /// An entry of the timeline takes a snapshot of this name.
    fn snapshot(&mut self, name: &str, span: Span) {
        let taken = self.scenario.at.iter();
        let taken: Vec<&str> = taken.filter_map(|at| at.snapshot.as_deref()).collect();
        if taken.contains(&name) {
            return;
        }
        let one = Diagnostic::error(span, format!("no snapshot is called `{name}`"));
        self.wrong.push(match nearest(name, taken) {
            Some(near) => one.help(format!("did you mean `{near}`?")),
            None => one.help("an earlier entry needs `snapshot = \"NAME\"`"),
        });
    }

    fn change(&mut self, change: &Change, span: Span) {
        match change {
            Change::PoolPrice(name, _) | Change::PoolVolume(name, _) => {
                self.refer("pool", name, span);
            }
            Change::AppPrice(name, _) => self.refer("app", name, span),
            Change::WorkerSpeed(name, _)
            | Change::WorkerBehaviour(name, _)
            | Change::WorkerScore(name, _) => {
                self.refer("worker", name, span);
            }
        }
    }

    fn expectation(&mut self, index: &str, expect: &Expect) {
        let document = self.document;
        for check in &expect.paths {
            let text = check.path.to_string();
            let nested: Vec<&str> = ["expect", index]
                .into_iter()
                .chain(text.split('.'))
                .collect();
            let span = match document.root.locate(&["expect", index, &text]) {
                Some(entry) => entry.key,
                None => document.key(&nested),
            };
            self.path(&check.path, span);
        }
        let patterns = [
            ("event", expect.event.as_slice()),
            ("never", &expect.never),
            ("order", &expect.order),
        ];
        for (key, patterns) in patterns {
            for pattern in patterns {
                self.pattern(pattern, document.span(&["expect", index, key]));
            }
        }
        if let When::After(label) = &expect.when {
            let labels = self.scenario.at.iter().filter_map(|at| at.label.as_deref());
            let labels: Vec<&str> = labels.collect();
            if !labels.contains(&&**label) {
                let span = document.span(&["expect", index, "when"]);
                let one = Diagnostic::error(span, format!("no `label` is called `{label}`"));
                self.wrong.push(match nearest(label, labels) {
                    Some(near) => one.help(format!("did you mean `{near}`?")),
                    None => one.help("an entry of the timeline needs `label = \"NAME\"`"),
                });
            }
        }
        let vars = [self.declared("vars"), self.declared("matrix")].concat();
        for name in expect
            .r#where
            .keys()
            .filter(|name| !vars.contains(&&***name))
        {
            let span = document.key(&["expect", index, "where", name]);
            let one = Diagnostic::error(span, format!("nothing called `{name}` varies"));
            self.wrong.push(match nearest(name, vars.iter().copied()) {
                Some(near) => one.help(format!("did you mean `{near}`?")),
                None => one.help("`where` chooses by variables of `[vars]` and axes of `[matrix]`"),
            });
        }
    }

    fn path(&mut self, path: &ValuePath, span: Span) {
        let Some(name) = &path.name else {
            return;
        };
        let section = path.subject.word();
        match path.subject {
            Subject::Task
            | Subject::Worker
            | Subject::Pool
            | Subject::Account
            | Subject::App
            | Subject::Dataset => self.refer(section, name, span),
            Subject::Kitty | Subject::Book | Subject::Chain | Subject::Run => {}
        }
    }

    fn pattern(&mut self, pattern: &EventPattern, span: Span) {
        let group = match pattern.name.as_str() {
            "WorkerJoined" => ("group", "worker"),
            _ => ("group", "task"),
        };
        let bare = "task worker pool app dataset category contract".split(' ');
        for (key, section) in bare.map(|word| (word, word)).chain([group]) {
            let wanted = pattern.fields.get(key).map(Wanted::texts);
            for name in wanted.into_iter().flatten() {
                self.refer(section, name, span);
            }
        }
        // Whose kind is written before the name, or could be.
        for key in [
            "from",
            "account",
            "who",
            "by",
            "owner",
            "sponsor",
            "requester",
        ] {
            let wanted = pattern.fields.get(key).map(Wanted::texts);
            let own = ["hub", "kitty"];
            // A newcomer's name, as `w-0~1`, follows from the run.
            let open = |name: &&str| !name.contains('~') && !own.contains(name);
            for name in wanted.into_iter().flatten().filter(open) {
                self.actor(name, span, &["account", "worker", "pool"]);
            }
        }
    }
}
