//! `emulate explain`: why a task ended as it did, and why a worker earned what it earned.

use std::{fs, io::BufReader, path::Path};

use clap::Args;

use super::{
    Exit, Output,
    interrupt::Interrupt,
    run::{How, run_once},
    subject::Subject,
};
use crate::{
    log::{self, EventLog, Sinks},
    report::{explain_task, explain_worker},
};

/// Tell why: the votes of a task with weights and threshold, or how a worker came to its money.
#[derive(Clone, Debug, Args)]
pub(super) struct Explain {
    /// A saved log (events.jsonl), or a scenario to run.
    #[arg(value_name = "RUN|FILE|NAME")]
    run: String,
    /// A task or a worker; every task when left out.
    #[arg(value_name = "TASK|WORKER")]
    subject: Option<String>,
    #[command(flatten)]
    how: How,
}

/// Explains one task or worker, or every task.
pub(super) fn explain(arguments: &Explain, output: &Output) -> Exit {
    let log = match read(arguments, output) {
        Ok(log) => log,
        Err(exit) => return exit,
    };
    let view = log.view();
    let names: Vec<String> = match &arguments.subject {
        Some(name) => {
            let bare = name.split_once('.').map_or(name.as_str(), |(_, bare)| bare);
            vec![bare.to_owned()]
        }
        None => view
            .tasks
            .iter()
            .map(|(name, _)| name.to_string())
            .collect(),
    };
    for name in names {
        let told = if view.workers.get(name.as_str()).is_some() {
            explain_worker(&log, &name)
        } else {
            explain_task(&log, &name)
        };
        match told {
            Ok(text) => output.result(&text),
            Err(error) => {
                output.error(&format!("error: {error}"));
                return Exit::BadInput;
            }
        }
    }
    Exit::Success
}

/// Returns the log of a saved run, or of a scenario run now.
fn read(arguments: &Explain, output: &Output) -> Result<EventLog, Exit> {
    let path = Path::new(&arguments.run);
    if path.extension().is_some_and(|ending| ending == "jsonl") {
        let saved = fs::File::open(path)
            .map_err(|error| error.to_string())
            .and_then(|file| log::read(BufReader::new(file)).map_err(|error| error.to_string()));
        return saved.map(|saved| saved.log).map_err(|error| {
            output.error(&format!("error: {}: {error}", path.display()));
            Exit::BadInput
        });
    }
    let subject = Subject::find(&arguments.run).map_err(|message| {
        output.error(&message);
        Exit::BadInput
    })?;
    let interrupt = Interrupt::listen();
    let ended = run_once(
        &subject,
        &arguments.how,
        &mut Sinks::default(),
        &interrupt,
        output,
    )?;
    Ok(ended.world.log().clone())
}
