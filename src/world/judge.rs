//! What becomes of tasks: who is told, which are over, and what the emulator, knowing the truth,
//! says of them.

use super::{
    World,
    directory::{TaskState, Truth},
};
use crate::{
    log::{Event, Verdict},
    protocol::Name,
};

impl World {
    /// What must be known before an event is logged.
    pub(super) fn before_chain_event(&mut self, event: &Event) {
        if let Event::TaskReveal { task, digest, .. } = event
            && let Some(record) = self.directory.task_mut(task)
        {
            record.revealed = Some(*digest);
        }
    }

    /// What follows from an event that is logged.
    pub(super) fn after_chain_event(&mut self, event: &Event) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "nothing follows from the others"
        )]
        match event {
            Event::TaskInitialize { task, .. } => self.ask_truth(task),
            Event::AccurateContribution { worker, .. } => self.rescore(worker, |score| score + 1),
            Event::FaultyContribution { worker, .. } => {
                self.rescore(worker, |score| score * 2 / 3);
            }
            Event::TaskFinalize { task, .. } => self.close(task, true),
            Event::TaskClaimed { task } => self.close(task, false),
            _ => {}
        }
    }

    /// Applies the hub's rule to a score, and logs what it is now.
    fn rescore(&mut self, worker: &Name, change: impl FnOnce(u64) -> u64) {
        let score = self.scores.entry(worker.clone()).or_default();
        let before = *score;
        *score = change(before);
        let score = *score;
        if score != before {
            let worker = worker.clone();
            self.append(None, Event::ScoreChanged { worker, score });
        }
    }

    fn close(&mut self, task: &Name, completed: bool) {
        let Some(record) = self.directory.task_mut(task) else {
            return;
        };
        if matches!(record.state, TaskState::Over { .. }) {
            return;
        }
        let was_open = record.state == TaskState::Wanted;
        record.state = TaskState::Over {
            completed,
            is_judged: false,
        };
        self.open_tasks -= usize::from(was_open);
        self.judge(task);
    }

    /// A task will never be done: nobody wants it any more, or nobody can pay for it.
    pub(super) fn set_withdrawn(&mut self, task: &Name) {
        let record = self.directory.task_mut(task);
        if let Some(record) = record.filter(|record| record.state == TaskState::Wanted) {
            record.state = TaskState::Withdrawn;
            self.open_tasks -= 1;
        }
    }

    /// Compares what came out with the truth, once both are known.
    pub(super) fn judge(&mut self, task: &Name) {
        let Some(record) = self.directory.task_mut(task) else {
            return;
        };
        let TaskState::Over {
            completed,
            is_judged: false,
        } = record.state
        else {
            return;
        };
        let verdict = match (completed, record.truth) {
            (false, _) => Verdict::Starved,
            (true, Truth::Known(Some(truth))) => match record.revealed == Some(truth) {
                true => Verdict::Correct,
                false => Verdict::Corrupted,
            },
            (true, Truth::Known(None) | Truth::Unasked | Truth::Running { .. }) => return,
        };
        record.state = TaskState::Over {
            completed,
            is_judged: true,
        };
        let task = task.clone();
        self.append(None, Event::TaskJudged { task, verdict });
    }
}
