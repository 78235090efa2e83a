//! A build of the contracts: what is put on a chain, in which order, and with which arguments.
//!
//! The one rule: every build is deployed by the same steps. What differs between builds (libraries,
//! how the hub takes its facets, whether the numbers of the protocol are arguments) is data here.

use std::path::{Path, PathBuf};

use alloy_primitives::{Bytes, FixedBytes, fixed_bytes};
use serde::{Deserialize, Serialize};

use super::artifact::{Artifact, Contract};

mod folder;
mod hardhat;
mod own;
mod saved;

/// Selectors no function has: they name the facet of unknown calls and that of plain ether.
pub(super) const FALLBACK: FixedBytes<4> = fixed_bytes!("ffffffff");
pub(super) const RECEIVE: FixedBytes<4> = FixedBytes::ZERO;

/// Why a folder is no build of the contracts.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder or a file in it cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file is no artifact.
    #[error("{path} is not an artifact: {reason}; compilers write JSON with `abi` and `bytecode`")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The folder holds no hub.
    #[error(
        "there are no PoCo contracts below {path}: neither `Diamond` with its facets, as in the npm package @iexec/poco 6, nor `Hub` with its facets, as in `contracts/artifacts` of emulate"
    )]
    NoHub {
        /// The folder.
        path: PathBuf,
    },
    /// The hub is of the generation before diamonds.
    #[error(
        "the contracts below {path} are PoCo 5 (an ERC-1538 proxy); emulate deploys diamonds, PoCo 6.0 and later"
    )]
    OldProxy {
        /// The folder.
        path: PathBuf,
    },
    /// A contract is missing.
    #[error("{path} lacks an artifact of {contract}")]
    Missing {
        /// The folder.
        path: PathBuf,
        /// The contract's name.
        contract: String,
    },
    /// No facet serves a function everybody relies on.
    #[error("no facet below {path} serves {}", .functions.join(", "))]
    Unserved {
        /// The folder.
        path: PathBuf,
        /// The functions, with their types.
        functions: Vec<String>,
    },
}

/// A build of the contracts, ready to be deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// What it is called: `built-in`, or the package's name and version, or the folder.
    pub name: String,
    /// The version of its package, if it says one.
    pub version: Option<String>,
    /// What was not found in it and taken from elsewhere, in words.
    pub notes: Vec<String>,
    pub(super) token: Unit,
    pub(super) libraries: Vec<Unit>,
    pub(super) facets: Vec<Facet>,
    pub(super) hub: Unit,
    pub(super) shape: Shape,
    pub(super) registries: [Unit; 3],
}

/// What a hub is given when it is created.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Shape {
    /// The contracts of this program: an owner and the facets. The numbers of the protocol are
    /// constructor arguments of the facets.
    Own,
    /// PoCo 6: the facets, then an owner and what is done first, which is nothing. The numbers of
    /// the protocol are constants.
    Diamond,
}

/// A contract that is created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unit {
    /// Its name in Solidity.
    pub(super) name: String,
    /// Its code of creation; where a library's address goes there are zeros.
    pub(super) code: Bytes,
    /// Which libraries it calls, and at which bytes of the code their addresses go.
    pub(super) links: Vec<(String, usize)>,
}

/// A part of the hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facet {
    /// What is created.
    pub(super) unit: Unit,
    /// What it serves.
    pub(super) selectors: Vec<FixedBytes<4>>,
    /// Whether it takes the numbers of the protocol.
    pub(super) is_parameterised: bool,
}

impl Build {
    /// The word scenarios and flags use for the contracts of this program.
    pub const BUILT_IN: &'static str = "built-in";

    /// Returns the contracts this program carries.
    pub fn built_in() -> Self {
        let read = |contract: Contract| Ok(contract.artifact().clone());
        let made: Result<Self, BuildError> = own::build(Self::BUILT_IN.to_owned(), &read);
        made.expect("the contracts are part of the program")
    }

    /// Reads the build below `path`: an npm package such as `@iexec/poco` 6.1.0, a project that has
    /// it among its `node_modules`, or a folder of artifacts as `contracts/artifacts` of emulate is.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says what is missing.
    pub fn read(path: &Path) -> Result<Self, BuildError> {
        let folder = folder::Folder::open(path)?;
        if folder.has("Diamond") {
            return hardhat::build(&folder);
        }
        if folder.has("Hub") {
            return own::build(folder.title(), &|contract| folder.own(contract));
        }
        let path = path.to_owned();
        Err(
            match folder.has("ERC1538Proxy") || folder.has("ERC1538UpdateDelegate") {
                true => BuildError::OldProxy { path },
                false => BuildError::NoHub { path },
            },
        )
    }

    /// Returns whether the numbers of the protocol can be chosen.
    pub fn takes_rules(&self) -> bool {
        self.shape == Shape::Own
    }

    /// Returns how many contracts are created before the hub.
    pub(super) fn before_hub(&self) -> u64 {
        (1 + self.libraries.len() + self.facets.len()) as u64
    }
}

impl Default for Build {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Unit {
    fn own(contract: Contract, artifact: &Artifact) -> Self {
        Self {
            name: contract.name().to_owned(),
            code: artifact.bytecode.clone(),
            links: Vec::new(),
        }
    }
}
