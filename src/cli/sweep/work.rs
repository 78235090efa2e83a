//! The runs of a sweep: each a scenario of its own, played as `emulate run` would.

use std::{collections::BTreeMap, time::Instant};

use super::{Sweep, journal::Journal, title};
use crate::{
    cli::{
        Exit, Output,
        interrupt::Interrupt,
        parallel,
        run::{NotRun, Session, Stage, explain},
        subject::Subject,
    },
    log::Sinks,
    report::sweep::{Cell, Effort, Row, Sheet},
    scenario::{
        Finished, Loaded,
        sweep::{Sweep as Plan, row, verdicts},
    },
};

/// What the runs have in common.
pub(super) struct Work<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) subject: &'a Subject,
    pub(super) arguments: &'a Sweep,
    pub(super) interrupt: &'a Interrupt,
    pub(super) session: &'a Session,
    pub(super) output: &'a Output,
}

/// The cell a thread has loaded last: its runs follow each other.
type Warm = Option<(usize, Stage)>;

impl Work<'_> {
    /// Makes sure that every cell can be run before the first is.
    ///
    /// # Errors
    ///
    /// The exit code, after the user was told which cell cannot and why.
    pub(super) fn check(&self, cells: &[usize]) -> Result<(), Exit> {
        let jobs = parallel::jobs(self.arguments.jobs, cells.len());
        let stop = || self.interrupt.raised().is_some();
        let checked = parallel::each(
            (cells.len(), jobs),
            &stop,
            || (),
            |(), at| {
                let loaded = self.plan.load(cells[at]);
                loaded.map(|loaded| (at == 0).then(|| self.stage(loaded)))
            },
        );
        for (cell, checked) in cells.iter().zip(checked) {
            match checked {
                None | Some(Ok(None)) => {}
                Some(Ok(Some(stage))) => drop(stage?),
                Some(Err(wrong)) => {
                    let cell = self.plan.words(*cell);
                    let output = self.output;
                    output.error(wrong.render(output.is_coloured()).trim_end());
                    output.error(&format!("error: so the cell {cell} cannot be run"));
                    return Err(Exit::BadInput);
                }
            }
        }
        Ok(())
    }

    /// # Errors
    ///
    /// The exit code, after the user was told what is missing.
    fn stage(&self, loaded: Loaded) -> Result<Stage, Exit> {
        let sources = &self.arguments.how.sources;
        let stage = Stage::new(loaded, self.subject, sources, self.session, self.output);
        stage.map_err(|not_run: NotRun| not_run.tell(&self.subject.name, self.output))
    }

    /// Makes the runs that are not among `kept`, and returns all rows in order.
    ///
    /// # Errors
    ///
    /// The exit code, after the user was told why the sweep could not go on.
    pub(super) fn run(
        &self,
        runs: &[(usize, u64)],
        kept: Vec<Row>,
        journal: Option<&Journal>,
        jobs: usize,
    ) -> Result<(Vec<Row>, Effort), Exit> {
        let is_kept = |run: &&(usize, u64)| {
            let found = kept.binary_search_by_key(*run, |row| (row.cell, row.seed));
            found.is_err()
        };
        let left: Vec<(usize, u64)> = runs.iter().filter(is_kept).copied().collect();
        let began = now();
        let bar = self.output.progress(left.len() as u64, "runs");
        let stop = || self.interrupt.raised().is_some();
        let work = |warm: &mut Warm, at: usize| {
            let made = self.make(warm, left[at]);
            if let (Ok(Some(row)), Some(journal)) = (&made, journal) {
                journal.append(row);
            }
            bar.inc(1);
            made
        };
        let made = parallel::each((left.len(), jobs), &stop, || None, work);
        bar.finish_and_clear();
        if let Some(Err(error)) = journal.map(Journal::close) {
            error.tell(self.output);
        }
        let effort = Effort {
            ran: left.len(),
            kept: kept.len(),
            jobs,
            took: now().saturating_duration_since(began),
        };
        let mut rows = kept;
        for made in made.into_iter().flatten() {
            rows.extend(made?);
        }
        rows.sort_by_key(|row| (row.cell, row.seed));
        Ok((rows, effort))
    }

    /// Makes one run; none when it was interrupted.
    fn make(&self, warm: &mut Warm, (cell, seed): (usize, u64)) -> Result<Option<Row>, Exit> {
        if warm.as_ref().is_none_or(|(known, _)| *known != cell) {
            let loaded = self.plan.load(cell).map_err(|wrong| {
                self.output.error(wrong.render(false).trim_end());
                Exit::BadInput
            })?;
            *warm = Some((cell, self.stage(loaded)?));
        }
        let Some((_, stage)) = warm else {
            return Ok(None);
        };
        stage.loaded.scenario.scenario.seed = seed;
        let Some(finished) = self.play(stage)? else {
            return Ok(None);
        };
        let row = row(&stage.loaded.scenario, &finished, (cell, seed));
        if self.arguments.how.twice() {
            let Some(second) = self.play(stage)? else {
                return Ok(None);
            };
            if second.world.log().digest() != row.digest {
                let place = format!("cell {cell}, seed {seed}");
                self.output.error(&format!(
                    "error: two runs of the same scenario differ: {place}"
                ));
                return Err(Exit::DeterminismLost);
            }
        }
        Ok(Some(row))
    }

    fn play(&self, stage: &Stage) -> Result<Option<Finished>, Exit> {
        let played = stage.play(&mut Sinks::default(), self.interrupt);
        let finished = played.map_err(|error| explain(&error, self.output))?;
        Ok(self.interrupt.raised().is_none().then_some(finished))
    }

    /// Returns whether a run that was kept comes out the same today: inputs may have changed, or
    /// this program.
    ///
    /// # Errors
    ///
    /// The exit code, after the user was told why it cannot be run.
    pub(super) fn repeats(&self, kept: &Row) -> Result<bool, Exit> {
        let row = self.make(&mut None, (kept.cell, kept.seed))?;
        Ok(row.is_none_or(|row| row == *kept))
    }

    /// Puts everything together for the reports.
    pub(super) fn sheet(
        &self,
        loaded: &Loaded,
        (cells, is_whole): (&[usize], bool),
        rows: Vec<Row>,
        effort: Effort,
    ) -> Sheet {
        let name = &self.arguments.scenario;
        let about = &loaded.scenario.scenario;
        let cell = |cell: &usize| {
            let again = self
                .arguments
                .how
                .again_with(name, &self.plan.overrides(*cell));
            let place = self.plan.place(*cell);
            (*cell, Cell { place, again })
        };
        let mut sheet = Sheet {
            title: title(loaded, name),
            description: about.description.clone(),
            file: name.clone(),
            axes: self.plan.axes(),
            measures: self.plan.columns(),
            cells: cells.iter().map(cell).collect::<BTreeMap<_, _>>(),
            rows,
            verdicts: Vec::new(),
            effort,
        };
        let label = |cell| sheet.label(cell);
        let found = verdicts(&loaded.scenario, &sheet.rows, is_whole, &label);
        sheet.verdicts = found;
        sheet
    }
}

#[expect(clippy::disallowed_methods, reason = "how long the sweep took is told")]
fn now() -> Instant {
    Instant::now()
}
