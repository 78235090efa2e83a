//! `sha256`: prints the SHA-256 of every file below the input folder, as `sha256sum` would.

use alloy_primitives::hex;
use sha2::{Digest, Sha256};

use super::{Job, Ran};

pub(super) fn run(job: &Job) -> Ran {
    let mut text = String::new();
    for (path, content) in job.inputs.iter() {
        let digest = hex::encode(Sha256::digest(content));
        text += &format!("{digest}  {path}\n");
    }
    Ran {
        stdout: text,
        ..Ran::default()
    }
}
