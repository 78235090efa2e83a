//! Random stories of a hub: what abstract steps mean in the state they meet.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, U256};
use emulate::protocol::{
    Account, Commitment, DealId, Refusal, Tag, Task, TaskId, TaskStatus,
    check::Permission,
    model::{Action, Call, Effect, Model},
};

use super::{
    cast::{Cast, Terms, WORKERS, digest, result},
    step::{Flaw, Step, Wait},
};

/// A story so far.
pub(crate) struct Story {
    pub(crate) cast: Cast,
    pub(crate) model: Model,
    pub(crate) now: u64,
    pub(super) deals: Vec<DealId>,
    pub(super) tasks: Vec<TaskId>,
    voted: BTreeMap<(TaskId, usize), u8>,
    salt: u64,
    last_terms: Terms,
}

impl Story {
    pub(crate) fn new(cast: Cast, model: Model, now: u64) -> Self {
        Self {
            cast,
            model,
            now,
            deals: Vec::new(),
            tasks: Vec::new(),
            voted: BTreeMap::new(),
            salt: 0,
            last_terms: Terms::default(),
        }
    }

    /// Turns a step into a call; none when it only waits.
    pub(crate) fn call(&mut self, step: &Step) -> Option<(Account, Action)> {
        Some(match *step {
            Step::Wait(wait) => {
                self.now = self.now.max(self.end_of(wait));
                return None;
            }
            Step::Deposit { who, amount } => {
                let amount = U256::from(amount);
                (self.person(who), Action::Deposit { amount })
            }
            Step::Withdraw { who, amount } => {
                let amount = U256::from(amount);
                (self.person(who), Action::Withdraw { amount })
            }
            Step::Match {
                ref terms,
                sponsored,
                rematch,
                spoilt,
            } => self.matching(terms, sponsored, rematch, spoilt),
            Step::Initialize { deal, offset, apt } => {
                let (deal, index) = self.index(deal, offset, apt);
                (self.person(offset), Action::Initialize { deal, index })
            }
            Step::Contribute {
                task,
                worker,
                result,
                flaw,
                apt,
            } => {
                let task = self.apt_task(task, apt, TaskStatus::Active);
                self.contribution(task, worker, result, flaw, apt)
            }
            Step::Reveal {
                task,
                worker,
                lie,
                apt,
            } => {
                let task = self.apt_task(task, apt, TaskStatus::Revealing);
                self.revelation(task, worker, lie, apt)
            }
            Step::Reopen { task, apt } => {
                let task = self.apt_task(task, apt, TaskStatus::Revealing);
                (self.scheduler(apt), Action::Reopen { task })
            }
            Step::Finalize {
                task,
                callback,
                apt,
            } => {
                let task = self.apt_task(task, apt, TaskStatus::Revealing);
                self.finalization(task, callback, apt)
            }
            Step::Alone {
                task,
                worker,
                result,
                flaw,
            } => self.lone_finalization(task, worker, result, flaw),
            Step::Claim { task } => {
                let task = self.task(task);
                (self.cast.sponsor.clone(), Action::Claim { task })
            }
        })
    }

    /// Carries a call out on the model and remembers what came of it.
    pub(crate) fn apply(
        &mut self,
        sender: &Account,
        action: &Action,
    ) -> Result<Vec<Effect>, Refusal> {
        let call = Call {
            sender: sender.address(),
            now: self.now,
        };
        let effects = self.model.apply(call, action)?;
        for effect in &effects {
            if let Effect::OrdersMatched { deal, .. } = effect {
                self.deals.push(*deal);
            }
            if let Effect::TaskInitialize { task, .. } = effect {
                self.tasks.push(*task);
            }
        }
        Ok(effects)
    }

    fn end_of(&self, wait: Wait) -> u64 {
        match wait {
            Wait::Seconds(seconds) => self.now + seconds,
            Wait::Deadline {
                task,
                which,
                offset,
            } => {
                let task = self.state(self.task(task));
                let deadline = match which % 3 {
                    0 => task.contribution_deadline,
                    1 => task.reveal_deadline,
                    _ => task.final_deadline,
                };
                deadline.saturating_add_signed(offset.into())
            }
        }
    }

    pub(super) fn state(&self, task: TaskId) -> Task {
        self.model.task(task).cloned().unwrap_or_default()
    }

    fn matching(
        &mut self,
        terms: &Terms,
        sponsored: bool,
        rematch: bool,
        spoilt: Option<u8>,
    ) -> (Account, Action) {
        if !(rematch && self.salt > 0) {
            self.salt += 1;
            let salt = self.salt;
            self.last_terms = Terms {
                salt,
                ..terms.clone()
            };
        }
        let mut orders = self.cast.orders(&self.last_terms);
        let nobody = Address::repeat_byte(0x5);
        match spoilt.map(|spoilt| spoilt % 10) {
            None => {}
            Some(0) => orders.request.sign = Bytes::new(),
            Some(1) => orders.app.sign = orders.request.sign.clone(),
            Some(2) => orders.request.category = U256::from(9),
            Some(3) => orders.workerpool.workerpoolprice += U256::ONE,
            Some(4) => orders.app.requesterrestrict = nobody,
            Some(5) => orders.request.tag = Tag::TEE,
            Some(6) => orders.workerpool.volume += U256::ONE,
            Some(7) => orders.request.trust += U256::ONE,
            Some(8) => (orders.app.app, orders.request.app) = (nobody, nobody),
            Some(_) => (orders.app.app, orders.request.app) = (self.cast.pool, self.cast.pool),
        }
        let orders = Arc::new(orders);
        let action = Action::MatchOrders { orders, sponsored };
        (self.cast.sponsor.clone(), action)
    }

    fn contribution(
        &mut self,
        task: TaskId,
        pick: u8,
        result: u8,
        flaw: Flaw,
        apt: bool,
    ) -> (Account, Action) {
        let state = self.state(task);
        let fresh = |worker: &usize| {
            let address = self.cast.workers[*worker].address();
            !state.contributors.contains(&address)
        };
        let worker = self.pick(pick, apt, fresh);
        let account = self.cast.workers[worker].clone();
        let knows = Commitment::new(account.address(), task, digest(result));
        let commitment = if flaw == Flaw::Copied {
            let seal = B256::repeat_byte(result);
            Commitment { seal, ..knows }
        } else {
            knows
        };
        self.voted.entry((task, worker)).or_insert(result);
        let permission = self.permission(&account, task, commitment, flaw);
        let action = Action::Contribute {
            task,
            commitment,
            permission,
        };
        (account, action)
    }

    fn permission(
        &self,
        worker: &Account,
        task: TaskId,
        commitment: Commitment,
        flaw: Flaw,
    ) -> Permission {
        let vouched = match flaw {
            Flaw::None | Flaw::ForeignLeave | Flaw::NoLeave | Flaw::Copied => None,
            Flaw::Enclave | Flaw::NoEnclaveSign => Some(commitment),
            Flaw::ForeignEnclave => Some(Commitment {
                hash: commitment.seal,
                seal: commitment.hash,
            }),
        };
        let signer = if flaw == Flaw::ForeignLeave {
            worker
        } else {
            &self.cast.scheduler
        };
        let address = worker.address();
        let mut permission = self.cast.permission(address, task, signer, vouched);
        if flaw == Flaw::NoLeave {
            permission.authorization_sign = Bytes::new();
        }
        if flaw == Flaw::NoEnclaveSign {
            permission.enclave_sign = Bytes::new();
        }
        permission
    }

    fn revelation(&self, task: TaskId, pick: u8, lie: bool, apt: bool) -> (Account, Action) {
        let worker = self.revealer(task, pick, apt);
        let voted = self.voted.get(&(task, worker)).copied().unwrap_or_default();
        let digest = digest(voted.wrapping_add(u8::from(lie)));
        let account = self.cast.workers[worker].clone();
        (account, Action::Reveal { task, digest })
    }

    fn finalization(&self, task: TaskId, callback: u8, apt: bool) -> (Account, Action) {
        let state = self.state(task);
        let deal = self.model.deal(state.deal).cloned().unwrap_or_default();
        let fitting = (0..=u8::MAX).find(|index| digest(*index) == state.result_digest);
        let results_callback = match (apt, deal.callback == Address::ZERO) {
            (true, true) => Bytes::new(),
            (true, false) => fitting.map(result).unwrap_or_default(),
            (false, _) => result(callback),
        };
        let action = Action::Finalize {
            task,
            results: "results".into(),
            results_callback,
        };
        (self.scheduler(apt || callback.is_multiple_of(2)), action)
    }

    fn lone_finalization(&self, task: u8, pick: u8, number: u8, flaw: Flaw) -> (Account, Action) {
        let task = self.task_if_any(task, |task| {
            let deal = self.model.deal(task.deal);
            task.contributors.is_empty() && deal.is_some_and(|deal| deal.trust == U256::ONE)
        });
        let account = self.cast.workers[usize::from(pick) % WORKERS].clone();
        let commitment = Commitment::new(account.address(), task, digest(number));
        let deal = self.model.deal(self.state(task).deal);
        let callback = deal.map_or(Address::ZERO, |deal| deal.callback);
        let wants = callback != Address::ZERO || flaw == Flaw::Copied;
        let action = Action::ContributeAndFinalize {
            task,
            digest: digest(number),
            results: "results".into(),
            results_callback: if wants { result(number) } else { Bytes::new() },
            permission: self.permission(&account, task, commitment, flaw),
        };
        (account, action)
    }
}
