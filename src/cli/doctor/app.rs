//! An app run over and over. Rule: what was changed and what could not be is told either way.

use std::{fs, path::PathBuf, str::FromStr};

use super::{Doctor, told};
use crate::{
    cli::{Exit, Output, interrupt::Interrupt, subject},
    executor::{
        Builtin, Contract, Executors, Job, OnChain, Program, Randomness, Wasm,
        determinism::{Comparison, trials},
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
    let interrupt = Interrupt::listen();
    let mut outcomes = Vec::new();
    for (number, trial) in trials.iter().enumerate() {
        output.note(&format!(
            "run {} of {}, changed: {}",
            number + 1,
            trials.len(),
            trial.change
        ));
        // By an executor of its own: one that remembers would not run again.
        outcomes.push(Executors::new().run_now(&trial.job));
        if let Some(exit) = interrupt.raised() {
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
    if let Some(file) = &program.wasm {
        let module = fs::read(file)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        return Ok(Program::Wasm(Wasm::new(module, Randomness::Task)));
    }
    let name = program.builtin.as_deref().unwrap_or("");
    let builtin = Builtin::from_str(name).map_err(|error| error.to_string())?;
    Ok(Program::Builtin(builtin))
}
