//! Where two runs part. Rule: records are equal to the byte or they are not.

use crate::log::{Record, Records};

/// The first position at which two logs differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The position, from 0.
    pub seq: u64,
    /// What the first log has there; none when it ends before.
    pub first: Option<Record>,
    /// What the second log has there; none when it ends before.
    pub second: Option<Record>,
}

/// Returns where two logs first differ from position `from` on; none when they are the same.
pub fn first_divergence(first: &Records, second: &Records, from: u64) -> Option<Divergence> {
    let mut ours = first.since(from);
    let mut theirs = second.since(from);
    for seq in from.. {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (first, second) if first == second => {}
            (first, second) => {
                return Some(Divergence {
                    seq,
                    first: first.cloned(),
                    second: second.cloned(),
                });
            }
        }
    }
    None
}
