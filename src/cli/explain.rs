//! `emulate explain`: why a task ended as it did, and why a worker earned what it earned.

use clap::Args;

use super::{
    Exit, Output,
    run::{How, Session, run_once},
    shelf,
    subject::Subject,
};
use crate::{
    log::{EventLog, Sinks},
    report,
};

/// Tell why: the votes of a task with weights and threshold, or how a worker came to its money.
#[derive(Clone, Debug, Args)]
pub(super) struct Explain {
    /// A saved run (.emu, .jsonl, or `last`), or a scenario to run.
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
        match report::explain(&log, &name) {
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
    if let Some(log) = shelf::open_log(&arguments.run, output)? {
        return Ok(log);
    }
    let subject = Subject::find(&arguments.run).map_err(|message| {
        output.error(&message);
        Exit::BadInput
    })?;
    let session = Session::begin();
    let ended = run_once(
        &subject,
        &arguments.how,
        &mut Sinks::default(),
        &session,
        output,
    );
    let ended = ended.map_err(|not_run| not_run.tell(&subject.name, output))?;
    if ended.verdict() == Exit::Interrupted {
        output.error("error: the run was interrupted, and half a run explains nothing");
        return Err(ended.exit(&session.interrupt));
    }
    Ok(ended.world.log().clone())
}
