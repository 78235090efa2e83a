//! The doctor: what it says of machines and of apps, and how it tells why results differ.

mod apps;
mod compare;
mod machine;

use std::{path::Path, process::Command};

/// Runs `emulate doctor` in `folder` and returns its exit code, its result and its notes.
fn doctor(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_emulate"))
        .arg("doctor")
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}
