//! Work spread over threads. Rule: results come back in the order of the work, whoever did it.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Returns how many threads work on `count` things: as many as asked for, or as there are cores,
/// and never more than there is work.
pub(super) fn jobs(asked: Option<u16>, count: usize) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    asked.map_or_else(cores, usize::from).min(count.max(1))
}

/// Does the work numbered from 0 to `count` on `jobs` threads until it is done or `stop` says so,
/// and returns the results in the order of the numbers; none for what was not begun.
///
/// Each thread begins with a state of its own from `begin`, and takes the next number that nobody
/// has taken: neighbours in the order tend to meet the same state.
pub(super) fn each<S, T: Send>(
    (count, jobs): (usize, usize),
    stop: &(dyn Fn() -> bool + Sync),
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<Option<T>> {
    let slots: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    until(jobs, stop, begin, |state, index| {
        let Some(slot) = slots.get(index) else {
            return false;
        };
        let done = work(state, index);
        if let Ok(mut slot) = slot.lock() {
            *slot = Some(done);
        }
        true
    });
    let done = slots.into_iter();
    done.map(|slot| slot.into_inner().ok().flatten()).collect()
}

/// Does work numbered from 0 on `jobs` threads until `stop` says so, or `work` that there is no
/// more; states are begun and numbers taken as in [`each`].
pub(super) fn until<S>(
    jobs: usize,
    stop: &(dyn Fn() -> bool + Sync),
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> bool + Sync,
) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let mut state = begin();
                while !stop() && work(&mut state, next.fetch_add(1, Ordering::Relaxed)) {}
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_work() {
        for jobs in [1, 3, 8] {
            let squares = each((100, jobs), &|| false, || (), |(), at| at * at);
            let wanted: Vec<Option<usize>> = (0..100).map(|at| Some(at * at)).collect();
            assert_eq!(squares, wanted);
        }
    }

    #[test]
    fn what_is_not_begun_has_no_result() {
        let done = AtomicUsize::new(0);
        let stop = || done.load(Ordering::Relaxed) == 3;
        let found = each(
            (5, 1),
            &stop,
            || (),
            |(), at| {
                done.fetch_add(1, Ordering::Relaxed);
                at
            },
        );
        assert_eq!(found, [Some(0), Some(1), Some(2), None, None]);
    }
}
