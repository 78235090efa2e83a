//! `random`: a number that is different on every worker, so that none agrees with another.

use rand::RngCore;

use super::{Job, Ran};

pub(super) fn run(job: &Job) -> Ran {
    let mut stream = job.worker_stream();
    let (high, low) = (stream.next_u64(), stream.next_u64());
    Ran::printing(format!("{high:016x}{low:016x}"))
}
