//! Programs that are container images, run by a docker engine or anything that speaks like one.
//!
//! A worker of 2018 did `docker run -v ${IN_OUT}:/iexec IMAGE CMDLINE`, and so does this: the same
//! folder, the same arguments, the image's own user and working directory. Two rules: whatever a
//! program leaves is read as a stranger's (regular files only, within limits), and whatever this
//! makes (containers, folders) is taken away again, by the next process if this one is killed.

#[cfg(not(feature = "docker"))]
mod absent;
#[cfg(feature = "docker")]
mod attempt;
#[cfg(feature = "docker")]
mod blame;
#[cfg(feature = "docker")]
mod collect;
#[cfg(feature = "docker")]
mod connect;
#[cfg(feature = "docker")]
mod container;
#[cfg(feature = "docker")]
mod credentials;
mod error;
#[cfg(feature = "docker")]
mod owner;
#[cfg(feature = "docker")]
mod pull;
mod record;
mod reference;
mod replay;
#[cfg(feature = "docker")]
mod room;
#[cfg(feature = "docker")]
mod runner;
mod settings;
#[cfg(feature = "docker")]
mod sweep;
#[cfg(feature = "docker")]
mod transport;

#[cfg(not(feature = "docker"))]
pub use absent::{Docker, Engines};
pub use error::DockerError;
pub use record::{Record, RecordError};
pub use reference::{Reference, ReferenceError, Rewrites, is_registry_host};
pub use replay::Replay;
#[cfg(feature = "docker")]
pub use runner::{Docker, Engines};
pub use settings::{Confinement, Place, Profile, Progress, Pull, Settings, Tell};
