//! `fail CODE`: ends with that exit code, 1 when none is given.

use super::{Job, Ran};

pub(super) fn run(job: &Job) -> Ran {
    let code = match job.args.as_slice() {
        [] => Some(1),
        [code] => code.parse::<u8>().ok(),
        _ => None,
    };
    match code {
        Some(0) => Ran::printing("asked to fail with code 0, which is no failure"),
        Some(code) => Ran {
            exit: code.into(),
            stderr: format!("failing with code {code} as asked\n"),
            ..Ran::default()
        },
        None => Ran::misused("fail CODE, from 0 to 255"),
    }
}
