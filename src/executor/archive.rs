//! Result archives: the same files give the same bytes, on every machine and at every time.
//!
//! Entries are stored, not compressed, since compressed bytes may change with the compressor; they
//! are sorted by path and carry a fixed time and fixed rights.

use std::io::{Cursor, Write};

use alloy_primitives::Bytes;
use rand::Rng;
use zip::{CompressionMethod, DateTime, System, ZipWriter, write::SimpleFileOptions};

use super::{Captured, Contract, Files, Job, Outcome, OutcomeKind};

/// Below this size the workers of 2018 handed over a single file as it was.
const SINGLE_FILE_BYTES: usize = 250 * 1024;

/// Returns what a worker uploads: the outputs of `outcome` and its standard streams as a zip
/// archive; the very archive that was voted on, if one was.
///
/// The modern contract leaves the streams out when the program failed. What a container prints is
/// never in it: programs print how long they took, and the archive of a run that is repeated has to
/// be the same.
pub fn pack(contract: Contract, outcome: &Outcome) -> Bytes {
    if let Some(archive) = &outcome.archive {
        return archive.clone();
    }
    let logs = match contract {
        _ if outcome.contained.is_some() => false,
        Contract::V2 => true,
        Contract::V5 => outcome.kind == OutcomeKind::Ok,
    };
    let files = match logs {
        true => with_streams(&outcome.outputs, &outcome.stdout, &outcome.stderr),
        false => outcome.outputs.clone(),
    };
    zip(&files, DateTime::DEFAULT)
}

/// Returns the archive a worker of 2018 would have voted on: a single small file as it is, else a
/// zip archive that carries the moment of packing, which no two workers share.
pub(super) fn as_in_2018(
    job: &Job,
    outputs: &Files,
    stdout: &Captured,
    stderr: &Captured,
) -> Bytes {
    let files = with_streams(outputs, stdout, stderr);
    let mut contents = files.iter().map(|(_, content)| content);
    if let (Some(only), None) = (contents.next(), contents.next())
        && only.len() < SINGLE_FILE_BYTES
    {
        return only.clone();
    }
    // The moment is drawn, not read: the same run packs the same archives.
    let mut stream = job.worker_stream();
    let mut below = |end: u8| stream.random_range(0..end);
    let (hour, minute, second) = (below(24), below(60), below(60));
    let moment = DateTime::from_date_and_time(2018, 6, 7, hour, minute, second);
    zip(&files, moment.unwrap_or(DateTime::DEFAULT))
}

/// The outputs, and what was printed as `stdout.txt` and `stderr.txt` when it is not empty.
fn with_streams(outputs: &Files, stdout: &Captured, stderr: &Captured) -> Files {
    let mut files = outputs.clone();
    for (name, stream) in [("stdout.txt", stdout), ("stderr.txt", stderr)] {
        // A directory of that name keeps its place; the stream is then left out.
        if !stream.bytes.is_empty() && !files.has_directory(name) {
            files
                .insert(name, stream.bytes.clone())
                .expect("a plain name that is no directory fits into any tree");
        }
    }
    files
}

/// Returns `files` as a zip archive in which every entry has the time `moment`.
fn zip(files: &Files, moment: DateTime) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files.iter() {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(moment)
            .unix_permissions(0o644)
            .system(System::Unix)
            .large_file(content.len() >= u32::MAX as usize);
        writer
            .start_file(path, options)
            .and_then(|()| Ok(writer.write_all(content)?))
            .expect("paths are unique and short, and memory takes every write");
    }
    let cursor = writer.finish().expect("memory takes every write");
    cursor.into_inner().into()
}
