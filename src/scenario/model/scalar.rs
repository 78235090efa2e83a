//! Single values that are not quantities: moments, keys, hex, windows of time, ether.

use std::{fmt, str::FromStr, time::Duration};

use alloy_primitives::{B256, Bytes, hex};
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::scenario::{
    document::{Diagnostic, Node, Reader, Setting},
    unit::{Unit, UnitError, fixed},
};

/// Reads a value from a text by a function that says what is wrong.
fn read_text<T>(
    node: &Node,
    reader: &mut Reader<'_>,
    (what, example): (&str, &str),
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let Some(text) = node.as_text() else {
        return reader.expected(node, what, example);
    };
    match parse(text) {
        Ok(read) => Some(read),
        Err(wrong) => {
            reader.complain(
                Diagnostic::error(node.span, wrong).help(format!("for example {example}")),
            );
            None
        }
    }
}

/// A point in time on the calendar, in Unix seconds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Moment(pub u64);

impl Moment {
    /// 2025-01-01T00:00:00Z: a fixed day, so that block hashes never change.
    pub const DEFAULT: Self = Self(1_735_689_600);

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a date and time from 1970 on");
        let read = toml::value::Datetime::from_str(text).map_err(|_| wrong())?;
        let date = read.date.ok_or_else(wrong)?;
        let time = read.time.map_or((0, 0, 0), |time| {
            (time.hour, time.minute, time.second.unwrap_or(0))
        });
        let offset_minutes = match read.offset {
            Some(toml::value::Offset::Custom { minutes }) => i64::from(minutes),
            Some(toml::value::Offset::Z) | None => 0,
        };
        let days = days_since_1970(date.year.into(), date.month.into(), date.day.into());
        let seconds =
            days * 86_400 + i64::from(time.0) * 3_600 + i64::from(time.1) * 60 + i64::from(time.2)
                - offset_minutes * 60;
        u64::try_from(seconds).map(Self).map_err(|_| wrong())
    }
}

/// Days from 1970-01-01, by counting years from March so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a count of days from 1970-01-01; the inverse of [`days_since_1970`].
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0 / 86_400, self.0 % 86_400);
        let (year, month, day) = date_of(i64::try_from(days).unwrap_or(0));
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl Setting for Moment {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let what = ("a date and time", "2025-01-01T00:00:00Z");
        read_text(node, reader, what, Self::parse)
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(self.to_string()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["2025-01-01T00:00:00Z"] })
    }
}

/// A private key: `"0x…"`, 32 bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Key(pub B256);

impl Setting for Key {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let what = ("a private key", "\"0x59c6…\" (64 hexadecimal digits)");
        read_text(node, reader, what, |text| {
            let wrong = |_| "this is not a private key of 32 bytes in hexadecimal".to_owned();
            let key = B256::from_str(text).map_err(wrong)?;
            if secp256k1::SecretKey::from_byte_array(key.0).is_err() {
                return Err("this number is not a private key of the curve".to_owned());
            }
            Ok(Self(key))
        })
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(self.0.to_string()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^0x[0-9a-fA-F]{64}$" })
    }
}

/// Bytes as hexadecimal: `"0x2a"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hex(pub Bytes);

impl Setting for Hex {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read_text(node, reader, ("bytes", "\"0x2a\""), |text| {
            let digits = text
                .strip_prefix("0x")
                .ok_or_else(|| format!("`{text}` does not begin with `0x`"))?;
            let bytes = hex::decode(digits)
                .map_err(|_| format!("`{text}` is not pairs of hexadecimal digits"))?;
            Ok(Self(bytes.into()))
        })
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(self.0.to_string()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^0x([0-9a-fA-F]{2})*$" })
    }
}

/// Ether, in wei.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Wei(pub u128);

impl Wei {
    /// Reads an amount with its unit.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |wrong: UnitError| wrong.to_string();
        let at = text.find(char::is_alphabetic).ok_or_else(|| {
            format!("`{text}` has no unit; write \"{text} ETH\" or \"{text} wei\"")
        })?;
        let (number, unit) = text.split_at(at);
        match unit.trim() {
            // A billionth of an ether is fine enough for the gas of a test account.
            "ETH" => {
                let gwei = fixed(number.trim(), 9).map_err(wrong)?;
                Ok(Self(u128::from(gwei) * 1_000_000_000))
            }
            "gwei" => {
                let wei = fixed(number.trim(), 9).map_err(wrong)?;
                Ok(Self(wei.into()))
            }
            "wei" => Ok(Self(fixed(number.trim(), 0).map_err(wrong)?.into())),
            other => Err(format!(
                "`{other}` is not a unit of ether; there is `ETH`, `gwei`, `wei`"
            )),
        }
    }

    /// Writes it so that it reads back the same.
    pub(crate) fn print(self) -> String {
        const ETH: u128 = 1_000_000_000_000_000_000;
        if self.0.is_multiple_of(ETH) {
            format!("{} ETH", self.0 / ETH)
        } else if self.0.is_multiple_of(1_000_000_000) {
            let gwei = self.0 % ETH / 1_000_000_000;
            format!("{}.{gwei:09} ETH", self.0 / ETH)
        } else {
            format!("{} wei", self.0)
        }
    }
}

impl Setting for Wei {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let what = ("an amount of ether", "\"10 ETH\" or \"10 wei\"");
        read_text(node, reader, what, Self::parse)
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(self.print()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["10 ETH", "10 wei"] })
    }
}

/// A stretch of the run's time: `"5m .. 20m"`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its beginning, from the start of the run.
    pub from: Duration,
    /// Its end.
    pub to: Duration,
}

impl Setting for Window {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let what = ("a stretch of time", "\"5m .. 20m\"");
        read_text(node, reader, what, |text| {
            let (from, to) = text
                .split_once("..")
                .ok_or_else(|| format!("`{text}` has no end"))?;
            let read = |text: &str| {
                <Duration as Unit>::parse(text.trim()).map_err(|wrong| wrong.to_string())
            };
            let (from, to) = (read(from)?, read(to)?);
            if from >= to {
                return Err(format!("`{text}` ends before it begins"));
            }
            Ok(Self { from, to })
        })
    }

    fn write(&self) -> Option<Node> {
        let text = format!("{} .. {}", self.from.print(), self.to.print());
        Some(Node::text(text))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["5m .. 20m"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_days_of_the_calendar() {
        assert_eq!(Moment::parse("2025-01-01T00:00:00Z"), Ok(Moment::DEFAULT));
        assert_eq!(Moment::parse("2025-01-01"), Ok(Moment::DEFAULT));
        assert_eq!(
            Moment::parse("2025-01-01T02:00:00+02:00"),
            Ok(Moment::DEFAULT)
        );
        assert!(Moment::parse("1969-12-31T23:59:59Z").is_err());
        assert!(Moment::parse("12:00:00").is_err());
        for seconds in [0, 951_782_400, 1_735_689_600, 4_102_444_799] {
            let written = Moment(seconds).write().unwrap();
            assert_eq!(
                Moment::parse(written.as_text().unwrap()),
                Ok(Moment(seconds))
            );
        }
    }

    #[test]
    fn ether_reads_back_as_written() {
        for text in ["10 ETH", "0.500000000 ETH", "7 wei"] {
            let written = Wei::parse(text).unwrap().write().unwrap();
            assert_eq!(written.as_text(), Some(text));
        }
        assert!(Wei::parse("10").unwrap_err().contains("\"10 ETH\""));
    }
}
