//! The timeline at work: what happens to whom, when it is due, and how it is undone.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    World,
    cast::{Fault, Setting, TaskCast, Trigger, Verb},
    deliver::Delivery,
    network::{Rule, RuleId},
    trouble::Kind,
};
use crate::{
    actors::{Call, Input, Order, Submission},
    log::{Event, Record},
    protocol::Name,
    time::Timestamp,
};

/// The entries of the timeline and what became of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    entries: Vec<Entry>,
    /// Entries that wait for an event.
    waiting: Vec<usize>,
    /// Entries whose event came, with the moment they are due.
    triggered: Vec<(usize, Timestamp)>,
    /// Values in force, by what they set.
    settings: BTreeMap<Name, Setting>,
}

#[derive(Clone, Debug)]
struct Entry {
    fault: Arc<Fault>,
    has_happened: bool,
    seen: u64,
    rule: Option<RuleId>,
    before: Option<Setting>,
}

impl Timeline {
    /// Takes in what happened: an entry may have waited for it.
    pub(super) fn notice(&mut self, record: &Record) {
        let Self {
            entries,
            waiting,
            triggered,
            ..
        } = self;
        waiting.retain(|place| {
            let entry = &mut entries[*place];
            let Trigger::On {
                pattern,
                nth,
                after,
            } = &entry.fault.trigger
            else {
                return false;
            };
            if !pattern.matches(record) {
                return true;
            }
            entry.seen += 1;
            let is_due = entry.seen >= *nth;
            if is_due {
                triggered.push((*place, record.time + *after));
            }
            !is_due
        });
    }
}

impl World {
    /// Plans all entries: those with a time now, the others when their event comes.
    pub(super) fn plan_timeline(&mut self) {
        for fault in self.cast.timeline.clone() {
            self.past.is_kept |= matches!(fault.verb, Verb::Reorg(_) | Verb::Restore(_));
            let place = self.timeline.entries.len();
            let at = match &fault.trigger {
                Trigger::At(at) => Some(*at),
                Trigger::On { .. } => None,
            };
            self.timeline.entries.push(Entry {
                fault: Arc::new(fault),
                has_happened: false,
                seen: 0,
                rule: None,
                before: None,
            });
            match at {
                Some(at) => self.push(at, self.fault_delivery(place)),
                None => self.timeline.waiting.push(place),
            }
        }
    }

    /// Whether a run goes on for a fault depends on whether it brings work.
    fn fault_delivery(&self, place: usize) -> Delivery {
        let brings_work = match &self.timeline.entries[place].fault.verb {
            Verb::Submit(_)
            | Verb::Call { .. }
            | Verb::Shell(_)
            | Verb::Mine(_)
            | Verb::Warp(_)
            | Verb::Reorg(_)
            | Verb::Restore(_)
            | Verb::Cancel(_) => true,
            Verb::Crash(_)
            | Verb::Restart(_)
            | Verb::Pause(_)
            | Verb::Resume(_)
            | Verb::Join(_)
            | Verb::Leave(_)
            | Verb::Partition(_)
            | Verb::Heal
            | Verb::Slow { .. }
            | Verb::Lose { .. }
            | Verb::Skew { .. }
            | Verb::Crowd(_)
            | Verb::GasPrice(_)
            | Verb::Down(_)
            | Verb::FillDisk(_)
            | Verb::Set(_)
            | Verb::Snapshot(_)
            | Verb::Note => false,
        };
        Delivery::Fault { place, brings_work }
    }

    /// Returns the entries that have not happened: their time, or what they wait for, has not come.
    pub fn missed(&self) -> impl Iterator<Item = &Fault> {
        let entries = self.timeline.entries.iter();
        let missed = entries.filter(|entry| !entry.has_happened);
        missed.map(|entry| &*entry.fault)
    }

    /// Takes the commands that entries have named since the last time.
    pub fn take_commands(&mut self) -> Vec<Name> {
        std::mem::take(&mut self.commands)
    }

    /// Puts entries whose event came into the queue.
    pub(super) fn trigger_faults(&mut self) {
        for (place, at) in std::mem::take(&mut self.timeline.triggered) {
            // What an event sets off is part of the story of that event, so the run waits for it.
            let brings_work = true;
            self.push(at, Delivery::Fault { place, brings_work });
        }
    }

    /// An entry takes effect.
    pub(super) fn inject(&mut self, place: usize) {
        self.timeline.entries[place].has_happened = true;
        let fault = Arc::clone(&self.timeline.entries[place].fault);
        let event = Event::FaultInjected {
            verb: fault.verb.kind().as_str().into(),
            targets: fault.verb.targets(),
            note: self.note_of(&fault),
        };
        self.append(None, event);
        self.apply(place, &fault.verb);
        if let Some(lasting) = fault.lasting {
            self.push(self.now + lasting, Delivery::Undo(place));
        }
    }

    fn apply(&mut self, place: usize, verb: &Verb) {
        match verb {
            Verb::Crash(targets) => self.each(targets, Self::crash),
            Verb::Restart(targets) => self.each(targets, Self::restart),
            Verb::Pause(targets) => self.each(targets, Self::pause),
            Verb::Resume(targets) => self.each(targets, Self::resume),
            Verb::Join(targets) => self.each(targets, Self::join),
            Verb::Leave(targets) => self.each(targets, Self::leave),
            Verb::Partition(sides) => {
                let rule = self.network.add(Rule::Partition(sides.clone()));
                self.timeline.entries[place].rule = Some(rule);
            }
            Verb::Heal => {
                self.network.heal();
                self.reconnect();
            }
            Verb::Slow { targets, by } => {
                let (targets, by) = (targets.clone(), *by);
                let rule = self.network.add(Rule::Slow { targets, by });
                self.timeline.entries[place].rule = Some(rule);
            }
            Verb::Lose {
                targets,
                per_million,
            } => {
                let (targets, per_million) = (targets.clone(), *per_million);
                let rule = self.network.add(Rule::Lossy {
                    targets,
                    per_million,
                });
                self.timeline.entries[place].rule = Some(rule);
            }
            Verb::Skew { targets, seconds } => self.skew(targets, *seconds),
            Verb::Crowd(room) => self.trouble(place, Kind::Crowd(*room)),
            Verb::GasPrice(price) => self.trouble(place, Kind::GasPrice(*price)),
            Verb::Down(services) => self.trouble(place, Kind::Down(services.clone())),
            Verb::FillDisk(workers) => self.trouble(place, Kind::FullDisk(workers.clone())),
            Verb::Set(setting) => {
                let before = self.set(setting.clone());
                self.timeline.entries[place].before = before;
            }
            Verb::Submit(tasks) => self.submit_tasks(tasks),
            Verb::Cancel(tasks) => self.cancel_tasks(tasks),
            Verb::Warp(by) => self.now = self.now + *by,
            Verb::Mine(count) => {
                for _ in 0..*count {
                    self.mine();
                }
            }
            Verb::Reorg(depth) => self.reorganise(*depth),
            Verb::Snapshot(name) => self.mark(name),
            Verb::Restore(name) => self.return_to(name),
            Verb::Call {
                from,
                to,
                data,
                value,
            } => {
                // A contract nobody deployed cannot be called; whoever made the cast was told.
                if let Some(to) = self.contract_at(to) {
                    let (data, value) = (data.clone(), *value);
                    self.call_from(from, Call::Other { to, data, value });
                }
            }
            Verb::Shell(line) => self.commands.push(line.clone()),
            Verb::Note => {}
        }
    }

    /// The effect of an entry ends.
    pub(super) fn undo(&mut self, place: usize) {
        let entry = self.timeline.entries[place].clone();
        let verb = &entry.fault.verb;
        match verb {
            Verb::Crash(targets) => self.each(targets, Self::restart),
            Verb::Pause(targets) => self.each(targets, Self::resume),
            Verb::Join(targets) => self.each(targets, Self::leave),
            Verb::Skew { targets, seconds } => self.skew(targets, -seconds),
            Verb::Crowd(_) | Verb::GasPrice(_) | Verb::Down(_) | Verb::FillDisk(_) => {
                self.relieve(place);
            }
            Verb::Partition(_) | Verb::Slow { .. } | Verb::Lose { .. } => {
                if let Some(rule) = entry.rule {
                    self.network.remove(rule);
                }
                self.reconnect();
            }
            Verb::Set(_) => {
                if let Some(before) = entry.before {
                    self.set(before);
                }
            }
            Verb::Restart(_)
            | Verb::Resume(_)
            | Verb::Leave(_)
            | Verb::Heal
            | Verb::Submit(_)
            | Verb::Cancel(_)
            | Verb::Warp(_)
            | Verb::Mine(_)
            | Verb::Reorg(_)
            | Verb::Snapshot(_)
            | Verb::Restore(_)
            | Verb::Call { .. }
            | Verb::Shell(_)
            | Verb::Note => return,
        }
        let event = Event::FaultHealed {
            verb: verb.kind().as_str().into(),
            targets: verb.targets(),
        };
        self.append(None, event);
    }

    fn each(&mut self, targets: &[Name], change: fn(&mut Self, usize)) {
        for target in targets {
            if let Some(&place) = self.places.get(target) {
                change(self, place);
            }
        }
    }

    fn call_from(&mut self, from: &Name, call: Call) {
        if let Some(&place) = self.places.get(from) {
            let submission = Submission {
                call,
                task: None,
                may_fail: true,
                token: 0,
            };
            self.dispatch(place, submission);
        }
    }

    /// Changes something of the cast, and returns what it was before.
    pub(super) fn set(&mut self, setting: Setting) -> Option<Setting> {
        if let Setting::WorkerScore(worker, score) = &setting {
            let before = self.scores.get(worker).copied().unwrap_or_default();
            let before = Setting::WorkerScore(worker.clone(), before);
            self.change_score(worker, *score);
            return Some(before);
        }
        let (to, order) = match &setting {
            Setting::PoolPrice(pool, price) => (pool.of_kind("pool"), Order::Price(*price)),
            Setting::PoolVolume(pool, volume) => (pool.of_kind("pool"), Order::Volume(*volume)),
            Setting::AppPrice(app, price) => {
                let owner = self.directory.apps.get(app)?.owner.clone();
                (owner, Order::AppPrice(app.clone(), *price))
            }
            Setting::WorkerSpeed(worker, speed) => (worker.of_kind("worker"), Order::Speed(*speed)),
            Setting::WorkerConduct(worker, conduct) => {
                (worker.of_kind("worker"), Order::Conduct(conduct.clone()))
            }
            // Dealt with above: no actor has to be told.
            Setting::WorkerScore(..) => return None,
        };
        let before = self.original(&setting);
        let before = self
            .timeline
            .settings
            .insert(setting.key(), setting)
            .or(before);
        if let Some(&to) = self.places.get(&to) {
            let input = Input::Order(order);
            self.push(self.now, Delivery::Input { to, input });
        }
        before
    }

    /// The value the cast gives to what a setting changes.
    fn original(&self, setting: &Setting) -> Option<Setting> {
        let cast = &self.cast;
        let pool = |name: &Name| cast.pools.iter().find(|pool| pool.name == *name);
        let worker = |name: &Name| cast.workers.iter().find(|worker| worker.name == *name);
        Some(match setting {
            Setting::PoolPrice(name, _) => {
                Setting::PoolPrice(name.clone(), pool(name)?.offers.first()?.price)
            }
            Setting::PoolVolume(name, _) => {
                Setting::PoolVolume(name.clone(), pool(name)?.offers.first()?.volume)
            }
            Setting::AppPrice(name, _) => {
                Setting::AppPrice(name.clone(), self.directory.apps.get(name)?.price)
            }
            Setting::WorkerSpeed(name, _) => {
                Setting::WorkerSpeed(name.clone(), worker(name)?.speed_permille)
            }
            Setting::WorkerConduct(name, _) => {
                Setting::WorkerConduct(name.clone(), worker(name)?.conduct.clone())
            }
            Setting::WorkerScore(name, _) => {
                Setting::WorkerScore(name.clone(), worker(name)?.score)
            }
        })
    }

    /// The note of an entry, and which of its tasks it asks for in vain.
    fn note_of(&self, fault: &Fault) -> Option<String> {
        let Verb::Submit(tasks) = &fault.verb else {
            return fault.note.clone();
        };
        let known = |task: &&TaskCast| self.directory.task(&task.name).is_some();
        let known = tasks.iter().filter(known);
        let known: Vec<&str> = known.map(|task| task.name.as_str()).collect();
        if known.is_empty() {
            return fault.note.clone();
        }
        let said = format!("not again, a task is submitted once: {}", known.join(", "));
        Some(match &fault.note {
            Some(note) => format!("{note} ({said})"),
            None => said,
        })
    }

    /// Asks for tasks; those that are asked for already are left as they are.
    pub(super) fn submit_tasks(&mut self, tasks: &[TaskCast]) {
        for task in tasks {
            if self.directory.task(&task.name).is_some() {
                continue;
            }
            let task = Arc::new(task.clone());
            let Some(&to) = self.places.get(&task.by) else {
                continue;
            };
            let Some(request) = self.request_of(&task) else {
                continue;
            };
            self.directory.add_task(task);
            self.open_tasks += 1;
            let input = Input::Order(Order::Request(vec![request]));
            self.push(self.now, Delivery::Input { to, input });
        }
    }

    fn cancel_tasks(&mut self, tasks: &[Name]) {
        for task in tasks {
            let record = self.directory.task(task);
            let Some(to) = record.and_then(|record| self.places.get(&record.cast.by).copied())
            else {
                continue;
            };
            let input = Input::Order(Order::Cancel(vec![task.clone()]));
            self.push(self.now, Delivery::Input { to, input });
        }
    }
}
