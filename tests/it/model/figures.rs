//! What random stories came across: how often each call was accepted, and why it was refused.

use std::{collections::BTreeMap, fmt};

use emulate::protocol::{Refusal, model::Action};

/// Counts of calls by name and outcome.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    accepted: BTreeMap<String, u64>,
    refused: BTreeMap<String, u64>,
}

impl Figures {
    /// Counts a call.
    pub(crate) fn count<T>(&mut self, action: &Action, outcome: &Result<T, Refusal>) {
        let (counts, name) = match outcome {
            Ok(_) => (&mut self.accepted, variant(action)),
            Err(Refusal::Match(why)) => (&mut self.refused, variant(why)),
            Err(why) => (&mut self.refused, variant(why)),
        };
        *counts.entry(name).or_default() += 1;
    }

    /// Fails when a call was never accepted, or a reason of refusal never came up.
    pub(crate) fn must_cover(&self, accepted: &[&str], refused: &[&str]) {
        for name in accepted {
            assert!(self.accepted.contains_key(*name), "never: {name}\n{self}");
        }
        for name in refused {
            assert!(self.refused.contains_key(*name), "never: {name}\n{self}");
        }
    }
}

/// The name of an enum's variant, as `Debug` begins with it.
fn variant(value: &impl fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|char: char| !char.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, counts) in [("accepted", &self.accepted), ("refused", &self.refused)] {
            writeln!(f, "{title}: {}", counts.values().sum::<u64>())?;
            for (name, count) in counts {
                writeln!(f, "  {count:>7} {name}")?;
            }
        }
        Ok(())
    }
}

/// All calls of the hub the model knows.
pub(crate) const CALLS: [&str; 10] = [
    "Deposit",
    "Withdraw",
    "MatchOrders",
    "Initialize",
    "Contribute",
    "Reveal",
    "Reopen",
    "Finalize",
    "ContributeAndFinalize",
    "Claim",
];

/// All reasons of refusal a story can come across.
pub(crate) const REASONS: [&str; 33] = [
    "AlreadyContributed",
    "AlreadyRevealed",
    "BalanceTooLow",
    "Category",
    "Consumed",
    "ContributionDeadline",
    "FinalDeadline",
    "IndexOutsideDeal",
    "Malformed",
    "NoEnclave",
    "NoOwner",
    "NotAWinner",
    "NotAlone",
    "NotAuthorized",
    "NotPoolOwner",
    "NotVouchedFor",
    "NothingToReveal",
    "Overflow",
    "PoolTag",
    "Price",
    "Restricted",
    "RevealDeadline",
    "RevealsMissing",
    "TaskStatus",
    "TooEarlyToClaim",
    "TooEarlyToReopen",
    "Trust",
    "TrustNotOne",
    "Unauthentic",
    "UnknownCategory",
    "Unregistered",
    "WithdrawalTooLarge",
    "WrongCallback",
];
