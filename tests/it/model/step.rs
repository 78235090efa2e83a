//! The steps of random stories, and how they are drawn: mostly sensible ones, some that are not.
//!
//! A step names things by small numbers, so that it makes sense in every state and shrinks well.
//! An apt step looks for somebody for whom it makes sense; the others try their luck.

use alloy_primitives::Address;
use emulate::protocol::{Category, Tag};
use proptest::prelude::*;

use super::cast::{Terms, WORKERS};

/// What may be wrong with a contribution.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// Signed by the worker itself.
    ForeignLeave,
    /// Not signed at all.
    NoLeave,
    /// The hash of others, without knowing what it hashes.
    Copied,
    /// Vouched for by an enclave.
    Enclave,
    /// Naming an enclave that vouched for something else.
    ForeignEnclave,
    /// Naming an enclave that signed nothing.
    NoEnclaveSign,
}

/// How long to wait.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Wait {
    Seconds(u64),
    /// Until a deadline of a task (contribution, reveal, final), or a second before or after it.
    Deadline {
        task: u8,
        which: u8,
        offset: i8,
    },
}

/// One step of a story.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wait(Wait),
    Deposit {
        who: u8,
        amount: u64,
    },
    Withdraw {
        who: u8,
        amount: u64,
    },
    Match {
        terms: Terms,
        sponsored: bool,
        rematch: bool,
        spoilt: Option<u8>,
    },
    Initialize {
        deal: u8,
        offset: u8,
        apt: bool,
    },
    Contribute {
        task: u8,
        worker: u8,
        result: u8,
        flaw: Flaw,
        apt: bool,
    },
    Reveal {
        task: u8,
        worker: u8,
        lie: bool,
        apt: bool,
    },
    Reopen {
        task: u8,
        apt: bool,
    },
    Finalize {
        task: u8,
        callback: u8,
        apt: bool,
    },
    Alone {
        task: u8,
        worker: u8,
        result: u8,
        flaw: Flaw,
    },
    Claim {
        task: u8,
    },
}

/// What a world is made with.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// The pool's policy: percent of the price a worker stakes.
    pub(crate) worker_stake: u64,
    /// The pool's policy: percent of the reward the scheduler keeps.
    pub(crate) scheduler_reward: u64,
    /// What everybody deposits at the beginning.
    pub(crate) deposit: u64,
    /// The scores workers begin with.
    pub(crate) scores: Vec<u64>,
    /// Whether a broker answers for enclaves.
    pub(crate) broker: bool,
    /// The price of a first deal that fails, whose stake goes to the kitty.
    pub(crate) failed: Option<u64>,
}

/// A world and what happens in it.
pub(crate) fn story(steps: usize) -> impl Strategy<Value = (Setting, Vec<Step>)> {
    (setting(), proptest::collection::vec(step(), steps))
}

fn setting() -> impl Strategy<Value = Setting> {
    let worker_stake = prop_oneof![4 => Just(30), 2 => 0..120_u64, 1 => Just(1_000)];
    let scheduler_reward = prop_oneof![3 => 0..=20_u64, 1 => 0..=100_u64];
    let deposit = prop_oneof![
        1 => 50..400_u64,
        4 => 1_000..5_000_u64,
        2 => Just(1_000_000_000_000),
    ];
    let scores = proptest::collection::vec(
        prop_oneof![3 => Just(0), 2 => 0..40_u64, 1 => 0..1_000_u64],
        WORKERS,
    );
    let broker = proptest::bool::weighted(0.3);
    let failed = proptest::option::weighted(0.5, 0..100_u64);
    (
        worker_stake,
        scheduler_reward,
        deposit,
        scores,
        broker,
        failed,
    )
        .prop_map(
            |(worker_stake, scheduler_reward, deposit, scores, broker, failed)| Setting {
                worker_stake,
                scheduler_reward,
                deposit,
                scores,
                broker,
                failed: failed.map(|percent| deposit / 100 * percent),
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let apt = || proptest::bool::weighted(0.9);
    let small = || 0..6_u8;
    prop_oneof![
        5 => wait().prop_map(Step::Wait),
        1 => (any::<u8>(), 0..500_u64).prop_map(|(who, amount)| Step::Deposit { who, amount }),
        1 => (any::<u8>(), 0..3_000_u64).prop_map(|(who, amount)| Step::Withdraw { who, amount }),
        6 => matching(),
        8 => (0..4_u8, prop_oneof![9 => 0..3_u8, 1 => any::<u8>()], apt())
            .prop_map(|(deal, offset, apt)| Step::Initialize { deal, offset, apt }),
        24 => (0..4_u8, any::<u8>(), one_of_three(), flaw(), apt()).prop_map(
            |(task, worker, result, flaw, apt)| Step::Contribute { task, worker, result, flaw, apt },
        ),
        16 => (0..4_u8, any::<u8>(), proptest::bool::weighted(0.05), apt()).prop_map(
            |(task, worker, lie, apt)| Step::Reveal { task, worker, lie, apt },
        ),
        3 => (0..4_u8, apt()).prop_map(|(task, apt)| Step::Reopen { task, apt }),
        8 => (0..4_u8, small(), apt()).prop_map(
            |(task, callback, apt)| Step::Finalize { task, callback, apt },
        ),
        3 => (0..4_u8, any::<u8>(), one_of_three(), flaw()).prop_map(
            |(task, worker, result, flaw)| Step::Alone { task, worker, result, flaw },
        ),
        3 => (0..4_u8).prop_map(|task| Step::Claim { task }),
    ]
}

/// Results are mostly the same, so that some win.
fn one_of_three() -> impl Strategy<Value = u8> {
    prop_oneof![6 => Just(0_u8), 2 => Just(1), 1 => Just(2)]
}

fn flaw() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        30 => Just(Flaw::None),
        1 => Just(Flaw::ForeignLeave),
        1 => Just(Flaw::NoLeave),
        2 => Just(Flaw::Copied),
        4 => Just(Flaw::Enclave),
        1 => Just(Flaw::ForeignEnclave),
        1 => Just(Flaw::NoEnclaveSign),
    ]
}

fn wait() -> impl Strategy<Value = Wait> {
    let offset = prop_oneof![1 => Just(-1_i8), 2 => Just(0), 1 => Just(1)];
    prop_oneof![
        6 => (0..60_u64).prop_map(Wait::Seconds),
        1 => (100..1_000_u64).prop_map(Wait::Seconds),
        3 => (0..4_u8, prop_oneof![1 => Just(0_u8), 8 => Just(1), 1 => Just(2)], offset).prop_map(
            |(task, which, offset)| Wait::Deadline { task, which, offset },
        ),
    ]
}

fn matching() -> impl Strategy<Value = Step> {
    let spoilt = proptest::option::weighted(0.15, any::<u8>());
    let sponsored = proptest::bool::weighted(0.2);
    let rematch = proptest::bool::weighted(0.1);
    (terms(), sponsored, rematch, spoilt).prop_map(|(terms, sponsored, rematch, spoilt)| {
        Step::Match {
            terms,
            sponsored,
            rematch,
            spoilt,
        }
    })
}

fn terms() -> impl Strategy<Value = Terms> {
    let price = || prop_oneof![1 => Just(0), 4 => 0..60_u64];
    let pool_price = prop_oneof![
        1 => Just(0),
        12 => 1..120_u64,
        2 => 1_000_000_000..100_000_000_000_u64,
        1 => Just(u64::MAX),
    ];
    let trust = prop_oneof![
        2 => 0..2_u64,
        6 => 2..10_u64,
        2 => 10..1_000_u64,
        1 => Just(u64::MAX),
    ];
    let volume = prop_oneof![1 => Just(0_u64), 6 => Just(1), 3 => 2..4_u64];
    let last = u64::try_from(Category::defaults().len()).unwrap();
    let category = prop_oneof![8 => Just(0), 1 => 0..=last];
    let tag = prop_oneof![8 => Just(Tag::NONE), 1 => Just(Tag::TEE)];
    let callback = prop_oneof![5 => Just(Address::ZERO), 1 => Just(Address::repeat_byte(0xcb))];
    let dataset_price = proptest::option::of(price());
    let prices = (price(), dataset_price, pool_price);
    (prices, trust, volume, category, tag, callback).prop_map(
        |((app_price, dataset_price, pool_price), trust, volume, category, tag, callback)| Terms {
            app_price,
            dataset_price,
            pool_price,
            trust,
            volume,
            category,
            tag,
            callback,
            salt: 0,
        },
    )
}
