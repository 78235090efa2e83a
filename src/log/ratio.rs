//! Exact numbers: a whole one over another, for means that need not be whole. Rule: compared without
//! rounding, and whatever is rounded when it is written says so.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How many decimals are written of a number that has more.
const PLACES_MAX: u32 = 12;

/// How many decimals of a number are read, and how many digits before them.
const READ_MAX: usize = 18;

/// A number, in lowest terms.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Ratio {
    over: i128,
    under: u64,
}

impl Ratio {
    /// None.
    pub const ZERO: Self = Self { over: 0, under: 1 };

    /// One.
    pub const ONE: Self = Self { over: 1, under: 1 };

    /// Returns `over` divided by `under`; zero stands for what has no value.
    pub fn new(over: i128, under: u64) -> Self {
        let common = common(over.unsigned_abs(), under.into());
        match u64::try_from(common) {
            Ok(common) if common > 0 && under > 0 => Self {
                over: over / i128::from(common),
                under: under / common,
            },
            _ => Self::ZERO,
        }
    }

    /// Returns the mean of `values`. None of no values.
    pub fn mean(values: &[i128]) -> Option<Self> {
        let count = u64::try_from(values.len()).ok().filter(|len| *len > 0)?;
        Some(Self::new(values.iter().sum(), count))
    }

    /// Returns the number, if it is whole.
    pub fn whole(self) -> Option<i128> {
        (self.under == 1).then_some(self.over)
    }

    /// Returns the whole number that is not above it.
    pub fn floor(self) -> i128 {
        self.over.div_euclid(self.under.into())
    }

    /// Returns the number divided by `by`; what cannot be reckoned is zero.
    pub fn per(self, by: u64) -> Self {
        match self.under.checked_mul(by) {
            Some(under) => Self::new(self.over, under),
            None => Self::ZERO,
        }
    }

    /// Returns the number as a float, for estimates.
    #[expect(
        clippy::cast_precision_loss,
        reason = "estimates need no more digits than a float has"
    )]
    pub fn to_f64(self) -> f64 {
        self.over as f64 / self.under as f64
    }

    /// Writes it with at most so many decimals, and whether there are more.
    pub fn decimal(self, places: u32) -> (String, bool) {
        let (size, under) = (self.over.unsigned_abs(), u128::from(self.under));
        let mut text = format!("{}{}", if self.over < 0 { "-" } else { "" }, size / under);
        let mut rest = size % under;
        for place in 0..places {
            if rest == 0 {
                break;
            }
            rest *= 10;
            text.push_str(if place == 0 { "." } else { "" });
            text.push_str(&(rest / under).to_string());
            rest %= under;
        }
        (text, rest != 0)
    }
}

/// Returns the greatest number both can be divided by.
fn common(mut one: u128, mut other: u128) -> u128 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        // What is left is below a u64, and so is what it is multiplied with.
        let left = |one: &Self| one.over.rem_euclid(one.under.into()).unsigned_abs();
        self.floor().cmp(&other.floor()).then_with(|| {
            let own = left(self) * u128::from(other.under);
            own.cmp(&(left(other) * u128::from(self.under)))
        })
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i128> for Ratio {
    fn from(over: i128) -> Self {
        Self { over, under: 1 }
    }
}

impl From<u64> for Ratio {
    fn from(whole: u64) -> Self {
        i128::from(whole).into()
    }
}

impl From<i64> for Ratio {
    fn from(whole: i64) -> Self {
        i128::from(whole).into()
    }
}

impl fmt::Display for Ratio {
    /// Writes all decimals, or some of them and `…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, more) = self.decimal(PLACES_MAX);
        f.pad(&format!("{text}{}", if more { "…" } else { "" }))
    }
}

impl FromStr for Ratio {
    type Err = String;

    /// Reads `12`, `-0.5`, `1_000`, `1.5e9`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a number");
        let plain = text.replace('_', "");
        let (number, power) = match plain.split_once(['e', 'E']) {
            Some((number, power)) => (number, power.parse::<i32>().map_err(|_| wrong())?),
            None => (plain.as_str(), 0),
        };
        let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{decimals}");
        if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        let trimmed = all.trim_start_matches('0');
        let places = i64::try_from(decimals.len()).unwrap_or(i64::MAX) - i64::from(power);
        let kept = trimmed.trim_end_matches('0');
        if kept.is_empty() {
            return Ok(Self::ZERO);
        }
        let dropped = trimmed.len() - kept.len();
        let places = places - i64::try_from(dropped).unwrap_or(i64::MAX);
        let too_long = || format!("`{text}` has more digits than are counted here");
        let up = |power: i64| 10_i128.checked_pow(u32::try_from(power).ok()?);
        if kept.len() > 2 * READ_MAX {
            return Err(too_long());
        }
        let size: i128 = kept.parse().map_err(|_| too_long())?;
        let size = if number.starts_with('-') { -size } else { size };
        match places {
            0.. => up(places).and_then(|under| Some(Self::new(size, under.try_into().ok()?))),
            _ => up(-places).and_then(|times| Some(Self::from(size.checked_mul(times)?))),
        }
        .ok_or_else(too_long)
    }
}

impl From<Ratio> for String {
    fn from(ratio: Ratio) -> Self {
        format!("{}/{}", ratio.over, ratio.under)
    }
}

impl TryFrom<String> for Ratio {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('/');
        let read = parts.and_then(|(over, under)| {
            let under = under.parse().ok().filter(|under| *under > 0)?;
            Some(Self::new(over.parse().ok()?, under))
        });
        read.ok_or_else(|| format!("`{text}` is no fraction"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_compared_without_rounding() {
        assert!(Ratio::new(1, 3) < read("0.333333333333333334"));
        assert!(Ratio::new(1, 3) > read("0.333333333333333333"));
        assert!(Ratio::new(-1, 3) < Ratio::ZERO && Ratio::new(-1, 3) > read("-1"));
        assert_eq!(Ratio::new(6, 4), read("1.5"));
        assert!(read("18446744073709551615") > read("18446744073709551614"));
        assert!(read("9007199254740993") > read("9007199254740992.5"));
        assert_eq!(Ratio::new(5, 0), Ratio::ZERO);
        let most = Ratio::new(i128::MAX, 1);
        assert!(most > Ratio::new(i128::MIN, u64::MAX));
    }

    #[test]
    fn what_is_cut_off_says_so() {
        assert_eq!(Ratio::new(1, 3).to_string(), "0.333333333333…");
        assert_eq!(Ratio::new(-7, 2).to_string(), "-3.5");
        assert_eq!(Ratio::from(12_u64).to_string(), "12");
        assert_eq!(Ratio::new(2, 3).decimal(0), ("0".to_owned(), true));
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(read("1_000"), Ratio::from(1_000_u64));
        assert_eq!(read("1.5e9"), Ratio::from(1_500_000_000_u64));
        assert_eq!(read("-25e-1"), Ratio::new(-5, 2));
        assert_eq!(read("0.10"), Ratio::new(1, 10));
        assert_eq!(read("100000000000000000000"), Ratio::from(10_i128.pow(20)));
        for wrong in [
            "", ".", "inf", "NaN", "1,5", "0x10", "--1", "1e", "1e99", "1e-99",
        ] {
            assert!(wrong.parse::<Ratio>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_that_is_kept_is_read_back() {
        let kept = serde_json::to_string(&Ratio::new(-1, 3)).unwrap();
        assert_eq!(kept, "\"-1/3\"");
        assert_eq!(
            serde_json::from_str::<Ratio>(&kept).unwrap(),
            Ratio::new(-1, 3)
        );
        assert!(serde_json::from_str::<Ratio>("\"1/0\"").is_err());
    }

    #[test]
    fn means_of_nothing_are_nothing() {
        assert_eq!(Ratio::mean(&[]), None);
        assert_eq!(Ratio::mean(&[1, 2, 6]), Some(Ratio::from(3_u64)));
        assert_eq!(Ratio::mean(&[-3, -4]), Some(Ratio::new(-7, 2)));
    }
}
