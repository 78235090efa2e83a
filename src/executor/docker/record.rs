//! What containers left, kept in one file, so that a scenario can be played where there is no
//! docker. The file is a zip archive: `record.json` says what was run, `blobs/SHA256` hold contents.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _, Write as _},
};

use alloy_primitives::{B256, Bytes, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::executor::{
    Captured, Contained, Contract, Ended, Files, Image, Job, Oddities, OutcomeKind,
};

/// The version of the format.
const VERSION: u32 = 1;

/// The entry that says what was run.
const INDEX: &str = "record.json";

/// The most bytes the index, or one content, may have.
const ENTRY_BYTES_MAX: u64 = 1 << 30;

/// Why a record cannot be read or written.
#[derive(Debug, Error)]
pub enum RecordError {
    /// It is no archive.
    #[error("this is no record of docker runs: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// It cannot be read or written.
    #[error("the record cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// What it says cannot be understood.
    #[error("the record's index cannot be understood: {0}")]
    Index(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("the record has version {0}, this emulate reads version {VERSION}; record it again")]
    Version(u32),
    /// A content is missing or not what it should be.
    #[error("the record lacks the content {0}; record it again")]
    Blob(String),
}

/// What containers left.
#[derive(Clone, Debug, Default)]
pub struct Record {
    index: Index,
    blobs: BTreeMap<String, Bytes>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    version: u32,
    /// Digests by the names scenarios use.
    images: BTreeMap<String, String>,
    runs: Vec<Entry>,
}

/// What a run was of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    image: String,
    args: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, String>,
    inputs: String,
    era: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cpuset: Option<String>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    key: Key,
    task: String,
    worker: String,
    outcome: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exit: Option<i64>,
    stdout: Stream,
    stderr: Stream,
    files: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    directories: Vec<String>,
    #[serde(default, skip_serializing_if = "Oddities::is_empty")]
    oddities: Oddities,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream {
    content: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

impl Key {
    /// Returns the key of a job whose image has this digest.
    fn of(job: &Job, image: &str) -> Self {
        Self {
            image: image.to_owned(),
            args: job.args.clone(),
            env: job.env.clone(),
            inputs: hex::encode(job.inputs.digest()),
            era: match job.contract {
                Contract::V2 => "2018".to_owned(),
                Contract::V5 => "modern".to_owned(),
            },
            cpuset: job.place.cpuset.clone(),
        }
    }
}

impl Record {
    /// Returns how many runs it holds.
    pub fn len(&self) -> usize {
        self.index.runs.len()
    }

    /// Whether nothing was run.
    pub fn is_empty(&self) -> bool {
        self.index.runs.is_empty()
    }

    /// Keeps how a run ended.
    #[cfg_attr(not(feature = "docker"), expect(dead_code, reason = "nothing is run"))]
    pub(super) fn add(&mut self, job: &Job, image: &Image, ended: &Ended) {
        // An image that cannot be had has no digest, and that is a result too.
        let nothing = Contained {
            image: String::new(),
            exit: None,
            out_of_memory: false,
        };
        let contained = ended.contained.as_ref().unwrap_or(&nothing);
        let reference = image.reference.clone();
        self.index.images.insert(reference, contained.image.clone());
        let stream = |blobs: &mut BTreeMap<String, Bytes>, captured: &Captured| Stream {
            content: keep(blobs, &captured.bytes),
            truncated: captured.truncated,
        };
        let files = ended.files.iter();
        let entry = Entry {
            key: Key::of(job, &contained.image),
            task: job.task.to_string(),
            worker: job.worker.to_string(),
            outcome: word_of(&ended.kind),
            detail: ended.detail.clone(),
            exit: contained.exit,
            stdout: stream(&mut self.blobs, &ended.stdout),
            stderr: stream(&mut self.blobs, &ended.stderr),
            files: files
                .map(|(path, content)| (path.to_owned(), keep(&mut self.blobs, content)))
                .collect(),
            directories: ended.files.directories().map(str::to_owned).collect(),
            oddities: ended.oddities.clone(),
        };
        self.index.runs.push(entry);
    }

    /// Returns how a run like `job` ended: that of the same task and worker if there is one, else
    /// any of the same program and inputs, by a draw that is the same every time.
    pub(super) fn find(&self, job: &Job, image: &Image) -> Option<Result<Ended, RecordError>> {
        let digest = self.index.images.get(&image.reference)?;
        let key = Key::of(job, digest);
        let like: Vec<&Entry> = self
            .index
            .runs
            .iter()
            .filter(|run| run.key == key)
            .collect();
        let same = |run: &&&Entry| run.task == *job.task && run.worker == *job.worker;
        let drawn = || {
            use rand::Rng as _;
            let end = like.len();
            (end > 0).then(|| like[job.worker_stream().random_range(0..end)])
        };
        let run = like.iter().rev().find(same).copied().or_else(drawn)?;
        Some(self.ended(run))
    }

    fn ended(&self, run: &Entry) -> Result<Ended, RecordError> {
        let blob = |hash: &String| {
            let content = self.blobs.get(hash).cloned();
            content.ok_or_else(|| RecordError::Blob(hash.clone()))
        };
        let broken = |error: crate::executor::FilesError| RecordError::Blob(error.to_string());
        let mut files = Files::new();
        for directory in &run.directories {
            files.insert_directory(directory).map_err(broken)?;
        }
        for (path, hash) in &run.files {
            files.insert(path, blob(hash)?).map_err(broken)?;
        }
        let stream = |stream: &Stream| {
            Ok::<_, RecordError>(Captured {
                bytes: blob(&stream.content)?,
                truncated: stream.truncated,
            })
        };
        let kind = kind_of(&run.outcome).ok_or_else(|| RecordError::Blob(run.outcome.clone()))?;
        Ok(Ended {
            contained: (kind != OutcomeKind::ImageError).then(|| Contained {
                image: run.key.image.clone(),
                exit: run.exit,
                out_of_memory: kind == OutcomeKind::OutOfMemory,
            }),
            files,
            oddities: run.oddities.clone(),
            stdout: stream(&run.stdout)?,
            stderr: stream(&run.stderr)?,
            ..Ended::empty(kind, run.detail.clone())
        })
    }

    /// Reads a record from the bytes of its file.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when it is none, or not whole.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut archive = ZipArchive::new(Cursor::new(bytes))?;
        let mut index = Vec::new();
        archive
            .by_name(INDEX)?
            .take(ENTRY_BYTES_MAX)
            .read_to_end(&mut index)?;
        let index: Index = serde_json::from_slice(&index)?;
        if index.version != VERSION {
            return Err(RecordError::Version(index.version));
        }
        let mut blobs = BTreeMap::new();
        for at in 0..archive.len() {
            let entry = archive.by_index(at)?;
            let Some(hash) = entry.name()?.strip_prefix("blobs/").map(str::to_owned) else {
                continue;
            };
            let mut content = Vec::new();
            entry.take(ENTRY_BYTES_MAX).read_to_end(&mut content)?;
            if hash_of(&content) != hash {
                return Err(RecordError::Blob(hash));
            }
            blobs.insert(hash, content.into());
        }
        Ok(Self { index, blobs })
    }

    /// Returns the bytes of the record's file: the same runs give the same bytes.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when it is too large for an archive.
    pub fn write(&self) -> Result<Vec<u8>, RecordError> {
        let mut index = Index {
            version: VERSION,
            ..self.index.clone()
        };
        // In the order of what was run, not of what came to its end first.
        index.runs.sort_by(|a, b| {
            let key = |run: &Entry| (run.task.clone(), run.worker.clone(), run.key.clone());
            key(a).cmp(&key(b))
        });
        index.runs.dedup();
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o644);
        writer.start_file(INDEX, options)?;
        writer.write_all(&serde_json::to_vec_pretty(&index)?)?;
        for (hash, content) in &self.blobs {
            writer.start_file(format!("blobs/{hash}"), options)?;
            writer.write_all(content)?;
        }
        Ok(writer.finish()?.into_inner())
    }
}

fn keep(blobs: &mut BTreeMap<String, Bytes>, content: &Bytes) -> String {
    let hash = hash_of(content);
    blobs.entry(hash.clone()).or_insert_with(|| content.clone());
    hash
}

fn hash_of(content: &[u8]) -> String {
    hex::encode(B256::from_slice(&Sha256::digest(content)))
}

/// The word by which a record tells how a run ended.
fn word_of(kind: &OutcomeKind) -> String {
    kind.code().unwrap_or_else(|| "ok".to_owned())
}

fn kind_of(word: &str) -> Option<OutcomeKind> {
    if let Some(code) = word.strip_prefix("exit:") {
        return code.parse().ok().map(OutcomeKind::Exit);
    }
    Some(match word {
        "ok" => OutcomeKind::Ok,
        "timeout" => OutcomeKind::Timeout,
        "oom" => OutcomeKind::OutOfMemory,
        "output" => OutcomeKind::OutputError,
        "image" => OutcomeKind::ImageError,
        _ => return None,
    })
}
