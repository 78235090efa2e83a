//! `emulate whatif`: a saved run with one thing changed, beside what it was.

use std::collections::BTreeSet;

use clap::Args;

use super::{
    Exit, Output,
    claims::Claims,
    replay::refuse,
    run::{ReportFile, explain, make_folders, pair, render},
    shelf, whole,
};
use crate::{
    protocol::Name,
    replay::{BranchError, Stop, what_if},
    report::{Run, Styles, write_diff},
    scenario::{StartError, nearest},
};

/// Run a saved run again with something changed, and show what that makes of it.
///
/// Without --from the change holds from the start, and anything a scenario says can change. With
/// --from the living world changes at that moment: behaviour, speed and score of workers, price
/// and volume of pools, prices of apps.
#[derive(Clone, Debug, Args)]
pub(super) struct WhatIf {
    /// A saved run: a file, `last`, or how its name begins (the newest is meant).
    #[arg(value_name = "RUN")]
    run: String,
    /// What changes: `--set worker.w-2.behaviour=colluder`. Can be given again.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = pair, required = true)]
    sets: Vec<(String, String)>,
    /// From when on: time:3m, block:17 or event:TaskInitialize#1.
    #[arg(long, value_name = "MOMENT")]
    from: Option<Stop>,
    /// Write a report of the changed run: json=FILE, junit=FILE, html=FILE or jsonl=FILE. Can be
    /// given again.
    #[arg(long = "report", value_name = "KIND=FILE")]
    reports: Vec<ReportFile>,
}

/// Runs a saved run with a change and compares. The exit code says that both ran, not that they
/// are the same.
pub(super) fn whatif(arguments: &WhatIf, output: &Output) -> Exit {
    match try_whatif(arguments, output) {
        Ok(()) => Exit::Success,
        Err(exit) => exit,
    }
}

fn try_whatif(arguments: &WhatIf, output: &Output) -> Result<(), Exit> {
    Claims::of_saved(&arguments.run, &arguments.reports).settle(output)?;
    let run = shelf::open(&arguments.run, output)?;
    make_folders(&arguments.reports, output)?;
    let branch = what_if(&run, &arguments.sets, arguments.from.as_ref())
        .map_err(|error| refused(error, output))?;
    let of = |log| Run {
        log,
        file: None,
        again: None,
    };
    let (first, second) = (of(&branch.first), of(branch.second.world.log()));
    let change = |(path, value): &(String, String)| format!("{path} = {value}");
    let changes: Vec<String> = arguments.sets.iter().map(change).collect();
    let from = match &arguments.from {
        Some(stop) => format!("from {stop} on"),
        None => "from the start".to_owned(),
    };
    output.note(&format!("what if {}, {from}", changes.join(" and ")));
    let newcomers = newcomers(&first, &second, &arguments.sets);
    if !newcomers.is_empty() {
        for name in newcomers {
            output.error(&format!(
                "error: the run has no {name}{}",
                near(&first, name)
            ));
        }
        output.note("note: somebody more is another scenario, not another run of this one");
        return Err(Exit::BadInput);
    }
    let sides = [("was", &first), ("what if", &second)];
    let mut told = Vec::new();
    let compared = write_diff(sides, &Styles::coloured(), &mut told);
    compared.and_then(|_| output.show(&told)).map_err(|error| {
        output.error(&format!("error: the comparison cannot be written: {error}"));
        Exit::Environment
    })?;
    for report in &arguments.reports {
        let bytes = render(report.kind, second);
        let written = bytes.and_then(|bytes| whole::write(&report.path, &bytes));
        if let Err(error) = written {
            output.unwritten(report.path.display(), error);
        }
    }
    Ok(())
}

/// Whom changes speak of who was not there: in all likelihood a slip of the pen.
fn newcomers<'a>(
    first: &Run<'_>,
    second: &Run<'_>,
    sets: &'a [(String, String)],
) -> BTreeSet<&'a str> {
    let has = |run: &Run<'_>, kind: &str, name: &str| {
        let view = run.view();
        match kind {
            "worker" => view.workers.get(name).is_some() || view.worker_groups.get(name).is_some(),
            "task" => view.tasks.get(name).is_some() || view.task_groups.get(name).is_some(),
            "pool" => view.pools.get(name).is_some(),
            "app" => view.apps.get(name).is_some(),
            "dataset" => view.datasets.get(name).is_some(),
            "account" => view
                .accounts
                .get(Name::from(name).of_kind(kind).as_str())
                .is_some(),
            _ => false,
        }
    };
    let whole = |(path, _): &'a (String, String)| {
        let (kind, rest) = path.split_once('.')?;
        let name = rest.split('.').next()?;
        let is_new = has(second, kind, name) && !has(first, kind, name);
        is_new.then(|| &path[..kind.len() + 1 + name.len()])
    };
    sets.iter().filter_map(whole).collect()
}

/// Names of the same kind that are like the one that is not there.
fn near(run: &Run<'_>, path: &str) -> String {
    let view = run.view();
    let Some((kind, wanted)) = path.split_once('.') else {
        return String::new();
    };
    let names: Vec<&Name> = match kind {
        "worker" => view
            .worker_groups
            .names()
            .chain(view.workers.names())
            .collect(),
        "task" => view.task_groups.names().chain(view.tasks.names()).collect(),
        "pool" => view.pools.names().collect(),
        "app" => view.apps.names().collect(),
        "dataset" => view.datasets.names().collect(),
        _ => Vec::new(),
    };
    match nearest(wanted, names.iter().map(|name| name.as_str())) {
        Some(near) => format!("; did you mean {kind}.{near}?"),
        None => String::new(),
    }
}

fn refused(error: BranchError, output: &Output) -> Exit {
    match error {
        BranchError::Replay(error) => refuse(error, output),
        BranchError::Change(wrong) => {
            let exit = explain(&StartError::Scenario(wrong), output);
            output.note("note: without --from a change holds from the start, where anything a scenario says can change");
            exit
        }
        BranchError::Over(_) => {
            output.error(&format!("error: {error}"));
            Exit::BadInput
        }
    }
}
