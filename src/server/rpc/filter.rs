//! Filters: news kept for clients that come and ask. One nobody asks about for long is forgotten.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{B128, B256};
use alloy_rpc_types::{Filter, FilterBlockOption};
use tokio::sync::broadcast::{self, error::TryRecvError};

use super::{
    answer::List,
    error::{Answer, RpcError},
    identifier,
    node::Notice,
    render,
};
use crate::chain::{Chain, LogQuery};

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
    /// Logs that match.
    Logs {
        /// What matches.
        filter: Box<Filter>,
        /// The blocks whose logs are told before any news.
        past: Option<(u64, u64)>,
        /// The head when the past was told: it is not told as news.
        told: Option<B256>,
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

    /// Answers what is new since the last time, as much of it as fits; `chain` is what there is.
    ///
    /// # Errors
    ///
    /// When there is no such filter, when the filter is behind and hence gone, or when the past or a
    /// single round of news is longer than an answer may be.
    pub(super) fn changes(
        &mut self,
        id: &B128,
        now: u64,
        mut list: List,
        chain: impl FnOnce() -> Chain,
    ) -> Answer {
        let kept = self.ask(id, now)?;
        if let Topic::Logs { filter, past, told } = &mut kept.topic
            && let Some((from, to)) = *past
        {
            // The chain is looked at after this: it holds all that is news until now.
            while !matches!(
                kept.news.try_recv(),
                Err(TryRecvError::Empty | TryRecvError::Closed)
            ) {}
            let chain = chain();
            find(&chain, filter, from, to, &mut list)?;
            (*past, *told) = (None, Some(chain.head().hash));
            return list.end();
        }
        while !list.is_half_full() {
            let notice = match kept.news.try_recv() {
                Ok(notice) => notice,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                Err(TryRecvError::Lagged(_)) => {
                    // News was lost: a client told so asks for everything again.
                    self.by_id.remove(id);
                    return Err(not_found());
                }
            };
            if let Err(error) = kept.topic.tell(&notice, &mut list) {
                // This news is lost to it.
                self.by_id.remove(id);
                return Err(error);
            }
        }
        list.end()
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

impl Topic {
    /// Writes what is new in a round.
    fn tell(&mut self, notice: &Notice, list: &mut List) -> Result<(), RpcError> {
        match self {
            Self::Blocks => {
                let mut added = notice.added.iter();
                added.try_for_each(|block| list.push(&block.hash))
            }
            Self::PendingTransactions => {
                let mut submitted = notice.submitted.iter();
                submitted.try_for_each(|transaction| list.push(&render::hash(transaction)))
            }
            Self::Logs { filter, told, .. } => {
                let newest = notice.added.last().map(|block| block.hash);
                if newest.is_some() && told.take() == newest {
                    return Ok(());
                }
                logs_of(notice, filter, list)
            }
        }
    }
}

fn logs_of(notice: &Notice, filter: &Filter, list: &mut List) -> Result<(), RpcError> {
    for block in &notice.removed {
        let gone = render::matching_logs(block, filter, true);
        gone.iter().rev().try_for_each(|log| list.push(log))?;
    }
    for block in &notice.added {
        let wanted = match filter.block_option {
            FilterBlockOption::AtBlockHash(hash) => hash == block.hash,
            FilterBlockOption::Range { .. } => filter.matches_block_range(block.number()),
        };
        if wanted {
            let new = render::matching_logs(block, filter, false);
            new.iter().try_for_each(|log| list.push(log))?;
        }
    }
    Ok(())
}

/// Writes the logs of some blocks that `filter` wants.
///
/// # Errors
///
/// When they are more than an answer may hold: then also which of the blocks would do. When blocks
/// are asked for that are no longer kept.
pub(super) fn find(
    chain: &Chain,
    filter: &Filter,
    from: u64,
    to: u64,
    list: &mut List,
) -> Result<(), RpcError> {
    if from < chain.oldest() {
        chain.block_kept(from)?;
    }
    for entry in chain.find_logs(&LogQuery::new(filter, from, to)) {
        let Err(error) = list.push(&entry.to_rpc()) else {
            continue;
        };
        if !list.is_full() {
            return Err(error);
        }
        let (count, most) = (list.len(), list.most());
        let beyond = entry.receipt().block().number();
        // In words that clients look for, so as to ask again for less.
        let advice = match beyond.checked_sub(1) {
            Some(last) if last >= from => {
                format!("Try with this block range [{from:#x}, {last:#x}].")
            }
            _ => format!("Block {beyond:#x} alone has more: name fewer addresses or topics."),
        };
        return Err(RpcError::new(
            error.code,
            format!(
                "query returned more than {count} results, which is all that an answer of {most} \
                 holds (--answer-size). {advice}"
            ),
        ));
    }
    Ok(())
}

fn not_found() -> RpcError {
    RpcError::server("filter not found")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chain::Config, server::rpc::answer::Room};

    fn ask(filters: &mut Filters, id: &B128, now: u64) -> Answer {
        let list = Room::new(1 << 20, 1 << 20).list();
        let chain = || Chain::new(&Config::default()).unwrap();
        filters.changes(id, now, list, chain)
    }

    #[test]
    fn a_filter_nobody_asks_about_is_forgotten() {
        let (news, _) = broadcast::channel(4);
        let mut filters = Filters::default();
        let id = filters.add(Topic::Blocks, news.subscribe(), 1_000);
        assert!(ask(&mut filters, &id, 1_000 + KEPT - 1).is_ok());
        assert!(ask(&mut filters, &id, 1_000 + 2 * KEPT - 2).is_ok());
        let gone = ask(&mut filters, &id, 1_000 + 3 * KEPT);
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
        assert!(ask(&mut filters, &id, 0).is_err());
        assert!(!filters.remove(&id));
    }
}
