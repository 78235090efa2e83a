//! Contracts with one thing wrong: the first event in which it shows is found.

use std::sync::Arc;

use emulate::{contracts::Build, fidelity::Place, scenario::Overrides};
use serde_json::{Value, json};

use super::{artifacts, built_in, changed, compared};

#[test]
fn the_committed_artifacts_are_the_built_in_contracts() {
    let build = Arc::new(Build::read(&artifacts()).unwrap());
    let compared = compared(&built_in("hello"), &build).unwrap();
    assert_eq!(compared.difference, None);
    assert!(compared.events > 50, "{compared:?}");
    assert!(compared.facts > 30, "{compared:?}");
    assert_eq!(compared.gas[0], compared.gas[1]);
}

#[test]
fn a_hub_that_cannot_reopen_is_found_out_when_it_should() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "TasksFacet", |artifact| {
        let reopen = json!("0xf6c68e10");
        let selectors = artifact["selectors"].as_array_mut().unwrap();
        selectors.retain(|selector| *selector != reopen);
    });
    let build = Arc::new(Build::read(folder.path()).unwrap());
    let same = compared(&built_in("hello"), &build).unwrap();
    assert_eq!(same.difference, None, "hello never reopens");

    // A scheduler whose reopening is refused tries again and again.
    let soon = Overrides {
        sets: vec![("scenario.until".to_owned(), "11m".to_owned())],
        ..Overrides::default()
    };
    let reopening = built_in("timeout-reopen").with(&soon).unwrap();
    let found = compared(&reopening, &build).unwrap();
    let difference = found.difference.unwrap();
    let Place::Event { ours, theirs, .. } = difference.place else {
        panic!("{difference}");
    };
    assert_eq!((ours, theirs), (Some("TaskReopen"), Some("Revert")));
    assert!(
        difference.theirs.contains("fallback-disabled"),
        "{difference}"
    );
    assert!(difference.declared(Some("6.1.0")).is_none());
}

#[test]
fn a_pool_that_asks_one_percent_more_is_found_out_at_the_deal() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "WorkerpoolRegistry", |artifact| {
        // PUSH1 30, the share of the price a worker stakes, stands last in the code of a workerpool.
        let Value::String(code) = &mut artifact["bytecode"] else {
            panic!("bytecode is text");
        };
        let at = code.rfind("601e").unwrap();
        code.replace_range(at..at + 4, "601f");
    });
    let build = Arc::new(Build::read(folder.path()).unwrap());
    let found = compared(&built_in("byzantine-minority"), &build).unwrap();
    let difference = found.difference.unwrap();
    let Place::Event { ours, .. } = difference.place else {
        panic!("{difference}");
    };
    assert_eq!(ours, Some("OrdersMatched"));
    assert_eq!(difference.field, "worker_stake");
    assert_eq!(difference.ours, "300000000");
    assert_eq!(difference.theirs, "310000000");
    let told = difference.to_string();
    assert!(told.contains("OrdersMatched\n  worker_stake\n"), "{told}");
}
