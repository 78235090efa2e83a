//! iExec's contracts on the chain: how they come there, how they are called, read and understood.
//!
//! The one rule: whoever wants to know what the protocol does asks the contracts; this room only
//! translates between their words and those of [`protocol`](crate::protocol).
//!
//! ```
//! use emulate::{chain::{Chain, Config}, contracts::deploy, protocol::Rules};
//!
//! let mut chain = Chain::new(&Config::default())?;
//! let contracts = deploy(&mut chain, &Rules::default(), 1_700_000_000)?;
//! assert_eq!(contracts.hub.to_string(), "0x0165878A594ca255338adfa4d48449f69242Eb8F");
//! assert_eq!(contracts.hub().categories(&chain)?.len(), 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod abi;
mod artifact;
mod build;
pub mod call;
mod convert;
mod decode;
mod deploy;
mod hub;
mod registry;

pub use self::{
    artifact::{Artifact, Contract, HUB_ABI},
    build::{Build, BuildError},
    decode::{ContractEvent, OwnerChanged, PolicyChanged, RegistryKind, decode, revert_words},
    deploy::{DeployError, Deployment, deploy, deploy_build},
    hub::{Balance, Hub, ReadError, read},
    registry::{AppEntry, DatasetEntry, RegistryEntry, WorkerpoolEntry},
};
