//! The fold: what each event changes. Every event has its arm.

use super::{Breach, FaultView, Outage, TaskStatus, View, WorkerState, since::touch};
use crate::{
    log::{Event, Record},
    protocol::Name,
};

impl View {
    /// Changes the view by `event`, which is that of `record`.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each event, each a line or a call"
    )]
    pub(super) fn apply_event(&mut self, record: &Record, event: &Event) {
        let seq = record.seq;
        match event {
            Event::RunStarted {
                title,
                seed,
                version,
                start,
                block_ms,
            } => {
                self.run.title.clone_from(title);
                self.run.seed = *seed;
                self.run.version.clone_from(version);
                self.run.start = *start;
                self.run.block_ms = *block_ms;
            }
            Event::RunFinished { reason } => self.run.end = Some(*reason),
            Event::AccountOpened { account, .. } => self.account(account, seq).since = seq,
            Event::AppRegistered {
                app, owner, price, ..
            } => {
                let mut app = touch(self.apps.entry(app), seq);
                (app.owner, app.price, app.since) = (Some(owner.clone()), *price, seq);
            }
            Event::DatasetRegistered {
                dataset,
                owner,
                price,
                ..
            } => {
                let mut dataset = touch(self.datasets.entry(dataset), seq);
                (dataset.owner, dataset.price, dataset.since) = (Some(owner.clone()), *price, seq);
            }
            Event::WorkerpoolRegistered {
                pool,
                owner,
                worker_stake,
                fee,
                ..
            } => {
                let mut pool = touch(self.pools.entry(pool), seq);
                (pool.owner, pool.since) = (Some(owner.clone()), seq);
                (pool.worker_stake, pool.fee) = (*worker_stake, *fee);
            }
            Event::WorkerJoined { .. } => self.joined(record, event),
            Event::WorkerLeft { worker, .. } => {
                self.set_away(worker, Some(WorkerState::Left), seq);
            }
            Event::TaskRequested { .. } => self.requested(record, event),
            Event::ContractDeployed { .. }
            | Event::OrderPublished { .. }
            | Event::SchedulerNotice { .. }
            | Event::WorkerAssigned { .. }
            | Event::ExecutionWarned { .. } => {}
            Event::OrderCancelled { task, .. } => {
                let task = task.as_ref().and_then(|task| self.tasks.get_mut(task));
                if let Some(task) = task.filter(|task| task.waiting()) {
                    touch(task, seq).enter(TaskStatus::Withdrawn, seq);
                }
            }
            Event::BookChanged {
                best_ask,
                best_bid,
                ask_volume,
                bid_volume,
            } => {
                let mut book = touch(&mut self.book, seq);
                (book.best_ask, book.best_bid, book.since) = (*best_ask, *best_bid, seq);
                (book.ask_volume, book.bid_volume) = (*ask_volume, *bid_volume);
            }
            Event::BlockMined {
                transactions,
                gas_used,
                ..
            } => {
                let mut chain = touch(&mut self.chain, seq);
                chain.blocks += 1;
                chain.txs += transactions;
                chain.gas += gas_used;
            }
            Event::ChainReorganised { .. } => self.chain.reorganisations += 1,
            Event::Revert {
                from,
                expected,
                task,
                ..
            } => self.reverted(from, *expected, task.as_ref(), seq),
            Event::OrdersMatched { .. } => self.matched(record, event),
            Event::TaskInitialize { .. } => self.initialized(record, event),
            Event::TaskContribute { .. } => self.contributed(record, event),
            Event::TaskConsensus {
                task,
                consensus,
                winners,
            } => {
                let mut task = touch(self.tasks.entry(task), seq);
                task.enter(TaskStatus::Revealing, seq);
                task.consensus_reached = Some(record.time);
                (task.consensus, task.winners) = (Some(*consensus), *winners);
            }
            Event::TaskReveal {
                task,
                worker,
                digest,
            } => {
                let mut task = touch(self.tasks.entry(task), seq);
                task.reveals += 1;
                task.digest = Some(*digest);
                if let Some(vote) = task.votes.iter_mut().find(|vote| vote.worker == *worker) {
                    vote.revealed = Some(record.time);
                }
                let mut worker = touch(self.workers.entry(worker), seq);
                worker.reveals += 1;
                worker.since = seq;
            }
            Event::TaskReopen { task } => touch(self.tasks.entry(task), seq).reopen(seq),
            Event::TaskFinalize { task, results } => self.finalized(task, results, record),
            Event::TaskClaimed { task } => {
                let mut task = touch(self.tasks.entry(task), seq);
                task.enter(TaskStatus::Failed, seq);
                task.ended = Some(record.time);
            }
            Event::AccurateContribution { task, worker } => {
                self.judged_vote(task, worker, true);
                let score = self.workers.entry(worker).score.saturating_add(1);
                self.score(worker, score, record);
            }
            Event::FaultyContribution { task, worker } => {
                self.judged_vote(task, worker, false);
                let score = self.workers.entry(worker).score.saturating_mul(2) / 3;
                self.score(worker, score, record);
            }
            Event::ScoreChanged { worker, score } => self.score(worker, *score, record),
            Event::Transfer { from, to, amount } => {
                self.transfer(from.as_ref(), to.as_ref(), *amount, seq);
            }
            Event::Lock { account, amount } => self.account(account, seq).lock(*amount),
            Event::Unlock { account, amount } => self.account(account, seq).unlock(*amount),
            Event::Reward {
                account,
                amount,
                task,
            } => self.reward(account, *amount, task, seq),
            Event::Seize {
                account,
                amount,
                task,
            } => self.seize(account, *amount, task, seq),
            Event::InputsFetched { task, files, .. } => {
                let mut task = touch(self.tasks.entry(task), seq);
                if task.inputs.is_empty() {
                    task.inputs.clone_from(files);
                }
            }
            Event::ExecutionStarted { task, worker, .. } => self.started(task, worker, record),
            Event::ExecutionFinished { .. } => self.finished(record, event),
            Event::ExecutionAbandoned {
                task,
                worker,
                reason,
            } => self.abandoned(task, worker, reason, record),
            Event::ResultUploaded { task, size, .. } => {
                touch(self.tasks.entry(task), seq).uploaded = Some(*size);
            }
            Event::ResultDownloaded { task, .. } => {
                touch(self.tasks.entry(task), seq).downloaded = Some(record.time);
            }
            Event::TruthComputed { task, digest } => {
                touch(self.tasks.entry(task), seq).truth = *digest
            }
            Event::TaskJudged { task, verdict } => {
                touch(self.tasks.entry(task), seq).verdict = Some(*verdict);
            }
            Event::FaultInjected {
                verb,
                targets,
                note,
            } => {
                self.faults.push(FaultView {
                    verb: verb.clone(),
                    targets: targets.clone(),
                    note: note.clone(),
                    seq,
                    from: record.time,
                    until: None,
                });
                self.pausing(verb, targets, seq);
            }
            Event::FaultHealed { verb, targets } => {
                let last = self.faults.iter_mut().rev().find(|fault| {
                    fault.until.is_none() && fault.verb == *verb && fault.targets == *targets
                });
                if let Some(fault) = last {
                    fault.until = Some(record.time);
                }
                if verb == "pause_actor" {
                    self.pausing("resume", targets, seq);
                }
            }
            Event::Crashed { actor } => self.crashed(actor, record),
            Event::Restarted { actor } => {
                if let Some(at) = self.down.remove(actor) {
                    self.outages[at].until = Some(record.time);
                }
                if let Some(("worker", worker)) = actor.split_kind() {
                    self.set_away(&worker.into(), None, seq);
                }
            }
            Event::MessageLost { .. } => self.messages_lost += 1,
            Event::InvariantBroken {
                law,
                transaction,
                detail,
            } => self.breaches.push(Breach {
                seq,
                block: record.block,
                law: law.clone(),
                transaction: *transaction,
                detail: detail.clone(),
            }),
            Event::ExpectationChecked(check) => self.checks.push(check.clone()),
        }
    }

    /// Notes that an actor is down, and that what it computed is lost.
    fn crashed(&mut self, actor: &Name, record: &Record) {
        if !self.down.contains_key(actor) {
            self.down.insert(actor.clone(), self.outages.len());
            self.outages.push(Outage {
                actor: actor.clone(),
                from: record.time,
                until: None,
            });
        }
        if let Some(("worker", worker)) = actor.split_kind() {
            let worker = Name::from(worker);
            let mut row = touch(self.workers.entry(&worker), record.seq);
            let running = std::mem::take(&mut row.running);
            drop(row);
            for task in running {
                touch(self.tasks.entry(&task), record.seq).stop(&worker, "crashed", record.time);
            }
            self.set_away(&worker, Some(WorkerState::Crashed), record.seq);
        }
    }

    /// Notes workers the timeline pauses or resumes.
    fn pausing(&mut self, verb: &str, targets: &[Name], seq: u64) {
        let away = match verb {
            "pause_actor" => Some(WorkerState::Paused),
            "resume" => None,
            _ => return,
        };
        for target in targets {
            if let Some(("worker", worker)) = target.split_kind() {
                self.set_away(&worker.into(), away, seq);
            }
        }
    }

    fn set_away(&mut self, worker: &Name, away: Option<WorkerState>, seq: u64) {
        let mut worker = touch(self.workers.entry(worker), seq);
        (worker.away, worker.since) = (away, seq);
    }
}
