//! Rules that can be broken on purpose, to see what they are good for and that breaking them is found.
//! Rule: a model without a flaw, which is every model nobody asked to break, never comes here.

use super::Model;

/// A rule of the protocol that does not hold in a model.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Winners are paid whether they revealed or not.
    PayUnrevealed,
    /// A claim frees the requester's money, and forgets the stakes of the workers.
    ForgetStakes,
    /// The scheduler may open the vote again whenever it likes.
    ReopenUnchecked,
}

impl Flaw {
    /// Returns what is wrong, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::PayUnrevealed => "winners are paid whether they revealed or not",
            Self::ForgetStakes => "a claim forgets the stakes of the workers",
            Self::ReopenUnchecked => "the scheduler may open the vote again whenever it likes",
        }
    }
}

impl Model {
    /// Breaks a rule from now on.
    pub fn break_rule(&mut self, flaw: Flaw) {
        self.flaw = Some(flaw);
    }

    pub(super) fn has_flaw(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}
