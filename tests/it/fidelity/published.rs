//! The real PoCo contracts, as published on npm, against ours. They need the packages of
//! `tests/verify`, so these tests are ignored unless asked for:
//! `cargo nextest run --profile clients --run-ignored all`.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use emulate::{
    contracts::Build,
    fidelity::draw,
    scenario::{BUILTIN, StartError},
};

use super::{built_in, compared, load};
use crate::model::twin;

/// How many random networks are compared.
const NETWORKS: u64 = 1000;

/// How many stories of random calls are told to the published contracts and to the model.
const STORIES: u32 = 200;

fn published() -> Arc<Build> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify");
    let build = Build::read(&folder).unwrap();
    assert_eq!(build.name, "@iexec/poco 6.1.0");
    assert!(build.notes.is_empty(), "{:?}", build.notes);
    Arc::new(build)
}

#[test]
#[ignore = "needs the Node packages of tests/verify"]
fn every_scenario_is_the_same_on_the_published_contracts() {
    let build = published();
    for known in BUILTIN {
        let loaded = built_in(known.name);
        let tags = &loaded.scenario.scenario.tags;
        if ["slow", "docker", "sweep"]
            .iter()
            .any(|tag| tags.contains(&(*tag).to_owned()))
        {
            continue;
        }
        let compared = compared(&loaded, &build).unwrap();
        if let Some(difference) = compared.difference {
            panic!("{}: {difference}", known.name);
        }
    }
}

#[test]
#[ignore = "needs the Node packages of tests/verify"]
fn a_thousand_random_networks_are_the_same_on_the_published_contracts() {
    let build = published();
    let next = AtomicU64::new(0);
    let events = AtomicU64::new(0);
    let different = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= NETWORKS {
                        return;
                    }
                    let compared = compared(&load(&draw(seed)), &build).unwrap();
                    events.fetch_add(compared.events, Ordering::Relaxed);
                    let difference = compared
                        .difference
                        .iter()
                        .map(|found| format!("{seed}: {found}"));
                    different.lock().unwrap().extend(difference);
                }
            });
        }
    });
    assert_eq!(different.into_inner().unwrap(), Vec::<String>::new());
    let events = events.into_inner();
    assert!(
        events > 100 * NETWORKS,
        "only {events} events were compared"
    );
}

#[test]
#[ignore = "needs the Node packages of tests/verify"]
fn the_model_and_the_published_contracts_agree_on_every_call() {
    twin::agree_on(&published(), STORIES);
}

#[test]
#[ignore = "needs the Node packages of tests/verify"]
fn other_numbers_than_the_published_contracts_have_are_refused() {
    let text = "[protocol]\nfinal_deadline = \"12x\"\n[app.a]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"a\"\n";
    let refused = compared(&load(text), &published()).err().unwrap();
    assert!(matches!(refused, StartError::World(_)), "{refused}");
    let told = refused.to_string();
    assert!(
        told.contains("@iexec/poco 6.1.0 have final_deadline 10, 12 is asked for"),
        "{told}"
    );
}
