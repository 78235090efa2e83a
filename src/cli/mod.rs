//! The commands: arguments in, an exit code out.

mod baggage;
mod check;
mod claims;
mod ctl;
mod diff;
mod doctor;
mod exit_code;
mod explain;
mod explore;
mod export;
mod failed;
mod hunt;
mod import;
mod init;
mod interrupt;
mod kept;
mod keys;
mod output;
mod parallel;
mod replay;
mod report;
mod run;
mod shelf;
mod shrink;
mod subject;
mod sweep;
mod test;
mod up;
mod verify;
mod whatif;
mod whole;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};
pub use exit_code::Exit;
pub use output::{Output, explain_panic};

/// A whole decentralised-compute network of the iExec kind on your laptop.
#[derive(Debug, Parser)]
#[command(
    name = "emulate",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
struct Cli {
    /// Say only what matters.
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Run>),
    Up(Box<up::Up>),
    Ctl(ctl::Ctl),
    Init(init::Init),
    Keys(keys::Keys),
    Test(Box<test::Test>),
    Sweep(Box<sweep::Sweep>),
    Check(check::Check),
    Doctor(Box<doctor::Doctor>),
    Explain(explain::Explain),
    Import(import::Import),
    Export(export::Export),
    Replay(replay::Replay),
    Diff(diff::Diff),
    Whatif(whatif::WhatIf),
    Hunt(Box<hunt::HuntArguments>),
    Shrink(shrink::ShrinkArguments),
    Report(report::Report),
    Verify(verify::Verify),
    Explore(explore::Explore),
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
    /// Print a completion script for a shell.
    Completions {
        /// The shell to complete for.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
    /// Print the version.
    Version,
}

/// Runs the command line `arguments` (the program's name first) and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return explain_usage(&error),
    };
    let output = Output::new(cli.quiet);
    let exit = match cli.command {
        Command::Run(arguments) => run::run(&arguments, &output),
        Command::Up(arguments) => up::run(&arguments, &output),
        Command::Ctl(arguments) => ctl::ctl(&arguments, &output),
        Command::Init(arguments) => init::init(&arguments, &output),
        Command::Keys(arguments) => keys::keys(&arguments, &output),
        Command::Test(arguments) => test::test(&arguments, &output),
        Command::Sweep(arguments) => sweep::sweep(&arguments, &output),
        Command::Check(arguments) => check::check(&arguments, &output),
        Command::Doctor(arguments) => doctor::doctor(&arguments, &output),
        Command::Explain(arguments) => explain::explain(&arguments, &output),
        Command::Import(arguments) => import::import(&arguments, &output),
        Command::Export(arguments) => export::export(&arguments, &output),
        Command::Replay(arguments) => replay::replay(&arguments, &output),
        Command::Diff(arguments) => diff::diff(&arguments, &output),
        Command::Whatif(arguments) => whatif::whatif(&arguments, &output),
        Command::Hunt(arguments) => hunt::hunt(&arguments, &output),
        Command::Shrink(arguments) => shrink::shrink_run(&arguments, &output),
        Command::Report(arguments) => report::report(&arguments, &output),
        Command::Verify(arguments) => verify::verify(&arguments, &output),
        Command::Explore(arguments) => explore::explore(&arguments, &output),
        Command::Schema => schema(&output),
        Command::Completions { shell } => completions(&output, shell),
        Command::Man => man(&output),
        Command::Version => {
            output.result_line(concat!("emulate ", env!("CARGO_PKG_VERSION")));
            Exit::Success
        }
    };
    output.settle(exit)
}

fn schema(output: &Output) -> Exit {
    let schema = serde_json::to_string_pretty(&crate::scenario::json_schema());
    match schema {
        Ok(schema) => {
            output.result_line(&schema);
            Exit::Success
        }
        Err(error) => {
            output.error(&format!("error: the schema cannot be written: {error}"));
            Exit::Environment
        }
    }
}

/// Prints what clap has to say: help and version are results, the rest is a wrong command line.
fn explain_usage(error: &clap::Error) -> Exit {
    let output = Output::new(false);
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        output.error(text.trim_end());
        Exit::BadInput
    } else {
        output.result(&text);
        Exit::Success
    }
}

fn completions(output: &Output, shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "emulate", &mut script);
    output.result(&String::from_utf8_lossy(&script));
    Exit::Success
}

fn man(output: &Output) -> Exit {
    let mut page = Vec::new();
    if let Err(error) = clap_mangen::Man::new(Cli::command()).render(&mut page) {
        output.error(&format!(
            "error: the manual page cannot be written: {error}"
        ));
        return Exit::Environment;
    }
    output.result(&String::from_utf8_lossy(&page));
    Exit::Success
}
