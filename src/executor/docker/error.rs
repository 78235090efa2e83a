//! Why containers cannot be run.

use thiserror::Error;

/// Why there is no engine to run containers with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DockerError {
    /// This program cannot talk to engines.
    #[error("this emulate was built without docker")]
    NotBuilt,
    /// The address of the engine cannot be understood.
    #[error(
        "`{host}` is no address of a docker engine: {reason}; write unix:///var/run/docker.sock or tcp://host:2376"
    )]
    Address {
        /// The address.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing answers there.
    #[error("no docker engine answers at {host}: {reason}")]
    Unreachable {
        /// The address.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// The threads that talk to engines cannot be made.
    #[error("docker cannot be used: {0}")]
    Runtime(String),
}
