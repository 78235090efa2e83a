//! A network in a Rust program: the front door of the library.
//!
//! A [`Network`] is a running world. It is made of a scenario, written in Rust with
//! [`Network::builder`] or read from a file, and of nothing that scenario files do not have. The
//! one rule: time is virtual and passes only while somebody waits, for a task, a receipt or a
//! span of time; so a test takes the time of its computations and comes out the same every time.

mod builder;
mod provider;
mod serve;
mod task;
mod words;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::Address;
use alloy_signer_local::PrivateKeySigner;
pub use builder::NetworkBuilder;
use parking_lot::Mutex;
pub use task::{TaskHandle, TaskResult, WaitError};

pub use crate::{
    actors::Balance,
    scenario::{
        Scenario,
        model::{
            App, Contract, Dataset, Mock, Policy, Pool, PoolBehaviour, Task, Worker,
            WorkerBehaviour,
        },
    },
};
use crate::{
    actors::Ledger as _,
    contracts::Deployment,
    executor::{
        Executors,
        inputs::{self, Inputs},
    },
    log::{EndReason, EventLog, View, view::Measured},
    protocol::{Account, Name},
    scenario::{Diagnostics, Finished, Loaded, Overrides, StartError},
    server::{Server, rpc::Node},
    time::Timestamp,
    world::{RequestError, World},
};

/// The crates of alloy whose types this module speaks, in the versions it speaks.
pub mod alloy {
    pub use alloy_consensus as consensus;
    pub use alloy_network as network;
    pub use alloy_primitives as primitives;
    pub use alloy_provider as provider;
    pub use alloy_rpc_types as rpc_types;
    pub use alloy_signer_local as signer_local;
    pub use alloy_sol_types as sol_types;
}

/// Why a network cannot begin, or cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The scenario is wrong, or something it needs cannot be had.
    #[error("{0}")]
    Scenario(#[from] Diagnostics),
    /// The world it describes cannot begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A task cannot be requested.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A file cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// A running network; a clone is another handle on the same one.
///
/// ```
/// use emulate::network::{App, Network, Task};
///
/// let net = Network::builder().workers(3).app("hello", App::builtin("hello")).start()?;
/// let task = net.request(Task::new("hello").args("world").replication(3))?;
/// let result = task.wait()?;
/// assert_eq!(result.output.as_deref(), Some("Hello, world!"));
/// assert_eq!(result.spent.to_string(), "1 RLC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Network {
    plan: Arc<Plan>,
    live: Arc<Live>,
}

/// What does not change while a network runs. Forks share it.
struct Plan {
    loaded: Loaded,
    inputs: Inputs,
    executors: Executors,
}

/// What changes.
struct Live {
    state: Mutex<State>,
    /// Held by whoever lets programs run that take real time: nobody else moves time meanwhile.
    driving: tokio::sync::Mutex<()>,
    /// The face to JSON-RPC, once somebody wants it.
    node: Mutex<Option<Node>>,
    /// Its server, once somebody wants that.
    server: Mutex<Option<Server>>,
}

#[derive(Clone)]
struct State {
    world: World,
    /// How many tasks were requested without a name.
    unnamed: u64,
}

/// A network at some moment, to return to.
#[derive(Clone)]
pub struct Snapshot(State);

impl Network {
    /// Begins to describe a network: one pool at 1 RLC, `alice` with 1,000 RLC, three honest
    /// workers, and whatever is said differently.
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder::default()
    }

    /// Starts the network of a scenario.
    ///
    /// ```
    /// use emulate::{network::Network, scenario::builtin};
    ///
    /// let hello = builtin("hello").expect("it is built in");
    /// let net = Network::from_text(hello.text)?;
    /// let greet = net.task("greet").expect("the scenario has it");
    /// assert_eq!(greet.wait()?.correct, Some(true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NetworkError`] says what is wrong, and where.
    pub fn from_text(text: &str) -> Result<Self, NetworkError> {
        let read = |_: &Path| Err(io::Error::other("nothing can be included here"));
        let path = Path::new("scenario.toml");
        let loaded = Loaded::new(text, path, &read, &Overrides::default())?;
        let nowhere = inputs::Policy {
            roots: Vec::new(),
            ..inputs::Policy::below(".")
        };
        Self::start(loaded, Inputs::new(nowhere), Executors::new())
    }

    /// Starts the network of a scenario file; its input files lie beside it.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] says what is wrong, and where.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, NetworkError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|error| NetworkError::File {
            path: path.to_owned(),
            error,
        })?;
        let read = |included: &Path| fs::read_to_string(included);
        let loaded = Loaded::new(&text, path, &read, &Overrides::default())?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let beside = inputs::Policy::below(folder.unwrap_or(Path::new(".")));
        Self::start(loaded, Inputs::new(beside), Executors::new())
    }

    fn start(loaded: Loaded, inputs: Inputs, executors: Executors) -> Result<Self, NetworkError> {
        let world = loaded.world(&inputs)?;
        let plan = Plan {
            loaded,
            inputs,
            executors,
        };
        Ok(Self::of(Arc::new(plan), State { world, unnamed: 0 }))
    }

    fn of(plan: Arc<Plan>, state: State) -> Self {
        let live = Live {
            state: Mutex::new(state),
            driving: tokio::sync::Mutex::default(),
            node: Mutex::default(),
            server: Mutex::default(),
        };
        Self {
            plan,
            live: Arc::new(live),
        }
    }

    /// Requests a task now, under a name of its own: `task-1`, `task-2`, …
    ///
    /// # Errors
    ///
    /// [`NetworkError`] when it refers to what the network does not have.
    pub fn request(&self, task: Task) -> Result<TaskHandle, NetworkError> {
        let name = {
            let mut state = self.live.state.lock();
            loop {
                state.unnamed += 1;
                let name = format!("task-{}", state.unnamed);
                if !state.world.log().view().tasks.contains(&name) {
                    break name;
                }
            }
        };
        self.request_as(name, task)
    }

    /// Requests a task now, under this name; a bag of tasks is requested task by task.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] when it refers to what the network does not have, or the name is taken.
    pub fn request_as(
        &self,
        name: impl Into<Name>,
        task: Task,
    ) -> Result<TaskHandle, NetworkError> {
        let name = name.into();
        let mut scenario = self.plan.loaded.scenario.clone();
        scenario.task.insert(
            name.clone(),
            Task {
                count: None,
                ..task
            },
        );
        let tasks = Loaded::of(&scenario)?.tasks(&name, &self.plan.inputs)?;
        let mut state = self.live.state.lock();
        for task in tasks {
            state.world.request(task)?;
        }
        drop(state);
        Ok(TaskHandle::new(self.clone(), name))
    }

    /// Returns a task that was requested before, or that the scenario requests; none if there is no
    /// such task yet.
    pub fn task(&self, name: &str) -> Option<TaskHandle> {
        let requested = self.plan.loaded.scenario.task.contains_key(name);
        let known = requested || self.view().tasks.contains(name);
        known.then(|| TaskHandle::new(self.clone(), name.into()))
    }

    /// Returns the time of the run.
    pub fn now(&self) -> Timestamp {
        self.read(World::now)
    }

    /// Lets so much time pass, and everything happen that is due meanwhile.
    pub fn warp(&self, span: Duration) {
        let mut state = self.live.state.lock();
        crate::world::warp(&mut state.world, span, &self.plan.executors);
    }

    /// Lets time pass until nothing is left to happen, or the scenario says that it ends.
    pub fn run(&self) -> EndReason {
        crate::world::run_virtual(&mut self.live.state.lock().world, &self.plan.executors)
    }

    /// Judges the expectations of the scenario as of now, and closes the log of what is returned;
    /// the network itself goes on.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] when a second run for the sake of a `whatif` cannot begin.
    pub fn judge(&self) -> Result<Finished, NetworkError> {
        let world = self.live.state.lock().world.clone();
        let reason = world.ended().unwrap_or(EndReason::Complete);
        let tools = (&self.plan.inputs, &self.plan.executors);
        let loaded = &self.plan.loaded;
        Ok(loaded.conclude(world, reason, Measured::default(), tools)?)
    }

    /// Returns everything that happened so far. Its digest tells runs apart.
    pub fn log(&self) -> EventLog {
        self.read(|world| world.log().clone())
    }

    /// Returns what is known of tasks, workers, pools, accounts and the chain.
    pub fn view(&self) -> View {
        self.read(|world| world.log().view().clone())
    }

    /// Looks at the world itself, which stands still meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.live.state.lock().world)
    }

    /// Returns the scenario the network was started from.
    pub fn scenario(&self) -> &Scenario {
        &self.plan.loaded.scenario
    }

    /// Returns the address of the hub.
    pub fn hub(&self) -> Address {
        self.deployment().hub
    }

    /// Returns where all contracts of the protocol are.
    pub fn deployment(&self) -> Deployment {
        self.read(|world| world.deployment().clone())
    }

    /// Returns the address of a qualified name: `app.hello`, `contract.Consumer`, `worker.w-0`,
    /// `workerpool.main`, `account.alice`.
    pub fn address(&self, name: &str) -> Option<Address> {
        self.read(|world| world.address(&name.into()))
    }

    /// Returns an account with its key: `alice`, or qualified, `worker.w-0`.
    pub fn account(&self, name: &str) -> Option<Account> {
        let name = Name::from(name);
        let name = match name.split_kind() {
            Some(_) => name,
            None => name.of_kind("account"),
        };
        self.read(|world| world.account(&name).cloned())
    }

    /// Returns the key of an account, to sign transactions with.
    pub fn signer(&self, name: &str) -> Option<PrivateKeySigner> {
        let key = self.account(name)?.private_key();
        PrivateKeySigner::from_bytes(&key).ok()
    }

    /// Returns what an account has in the hub: `alice`, or qualified, `pool.main`.
    pub fn balance(&self, name: &str) -> Option<Balance> {
        let address = self.account(name)?.address();
        Some(self.read(|world| world.hub().balance(address)))
    }

    /// Remembers the network as it is.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.live.state.lock().clone())
    }

    /// Returns to a snapshot, of this network or of one it was forked from: time, chain, actors, log.
    pub fn restore(&self, snapshot: &Snapshot) {
        *self.live.state.lock() = snapshot.0.clone();
    }

    /// Returns another network that begins as this one is, and goes its own way.
    ///
    /// ```
    /// use emulate::network::{App, Network, Task};
    ///
    /// let net = Network::builder().app("echo", App::builtin("echo")).start()?;
    /// let fork = net.fork();
    /// fork.request(Task::new("echo").args("elsewhere"))?.wait()?;
    /// assert_eq!((net.view().tasks.len(), fork.view().tasks.len()), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fork(&self) -> Self {
        Self::of(Arc::clone(&self.plan), self.live.state.lock().clone())
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let title = &self.plan.loaded.scenario.scenario.title;
        f.debug_struct("Network")
            .field("title", title)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}
