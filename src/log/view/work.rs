//! The fold over the life of a task and the doings of workers.

use std::sync::Arc;

use alloy_primitives::B256;

use super::{Execution, Product, TaskStatus, TaskView, Terms, View, Vote, since::touch};
use crate::{
    log::{Event, Record},
    protocol::Name,
    time::Timestamp,
};

impl View {
    pub(super) fn joined(&mut self, record: &Record, event: &Event) {
        let Event::WorkerJoined {
            worker: name,
            pool,
            group,
            behaviour,
            score,
        } = event
        else {
            return;
        };
        let mut worker = touch(self.workers.entry(name), record.seq);
        if worker.group.is_none() {
            self.worker_groups.entry(group).push(name.clone());
        }
        (worker.group, worker.pool) = (Some(group.clone()), Some(pool.clone()));
        worker.behaviour.clone_from(behaviour);
        (worker.away, worker.since) = (None, record.seq);
        drop(worker);
        self.score(name, *score, record);
    }

    pub(super) fn requested(&mut self, record: &Record, event: &Event) {
        let Event::TaskRequested {
            task: name,
            group,
            requester,
            app,
            dataset,
            trust,
            category,
        } = event
        else {
            return;
        };
        let mut task = touch(self.tasks.entry(name), record.seq);
        if task.group.is_none() {
            self.task_groups.entry(group).push(name.clone());
        }
        (task.name, task.group) = (Some(name.clone()), Some(group.clone()));
        (task.requester, task.app) = (Some(requester.clone()), Some(app.clone()));
        (task.dataset, task.category) = (dataset.clone(), Some(category.clone()));
        (task.trust, task.requested) = (*trust, Some(record.time));
        task.status_since = record.seq;
    }

    pub(super) fn matched(&mut self, record: &Record, event: &Event) {
        let Event::OrdersMatched {
            deal,
            tasks,
            pool,
            app,
            dataset,
            requester,
            sponsor,
            app_price,
            dataset_price,
            pool_price,
            worker_stake,
            trust,
        } = event
        else {
            return;
        };
        let terms = Arc::new(Terms {
            deal: *deal,
            pool: pool.clone(),
            sponsor: sponsor.clone(),
            app_price: *app_price,
            dataset_price: *dataset_price,
            pool_price: *pool_price,
            worker_stake: *worker_stake,
            trust: (*trust).max(1),
            fee: self.pools.get(pool).map_or(0, |pool| pool.fee),
        });
        for name in tasks {
            let mut task = touch(self.tasks.entry(name), record.seq);
            if task.group.is_none() {
                task.group = Some(name.clone());
                self.task_groups.entry(name).push(name.clone());
            }
            task.name.get_or_insert_with(|| name.clone());
            task.requester.get_or_insert_with(|| requester.clone());
            (task.app, task.dataset) = (Some(app.clone()), dataset.clone());
            (task.matched, task.terms) = (Some(record.time), Some(terms.clone()));
            task.enter(TaskStatus::Unset, record.seq);
            task.first.get_or_insert(record.seq);
            task.since = record.seq;
        }
        let mut pool = touch(self.pools.entry(pool), record.seq);
        pool.sold += tasks.len() as u64;
        pool.since = record.seq;
    }

    pub(super) fn initialized(&mut self, record: &Record, event: &Event) {
        let Event::TaskInitialize {
            task: name,
            id,
            contribution_deadline,
            final_deadline,
            ..
        } = event
        else {
            return;
        };
        let mut task = touch(self.tasks.entry(name), record.seq);
        task.enter(TaskStatus::Active, record.seq);
        (task.initialized, task.id) = (Some(record.time), Some(*id));
        task.contribution_deadline = Some(*contribution_deadline);
        task.final_deadline = Some(*final_deadline);
    }

    pub(super) fn contributed(&mut self, record: &Record, event: &Event) {
        let Event::TaskContribute {
            task,
            worker,
            hash,
            weight,
        } = event
        else {
            return;
        };
        let score = self.workers.entry(worker).score;
        let mut row = touch(self.tasks.entry(task), record.seq);
        row.groups += u64::from(!row.votes.iter().any(|vote| vote.hash == *hash));
        row.votes.push(Vote {
            worker: worker.clone(),
            hash: *hash,
            weight: *weight,
            score,
            time: record.time,
            seq: record.seq,
            revealed: None,
            rejected: false,
            accurate: None,
        });
        drop(row);
        let mut worker = touch(self.workers.entry(worker), record.seq);
        worker.contributions += 1;
        worker.since = record.seq;
    }

    pub(super) fn finalized(&mut self, name: &Name, results: &str, record: &Record) {
        let mut task = touch(self.tasks.entry(name), record.seq);
        task.enter(TaskStatus::Completed, record.seq);
        (task.ended, task.results) = (Some(record.time), Some(results.to_owned()));
        let Some(terms) = task.terms.clone() else {
            return;
        };
        let (app, dataset) = (task.app.clone(), task.dataset.clone());
        if let Some(app) = app {
            let mut app = touch(self.apps.entry(&app), record.seq);
            app.earned = app.earned.gain(terms.app_price);
            (app.tasks, app.since) = (app.tasks + 1, record.seq);
        }
        if let Some(dataset) = dataset {
            let mut dataset = touch(self.datasets.entry(&dataset), record.seq);
            dataset.earned = dataset.earned.gain(terms.dataset_price);
            (dataset.tasks, dataset.since) = (dataset.tasks + 1, record.seq);
        }
    }

    pub(super) fn judged_vote(&mut self, task: &Name, worker: &Name, accurate: bool) {
        let votes = &mut self.tasks.entry(task).votes;
        if let Some(vote) = votes.iter_mut().find(|vote| vote.worker == *worker) {
            vote.accurate = Some(accurate);
        }
    }

    pub(super) fn score(&mut self, worker: &Name, score: u64, record: &Record) {
        let mut worker = touch(self.workers.entry(worker), record.seq);
        worker.since = record.seq;
        if worker.score == score && !worker.scores.is_empty() {
            return;
        }
        (worker.score, worker.score_since) = (score, record.seq);
        match worker.scores.last_mut() {
            Some((time, last)) if *time == record.time => *last = score,
            _ => worker.scores.push((record.time, score)),
        }
    }

    pub(super) fn started(&mut self, task: &Name, worker: &Name, record: &Record) {
        touch(self.tasks.entry(task), record.seq)
            .executions
            .push(Execution {
                worker: worker.clone(),
                started: record.time,
                ended: None,
                outcome: None,
                digest: None,
            });
        let mut worker = touch(self.workers.entry(worker), record.seq);
        worker.running.push(task.clone());
        worker.since = record.seq;
    }

    pub(super) fn finished(&mut self, record: &Record, event: &Event) {
        let Event::ExecutionFinished {
            task: name,
            worker,
            digest,
            outcome,
            outputs,
            output,
            ..
        } = event
        else {
            return;
        };
        self.stopped(name, worker, record.seq);
        let mut task = touch(self.tasks.entry(name), record.seq);
        task.stop(worker, outcome, record.time);
        if let Some(execution) = task.execution_of(worker) {
            execution.digest = Some(*digest);
        }
        task.errors += u64::from(outcome != "ok");
        if !task.has_product(*digest) {
            task.products.push(Product {
                digest: *digest,
                outputs: outputs.clone(),
                output: output.clone(),
            });
        }
    }

    pub(super) fn abandoned(&mut self, name: &Name, worker: &Name, reason: &str, record: &Record) {
        self.stopped(name, worker, record.seq);
        let mut task = touch(self.tasks.entry(name), record.seq);
        task.errors += u64::from(task.status < TaskStatus::Revealing);
        task.stop(worker, reason, record.time);
    }

    fn stopped(&mut self, task: &Name, worker: &Name, seq: u64) {
        let mut worker = touch(self.workers.entry(worker), seq);
        worker.running.retain(|running| running != task);
        worker.since = seq;
    }
}

impl TaskView {
    /// Opens the vote again: the votes for the consensus count no more.
    pub(super) fn reopen(&mut self, seq: u64) {
        let consensus = self.consensus.take();
        for vote in &mut self.votes {
            vote.rejected |= Some(vote.hash) == consensus;
        }
        (self.winners, self.reveals, self.digest) = (0, 0, None);
        self.reopens += 1;
        self.enter(TaskStatus::Active, seq);
    }

    /// Ends the running execution of `worker`, if there is one.
    pub(super) fn stop(&mut self, worker: &str, outcome: &str, time: Timestamp) {
        if let Some(execution) = self.execution_of(worker)
            && execution.ended.is_none()
        {
            execution.ended = Some(time);
            execution.outcome = Some(outcome.into());
        }
    }

    fn execution_of(&mut self, worker: &str) -> Option<&mut Execution> {
        let mut latest_first = self.executions.iter_mut().rev();
        latest_first.find(|execution| &*execution.worker == worker)
    }

    fn has_product(&self, digest: B256) -> bool {
        self.products.iter().any(|product| product.digest == digest)
    }
}
