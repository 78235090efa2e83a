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

/// How long a change may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// No longer than the caller's thread may be held up: whoever comes works it on the spot.
    Brief,
    /// Perhaps long: it is worked beside the threads that carry connections.
    Long,
}

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

/// A change that waits for its turn.
struct Turn<T> {
    manner: Manner,
    length: Length,
    change: Change<T>,
}

/// How a round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// Somebody else works, and will see what waits.
    Taken,
    /// Something that waits may take long, and was left for the threads beside.
    Left,
    /// What waited was worked.
    Worked,
}

/// The line and the one thing it changes.
pub(super) struct Turns<T> {
    line: Mutex<VecDeque<Turn<T>>>,
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
        length: Length,
        change: F,
    ) -> Result<R, Abandoned>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> R + Send + 'static,
    {
        let told = self.join(manner, length, change);
        if manner == Manner::Lead {
            yield_once().await;
        }
        self.work();
        told.await.map_err(|_| Abandoned)
    }

    /// As [`take`](Self::take), but begins at once: changes are carried out in the order in which
    /// this is called. What is returned waits for the end.
    pub(super) fn put<R, F>(
        self: &Arc<Self>,
        manner: Manner,
        length: Length,
        change: F,
    ) -> impl Future<Output = Result<R, Abandoned>> + Send + use<T, R, F>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> R + Send + 'static,
    {
        let told = self.join(manner, length, change);
        self.work();
        async move { told.await.map_err(|_| Abandoned) }
    }

    /// Puts a change in line; returns where its result will be heard.
    fn join<R, F>(&self, manner: Manner, length: Length, change: F) -> oneshot::Receiver<R>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> R + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        self.line.lock().push_back(Turn {
            manner,
            length,
            change: Box::new(move |subject| {
                let result = change(subject);
                // A caller that went away does not want to know.
                Box::new(move || drop(tell.send(result)))
            }),
        });
        told
    }

    /// Works one round if nobody else does, and sees to it that what came meanwhile is worked.
    ///
    /// A round that may take long is not worked here: the caller's thread has others to serve.
    fn work(self: &Arc<Self>) {
        let round = self.round(Length::Brief);
        if round == Round::Left {
            self.work_aside();
        }
        self.look_again(round);
    }

    /// Works one round beside, however long it takes.
    fn work_aside(self: &Arc<Self>) {
        let turns = Arc::clone(self);
        self.runtime.spawn(async move {
            let round = turns.round(Length::Long);
            turns.look_again(round);
        });
    }

    /// Whoever joined the line during a round found the subject taken and went to sleep: they are
    /// looked for after the subject was free again.
    fn look_again(self: &Arc<Self>, round: Round) {
        if round == Round::Worked && !self.line.lock().is_empty() {
            self.work_aside();
        }
    }

    fn round(&self, longest: Length) -> Round {
        let Some(mut subject) = self.subject.try_lock() else {
            return Round::Taken;
        };
        let line = {
            let mut line = self.line.lock();
            let is_long = |turn: &Turn<T>| turn.length == Length::Long;
            if longest == Length::Brief && line.iter().any(is_long) {
                return Round::Left;
            }
            std::mem::take(&mut *line)
        };
        let mut acknowledgements = Vec::with_capacity(line.len());
        for turn in line {
            if turn.manner == Manner::Alone && !acknowledgements.is_empty() {
                subject.settle();
            }
            acknowledgements.push((turn.change)(&mut subject));
        }
        if acknowledgements.is_empty() {
            return Round::Worked;
        }
        subject.settle();
        subject.publish();
        drop(subject);
        for acknowledge in acknowledgements {
            acknowledge();
        }
        Round::Worked
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
                    let mine = turns
                        .take(Manner::Join, Length::Brief, change)
                        .await
                        .unwrap();
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
            turns.take(Manner::Lead, Length::Brief, |tally: &mut Tally| {
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
        let first = turns.take(Manner::Join, Length::Brief, |tally: &mut Tally| {
            tally.changes = 7;
            7
        });
        let second = turns.take(Manner::Alone, Length::Long, |tally: &mut Tally| {
            tally.settled
        });
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first, second), (Ok(7), Ok(7)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_change_is_never_worked_by_the_thread_that_brings_one() {
        let (tally, ..) = tally();
        let turns = Turns::new(tally, Handle::current());
        // This thread is none of the runtime's workers: what is worked here is worked inline.
        let here = std::thread::current().id();
        let long = turns.take(Manner::Join, Length::Long, |_: &mut Tally| {
            std::thread::current().id()
        });
        let brief = turns.take(Manner::Join, Length::Brief, |_: &mut Tally| {
            std::thread::current().id()
        });
        let (long, brief) = tokio::join!(long, brief);
        assert_ne!(long.unwrap(), here);
        brief.unwrap();
        let brief = turns.take(Manner::Join, Length::Brief, |_: &mut Tally| {
            std::thread::current().id()
        });
        assert_eq!(brief.await.unwrap(), here);
    }
}
