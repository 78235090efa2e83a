//! `wc`: counts the lines of every file below the input folder, in the order of their paths.

use super::{Job, Ran};

pub(super) fn run(job: &Job) -> Ran {
    let mut text = String::new();
    let mut total = 0;
    for (path, content) in job.inputs.iter() {
        let lines = content.iter().filter(|byte| **byte == b'\n').count();
        total += lines;
        text += &format!("{lines} {path}\n");
    }
    Ran::printing(format!("{text}{total} total"))
}
