//! One execution, asked for by one worker: everything an executor needs to know.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alloy_primitives::{Address, B256, Bytes};
use sha2::{Digest, Sha256};

use super::{Builtin, CmdlineError, Confinement, Files, Mock, Place, cmdline};
use crate::{
    log::named,
    protocol::Name,
    seed::{Seed, Stream},
};

/// Instructions a program may execute per second of its category's time.
///
/// Fuel is counted, not measured, so that every worker reaches the limit at the same instruction.
const FUEL_PER_SECOND: u64 = 500_000_000;

/// One execution, asked for by one worker.
#[derive(Clone, Debug)]
pub struct Job {
    /// The task.
    pub task: Name,
    /// The worker.
    pub worker: Name,
    /// What to run.
    pub program: Program,
    /// Its arguments, already cut; see [`Contract::split`].
    pub args: Vec<String>,
    /// Variables the app's author set.
    pub env: BTreeMap<String, String>,
    /// What lies in the program's input folder: inputs and dataset.
    pub inputs: Files,
    /// Which era's rules hold for folders, variables and the result.
    pub contract: Contract,
    /// What to vote on when a V2 program leaves no consensus file.
    pub digest: DigestRule,
    /// Whether to vote on a failure.
    pub on_error: OnError,
    /// Whether the deal names a callback contract, so that the result must be callback data.
    pub callback: bool,
    /// How much it may use.
    pub limits: Limits,
    /// Where all chance comes from.
    pub seed: Seed,
    /// What the variables of the modern contract tell.
    pub on_chain: OnChain,
    /// Where the worker computes; only containers heed it.
    pub place: Place,
}

impl Job {
    /// Returns a job of `worker` for `task` with no arguments, no inputs and every default.
    pub fn new(task: impl Into<Name>, worker: impl Into<Name>, program: Program) -> Self {
        Self {
            task: task.into(),
            worker: worker.into(),
            program,
            args: Vec::new(),
            env: BTreeMap::new(),
            inputs: Files::new(),
            contract: Contract::default(),
            digest: DigestRule::default(),
            on_error: OnError::default(),
            callback: false,
            limits: Limits::default(),
            seed: Seed(0),
            on_chain: OnChain::default(),
            place: Place::default(),
        }
    }

    /// Returns the stream for chance that differs from worker to worker.
    pub fn worker_stream(&self) -> Stream {
        let name = format!("execution.{}.{}", self.task, self.worker);
        self.seed.stream(&name)
    }

    /// Returns the stream for chance that is the same for all workers of a task.
    pub fn task_stream(&self) -> Stream {
        self.seed.stream(&format!("execution.{}", self.task))
    }
}

/// What to run.
#[derive(Clone, Debug)]
pub enum Program {
    /// A program inside this binary.
    Builtin(Builtin),
    /// Nothing: the scenario states the result.
    Mock(Arc<Mock>),
    /// A WebAssembly module.
    Wasm(Wasm),
    /// A container image.
    Image(Image),
}

named! {
    Program {
        Builtin => "builtin",
        Mock => "mock",
        Wasm => "wasm",
        Image => "docker",
    }
}

/// A WebAssembly module with the WASI preview 1 interface.
#[derive(Clone, Debug)]
pub struct Wasm {
    module: Bytes,
    hash: B256,
    /// What it gets when it asks for random bytes.
    pub random: Randomness,
}

impl Wasm {
    /// Returns the program in `module`, which is a module as binary or as text.
    pub fn new(module: impl Into<Bytes>, random: Randomness) -> Self {
        let module = module.into();
        Self {
            hash: B256::from_slice(&Sha256::digest(&module)),
            module,
            random,
        }
    }

    /// Returns the module as it was given.
    pub fn module(&self) -> &Bytes {
        &self.module
    }

    /// Returns the SHA-256 of the module.
    pub fn hash(&self) -> B256 {
        self.hash
    }
}

/// What a sandboxed program gets when it asks for random bytes.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Randomness {
    /// The same bytes for every worker of a task.
    #[default]
    Task,
    /// Other bytes for each worker: results that depend on them never agree.
    Worker,
    /// An error.
    Denied,
}

/// A container image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Image {
    /// Its reference, such as `jrottenberg/ffmpeg:scratch`.
    pub reference: String,
    /// What its containers may do.
    pub confinement: Confinement,
}

impl Image {
    /// Returns the image called `reference`, confined as usual.
    pub fn new(reference: impl Into<String>) -> Self {
        Self {
            reference: reference.into(),
            confinement: Confinement::default(),
        }
    }
}

/// The eras of the container contract.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Contract {
    /// 2018: one folder `/iexec`, the result in `consensus.iexec`.
    #[default]
    V2,
    /// Since 2020: `/iexec_in` and `/iexec_out`, the result named by `computed.json`.
    V5,
}

impl Contract {
    /// Cuts a command line into arguments as the workers of that era did.
    ///
    /// # Errors
    /// In V5 when a quotation mark has no partner; V2 knows no quotation marks.
    pub fn split(self, line: &str) -> Result<Vec<String>, CmdlineError> {
        match self {
            Self::V2 => Ok(cmdline::split_plain(line)),
            Self::V5 => cmdline::split_quoted(line),
        }
    }

    /// Returns the folder in which a program finds its inputs.
    pub fn input_folder(self) -> &'static str {
        match self {
            Self::V2 => "/iexec",
            Self::V5 => "/iexec_in",
        }
    }

    /// Returns the folder in which a program leaves its outputs.
    pub fn output_folder(self) -> &'static str {
        match self {
            Self::V2 => "/iexec",
            Self::V5 => "/iexec_out",
        }
    }
}

/// What to vote on when a V2 program leaves no `consensus.iexec`.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum DigestRule {
    /// On the names and contents of all outputs, with a warning.
    #[default]
    FileOrTree,
    /// On the fact that the file is missing.
    Strict,
    /// On the result archive with its packing times, as in 2018: workers hardly ever agree.
    Zip2018,
}

/// Whether a worker votes on a failure.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnError {
    /// As the contract's era did: V2 always, V5 only when image or inputs could not be had.
    #[default]
    AsContract,
    /// It votes for the digest that stands for this kind of failure.
    Contribute,
    /// It does not vote.
    Abstain,
}

/// How much a program may use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Time by the clock; for containers, and for programs that say how long they take.
    pub wall: Duration,
    /// Instructions, for programs whose steps are counted.
    pub fuel: u64,
    /// Memory in bytes.
    pub memory: u64,
    /// Files it may leave.
    pub output_files: usize,
    /// Bytes it may leave in files.
    pub output_bytes: u64,
    /// Bytes kept of each standard stream.
    pub log_bytes: usize,
}

impl Limits {
    /// Returns the limits of a category whose reference time is `wall`.
    #[must_use]
    pub fn within(wall: Duration) -> Self {
        Self {
            wall,
            fuel: wall.as_secs().max(1).saturating_mul(FUEL_PER_SECOND),
            memory: 1 << 30,
            output_files: 10_000,
            output_bytes: 500_000_000,
            log_bytes: 1 << 20,
        }
    }
}

impl Default for Limits {
    /// The limits of the smallest category: five minutes.
    fn default() -> Self {
        Self::within(Duration::from_secs(300))
    }
}

/// What the variables of the modern contract tell about the task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OnChain {
    /// The task's id.
    pub task_id: B256,
    /// The deal's id.
    pub deal_id: B256,
    /// Index of the task in its request.
    pub index: u64,
    /// Index of the deal's first task in its request.
    pub bot_first: u64,
    /// Number of tasks in the deal.
    pub bot_size: u64,
    /// The dataset's contract.
    pub dataset: Option<Address>,
    /// Names of the input files below the input folder, in the order they were asked for.
    pub input_files: Vec<String>,
}
