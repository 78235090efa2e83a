//! An app run over and over. Rule: what was changed and what could not be is told either way.

use std::{fs, path::PathBuf, str::FromStr, sync::Arc, thread, time::Duration};

use super::{Doctor, told};
use crate::{
    cli::{Exit, Output, run::Session, subject},
    executor::{
        Builtin, Contract, Executors, Image, Job, OnChain, Outcome, OutcomeKind, Program,
        Randomness, Wasm,
        determinism::{Comparison, Trial, trials},
        docker::Settings,
        inputs::{Inputs, Policy, Unzip, lay_out},
    },
};

/// Runs the app several times and tells what differs.
pub(super) fn examine(arguments: &Doctor, output: &Output) -> Exit {
    let job = match job(arguments) {
        Ok(job) => job,
        Err(message) => {
            output.error(&format!("error: {message}"));
            return Exit::BadInput;
        }
    };
    let trials = trials(&job, usize::from(arguments.runs));
    let session = Session::begin();
    let mut outcomes = Vec::new();
    for (number, trial) in trials.iter().enumerate() {
        output.note(&format!(
            "run {} of {}, changed: {}",
            number + 1,
            trials.len(),
            trial.change
        ));
        match run(trial, &session, output) {
            Ok(outcome) => outcomes.push(outcome),
            Err(exit) => return session.interrupt.raised().unwrap_or(exit),
        }
        if let Some(exit) = session.interrupt.raised() {
            return exit;
        }
    }
    let comparison = Comparison::of(&trials, &outcomes);
    if arguments.json {
        output.result_line(&told::json(&trials, &outcomes, &comparison));
    } else {
        output.result(&told::text(&trials, &outcomes, &comparison));
    }
    if comparison.agrees() && !comparison.failed {
        Exit::Success
    } else {
        Exit::ExpectationFailed
    }
}

/// Makes the job that is run over and over.
fn job(arguments: &Doctor) -> Result<Job, String> {
    let program = program(arguments)?;
    let contract = if arguments.modern {
        Contract::V5
    } else {
        Contract::V2
    };
    let line = arguments.args.as_deref().unwrap_or("");
    let args = contract.split(line).map_err(|error| error.to_string())?;
    // The user names the files, so they may lie anywhere.
    let inputs = Inputs::new(Policy {
        roots: vec![PathBuf::from("/")],
        offline: false,
        cache: subject::cache(),
        ..Policy::below(".")
    });
    let fetched: Result<Vec<_>, _> = arguments
        .inputs
        .iter()
        .map(|uri| inputs.fetch(uri, None))
        .collect();
    let fetched = fetched.map_err(|error| error.to_string())?;
    let laid = lay_out(contract, &fetched, None, Unzip::Auto);
    let laid = laid.map_err(|error| error.to_string())?;
    Ok(Job {
        args,
        env: arguments.env.iter().cloned().collect(),
        inputs: laid.files,
        contract,
        on_chain: OnChain {
            bot_size: 1,
            input_files: laid.names,
            ..OnChain::default()
        },
        ..Job::new("doctor", "worker", program)
    })
}

fn program(arguments: &Doctor) -> Result<Program, String> {
    let program = &arguments.program;
    if let Some(reference) = &program.image {
        return Ok(Program::Image(Image::new(reference.as_str())));
    }
    if let Some(file) = &program.wasm {
        let module = fs::read(file)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        return Ok(Program::Wasm(Wasm::new(module, Randomness::Task)));
    }
    let name = program.builtin.as_deref().unwrap_or("");
    let builtin = Builtin::from_str(name).map_err(|error| error.to_string())?;
    Ok(Program::Builtin(builtin))
}

/// Makes one run, by an executor of its own: one that remembers would not run again.
fn run(trial: &Trial, session: &Session, output: &Output) -> Result<Outcome, Exit> {
    wait(trial.pause);
    let mut executors = Executors::new();
    if matches!(trial.job.program, Program::Image(_)) {
        let docker = session.open(Settings::default(), output).map_err(|error| {
            output.error(&format!("error: {error}"));
            Exit::Environment
        })?;
        executors = executors.with_images(Arc::new(docker));
    }
    let executors = Arc::new(executors);
    let stopping = Arc::clone(&executors);
    let _telling = session.interrupt.tell(move || stopping.stop());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| {
            output.error(&format!("error: the system gives no threads: {error}"));
            Exit::Environment
        })?;
    let outcome = runtime.block_on(executors.execute(&trial.job));
    executors.close();
    if outcome.kind == OutcomeKind::Unavailable {
        output.error(&format!("error: {}", outcome.detail));
        return Err(Exit::Environment);
    }
    Ok(outcome)
}

/// Keeps runs apart, so that the time they see differs.
fn wait(pause: Duration) {
    thread::sleep(pause);
}
