//! The program as tests start it: the one binary, in whichever folder, with nothing of the
//! environment that would change what it prints.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// The program with nothing asked of it yet.
pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_emulate"));
    program.env("NO_COLOR", "1").env_remove("GITHUB_ACTIONS");
    program
}

/// Starts it in the folder of this package and waits for its end.
pub(crate) fn emulate(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// Starts it in `folder` and waits for its end.
pub(crate) fn emulate_in(folder: impl AsRef<Path>, arguments: &[&str]) -> Output {
    let mut program = program();
    program.args(arguments).current_dir(folder);
    program.output().unwrap()
}

/// Starts it beside a scenario that is called `x.toml`, in a folder of its own.
pub(crate) fn emulate_on(scenario: &str, arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.toml"), scenario).unwrap();
    emulate_in(&folder, arguments)
}

/// What it said on standard error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How it ended, what it printed, and what it said besides.
pub(crate) fn told(output: &Output) -> (Option<i32>, String, String) {
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), printed, said(output))
}
