//! Whom and what a step of a story is about.

use alloy_primitives::{U256, keccak256};
use emulate::protocol::{Account, ContributionStatus, DealId, Task, TaskId, TaskStatus};

use super::{cast::WORKERS, story::Story};

impl Story {
    pub(super) fn person(&self, who: u8) -> Account {
        let people = self.cast.people();
        people[usize::from(who) % people.len()].clone()
    }

    pub(super) fn scheduler(&self, apt: bool) -> Account {
        let cast = &self.cast;
        let account = if apt {
            &cast.scheduler
        } else {
            &cast.requester
        };
        account.clone()
    }

    /// An index of one of the last four deals; the first one that waits, when apt.
    pub(super) fn index(&self, pick: u8, offset: u8, apt: bool) -> (DealId, U256) {
        let recent: Vec<_> = self.deals.iter().rev().take(4).collect();
        let first = |deal: DealId| self.model.deal(deal).map(|deal| deal.bot_first);
        let Some(deal) = recent.get(usize::from(pick) % recent.len().max(1)) else {
            return (DealId(keccak256("no deal")), U256::ZERO);
        };
        let waiting = recent.iter().find_map(|id| {
            let mut indexes = self.model.deal(**id)?.indexes().map(U256::from);
            let index =
                indexes.find(|index| self.model.task(TaskId::of(**id, *index)).is_none())?;
            Some((**id, index))
        });
        let lucky = first(**deal).unwrap_or_default() + U256::from(offset);
        waiting.filter(|_| apt).unwrap_or((**deal, lucky))
    }

    /// One of the last four tasks.
    pub(super) fn task(&self, pick: u8) -> TaskId {
        self.task_in(pick, |_| true)
    }

    /// One of the last four tasks in this state if there is any, else any task.
    pub(super) fn apt_task(&self, pick: u8, apt: bool, status: TaskStatus) -> TaskId {
        if apt {
            self.task_if_any(pick, |task| task.status == status)
        } else {
            self.task(pick)
        }
    }

    pub(super) fn task_if_any(&self, pick: u8, suits: impl Fn(&Task) -> bool) -> TaskId {
        let any = self.tasks.iter().any(|task| suits(&self.state(*task)));
        self.task_in(pick, |task| !any || suits(task))
    }

    pub(super) fn task_in(&self, pick: u8, suits: impl Fn(&Task) -> bool) -> TaskId {
        let suiting = self.tasks.iter().rev();
        let suiting = suiting.filter(|task| suits(&self.state(**task)));
        let recent: Vec<_> = suiting.take(4).collect();
        match recent.get(usize::from(pick) % recent.len().max(1)) {
            Some(task) => **task,
            None => TaskId(keccak256("no task")),
        }
    }

    pub(super) fn revealer(&self, task: TaskId, pick: u8, apt: bool) -> usize {
        let consensus = self.state(task).consensus_value;
        self.pick(pick, apt, |worker| {
            let address = self.cast.workers[*worker].address();
            let own = self.model.contribution(task, address);
            own.status == ContributionStatus::Contributed && own.hash == consensus
        })
    }

    /// A worker by number, or the next one that suits.
    pub(super) fn pick(&self, pick: u8, apt: bool, suits: impl Fn(&usize) -> bool) -> usize {
        let first = usize::from(pick) % WORKERS;
        let mut candidates = (0..WORKERS).map(|offset| (first + offset) % WORKERS);
        let found = if apt { candidates.find(suits) } else { None };
        found.unwrap_or(first)
    }
}
