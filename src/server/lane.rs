//! The threads that carry connections. Each waits for its own and answers on the spot: a call that
//! comes in is not handed from the thread that saw it to another that works.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
    task::JoinSet,
};

/// Fewest lanes: one slow call may hold up its lane, not the whole server.
const LANES_MIN: usize = 4;

/// How long what still runs on a lane may take to end when the lane does.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often a lane that ends looks whether anything still runs.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The lanes of one server; they end when it is dropped.
pub(super) struct Lanes(Vec<Lane>);

struct Lane {
    handle: Handle,
    /// Connections carried now.
    load: Arc<AtomicUsize>,
    /// Ends the lane when dropped.
    _end: oneshot::Sender<()>,
}

/// One connection counted on its lane.
struct Load(Arc<AtomicUsize>);

impl Lanes {
    /// Starts as many as the machine runs at once.
    ///
    /// # Errors
    ///
    /// When the machine gives no thread.
    pub(super) fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(LANES_MIN, usize::from);
        let lanes = (0..count.max(LANES_MIN)).map(|_| Lane::start());
        lanes.collect::<io::Result<_>>().map(Self)
    }

    /// Runs `task` as one of `tasks` on the lane that carries least.
    pub(super) fn spawn(
        &self,
        tasks: &mut JoinSet<()>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let load = |lane: &&Lane| lane.load.load(Ordering::Relaxed);
        let lane = self.0.iter().min_by_key(load);
        let lane = lane.expect("a server has lanes");
        lane.load.fetch_add(1, Ordering::Relaxed);
        let load = Load(Arc::clone(&lane.load));
        let carried = async move {
            task.await;
            drop(load);
        };
        tasks.spawn_on(carried, &lane.handle);
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lane {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        thread::Builder::new()
            .name("lane".to_owned())
            .spawn(move || carry(&runtime, ended))?;
        Ok(Self {
            handle,
            load: Arc::default(),
            _end: end,
        })
    }
}

/// Runs what comes to the lane until its end, and what then still runs a little longer.
fn carry(runtime: &Runtime, ended: oneshot::Receiver<()>) {
    runtime.block_on(async {
        // Nobody sends: the sender is dropped.
        let _ = ended.await;
        let mut look = tokio::time::interval(LOOK_EVERY);
        let finished = async {
            while Handle::current().metrics().num_alive_tasks() > 0 {
                look.tick().await;
            }
        };
        // What does not end in time ends with the lane.
        let _ = tokio::time::timeout(FAREWELL, finished).await;
    });
}
