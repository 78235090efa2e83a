//! The scenario language: every file of the folder is read, and every mistake has its place.

mod broken;
mod doubts;
mod files;
mod fuzz;
mod inputs;
mod market;
mod meaning;
mod money;
mod nothing;
mod runs;
mod since;
mod units;
mod verdicts;
mod whole;
mod words;

use std::{fs, path::Path};

use emulate::scenario::{Diagnostics, Loaded, Overrides};

/// Loads a file of the scenarios folder.
fn load(name: &str) -> Result<Loaded, Diagnostics> {
    let path = Path::new("scenarios").join(name);
    let text = fs::read_to_string(&path).unwrap();
    Loaded::new(
        &text,
        &path,
        &|path| fs::read_to_string(path),
        &Overrides::default(),
    )
}

/// The names of all files of the scenarios folder, sorted.
fn names() -> Vec<String> {
    let entries = fs::read_dir("scenarios").unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".toml")).collect();
    names.sort();
    names
}
