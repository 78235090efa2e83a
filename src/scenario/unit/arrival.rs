//! When the tasks of a group arrive. Rule: the file's own form is kept; moments are drawn elsewhere.

use std::time::Duration;

use super::{Unit, UnitError, fixed, thousandths};

/// When the tasks of a group arrive.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// All at once: `"all"`.
    All,
    /// One after the other: `"every 2s"`.
    Every(Duration),
    /// Each at an even chance within a span: `"uniform 10m"`.
    Uniform(Duration),
    /// Independent of each other, so many per unit of time on average: `"poisson 8/s"`.
    Poisson(Rate),
}

/// How many in how long.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many, in thousandths.
    pub thousandths: u64,
    /// In how long: a second, a minute or an hour.
    pub per: Duration,
}

impl Rate {
    /// Returns the mean time between two arrivals, in seconds.
    pub fn mean_interval_s(self) -> f64 {
        self.per.as_secs_f64() * 1000.0 / self.thousandths as f64
    }
}

const RATES: [(&str, u64); 3] = [("s", 1), ("m", 60), ("h", 3600)];

impl Unit for Rate {
    const WHAT: &'static str = "a rate";
    const SPELLINGS: [&'static str; 2] = ["#/s", "#/m"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = text
            .split_once('/')
            .ok_or_else(|| UnitError::NoUnit(text.to_owned()))?;
        let known = RATES.iter().find(|(name, _)| *name == unit.trim());
        let (_, seconds) = known.ok_or_else(|| UnitError::UnknownUnit {
            unit: format!("/{}", unit.trim()),
            what: "a rate",
            known: "`/s`, `/m`, `/h`",
        })?;
        let rate = fixed(number.trim(), 3)?;
        if rate == 0 || rate > 1_000_000_000 {
            let (text, limit) = (text.to_owned(), "a rate lies between 0.001 and 1000000");
            return Err(match rate {
                0 => UnitError::TooSmall { text, limit },
                _ => UnitError::TooLarge { text, limit },
            });
        }
        Ok(Self {
            thousandths: rate,
            per: Duration::from_secs(*seconds),
        })
    }

    fn print(&self) -> String {
        let unit = RATES.iter().find(|(_, s)| *s == self.per.as_secs());
        let (unit, _) = unit.copied().unwrap_or(("s", 1));
        format!("{}/{unit}", thousandths(self.thousandths))
    }
}

impl Unit for Arrival {
    const WHAT: &'static str = "an arrival";
    const SPELLINGS: [&'static str; 2] = ["every #s", "poisson #/s"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        match (word, rest) {
            ("all", "") => Ok(Self::All),
            ("every", _) => Duration::parse(rest).map(Self::Every),
            ("uniform", _) => Duration::parse(rest).map(Self::Uniform),
            ("poisson", _) => Rate::parse(rest).map(Self::Poisson),
            _ => Err(UnitError::Unreadable {
                text: text.to_owned(),
                what: "an arrival: there is `all`, `every 2s`, `uniform 10m`, `poisson 8/s`",
            }),
        }
    }

    fn print(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Every(span) => format!("every {}", span.print()),
            Self::Uniform(span) => format!("uniform {}", span.print()),
            Self::Poisson(rate) => format!("poisson {}", rate.print()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_read_back_as_written() {
        for text in [
            "all",
            "every 2s",
            "uniform 10m",
            "poisson 8/s",
            "poisson 0.5/h",
        ] {
            assert_eq!(Arrival::parse(text).unwrap().print(), text);
        }
    }

    #[test]
    fn nonsense_never_arrives() {
        for wrong in [
            "",
            "al",
            "all 2s",
            "every",
            "every 2",
            "poisson 8",
            "poisson 0/s",
        ] {
            assert!(Arrival::parse(wrong).is_err(), "{wrong}");
        }
    }
}
