//! `hello NAME…`: greets.

use super::{Job, Ran};

pub(super) fn run(job: &Job) -> Ran {
    let name = match job.args.is_empty() {
        true => "world".to_owned(),
        false => job.args.join(" "),
    };
    Ran::printing(format!("Hello, {name}!"))
}
