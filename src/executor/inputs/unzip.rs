//! Zip archives to files, strictly.
//!
//! Every entry's description is judged before the first byte is unpacked, and sizes are counted
//! while unpacking, whatever the headers claim. An archive is unpacked whole or not at all.

mod name;

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use thiserror::Error;
use zip::{
    CompressionMethod, ZipArchive,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

pub use name::NameFault;

use crate::executor::{Files, FilesError};

/// More entries in a directory than this are not even looked at.
const ENTRIES_LOOKED_AT: usize = 100_000;

/// Archives may always grow to this size, however small they are: text of one word repeats well.
const GROWTH_FLOOR: u64 = 1 << 20;

/// How much an archive may unpack to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct UnzipLimits {
    /// Files and directories.
    pub entries: usize,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Bytes of all files together, as a multiple of the archive's size; 1 MiB is always allowed.
    pub ratio: u64,
}

impl Default for UnzipLimits {
    fn default() -> Self {
        Self {
            entries: 4096,
            bytes: 500_000_000,
            ratio: 200,
        }
    }
}

/// Why an archive is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnzipError {
    /// It does not begin as a zip archive does.
    #[error("not a zip archive")]
    NotAZip,
    /// Its structure does not hold together.
    #[error("the zip archive is broken: {0}")]
    Broken(String),
    /// It has too many entries.
    #[error("the zip archive has more than {limit} entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// The name of an entry is not one to unpack to.
    #[error("the zip archive has an entry {name:?}, which {fault}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// Two entries have the same name.
    #[error("the zip archive has two entries {name:?}")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Two names differ in case only.
    #[error("the zip archive has {first:?} and {second:?}, one file on many machines")]
    CaseCollision {
        /// The first name.
        first: String,
        /// The second name.
        second: String,
    },
    /// One entry lies below another that is a file.
    #[error("the zip archive has {name:?} as a file and as a directory")]
    FileAndDirectory {
        /// The name.
        name: String,
    },
    /// An entry is a symbolic link.
    #[error("the zip archive has a symbolic link {name:?}")]
    Link {
        /// Its name.
        name: String,
    },
    /// An entry is a device, a pipe or a socket.
    #[error("the zip archive has {name:?}, which is neither file nor directory (mode {mode:o})")]
    Special {
        /// Its name.
        name: String,
        /// Its Unix mode.
        mode: u32,
    },
    /// An entry is encrypted.
    #[error("the zip archive has an encrypted entry {name:?}")]
    Encrypted {
        /// Its name.
        name: String,
    },
    /// An entry is compressed in an uncommon way.
    #[error(
        "the zip archive has {name:?} compressed by {method}; stored and deflated are understood"
    )]
    Method {
        /// Its name.
        name: String,
        /// How it is compressed.
        method: String,
    },
    /// Two entries share bytes of the archive.
    #[error("the zip archive has entries that overlap or hide one another: {0}")]
    Overlap(String),
    /// It unpacks to too much.
    #[error("the zip archive unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// It unpacks to too much for its own size.
    #[error("the zip archive of {archive} bytes unpacks to more than {ratio} times its size")]
    Bomb {
        /// The archive's size.
        archive: u64,
        /// The limit.
        ratio: u64,
    },
    /// An entry does not hold what its description says.
    #[error("the zip archive's entry {name:?} does not hold what it says: {reason}")]
    Lies {
        /// Its name.
        name: String,
        /// What does not fit.
        reason: String,
    },
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// One entry, found to be harmless.
struct Entry {
    index: usize,
    path: String,
    directory: bool,
    size: u64,
}

/// Whether `bytes` begin as a zip archive does.
pub(super) fn looks_like_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Unpacks the archive `bytes`.
///
/// # Errors
/// When anything about it is suspicious; see [`UnzipError`].
pub fn unzip(bytes: &[u8], limits: UnzipLimits) -> Result<Files, UnzipError> {
    if !looks_like_zip(bytes) {
        return Err(UnzipError::NotAZip);
    }
    let heads = bytes.windows(4).filter(|window| *window == b"PK\x01\x02");
    if heads.take(ENTRIES_LOOKED_AT + 1).count() > ENTRIES_LOOKED_AT {
        return Err(UnzipError::TooManyEntries {
            limit: limits.entries,
        });
    }
    ends_as_it_should(bytes)?;
    let config = Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    let mut archive = Archive::with_config(config, Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > limits.entries {
        return Err(UnzipError::TooManyEntries {
            limit: limits.entries,
        });
    }
    let entries = judge(&mut archive)?;
    let most = Most::new(bytes.len() as u64, limits);
    let declared = entries
        .iter()
        .fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
    most.allows(declared)?;
    let mut files = Files::new();
    let mut unpacked = 0;
    for entry in &entries {
        if entry.directory {
            files.insert_directory(&entry.path).map_err(misplaced)?;
            continue;
        }
        let content = read(&mut archive, entry)?;
        unpacked += content.len() as u64;
        most.allows(unpacked)?;
        files.insert(&entry.path, content).map_err(misplaced)?;
    }
    Ok(files)
}

/// Checks that nothing lies between the directory, its end record and the end of the archive:
/// tools disagree on which directory counts when there are several.
fn ends_as_it_should(bytes: &[u8]) -> Result<(), UnzipError> {
    let broken = |reason: &str| Err(UnzipError::Broken(reason.into()));
    let Some(end) = bytes.windows(4).rposition(|window| window == b"PK\x05\x06") else {
        return broken("it has no end record");
    };
    let Some(record) = bytes[end..].first_chunk::<22>() else {
        return broken("its end record is cut short");
    };
    let short = |at: usize| usize::from(record[at]) | usize::from(record[at + 1]) << 8;
    let long = |at: usize| (short(at + 2) as u64) << 16 | short(at) as u64;
    if end + record.len() + short(20) != bytes.len() {
        return broken("there are bytes after its end");
    }
    let (size, start) = (long(12), long(16));
    let large = end >= 20 && bytes[end - 20..].starts_with(b"PK\x06\x07");
    if !large && start + size != end as u64 {
        return broken("there are bytes between its directory and its end");
    }
    Ok(())
}

/// How many bytes may come out.
struct Most {
    archive: u64,
    limits: UnzipLimits,
}

impl Most {
    fn new(archive: u64, limits: UnzipLimits) -> Self {
        Self { archive, limits }
    }

    fn allows(&self, bytes: u64) -> Result<(), UnzipError> {
        let UnzipLimits {
            bytes: limit,
            ratio,
            ..
        } = self.limits;
        if bytes > limit {
            return Err(UnzipError::TooLarge { limit });
        }
        if bytes > self.archive.saturating_mul(ratio).max(GROWTH_FLOOR) {
            let archive = self.archive;
            return Err(UnzipError::Bomb { archive, ratio });
        }
        Ok(())
    }
}

/// Judges every entry by its description, and all of them together.
fn judge(archive: &mut Archive<'_>) -> Result<Vec<Entry>, UnzipError> {
    let mut entries = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        entries.push(judge_one(archive, index)?);
    }
    unique(&entries)?;
    if archive.has_duplicate_names() {
        let name = "a name twice in the directory".to_owned();
        return Err(UnzipError::Duplicate { name });
    }
    archive
        .validate_header_consistency()
        .map_err(|error| UnzipError::Overlap(plain(&error)))?;
    Ok(entries)
}

fn judge_one(archive: &Archive<'_>, index: usize) -> Result<Entry, UnzipError> {
    let described = archive.by_index_data(index).map_err(broken)?;
    let name = name::read(described.name_raw(), described.name().ok().as_deref())?;
    let mode = described.external_attributes() >> 16;
    let directory = name.ends_with('/');
    match mode & 0o170_000 {
        0 | 0o100_000 if !directory => {}
        0 | 0o040_000 if directory => {}
        0o120_000 => return Err(UnzipError::Link { name }),
        _ => return Err(UnzipError::Special { name, mode }),
    }
    if described.encrypted() {
        return Err(UnzipError::Encrypted { name });
    }
    let method = described.compression();
    if !matches!(
        method,
        CompressionMethod::Stored | CompressionMethod::Deflated
    ) {
        let method = method.to_string();
        return Err(UnzipError::Method { name, method });
    }
    Ok(Entry {
        index,
        size: described.size(),
        directory,
        path: name.trim_end_matches('/').to_owned(),
    })
}

/// Refuses names that would meet on some machine: twice the same, or the same but for case.
fn unique(entries: &[Entry]) -> Result<(), UnzipError> {
    let mut seen: BTreeMap<String, (&str, bool)> = BTreeMap::new();
    let mut paths = BTreeMap::new();
    for entry in entries {
        let name = entry.path.clone();
        match paths.insert(&entry.path, entry.directory) {
            Some(directory) if directory != entry.directory => {
                return Err(UnzipError::FileAndDirectory { name });
            }
            Some(_) => return Err(UnzipError::Duplicate { name }),
            None => {}
        }
        let inner = entry.path.match_indices('/').map(|(at, _)| (at, true));
        for (end, directory) in inner.chain([(entry.path.len(), entry.directory)]) {
            let part = &entry.path[..end];
            match seen.insert(part.to_lowercase(), (part, directory)) {
                Some((first, _)) if first != part => {
                    return Err(UnzipError::CaseCollision {
                        first: first.into(),
                        second: part.into(),
                    });
                }
                Some((_, earlier)) if earlier != directory => {
                    let name = part.to_owned();
                    return Err(UnzipError::FileAndDirectory { name });
                }
                Some(_) | None => {}
            }
        }
    }
    Ok(())
}

/// Unpacks one file, at most the size it declares; its checksum is verified.
fn read(archive: &mut Archive<'_>, entry: &Entry) -> Result<Vec<u8>, UnzipError> {
    let lies = |reason: String| UnzipError::Lies {
        name: entry.path.clone(),
        reason,
    };
    let file = archive.by_index(entry.index);
    let file = file.map_err(|error| lies(plain(&error)))?;
    let mut content = Vec::new();
    file.take(entry.size + 1)
        .read_to_end(&mut content)
        .map_err(|error| lies(error.to_string()))?;
    match content.len() as u64 == entry.size {
        true => Ok(content),
        false => Err(lies(format!("it declares {} bytes", entry.size))),
    }
}

fn broken(error: ZipError) -> UnzipError {
    UnzipError::Broken(plain(&error))
}

/// What the library says, without its own prefixes.
fn plain(error: &ZipError) -> String {
    let text = error.to_string();
    let text = text.trim_start_matches("invalid Zip archive: ");
    text.trim_start_matches("header inconsistency detected: ")
        .to_owned()
}

fn misplaced(error: FilesError) -> UnzipError {
    UnzipError::Broken(error.to_string())
}
