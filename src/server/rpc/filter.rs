//! Filters: news kept for clients that come and ask. One nobody asks about for long is forgotten.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{B128, B256};
use alloy_rpc_types::{Filter, FilterBlockOption, Log};
use tokio::sync::broadcast::{self, error::TryRecvError};

use super::{
    error::{Answer, RpcError, reply},
    identifier,
    node::Notice,
    render,
};

/// Seconds a filter lives without being asked about.
const KEPT: u64 = 300;

/// Most filters at once; the one unasked for longest makes room.
const FILTERS_MAX: usize = 10_000;

/// The filters of all clients.
#[derive(Debug, Default)]
pub(super) struct Filters {
    by_id: BTreeMap<B128, Kept>,
}

#[derive(Debug)]
struct Kept {
    topic: Topic,
    news: broadcast::Receiver<Arc<Notice>>,
    asked: u64,
}

/// What a filter collects.
#[derive(Clone, Debug)]
pub(super) enum Topic {
    /// Hashes of new blocks.
    Blocks,
    /// Hashes of transactions that were accepted.
    PendingTransactions,
    /// Logs that match, after those found when the filter was made.
    Logs {
        /// What matches.
        filter: Box<Filter>,
        /// Logs found when the filter was made, until they are told.
        earlier: Vec<Log>,
    },
}

impl Filters {
    /// Begins to collect; returns the filter's id.
    pub(super) fn add(
        &mut self,
        topic: Topic,
        news: broadcast::Receiver<Arc<Notice>>,
        now: u64,
    ) -> B128 {
        self.forget(now);
        if self.by_id.len() >= FILTERS_MAX {
            let oldest = self.by_id.iter().min_by_key(|(_, kept)| kept.asked);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.by_id.remove(&oldest);
            }
        }
        let id = identifier::random();
        let asked = now;
        self.by_id.insert(id, Kept { topic, news, asked });
        id
    }

    /// Ends a filter; false if there was none.
    pub(super) fn remove(&mut self, id: &B128) -> bool {
        self.by_id.remove(id).is_some()
    }

    /// Returns what a log filter looks for.
    pub(super) fn logs_wanted(&mut self, id: &B128, now: u64) -> Result<Filter, RpcError> {
        match &self.ask(id, now)?.topic {
            Topic::Logs { filter, .. } => Ok(Filter::clone(filter)),
            Topic::Blocks | Topic::PendingTransactions => Err(not_found()),
        }
    }

    /// Answers what is new since the last time.
    pub(super) fn changes(&mut self, id: &B128, now: u64) -> Answer {
        let kept = self.ask(id, now)?;
        let mut notices = Vec::new();
        loop {
            match kept.news.try_recv() {
                Ok(notice) => notices.push(notice),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                Err(TryRecvError::Lagged(_)) => {
                    // News was lost: a client told so asks for everything again.
                    self.by_id.remove(id);
                    return Err(not_found());
                }
            }
        }
        match &mut kept.topic {
            Topic::Blocks => {
                let added = notices.iter().flat_map(|notice| &notice.added);
                reply(&added.map(|block| block.hash).collect::<Vec<_>>())
            }
            Topic::PendingTransactions => {
                let submitted = notices.iter().flat_map(|notice| &notice.submitted);
                reply(&submitted.map(render::hash).collect::<Vec<B256>>())
            }
            Topic::Logs { filter, earlier } => {
                let mut logs = std::mem::take(earlier);
                for notice in &notices {
                    collect(notice, filter, &mut logs);
                }
                reply(&logs)
            }
        }
    }

    fn ask(&mut self, id: &B128, now: u64) -> Result<&mut Kept, RpcError> {
        self.forget(now);
        let kept = self.by_id.get_mut(id).ok_or_else(not_found)?;
        kept.asked = now;
        Ok(kept)
    }

    fn forget(&mut self, now: u64) {
        self.by_id
            .retain(|_, kept| now.saturating_sub(kept.asked) < KEPT);
    }
}

fn collect(notice: &Notice, filter: &Filter, logs: &mut Vec<Log>) {
    for block in &notice.removed {
        let mut gone = render::matching_logs(block, filter, true);
        gone.reverse();
        logs.append(&mut gone);
    }
    for block in &notice.added {
        let wanted = match filter.block_option {
            FilterBlockOption::AtBlockHash(hash) => hash == block.hash,
            FilterBlockOption::Range { .. } => filter.matches_block_range(block.number()),
        };
        if wanted {
            logs.append(&mut render::matching_logs(block, filter, false));
        }
    }
}

fn not_found() -> RpcError {
    RpcError::server("filter not found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_nobody_asks_about_is_forgotten() {
        let (news, _) = broadcast::channel(4);
        let mut filters = Filters::default();
        let id = filters.add(Topic::Blocks, news.subscribe(), 1_000);
        assert!(filters.changes(&id, 1_000 + KEPT - 1).is_ok());
        assert!(filters.changes(&id, 1_000 + 2 * KEPT - 2).is_ok());
        let gone = filters.changes(&id, 1_000 + 3 * KEPT);
        assert_eq!(gone.unwrap_err().message, "filter not found");
    }

    #[test]
    fn a_filter_that_lost_news_is_gone() {
        let (news, _) = broadcast::channel(2);
        let mut filters = Filters::default();
        let id = filters.add(Topic::Blocks, news.subscribe(), 0);
        for _ in 0..3 {
            news.send(Arc::default()).unwrap();
        }
        assert!(filters.changes(&id, 0).is_err());
        assert!(!filters.remove(&id));
    }
}
