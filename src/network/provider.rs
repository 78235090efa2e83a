//! JSON-RPC on a world's chain. Rule: the world owns its chain. What is read is the chain as it
//! is; what is sent goes to the world, which mines it with its next block before the answer is
//! given.

use std::{
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use alloy_json_rpc::{RequestPacket, ResponsePacket};
use alloy_network::Ethereum;
use alloy_provider::RootProvider;
use alloy_rpc_client::RpcClient;
use alloy_transport::{TransportError, TransportFut};
use futures_util::future::BoxFuture;
use tower::Service;

use super::{Live, Network, Plan};
use crate::{
    server::rpc::{InProcess, Node, Owner},
    world::{Ended, Memory, Programs, Request, World, warp},
};

impl Network {
    /// Returns an alloy provider on the network's chain; no port is opened.
    ///
    /// Reads answer from the chain as it is. A transaction is mined, in virtual time, before its
    /// hash is answered; it may be signed outside, or by the node (`eth_sendTransaction`) for
    /// accounts of the scenario and development accounts. Methods that set balances, code, nonces
    /// and storage work, as does impersonation. Those that move time (`evm_increaseTime`) let it
    /// pass for everybody, `evm_mine` mines at once, `evm_snapshot` and `evm_revert` take the whole
    /// network back; methods that would take mining out of the network's hands are refused.
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
        let transport = Held {
            _network: self.clone(),
            inner: self.node().transport(),
        };
        RootProvider::new(RpcClient::new(transport, true))
    }

    pub(super) fn node(&self) -> Node {
        let mut node = self.live.node.lock();
        let start = || {
            let owner = Own {
                plan: Arc::clone(&self.plan),
                // The node is part of what it would hold.
                live: Arc::downgrade(&self.live),
            };
            self.read(|world| Node::living(world, owner))
        };
        node.get_or_insert_with(start).clone()
    }
}

/// A network that is asked through a node: whoever asks works for himself.
struct Own {
    plan: Arc<Plan>,
    live: Weak<Live>,
}

impl Own {
    fn carry_out(&self, request: Request) -> Result<(), Ended> {
        let live = self.live.upgrade().ok_or(Ended)?;
        let mut state = live.state.lock();
        let world = &mut state.world;
        match request {
            Request::Call(call) => {
                world.send_off();
                let waiting = world.chain().mempool().len();
                call(world);
                // Nobody else moves time: what was sent is mined, or would wait for ever.
                if world.chain().mempool().len() > waiting {
                    self.await_block(world);
                }
            }
            Request::Warp(span, then) => {
                warp(world, span, &self.plan.executors);
                then(world);
            }
            Request::Remember(reply) => {
                // Whoever asked may have gone away.
                drop(reply.send(Memory::of(world, [], 0)));
            }
            Request::Restore(memory, then) => {
                *world = memory.into_world();
                then(world);
            }
        }
        Ok(())
    }

    /// Moves time to the next block.
    fn await_block(&self, world: &mut World) {
        let height = world.chain().height();
        let mut programs = Programs::new(&self.plan.executors);
        while world.chain().height() == height {
            programs.take_up(world);
            if programs.turn(world).is_some() {
                break;
            }
        }
        programs.finish(world);
    }
}

impl Owner for Own {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<(), Ended>> {
        let done = self.carry_out(request);
        Box::pin(std::future::ready(done))
    }

    fn is_apart(&self) -> bool {
        true
    }
}

/// The transport of a provider, which keeps its network alive.
#[derive(Clone)]
struct Held {
    _network: Network,
    inner: InProcess,
}

impl Service<RequestPacket> for Held {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        self.inner.call(request)
    }
}
