//! Exhaustive small worlds: one task, up to a handful of workers, and every order in which they, the
//! scheduler and time can act on the pure model of the hub.
//!
//! The one rule: nothing is assumed of anybody but what a promise says it assumes. Liars vote as they
//! like and reveal or not, the scheduler may do everything or nothing, anybody claims; time moves in
//! steps of one category time, the unit of all deadlines. States that differ only in which of several
//! equal workers did something, or in which of several lies was told first, are one state.
//!
//! ```
//! use emulate::explorer::{Promise, SmallWorld};
//!
//! let world = SmallWorld { workers: 2, liars: 1, trust: 3, ..SmallWorld::default() };
//! let explored = world.explore();
//! assert!(explored.is_as_promised());
//!
//! // A trust of 2 is reached by a single vote: who lies first wins.
//! let explored = SmallWorld { trust: 2, ..world }.explore();
//! assert!(explored.counterexample(Promise::NoLieWins).is_some());
//! ```

mod export;
mod key;
mod moves;
mod promise;
mod search;
mod stage;

pub use moves::{Move, Vote};
pub use promise::Promise;
pub use search::{Counterexample, Exploration, Figures};

pub use crate::protocol::model::Flaw;

/// A world small enough to be explored.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SmallWorld {
    /// How many workers there are, liars included; all are newcomers.
    pub workers: usize,
    /// How many of them may lie, and keep silent when they should reveal.
    pub liars: usize,
    /// How many different lies there are.
    pub lies: usize,
    /// The trust the requester asks for.
    pub trust: u64,
    /// Whether honest workers may be late with their reveal.
    pub honest_may_be_late: bool,
    /// A rule of the protocol that is broken on purpose.
    pub flaw: Option<Flaw>,
    /// Whether states that differ only by names are told apart. The result is the same, later.
    pub tells_equals_apart: bool,
}

impl Default for SmallWorld {
    /// Four workers of whom two may tell two lies, for a trust that three newcomers reach.
    fn default() -> Self {
        Self {
            workers: 4,
            liars: 2,
            lies: 2,
            trust: 5,
            honest_may_be_late: false,
            flaw: None,
            tells_equals_apart: false,
        }
    }
}

impl SmallWorld {
    /// The most workers; with more, an exploration takes minutes.
    pub const WORKERS_MAX: usize = 5;
    /// The most lies: more than there are liars say nothing new.
    pub const LIES_MAX: usize = 4;

    /// Returns whether a lie can be the first to win: n newcomers who agree weigh 2ⁿ, and a group wins
    /// when it weighs more than (trust − 1) × (1 + all other groups).
    pub fn lie_can_win(&self) -> bool {
        self.liars > 0 && self.weight_of_liars() > self.trust.saturating_sub(1)
    }

    /// Returns whether a lie can win over an honest vote, which weighs 2: that needs three times as
    /// much. An honest vote that comes first wins at once up to a trust of 2.
    pub fn honest_can_lose(&self) -> bool {
        let others = 3_u64.saturating_mul(self.trust.saturating_sub(1));
        let is_open = self.trust > 2 && self.liars < self.workers;
        is_open && self.weight_of_liars() > others
    }

    fn weight_of_liars(&self) -> u64 {
        let liars = u32::try_from(self.liars).unwrap_or(u32::MAX);
        1_u64.checked_shl(liars).unwrap_or(u64::MAX)
    }

    /// Visits every state that can be reached, nearest first.
    pub fn explore(&self) -> Exploration {
        search::explore(self)
    }
}
