//! A queue ordered by time, and by ticket among equals.

use std::collections::BTreeMap;

use crate::time::Timestamp;

/// Things due at points in time. Cloning it clones the future.
#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    /// Boxed: a map moves its neighbours whenever something comes or goes.
    due: BTreeMap<(Timestamp, u64), Box<T>>,
    next_ticket: u64,
}

/// A place in the order of things due at the same time.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

impl Ticket {
    pub(super) fn number(self) -> u64 {
        self.0
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            due: BTreeMap::new(),
            next_ticket: 0,
        }
    }
}

impl<T> Queue<T> {
    /// Adds `item`, due at `at`, behind everything already due then.
    pub(super) fn push(&mut self, at: Timestamp, item: T) {
        let ticket = self.ticket();
        self.push_with(ticket, at, item);
    }

    /// Takes a place among equals now, for an item whose time is not known yet.
    pub(super) fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    /// Adds `item` at the place taken before.
    pub(super) fn push_with(&mut self, ticket: Ticket, at: Timestamp, item: T) {
        self.due.insert((at, ticket.0), Box::new(item));
    }

    /// Returns when the first item is due.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first item if it is due by `now`.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, T)> {
        let first = self.due.first_entry()?;
        let (at, _) = *first.key();
        (at <= now).then(|| (at, *first.remove()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_come_in_the_order_of_their_tickets() {
        let second = Timestamp::from_secs(1);
        let mut queue = Queue::default();
        let early = queue.ticket();
        queue.push(second, "b");
        queue.push(Timestamp::START, "first");
        queue.push_with(early, second, "a");
        assert_eq!(queue.next_at(), Some(Timestamp::START));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_due(second)).collect();
        let items: Vec<_> = order.iter().map(|(_, item)| *item).collect();
        assert_eq!(items, ["first", "a", "b"]);
    }

    #[test]
    fn nothing_is_due_early() {
        let mut queue = Queue::default();
        queue.push(Timestamp::from_secs(2), ());
        assert_eq!(queue.pop_due(Timestamp::from_secs(1)), None);
    }
}
