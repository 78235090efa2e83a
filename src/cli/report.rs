//! `emulate report`: the reports of a saved run, without running it.

use clap::Args;

use super::{
    Exit, Output,
    claims::Claims,
    run::{ReportFile, make_folders, render},
    shelf, whole,
};
use crate::report::{self, Run, Styles};

/// Report on a saved run: its summary, or files.
#[derive(Clone, Debug, Args)]
pub(super) struct Report {
    /// A saved run: a file (.emu or .jsonl), `last`, or how its name begins (the newest
    /// is meant).
    #[arg(value_name = "RUN")]
    run: String,
    /// Write a report: json=FILE, junit=FILE, html=FILE or jsonl=FILE. Can be given again.
    #[arg(long = "report", value_name = "KIND=FILE")]
    reports: Vec<ReportFile>,
}

/// Reports on a saved run.
pub(super) fn report(arguments: &Report, output: &Output) -> Exit {
    match try_report(arguments, output) {
        Ok(()) => Exit::Success,
        Err(exit) => exit,
    }
}

fn try_report(arguments: &Report, output: &Output) -> Result<(), Exit> {
    Claims::of_saved(&arguments.run, &arguments.reports).settle(output)?;
    let (log, file) = match shelf::open_log(&arguments.run, output)? {
        Some(log) => (log, None),
        None => {
            let run = shelf::open(&arguments.run, output)?;
            (run.log, Some(run.header.scenario))
        }
    };
    let run = Run {
        log: &log,
        file: file.as_deref(),
        again: None,
    };
    make_folders(&arguments.reports, output)?;
    for report in &arguments.reports {
        let written = render(report.kind, run).and_then(|bytes| whole::write(&report.path, &bytes));
        if let Err(error) = written {
            output.unwritten(report.path.display(), error);
        }
    }
    if arguments.reports.is_empty() {
        let mut told = Vec::new();
        let written = report::write_summary(&run, &Styles::coloured(), &mut told);
        written.and_then(|()| output.show(&told)).map_err(|error| {
            output.error(&format!("error: the summary cannot be written: {error}"));
            Exit::Environment
        })?;
    }
    Ok(())
}
