//! `echo WORD…`: repeats its arguments.

use super::{Job, Ran};

pub(super) fn run(job: &Job) -> Ran {
    Ran::printing(job.args.join(" "))
}
