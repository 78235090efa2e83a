//! Which executor runs which program, and what was already computed.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

#[cfg(feature = "wasm")]
use super::wasm::Machine;
use super::{
    Captured, Commands, Ended, Job, Outcome, OutcomeKind, Program, builtin, conclude,
    memory::{Depends, Memory},
    mock,
};
use crate::protocol::Name;

/// Why wasm programs do not run in a build without the feature.
const NO_WASM: &str = "this emulate was built without wasm";

/// A run under way.
pub type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// Something that runs programs and may take a while over it.
pub trait Executor: Send + Sync {
    /// Returns its name, as it appears in the log.
    fn name(&self) -> &'static str;

    /// Runs `job` to its end. Whatever goes wrong is part of the outcome.
    fn execute<'a>(&'a self, job: &'a Job) -> Running<'a>;

    /// Ends what runs, and whatever is asked from now on, as [`OutcomeKind::Unavailable`].
    fn stop(&self) {}

    /// Stops, and takes away everything that was made; returns when it is gone.
    fn close(&self) {}

    /// Returns the first thing that went wrong with the machinery, not with a program.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Returns where real time went and what was printed, in the order in which runs ended.
    fn spent(&self) -> Vec<Spent> {
        Vec::new()
    }
}

/// Where the real time of one run went, and what it printed. Both differ from run to run, and so
/// are never in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The task.
    pub task: Name,
    /// The worker.
    pub worker: Name,
    /// What stands for the image's content.
    pub image: String,
    /// Until its container was made and its inputs were in it.
    pub create: Duration,
    /// Until its program began.
    pub start: Duration,
    /// Until its program was over.
    pub run: Duration,
    /// Until what it left was taken.
    pub collect: Duration,
    /// What it printed, as far as that was kept.
    pub stdout: Captured,
    /// What it complained of.
    pub stderr: Captured,
}

impl Spent {
    /// Returns the times of a run that has not begun.
    pub fn new(job: &Job, image: impl Into<String>) -> Self {
        Self {
            task: job.task.clone(),
            worker: job.worker.clone(),
            image: image.into(),
            create: Duration::ZERO,
            start: Duration::ZERO,
            run: Duration::ZERO,
            collect: Duration::ZERO,
            stdout: Captured::default(),
            stderr: Captured::default(),
        }
    }
}

/// All executors of a run.
///
/// Equal jobs are computed once: ten thousand tasks with the same program, arguments and inputs
/// cost one execution, except where the program's result depends on who runs it.
#[derive(Default)]
pub struct Executors {
    images: Option<Arc<dyn Executor>>,
    memory: Mutex<Memory>,
    machine: Machine,
    stop: AtomicBool,
    commands: Arc<Commands>,
}

impl Executors {
    /// Returns the executors that are always there: builtin, mock and, if built in, wasm.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also runs container images, by `executor`.
    #[must_use]
    pub fn with_images(mut self, executor: Arc<dyn Executor>) -> Self {
        self.images = Some(executor);
        self
    }

    /// Returns what runs the commands of a timeline; none is allowed to run at first.
    pub fn commands(&self) -> &Arc<Commands> {
        &self.commands
    }

    /// Puts something around what runs container images, if anything does: for those who want to
    /// see or keep what comes of them.
    pub fn wrap_images(&mut self, wrap: impl FnOnce(Arc<dyn Executor>) -> Arc<dyn Executor>) {
        self.images = self.images.take().map(wrap);
    }

    /// Returns why this process cannot run `program`, if it cannot.
    pub fn missing_for(&self, program: &Program) -> Option<&'static str> {
        match program {
            Program::Builtin(_) | Program::Mock(_) => None,
            Program::Wasm(_) if cfg!(feature = "wasm") => None,
            Program::Wasm(_) => Some(NO_WASM),
            Program::Image(_) if self.images.is_some() => None,
            Program::Image(_) => Some("container images need docker, and there is none"),
        }
    }

    /// Whether runs of `program` take real time, so that they should go through
    /// [`Executors::execute`] and the virtual clock should stand still meanwhile.
    pub fn takes_time(program: &Program) -> bool {
        match program {
            Program::Builtin(_) | Program::Mock(_) | Program::Wasm(_) => false,
            Program::Image(_) => true,
        }
    }

    /// Returns the name of the executor that runs `program`, as it appears in the log.
    pub fn name_for(&self, program: &Program) -> &'static str {
        match program {
            Program::Builtin(_) => "builtin",
            Program::Mock(_) => "mock",
            Program::Wasm(_) => "wasm",
            Program::Image(_) => self.images.as_ref().map_or("none", |images| images.name()),
        }
    }

    /// Runs `job` now, on this thread.
    ///
    /// A container image does not run this way; its outcome is [`OutcomeKind::Unavailable`].
    pub fn run_now(&self, job: &Job) -> Outcome {
        if let Some(known) = self.memory.lock().recall(job) {
            return known;
        }
        let (outcome, depends) = match &job.program {
            Program::Builtin(builtin) => (builtin::run(job, *builtin), builtin.depends()),
            Program::Mock(mock) => (mock::run(job, mock), Depends::default()),
            Program::Wasm(wasm) => self.machine.run(job, wasm, &self.stop),
            Program::Image(_) => return self.unavailable(job),
        };
        self.memory.lock().keep(job, depends, &outcome);
        outcome
    }

    /// Runs `job`, wherever its program runs.
    pub fn execute<'a>(&'a self, job: &'a Job) -> Running<'a> {
        match (&job.program, &self.images) {
            (Program::Image(_), Some(images)) => images.execute(job),
            _ => Box::pin(std::future::ready(self.run_now(job))),
        }
    }

    /// Stops the programs that run on other threads, and those that follow: they end within
    /// moments, as [`OutcomeKind::Unavailable`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.commands.stop();
        if let Some(images) = &self.images {
            images.stop();
        }
    }

    /// Stops, and takes away whatever containers and commands there still are.
    pub fn close(&self) {
        self.stop();
        self.commands.finish();
        if let Some(images) = &self.images {
            images.close();
        }
    }

    /// Returns the first thing that went wrong with the machinery of containers, or with a command.
    pub fn trouble(&self) -> Option<String> {
        let images = self.images.as_ref().and_then(|images| images.trouble());
        images.or_else(|| self.commands.trouble())
    }

    /// Returns where the real time of containers went.
    pub fn spent(&self) -> Vec<Spent> {
        let images = self.images.as_ref();
        images.map(|images| images.spent()).unwrap_or_default()
    }

    fn unavailable(&self, job: &Job) -> Outcome {
        let why = self.missing_for(&job.program);
        let why = why.unwrap_or("container images run on docker's own time, not at once");
        let ended = Ended::empty(OutcomeKind::Unavailable, why);
        conclude(job, self.name_for(&job.program), ended)
    }
}

/// Stands in for the machine of a build without it.
#[cfg(not(feature = "wasm"))]
#[derive(Default)]
struct Machine;

#[cfg(not(feature = "wasm"))]
impl Machine {
    fn run(&self, job: &Job, _: &super::Wasm, _: &AtomicBool) -> (Outcome, Depends) {
        let ended = Ended::empty(OutcomeKind::Unavailable, NO_WASM);
        (conclude(job, "wasm", ended), Depends::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::Builtin;

    fn run(executors: &Executors, task: &str, worker: &str, builtin: Builtin) -> Outcome {
        executors.run_now(&Job::new(task, worker, Program::Builtin(builtin)))
    }

    #[test]
    fn equal_jobs_share_one_outcome_and_random_ones_share_none() {
        let executors = Executors::new();
        let first = run(&executors, "t-0", "w-0", Builtin::Hello);
        assert_eq!(first, run(&executors, "t-1", "w-1", Builtin::Hello));
        assert_eq!(executors.memory.lock().len(), 1);
        let random = |task, worker| run(&executors, task, worker, Builtin::Random).digest;
        assert_ne!(random("t-0", "w-0"), random("t-0", "w-1"));
        assert_ne!(random("t-0", "w-0"), random("t-1", "w-0"));
        assert_eq!(random("t-0", "w-0"), random("t-0", "w-0"));
        assert_eq!(executors.memory.lock().len(), 1);
    }

    #[test]
    fn an_image_without_docker_is_nothing_to_vote_on() {
        let executors = Executors::new();
        let program = Program::Image(crate::executor::Image::new("hello-world"));
        assert!(executors.missing_for(&program).is_some());
        let outcome = executors.run_now(&Job::new("t", "w-0", program));
        assert_eq!(
            (outcome.kind, outcome.digest),
            (OutcomeKind::Unavailable, None)
        );
    }
}
