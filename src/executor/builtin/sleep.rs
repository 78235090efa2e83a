//! `sleep SPAN`: takes `10`, `10s`, `250ms`, `5m` or `1h` of the run's time, and none of yours.

use std::time::Duration;

use super::{Job, Ran};

pub(super) fn run(job: &Job) -> Ran {
    let span = match job.args.as_slice() {
        [] => Some(Duration::from_secs(1)),
        [span] => read(span),
        _ => None,
    };
    let Some(duration) = span else {
        return Ran::misused("sleep SPAN, such as 10s, 250ms, 5m or 1h");
    };
    Ran {
        duration: Some(duration),
        ..Ran::printing(format!("slept {} ms", duration.as_millis()))
    }
}

fn read(span: &str) -> Option<Duration> {
    let digits = span.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = span.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(factor)?;
    Some(Duration::from_millis(millis))
}
