//! A task somebody waits for. Rule: waiting moves time, and only as far as it must.

use std::{future::IntoFuture, time::Duration};

use alloy_primitives::{B256, Bytes};
use futures_util::future::BoxFuture;

use super::{Network, State};
use crate::{
    amount::Nrlc,
    log::{EndReason, TaskStatus, TaskView},
    protocol::Name,
    services::results::ContentId,
    world::Programs,
};

/// A task that was requested. Await it, or [`wait`](Self::wait) for it.
#[derive(Clone, Debug)]
pub struct TaskHandle {
    network: Network,
    name: Name,
}

/// What became of a task that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskResult {
    /// Its name.
    pub name: Name,
    /// [`Completed`](TaskStatus::Completed), or [`Failed`](TaskStatus::Failed) when it was claimed.
    pub status: TaskStatus,
    /// Its id on the chain.
    pub id: Option<B256>,
    /// The text the agreed result holds.
    pub output: Option<String>,
    /// Where the result is said to lie, as the chain has it.
    pub results: Option<String>,
    /// The archive the workers uploaded; none when the result went to a callback contract.
    pub archive: Option<Bytes>,
    /// Whether the result is the honest one: the emulator knows. None when that cannot be known,
    /// as when honest runs differ.
    pub correct: Option<bool>,
    /// From the request to the end.
    pub latency: Option<Duration>,
    /// What the requester paid; nothing when the task failed and was refunded.
    pub spent: Nrlc,
}

/// Why a task will never be over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// Nothing is left to happen that could end it: no order matches, or nobody can pay.
    #[error("{task} stays {}: nothing is left to happen that could end it", status.as_str())]
    Stalled {
        /// The task.
        task: Name,
        /// Where it stands.
        status: TaskStatus,
    },
    /// The run ended first.
    #[error("the run ended ({reason:?}) before {task}, which is {}", status.as_str())]
    Ended {
        /// The task.
        task: Name,
        /// Where it stands.
        status: TaskStatus,
        /// Why the run ended.
        reason: EndReason,
    },
}

impl TaskHandle {
    pub(super) fn new(network: Network, name: Name) -> Self {
        Self { network, name }
    }

    /// Returns its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Returns everything known of it now; none before it was requested.
    pub fn view(&self) -> Option<TaskView> {
        self.network
            .read(|world| world.log().view().tasks.get(&*self.name).cloned())
    }

    /// Lets time pass until the task is over; waits on this thread for programs that take real time.
    ///
    /// # Errors
    ///
    /// [`WaitError`] when it will never be over.
    pub fn wait(&self) -> Result<TaskResult, WaitError> {
        let mut state = self.network.live.state.lock();
        let mut programs = Programs::new(&self.network.plan.executors);
        let over = loop {
            programs.take_up(&mut state.world);
            if let Some(over) = self.over(&state) {
                break over;
            }
            if programs.turn(&mut state.world).is_some() {
                break Err(self.never(&state));
            }
        };
        // What is under way for others is theirs: it must not be lost.
        programs.finish(&mut state.world);
        over
    }

    async fn waited(self) -> Result<TaskResult, WaitError> {
        let (live, plan) = (&self.network.live, &self.network.plan);
        let _driving = live.driving.lock().await;
        let mut programs = Programs::new(&plan.executors);
        let over = loop {
            {
                let mut state = live.state.lock();
                programs.take_up(&mut state.world);
                if let Some(over) = self.over(&state) {
                    break over;
                }
                if let Some(next) = programs.deadline(&state.world) {
                    state.world.advance(next);
                    continue;
                }
                if programs.is_empty() || state.world.is_idle() {
                    break Err(self.never(&state));
                }
            }
            if let Some(done) = programs.next().await {
                programs.hand_over(&mut live.state.lock().world, done);
            }
        };
        while let Some(done) = programs.next().await {
            programs.hand_over(&mut live.state.lock().world, done);
        }
        over
    }

    /// Returns the result of the task, once it is over.
    fn over(&self, state: &State) -> Option<Result<TaskResult, WaitError>> {
        let task = state.world.log().view().tasks.get(&*self.name);
        let task = task.filter(|task| task.status.is_final())?;
        Some(Ok(self.result(state, task)))
    }

    /// Says why the task will never be over.
    fn never(&self, state: &State) -> WaitError {
        let task = self.name.clone();
        let known = state.world.log().view().tasks.get(&*self.name);
        let status = known.map(|task| task.status).unwrap_or_default();
        match state.world.ended() {
            Some(reason) => WaitError::Ended {
                task,
                status,
                reason,
            },
            None => WaitError::Stalled { task, status },
        }
    }

    fn result(&self, state: &State, task: &TaskView) -> TaskResult {
        let completed = task.status == TaskStatus::Completed;
        let id = task.results.as_deref().and_then(ContentId::from_link);
        let archive = id.and_then(|id| state.world.results().get(id).ok().flatten());
        TaskResult {
            name: self.name.clone(),
            status: task.status,
            id: task.id,
            output: task.output().map(str::to_owned),
            results: task.results.clone(),
            archive: archive.map(|bytes| Bytes::copy_from_slice(&bytes)),
            correct: task.correct(),
            latency: task.latency(),
            spent: match &task.terms {
                Some(terms) if completed => terms.total(),
                _ => Nrlc::ZERO,
            },
        }
    }
}

impl IntoFuture for TaskHandle {
    type Output = Result<TaskResult, WaitError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.waited())
    }
}
