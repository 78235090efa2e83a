//! Values that are made ahead of their time, on a second thread: by it if it comes to them first,
//! else by whoever needs them.
//!
//! What a value is never depends on who made it, so a run is the same on one core and on many.
//! Nobody waits for the second thread: at most for the one value it is making just now.

use std::{
    sync::{
        Arc, LazyLock, OnceLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use parking_lot::Mutex;

/// How much may wait for the second thread; what has no room is made by whoever needs it.
const WAITING_MAX: usize = 4_096;

/// From how many transactions on a block is worth waking the second thread for.
pub const MANY_TRANSACTIONS: usize = 8;

/// Something the second thread may do.
type Task = Box<dyn FnOnce() + Send>;

/// The way to the second thread; none where there is but one core, or no thread to be had.
static SECOND: LazyLock<Option<SyncSender<Task>>> = LazyLock::new(|| {
    if thread::available_parallelism().map_or(1, usize::from) < 2 {
        return None;
    }
    let (send, receive) = sync_channel(WAITING_MAX);
    let second = thread::Builder::new().name("ahead".to_owned());
    second.spawn(move || work(&receive)).ok().map(|_| send)
});

fn work(tasks: &Receiver<Task>) {
    while let Ok(task) = tasks.recv() {
        task();
    }
}

/// Gives the second thread something to do that would have to be done anyway; if it has enough to
/// do, nothing happens.
pub fn aside(task: impl FnOnce() + Send + 'static) {
    if let Some(second) = &*SECOND {
        // Whoever needs what the task would have done does it.
        drop(second.try_send(Box::new(task)));
    }
}

/// A value that may be there before anybody needs it. A clone is the same value.
pub struct Ahead<T>(Arc<Made<T>>);

struct Made<T> {
    value: OnceLock<T>,
    make: Mutex<Option<Make<T>>>,
}

type Make<T> = Box<dyn FnOnce() -> T + Send>;

impl<T: Send + Sync + 'static> Ahead<T> {
    /// Has a value made: `make` is called once, on this thread or on another.
    pub fn new(make: impl FnOnce() -> T + Send + 'static) -> Self {
        let made = Arc::new(Made {
            value: OnceLock::new(),
            make: Mutex::new(Some(Box::new(make))),
        });
        let theirs = Arc::clone(&made);
        aside(move || {
            theirs.get();
        });
        Self(made)
    }

    /// Returns the value; makes it if nobody has.
    pub fn get(&self) -> &T {
        self.0.get()
    }
}

impl<T> Made<T> {
    fn get(&self) -> &T {
        self.value.get_or_init(|| {
            let make = self.make.lock().take();
            make.expect("a value is made but once")()
        })
    }
}

impl<T> Clone for Ahead<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> std::fmt::Debug for Ahead<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Ahead").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn every_value_is_made_once_and_is_its_own() {
        let made = Arc::new(AtomicUsize::new(0));
        let count = 3 * WAITING_MAX;
        let values: Vec<Ahead<usize>> = (0..count)
            .map(|number| {
                let made = Arc::clone(&made);
                Ahead::new(move || {
                    made.fetch_add(1, Ordering::Relaxed);
                    number * number
                })
            })
            .collect();
        for (number, value) in values.iter().enumerate().rev() {
            assert_eq!(*value.clone().get(), number * number);
            assert_eq!(*value.get(), number * number);
        }
        assert_eq!(made.load(Ordering::Relaxed), count);
    }
}
