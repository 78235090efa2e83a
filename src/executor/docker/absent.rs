//! What stands here in a build without docker: something that says so.

use std::sync::Arc;

use super::{DockerError, Record, Settings, Tell};
use crate::executor::{Executor, Job, Running};

/// All engines a process talks to: none.
pub struct Engines(());

/// What runs container images: nothing, in this build.
pub enum Docker {}

impl Engines {
    /// Tells that this build has no docker.
    ///
    /// # Errors
    ///
    /// Always [`DockerError::NotBuilt`].
    pub fn new() -> Result<Arc<Self>, DockerError> {
        Err(DockerError::NotBuilt)
    }

    /// Tells that this build has no docker.
    ///
    /// # Errors
    ///
    /// Always [`DockerError::NotBuilt`].
    pub fn open(self: &Arc<Self>, _: Settings, _: Option<Tell>) -> Result<Docker, DockerError> {
        Err(DockerError::NotBuilt)
    }
}

impl Docker {
    /// Returns what was run so far: there is none of these to ask.
    pub fn record(&self) -> Option<Record> {
        match *self {}
    }

    /// Returns the kind and version of the engine: there is none of these to ask.
    pub fn engine(&self) -> String {
        match *self {}
    }

    /// Returns where the engine is: there is none of these to ask.
    pub fn address(&self) -> &str {
        match *self {}
    }
}

impl Executor for Docker {
    fn name(&self) -> &'static str {
        match *self {}
    }

    fn execute<'a>(&'a self, _: &'a Job) -> Running<'a> {
        match *self {}
    }
}
