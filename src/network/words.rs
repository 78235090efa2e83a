//! The scenario's own types as a program writes them. Rule: setters only; a type means here what it
//! means in a file.

use super::{App, Contract, Mock, Pool, Task, Worker, WorkerBehaviour};
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        model::{Hex, Program, Randomness},
        unit::{Arrival, WholePercent},
    },
};

impl App {
    fn of(program: Program) -> Self {
        Self {
            run: Some(program),
            ..Self::default()
        }
    }

    /// Returns an app that is a program inside `emulate`: `hello`, `echo`, `wc`, `random`, `sleep`,
    /// `fail`, `fill` or `sha256`.
    pub fn builtin(name: impl Into<String>) -> Self {
        Self::of(Program::Builtin(name.into()))
    }

    /// Returns an app that is a WebAssembly module, by its file.
    pub fn wasm(file: impl Into<String>) -> Self {
        let (file, random) = (file.into(), Randomness::Task);
        Self::of(Program::Wasm { file, random })
    }

    /// Returns an app that is not run: what it leaves is stated.
    pub fn mock(mock: Mock) -> Self {
        Self::of(Program::Mock(mock))
    }

    /// Returns an app that is a container image.
    pub fn image(reference: impl Into<String>) -> Self {
        Self::of(Program::Image(reference.into()))
    }

    /// Sets what a task costs.
    #[must_use]
    pub fn price(mut self, price: Nrlc) -> Self {
        self.price = price;
        self
    }
}

impl Mock {
    /// Returns a program that leaves this text.
    pub fn output(text: impl Into<String>) -> Self {
        Self {
            output: Some(text.into()),
            ..Self::default()
        }
    }

    /// Sets the data its callback contract is given.
    #[must_use]
    pub fn callback(mut self, data: impl Into<alloy_primitives::Bytes>) -> Self {
        self.callback = Some(Hex(data.into()));
        self
    }
}

impl Worker {
    /// Returns a group of so many honest workers.
    pub fn group(count: u64) -> Self {
        Self {
            count: Some(count),
            ..Self::default()
        }
    }

    /// Sets how they behave.
    #[must_use]
    pub fn behaviour(mut self, behaviour: WorkerBehaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Sets which pool they are members of; without it, the first.
    #[must_use]
    pub fn pool(mut self, pool: impl Into<Name>) -> Self {
        self.pool = Some(pool.into());
        self
    }

    /// Sets the score they come with.
    #[must_use]
    pub fn score(mut self, score: u64) -> Self {
        self.score = score;
        self
    }
}

impl Pool {
    /// Returns a pool with this price per task.
    pub fn priced(price: Nrlc) -> Self {
        Self {
            price,
            ..Self::default()
        }
    }

    /// Sets the share of the price a worker stakes, in percent.
    #[must_use]
    pub fn worker_stake(mut self, percent: u64) -> Self {
        self.worker_stake = WholePercent(percent);
        self
    }

    /// Sets the share of the reward the scheduler keeps, in percent.
    #[must_use]
    pub fn fee(mut self, percent: u64) -> Self {
        self.fee = WholePercent(percent);
        self
    }

    /// Sets how many workers it asks.
    #[must_use]
    pub fn policy(mut self, policy: super::Policy) -> Self {
        self.policy = policy;
        self
    }
}

impl Contract {
    /// Returns a contract of this artifact, with what its constructor is given:
    /// `{{protocol.hub}}` and the like stand for addresses.
    pub fn new<A: Into<String>>(
        artifact: impl Into<String>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            artifact: artifact.into(),
            args: args.into_iter().map(Into::into).collect(),
            by: Name::from("alice"),
        }
    }
}

impl Task {
    /// Returns a task of `alice` for an app, of category `xs`, that one worker's vote decides.
    pub fn new(app: impl Into<Name>) -> Self {
        Self {
            app: app.into(),
            dataset: None,
            by: Name::from("alice"),
            args: None,
            cmdline: None,
            dirinuri: Vec::new(),
            offline: Vec::new(),
            count: None,
            arrival: Arrival::All,
            at: std::time::Duration::ZERO,
            category: Name::from("xs"),
            replication: None,
            trust: None,
            max_price: None,
            pool: None,
            callback: None,
            tag: Vec::new(),
        }
    }

    /// Sets who wants it.
    #[must_use]
    pub fn by(mut self, account: impl Into<Name>) -> Self {
        self.by = account.into();
        self
    }

    /// Sets the command line.
    #[must_use]
    pub fn args(mut self, args: impl Into<String>) -> Self {
        self.args = Some(args.into());
        self
    }

    /// Sets how many unanimous newcomers it needs.
    #[must_use]
    pub fn replication(mut self, workers: u64) -> Self {
        self.replication = Some(workers);
        self
    }

    /// Sets the trust it asks for.
    #[must_use]
    pub fn with_trust(mut self, trust: u64) -> Self {
        self.trust = Some(trust);
        self
    }

    /// Sets the dataset.
    #[must_use]
    pub fn dataset(mut self, dataset: impl Into<Name>) -> Self {
        self.dataset = Some(dataset.into());
        self
    }

    /// Sets the category.
    #[must_use]
    pub fn category(mut self, category: impl Into<Name>) -> Self {
        self.category = category.into();
        self
    }

    /// Sets the most a pool may charge.
    #[must_use]
    pub fn max_price(mut self, price: Nrlc) -> Self {
        self.max_price = Some(price);
        self
    }

    /// Sets the contract that is told of the result: `contract.NAME`, or an address.
    #[must_use]
    pub fn callback(mut self, contract: impl ToString) -> Self {
        self.callback = Some(contract.to_string());
        self
    }
}
