//! Units: how durations, money, sizes, shares and factors are written. Rule: exact or refused;
//! a number without its unit is refused with the spellings that would be right.

mod arrival;
mod quantity;
mod uncertain;

pub use arrival::{Arrival, Rate};
pub use quantity::{Factor, Percent, Size, Times, WholePercent};
pub use uncertain::Uncertain;

use schemars::{Schema, SchemaGenerator, json_schema};
use std::time::Duration;

use super::document::{Diagnostic, Node, Reader, Setting, Value};
use crate::{
    amount::{AmountError, Nrlc},
    time::millis,
};

/// The longest duration: a hundred years.
const DURATION_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The unit is missing.
    #[error("`{0}` has no unit")]
    NoUnit(String),
    /// The unit is unknown here.
    #[error("`{unit}` is not a unit of {what}; there is {known}")]
    UnknownUnit {
        /// What was written.
        unit: String,
        /// What is measured.
        what: &'static str,
        /// The units there are.
        known: &'static str,
    },
    /// The number cannot be read.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// The number is below zero, and nothing measured here is.
    #[error("`{0}` is negative")]
    Negative(String),
    /// There are more decimals than are kept.
    #[error("`{text}` is too fine: at most {places} decimals are kept")]
    TooFine {
        /// What was written.
        text: String,
        /// How many decimals there may be.
        places: usize,
    },
    /// The number is too large.
    #[error("`{text}` is too large: {limit}")]
    TooLarge {
        /// What was written.
        text: String,
        /// What would fit.
        limit: &'static str,
    },
    /// The number is too small.
    #[error("`{text}` is too small: {limit}")]
    TooSmall {
        /// What was written.
        text: String,
        /// What would fit.
        limit: &'static str,
    },
    /// A range ends before it begins, or a spread exceeds its centre.
    #[error("`{0}` reaches below its beginning or below zero")]
    Reversed(String),
    /// Not money.
    #[error(transparent)]
    Money(#[from] AmountError),
    /// The word is unknown.
    #[error("`{text}` is not {what}")]
    Unreadable {
        /// What was written.
        text: String,
        /// What was expected.
        what: &'static str,
    },
}

/// A quantity written as a text with its unit.
/// Reads a span of time as scenarios write it: `"1h30m"`.
///
/// # Errors
///
/// What is wrong with it, and how it is written.
pub fn duration(text: &str) -> Result<std::time::Duration, String> {
    let parsed = <std::time::Duration as Unit>::parse(text);
    parsed.map_err(|error| format!("{error}; write it as 30s, 10m or 1h30m"))
}

pub(crate) trait Unit: Sized {
    /// What it is, with its article.
    const WHAT: &'static str;
    /// Two ways to write it right, with `#` for the number.
    const SPELLINGS: [&'static str; 2];

    /// Reads the text.
    fn parse(text: &str) -> Result<Self, UnitError>;

    /// Writes it so that it reads back the same.
    fn print(&self) -> String;
}

/// Reads a decimal number with at most `places` decimals, as an integer of its last place.
pub(crate) fn fixed(text: &str, places: usize) -> Result<u64, UnitError> {
    let wrong = || UnitError::NotANumber(text.to_owned());
    if text
        .strip_prefix('-')
        .is_some_and(|rest| fixed(rest, places).is_ok())
    {
        return Err(UnitError::Negative(text.to_owned()));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.starts_with('_') || (text.contains('.') && fraction.is_empty()) {
        return Err(wrong());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.chars().count() > places {
        if fraction.chars().any(|char| !char.is_ascii_digit()) {
            return Err(wrong());
        }
        return Err(UnitError::TooFine {
            text: text.to_owned(),
            places,
        });
    }
    let digits = whole.chars().filter(|char| *char != '_');
    let mut value = 0_u64;
    for char in digits.chain(format!("{fraction:0<places$}").chars()) {
        let digit = char.to_digit(10).ok_or_else(wrong)?;
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(u64::from(digit)))
            .ok_or_else(|| UnitError::TooLarge {
                text: text.to_owned(),
                limit: "nothing measured here is that large",
            })?;
    }
    Ok(value)
}

/// Writes an integer of thousandths with as many decimals as it needs.
pub(crate) fn thousandths(value: u64) -> String {
    let (whole, rest) = (value / 1000, value % 1000);
    let fraction = format!("{rest:03}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{whole}{point}{fraction}")
}

impl Unit for Duration {
    const WHAT: &'static str = "a duration";
    const SPELLINGS: [&'static str; 2] = ["#s", "#m"];

    /// Reads `30s`, `1h30m`, `1.5h`, `250ms`, `7d`; exact to the millisecond.
    fn parse(text: &str) -> Result<Self, UnitError> {
        const UNITS: &str = "`ms`, `s`, `m` or `min`, `h`, `d`";
        let too_large = || UnitError::TooLarge {
            text: text.to_owned(),
            limit: "the longest duration is 36500d",
        };
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(UnitError::NotANumber(text.to_owned()));
        }
        let mut total = 0_u64;
        while !rest.is_empty() {
            let unit_at = rest
                .find(char::is_alphabetic)
                .ok_or_else(|| UnitError::NoUnit(text.to_owned()))?;
            let (number, tail) = rest.split_at(unit_at);
            let end = tail
                .find(|char: char| !char.is_alphabetic())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            let unit_ms = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" | "min" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => {
                    return Err(UnitError::UnknownUnit {
                        unit: unit.to_owned(),
                        what: "time",
                        known: UNITS,
                    });
                }
            };
            let micro = fixed(number.trim(), 6)?;
            let part = u128::from(micro) * unit_ms;
            if part % 1_000_000 != 0 {
                return Err(UnitError::TooFine {
                    text: text.to_owned(),
                    places: 3,
                });
            }
            let part = u64::try_from(part / 1_000_000).map_err(|_| too_large())?;
            total = total.checked_add(part).ok_or_else(too_large)?;
            rest = tail.trim_start();
        }
        let span = Self::from_millis(total);
        if span > DURATION_MAX {
            return Err(too_large());
        }
        Ok(span)
    }

    fn print(&self) -> String {
        let mut rest = millis(*self);
        if rest == 0 {
            return "0s".to_owned();
        }
        let mut text = String::new();
        let units = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
            (1, "ms"),
        ];
        for (unit_ms, unit) in units {
            if rest >= unit_ms {
                text.push_str(&format!("{}{unit}", rest / unit_ms));
                rest %= unit_ms;
            }
        }
        text
    }
}

impl Unit for Nrlc {
    const WHAT: &'static str = "an amount of money";
    const SPELLINGS: [&'static str; 2] = ["# RLC", "# nRLC"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        Ok(text.parse()?)
    }

    fn print(&self) -> String {
        self.to_string()
    }
}

/// Reads a unit from a node; a bare number is answered with the right spellings.
fn read_unit<T: Unit>(node: &Node, reader: &mut Reader<'_>) -> Option<T> {
    let spelled = |number: &str| {
        let [one, other] = T::SPELLINGS.map(|spelling| spelling.replace('#', number));
        format!("write \"{one}\" or \"{other}\"")
    };
    let problem = match &node.value {
        Value::Text(text) => match T::parse(text) {
            Ok(read) => return Some(read),
            Err(UnitError::NoUnit(_) | UnitError::Money(AmountError::NoUnit(_))) => {
                let bare = format!("`{text}` is {} without its unit", T::WHAT);
                let number = text
                    .split_whitespace()
                    .last()
                    .filter(|word| is_number(word));
                let help = number.map_or_else(like::<T>, spelled);
                Diagnostic::error(node.span, bare).help(help)
            }
            Err(error) => Diagnostic::error(node.span, error.to_string()).help(like::<T>()),
        },
        Value::Integer(_) | Value::Float(_) => {
            let number = reader.written(node.span).trim().to_owned();
            // Where it comes from elsewhere, a reference or a flag stands in its place.
            let number = match (is_number(&number), node.scalar()) {
                (false, Some(scalar)) => scalar,
                _ => number,
            };
            let bare = format!("`{number}` is {} without its unit", T::WHAT);
            Diagnostic::error(node.span, bare).help(spelled(&number))
        }
        Value::Boolean(_) | Value::List(_) | Value::Table(_) => {
            return reader.expected(node, T::WHAT, &T::SPELLINGS[0].replace('#', "30"));
        }
    };
    reader.complain(problem);
    None
}

fn is_number(text: &str) -> bool {
    text.replace('_', "").parse::<f64>().is_ok()
}

/// How such a thing is written.
fn like<T: Unit>() -> String {
    let [one, other] = T::SPELLINGS.map(|spelling| spelling.replace('#', "30"));
    format!("{} is written like \"{one}\" or \"{other}\"", T::WHAT)
}

/// Makes units settings of the language.
macro_rules! settings {
    ($($type:ty),+ $(,)?) => { $(
        impl Setting for $type {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                read_unit(node, reader)
            }

            fn write(&self) -> Option<Node> {
                Some(Node::text(self.print()))
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                let examples = Self::SPELLINGS.map(|spelling| spelling.replace('#', "30"));
                json_schema!({ "type": "string", "examples": examples })
            }
        }
    )+ };
}

settings!(
    Duration,
    Nrlc,
    Percent,
    WholePercent,
    Factor,
    Times,
    Size,
    Arrival,
    Uncertain<Duration>,
    Uncertain<Factor>,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact_and_read_back_as_written() {
        let read = |text: &str| <Duration as Unit>::parse(text).map(millis);
        assert_eq!(read("1h30m"), Ok(5_400_000));
        assert_eq!(read("1.5h"), Ok(5_400_000));
        assert_eq!(read("50m10s"), Ok(3_010_000));
        assert_eq!(read("250 ms"), Ok(250));
        assert_eq!(read("7d"), Ok(604_800_000));
        for text in ["1h30m", "50m10s", "250ms", "7d", "0s", "1d2h3m4s5ms"] {
            assert_eq!(<Duration as Unit>::parse(text).unwrap().print(), text);
        }
    }

    #[test]
    fn what_is_no_duration_says_why() {
        let why = |text: &str| <Duration as Unit>::parse(text).unwrap_err().to_string();
        assert_eq!(why("30"), "`30` has no unit");
        assert_eq!(why("-1s"), "`-1` is negative");
        assert_eq!(why("--1s"), "`--1` is not a number");
        assert!(why("30 sec").contains("`sec` is not a unit of time"));
        assert!(why("0.0001s").contains("too fine"));
        assert!(why("40000d").contains("too large"));
        assert!(why("99999999999999999999d").contains("too large"));
        for wrong in ["", "s", "-1s", "1..2s", "1s x", "1e3s"] {
            assert!(<Duration as Unit>::parse(wrong).is_err(), "{wrong}");
        }
    }
}
