//! What differs between the outcomes of trials, file by file and byte by byte. Rule: what is voted
//! on decides; a file that differs and is not voted on is told, and harms nobody.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{B256, Bytes};

use super::{Cause, Change, Trial, cause::guess};
use crate::executor::{Basis, Outcome};

/// Where a run's file first differs from that of the first run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The run, counted from 0.
    pub run: usize,
    /// The first byte that differs, counted from 0; the shorter length when one file goes on.
    pub offset: usize,
    /// The byte in the first run; none past its end, or when the file is missing.
    pub first: Option<u8>,
    /// The byte in this run.
    pub here: Option<u8>,
}

/// One output file over all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its path below the output folder.
    pub path: String,
    /// Its size in the first run that has it.
    pub bytes: usize,
    /// Where the runs differ from the first, in their order.
    pub differences: Vec<Difference>,
    /// Why they probably do; none when all are equal.
    pub cause: Option<Cause>,
}

/// What came of all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Every output file, by path.
    pub files: Vec<FileReport>,
    /// What each run would vote for; none for those that would not vote.
    pub digests: Vec<Option<B256>>,
    /// What the votes are about, in the first run.
    pub basis: Basis,
    /// Whether some run failed.
    pub failed: bool,
}

impl Comparison {
    /// Compares the outcomes of `trials`, in their order.
    pub fn of(trials: &[Trial], outcomes: &[Outcome]) -> Self {
        let paths: BTreeSet<&str> = outcomes
            .iter()
            .flat_map(|outcome| outcome.outputs.iter().map(|(path, _)| path))
            .collect();
        let files = paths.into_iter().map(|path| file(path, trials, outcomes));
        Self {
            files: files.collect(),
            digests: outcomes.iter().map(|outcome| outcome.digest).collect(),
            basis: outcomes
                .first()
                .map_or(Basis::Nothing, |outcome| outcome.basis),
            failed: outcomes.iter().any(|outcome| outcome.kind.code().is_some()),
        }
    }

    /// Returns how many runs voted for each result, the most first.
    pub fn votes(&self) -> Vec<(B256, usize)> {
        let mut votes: BTreeMap<B256, usize> = BTreeMap::new();
        for digest in self.digests.iter().flatten() {
            *votes.entry(*digest).or_default() += 1;
        }
        let mut votes: Vec<(B256, usize)> = votes.into_iter().collect();
        votes.sort_by_key(|(digest, count)| (std::cmp::Reverse(*count), *digest));
        votes
    }

    /// Returns whether honest workers would agree: every run votes, and for the same.
    pub fn agrees(&self) -> bool {
        self.digests.iter().all(Option::is_some) && self.votes().len() == 1
    }

    /// Returns the files that are the same in every run.
    pub fn stable(&self) -> impl Iterator<Item = &FileReport> {
        self.files.iter().filter(|file| file.differences.is_empty())
    }

    /// Returns the files that are not.
    pub fn unstable(&self) -> impl Iterator<Item = &FileReport> {
        self.files
            .iter()
            .filter(|file| !file.differences.is_empty())
    }
}

fn file(path: &str, trials: &[Trial], outcomes: &[Outcome]) -> FileReport {
    let contents: Vec<Option<&Bytes>> = outcomes
        .iter()
        .map(|outcome| outcome.outputs.get(path))
        .collect();
    let first = contents.first().copied().flatten();
    let differences: Vec<Difference> = (1..contents.len())
        .filter_map(|run| difference(run, first, contents[run]))
        .collect();
    let bytes = contents
        .iter()
        .flatten()
        .next()
        .map_or(0, |bytes| bytes.len());
    FileReport {
        path: path.to_owned(),
        bytes,
        cause: cause(trials, &contents, &differences),
        differences,
    }
}

fn difference(run: usize, first: Option<&Bytes>, here: Option<&Bytes>) -> Option<Difference> {
    let (one, other): (&[u8], &[u8]) = (
        first.map_or(&[], |bytes| bytes),
        here.map_or(&[], |bytes| bytes),
    );
    if one == other && first.is_some() == here.is_some() {
        return None;
    }
    let apart = one.iter().zip(other).position(|(a, b)| a != b);
    let offset = apart.unwrap_or(one.len().min(other.len()));
    Some(Difference {
        run,
        offset,
        first: one.get(offset).copied(),
        here: other.get(offset).copied(),
    })
}

/// Guesses why a file differs: from what was changed when that explains it, else from the bytes.
fn cause(
    trials: &[Trial],
    contents: &[Option<&Bytes>],
    differences: &[Difference],
) -> Option<Cause> {
    let first = differences.first()?;
    if contents.iter().any(Option::is_none) {
        return Some(Cause::Sometimes);
    }
    let changed = |difference: &Difference| trials.get(difference.run).map(|trial| trial.change);
    let is_still = |difference: &Difference| changed(difference) == Some(Change::Nothing);
    if let (Some(change), false) = (changed(first), differences.iter().any(is_still)) {
        // Two runs with nothing changed agree, so what was changed is the cause.
        return Some(Cause::Changed(change));
    }
    let (one, other) = (
        contents.first()?.as_ref()?,
        contents.get(first.run)?.as_ref()?,
    );
    let guessed = guess(one, other, first.offset);
    let is_known = guessed != Cause::Unknown;
    Some(if is_known {
        guessed
    } else {
        Cause::Changed(Change::Nothing)
    })
}
