//! Two texts are alike if one becomes the other by exchanging hashes and addresses. Rule: the
//! exchange is one-to-one for a whole pair of runs.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

/// Hashes and addresses in a text, and the names tasks get that nobody named: they are cut from
/// their hashes. Shorter numbers are no hashes; revert reasons have such, which must be equal.
static HASHES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("0x[0-9a-fA-F]{40,}|task-[0-9a-f]{8}").expect("the pattern is well-formed")
});

/// What is called how in the other run.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    forth: BTreeMap<String, String>,
    back: BTreeMap<String, String>,
}

impl Names {
    /// Tells whether two texts say the same, and learns from it what is called how.
    pub(super) fn are_alike(&mut self, ours: &str, theirs: &str) -> bool {
        let (mut mine, mut yours) = (HASHES.find_iter(ours), HASHES.find_iter(theirs));
        let (mut at, mut there) = (0, 0);
        loop {
            match (mine.next(), yours.next()) {
                (None, None) => return ours[at..] == theirs[there..],
                (Some(one), Some(other)) => {
                    let between = ours[at..one.start()] == theirs[there..other.start()];
                    if !between || !self.are_one(one.as_str(), other.as_str()) {
                        return false;
                    }
                    (at, there) = (one.end(), other.end());
                }
                (None, Some(_)) | (Some(_), None) => return false,
            }
        }
    }

    fn are_one(&mut self, ours: &str, theirs: &str) -> bool {
        // Addresses are written with the capitals of their checksum, and without.
        let (ours, theirs) = (ours.to_lowercase(), theirs.to_lowercase());
        if ours.len() != theirs.len() {
            return false;
        }
        match (self.forth.get(&ours), self.back.get(&theirs)) {
            (None, None) => {
                self.forth.insert(ours.clone(), theirs.clone());
                self.back.insert(theirs, ours);
                true
            }
            (known, _) => known == Some(&theirs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(digit: char) -> String {
        format!("0x{}", String::from(digit).repeat(64))
    }

    #[test]
    fn hashes_may_differ_as_long_as_they_do_so_everywhere() {
        let mut names = Names::default();
        let (a, b, c) = (hash('a'), hash('b'), hash('c'));
        assert!(names.are_alike(&format!("from {a} on"), &format!("from {b} on")));
        assert!(names.are_alike(&a.to_uppercase().replace("0X", "0x"), &b));
        assert!(!names.are_alike(&a, &c), "one thing here, two there");
        assert!(!names.are_alike(&c, &b), "two things here, one there");
        assert!(!names.are_alike(&a, "no hash"));
        assert!(!names.are_alike(&format!("{a} {a}"), &b));
    }

    #[test]
    fn zero_is_zero_and_reasons_are_compared_to_the_letter() {
        let mut names = Names::default();
        assert!(!names.are_alike("iExecV5-matchOrders-0x06", "iExecV5-matchOrders-0x07"));
        assert!(names.are_alike(&hash('0'), &hash('0')));
        assert!(!names.are_alike(&hash('0'), &hash('1')));
    }
}
