//! The same runs on two builds of the contracts: what is equal, what is noticed, what is refused.

mod builds;
mod mutants;
mod networks;
mod published;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use emulate::{
    contracts::Build,
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    fidelity::{Comparison, compare},
    scenario::{Loaded, Overrides, StartError, fixtures},
};
use serde_json::Value;

/// The committed artifacts.
fn artifacts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/artifacts")
}

/// Reads a scenario that includes nothing.
fn load(text: &str) -> Loaded {
    let nothing = |_: &Path| Err(std::io::Error::other("it includes nothing"));
    let loaded = Loaded::new(text, Path::new("it.toml"), &nothing, &Overrides::default());
    loaded.unwrap_or_else(|wrong| panic!("{}\n{text}", wrong.render(false)))
}

/// Reads a built-in scenario.
fn built_in(name: &str) -> Loaded {
    load(emulate::scenario::builtin(name).unwrap().text)
}

/// Plays a scenario on the built-in contracts and on others, with the files that are built in.
fn compared(loaded: &Loaded, build: &Arc<Build>) -> Result<Comparison, StartError> {
    let mut policy = Policy::below("");
    policy.roots.clear();
    policy.embedded = fixtures().unwrap();
    compare(loaded, build, (&Inputs::new(policy), &Executors::new()))
}

/// Copies the committed artifacts, changing that of one contract.
pub(crate) fn changed(folder: &Path, contract: &str, change: impl FnOnce(&mut Value)) {
    for entry in fs::read_dir(artifacts()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    let path = folder.join(format!("{contract}.json"));
    let mut artifact = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut artifact);
    fs::write(&path, artifact.to_string()).unwrap();
}
