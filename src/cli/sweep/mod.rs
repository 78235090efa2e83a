//! `emulate sweep`: every cell of a matrix with every seed, on all cores.

mod arguments;
mod journal;
mod work;

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(super) use self::arguments::Sweep;
use self::{
    journal::{Found, Journal},
    work::Work,
};
use super::{Exit, Output, claims::Claims, parallel, run::Session, subject::Subject, whole};
use crate::{
    report::{
        Standing, Styles,
        sweep::{Row, Sheet, write_csv, write_sweep_html, write_sweep_summary},
        text,
    },
    scenario::{Loaded, sweep::Sweep as Plan},
};

/// Runs the sweep, keeps what comes out, and says how it stands.
pub(super) fn sweep(arguments: &Sweep, output: &Output) -> Exit {
    let session = Session::begin();
    match try_sweep(arguments, &session, output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_sweep(arguments: &Sweep, session: &Session, output: &Output) -> Result<Exit, Exit> {
    let interrupt = &session.interrupt;
    let told = |message: String| {
        output.error(&format!("error: {message}"));
        Exit::BadInput
    };
    if arguments.how.sources.containers.records() {
        let message = "a sweep records nothing: `emulate run … --record` records a run, and `sweep --docker replay --record FILE` answers from what it left";
        return Err(told(message.to_owned()));
    }
    let subject = Subject::find(&arguments.scenario).map_err(|message| {
        output.error(&message);
        Exit::BadInput
    })?;
    let loaded = subject.load(&arguments.how.overrides(), output)?;
    let plan = Plan::of(&loaded, arguments.seeds);
    let refusals = plan.refusals();
    if !refusals.is_empty() {
        output.error(refusals.render(output.is_coloured()).trim_end());
        return Err(Exit::BadInput);
    }
    let cells = chosen(&plan, arguments).map_err(told)?;
    claim(&subject, arguments).map_err(told)?;
    make_folders(arguments).map_err(|message| {
        output.error(&format!("error: {message}"));
        Exit::Environment
    })?;
    let work = Work {
        plan: &plan,
        subject: &subject,
        arguments,
        interrupt,
        session,
        output,
    };
    work.check(&cells)?;
    let runs: Vec<(usize, u64)> = cells
        .iter()
        .flat_map(|cell| plan.seeds().map(|seed| (*cell, seed)))
        .collect();
    let (journal, kept) = resume(&work, &runs)?;
    let seeds = text::count(plan.seeds().count() as u64, "seed");
    let jobs = parallel::jobs(arguments.jobs, runs.len());
    let so_many = text::count(runs.len() as u64, "run");
    let shape = text::count(cells.len() as u64, "cell");
    output.note(&format!(
        "{so_many}: {shape} with {seeds} each, {jobs} at once"
    ));
    let (rows, effort) = work.run(&runs, kept, journal.as_ref(), jobs)?;
    if let Some(exit) = interrupt.raised() {
        let done = text::number(rows.len() as u64);
        let how = match journal {
            Some(_) => "the same command goes on from here",
            None => "with --out they would have been kept",
        };
        output.note(&format!("stopped after {done} of {so_many}; {how}"));
        return Ok(exit);
    }
    let is_whole = cells.len() == plan.cells();
    let sheet = work.sheet(&loaded, (&cells, is_whole), rows, effort);
    finish(&sheet, arguments, output)
}

/// Looks that no file has two uses.
fn claim(subject: &Subject, arguments: &Sweep) -> Result<(), String> {
    let mut claims = Claims::default();
    claims.reads_scenario(subject, &arguments.how.overrides());
    claims.uses_record(&arguments.how.sources);
    if let Some(path) = &arguments.out {
        claims.writes(path, "--out");
        claims.writes(&Journal::beside(path), "--out (its journal)");
    }
    if let Some(path) = &arguments.plot {
        claims.writes(path, "--plot");
    }
    claims.judge()
}

/// Returns the cells to run.
fn chosen(plan: &Plan<'_>, arguments: &Sweep) -> Result<Vec<usize>, String> {
    let overrides = arguments.how.overrides();
    let axes = plan.axes();
    let given = overrides.vars.iter().chain(&overrides.sets);
    for (name, value) in given {
        if axes.iter().any(|axis| axis.name == *name) {
            return Err(format!(
                "`{name}` is varied by the matrix; write `--only {name}={value}` to choose cells"
            ));
        }
    }
    if arguments.only.is_empty() {
        return Ok((0..plan.cells()).collect());
    }
    let mut cells = Vec::new();
    for choice in &arguments.only {
        let found = plan.choose(choice);
        cells.extend(found.map_err(|wrong| format!("--only {choice}: {wrong}"))?);
    }
    cells.sort_unstable();
    cells.dedup();
    Ok(cells)
}

/// Makes the folders of the files that will be written, before hours are spent on them.
fn make_folders(arguments: &Sweep) -> Result<(), String> {
    for path in arguments.out.iter().chain(&arguments.plot) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            fs::create_dir_all(folder).map_err(|error| {
                format!("the folder {} cannot be made: {error}", folder.display())
            })?;
        }
    }
    Ok(())
}

/// Opens the journal and returns the runs in it that need not be made again.
fn resume(work: &Work<'_>, runs: &[(usize, u64)]) -> Result<(Option<Journal>, Vec<Row>), Exit> {
    let (arguments, output) = (work.arguments, work.output);
    let Some(csv) = &arguments.out else {
        return Ok((None, Vec::new()));
    };
    let digest = work.plan.digest();
    let open = |fresh| match Journal::open(csv, digest, fresh) {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if error.tell(output) => Ok(None),
        Err(_) => Err(Exit::Environment),
    };
    let Some((mut journal, mut rows, found)) = open(arguments.fresh)? else {
        return Ok((None, Vec::new()));
    };
    if found == Found::Other {
        output.note(
            "what an earlier sweep has left is of another scenario or version: starting anew",
        );
    }
    rows.retain(|row| runs.binary_search(&(row.cell, row.seed)).is_ok());
    rows.sort_by_key(|row| (row.cell, row.seed));
    rows.dedup_by_key(|row| (row.cell, row.seed));
    if let Some(first) = rows.first()
        && !work.repeats(first)?
    {
        output.note("the runs of an earlier sweep no longer come out the same: starting anew");
        drop(journal);
        match open(true)? {
            Some(opened) => (journal, rows, _) = opened,
            None => return Ok((None, Vec::new())),
        }
    }
    if !rows.is_empty() {
        let kept = text::number(rows.len() as u64);
        output.note(&format!("{kept} of them are made already"));
    }
    Ok((Some(journal), rows))
}

/// Writes the files, shows the summary, and returns how the sweep stands.
fn finish(sheet: &Sheet, arguments: &Sweep, output: &Output) -> Result<Exit, Exit> {
    let styles = Styles::coloured();
    let mut told = Vec::new();
    let written = write_sweep_summary(sheet, &styles, &mut told);
    if written.is_ok() {
        output.result_styled(&told);
    }
    let exit = match sheet.standing() {
        Standing::Passed => Exit::Success,
        Standing::Failed => Exit::ExpectationFailed,
        Standing::Interrupted => Exit::Interrupted,
        Standing::TimedOut => Exit::TimeLimit,
        Standing::Broken => Exit::InvariantBroken,
    };
    let keep = |path: &Option<PathBuf>, bytes: std::io::Result<Vec<u8>>| {
        let Some(path) = path else { return };
        match bytes.and_then(|bytes| whole::write(path, &bytes)) {
            Ok(_) => output.note(&format!("written: {}", path.display())),
            Err(error) => output.unwritten(path.display(), error),
        }
    };
    let mut csv = Vec::new();
    keep(&arguments.out, write_csv(sheet, &mut csv).map(|()| csv));
    if arguments.plot.is_some() {
        let mut page = Vec::new();
        keep(
            &arguments.plot,
            write_sweep_html(sheet, &mut page).map(|()| page),
        );
    }
    Ok(exit)
}

/// Returns the scenario's title, or its file when it has none.
fn title(loaded: &Loaded, name: &str) -> String {
    let title = &loaded.scenario.scenario.title;
    match title.is_empty() {
        true => Path::new(name).display().to_string(),
        false => title.clone(),
    }
}
