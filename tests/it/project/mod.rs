//! Project files: every form of the years is read, every field is accounted for, and nothing that
//! somebody may have written makes the reader fall.

mod adopted;
mod corpus;
mod fields;
mod mistakes;
mod mutations;
mod page;
mod runs;

use std::path::Path;

use emulate::scenario::{Diagnostics, Project};

/// Reads a project file.
fn read(text: &str) -> Result<Project, Diagnostics> {
    Project::read(text, Path::new("iexec.js"))
}

/// Reads a project file that is right.
#[track_caller]
fn sound(text: &str) -> Project {
    read(text).unwrap_or_else(|wrong| panic!("{text}\n{}", wrong.render(false)))
}
