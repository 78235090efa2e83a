//! Inputs on this machine: regular files below the directories a scenario may read, nothing else.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use alloy_primitives::Bytes;

use super::{InputError, Policy};

/// Reads the file at `path`; relative paths begin at the policy's base.
pub(super) fn read(policy: &Policy, path: &Path) -> Result<Bytes, InputError> {
    if let Some(embedded) = path.to_str().and_then(|path| policy.embedded.get(path)) {
        return Ok(embedded.clone());
    }
    let path = policy.base.join(path);
    let real = fs::canonicalize(&path).map_err(|error| unreadable(&path, &error))?;
    let allowed = |root: &PathBuf| fs::canonicalize(root).is_ok_and(|root| real.starts_with(root));
    if !policy.roots.iter().any(allowed) {
        let roots: Vec<String> = policy
            .roots
            .iter()
            .map(|root| root.display().to_string())
            .collect();
        return Err(InputError::Outside {
            path: real,
            roots: roots.join(", "),
        });
    }
    // Asked before opening: to open a pipe is to wait for its writer.
    let metadata = fs::metadata(&real).map_err(|error| unreadable(&real, &error))?;
    if !metadata.is_file() {
        return Err(InputError::NotAFile { path: real });
    }
    let mut content = Vec::new();
    File::open(&real)
        .and_then(|file| {
            file.take(policy.max_bytes.saturating_add(1))
                .read_to_end(&mut content)
        })
        .map_err(|error| unreadable(&real, &error))?;
    if content.len() as u64 > policy.max_bytes {
        return Err(InputError::TooLarge {
            uri: real.display().to_string(),
            limit: policy.max_bytes,
        });
    }
    Ok(content.into())
}

fn unreadable(path: &Path, error: &io::Error) -> InputError {
    let path = path.to_owned();
    if error.kind() == io::ErrorKind::NotFound {
        return InputError::Missing { path };
    }
    InputError::Unreadable {
        path,
        reason: error.to_string(),
    }
}
