//! What a worker decides at each step of the protocol.
//!
//! The defaults of [`Character`] are the honest choices. A byzantine behaviour is one file that
//! overrides the one step at which it cheats; a scenario may override single phases on top.

mod colluder;
mod copycat;
mod crash;
mod flaky;
mod late;
mod lazy;
mod liar;
mod mute;
mod slow;
mod whitewasher;

use std::{collections::BTreeMap, time::Duration};

use alloy_primitives::B256;

use crate::{
    actors::{Assignment, Context},
    log::named,
    protocol::Name,
};

/// How a worker behaves, as plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Does what the protocol asks.
    #[default]
    Honest,
    /// Vouches for a fresh wrong result, at once.
    Liar,
    /// Vouches for the lie of its ring, at once.
    Colluder {
        /// Who has the same ring tells the same lie.
        ring: String,
    },
    /// Vouches for the first hash it sees on chain.
    Copycat,
    /// Vouches for an empty result without computing.
    Lazy,
    /// Commits, never reveals.
    Mute,
    /// Sits on its result until contributions no longer count.
    Late,
    /// Computes so much longer than it could, in thousandths, and ignores that its time is up.
    Slow {
        /// 4000 is four times as long.
        stretch_permille: u64,
    },
    /// Crashes while computing with this probability, in thousandths, and comes back.
    Flaky {
        /// How often.
        fail_permille: u32,
        /// After how long it is back.
        back_after: Duration,
    },
    /// Crashes whenever it reaches a phase, and stays away.
    Crash {
        /// The phase.
        at: Phase,
    },
    /// Honest while it can be reached; when that is, is part of the cast.
    Offline,
    /// Lies, and opens a new account each time it was caught.
    Whitewasher,
}

/// The phases of a worker's life with a task.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It offers itself to its pool.
    Subscribe,
    /// It fetches the inputs.
    Fetch,
    /// It computes.
    Run,
    /// It commits to a result.
    Contribute,
    /// It shows the result.
    Reveal,
    /// It puts the result where it can be fetched.
    Upload,
}

/// What a scenario makes of a phase, whatever the behaviour says.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// Does it after all.
    Do,
    /// Leaves it out.
    Skip,
    /// Crashes on reaching it.
    Crash,
    /// Does it so much later.
    Delay(Duration),
    /// Does it with a made-up result; only contributing heeds it.
    Lie,
}

/// A behaviour with what a scenario changes in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conduct {
    /// The behaviour.
    pub behaviour: Behaviour,
    /// Phases that differ from it.
    pub on: BTreeMap<Phase, Deviation>,
}

impl From<Behaviour> for Conduct {
    fn from(behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            on: BTreeMap::new(),
        }
    }
}

named! {
    Behaviour {
        Honest => "honest",
        Liar => "liar",
        Colluder => "colluder",
        Copycat => "copycat",
        Lazy => "lazy",
        Mute => "mute",
        Late => "late",
        Slow => "slow",
        Flaky => "flaky",
        Crash => "crash",
        Offline => "offline",
        Whitewasher => "whitewasher",
    }
}

impl Behaviour {
    pub(in crate::actors) fn character(&self) -> Box<dyn Character> {
        match self {
            Self::Honest | Self::Offline => Box::new(Honest),
            Self::Liar => Box::new(liar::Liar),
            Self::Colluder { ring } => Box::new(colluder::Colluder::new(ring)),
            Self::Copycat => Box::new(copycat::Copycat),
            Self::Lazy => Box::new(lazy::Lazy),
            Self::Mute => Box::new(mute::Mute),
            Self::Late => Box::new(late::Late),
            Self::Slow { stretch_permille } => Box::new(slow::Slow::new(*stretch_permille)),
            Self::Flaky {
                fail_permille,
                back_after,
            } => Box::new(flaky::Flaky::new(*fail_permille, *back_after)),
            Self::Crash { at } => Box::new(crash::Crash::new(*at)),
            Self::Whitewasher => Box::new(whitewasher::Whitewasher),
        }
    }
}

/// How a worker comes to a result.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::actors) enum Effort {
    /// It computes, this much longer than it could, in thousandths.
    Compute {
        /// 1000 is as fast as it can.
        stretch_permille: u64,
    },
    /// It does not compute: a lie is ready at once.
    Pretend,
}

/// What a worker does on reaching a phase.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::actors) enum Step {
    /// The phase begins.
    Go,
    /// The phase is left out.
    Skip,
    /// It begins so much later.
    Wait(Duration),
    /// The worker crashes, and comes back after a while if at all.
    Crash(Option<Duration>),
}

/// What a worker vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::actors) enum Vote {
    /// This result digest.
    For(B256),
    /// Whatever hash appears on chain first.
    Copy,
    /// Nothing.
    Abstain,
}

/// The choices of a worker. Every default is the honest one.
pub(in crate::actors) trait Character: Send + Sync {
    /// Chooses whether to compute.
    fn effort(&self) -> Effort {
        Effort::Compute {
            stretch_permille: 1000,
        }
    }

    /// Chooses what to do on reaching a phase.
    fn step(&self, cx: &mut Context<'_>, task: &Assignment, phase: Phase) -> Step {
        let _ = (cx, task, phase);
        Step::Go
    }

    /// Chooses what to vouch for, given the digest it computed, if it did.
    fn vote(&self, cx: &mut Context<'_>, task: &Assignment, computed: Option<B256>) -> Vote {
        let _ = (cx, task);
        computed.map_or(Vote::Abstain, Vote::For)
    }

    /// Whether it stops when told that the vote is over, and contributes only while that counts.
    fn heeds_the_clock(&self) -> bool {
        true
    }

    /// Whether it sheds its identity after losing a stake.
    fn sheds_identity(&self) -> bool {
        false
    }

    /// Returns a copy.
    fn box_clone(&self) -> Box<dyn Character>;
}

impl Clone for Box<dyn Character> {
    fn clone(&self) -> Self {
        self.box_clone()
    }
}

/// Implements `box_clone` for a character that is `Clone`.
macro_rules! clone_boxed {
    () => {
        fn box_clone(&self) -> Box<dyn $crate::actors::worker::behaviour::Character> {
            Box::new(self.clone())
        }
    };
}
use clone_boxed;

#[derive(Clone)]
struct Honest;

impl Character for Honest {
    clone_boxed!();
}

/// A digest nobody else will come up with.
fn made_up(cx: &mut Context<'_>) -> B256 {
    let mut digest = B256::ZERO;
    rand::RngCore::fill_bytes(cx.stream, digest.as_mut_slice());
    digest
}

/// Returns a lie for a phase table that says `lie`.
pub(in crate::actors) fn lie(cx: &mut Context<'_>) -> B256 {
    made_up(cx)
}

/// The bare name of a ring and a task, hashed: the same lie for all who share both.
fn shared_lie(ring: &str, task: &Name) -> B256 {
    alloy_primitives::keccak256(format!("emulate: lie of ring {ring} about {task}"))
}
