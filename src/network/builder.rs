//! A scenario written in Rust. Rule: whatever can be said here, a scenario file can say too.

use std::{path::PathBuf, time::Duration};

use super::{App, Contract, Dataset, Network, NetworkError, Pool, Scenario, Task, Worker};
use crate::{
    amount::Nrlc,
    executor::{
        Executors, Files,
        inputs::{Inputs, Policy},
    },
    protocol::Name,
    scenario::{Loaded, model::Account},
};

/// A network in the making.
#[derive(Default)]
pub struct NetworkBuilder {
    scenario: Scenario,
    files: Vec<(String, Vec<u8>)>,
    folder: Option<PathBuf>,
    executors: Executors,
}

impl From<Scenario> for NetworkBuilder {
    fn from(scenario: Scenario) -> Self {
        Self {
            scenario,
            ..Self::default()
        }
    }
}

impl NetworkBuilder {
    /// Sets the number all chance derives from.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.edit(|scenario| scenario.scenario.seed = seed)
    }

    /// Sets the title.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Self {
        self.edit(|scenario| scenario.scenario.title = title.into())
    }

    /// Sets the time between blocks: whole seconds.
    #[must_use]
    pub fn block_time(self, block: Duration) -> Self {
        self.edit(|scenario| scenario.time.block = block)
    }

    /// Adds so many honest workers, `w-0`, `w-1`, …
    #[must_use]
    pub fn workers(self, count: u64) -> Self {
        self.worker("w", Worker::group(count))
    }

    /// Adds a worker, or a group of workers.
    #[must_use]
    pub fn worker(self, name: impl Into<Name>, worker: Worker) -> Self {
        self.edit(|scenario| {
            scenario.worker.insert(name.into(), worker);
        })
    }

    /// Adds a workerpool. Without any there is `main`, at 1 RLC.
    #[must_use]
    pub fn pool(self, name: impl Into<Name>, pool: Pool) -> Self {
        self.edit(|scenario| {
            scenario.pool.insert(name.into(), pool);
        })
    }

    /// Adds an account with so much in the hub.
    #[must_use]
    pub fn account(self, name: impl Into<Name>, deposit: Nrlc) -> Self {
        let account = Account {
            deposit: Some(deposit),
            ..Account::default()
        };
        self.edit(|scenario| {
            scenario.account.insert(name.into(), account);
        })
    }

    /// Adds an application.
    #[must_use]
    pub fn app(self, name: impl Into<Name>, app: App) -> Self {
        self.edit(|scenario| {
            scenario.app.insert(name.into(), app);
        })
    }

    /// Adds a dataset.
    #[must_use]
    pub fn dataset(self, name: impl Into<Name>, dataset: Dataset) -> Self {
        self.edit(|scenario| {
            scenario.dataset.insert(name.into(), dataset);
        })
    }

    /// Adds a contract, deployed before the network begins.
    #[must_use]
    pub fn contract(self, name: impl Into<Name>, contract: Contract) -> Self {
        self.edit(|scenario| {
            scenario.contract.insert(name.into(), contract);
        })
    }

    /// Adds a task that is requested when the network begins.
    #[must_use]
    pub fn task(self, name: impl Into<Name>, task: Task) -> Self {
        self.edit(|scenario| {
            scenario.task.insert(name.into(), task);
        })
    }

    /// Adds a file the scenario may name: a wasm module, a dataset, an artifact.
    #[must_use]
    pub fn file(mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), content.into()));
        self
    }

    /// Sets the folder in which files are looked for that were not added; without it, none is read.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets what runs programs, for container images; builtin, mock and wasm programs run anyway.
    #[must_use]
    pub fn executors(mut self, executors: Executors) -> Self {
        self.executors = executors;
        self
    }

    /// Changes anything else a scenario can say.
    ///
    /// ```
    /// use std::time::Duration;
    /// use emulate::network::{App, Network};
    ///
    /// let net = Network::builder()
    ///     .app("hello", App::builtin("hello"))
    ///     .edit(|scenario| scenario.scenario.until = Some(Duration::from_secs(60)))
    ///     .start()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn edit(mut self, change: impl FnOnce(&mut Scenario)) -> Self {
        change(&mut self.scenario);
        self
    }

    /// Returns the scenario so far; it can be written as a file with [`Scenario::to_toml`].
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Starts the network: contracts, registries, deposits and orders are in place when it returns.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] says what is wrong with the description.
    pub fn start(self) -> Result<Network, NetworkError> {
        let loaded = Loaded::of(&self.scenario)?;
        let mut policy = match self.folder {
            Some(folder) => Policy::below(folder),
            None => Policy {
                roots: Vec::new(),
                ..Policy::below(".")
            },
        };
        policy.embedded = Files::new();
        for (path, content) in self.files {
            let inserted = policy.embedded.insert(&path, content);
            inserted.map_err(|error| NetworkError::File {
                path: path.into(),
                error: std::io::Error::other(error),
            })?;
        }
        Network::start(loaded, Inputs::new(policy), self.executors)
    }
}
