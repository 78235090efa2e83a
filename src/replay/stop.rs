//! Moments of a run by name: a time, a block, the nth event of a kind.

use std::{fmt, str::FromStr, time::Duration};

use crate::{
    scenario::{
        expect::event_names,
        unit::{Unit, UnitError},
    },
    time::Timestamp,
};

/// A moment of a run. Written `time:12m`, `block:40` or `event:TaskConsensus#1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// After everything due by then.
    Time(Timestamp),
    /// After the block of this number was mined and told to everybody concerned.
    Block(u64),
    /// After the thing of which the event was a part: a block is not cut in two.
    Event {
        /// The event's name.
        name: String,
        /// Which one of them, from 1.
        nth: u64,
    },
}

/// Why a text is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopError {
    /// It names no kind of moment.
    #[error("`{0}` is no moment; write time:12m, block:40 or event:TaskConsensus#1")]
    Kind(String),
    /// Its time is none.
    #[error(transparent)]
    Time(#[from] UnitError),
    /// Its block has no number.
    #[error("`{0}` is not the number of a block; write block:40")]
    Block(String),
    /// Its event is none.
    #[error("there is no event `{name}`{hint}")]
    Event {
        /// What was written.
        name: String,
        /// A near one, in words; empty when there is none.
        hint: String,
    },
    /// It counts from 1.
    #[error("`#{0}` counts no event; the first is #1")]
    Count(String),
}

impl Stop {
    /// Reads a span of the run's own time, such as `12m`.
    ///
    /// # Errors
    ///
    /// When it is no span.
    pub fn at(text: &str) -> Result<Self, StopError> {
        let span = <Duration as Unit>::parse(text)?;
        Ok(Self::Time(Timestamp::START + span))
    }

    /// Reads an event, the first or the one counted: `TaskConsensus`, `TaskConsensus#3`.
    ///
    /// # Errors
    ///
    /// When there is no such event, or the count is none.
    pub fn event(text: &str) -> Result<Self, StopError> {
        let (name, nth) = text.split_once('#').unwrap_or((text, "1"));
        let count = nth.parse().ok().filter(|nth: &u64| *nth > 0);
        let nth = count.ok_or_else(|| StopError::Count(nth.to_owned()))?;
        if event_names().contains(&name) {
            let name = name.to_owned();
            return Ok(Self::Event { name, nth });
        }
        let far =
            |known: &&str| strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
        let near = event_names().iter().min_by_key(|known| far(known));
        // Half of a short word wrong is another word.
        let near = near.filter(|known| far(known) <= 3.min(name.chars().count() / 3));
        Err(StopError::Event {
            name: name.to_owned(),
            hint: near.map_or_else(String::new, |near| format!("; did you mean `{near}`?")),
        })
    }

    /// Reads a block's number.
    ///
    /// # Errors
    ///
    /// When it is no number.
    pub fn block(text: &str) -> Result<Self, StopError> {
        let number = text.parse();
        number
            .map(Self::Block)
            .map_err(|_| StopError::Block(text.to_owned()))
    }
}

impl FromStr for Stop {
    type Err = StopError;

    fn from_str(text: &str) -> Result<Self, StopError> {
        match text.split_once(':') {
            Some(("time", rest)) => Self::at(rest),
            Some(("block", rest)) => Self::block(rest),
            Some(("event", rest)) => Self::event(rest),
            Some(_) | None => Err(StopError::Kind(text.to_owned())),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{time}"),
            Self::Block(number) => write!(f, "block {number}"),
            Self::Event { name, nth } => write!(f, "{name}#{nth}"),
        }
    }
}
