//! JSON-RPC on a world's chain, without a socket. Rule: the world owns its chain. What is read is
//! the chain as it is; what is sent goes to the world, which mines it with its next block before
//! the answer is given.

use std::{
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use alloy_json_rpc::{RequestPacket, ResponsePacket};
use alloy_network::Ethereum;
use alloy_provider::RootProvider;
use alloy_rpc_client::RpcClient;
use alloy_transport::{TransportError, TransportErrorKind, TransportFut};
use tokio::sync::broadcast;
use tower::Service;

use super::{Network, State};
use crate::{
    server::rpc::{InProcess, Mining, Node, NodeOptions, node::Notice},
    world::settle_jobs,
};

/// Methods that set the chain's state by hand and leave its blocks alone.
const SETTERS: [&str; 14] = [
    "anvil_autoImpersonateAccount",
    "anvil_impersonateAccount",
    "anvil_setBalance",
    "anvil_setCode",
    "anvil_setNonce",
    "anvil_setStorageAt",
    "anvil_stopImpersonatingAccount",
    "hardhat_impersonateAccount",
    "hardhat_setBalance",
    "hardhat_setCode",
    "hardhat_setNonce",
    "hardhat_setStorageAt",
    "hardhat_stopImpersonatingAccount",
    "tenderly_setBalance",
];

/// Families of methods that only read or send.
const FAMILIES: [&str; 7] = [
    "eth_", "net_", "web3_", "debug_", "trace_", "txpool_", "ots_",
];

/// What a message wants of the network.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Wish {
    /// To read, or to send.
    ReadOrSend,
    /// To set state by hand.
    Set,
}

/// Why the network does not do what a client asks.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "{0} is not for a network: its world alone mines, moves time and takes snapshots; use Network::warp, Network::snapshot and Network::restore"
    )]
    Method(String),
    #[error(
        "{0} is not for a network: eth_sendRawTransaction and eth_sendTransaction answer when the transaction is mined"
    )]
    Sync(String),
    #[error("the run has ended; nothing is mined any more")]
    Ended,
    #[error("the network mined a block meanwhile; nothing was set")]
    Moved,
}

impl Network {
    /// Returns an alloy provider on the network's chain; no port is opened.
    ///
    /// Reads answer from the chain as it is. A transaction is mined, in virtual time, before its
    /// hash is answered; it may be signed outside, or by the node (`eth_sendTransaction`) for
    /// accounts of the scenario and development accounts. Methods that set balances, code, nonces
    /// and storage work, as does impersonation; those that mine or move time are refused.
    ///
    /// ```
    /// use emulate::network::{App, Network, alloy::provider::Provider};
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let net = Network::builder().app("hello", App::builtin("hello")).start()?;
    /// let code = net.provider().get_code_at(net.hub()).await?;
    /// assert!(!code.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn provider(&self) -> RootProvider<Ethereum> {
        let node = self.node();
        let inner = node.transport();
        let network = self.clone();
        let transport = InNetwork {
            network,
            node,
            inner,
        };
        RootProvider::new(RpcClient::new(transport, true))
    }

    fn node(&self) -> Node {
        let mut node = self.live.node.lock();
        let start = || {
            let clock = Arc::clone(&self.live.clock);
            let options = NodeOptions {
                mining: Mining {
                    automine: false,
                    interval: None,
                },
                clock: Arc::new(move || clock.load(Ordering::Relaxed)),
                ..NodeOptions::new()
            };
            Node::start(self.read(|world| world.chain().clone()), options)
        };
        node.get_or_insert_with(start).clone()
    }

    /// Hands transactions to the world and waits for the block that takes them.
    fn send(&self, mut news: broadcast::Receiver<Arc<Notice>>) -> Result<(), TransportError> {
        let mut sent = Vec::new();
        while let Ok(notice) = news.try_recv() {
            sent.extend(notice.submitted.iter().cloned());
        }
        if sent.is_empty() {
            return Ok(());
        }
        let mut state = self.live.state.lock();
        if state.world.ended().is_some() {
            return Err(TransportErrorKind::custom(Refused::Ended));
        }
        for transaction in sent {
            let submitted = state.world.submit_transaction(transaction);
            submitted.map_err(TransportErrorKind::custom)?;
        }
        self.await_block(&mut state);
        Ok(())
    }

    /// Moves time to the next block.
    fn await_block(&self, state: &mut State) {
        let height = state.world.chain().height();
        while state.world.chain().height() == height {
            settle_jobs(&mut state.world, &self.plan.executors);
            let Some(next) = state.world.next_deadline() else {
                return;
            };
            state.world.advance(next);
        }
    }
}

/// The transport: a function call that may move time.
#[derive(Clone)]
struct InNetwork {
    network: Network,
    node: Node,
    inner: InProcess,
}

impl InNetwork {
    /// Lets the node see the chain as it is.
    async fn show(&self) -> Result<(), TransportError> {
        let (chain, now) = self.network.read(|world| {
            let now = world.cast().time.start + world.now().as_secs();
            (world.chain().clone(), now)
        });
        self.network.live.clock.store(now, Ordering::Relaxed);
        let shown = self.node.show(chain).await;
        shown.map_err(TransportErrorKind::custom)
    }

    async fn speak(mut self, request: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let wish = wish(&request).map_err(TransportErrorKind::custom)?;
        let speaking = Arc::clone(&self.network.live.speaking);
        let _turn = speaking.lock().await;
        self.show().await?;
        let news = self.node.notices();
        let answer = self.inner.call(request).await?;
        match wish {
            Wish::ReadOrSend => self.network.send(news)?,
            Wish::Set => {
                let chain = self.node.reading().chain.clone();
                if !self.network.live.state.lock().world.take_state(chain) {
                    return Err(TransportErrorKind::custom(Refused::Moved));
                }
            }
        }
        self.show().await?;
        Ok(answer)
    }
}

/// Tells what a message wants, if it wants what a network can do.
fn wish(request: &RequestPacket) -> Result<Wish, Refused> {
    let mut wish = Wish::ReadOrSend;
    for method in request.method_names() {
        if SETTERS.contains(&method) {
            wish = Wish::Set;
        } else if method.ends_with("TransactionSync") {
            return Err(Refused::Sync(method.to_owned()));
        } else if !FAMILIES.iter().any(|family| method.starts_with(family)) {
            return Err(Refused::Method(method.to_owned()));
        }
    }
    Ok(wish)
}

impl Service<RequestPacket> for InNetwork {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().speak(request))
    }
}
