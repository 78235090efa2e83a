//! HTTP and WebSocket adapters; no rule lives here.
//!
//! [`Server`] listens and serves a [`rpc::Node`], the JSON-RPC face of a chain, or the REST face of a
//! network, `rest`.

use std::{io, net::SocketAddr};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub mod clock;
mod connection;
mod lane;
mod rest;
pub mod rpc;

use lane::Lanes;
use rpc::{HostGuard, Limits, Node};

use crate::world::WorldHandle;

/// A running server; it stops when dropped, or gracefully with [`stop`](Self::stop).
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves `node` on `listener`, whose address decides which `Host` headers are answered.
    ///
    /// # Errors
    ///
    /// When the listener has no address, or the machine gives no thread.
    pub fn start(listener: TcpListener, node: Node, limits: Limits) -> io::Result<Self> {
        Self::serve(listener, |guard, stop| {
            rpc::router(node, limits, guard, stop)
        })
    }

    /// Serves what can be read of a network by plain HTTP: its order book, results and log.
    ///
    /// # Errors
    ///
    /// When the listener has no address, or the machine gives no thread.
    pub fn start_rest(listener: TcpListener, world: WorldHandle) -> io::Result<Self> {
        Self::serve(listener, |guard, _| rest::router(world, guard))
    }

    fn serve(
        listener: TcpListener,
        router: impl FnOnce(HostGuard, watch::Receiver<bool>) -> Router,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let lanes = Lanes::start()?;
        let (stop, stopped) = watch::channel(false);
        let router = router(HostGuard::for_address(address.ip()), stopped.clone());
        #[expect(clippy::disallowed_methods, reason = "the server runs the tasks")]
        let accepting = tokio::spawn(connection::accept(listener, lanes, router, stopped));
        Ok(Self {
            address,
            stop,
            accepting,
        })
    }

    /// Returns where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address clients on this machine connect to: a server on all addresses is
    /// reached on loopback.
    pub fn local_address(&self) -> SocketAddr {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => [127, 0, 0, 1].into(),
                SocketAddr::V6(_) => [0, 0, 0, 0, 0, 0, 0, 1_u16].into(),
            });
        }
        address
    }

    /// Returns the URL of the HTTP endpoint.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.local_address())
    }

    /// Returns the URL of the WebSocket endpoint.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.local_address())
    }

    /// Stops listening, lets calls in flight finish, and closes what is open.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // The task ends by itself; it cannot have been cancelled, and its panic was reported.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.accepting.abort();
    }
}

/// Waits until `stop` turns true, or nobody is left who could turn it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}
