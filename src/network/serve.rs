//! The network on a port, for programs that are not in this process.

use std::io;

use tokio::net::TcpListener;

use super::Network;
use crate::server::{Server, rpc::Limits};

impl Network {
    /// Serves the network's chain on a free port of this machine, by HTTP and WebSocket, for as long
    /// as the network is there; returns the URL. Served once, it is the same URL every time.
    ///
    /// What [`provider`](Self::provider) can do, clients can do here; time passes as with it.
    ///
    /// ```
    /// use emulate::network::{App, Network};
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let net = Network::builder().app("hello", App::builtin("hello")).start()?;
    /// let url = net.rpc_url()?;
    /// assert!(url.starts_with("http://127.0.0.1:"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When no port can be had.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn rpc_url(&self) -> io::Result<String> {
        let node = self.node();
        let mut served = self.live.server.lock();
        if let Some(server) = &*served {
            return Ok(server.http_url());
        }
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let server = Server::start(TcpListener::from_std(listener)?, node, Limits::default())?;
        Ok(served.insert(server).http_url())
    }
}
