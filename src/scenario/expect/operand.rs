//! Values that are compared. Rule: whatever is a number is kept exactly, in its smallest unit.

use std::{fmt, time::Duration};

use crate::{
    amount::{NRLC_PER_RLC, NrlcChange},
    log::Ratio,
    scenario::unit::{Percent, Size, Unit},
};

/// A value of a known kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub enum Operand {
    /// A count.
    Number(Ratio),
    /// Money, in nRLC.
    Money(Ratio),
    /// A span of time, in milliseconds.
    Duration(Ratio),
    /// A share between 0 and 1.
    Share(Ratio),
    /// Bytes.
    Size(Ratio),
    /// True or false.
    Flag(bool),
    /// A text, or the status of a task.
    Text(String),
    /// Several texts, sorted.
    Texts(Vec<String>),
    /// Nothing: there is no such value yet, such as the best price of an empty book.
    Nothing,
}

impl Operand {
    /// Returns an amount of money.
    pub fn money(amount: impl Into<NrlcChange>) -> Self {
        Self::Money(amount.into().0.into())
    }

    /// Returns a span of time, exact to the millisecond.
    pub fn duration(span: Duration) -> Self {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self::Duration(millis.into())
    }

    /// Returns a share of a whole.
    pub fn share(share: Percent) -> Self {
        Self::Share(Ratio::new(share.0.into(), Percent::ALL.0))
    }
}

/// Writes an amount of nRLC, in nRLC where it is small.
fn write_money(f: &mut fmt::Formatter<'_>, nrlc: Ratio) -> fmt::Result {
    match nrlc.whole().and_then(|whole| i64::try_from(whole).ok()) {
        Some(whole) => write!(f, "{}", NrlcChange(whole)),
        None if nrlc.floor().unsigned_abs() < 1_000 => write!(f, "{} nRLC", few(nrlc, 3)),
        None => write!(f, "{} RLC", few(nrlc.per(NRLC_PER_RLC), 12)),
    }
}

/// Writes a number with at most so many decimals, and `…` when there are more.
fn few(number: Ratio, places: u32) -> String {
    let (text, more) = number.decimal(places);
    text + if more { "…" } else { "" }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Money(nrlc) => write_money(f, *nrlc),
            Self::Duration(millis) => match millis.whole().map(u64::try_from) {
                Some(Ok(whole)) => f.write_str(&Duration::from_millis(whole).print()),
                Some(Err(_)) | None => write!(f, "{}s", few(millis.per(1_000), 6)),
            },
            Self::Share(share) => {
                let text = format!("{:.3}", share.to_f64() * 100.0);
                let text = text.trim_end_matches('0').trim_end_matches('.');
                write!(f, "{text}%")
            }
            Self::Size(bytes) => match bytes.whole().map(u64::try_from) {
                Some(Ok(whole)) => f.write_str(&Size(whole).print()),
                Some(Err(_)) | None => write!(f, "{} B", few(*bytes, 3)),
            },
            Self::Flag(yes) => write!(f, "{yes}"),
            Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => write!(f, "[{}]", texts.join(", ")),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}
