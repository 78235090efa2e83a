//! Shares, factors and sizes. Rule: integers of the smallest part inside, decimals only outside.

use super::{Unit, UnitError, fixed, thousandths};

/// A share, in thousandths of a percent: `"2.5%"` is 2500.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u64);

impl Percent {
    /// Everything.
    pub const ALL: Self = Self(100_000);

    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Returns the share as a number between 0 and 1.
    pub fn fraction(self) -> f64 {
        self.0 as f64 / 100_000.0
    }
}

/// A share as the contracts keep it: whole hundredths, at most all of it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WholePercent(pub u64);

/// A factor, in thousandths: `"0.5x"` is 500.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(pub u64);

impl Factor {
    /// As it is.
    pub const ONE: Self = Self(1000);

    /// Returns the factor as a number.
    pub fn value(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// A whole factor, as the contracts keep it: `"7x"` is 7.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Times(pub u64);

/// A size in bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// Takes the unit off the end of a text.
fn without<'t>(
    text: &'t str,
    unit: &'static str,
    what: &'static str,
) -> Result<&'t str, UnitError> {
    let text = text.trim();
    if let Some(number) = text.strip_suffix(unit) {
        return Ok(number.trim_end());
    }
    match text.find(|char: char| !char.is_ascii_digit() && char != '.' && char != '_') {
        Some(at) if at > 0 => Err(UnitError::UnknownUnit {
            unit: text[at..].trim().to_owned(),
            what,
            known: unit,
        }),
        Some(_) => Err(UnitError::NotANumber(text.to_owned())),
        None => Err(UnitError::NoUnit(text.to_owned())),
    }
}

impl Unit for Percent {
    const WHAT: &'static str = "a share";
    const SPELLINGS: [&'static str; 2] = ["#%", "#.5%"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        let share = Self(fixed(without(text, "%", "a share")?, 3)?);
        if share > Self::ALL {
            return Err(UnitError::TooLarge {
                text: text.to_owned(),
                limit: "a share is at most 100%",
            });
        }
        Ok(share)
    }

    fn print(&self) -> String {
        format!("{}%", thousandths(self.0))
    }
}

impl Unit for WholePercent {
    const WHAT: &'static str = "a whole share";
    const SPELLINGS: [&'static str; 2] = ["#%", "# %"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        let share = Self(fixed(without(text, "%", "a share")?, 0)?);
        if share.0 > 100 {
            return Err(UnitError::TooLarge {
                text: text.to_owned(),
                limit: "a share is at most 100%",
            });
        }
        Ok(share)
    }

    fn print(&self) -> String {
        format!("{}%", self.0)
    }
}

impl Unit for Factor {
    const WHAT: &'static str = "a factor";
    const SPELLINGS: [&'static str; 2] = ["#x", "#.5x"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        let factor = Self(fixed(without(text, "x", "a factor")?, 3)?);
        if factor.0 == 0 || factor.0 > 1_000_000_000 {
            let (text, limit) = (text.to_owned(), "a factor lies between 0.001x and 1000000x");
            return Err(match factor.0 {
                0 => UnitError::TooSmall { text, limit },
                _ => UnitError::TooLarge { text, limit },
            });
        }
        Ok(factor)
    }

    fn print(&self) -> String {
        format!("{}x", thousandths(self.0))
    }
}

impl Unit for Times {
    const WHAT: &'static str = "a whole factor";
    const SPELLINGS: [&'static str; 2] = ["#x", "# x"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        let factor = Self(fixed(without(text, "x", "a factor")?, 0)?);
        if factor.0 == 0 || factor.0 > 10_000 {
            let (text, limit) = (text.to_owned(), "a whole factor lies between 1x and 10000x");
            return Err(match factor.0 {
                0 => UnitError::TooSmall { text, limit },
                _ => UnitError::TooLarge { text, limit },
            });
        }
        Ok(factor)
    }

    fn print(&self) -> String {
        format!("{}x", self.0)
    }
}

/// Units of size, the largest first, so that sizes are written with the largest that divides them.
const SIZES: [(&str, u64); 8] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

impl Unit for Size {
    const WHAT: &'static str = "a size";
    const SPELLINGS: [&'static str; 2] = ["# MiB", "# kB"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        let unit_at = text
            .find(char::is_alphabetic)
            .ok_or_else(|| UnitError::NoUnit(text.to_owned()))?;
        let (number, unit) = text.split_at(unit_at);
        let bytes = SIZES.iter().find(|(name, _)| *name == unit);
        let (_, bytes) = bytes.ok_or_else(|| UnitError::UnknownUnit {
            unit: unit.to_owned(),
            what: "size",
            known: "`B`, `kB`, `MB`, `GB`, `KiB`, `MiB`, `GiB`, `TiB`",
        })?;
        let size = u128::from(fixed(number.trim(), 3)?) * u128::from(*bytes);
        if size % 1000 != 0 {
            return Err(UnitError::TooFine {
                text: text.to_owned(),
                places: 3,
            });
        }
        let size = u64::try_from(size / 1000).map_err(|_| UnitError::TooLarge {
            text: text.to_owned(),
            limit: "sizes end at 16 million TiB",
        })?;
        Ok(Self(size))
    }

    fn print(&self) -> String {
        let fits = |bytes: u64| self.0 >= bytes && self.0.is_multiple_of(bytes);
        let unit = SIZES.iter().find(|(_, bytes)| fits(*bytes));
        let (name, bytes) = unit.copied().unwrap_or(("B", 1));
        format!("{} {name}", self.0 / bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_back_as_written() {
        for text in ["30%", "2.5%", "0.001%", "100%", "0%"] {
            assert_eq!(Percent::parse(text).unwrap().print(), text);
        }
        for text in ["2x", "0.5x", "1.125x"] {
            assert_eq!(Factor::parse(text).unwrap().print(), text);
        }
        for text in ["512 MiB", "2 GiB", "10 kB", "7 B", "0 B"] {
            assert_eq!(Size::parse(text).unwrap().print(), text);
        }
        assert_eq!(Size::parse("1.5 KiB"), Ok(Size(1536)));
        assert_eq!(Times::parse("7x"), Ok(Times(7)));
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in ["", "%", "101%", "-1%", "x%", "1.0001%", "30"] {
            assert!(Percent::parse(wrong).is_err(), "{wrong}");
        }
        assert!(WholePercent::parse("2.5%").is_err());
        for wrong in ["0x", "x", "2", "-2x", "9999999x"] {
            assert!(Factor::parse(wrong).is_err(), "{wrong}");
        }
        for wrong in ["1", "MiB", "1 Mib", "0.5 B", "99999999999999999 TiB"] {
            assert!(Size::parse(wrong).is_err(), "{wrong}");
        }
    }
}
