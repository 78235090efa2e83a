//! Amounts of RLC, exact: integers of nRLC inside, decimals only when read and written.

use std::{fmt, iter::Sum, ops::Neg, str::FromStr};

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

/// nRLC in one RLC.
pub const NRLC_PER_RLC: u64 = 1_000_000_000;

/// An amount of money in nRLC (10⁻⁹ RLC), never negative.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nrlc(pub u64);

/// A change of money in nRLC: what somebody earned or lost.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct NrlcChange(pub i64);

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The unit is missing.
    #[error("`{0}` has no unit; write `{0} RLC` or `{0} nRLC`")]
    NoUnit(String),
    /// The unit is neither RLC nor nRLC.
    #[error("`{0}` is not a unit of money; use `RLC` or `nRLC`")]
    UnknownUnit(String),
    /// The number cannot be read.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// There are more decimals than the unit divides into.
    #[error("`{0}` has more decimals than an nRLC can hold (RLC has nine, nRLC none)")]
    TooFine(String),
    /// The amount does not fit.
    #[error("`{0}` is more money than there can be")]
    TooLarge(String),
    /// The amount is below zero where that makes no sense.
    #[error("`{0}` is negative")]
    Negative(String),
}

impl Nrlc {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// All the RLC there is: 87 million.
    pub const SUPPLY: Self = Self::from_rlc(87_000_000);

    /// What stands for any price in a request: more than there can be, and room for sums.
    pub const ANY_PRICE: Self = Self(u64::MAX >> 8);

    /// Returns `rlc` whole RLC.
    ///
    /// # Panics
    ///
    /// When the amount exceeds `u64::MAX` nRLC.
    pub const fn from_rlc(rlc: u64) -> Self {
        Self(rlc * NRLC_PER_RLC)
    }

    /// Returns the sum, or `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Returns the sum, at most [`u64::MAX`] nRLC.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference, or `None` when `other` is more.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Returns this amount times `times`, or `None` when it does not fit.
    pub fn checked_mul(self, times: u64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }

    /// Returns the amount as contracts hold it, in nRLC.
    pub fn to_u256(self) -> U256 {
        U256::from(self.0)
    }

    /// Returns `percent` hundredths of this amount, rounded down as the contracts do.
    #[must_use]
    pub fn percent(self, percent: u64) -> Self {
        let share = u128::from(self.0) * u128::from(percent) / 100;
        Self(u64::try_from(share).unwrap_or(u64::MAX))
    }
}

impl NrlcChange {
    /// Returns this change plus a gain.
    #[must_use]
    pub fn gain(self, amount: Nrlc) -> Self {
        Self(self.0.saturating_add_unsigned(amount.0))
    }

    /// Returns this change minus a loss.
    #[must_use]
    pub fn lose(self, amount: Nrlc) -> Self {
        Self(self.0.saturating_sub_unsigned(amount.0))
    }
}

impl TryFrom<U256> for Nrlc {
    type Error = AmountError;

    /// Reads an amount as contracts hold it, in nRLC.
    fn try_from(amount: U256) -> Result<Self, AmountError> {
        let fits = u64::try_from(amount);
        fits.map(Self)
            .map_err(|_| AmountError::TooLarge(format!("{amount} nRLC")))
    }
}

impl From<Nrlc> for NrlcChange {
    fn from(amount: Nrlc) -> Self {
        Self::default().gain(amount)
    }
}

impl Neg for NrlcChange {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Nrlc {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

impl Sum for NrlcChange {
    fn sum<I: Iterator<Item = Self>>(changes: I) -> Self {
        Self(changes.fold(0, |sum, change| sum.saturating_add(change.0)))
    }
}

impl FromStr for Nrlc {
    type Err = AmountError;

    /// Reads `10 RLC`, `0.25 RLC`, `20_000 RLC`, `250 nRLC`.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let change: NrlcChange = text.parse()?;
        u64::try_from(change.0)
            .map(Self)
            .map_err(|_| AmountError::Negative(text.to_owned()))
    }
}

impl FromStr for NrlcChange {
    type Err = AmountError;

    /// Reads what [`Nrlc`] reads, with an optional sign.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let text = text.trim();
        let split = text
            .find(|char: char| char.is_alphabetic())
            .ok_or_else(|| AmountError::NoUnit(text.to_owned()))?;
        let (number, unit) = (text[..split].trim(), text[split..].trim());
        let decimals = match unit {
            "RLC" => 9,
            "nRLC" => 0,
            other => return Err(AmountError::UnknownUnit(other.to_owned())),
        };
        parse_fixed(number, decimals).map(Self)
    }
}

/// Reads a decimal number with at most `decimals` fractional digits as an integer of its last place.
fn parse_fixed(text: &str, decimals: usize) -> Result<i64, AmountError> {
    let not_a_number = || AmountError::NotANumber(text.to_owned());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let has_point = digits.contains('.');
    if whole.is_empty() || whole.starts_with('_') || (has_point && fraction.is_empty()) {
        return Err(not_a_number());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return Err(AmountError::TooFine(text.to_owned()));
    }
    let mut value: i128 = 0;
    let places = whole.chars().filter(|char| *char != '_');
    for char in places.chain(format!("{fraction:0<decimals$}").chars()) {
        let digit = char.to_digit(10).ok_or_else(not_a_number)?;
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(i128::from(digit)))
            .ok_or_else(|| AmountError::TooLarge(text.to_owned()))?;
    }
    let value = if negative { -value } else { value };
    i64::try_from(value).map_err(|_| AmountError::TooLarge(text.to_owned()))
}

impl fmt::Display for Nrlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_amount(f, false, self.0)
    }
}

impl fmt::Display for NrlcChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_amount(f, self.0 < 0, self.0.unsigned_abs())
    }
}

/// Writes RLC with as many decimals as are needed; below a millionth of an RLC, nRLC.
fn write_amount(f: &mut fmt::Formatter<'_>, negative: bool, nrlc: u64) -> fmt::Result {
    let sign = if negative { "-" } else { "" };
    let text = if nrlc > 0 && nrlc < 1_000 {
        format!("{sign}{nrlc} nRLC")
    } else {
        let (whole, rest) = (nrlc / NRLC_PER_RLC, nrlc % NRLC_PER_RLC);
        let fraction = format!("{rest:09}");
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction} RLC")
    };
    f.pad(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        let read = |text: &str| text.parse::<Nrlc>().map(|amount| amount.0);
        assert_eq!(read("10 RLC"), Ok(10_000_000_000));
        assert_eq!(read("1.00000001 RLC"), Ok(1_000_000_010));
        assert_eq!(read("20_000 RLC"), Ok(20_000_000_000_000));
        assert_eq!(read("250 nRLC"), Ok(250));
        assert_eq!(read("0.32175RLC"), Ok(321_750_000));
        assert_eq!("-0.3 RLC".parse(), Ok(NrlcChange(-300_000_000)));
    }

    #[test]
    fn what_is_not_an_amount_says_why() {
        let why = |text: &str| text.parse::<Nrlc>().unwrap_err().to_string();
        assert_eq!(why("10"), "`10` has no unit; write `10 RLC` or `10 nRLC`");
        assert!(why("10 ETH").contains("not a unit of money"));
        assert!(why("0.5 nRLC").contains("more decimals"));
        assert!(why("0.0000000001 RLC").contains("more decimals"));
        assert!(why("-1 RLC").contains("negative"));
        assert!(why("99999999999999999999 RLC").contains("more money"));
        for wrong in [
            "1.2.3 RLC",
            ". RLC",
            "1. RLC",
            "_1 RLC",
            "x1 RLC",
            "1e3 RLC",
            " RLC",
        ] {
            assert!(wrong.parse::<Nrlc>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn amounts_of_contracts_fit_or_say_so() {
        let amount = Nrlc::from_rlc(2);
        assert_eq!(Nrlc::try_from(amount.to_u256()), Ok(amount));
        assert!(Nrlc::try_from(U256::MAX).is_err());
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        assert_eq!(Nrlc::from_rlc(3).to_string(), "3 RLC");
        assert_eq!(Nrlc(321_750_000).to_string(), "0.32175 RLC");
        assert_eq!(Nrlc(10).to_string(), "10 nRLC");
        assert_eq!(Nrlc::ZERO.to_string(), "0 RLC");
        assert_eq!(NrlcChange(-300_000_000).to_string(), "-0.3 RLC");
    }

    #[test]
    fn every_amount_reads_back_as_written() {
        for nrlc in [0, 1, 999, 1_000, 1_001, 123_456_789, 87_000_000_000_000_000] {
            assert_eq!(Nrlc(nrlc).to_string().parse(), Ok(Nrlc(nrlc)));
        }
    }
}
