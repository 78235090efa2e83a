//! How the async outside talks to a world driven elsewhere: one mailbox, one owner, no lock.

use tokio::sync::{mpsc, oneshot};

use super::World;

/// Something to be done with the world, between two moments.
pub type Call = Box<dyn FnOnce(&mut World) + Send>;

/// The world is not driven any more.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run has ended")]
pub struct Ended;

/// A cheap, cloneable way to reach a world.
#[derive(Clone, Debug)]
pub struct WorldHandle {
    calls: mpsc::Sender<Call>,
}

impl WorldHandle {
    /// Returns a handle and the mailbox to pass to [`drive`](super::drive); `capacity` calls wait
    /// before callers have to.
    pub fn new(capacity: usize) -> (Self, mpsc::Receiver<Call>) {
        let (calls, mailbox) = mpsc::channel(capacity.max(1));
        (Self { calls }, mailbox)
    }

    /// Does something with the world, and returns what came of it.
    ///
    /// # Errors
    ///
    /// [`Ended`] when the run is over.
    pub async fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut World) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (reply, answer) = oneshot::channel();
        // A caller that went away does not want to know.
        let call: Call = Box::new(move |world| drop(reply.send(what(world))));
        self.calls.send(call).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }
}
