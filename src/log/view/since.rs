//! Which record a value comes from. Rule: rows are written to through [`touch`], which compares what
//! can be read of them before and after, so that a record that changes nothing is never named and
//! one that changes something is never forgotten.

use std::{
    num::NonZero,
    ops::{Deref, DerefMut},
};

/// The place of one record in the log, if there is one; no larger than the number itself.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Mark(Option<NonZero<u64>>);

impl Mark {
    fn at(seq: u64) -> Self {
        Self(NonZero::new(seq.saturating_add(1)))
    }

    fn seq(self) -> Option<u64> {
        self.0.map(|after| after.get() - 1)
    }
}

/// Since when a value is as it is.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Since {
    /// The record that last changed it; none while it is as it began.
    pub changed: Option<u64>,
    /// The record that began its row.
    pub began: Option<u64>,
}

impl Since {
    /// Returns the record that made it what it is.
    pub(crate) fn record(self) -> Option<u64> {
        self.changed.or(self.began)
    }
}

/// The records the values of one row come from, in the order of its fields.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sources<const N: usize> {
    began: Mark,
    changed: [Mark; N],
}

impl<const N: usize> Default for Sources<N> {
    fn default() -> Self {
        Self {
            began: Mark::default(),
            changed: [Mark::default(); N],
        }
    }
}

/// A row that knows where its values come from.
pub(crate) trait Sourced<const N: usize> {
    /// What can be read of it, as paths call it.
    const FIELDS: [&'static str; N];

    /// Returns what stands for each of the values now: equal as long as the value is equal.
    fn readings(&self) -> [i128; N];

    /// Returns the records they come from.
    fn sources(&self) -> &Sources<N>;

    /// Returns the records they come from, for writing.
    fn sources_mut(&mut self) -> &mut Sources<N>;

    /// Returns since when a value is as it is.
    fn source(&self, field: &str) -> Since {
        let at = Self::FIELDS.iter().position(|known| *known == field);
        let sources = self.sources();
        Since {
            changed: at.and_then(|at| sources.changed[at].seq()),
            began: sources.began.seq(),
        }
    }
}

/// Stands for a value that may be missing.
pub(crate) fn reading(value: Option<impl Into<i128>>) -> i128 {
    value.map_or(i128::MIN, Into::into)
}

/// Returns a row for writing on behalf of a record.
pub(crate) fn touch<T: Sourced<N>, const N: usize>(row: &mut T, seq: u64) -> Touched<'_, T, N> {
    let before = row.readings();
    Touched { row, before, seq }
}

/// A row while a record changes it.
pub(crate) struct Touched<'a, T: Sourced<N>, const N: usize> {
    row: &'a mut T,
    before: [i128; N],
    seq: u64,
}

impl<T: Sourced<N>, const N: usize> Deref for Touched<'_, T, N> {
    type Target = T;

    fn deref(&self) -> &T {
        self.row
    }
}

impl<T: Sourced<N>, const N: usize> DerefMut for Touched<'_, T, N> {
    fn deref_mut(&mut self) -> &mut T {
        self.row
    }
}

impl<T: Sourced<N>, const N: usize> Drop for Touched<'_, T, N> {
    fn drop(&mut self) {
        let after = self.row.readings();
        let mark = Mark::at(self.seq);
        let sources = self.row.sources_mut();
        if sources.began == Mark::default() {
            sources.began = mark;
        }
        for ((before, after), changed) in self.before.iter().zip(after).zip(&mut sources.changed) {
            if *before != after {
                *changed = mark;
            }
        }
    }
}
