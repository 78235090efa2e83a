//! The language: what a scenario file may say, typed. Rule: every key is declared here once, with
//! its default; reading, writing and the JSON Schema follow from the declaration.

mod at;
mod cast;
mod contract;
mod docker;
mod expect;
mod market;
mod run;
mod scalar;
mod set;
mod sweep;
mod work;

pub use at::{At, Outage, Verb};
pub use cast::{
    Account, Category, Phase, PhaseAction, RequesterBehaviour, Worker, WorkerBehaviour,
};
pub use contract::{Call, Contract};
pub use docker::{Container, Docker, Profile, Pull};
pub use expect::{Expect, Origin, PathCheck, Severity, When};
pub use market::{Policy, Pool, PoolBehaviour, Turn};
pub use run::{About, Clock, Lesson, Listen, Nemesis, Protocol, Serve, Time};
pub use scalar::{Hex, Key, Moment, Wei, Window};
pub use set::{Change, Changes};
pub use sweep::{Axis, Matrix, Measure};
pub use work::{App, AppType, Dataset, DigestRule, Era, Mock, OnError, Program, Randomness, Task};
pub(crate) use work::{IMAGE_VARIABLE, cut_variables};

use indexmap::IndexMap;

use super::document::{Node, table};
use crate::protocol::Name;

/// Sections whose entries have names.
pub type Named<T> = IndexMap<Name, T>;

table! {
    /// A scenario: who takes part, what work arrives, what goes wrong, and what must be true.
    "a scenario"
    pub struct Scenario {
        /// What it is called and when it ends.
        scenario: About = About::default(),
        /// How time passes.
        time: Time = Time::default(),
        /// The contracts' constants; a deviation deploys a variant of the contracts.
        protocol: Protocol = Protocol::default(),
        /// Values that texts refer to as `${name}`.
        vars: IndexMap<Name, Node> = IndexMap::new(),
        /// What a sweep varies.
        matrix: Matrix = Matrix::default(),
        /// The columns of a sweep.
        measure: Vec<Measure> = Vec::new(),
        /// What `emulate up` listens on.
        serve: Serve = Serve::default(),
        /// How containers are run.
        docker: Docker = Docker::default(),
        /// Requesters and owners, by name.
        account: Named<Account> = Named::new(),
        /// Categories beyond `xs`, `s`, `m`, `l`, `xl`, or other times for those.
        category: Named<Category> = Named::new(),
        /// Workerpools, by name.
        pool: Named<Pool> = Named::new(),
        /// Workers and groups of workers, by name.
        worker: Named<Worker> = Named::new(),
        /// Applications, by name.
        app: Named<App> = Named::new(),
        /// Datasets, by name.
        dataset: Named<Dataset> = Named::new(),
        /// Tasks and groups of tasks, by name.
        task: Named<Task> = Named::new(),
        /// Contracts deployed before the network is ready, by name.
        contract: Named<Contract> = Named::new(),
        /// The timeline: what happens when.
        at: Vec<At> = Vec::new(),
        /// What must be true.
        expect: Vec<Expect> = Vec::new(),
        /// What a class should learn from it.
        lesson: Option<Lesson> = None,
    }
}
