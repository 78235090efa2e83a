//! What the chain says of a scheduler's tasks: deals, votes, consensus, the end.

use std::time::Duration;

use alloy_primitives::{Address, B256, U256};

use super::{
    PoolBehaviour, Scheduler,
    work::{Answer, Asked, Phase, Reveal, Work},
    worker_name,
};
use crate::{
    actors::{Call, Context, Message, Submission, Timer},
    log::Event,
    protocol::{Deadlines, Deal, DealId, Name, TaskId, consensus, reveal_deadline},
    services::enclave,
};

/// How long a winner may take to reveal before it is asked once more.
const REMIND: Duration = Duration::from_secs(60);

impl Scheduler {
    pub(super) fn on_chain(&mut self, cx: &mut Context<'_>, event: &Event, timestamp: u64) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "all other events are no news"
        )]
        match event {
            Event::OrdersMatched { pool, .. } if *pool == self.setup.name => {
                self.on_deal(cx, event);
            }
            Event::TaskInitialize { task, .. } => self.on_initialized(cx, task),
            Event::TaskContribute {
                task, worker, hash, ..
            } => self.on_vote(cx, task, worker, *hash),
            Event::TaskConsensus {
                task,
                consensus,
                winners,
            } => self.on_consensus(cx, task, (*consensus, *winners), timestamp),
            Event::TaskReveal { task, worker, .. } => self.on_revealed(cx, task, worker),
            Event::TaskReopen { task } => self.on_reopened(cx, task),
            Event::TaskFinalize { task, .. } | Event::TaskClaimed { task } => self.close(cx, task),
            Event::AccurateContribution { worker, .. }
            | Event::FaultyContribution { worker, .. } => {
                self.update_score(cx, &worker_name(worker));
            }
            _ => {}
        }
    }

    /// A deal was made with this pool: each of its tasks is begun.
    pub(super) fn on_deal(&mut self, cx: &mut Context<'_>, event: &Event) {
        let Event::OrdersMatched {
            deal,
            tasks,
            requester,
            trust,
            worker_stake,
            ..
        } = event
        else {
            return;
        };
        let stalls = self.setup.behaviour == PoolBehaviour::Stall;
        let censors = self.setup.behaviour == PoolBehaviour::Censor;
        if stalls || (censors && self.setup.censors.contains(requester)) {
            return;
        }
        let on_chain = cx.hub.deal(DealId(*deal));
        // Enclaves are trusted one at a time: a vote among them is nobody's business.
        if on_chain.needs_enclave() && *trust > 1 {
            return;
        }
        let (seconds, deadlines) = self.terms(&on_chain);
        for (index, task) in on_chain.indexes().zip(tasks) {
            if self.store.works.contains_key(task) {
                continue;
            }
            self.store.next_work += 1;
            let id = TaskId::of(DealId(*deal), U256::from(index));
            let work = Work {
                name: task.clone(),
                id,
                deal: DealId(*deal),
                index,
                sequence: self.store.next_work,
                trust: U256::from(*trust),
                worker_stake: *worker_stake,
                enclave: match on_chain.needs_enclave() {
                    true => enclave::challenge(id),
                    false => Address::ZERO,
                },
                unit: Duration::from_secs(seconds),
                contribution_deadline: cx.moment(deadlines.contribution),
                final_deadline: cx.moment(deadlines.final_),
                phase: Phase::Received,
                asked: Vec::new(),
                result: None,
            };
            cx.watch(task, true);
            self.store.works.insert(task.clone(), work);
            self.initialize(cx, task);
        }
    }

    /// A deal's unit of time in seconds, and its deadlines.
    pub(super) fn terms(&self, deal: &Deal) -> (u64, Deadlines) {
        let category: usize = deal.category.saturating_to();
        let seconds = self.setup.categories.get(category).copied().unwrap_or(0);
        let deadlines = Deadlines::of(deal.start_time, seconds, &self.setup.rules);
        (seconds, deadlines)
    }

    pub(super) fn initialize(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        if cx.now >= work.contribution_deadline {
            work.phase = Phase::Late;
            return;
        }
        work.phase = Phase::Received;
        let call = Call::Initialize {
            deal: work.deal,
            index: work.index,
        };
        self.submit(cx, task, call, false);
    }

    pub(super) fn submit(&self, cx: &mut Context<'_>, task: &Name, call: Call, may_fail: bool) {
        cx.submit(Submission {
            call,
            task: Some(task.clone()),
            may_fail,
            token: 0,
        });
    }

    fn on_initialized(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        if !matches!(work.phase, Phase::Late | Phase::Received) {
            return;
        }
        work.phase = Phase::Active;
        let deadline = work.contribution_deadline;
        cx.wake_at(deadline, Timer::ContributionDeadline(task.clone()));
        self.staff(cx, task);
    }

    fn on_vote(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name, hash: B256) {
        let worker = worker_name(worker);
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        let answer = Answer::Voted(hash);
        if let Some(asked) = work.asked_mut(&worker) {
            asked.answer = answer;
        } else if let Some(address) = self.store.addresses.get(&worker).copied() {
            // It was asked before the deal was taken back and made anew: its vote counts all the same.
            work.asked.push(Asked {
                worker,
                address,
                weight: consensus::weight(cx.hub.score(address)),
                at: cx.now,
                heard: cx.now,
                answer,
                attempts: 0,
                is_watched: false,
            });
        }
        self.staff(cx, task);
    }

    fn on_consensus(
        &mut self,
        cx: &mut Context<'_>,
        task: &Name,
        (consensus, winners): (B256, u64),
        timestamp: u64,
    ) {
        let rules = &self.setup.rules;
        let works = self.store.works.get_mut(task);
        // Who computed in an enclave has shown its result already.
        let Some(work) = works.filter(|work| work.enclave == Address::ZERO) else {
            return;
        };
        let deadline = cx.moment(reveal_deadline(timestamp, work.unit.as_secs(), rules));
        work.phase = Phase::Revealing(Reveal {
            consensus,
            winners,
            deadline,
            revealed: Vec::new(),
            uploaders: Vec::new(),
        });
        self.desk.waiting.remove(task);
        self.announce_consensus(cx, task);
    }

    /// Asks the winners to reveal and the others to stop, and watches the reveal deadline.
    pub(super) fn announce_consensus(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get(task) else {
            return;
        };
        let Phase::Revealing(reveal) = &work.phase else {
            return;
        };
        for worker in work.voters(reveal.consensus) {
            if !reveal.revealed.contains(worker) {
                cx.send(worker, Message::PleaseReveal { task: task.clone() });
            }
        }
        for worker in work.at_work() {
            cx.send(worker, Message::PleaseAbort { task: task.clone() });
        }
        // Messages get lost: whoever has not revealed by then is asked again.
        let next = (cx.now + REMIND).min(reveal.deadline);
        cx.wake_at(next, Timer::RevealDeadline(task.clone()));
    }

    pub(super) fn on_contribution_deadline(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get(task) else {
            return;
        };
        let is_over = cx.now >= work.contribution_deadline;
        if is_over && work.phase == Phase::Active {
            self.desk.waiting.remove(task);
            for worker in work.at_work() {
                cx.send(worker, Message::PleaseAbort { task: task.clone() });
            }
        }
    }

    pub(super) fn close(&mut self, cx: &mut Context<'_>, task: &Name) {
        self.desk.waiting.remove(task);
        let Some(work) = self.store.works.remove(task) else {
            return;
        };
        cx.unwatch(task);
        for worker in work.at_work() {
            cx.send(worker, Message::PleaseAbort { task: task.clone() });
        }
        if cx.hub.may_be_taken_back() {
            self.store.closed.insert(task.clone(), work);
        }
    }
}
