//! What is done, run by run, in a file that only grows. Rule: a line counts when it is whole; what
//! a machine that stopped has left behind the last whole line is cut off.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

use crate::{
    cli::{Output, whole},
    report::sweep::Row,
};

/// The form of the lines. Raised whenever a reader would misunderstand them.
const FORMAT: u32 = 1;

/// So many rows may be lost when the machine, not just the program, stops.
const ROWS_PER_SYNC: usize = 64;

/// Whose runs the journal holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    emulate_sweep: u32,
    scenario: B256,
}

/// Why there is no journal.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    /// The file system refuses.
    #[error("{path} cannot be written: {source}")]
    Io {
        /// The journal.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// Another process writes it.
    #[error("{path} is being written by another sweep; wait for it, or choose another --out")]
    Busy {
        /// The journal.
        path: String,
    },
}

impl JournalError {
    /// Tells it, and returns whether the sweep can do without a journal: a disk that is full is no
    /// reason to make no runs, whose summary needs none.
    pub(super) fn tell(&self, output: &Output) -> bool {
        match self {
            Self::Io { path, source } => {
                output.unwritten(path, source);
                whole::is_no_room(source)
            }
            Self::Busy { .. } => {
                output.error(&format!("error: {self}"));
                false
            }
        }
    }
}

/// What a journal held when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing: it is new.
    Nothing,
    /// Runs of this very sweep.
    Same,
    /// Runs of another scenario, or of another version of this program; they are gone.
    Other,
}

/// An open journal.
pub(super) struct Journal {
    path: PathBuf,
    writer: Mutex<Writer>,
}

struct Writer {
    file: File,
    unsynced: usize,
    /// Why nothing is written any more.
    failure: Option<io::Error>,
}

impl Journal {
    /// Returns where the journal of a table lies.
    pub(super) fn beside(csv: &Path) -> PathBuf {
        let mut name = csv.file_name().unwrap_or_default().to_owned();
        name.push(".journal");
        csv.with_file_name(name)
    }

    /// Opens the journal beside `csv` for the sweep with this digest, and returns the runs it
    /// holds; `fresh` forgets them.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the file cannot be had.
    pub(super) fn open(
        csv: &Path,
        scenario: B256,
        fresh: bool,
    ) -> Result<(Self, Vec<Row>, Found), JournalError> {
        let path = Self::beside(csv);
        let shown = || path.display().to_string();
        let failed = |source| JournalError::Io {
            path: shown(),
            source,
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut options = File::options();
        let opened = options.read(true).write(true).create(true).truncate(false);
        let mut file = opened.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(JournalError::Busy { path: shown() }),
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let head = Head {
            emulate_sweep: FORMAT,
            scenario,
        };
        let (rows, whole, found) = match fresh {
            true => (Vec::new(), 0, Found::Nothing),
            false => read(&bytes, &head),
        };
        file.set_len(whole as u64).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let journal = Self {
            writer: Mutex::new(Writer {
                file,
                unsynced: 0,
                failure: None,
            }),
            path: path.clone(),
        };
        if whole == 0 {
            journal.write(&head);
        }
        Ok((journal, rows, found))
    }

    /// Adds a run. After the first that could not be added none is: [`Journal::close`] tells why.
    /// Those before it count.
    pub(super) fn append(&self, row: &Row) {
        self.write(row);
    }

    /// Sees to it that everything is on the disk.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`] when anything could not be written since it was opened.
    pub(super) fn close(&self) -> Result<(), JournalError> {
        let mut writer = self.writer();
        let synced = match writer.failure.take() {
            Some(failure) => Err(failure),
            None => writer.file.sync_all(),
        };
        writer.unsynced = 0;
        synced.map_err(|source| JournalError::Io {
            path: self.path.display().to_string(),
            source,
        })
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, Writer> {
        // A thread that panicked between two writes has left whole lines.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, line: &impl Serialize) {
        let text = serde_json::to_string(line).map_err(io::Error::other);
        let mut writer = self.writer();
        let writer = &mut *writer;
        if writer.failure.is_some() {
            return;
        }
        let written = text.and_then(|text| {
            let sum = crc32fast::hash(text.as_bytes());
            writer
                .file
                .write_all(format!("{sum:08x} {text}\n").as_bytes())?;
            writer.unsynced += 1;
            if writer.unsynced >= ROWS_PER_SYNC {
                writer.unsynced = 0;
                writer.file.sync_data()?;
            }
            Ok(())
        });
        if let Err(error) = written {
            writer.failure.get_or_insert(error);
        }
    }
}

/// Reads the lines up to the first that is not whole: rows, bytes that count, and what they are.
fn read(bytes: &[u8], head: &Head) -> (Vec<Row>, usize, Found) {
    let mut rows = Vec::new();
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = checked(line) else { break };
        if whole == 0 {
            if serde_json::from_str::<Head>(text).ok().as_ref() != Some(head) {
                return (Vec::new(), 0, Found::Other);
            }
        } else {
            match serde_json::from_str(text) {
                Ok(row) => rows.push(row),
                Err(_) => break,
            }
        }
        whole += line.len();
    }
    let found = match (bytes.is_empty(), whole) {
        (true, _) => Found::Nothing,
        (false, 0) => Found::Other,
        (false, _) => Found::Same,
    };
    (rows, whole, found)
}

/// Returns the text of a line that ends and whose sum is right.
fn checked(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (sum, text) = line.split_once(' ')?;
    let sum = u32::from_str_radix(sum, 16).ok()?;
    (sum == crc32fast::hash(text.as_bytes())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        amount::NrlcChange,
        report::{Standing, sweep::Value},
    };

    fn row(seed: u64) -> Row {
        Row {
            cell: 3,
            seed,
            values: vec![
                Value::Number(0.2),
                Value::Money(NrlcChange(-5)),
                Value::Nothing,
            ],
            standing: Standing::Passed,
            held: vec![Some(true), None],
            digest: B256::repeat_byte(7),
        }
    }

    #[test]
    fn a_journal_cut_anywhere_keeps_every_whole_run() {
        let folder = tempfile::tempdir().unwrap();
        let csv = folder.path().join("a.csv");
        let (journal, rows, found) = Journal::open(&csv, B256::ZERO, false).unwrap();
        assert_eq!((rows.len(), found), (0, Found::Nothing));
        for seed in 0..3 {
            journal.append(&row(seed));
        }
        journal.close().unwrap();
        drop(journal);
        let path = folder.path().join("a.csv.journal");
        let bytes = fs::read(&path).unwrap();
        let ends: Vec<usize> = (1..=bytes.len())
            .filter(|at| bytes[at - 1] == b'\n')
            .collect();
        for cut in 0..=bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            let (journal, rows, _) = Journal::open(&csv, B256::ZERO, false).unwrap();
            let lines = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(
                rows,
                (0..3)
                    .map(row)
                    .take(lines.saturating_sub(1))
                    .collect::<Vec<_>>()
            );
            // What is added after the cut is read the next time.
            journal.append(&row(9));
            drop(journal);
            let (_, again, _) = Journal::open(&csv, B256::ZERO, false).unwrap();
            assert_eq!(again.last(), Some(&row(9)), "cut at {cut}");
        }
    }

    #[test]
    fn the_journal_of_another_scenario_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let csv = folder.path().join("a.csv");
        let open = |digest| Journal::open(&csv, digest, false).unwrap();
        let (journal, ..) = open(B256::ZERO);
        journal.append(&row(1));
        drop(journal);
        let (journal, rows, found) = open(B256::repeat_byte(1));
        assert_eq!((rows.len(), found), (0, Found::Other));
        assert!(matches!(
            Journal::open(&csv, B256::ZERO, false),
            Err(JournalError::Busy { .. })
        ));
        drop(journal);
        assert_eq!(open(B256::ZERO).2, Found::Other);
    }
}
