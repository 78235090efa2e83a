//! `eth_subscribe`: what one WebSocket client wants to hear, and the messages that tell it.

use std::collections::BTreeMap;

use alloy_primitives::{B128, hex};
use alloy_rpc_types::{Filter, pubsub::SubscriptionKind};
use serde::Serialize;

use super::{
    error::{Answer, RpcError, reply},
    identifier,
    node::Notice,
    params::Params,
    render,
};
use crate::chain::ForkSchedule;

/// The subscriptions of one client.
#[derive(Debug)]
pub(super) struct Subscriptions {
    wanted: BTreeMap<B128, Topic>,
    max: usize,
}

#[derive(Debug)]
enum Topic {
    NewHeads,
    Logs(Box<Filter>),
    PendingTransactions {
        full: bool,
    },
    TransactionReceipts,
    /// A development chain is never behind: there is never news of it.
    Syncing,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    jsonrpc: &'static str,
    method: &'static str,
    params: Payload<'a, T>,
}

#[derive(Serialize)]
struct Payload<'a, T> {
    subscription: &'a B128,
    result: T,
}

impl Subscriptions {
    /// Begins with none; there can be `max`.
    pub(super) fn new(max: usize) -> Self {
        Self {
            wanted: BTreeMap::new(),
            max,
        }
    }

    /// Returns whether the client wants to hear nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Answers `eth_subscribe`: the new subscription's id.
    pub(super) fn subscribe(&mut self, mut params: Params) -> Answer {
        if self.wanted.len() >= self.max {
            let message = format!("too many subscriptions: at most {} per client", self.max);
            return Err(RpcError::new(RpcError::LIMIT_EXCEEDED, message));
        }
        let topic = match params.next("subscription name")? {
            SubscriptionKind::NewHeads => Topic::NewHeads,
            SubscriptionKind::Logs => {
                let filter: Option<Filter> = params.optional("filter")?;
                Topic::Logs(Box::new(filter.unwrap_or_default()))
            }
            SubscriptionKind::NewPendingTransactions => Topic::PendingTransactions {
                full: params.optional("full transactions")?.unwrap_or_default(),
            },
            SubscriptionKind::TransactionReceipts => Topic::TransactionReceipts,
            SubscriptionKind::Syncing => Topic::Syncing,
        };
        let id = identifier::random();
        self.wanted.insert(id, topic);
        reply(&id)
    }

    /// Answers `eth_unsubscribe`: whether there was such a subscription.
    pub(super) fn unsubscribe(&mut self, mut params: Params) -> Answer {
        let id: String = params.next("subscription id")?;
        params.end()?;
        let mut bytes = B128::ZERO;
        let known = hex::decode_to_slice(id, bytes.as_mut_slice()).is_ok();
        reply(&(known && self.wanted.remove(&bytes).is_some()))
    }

    /// Returns the ids of all subscriptions.
    pub(super) fn ids(&self) -> Vec<B128> {
        self.wanted.keys().copied().collect()
    }

    /// Returns the messages that tell one subscription of `notice`.
    pub(super) fn tell(&self, id: &B128, notice: &Notice, schedule: &ForkSchedule) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        if let Some(topic) = self.wanted.get(id) {
            topic.tell(id, notice, schedule, &mut messages);
        }
        messages
    }
}

impl Topic {
    fn tell(
        &self,
        id: &B128,
        notice: &Notice,
        schedule: &ForkSchedule,
        messages: &mut Vec<Vec<u8>>,
    ) {
        match self {
            Self::NewHeads => {
                let heads = notice.added.iter();
                messages.extend(heads.map(|block| message(id, render::header(block))));
            }
            Self::Logs(filter) => {
                let removed = notice.removed.iter().map(|block| (block, true));
                let added = notice.added.iter().map(|block| (block, false));
                for (block, removed) in removed.chain(added) {
                    let mut logs = render::matching_logs(block, filter, removed);
                    if removed {
                        logs.reverse();
                    }
                    messages.extend(logs.into_iter().map(|log| message(id, log)));
                }
            }
            Self::PendingTransactions { full } => {
                messages.extend(notice.submitted.iter().map(|transaction| {
                    if *full {
                        message(id, render::waiting(transaction))
                    } else {
                        message(id, render::hash(transaction))
                    }
                }));
            }
            Self::TransactionReceipts => {
                for block in &notice.added {
                    let receipts = render::receipts(block, schedule);
                    if !receipts.is_empty() {
                        messages.push(message(id, receipts));
                    }
                }
            }
            Self::Syncing => {}
        }
    }
}

fn message(id: &B128, result: impl Serialize) -> Vec<u8> {
    let envelope = Envelope {
        jsonrpc: "2.0",
        method: "eth_subscription",
        params: Payload {
            subscription: id,
            result,
        },
    };
    serde_json::to_vec(&envelope).expect("blocks, logs and transactions have a JSON form")
}
