//! One scenario from its text to its last verdict.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    How, Session,
    containers::{Crew, Sources},
};
use crate::{
    cli::{Exit, Output, interrupt::Interrupt, subject::Subject},
    executor::{Executor, Spent, Surroundings, inputs::Inputs},
    log::{EndReason, Sinks, view::Measured},
    replay::{Divergence, first_divergence},
    report::{self, Run},
    scenario::{Diagnostic, Diagnostics, Finished, Loaded, StartError, model::Clock as Mode},
    world::{Cast, Clock, Programs, World, WorldHandle, drive},
};

/// A run that is over, whatever became of it.
pub(in crate::cli) struct Ended {
    /// The world as it ended, its log complete.
    pub(in crate::cli) world: World,
    /// The command that shows the run again.
    pub(in crate::cli) again: String,
    /// Whether a second run, if one was asked for, was the same.
    pub(in crate::cli) repeats: bool,
    /// What went wrong with the machinery of containers, if anything did.
    pub(in crate::cli) trouble: Option<String>,
    /// Where the real time of containers went.
    pub(in crate::cli) spent: Vec<Spent>,
}

/// Why there is no run.
pub(in crate::cli) enum NotRun {
    /// The user knows already.
    Told(Exit),
    /// It needs docker, and this is why there is none.
    NoDocker(String),
}

impl Ended {
    /// Returns the run for reports.
    pub(in crate::cli) fn report<'a>(&'a self, subject: &'a Subject) -> Run<'a> {
        Run {
            log: self.world.log(),
            file: Some(&subject.name),
            again: Some(&self.again),
        }
    }
}

/// Runs a scenario; everything that happens is passed on to `sinks` as it happens.
///
/// # Errors
///
/// [`NotRun`] says why there was no run.
pub(in crate::cli) fn run_once(
    subject: &Subject,
    how: &How,
    sinks: &mut Sinks<'_>,
    session: &Session,
    output: &Output,
) -> Result<Ended, NotRun> {
    Staged::new(subject, how, session, output)?.run(sinks, &session.interrupt, output)
}

/// A scenario that is ready to be run the way somebody asked for.
pub(in crate::cli) struct Staged<'a> {
    subject: &'a Subject,
    how: &'a How,
    stage: Stage,
}

impl<'a> Staged<'a> {
    /// Reads the scenario and everything it needs.
    ///
    /// # Errors
    ///
    /// [`NotRun`] says what is wrong.
    pub(in crate::cli) fn new(
        subject: &'a Subject,
        how: &'a How,
        session: &Session,
        output: &Output,
    ) -> Result<Self, NotRun> {
        let loaded = subject.load(&how.overrides(), output);
        let loaded = loaded.map_err(NotRun::Told)?;
        let stage = Stage::new(loaded, subject, &how.sources, session, output)?;
        Ok(Self {
            subject,
            how,
            stage,
        })
    }

    /// Returns the scenario, and its inputs as far as they were fetched.
    pub(in crate::cli) fn material(&self) -> (&Loaded, &Inputs) {
        (&self.stage.loaded, &self.stage.inputs)
    }

    /// Puts what keeps the outcomes of containers around what runs them; to be called before the run.
    pub(in crate::cli) fn wrap_images(
        &mut self,
        wrap: impl FnOnce(Arc<dyn Executor>) -> Arc<dyn Executor>,
    ) {
        if let Some(executors) = Arc::get_mut(&mut self.stage.crew.executors) {
            executors.wrap_images(wrap);
        }
    }

    /// Runs the scenario; everything that happens is passed on to `sinks` as it happens.
    ///
    /// # Errors
    ///
    /// The exit code, after the user was told why there was no run.
    pub(in crate::cli) fn run(
        &self,
        sinks: &mut Sinks<'_>,
        interrupt: &Interrupt,
        output: &Output,
    ) -> Result<Ended, NotRun> {
        let told = |error: StartError| NotRun::Told(explain(&error, output));
        let stage = &self.stage;
        let executors = Arc::clone(&stage.crew.executors);
        let _telling = interrupt.tell(move || executors.stop());
        let world = stage.play(sinks, interrupt).map_err(told)?.world;
        stage.crew.keep_record(output);
        let mut repeats = true;
        if self.how.twice && interrupt.raised().is_none() {
            let second = stage.play(&mut Sinks::default(), interrupt);
            repeats = same(&world, &second.map_err(told)?.world, output);
        }
        let trouble = stage.crew.executors.trouble();
        if let (Some(trouble), None) = (&trouble, interrupt.raised()) {
            output.error(&format!("error: {trouble}"));
        }
        let seed = stage.loaded.scenario.scenario.seed;
        Ok(Ended {
            world,
            again: self.how.again(&self.subject.name, seed),
            repeats,
            trouble,
            spent: stage.crew.executors.spent(),
        })
    }
}

/// What a scenario is played with.
pub(in crate::cli) struct Stage {
    pub(in crate::cli) loaded: Loaded,
    pub(in crate::cli) inputs: Inputs,
    pub(in crate::cli) crew: Crew,
}

impl Stage {
    /// Finds everything a scenario is played with.
    ///
    /// # Errors
    ///
    /// [`NotRun`] says what is wrong, or what this machine lacks.
    pub(in crate::cli) fn new(
        loaded: Loaded,
        subject: &Subject,
        sources: &Sources,
        session: &Session,
        output: &Output,
    ) -> Result<Self, NotRun> {
        commands_are_allowed(&loaded, sources, output)?;
        let told = |wrong: StartError| NotRun::Told(explain(&wrong, output));
        let builds = loaded.builds().map_err(|wrong| told(wrong.into()))?;
        let loaded = loaded.holding(builds);
        let inputs = subject.inputs(sources.is_offline());
        // What the file asks for and cannot be had is told before docker is looked for.
        let cast = loaded.cast(&inputs);
        cast.map_err(|wrong| told(wrong.into()))?;
        let containers = &sources.containers;
        let crew = Crew::find(subject, (&loaded, &inputs), containers, session, output)?;
        let stage = Self {
            loaded,
            inputs,
            crew,
        };
        stage.check(output).map_err(NotRun::Told)?;
        if sources.allow_shell {
            stage.crew.executors.commands().allow(Surroundings {
                folder: subject.folder().to_owned(),
                variables: Vec::new(),
            });
        }
        Ok(stage)
    }

    /// Returns the scenario's cast, or tells what it lacks.
    pub(in crate::cli) fn cast(&self, output: &Output) -> Result<Cast, Exit> {
        let cast = self.loaded.cast(&self.inputs);
        cast.map_err(|wrong| explain(&wrong.into(), output))
    }

    /// Tells what this machine lacks for the scenario; returns its cast.
    pub(in crate::cli) fn check(&self, output: &Output) -> Result<Cast, Exit> {
        let cast = self.cast(output)?;
        let missing = cast
            .apps
            .iter()
            .find_map(|app| self.crew.executors.missing_for(&app.program));
        match missing {
            None => Ok(cast),
            Some(missing) => {
                output.error(&format!("error: {missing}"));
                Err(Exit::Environment)
            }
        }
    }

    /// Plays the scenario to its end, judges it and closes its log.
    pub(in crate::cli) fn play(
        &self,
        sinks: &mut Sinks<'_>,
        interrupt: &Interrupt,
    ) -> Result<Finished, StartError> {
        let began = now();
        let mut world = self.loaded.world(&self.inputs)?;
        world.forget_states();
        let reason = match self.loaded.scenario.time.mode {
            Mode::Wall => self.play_on_the_wall(&mut world, sinks, interrupt),
            // Nobody could ask for time to pass here, so it passes by itself.
            Mode::Virtual | Mode::Manual => self.play_virtually(&mut world, sinks, interrupt),
        };
        if reason == EndReason::Interrupted {
            world.finish(reason);
            sinks.catch_up(world.log());
            return Ok(Finished {
                world,
                reason,
                checks: Vec::new(),
                held: Vec::new(),
            });
        }
        self.crew.executors.commands().finish();
        // Whatever is played again, to prove or to compare, is not the run itself.
        self.crew.executors.commands().forbid();
        let measured = Measured {
            wall: Some(now().saturating_duration_since(began)),
            memory: peak_memory(),
        };
        let means = (&self.inputs, &*self.crew.executors);
        let finished = self.loaded.conclude(world, reason, measured, means)?;
        sinks.catch_up(finished.world.log());
        Ok(finished)
    }
}

impl Stage {
    /// Plays in virtual time: deadlines cost nothing.
    fn play_virtually(
        &self,
        world: &mut World,
        sinks: &mut Sinks<'_>,
        interrupt: &Interrupt,
    ) -> EndReason {
        let mut programs = Programs::new(&self.crew.executors);
        loop {
            programs.take_up(world);
            sinks.catch_up(world.log());
            if interrupt.raised().is_some() {
                return EndReason::Interrupted;
            }
            if let Some(reason) = programs.turn(world) {
                return reason;
            }
        }
    }

    /// Plays on the wall clock, as fast as the scenario says.
    fn play_on_the_wall(
        &self,
        world: &mut World,
        sinks: &mut Sinks<'_>,
        interrupt: &Interrupt,
    ) -> EndReason {
        let speed_permille = self.loaded.scenario.time.speed.0;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime with timers alone needs nothing of the system");
        // Nobody asks this world for anything.
        let (_, requests) = WorldHandle::new(1);
        let mut watch = |world: &World| sinks.catch_up(world.log());
        let clock = Clock::Wall { speed_permille };
        runtime.block_on(async {
            let driving = drive(world, clock, &self.crew.executors, requests, &mut watch);
            tokio::select! {
                reason = driving => reason,
                () = raised(interrupt) => EndReason::Interrupted,
            }
        })
    }
}

/// Refuses a scenario that names commands of this machine, unless somebody trusts it with them.
fn commands_are_allowed(loaded: &Loaded, sources: &Sources, output: &Output) -> Result<(), NotRun> {
    let mut entries = loaded.scenario.at.iter();
    let Some(place) = entries.position(|entry| entry.shell.is_some()) else {
        return Ok(());
    };
    if sources.allow_shell {
        return Ok(());
    }
    let span = loaded.document.span(&["at", &place.to_string(), "shell"]);
    let wrong = Diagnostic::error(span, "this scenario runs a command of this machine");
    let wrong = wrong.help("if you trust it, give `--allow-shell`");
    let wrong = Diagnostics::new(loaded.document.sources.clone(), vec![wrong]);
    output.error(wrong.render(output.is_coloured()).trim_end());
    Err(NotRun::Told(Exit::BadInput))
}

/// Waits until somebody asks this process to stop.
async fn raised(interrupt: &Interrupt) {
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    while interrupt.raised().is_none() {
        looks.tick().await;
    }
}

/// Tells why a scenario cannot be played.
pub(in crate::cli) fn explain(error: &StartError, output: &Output) -> Exit {
    match error {
        StartError::Scenario(wrong) => {
            output.error(wrong.render(output.is_coloured()).trim_end());
        }
        StartError::World(error) => output.error(&format!("error: {error}")),
    }
    Exit::BadInput
}

/// Compares two runs of the same scenario and tells the first difference.
fn same(first: &World, second: &World, output: &Output) -> bool {
    let (one, other) = (first.log(), second.log());
    if one.digest() == other.digest() && first.chain().head().hash == second.chain().head().hash {
        let digest = one.digest();
        output.note(&format!("ran twice, the same to the byte: {digest}"));
        return true;
    }
    output.error("error: two runs of the same scenario differ");
    match first_divergence(one.records(), other.records(), 0) {
        Some(divergence) => output.error(&parting(&divergence, ["first", "second"])),
        None => output.error("their events are the same, their last blocks are not"),
    }
    false
}

/// Tells where two runs part, and what each of them has there.
pub(in crate::cli) fn parting(divergence: &Divergence, names: [&str; 2]) -> String {
    let mut text = format!("they part at event {}\n", divergence.seq).into_bytes();
    let sides = [&divergence.first, &divergence.second];
    for (name, record) in names.into_iter().zip(sides) {
        // Writing to memory does not fail.
        let _ = report::write_side(&mut text, name, record.as_ref());
    }
    String::from_utf8_lossy(&text).trim_end().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "how long the run took is told")]
fn now() -> Instant {
    Instant::now()
}

/// Returns the most memory this process has used, in bytes, where the system tells.
pub(in crate::cli) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
