//! `fill BYTES`: writes a file of that size, `fill.bin`, of bytes that are not all alike.

use super::{Job, Ran};

/// The most bytes one run may be asked for, whatever its limits.
const BYTES_MAX: u64 = 1 << 30;

pub(super) fn run(job: &Job) -> Ran {
    let size = match job.args.as_slice() {
        [size] => size.parse::<u64>().ok(),
        _ => None,
    };
    let Some(size) = size.filter(|size| *size <= BYTES_MAX) else {
        return Ran::misused("fill BYTES, at most 1073741824");
    };
    if size > job.limits.output_bytes {
        return Ran {
            exit: 1,
            stderr: "no space left\n".into(),
            ..Ran::default()
        };
    }
    let pattern = b"0123456789abcdef\n";
    let content = pattern.iter().copied().cycle();
    let content = content.zip(0..size).map(|(byte, _)| byte).collect();
    Ran {
        file: Some(("fill.bin", content)),
        ..Ran::printing(format!("{size} bytes"))
    }
}
