//! How the async outside talks to a world driven elsewhere: one mailbox, one owner, no lock.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Started, World};

/// Something to be done with the world, between two moments.
pub type Call = Box<dyn FnOnce(&mut World) + Send>;

/// What the owner of a world is asked for.
pub enum Request {
    /// To do something with the world as it is now.
    Call(Call),
    /// To let so much time pass, and everything happen that is due meanwhile; then the call.
    Warp(Duration, Call),
    /// To remember the world as it is.
    Remember(oneshot::Sender<Memory>),
    /// To make the world what it was; then the call.
    Restore(Memory, Call),
}

/// A world at some moment, with the programs that ran in it.
#[derive(Clone)]
pub struct Memory {
    world: Box<World>,
    id: u64,
}

impl Memory {
    /// Remembers `world`, in which these programs were under way, under a number.
    pub fn of<'a>(world: &World, running: impl IntoIterator<Item = &'a Started>, id: u64) -> Self {
        let mut world = Box::new(world.clone());
        world.jobs.extend(running.into_iter().cloned());
        Self { world, id }
    }

    /// Returns its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns the world. Whoever drives it runs its programs anew.
    pub fn into_world(self) -> World {
        *self.world
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let now = self.world.now();
        f.debug_struct("Memory")
            .field("now", &now)
            .finish_non_exhaustive()
    }
}

/// The world is not driven any more.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run has ended")]
pub struct Ended;

/// A cheap, cloneable way to reach a world.
#[derive(Clone, Debug)]
pub struct WorldHandle {
    requests: mpsc::Sender<Request>,
}

impl WorldHandle {
    /// Returns a handle and the mailbox to pass to [`drive`](super::drive()); `capacity` requests
    /// wait before those who ask have to.
    pub fn new(capacity: usize) -> (Self, mpsc::Receiver<Request>) {
        let (requests, mailbox) = mpsc::channel(capacity.max(1));
        (Self { requests }, mailbox)
    }

    /// Asks for something, and returns once it is in the mailbox.
    ///
    /// # Errors
    ///
    /// [`Ended`] when the run is over.
    pub async fn post(&self, request: Request) -> Result<(), Ended> {
        self.requests.send(request).await.map_err(|_| Ended)
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
        let (call, answer) = told(what);
        self.post(Request::Call(call)).await?;
        answer.await.map_err(|_| Ended)
    }

    /// Lets so much time pass, whatever the clock, and returns when everything has happened that
    /// was due by then.
    ///
    /// # Errors
    ///
    /// [`Ended`] when the run is over, or ends meanwhile.
    pub async fn warp(&self, span: Duration) -> Result<(), Ended> {
        let (call, answer) = told(|_| ());
        self.post(Request::Warp(span, call)).await?;
        answer.await.map_err(|_| Ended)
    }
}

/// Returns a call and where its result will be heard. A caller that went away does not want to know.
pub fn told<T: Send + 'static>(
    what: impl FnOnce(&mut World) -> T + Send + 'static,
) -> (Call, oneshot::Receiver<T>) {
    let (reply, answer) = oneshot::channel();
    (Box::new(move |world| drop(reply.send(what(world)))), answer)
}
