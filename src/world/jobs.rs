//! Programs: what is started, what came of it, and where results go.

use std::{sync::Arc, time::Duration};

use alloy_primitives::B256;

use super::{
    World, deed::What, deliver::Delivery, directory::Truth, queue::Ticket, timeline::Service,
};
use crate::{
    actors::{Input, Pace, Spread},
    executor::{
        Contract, Executors, Job, Limits, OnChain, Outcome, Place, inputs::modern_name, pack,
    },
    log::Event,
    protocol::Name,
    services::results::callback_link,
    time::{Timestamp, millis},
};

/// A program under way: when it began, for whom, and its place among equals once it ends.
#[derive(Clone, Debug)]
pub struct Started {
    at: Timestamp,
    ticket: Ticket,
    purpose: Purpose,
    pace: Pace,
    /// How long it takes in the run's own time, where that is known before it is run.
    takes: Option<Duration>,
    /// What is to be run.
    pub job: Job,
}

/// How long a worker tries to get at something before it gives a task up.
const HINDRANCE: Duration = Duration::from_secs(10);

/// For whom the emulator runs a program to learn the honest result.
const REFERENCES: (&str, &str) = ("reference", "reference-2");

#[derive(Clone, Debug)]
enum Purpose {
    /// A worker asked for it in one of its lives.
    Work { to: usize, life: u32 },
    /// The emulator wants to know the honest result.
    Truth,
}

impl Started {
    /// Returns when, in the run's own time, what came of a program that takes real time is needed:
    /// until then time may pass while it runs. None for programs that are run at once.
    pub fn needed_at(&self) -> Option<Timestamp> {
        self.takes.map(|span| self.at + span)
    }

    /// Whether it takes real time.
    pub fn takes_time(&self) -> bool {
        self.takes.is_some()
    }

    /// Returns its place among all that was started.
    pub(super) fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Returns the same as a number, for those who tell of it.
    pub fn number(&self) -> u64 {
        self.ticket.number()
    }
}

impl World {
    /// Hands over the programs started since the last call.
    pub fn take_jobs(&mut self) -> Vec<Started> {
        std::mem::take(&mut self.jobs)
    }

    /// Returns whether programs were started that nobody took over yet.
    pub fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Takes in what came of a program. Programs may end in any order: the log does not depend on
    /// it, because each took its place when it began.
    pub fn complete(&mut self, started: Started, outcome: Outcome) {
        self.note(|| What::completed(&started));
        let Started {
            at,
            ticket,
            purpose,
            pace,
            takes,
            job,
        } = started;
        match (purpose, takes) {
            (Purpose::Truth, None) => self.on_truth(&job.task, outcome.digest),
            (Purpose::Truth, Some(span)) => {
                // It was live since it began, and is now what is pushed.
                self.live -= 1;
                let (task, digest) = (job.task, outcome.digest);
                let delivery = Delivery::Truth { task, digest };
                self.push_with(ticket, at + span, delivery);
            }
            (Purpose::Work { to, life }, takes) => {
                let drawn = || self.duration_of(&job, pace, outcome.duration);
                let duration = takes.unwrap_or_else(drawn);
                let delivery = Delivery::Executed {
                    to,
                    life,
                    task: job.task,
                    outcome: Arc::new(outcome),
                    duration,
                };
                self.push_with(ticket, at + duration, delivery);
            }
        }
    }

    /// How long a program takes in the run's own time: the scenario's word, never the machine's.
    fn duration_of(&self, job: &Job, pace: Pace, said: Option<Duration>) -> Duration {
        let name = format!("duration.{}.{}", job.task, job.worker);
        let mut stream = self.seed.stream(&name);
        if let Some(fixed) = pace.fixed {
            return fixed.draw(&mut stream);
        }
        let task = self.directory.task(&job.task);
        let app = task.and_then(|task| self.directory.apps.get(&task.cast.app));
        let usual = app.map(|app| app.duration.draw(&mut stream));
        pace.apply(said.or(usual).unwrap_or_default())
    }

    /// Starts a task's program for a worker.
    pub(super) fn execute(&mut self, from: usize, task: Name, pace: Pace) {
        let actor = self.slots[from].name.clone();
        let worker = super::decode::bare(&actor);
        let Some(job) = self.job(&task, worker.clone()) else {
            self.abstain(from, task);
            return;
        };
        if let Some(outcome) = self.hindrance(from, &task) {
            let life = self.slots[from].life;
            let delivery = Delivery::Executed {
                to: from,
                life,
                task,
                outcome: Arc::new(outcome),
                duration: HINDRANCE,
            };
            self.push(self.now + HINDRANCE, delivery);
            return;
        }
        if !job.inputs.is_empty() {
            let event = Event::InputsFetched {
                task: task.clone(),
                worker: worker.clone(),
                files: job.inputs.paths(),
            };
            self.append(Some(actor.clone()), event);
        }
        let event = Event::ExecutionStarted {
            task,
            worker,
            executor: job.program.name().into(),
        };
        self.append(Some(actor), event);
        let life = self.slots[from].life;
        self.start_job(Purpose::Work { to: from, life }, pace, job);
    }

    /// A program nobody here knows, as that of an app somebody outside registered: the worker has
    /// no opinion, and says why.
    fn abstain(&mut self, to: usize, task: Name) {
        let app = self.directory.task(&task).map(|record| &record.cast.app);
        let app = app.map_or_else(String::new, ToString::to_string);
        let outcome = Outcome::unavailable(format!(
            "the app {app} is not of this network: its program is unknown here"
        ));
        let delivery = Delivery::Executed {
            to,
            life: self.slots[to].life,
            task,
            outcome: Arc::new(outcome),
            duration: Duration::ZERO,
        };
        self.push(self.now, delivery);
    }

    fn start_job(&mut self, purpose: Purpose, pace: Pace, job: Job) {
        let (at, ticket) = (self.now, self.queue.ticket());
        // A program that takes real time says nothing of the run's own: that is the scenario's.
        let is_costly = Executors::takes_time(&job.program);
        let takes = is_costly.then(|| self.duration_of(&job, pace, None));
        let is_truth = matches!(purpose, Purpose::Truth);
        // The run does not end before the truth is known.
        self.live += usize::from(is_costly && is_truth);
        self.jobs.push(Started {
            at,
            ticket,
            purpose,
            pace,
            takes,
            job,
        });
    }

    /// Everything an executor must know to run `task` for `worker`.
    fn job(&self, task: &Name, worker: Name) -> Option<Job> {
        let record = self.directory.task(task)?;
        let cast = &record.cast;
        let app = self.directory.apps.get(&cast.app)?;
        let mut inputs = cast.inputs.clone();
        let dataset = cast.dataset.as_ref();
        let address = dataset.and_then(|name| self.directory.address(&name.of_kind("dataset")));
        if let Some(dataset) = dataset.and_then(|name| self.directory.datasets.get(name)) {
            match (app.contract, address) {
                (Contract::V5, Some(address)) => {
                    // Of today's workers a program learns no other name than this one.
                    let name = address.to_string().to_lowercase();
                    for (_, content) in dataset.files.iter() {
                        inputs.insert(&name, content.clone()).ok()?;
                    }
                }
                (Contract::V2 | Contract::V5, _) => inputs.extend(&dataset.files).ok()?,
            }
        }
        let named = cast.input_uris.iter().map(|uri| modern_name(uri));
        let category = self.cast.categories.get(cast.category);
        let place = match Executors::takes_time(&app.program) {
            true => self.place_of(&worker),
            false => Place::default(),
        };
        let wall = category.map_or(300, |category| category.work_clock_time_ref);
        Some(Job {
            args: app.contract.split(&cast.args).unwrap_or_default(),
            env: app.env.clone(),
            inputs,
            contract: app.contract,
            digest: app.digest,
            on_error: app.on_error,
            callback: cast.callback.is_some(),
            limits: Limits::within(Duration::from_secs(wall)),
            seed: self.seed,
            place,
            on_chain: OnChain {
                task_id: record.id.map(Into::into).unwrap_or_default(),
                deal_id: record.deal.map(Into::into).unwrap_or_default(),
                index: 0,
                bot_first: 0,
                bot_size: 1,
                dataset: address,
                input_files: named.collect(),
            },
            ..Job::new(cast.name.clone(), worker, app.program.clone())
        })
    }

    /// Where a worker computes.
    fn place_of(&self, worker: &Name) -> Place {
        let slot = self.places.get(&worker.of_kind("worker"));
        let index = slot.and_then(|slot| self.slots[*slot].worker);
        let cast = index.and_then(|index| self.cast.workers.get(index));
        cast.map(|cast| cast.place.clone()).unwrap_or_default()
    }

    /// A worker's program ended: says so, and tells the worker.
    pub(super) fn on_executed(
        &mut self,
        to: usize,
        task: Name,
        outcome: Arc<Outcome>,
        duration: Duration,
    ) {
        let actor = self.slots[to].name.clone();
        let worker = super::decode::bare(&actor);
        let event = match outcome.digest {
            Some(digest) => Event::ExecutionFinished {
                task: task.clone(),
                worker,
                digest,
                outcome: outcome.kind.to_string(),
                duration_ms: millis(duration),
                outputs: outcome.outputs.paths(),
                output: outcome.output(),
                image: outcome.contained.as_ref().map(|one| one.image.clone()),
                exit: outcome.contained.as_ref().and_then(|one| one.exit),
            },
            None => Event::ExecutionAbandoned {
                task: task.clone(),
                worker,
                reason: format!("{}: {}", outcome.kind, outcome.detail),
            },
        };
        self.append(Some(actor.clone()), event);
        self.warn(&actor, &task, &outcome);
        self.receive(to, Input::Executed { task, outcome });
    }

    /// Says what an app's author would want to know of a result, once for each app.
    fn warn(&mut self, actor: &Name, task: &Name, outcome: &Outcome) {
        let Some(warning) = outcome.warning() else {
            return;
        };
        let app = self.directory.task(task).map(|task| task.cast.app.clone());
        if !app.is_some_and(|app| self.warned.insert(app)) {
            return;
        }
        let event = Event::ExecutionWarned {
            task: task.clone(),
            worker: super::decode::bare(actor),
            warning,
        };
        self.append(Some(actor.clone()), event);
    }

    /// Stores a result where the requester can fetch it.
    pub(super) fn upload(&mut self, from: usize, task: Name, outcome: Option<Arc<Outcome>>) {
        let Some(record) = self.directory.task(&task) else {
            return;
        };
        let callback = record.cast.callback.as_ref();
        let callback = callback.and_then(|contract| self.contract_at(contract));
        let app = self.directory.apps.get(&record.cast.app);
        let contract = app.map(|app| app.contract).unwrap_or_default();
        if self.trouble.is_down(Service::Results) {
            // Nobody answers the worker; its scheduler will ask for the result again.
            let worker = super::decode::bare(&self.slots[from].name);
            let event = Event::MessageLost {
                from: worker.of_kind("worker"),
                to: Service::Results.as_str().into(),
                message: crate::actors::Message::UPLOAD.into(),
            };
            self.append(None, event);
            return;
        }
        let archive = outcome.map(|outcome| pack(contract, &outcome));
        let archive = archive.unwrap_or_default();
        let size = archive.len() as u64;
        let actor = self.slots[from].name.clone();
        let link = match self.results.put(archive) {
            Ok(id) => callback.map_or_else(|| id.link(), callback_link),
            Err(error) => {
                let worker = super::decode::bare(&actor);
                let reason = format!("the result cannot be stored: {error}");
                let event = Event::ExecutionAbandoned {
                    task,
                    worker,
                    reason,
                };
                self.append(Some(actor), event);
                return;
            }
        };
        let event = Event::ResultUploaded {
            task: task.clone(),
            worker: super::decode::bare(&actor),
            link: link.clone(),
            size,
        };
        self.append(Some(actor), event);
        let input = Input::Stored { task, link };
        self.push(self.now, Delivery::Input { to: from, input });
    }

    /// Starts the honest reference runs of a task, once.
    ///
    /// Two runs, for nobody: a program whose honest results differ has no truth. A container is run
    /// once, since it costs real time.
    pub(super) fn ask_truth(&mut self, task: &Name) {
        let record = self.directory.task(task);
        if !record.is_some_and(|record| record.truth == Truth::Unasked) {
            return;
        }
        let jobs: Vec<Job> = [REFERENCES.0, REFERENCES.1]
            .into_iter()
            .filter_map(|nobody| self.job(task, nobody.into()))
            .collect();
        let is_costly = |job: &Job| Executors::takes_time(&job.program);
        let runs = match jobs.first() {
            Some(job) if is_costly(job) => 1,
            Some(_) | None => jobs.len(),
        };
        if let Some(record) = self.directory.task_mut(task) {
            record.truth = Truth::Running {
                left: runs,
                digest: None,
            };
        }
        // A container takes as long as any, so that it runs beside those of the workers.
        let costs = jobs.first().is_some_and(is_costly);
        let pace = Pace {
            fixed: (!costs).then(|| Spread::exact(Duration::ZERO)),
            speed_permille: 1000,
            stretch_permille: 1000,
        };
        for job in jobs.into_iter().take(runs) {
            self.start_job(Purpose::Truth, pace, job);
        }
    }

    pub(super) fn on_truth(&mut self, task: &Name, digest: Option<B256>) {
        let Some(record) = self.directory.task_mut(task) else {
            return;
        };
        let Truth::Running {
            left,
            digest: before,
        } = record.truth
        else {
            return;
        };
        let agreed = before.is_none_or(|before| before == digest);
        let digest = digest.filter(|_| agreed);
        if left > 1 {
            record.truth = Truth::Running {
                left: left - 1,
                digest: Some(digest),
            };
            return;
        }
        record.truth = Truth::Known(digest);
        let event = Event::TruthComputed {
            task: task.clone(),
            digest,
        };
        self.append(None, event);
        self.judge(task);
    }
}
