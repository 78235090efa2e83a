//! Workerpools: what they charge, whom they ask, how they behave.

use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        document::{table, words},
        unit::WholePercent,
    },
};

words! {
    /// How many workers a pool asks.
    "a policy"
    pub enum Policy {
        /// As many as consensus needs, more when votes fail or differ.
        JustEnough = "just-enough",
        /// Every worker at once.
        All = "all",
        /// So many as `replicas` says, or as many newcomers as the trust needs; never more.
        Fixed = "fixed",
    }
}

words! {
    /// Who of the idle workers is asked first, among groups of the same rank.
    "an order of workers"
    pub enum Turn {
        /// Who has been idle for the longest time; at the start, as the cast lists them.
        LongestIdle = "longest-idle",
        /// Anybody, by lot.
        Random = "random",
    }
}

words! {
    /// How a pool's scheduler behaves.
    "a pool's behaviour"
    pub enum PoolBehaviour {
        /// Does what it should.
        Honest = "honest",
        /// Takes deals and lets them lie.
        Stall = "stall",
        /// Lets the tasks of some requesters lie and never asks some workers.
        Censor = "censor",
        /// Keeps the work to its own: only the workers it picks are ever asked.
        SelfDeal = "self-deal",
        /// Tries to finalize twice.
        DoubleFinalize = "double-finalize",
    }
}

table! {
    /// A workerpool and its scheduler.
    "[pool]"
    pub struct Pool {
        /// The account that owns it: its scheduler acts, stakes and earns as that account. Without it,
        /// it has an account of its own, `pool.NAME`.
        owner: Option<Name> = None,
        /// What a task costs.
        price: Nrlc = Nrlc::from_rlc(1),
        /// For how many tasks in all, whatever their category; without it, for as many as there are, and at least 1,000.
        volume: Option<u64> = None,
        /// Share of the price a worker stakes.
        worker_stake: WholePercent = WholePercent(30),
        /// Share of the reward the scheduler keeps.
        fee: WholePercent = WholePercent(1),
        /// What its scheduler has in the hub when it has an account of its own; without it, enough
        /// for twice the volume it can sell here, and at least 1,000 RLC.
        deposit: Option<Nrlc> = None,
        /// The lowest score a worker needs to be asked.
        min_score: u64 = 0,
        /// How many workers are asked.
        policy: Policy = Policy::JustEnough,
        /// How many workers a `fixed` policy asks.
        replicas: Option<u64> = None,
        /// Groups of workers in the order in which they are asked; others come last.
        pick: Vec<Name> = Vec::new(),
        /// Who of the idle workers is asked first, within a group of `pick` and without one.
        order: Turn = Turn::LongestIdle,
        /// The highest trust it takes; without it, any.
        trust: Option<u64> = None,
        /// The categories it serves; without it, all.
        category: Vec<Name> = Vec::new(),
        /// What it can provide: `tee`, `scone`, `gramine`, `tdx`, `gpu`.
        tag: Vec<String> = Vec::new(),
        /// The only app it serves.
        app: Option<Name> = None,
        /// The only requester it serves.
        requester: Option<Name> = None,
        /// How its scheduler behaves.
        behaviour: PoolBehaviour = PoolBehaviour::Honest,
        /// Whom a censoring scheduler ignores: accounts and workers.
        censors: Vec<Name> = Vec::new(),
    }
}
