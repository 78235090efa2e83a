//! What a run yields for a column, exactly, and how it is written for programs and for people.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    amount::{NRLC_PER_RLC, NrlcChange},
    log::Ratio,
    report::text,
};

/// How many decimals of a fraction a file gets: seven more than the smallest unit of money has.
const PLACES_MAX: u32 = 16;

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A count, or a share between 0 and 1.
    Number(f64),
    /// Money.
    Money(NrlcChange),
    /// A span of time.
    Duration(Duration),
    /// Bytes.
    Size(u64),
    /// A mean that is no whole number of nRLC, milliseconds or bytes, or a count a float does not
    /// hold; in the unit of its column.
    Fraction(Ratio),
    /// True or false.
    Flag(bool),
    /// A text.
    Text(String),
    /// Nothing: there is no such value in this run.
    Nothing,
}

/// What the values of a column are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Counts.
    Count,
    /// Shares of a whole, and truths: what is estimated of both is a share.
    Share,
    /// Money, in RLC.
    Rlc,
    /// Time, in seconds.
    Seconds,
    /// Sizes, in bytes.
    Bytes,
    /// Words.
    Words,
}

impl Unit {
    /// Returns the unit as the head of a column names it; empty where there is none.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Rlc => " [RLC]",
            Self::Seconds => " [s]",
            Self::Bytes => " [B]",
            Self::Count | Self::Share | Self::Words => "",
        }
    }

    /// Writes an amount of this unit for people, to three digits or so.
    pub fn write(self, amount: f64) -> String {
        match self {
            Self::Share => format!("{} %", short(amount * 100.0)),
            Self::Rlc => format!("{} RLC", short(amount)),
            Self::Seconds => {
                let seconds = if amount >= 100.0 {
                    amount.round()
                } else {
                    amount
                };
                let span = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default();
                if seconds >= 100.0 {
                    text::span(span)
                } else {
                    format!("{} s", short(amount))
                }
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "sizes are whole, and rounding is what is wanted"
            )]
            Self::Bytes => text::size(amount.max(0.0) as u64),
            Self::Count | Self::Words => short(amount),
        }
    }
}

/// Writes a number to three digits or so, without zeros that say nothing.
pub(super) fn short(number: f64) -> String {
    let decimals = match number.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{number:.decimals$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    match text {
        "-0" => "0".to_owned(),
        _ => text.replace('-', "−"),
    }
}

/// Writes both ends of an interval with the unit once.
pub(super) fn interval(unit: Unit, (low, high): (f64, f64)) -> String {
    match unit {
        Unit::Share => format!("{} … {} %", short(low * 100.0), short(high * 100.0)),
        Unit::Rlc => format!("{} … {} RLC", short(low), short(high)),
        Unit::Count | Unit::Words | Unit::Seconds | Unit::Bytes => {
            format!("{} … {}", unit.write(low), unit.write(high))
        }
    }
}

impl Value {
    /// Returns the value as a number in its column's unit; none of texts and of nothing.
    #[expect(
        clippy::cast_precision_loss,
        reason = "estimates need no more digits than a float has"
    )]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Money(amount) => Some(amount.0 as f64 / NRLC_PER_RLC as f64),
            Self::Duration(span) => Some(span.as_secs_f64()),
            Self::Size(bytes) => Some(*bytes as f64),
            Self::Fraction(number) => Some(number.to_f64()),
            Self::Flag(yes) => Some(f64::from(u8::from(*yes))),
            Self::Text(_) | Self::Nothing => None,
        }
    }

    /// Returns the value as a field of a file, exactly, without its unit.
    pub fn exact(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Money(amount) => decimal(amount.0.unsigned_abs(), amount.0 < 0),
            Self::Duration(span) => {
                let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
                decimal(nanos, false)
            }
            Self::Size(bytes) => bytes.to_string(),
            Self::Fraction(number) => number.decimal(PLACES_MAX).0,
            Self::Flag(yes) => yes.to_string(),
            Self::Text(text) => text.clone(),
            Self::Nothing => String::new(),
        }
    }
}

/// Writes billionths as a decimal number.
fn decimal(billionths: u64, negative: bool) -> String {
    let sign = if negative { "-" } else { "" };
    let (whole, rest) = (billionths / NRLC_PER_RLC, billionths % NRLC_PER_RLC);
    let text = format!("{sign}{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_get_exact_numbers() {
        let money = |nrlc| Value::Money(NrlcChange(nrlc)).exact();
        assert_eq!(money(-300_000_000), "-0.3");
        assert_eq!(money(87_000_000_000_000_001), "87000000.000000001");
        assert_eq!(money(0), "0");
        assert_eq!(
            Value::Duration(Duration::from_millis(12_500)).exact(),
            "12.5"
        );
        assert_eq!(Value::Number(1.0 / 3.0).exact(), "0.3333333333333333");
        let fraction = |over, under| Value::Fraction(Ratio::new(over, under)).exact();
        assert_eq!(fraction(1, 3), "0.3333333333333333");
        assert_eq!(fraction(-1, 2_000_000_000), "-0.0000000005");
        assert_eq!(fraction((1 << 53) + 1, 1), "9007199254740993");
        assert_eq!(Value::Nothing.exact(), "");
    }

    #[test]
    fn people_get_three_digits_and_a_unit() {
        assert_eq!(Unit::Share.write(0.8653), "86.5 %");
        assert_eq!(Unit::Rlc.write(-0.3), "−0.3 RLC");
        assert_eq!(Unit::Rlc.write(1234.5), "1234 RLC");
        assert_eq!(Unit::Seconds.write(12.345), "12.3 s");
        assert_eq!(Unit::Seconds.write(3000.0), "50m");
        assert_eq!(Unit::Count.write(-0.000_01), "0");
    }
}
