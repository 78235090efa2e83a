//! The doctor: what it says of machines and of apps, and how it tells why results differ.

mod apps;
mod compare;
mod machine;

use std::path::Path;

use crate::program::{emulate_in, told};

/// Runs `emulate doctor` in `folder` and returns its exit code, its result and its notes.
fn doctor(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    told(&emulate_in(folder, &[&["doctor"], words].concat()))
}
