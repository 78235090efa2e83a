//! The recorded runs of the real contracts, on the model: S1 to S9, number by number.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use emulate::protocol::{
    Account, Commitment, KITTY_ADDRESS, Orders, Refusal, Revert, TaskId, TaskStatus,
    model::{Action, Call, Effect, Model},
};

use super::cast::{Cast, Terms, digest};

/// The time of the first deal.
const START: u64 = 1_800_000_000;

/// The time unit of the smallest category.
const UNIT: u64 = 300;

/// A hub on which everybody holds 1000 nRLC; workers stake 35 %, the scheduler keeps 5 %.
struct Run {
    cast: Cast,
    model: Model,
    now: u64,
    salt: u64,
}

impl Run {
    fn new() -> Self {
        let cast = Cast::imagined();
        let mut run = Self {
            model: cast.model(35, 5),
            cast: cast.clone(),
            now: START,
            salt: 0,
        };
        for account in [&cast.requester, &cast.sponsor, &cast.scheduler] {
            run.deposit(account, 1_000);
        }
        for worker in &cast.workers {
            run.deposit(worker, 1_000);
        }
        run
    }

    fn deposit(&mut self, account: &Account, amount: u64) {
        let amount = U256::from(amount);
        self.act(account, Action::Deposit { amount });
    }

    fn try_act(&mut self, sender: &Account, action: Action) -> Result<Vec<Effect>, Refusal> {
        let call = Call {
            sender: sender.address(),
            now: self.now,
        };
        self.model.apply(call, &action)
    }

    fn act(&mut self, sender: &Account, action: Action) -> Vec<Effect> {
        self.try_act(sender, action).unwrap()
    }

    fn orders(&mut self, terms: Terms) -> Arc<Orders> {
        self.salt += 1;
        let salt = self.salt;
        Arc::new(self.cast.orders(&Terms { salt, ..terms }))
    }

    /// Matches and initialises; returns the first task.
    fn task(&mut self, terms: Terms) -> TaskId {
        let action = Action::MatchOrders {
            orders: self.orders(terms),
            sponsored: false,
        };
        let effects = self.act(&self.cast.requester.clone(), action);
        self.begin(&effects)
    }

    fn begin(&mut self, effects: &[Effect]) -> TaskId {
        let matched = effects.iter().find_map(|effect| {
            let Effect::OrdersMatched { deal, .. } = effect else {
                return None;
            };
            Some(*deal)
        });
        let deal = matched.unwrap();
        let index = U256::ZERO;
        self.act(
            &self.cast.sponsor.clone(),
            Action::Initialize { deal, index },
        );
        TaskId::of(deal, index)
    }

    fn contribution(&self, worker: usize, task: TaskId, result: u8) -> Action {
        let worker = self.cast.workers[worker].address();
        let commitment = Commitment::new(worker, task, digest(result));
        let permission = self
            .cast
            .permission(worker, task, &self.cast.scheduler, None);
        Action::Contribute {
            task,
            commitment,
            permission,
        }
    }

    fn contribute(&mut self, worker: usize, task: TaskId, result: u8) {
        let action = self.contribution(worker, task, result);
        self.act(&self.cast.workers[worker].clone(), action);
    }

    fn reveal(&mut self, worker: usize, task: TaskId, result: u8) {
        let digest = digest(result);
        let worker = self.cast.workers[worker].clone();
        self.act(&worker, Action::Reveal { task, digest });
    }

    fn finalize(&mut self, task: TaskId) -> Vec<Effect> {
        let action = Action::Finalize {
            task,
            results: "results".into(),
            results_callback: Default::default(),
        };
        self.act(&self.cast.scheduler.clone(), action)
    }

    /// Contributes as the first worker and finalizes at once.
    fn finish_alone(&mut self, task: TaskId) {
        let worker = self.cast.workers[0].clone();
        let permission = self
            .cast
            .permission(worker.address(), task, &self.cast.scheduler, None);
        let action = Action::ContributeAndFinalize {
            task,
            digest: digest(0),
            results: "results".into(),
            results_callback: Default::default(),
            permission,
        };
        self.act(&worker, action);
    }

    /// Lets a deal of this price fail and be claimed.
    fn fail(&mut self, pool_price: u64) {
        let task = self.task(Terms {
            pool_price,
            ..Terms::default()
        });
        self.now += 10 * UNIT;
        self.act(&self.cast.sponsor.clone(), Action::Claim { task });
    }

    fn status(&self, task: TaskId) -> TaskStatus {
        self.model.task(task).unwrap().status
    }

    fn funds(&self, account: Address) -> (u64, u64) {
        let (free, locked) = self.model.account(account);
        (free.to(), locked.to())
    }

    fn worker(&self, index: usize) -> (u64, u64) {
        self.funds(self.cast.workers[index].address())
    }

    fn score(&self, index: usize) -> u64 {
        self.model.score(self.cast.workers[index].address())
    }
}

/// Scores as in the first recorded run: the first and third worker are experienced.
fn with_scores(run: &mut Run) {
    for index in [0, 2] {
        let worker = run.cast.workers[index].address();
        run.model.set_score(worker, 18);
    }
}

#[test]
fn one_wrong_vote_of_three_pays_the_other_two() {
    let mut run = Run::new();
    with_scores(&mut run);
    let (requester, scheduler) = (run.cast.requester.address(), run.cast.scheduler.address());
    let task = run.task(Terms {
        trust: 9,
        ..Terms::default()
    });
    assert_eq!(run.funds(requester), (971, 29)); // 3 + 1 + 25
    assert_eq!(run.funds(scheduler), (993, 7)); // ⌊25 × 30 %⌋
    run.contribute(0, task, 0xa);
    run.contribute(1, task, 0xb);
    assert_eq!(run.status(task), TaskStatus::Active);
    run.contribute(2, task, 0xa);
    assert_eq!(run.status(task), TaskStatus::Revealing);
    assert_eq!(run.worker(1), (992, 8)); // ⌊25 × 35 %⌋
    run.reveal(0, task, 0xa);
    run.reveal(2, task, 0xa);
    run.finalize(task);
    assert_eq!(run.funds(requester), (971, 0));
    assert_eq!(run.funds(scheduler), (1003, 0)); // 3 of the reward
    assert_eq!(
        [0, 1, 2].map(|worker| run.worker(worker)),
        [(1015, 0), (992, 0), (1015, 0)]
    );
    assert_eq!([0, 1, 2].map(|worker| run.score(worker)), [19, 0, 19]);
    assert_eq!(run.funds(run.cast.app_owner.address()), (3, 0));
    assert_eq!(run.funds(run.cast.dataset_owner.address()), (1, 0));
}

#[test]
fn the_same_votes_are_not_enough_for_a_trust_of_ten() {
    let mut run = Run::new();
    with_scores(&mut run);
    let task = run.task(Terms {
        trust: 10,
        ..Terms::default()
    });
    for (worker, result) in [(0, 0xa), (1, 0xb), (2, 0xa)] {
        run.contribute(worker, task, result);
    }
    assert_eq!(run.status(task), TaskStatus::Active);
}

#[test]
fn four_newcomers_agree_three_to_one() {
    let mut run = Run::new();
    let task = run.task(Terms {
        trust: 3,
        ..Terms::default()
    });
    for (worker, result) in [(0, 0xa), (1, 0xb), (2, 0xa)] {
        run.contribute(worker, task, result);
        assert_eq!(run.status(task), TaskStatus::Active);
    }
    run.contribute(3, task, 0xa);
    for worker in [0, 2, 3] {
        run.reveal(worker, task, 0xa);
    }
    run.finalize(task);
    assert_eq!(run.worker(0), (1010, 0)); // ⌊31 / 3⌋
    assert_eq!(run.worker(1), (992, 0));
    assert_eq!(run.funds(run.cast.scheduler.address()), (1003, 0)); // 33 − 30
}

#[test]
fn a_sponsor_pays_and_one_worker_earns_no_score() {
    let mut run = Run::new();
    let action = Action::MatchOrders {
        orders: run.orders(Terms {
            trust: 0,
            ..Terms::default()
        }),
        sponsored: true,
    };
    let sponsor = run.cast.sponsor.clone();
    let effects = run.act(&sponsor, action);
    assert!(matches!(effects.last(), Some(Effect::DealSponsored { .. })));
    assert_eq!(run.funds(sponsor.address()), (971, 29));
    let task = run.begin(&effects);
    run.contribute(0, task, 0xa);
    run.reveal(0, task, 0xa);
    run.finalize(task);
    assert_eq!(run.worker(0), (1023, 0)); // ⌊25 × 95 %⌋
    assert_eq!(run.funds(run.cast.scheduler.address()), (1002, 0));
    assert_eq!(run.score(0), 0);
}

#[test]
fn contributing_and_finalizing_at_once_locks_nothing() {
    let mut run = Run::new();
    let task = run.task(Terms::default());
    run.finish_alone(task);
    assert_eq!(run.status(task), TaskStatus::Completed);
    assert_eq!(run.worker(0), (1023, 0));
    assert_eq!(run.funds(run.cast.scheduler.address()), (1002, 0));
    assert_eq!(
        run.model.task(task).unwrap().reveal_deadline,
        START + 2 * UNIT
    );
}

#[test]
fn mute_winners_pay_those_who_answer_after_the_reopening() {
    let mut run = Run::new();
    let scheduler = run.cast.scheduler.clone();
    let task = run.task(Terms {
        trust: 3,
        ..Terms::default()
    });
    run.contribute(0, task, 0xa);
    run.contribute(1, task, 0xa);
    run.now += 2 * UNIT;
    let effects = run.act(&scheduler, Action::Reopen { task });
    assert_eq!(effects, [Effect::TaskReopen { task }]);
    run.contribute(2, task, 0xb);
    run.contribute(3, task, 0xb);
    run.reveal(2, task, 0xb);
    run.reveal(3, task, 0xb);
    let effects = run.finalize(task);
    assert_eq!(effects.len(), 24); // as many as recorded
    assert_eq!([0, 1].map(|worker| run.worker(worker)), [(992, 0); 2]);
    assert_eq!([2, 3].map(|worker| run.worker(worker)), [(1019, 0); 2]); // ⌊41 × 95 %⌋ / 2
    assert_eq!(run.funds(scheduler.address()), (1003, 0)); // 41 − 38
    assert_eq!(run.score(2), 1);
}

#[test]
fn a_claim_feeds_the_kitty_and_the_next_success_empties_it() {
    let mut run = Run::new();
    run.fail(25);
    assert_eq!(run.funds(KITTY_ADDRESS), (0, 7));
    assert_eq!(run.funds(run.cast.requester.address()), (1000, 0));
    assert_eq!(run.funds(run.cast.scheduler.address()), (993, 0));
    let task = run.task(Terms::default());
    run.finish_alone(task);
    assert_eq!(run.funds(KITTY_ADDRESS), (0, 0));
    assert_eq!(run.funds(run.cast.scheduler.address()), (1002, 0)); // 993 + 7 + 2
}

#[test]
fn a_large_kitty_decays_as_recorded() {
    let mut run = Run::new();
    let (requester, scheduler) = (run.cast.requester.clone(), run.cast.scheduler.clone());
    run.deposit(&requester, 200_000_000_000);
    run.deposit(&scheduler, 200_000_000_000);
    run.fail(100_000_000_000);
    let mut kitty = vec![run.funds(KITTY_ADDRESS).1];
    for _ in 0..14 {
        let task = run.task(Terms::default());
        run.finish_alone(task);
        kitty.push(run.funds(KITTY_ADDRESS).1);
    }
    assert_eq!(kitty[..3], [30_000_000_000, 27_000_000_000, 24_300_000_000]);
    let small = kitty.iter().position(|kitty| *kitty == 9_414_317_883);
    assert_eq!(kitty[small.unwrap() + 1], 8_414_317_883);
}

#[test]
fn a_bag_of_three_locks_three_times_the_rounded_stake() {
    let mut run = Run::new();
    run.task(Terms {
        volume: 3,
        ..Terms::default()
    });
    assert_eq!(run.funds(run.cast.requester.address()), (913, 87)); // 29 × 3
    assert_eq!(run.funds(run.cast.scheduler.address()), (979, 21)); // 7 × 3
}

#[test]
fn a_refusal_says_why_and_what_the_contract_answers() {
    let mut run = Run::new();
    let task = run.task(Terms {
        trust: 3,
        ..Terms::default()
    });
    run.contribute(0, task, 0xa);
    let before = run.model.clone();
    let again = run.contribution(0, task, 0xa);
    let worker = run.cast.workers[0].clone();
    let why = run.try_act(&worker, again.clone()).unwrap_err();
    assert!(why.to_string().starts_with("already contributed"), "{why}");
    assert_eq!(why.revert(), Revert::Empty);
    run.now += 7 * UNIT;
    let why = run.try_act(&worker, again).unwrap_err();
    assert!(
        why.to_string().starts_with("contribution deadline"),
        "{why}"
    );
    let why = run.try_act(&worker, Action::Reopen { task }).unwrap_err();
    assert!(why.to_string().starts_with("not the pool owner"), "{why}");
    let amount = U256::from(993);
    let why = run
        .try_act(&worker, Action::Withdraw { amount })
        .unwrap_err();
    assert_eq!(why.revert(), Revert::Empty);
    assert_eq!(run.model, before);

    let orders = run.orders(Terms {
        pool_price: 10_000,
        ..Terms::default()
    });
    let action = Action::MatchOrders {
        orders,
        sponsored: false,
    };
    let why = run.try_act(&worker, action).unwrap_err();
    assert!(why.to_string().starts_with("balance too low"), "{why}");
    let reason = "IexecEscrow: Transfer amount exceeds balance";
    assert_eq!(why.revert(), Revert::reason(reason));
}
