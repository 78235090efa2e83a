//! What was downloaded before, on disk: contents by their SHA-256, and what lay at which URI.
//!
//! Every file is written whole under another name and then renamed, and every content is verified
//! when read: a run killed at any moment leaves nothing that a later one could take for good.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use alloy_primitives::{B256, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::http::Version;

/// What lay at a URI when it was last asked.
#[derive(Serialize, Deserialize)]
struct Entry {
    uri: String,
    sha256: B256,
    etag: Option<String>,
    modified: Option<String>,
}

/// A directory of downloads.
pub(super) struct Cache<'a>(pub(super) &'a Path);

impl Cache<'_> {
    /// Returns what lay at `uri`, if it is still whole.
    pub(super) fn find(&self, uri: &str) -> Option<(Vec<u8>, Version)> {
        let entry = fs::read(self.entry_of(uri)).ok()?;
        let entry: Entry = serde_json::from_slice(&entry).ok()?;
        let content = fs::read(self.content_of(entry.sha256)).ok()?;
        let whole = Sha256::digest(&content)[..] == entry.sha256[..];
        let version = Version {
            etag: entry.etag,
            modified: entry.modified,
        };
        (whole && entry.uri == uri).then_some((content, version))
    }

    /// Keeps `content` as what lies at `uri`.
    pub(super) fn keep(&self, uri: &str, content: &[u8], version: Version) -> io::Result<()> {
        let sha256 = B256::from_slice(&Sha256::digest(content));
        let entry = Entry {
            uri: uri.into(),
            sha256,
            etag: version.etag,
            modified: version.modified,
        };
        let entry = serde_json::to_vec(&entry).map_err(io::Error::other)?;
        write_whole(&self.content_of(sha256), content)?;
        write_whole(&self.entry_of(uri), &entry)
    }

    fn content_of(&self, sha256: B256) -> PathBuf {
        self.0.join("sha256").join(hex::encode(sha256))
    }

    fn entry_of(&self, uri: &str) -> PathBuf {
        let name = hex::encode(Sha256::digest(uri));
        self.0.join("uri").join(name + ".json")
    }
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
