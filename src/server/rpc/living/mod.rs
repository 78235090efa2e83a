//! A node that is the face of a world. Rule: the world owns its chain. The node shows it; whatever
//! a client wants changed is asked of the owner, who does it between two moments of the world.

mod control;
mod methods;
mod time;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy_primitives::TxHash;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;

pub(super) use self::methods::answer;
use super::{
    error::{Answer, RpcError},
    node::{Mining, Node, NodeOptions, Writer},
};
use crate::{
    chain::{Chain, Transaction},
    world::{Call, Ended, Memory, Request, World, WorldHandle, told},
};

/// Where a world lives.
pub trait Owner: Send + Sync {
    /// Asks for something; returns once it is sure to be done, or is done already.
    fn post(&self, request: Request) -> BoxFuture<'_, Result<(), Ended>>;

    /// Whether the world changes without anybody showing it to the node: the node then looks for
    /// itself before it answers, and the owner mines what was sent before it does anything else.
    fn is_apart(&self) -> bool;
}

impl Owner for WorldHandle {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<(), Ended>> {
        Box::pin(self.post(request))
    }

    fn is_apart(&self) -> bool {
        false
    }
}

/// A world as a node knows it.
pub(super) struct Living {
    owner: Arc<dyn Owner>,
    /// The chain's present, in Unix seconds.
    clock: Arc<AtomicU64>,
    /// Seconds clients have moved time ahead.
    moved: AtomicU64,
    memories: Mutex<Memories>,
}

/// The whole world at moments clients wanted to return to.
#[derive(Default)]
struct Memories {
    held: BTreeMap<u64, Memory>,
    newest: u64,
}

impl Node {
    /// Returns the face of a world: clients see its chain, and whatever they send or want changed
    /// goes to its owner. Must be called within a tokio runtime.
    ///
    /// An owner that is not apart calls [`show_world`](Self::show_world) when the world has changed.
    pub fn living(world: &World, owner: impl Owner + 'static) -> Self {
        let clock = Arc::new(AtomicU64::new(world.unix()));
        let seen = Arc::clone(&clock);
        let options = NodeOptions {
            mining: Mining {
                automine: false,
                interval: None,
            },
            clock: Arc::new(move || seen.load(Ordering::Relaxed)),
            ..NodeOptions::new()
        };
        let living = Living {
            owner: Arc::new(owner),
            clock,
            moved: AtomicU64::new(0),
            memories: Mutex::default(),
        };
        Self::start(world.chain().clone(), options).of_world(Arc::new(living))
    }

    /// Shows the world's chain and time from now on; what is returned waits until it is shown.
    ///
    /// # Errors
    ///
    /// As [`show`](Self::show).
    pub fn show_world(
        &self,
        world: &World,
    ) -> impl Future<Output = Result<(), RpcError>> + Send + use<> {
        if let Some(living) = self.world() {
            living.clock.store(world.unix(), Ordering::Relaxed);
        }
        self.showing(world.chain().clone())
    }
}

impl From<Ended> for RpcError {
    fn from(_: Ended) -> Self {
        Self::new(
            Self::SERVER,
            "the run has ended; nothing can be changed any more",
        )
    }
}

impl Living {
    /// Does something with the world and shows what it is then, before the answer is known.
    async fn change<T: Send + 'static>(
        &self,
        node: &Node,
        change: impl FnOnce(&mut World) -> T + Send + 'static,
    ) -> Result<T, RpcError> {
        self.change_by(node, Request::Call, change).await
    }

    /// As [`change`](Self::change), after something else was asked for.
    async fn change_by<T: Send + 'static>(
        &self,
        node: &Node,
        request: impl FnOnce(Call) -> Request,
        change: impl FnOnce(&mut World) -> T + Send + 'static,
    ) -> Result<T, RpcError> {
        let shower = node.clone();
        let (call, answer) = told(move |world| {
            let changed = change(world);
            (changed, shower.show_world(world))
        });
        self.owner.post(request(call)).await?;
        let (changed, shown) = answer.await.map_err(|_| Ended)?;
        shown.await?;
        Ok(changed)
    }

    /// Looks at the world if nobody shows it.
    pub(super) async fn look(&self, node: &Node) -> Result<(), RpcError> {
        match self.owner.is_apart() {
            true => self.change(node, |_| ()).await,
            false => Ok(()),
        }
    }

    /// Hands a transaction to the world, made of the chain as it is at its turn.
    pub(super) async fn submit(
        &self,
        node: &Node,
        make: impl FnOnce(&Chain) -> Result<Transaction, RpcError> + Send + 'static,
    ) -> Result<TxHash, RpcError> {
        let submit = |world: &mut World| {
            if world.ended().is_some() {
                return Err(Ended.into());
            }
            let transaction = make(world.chain())?;
            Ok::<_, RpcError>(world.submit_transaction(transaction)?)
        };
        let hash = self.change(node, submit).await??;
        self.look(node).await?;
        Ok(hash)
    }

    /// Sets the chain's state by hand.
    pub(super) async fn set(
        &self,
        node: &Node,
        change: impl FnOnce(&mut Writer) -> Answer + Send + 'static,
    ) -> Answer {
        let setter = node.clone();
        let set = move |world: &mut World| {
            let mut writer = setter.aside(world.chain().clone());
            let answer = change(&mut writer)?;
            match world.take_state(writer.chain) {
                true => Ok(answer),
                false => Err(RpcError::new(
                    RpcError::SERVER,
                    "the blocks of a network are its own; nothing was set",
                )),
            }
        };
        self.change(node, set).await?
    }
}

impl std::fmt::Debug for Living {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Living").finish_non_exhaustive()
    }
}
