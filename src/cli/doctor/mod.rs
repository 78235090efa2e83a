//! `emulate doctor`: what this machine can do, and whether an app gives workers the same result.

mod app;
mod machine;
mod told;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Exit, Output};

/// Check this machine, or whether an app gives every worker the same result.
///
/// Without an app: docker, registry, disk, memory, port and features, each with advice; the exit
/// code is 3 when something named by --need or --registry is missing.
///
/// With --image, --wasm or --builtin: runs the app several times, changing one thing at a time
/// (processors, time zone and language, host name, random bytes, the time), compares every output
/// byte by byte, and says whether workers would agree, and what to write into consensus.iexec. The
/// exit code is 1 when they would not, or when the app fails.
#[derive(Clone, Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    program: ProgramArgs,
    /// Its command line.
    #[arg(
        long,
        value_name = "LINE",
        allow_hyphen_values = true,
        requires = "program"
    )]
    args: Option<String>,
    /// An input: a file, or an http or https address. Can be given again.
    #[arg(long = "input", value_name = "FILE|URL", requires = "program")]
    inputs: Vec<String>,
    /// A variable it runs with. Can be given again.
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = pair, requires = "program")]
    env: Vec<(String, String)>,
    /// It has the container contract of today: /iexec_in, /iexec_out and computed.json.
    #[arg(long, requires = "program")]
    modern: bool,
    /// How many times it is run.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 5, requires = "program", value_parser = clap::value_parser!(u8).range(2..=50))]
    runs: u8,
    /// What this machine must have. Can be given again.
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "program")]
    need: Vec<Need>,
    /// A registry that must answer, such as registry-1.docker.io or localhost:5000.
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with = "program")]
    registry: Option<String>,
    /// The port that must be free for `emulate up`.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 8545,
        conflicts_with = "program"
    )]
    port: u16,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The app to look at.
#[derive(Clone, Debug, Args)]
#[group(id = "program", multiple = false)]
struct ProgramArgs {
    /// A container image.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// A WebAssembly module.
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    /// A program inside, such as `hello`.
    #[arg(long, value_name = "NAME")]
    builtin: Option<String>,
}

/// What can be needed of a machine.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Need {
    /// A docker engine that answers.
    Docker,
    /// WebAssembly in this build.
    Wasm,
    /// The port to serve on.
    Port,
    /// Room on the disk.
    Disk,
    /// Memory.
    Memory,
}

/// Looks at the machine or at an app.
pub(super) fn doctor(arguments: &Doctor, output: &Output) -> Exit {
    let ProgramArgs {
        image,
        wasm,
        builtin,
    } = &arguments.program;
    if image.is_none() && wasm.is_none() && builtin.is_none() {
        return machine::examine(arguments, output);
    }
    app::examine(arguments, output)
}

/// Splits `KEY=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is no variable; write KEY=VALUE")),
    }
}
