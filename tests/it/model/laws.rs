//! What holds of the model after every step of every story.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use alloy_primitives::{Address, U256};
use emulate::protocol::{
    Account, ContributionStatus, KITTY_ADDRESS, Refusal, Task, TaskId, TaskStatus,
    model::{Action, Effect},
};
use proptest::{
    prelude::*,
    test_runner::{RngSeed, TestRunner},
};

use super::{
    cast::{Cast, Terms},
    figures::{CALLS, Figures, REASONS},
    step::{Setting, Step, Wait, story},
    story::Story,
};

/// A story that keeps books of its own.
struct Witness {
    story: Story,
    deposited: U256,
    over: BTreeMap<TaskId, Task>,
}

/// The same stories in every run: `cases` of them, or as many as `PROPTEST_CASES` says.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let is_given = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if is_given { given.cases } else { cases },
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(42),
        max_shrink_iters: 500,
        ..given
    }
}

/// Prints what the stories came across.
#[expect(
    clippy::print_stdout,
    reason = "the figures are what a long run is for"
)]
pub(crate) fn show(title: &str, figures: &Figures) {
    println!("{title}\n{figures}");
}

/// Begins a story, without deposits yet.
pub(crate) fn begin(cast: Cast, setting: &Setting, now: u64) -> Story {
    let mut model = cast.model(setting.worker_stake, setting.scheduler_reward);
    for (worker, score) in cast.workers.iter().zip(&setting.scores) {
        model.set_score(worker.address(), *score);
    }
    model.set_broker(setting.broker.then(|| cast.broker.address()));
    Story::new(cast, model, now)
}

/// The first steps of a story: everybody deposits, and in some a deal fails for the kitty's benefit.
pub(crate) fn opening(story: &Story, setting: &Setting) -> Vec<Step> {
    let amount = setting.deposit;
    let people = u8::try_from(story.cast.people().len()).unwrap();
    let of = |who| Step::Deposit { who, amount };
    let mut steps: Vec<Step> = (0..people).map(of).collect();
    if let Some(pool_price) = setting.failed {
        let terms = Terms {
            pool_price,
            ..Terms::default()
        };
        let (task, which, offset) = (0, 2, 0);
        steps.extend([
            Step::Match {
                terms,
                sponsored: false,
                rematch: false,
                spoilt: None,
            },
            Step::Initialize {
                deal: 0,
                offset: 0,
                apt: true,
            },
            Step::Wait(Wait::Deadline {
                task,
                which,
                offset,
            }),
            Step::Claim { task },
        ]);
    }
    steps
}

impl Witness {
    fn step(&mut self, step: &Step, figures: &mut Figures) -> Result<(), TestCaseError> {
        let Some((sender, action)) = self.story.call(step) else {
            return Ok(());
        };
        let before = self.story.model.clone();
        let outcome = self.story.apply(&sender, &action);
        figures.count(&action, &outcome);
        match outcome {
            Ok(effects) => self.accepted(&sender, &action, &effects)?,
            Err(why) => {
                prop_assert_eq!(&self.story.model, &before);
                let hasher = BuildHasherDefault::<DefaultHasher>::default();
                let hash = |model| hasher.hash_one(model);
                prop_assert_eq!(hash(&self.story.model), hash(&before));
                self.explained(&why)?;
            }
        }
        self.balanced()
    }

    /// Books what came in and went out, and looks at each payment.
    fn accepted(
        &mut self,
        sender: &Account,
        action: &Action,
        effects: &[Effect],
    ) -> Result<(), TestCaseError> {
        if let Action::Deposit { amount } = action {
            self.deposited += amount;
        }
        if let Action::Withdraw { amount } = action {
            self.deposited -= amount;
        }
        for effect in effects {
            let Effect::Reward { account, task, .. } = effect else {
                continue;
            };
            prop_assert!(
                self.may_be_paid(*account, *task),
                "{effect:?} by {sender:?}"
            );
        }
        for (id, task) in self.story.model.tasks() {
            if let Some(over) = self.over.get(&id) {
                prop_assert_eq!(over, task);
            }
            if task.status.is_final() {
                self.over.insert(id, task.clone());
            }
        }
        Ok(())
    }

    /// Owners are paid for what they sold, workers only for what they revealed.
    fn may_be_paid(&self, account: Address, task: TaskId) -> bool {
        let model = &self.story.model;
        let state = model.task(task).unwrap();
        let deal = model.deal(state.deal).unwrap();
        let owners = [&deal.app, &deal.dataset, &deal.workerpool].map(|resource| resource.owner);
        let proved = model.contribution(task, account).status == ContributionStatus::Proved;
        owners.contains(&account)
            || (account == KITTY_ADDRESS && state.status == TaskStatus::Failed)
            || (proved && state.status == TaskStatus::Completed)
    }

    fn explained(&self, why: &Refusal) -> Result<(), TestCaseError> {
        prop_assert!(!why.to_string().is_empty());
        prop_assert!(
            !matches!(why, Refusal::Overflow { what } if what.contains("payment")),
            "payments fit: {why}"
        );
        Ok(())
    }

    /// No nRLC appears or vanishes, and what is locked is what the hub holds.
    fn balanced(&self) -> Result<(), TestCaseError> {
        let model = &self.story.model;
        let (free, locked) = model.sums();
        prop_assert_eq!(model.total_supply(), self.deposited);
        prop_assert_eq!(free, self.deposited);
        prop_assert_eq!(model.account(self.story.cast.domain.hub()).0, locked);
        prop_assert_eq!(self.still_locked(), locked);
        Ok(())
    }

    /// What must be locked, added up from deals and tasks that are not over, and the kitty.
    fn still_locked(&self) -> U256 {
        let model = &self.story.model;
        let mut sum = model.account(KITTY_ADDRESS).1;
        for id in self.story.deals.iter().copied() {
            let deal = model.deal(id).unwrap();
            let stake = deal.workerpool.price * U256::from(30) / U256::from(100);
            let each = deal.price_per_task().unwrap() + stake;
            for index in deal.indexes() {
                let task = model.task(TaskId::of(id, U256::from(index)));
                if task.is_some_and(|task| task.status.is_final()) {
                    continue;
                }
                let workers = task.map_or(0, |task| task.contributors.len());
                sum += each + deal.worker_stake * U256::from(workers);
            }
        }
        sum
    }
}

#[test]
fn money_is_conserved_and_what_is_over_stays_over() {
    let figures = RefCell::new(Figures::default());
    let outcome = TestRunner::new(config(200)).run(&story(160), |(setting, steps)| {
        let story = begin(Cast::imagined(), &setting, 1_800_000_000);
        let opening = opening(&story, &setting);
        let mut witness = Witness {
            story,
            deposited: U256::ZERO,
            over: BTreeMap::new(),
        };
        for step in opening.iter().chain(&steps) {
            witness.step(step, &mut figures.borrow_mut())?;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|why| panic!("{why}"));
    let figures = figures.into_inner();
    show("model alone", &figures);
    figures.must_cover(&CALLS, &REASONS);
}
