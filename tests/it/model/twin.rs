//! The model against the contracts: the same random stories on both, and no difference anywhere.
//!
//! After every call: the same events in the same order, or the same revert data; the same funds,
//! scores, deals, tasks and contributions. `PROPTEST_CASES` asks for more stories than usual.

use std::cell::RefCell;

use emulate::{
    chain::Failure,
    contracts::{Build, Hub},
    protocol::{
        Account, KITTY_ADDRESS, OrderHash, TaskId,
        matching::Facts,
        model::{Action, Effect},
    },
};
use proptest::{prelude::*, test_runner::TestRunner};

use super::{
    figures::{CALLS, Figures, REASONS},
    laws::{begin, config, opening, show},
    log::log_of,
    stage::Stage,
    step::{Setting, Step, story},
    story::Story,
};

/// A story told twice.
struct Twin {
    stage: Stage,
    story: Story,
}

impl Twin {
    fn new(stage: &Stage, setting: &Setting) -> Self {
        let mut stage = stage.clone();
        stage.set(setting);
        let story = begin(stage.cast.clone(), setting, stage.now());
        Self { stage, story }
    }

    fn hub(&self) -> Hub {
        self.stage.deployment.hub()
    }

    fn step(&mut self, step: &Step, figures: &mut Figures) -> Result<(), TestCaseError> {
        let Some((sender, action)) = self.story.call(step) else {
            return Ok(());
        };
        let expected = self.story.apply(&sender, &action);
        figures.count(&action, &expected);
        let receipt = self.stage.act(&sender, &action, self.story.now);
        match (&expected, &receipt.outcome().failure) {
            (Ok(effects), None) => {
                let hub = self.stage.deployment.hub;
                let logs = receipt.logs().iter().filter(|log| log.address == hub);
                let found: Vec<_> = logs.map(|log| log.data.clone()).collect();
                let expected: Vec<_> = effects.iter().map(log_of).collect();
                prop_assert_eq!(found, expected, "events of {:?}: {:?}", action, effects);
                self.same_funds()?;
                self.same_deals(effects)?;
                task_of(&action).map_or(Ok(()), |task| self.same_task(task))
            }
            (Err(why), Some(Failure::Revert(data))) => {
                let expected = why.revert().data();
                prop_assert_eq!(data, &expected, "{:?} by {:?}: {}", action, sender, why);
                Ok(())
            }
            (expected, found) => Err(TestCaseError::fail(format!(
                "{action:?} by {sender:?}: the model says {expected:?}, the contracts {found:?}"
            ))),
        }
    }

    /// Everybody has the same free and locked funds and the same score.
    fn same_funds(&self) -> Result<(), TestCaseError> {
        let (hub, chain, model) = (self.hub(), &self.stage.chain, &self.story.model);
        let people = self.story.cast.people().into_iter().map(Account::address);
        for account in people.chain([KITTY_ADDRESS, hub.address]) {
            let found = hub.balance(chain, account).unwrap();
            let expected = model.account(account);
            prop_assert_eq!(
                (found.stake, found.locked),
                expected,
                "funds of {}",
                account
            );
            let score = hub.score(chain, account).unwrap();
            prop_assert_eq!(score, model.score(account), "score of {}", account);
        }
        prop_assert_eq!(hub.total_supply(chain).unwrap(), model.total_supply());
        Ok(())
    }

    /// A new deal is the same, and its orders are as much used up.
    fn same_deals(&self, effects: &[Effect]) -> Result<(), TestCaseError> {
        let (hub, chain, model) = (self.hub(), &self.stage.chain, &self.story.model);
        for effect in effects {
            let Effect::OrdersMatched { deal, orders, .. } = effect else {
                continue;
            };
            let found = hub.deal(chain, *deal).unwrap();
            prop_assert_eq!(found.as_ref(), model.deal(*deal));
            let hashes = [orders.app, orders.workerpool, orders.request];
            for order in hashes.into_iter().chain(orders.dataset) {
                self.same_use(order)?;
            }
        }
        Ok(())
    }

    fn same_use(&self, order: OrderHash) -> Result<(), TestCaseError> {
        let found = self.hub().consumed(&self.stage.chain, order).unwrap();
        prop_assert_eq!(found, self.story.model.consumed(order));
        Ok(())
    }

    /// A task and all contributions to it are the same.
    fn same_task(&self, task: TaskId) -> Result<(), TestCaseError> {
        let (hub, chain, model) = (self.hub(), &self.stage.chain, &self.story.model);
        let found = hub.task(chain, task).unwrap();
        let expected = model.task(task).cloned().unwrap_or_default();
        prop_assert_eq!(&found, &expected);
        for worker in &self.story.cast.workers {
            let worker = worker.address();
            let found = hub.contribution(chain, task, worker).unwrap();
            prop_assert_eq!(found, model.contribution(task, worker));
        }
        Ok(())
    }
}

/// The task a call is about.
fn task_of(action: &Action) -> Option<TaskId> {
    match action {
        Action::Initialize { deal, index } => Some(TaskId::of(*deal, *index)),
        Action::Contribute { task, .. }
        | Action::Reveal { task, .. }
        | Action::Reopen { task }
        | Action::Finalize { task, .. }
        | Action::ContributeAndFinalize { task, .. }
        | Action::Claim { task } => Some(*task),
        Action::Deposit { .. } | Action::Withdraw { .. } | Action::MatchOrders { .. } => None,
    }
}

#[test]
fn model_and_contracts_agree_on_every_call() {
    agree_on(&Build::built_in(), 200);
}

/// Tells so many stories on a build of the contracts and on the model; each begins with a copy of
/// the contracts with their cast in place.
pub(crate) fn agree_on(build: &Build, stories: u32) {
    let stage = Stage::on(build);
    let figures = RefCell::new(Figures::default());
    let outcome = TestRunner::new(config(stories)).run(&story(160), |(setting, steps)| {
        let mut twin = Twin::new(&stage, &setting);
        let opening = opening(&twin.story, &setting);
        for step in opening.iter().chain(&steps) {
            twin.step(step, &mut figures.borrow_mut())?;
        }
        twin.same_funds()?;
        for task in &twin.story.tasks {
            twin.same_task(*task)?;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|why| panic!("{why}"));
    let figures = figures.into_inner();
    show(&format!("model and contracts: {}", build.name), &figures);
    figures.must_cover(&CALLS, &REASONS);
}
