//! One writer at a time, no thread of its own: whoever comes first works for all who wait.
//!
//! A change is put in line; then its caller tries to become the worker. If somebody else works
//! already, that worker will see the line before it goes home, so nothing can be forgotten. What
//! gathered while one round was worked is the next round: under load rounds grow by themselves,
//! without any timer.

use std::{collections::VecDeque, future::poll_fn, sync::Arc, task::Poll};

use parking_lot::Mutex;
use tokio::{runtime::Handle, sync::oneshot};

/// Something changed in rounds.
pub(super) trait Rounds: Send + 'static {
    /// Completes what the changes so far have begun, so that they may be acknowledged.
    fn settle(&mut self);

    /// Shows the result of a round to readers.
    fn publish(&mut self);
}

/// A change: carried out in its turn, acknowledged after its round was published.
type Change<T> = Box<dyn FnOnce(&mut T) -> Acknowledge + Send>;
type Acknowledge = Box<dyn FnOnce() + Send>;

/// What a change does to those gathered before it in the same round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Nothing: it joins them.
    Join,
    /// Nothing, and others come right behind it: they are waited for, so that one round holds all.
    Lead,
    /// It wants them settled first.
    Alone,
}

/// The line and the one thing it changes.
pub(super) struct Turns<T> {
    line: Mutex<VecDeque<(Manner, Change<T>)>>,
    subject: Mutex<T>,
    runtime: Handle,
}

/// The change was never made: the subject failed under an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain failed while working on an earlier request")]
pub(super) struct Abandoned;

impl<T: Rounds> Turns<T> {
    /// Begins with `subject`; rounds that outlive their caller go on in `runtime`.
    pub(super) fn new(subject: T, runtime: Handle) -> Arc<Self> {
        Arc::new(Self {
            line: Mutex::default(),
            subject: Mutex::new(subject),
            runtime,
        })
    }

    /// Carries out `change` in its turn; returns when its round is settled and published.
    ///
    /// # Errors
    ///
    /// [`Abandoned`] if the change panicked.
    pub(super) async fn take<R, F>(
        self: &Arc<Self>,
        manner: Manner,
        change: F,
    ) -> Result<R, Abandoned>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> R + Send + 'static,
    {
        let told = self.join(manner, change);
        match manner {
            Manner::Join => self.work(),
            Manner::Lead => {
                yield_once().await;
                self.work();
            }
            // It may take long, and the caller's thread has others to serve.
            Manner::Alone => self.work_aside(),
        }
        told.await.map_err(|_| Abandoned)
    }

    /// As [`take`](Self::take), but begins at once: changes are carried out in the order in which
    /// this is called. What is returned waits for the end.
    pub(super) fn put<R, F>(
        self: &Arc<Self>,
        manner: Manner,
        change: F,
    ) -> impl Future<Output = Result<R, Abandoned>> + Send + use<T, R, F>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> R + Send + 'static,
    {
        let told = self.join(manner, change);
        self.work();
        async move { told.await.map_err(|_| Abandoned) }
    }

    /// Puts a change in line; returns where its result will be heard.
    fn join<R, F>(&self, manner: Manner, change: F) -> oneshot::Receiver<R>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> R + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        self.line.lock().push_back((
            manner,
            Box::new(move |subject| {
                let result = change(subject);
                // A caller that went away does not want to know.
                Box::new(move || drop(tell.send(result)))
            }),
        ));
        told
    }

    /// Works one round if nobody else does, and sees to it that what came meanwhile is worked.
    fn work(self: &Arc<Self>) {
        let worked = self.round();
        // Whoever joined the line during the round found the subject taken and went to sleep:
        // they are looked for after the subject was free again.
        if worked && !self.line.lock().is_empty() {
            self.work_aside();
        }
    }

    fn work_aside(self: &Arc<Self>) {
        let turns = Arc::clone(self);
        self.runtime.spawn(async move { turns.work() });
    }

    fn round(&self) -> bool {
        let Some(mut subject) = self.subject.try_lock() else {
            return false;
        };
        let line = std::mem::take(&mut *self.line.lock());
        let mut acknowledgements = Vec::with_capacity(line.len());
        for (manner, change) in line {
            if manner == Manner::Alone && !acknowledgements.is_empty() {
                subject.settle();
            }
            acknowledgements.push(change(&mut subject));
        }
        if acknowledgements.is_empty() {
            return true;
        }
        subject.settle();
        subject.publish();
        drop(subject);
        for acknowledge in acknowledgements {
            acknowledge();
        }
        true
    }
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[derive(Default)]
    struct Tally {
        changes: u64,
        settled: u64,
        published: Arc<AtomicU64>,
        rounds: Arc<AtomicU64>,
    }

    impl Rounds for Tally {
        fn settle(&mut self) {
            self.settled = self.changes;
        }

        fn publish(&mut self) {
            self.published.store(self.settled, Ordering::SeqCst);
            self.rounds.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn tally() -> (Tally, Arc<AtomicU64>, Arc<AtomicU64>) {
        let tally = Tally::default();
        let (published, rounds) = (Arc::clone(&tally.published), Arc::clone(&tally.rounds));
        (tally, published, rounds)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_change_is_forgotten_and_each_is_published_before_it_is_acknowledged() {
        let (tally, published, _) = tally();
        let turns = Turns::new(tally, Handle::current());
        let clients = (0..64).map(|_| {
            let (turns, published) = (Arc::clone(&turns), Arc::clone(&published));
            Handle::current().spawn(async move {
                for _ in 0..200 {
                    let change = |tally: &mut Tally| {
                        tally.changes += 1;
                        tally.changes
                    };
                    let mine = turns.take(Manner::Join, change).await.unwrap();
                    assert!(published.load(Ordering::SeqCst) >= mine);
                }
            })
        });
        for client in join_all(clients).await {
            client.unwrap();
        }
        assert_eq!(published.load(Ordering::SeqCst), 64 * 200);
    }

    #[tokio::test]
    async fn changes_made_together_share_a_round_in_their_order() {
        let (tally, _, rounds) = tally();
        let turns = Turns::new(tally, Handle::current());
        let changes = (0..100).map(|_| {
            turns.take(Manner::Lead, |tally: &mut Tally| {
                tally.changes += 1;
                tally.changes
            })
        });
        let order: Vec<u64> = join_all(changes)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(order, (1..=100).collect::<Vec<_>>());
        assert!(rounds.load(Ordering::SeqCst) < 10, "{rounds:?} rounds");
    }

    #[tokio::test]
    async fn a_change_made_alone_sees_the_earlier_ones_settled() {
        let (tally, ..) = tally();
        let turns = Turns::new(tally, Handle::current());
        let first = turns.take(Manner::Join, |tally: &mut Tally| {
            tally.changes = 7;
            7
        });
        let second = turns.take(Manner::Alone, |tally: &mut Tally| tally.settled);
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first, second), (Ok(7), Ok(7)));
    }
}
