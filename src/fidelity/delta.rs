//! Differences between versions of PoCo that are meant to be. Rule: every one names its reason, and
//! how it would show; one that nobody declared is a failure.

use super::{Difference, Place};

/// A difference between the built-in contracts, which follow PoCo 6.2.0, and an older version.
#[derive(Copy, Clone, Debug)]
pub struct Delta {
    /// The first version that behaves as the built-in contracts do.
    pub since: (u64, u64, u64),
    /// What was changed.
    pub what: &'static str,
    /// How a run shows it.
    pub shows: &'static str,
    explains: fn(&Difference) -> bool,
}

/// All declared differences.
pub const DELTAS: &[Delta] = &[
    Delta {
        since: (6, 2, 0),
        what: "matchOrders ignores the framework bits (1, 2, 3) of a dataset order's tag",
        shows: "a deal here, a refusal with iExecV5-matchOrders-0x06 there",
        explains: |found| {
            let refused_there = matches!(
                found.place,
                Place::Event {
                    ours: Some("Transfer" | "OrdersMatched" | "TaskRequested"),
                    theirs: Some("Revert"),
                    ..
                }
            );
            refused_there && found.theirs == "Revert"
        },
    },
    Delta {
        since: (6, 2, 0),
        what: "receiveApproval carries out what it is given besides the tokens: matchOrders only, by the requester only",
        shows: "a refusal with UnsupportedOperation, CallerIsNotTheRequester or OperationFailed here, a deposit there",
        explains: |found| {
            let words = [
                "UnsupportedOperation",
                "CallerIsNotTheRequester",
                "OperationFailed",
            ];
            found.field == "reason" && words.iter().any(|word| found.ours.contains(word))
        },
    },
    Delta {
        since: (6, 2, 0),
        what: "a callback is given 200,000 gas instead of 100,000",
        shows: "nothing in the log; a callback contract that needs more than 100,000 gas keeps nothing there",
        explains: |_| false,
    },
    Delta {
        since: (6, 2, 0),
        what: "the refusal of a deposit is spelt failed-transferFrom, not failled-transferFrom",
        shows: "the reason of a refused deposit, for tokens that return false",
        explains: |found| {
            found.field == "reason"
                && found.ours.contains("failed-transferFrom")
                && found.theirs == found.ours.replace("failed", "failled")
        },
    },
    Delta {
        since: (6, 2, 0),
        what: "the registries are built on another version of OpenZeppelin's ERC-721",
        shows: "the words in which a registry refuses a transfer of an entry",
        explains: |found| {
            found.field == "reason"
                && found.ours.starts_with("ERC721")
                && found.theirs.starts_with("ERC721")
        },
    },
];

impl Delta {
    /// Tells whether a build of this version, if it says one, behaves in the other way.
    pub fn is_between(&self, version: Option<&str>) -> bool {
        version
            .and_then(parse)
            .is_some_and(|version| version < self.since)
    }

    /// Tells whether this is the reason for a difference.
    pub fn explains(&self, found: &Difference) -> bool {
        (self.explains)(found)
    }
}

/// Reads `6.1.0`, and `6.2.0-rc.1` as 6.2.0.
fn parse(version: &str) -> Option<(u64, u64, u64)> {
    let release = version.split(['-', '+']).next()?;
    let mut numbers = release.split('.').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some((next()?, next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_none_is_not_older() {
        let delta = &DELTAS[0];
        assert!(delta.is_between(Some("6.1.0")));
        assert!(delta.is_between(Some("6.1.99-rc.1")));
        assert!(!delta.is_between(Some("6.2.0")));
        assert!(!delta.is_between(Some("10.0.0")));
        assert!(!delta.is_between(Some("next")));
        assert!(!delta.is_between(None));
    }
}
