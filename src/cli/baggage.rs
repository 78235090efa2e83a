//! What a scenario needs beside its own text where it is put elsewhere: the files it reads, by the
//! names it calls them.

use std::path::{Component, Path, PathBuf};

use alloy_primitives::Bytes;

use crate::{contracts::Build, executor::inputs::Inputs, scenario::Scenario};

/// Makes a scenario find the contracts it names from another folder: they are where they were.
/// Returns the place, if it names any that lie in a folder.
pub(super) fn keep_contracts(scenario: &mut Scenario, home: Option<&Path>) -> Option<PathBuf> {
    let contracts = &mut scenario.protocol.contracts;
    if contracts == Build::BUILT_IN {
        return None;
    }
    let place = std::path::absolute(home?.join(&*contracts)).ok()?;
    *contracts = place.display().to_string();
    Some(place)
}

/// The files a scenario reads, by the paths it calls them: those below its folder, which are looked
/// for beside wherever it is.
pub(super) fn files(scenario: &Scenario, inputs: &Inputs) -> Vec<(PathBuf, Bytes)> {
    let named = named(scenario);
    let mut files = Vec::new();
    for (uri, fetched) in inputs.fetched() {
        if named.contains(&uri) && is_below(bare(&uri)) {
            files.push((PathBuf::from(bare(&uri)), fetched.content.clone()));
        }
        // What stands in for something on the network is read instead of it.
        let datasets = scenario.dataset.values();
        let datasets = datasets.map(|one| (one.url.as_ref(), one.offline.as_ref()));
        let tasks = scenario.task.values();
        let tasks = tasks.flat_map(|one| one.dirinuri.iter().zip(&one.offline));
        let tasks = tasks.map(|(uri, offline)| (Some(uri), Some(offline)));
        for (_, offline) in datasets.chain(tasks).filter(|(url, _)| *url == Some(&uri)) {
            if let Some(offline) = offline.filter(|offline| is_below(offline)) {
                files.push((PathBuf::from(offline), fetched.content.clone()));
            }
        }
    }
    files.sort();
    files.dedup();
    files
}

/// The files of this machine a scenario reads by a name that means something in its own folder
/// only, or on this machine only.
pub(super) fn bound(scenario: &Scenario, inputs: &Inputs) -> Vec<String> {
    let named = named(scenario);
    let fetched = inputs.fetched().into_iter().map(|(uri, _)| uri);
    let local = fetched.filter(|uri| {
        let scheme = uri
            .split_once(':')
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_remote = matches!(scheme.as_deref(), Some("http" | "https"));
        named.contains(uri) && !is_remote && !is_below(bare(uri))
    });
    local.collect()
}

/// Every text within a scenario: its files are among them.
fn named(scenario: &Scenario) -> Vec<String> {
    let mut named = Vec::new();
    let written = toml::Value::try_from(scenario);
    written.iter().for_each(|whole| words(whole, &mut named));
    named
}

/// A URI without the digest it may end with.
fn bare(uri: &str) -> &str {
    uri.split("#sha256=").next().unwrap_or(uri)
}

/// Whether a URI is a path that leads to no place above where it begins.
fn is_below(uri: &str) -> bool {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    !uri.contains(':') && Path::new(uri).components().all(is_plain)
}

/// Every text within a value.
fn words(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => found.push(text.clone()),
        toml::Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        toml::Value::Table(entries) => entries.values().for_each(|entry| words(entry, found)),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => {}
    }
}
