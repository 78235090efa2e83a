//! The scenarios folder, played: every expectation holds, twice with the same log.

use std::collections::BTreeSet;

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    log::{CheckOutcome, EndReason, VerbKind},
    scenario::{
        BUILTIN, Finished, Overrides, StartError,
        model::{At, Verb},
    },
};

use super::load;

fn inputs() -> Inputs {
    Inputs::new(Policy::below("scenarios"))
}

fn run(name: &str) -> Finished {
    let loaded = load(name).unwrap();
    match loaded.run(&inputs(), &Executors::new()) {
        Ok(finished) => finished,
        Err(StartError::Scenario(wrong)) => panic!("{}", wrong.render(false)),
        Err(StartError::World(wrong)) => panic!("{name}: {wrong}"),
    }
}

#[track_caller]
fn passes(name: &str) {
    let finished = run(name);
    let mut story = String::new();
    for check in &finished.checks {
        if check.outcome != CheckOutcome::Passed {
            story.push_str(&format!(
                "line {}: {}: expected {}, found {}\n",
                check.line.unwrap_or(0),
                check.name,
                check.expected,
                check.found
            ));
        }
    }
    assert!(story.is_empty(), "{name}:\n{story}");
    assert!(!finished.checks.is_empty());
    assert_eq!(finished.reason, EndReason::Complete);
    let again = run(name);
    assert_eq!(finished.world.log().digest(), again.world.log().digest());
}

#[test]
fn hello_passes() {
    passes("01-hello.toml");
}

#[test]
fn lossy_network_passes() {
    passes("20-lossy-network.toml");
}

#[test]
fn crowded_chain_passes() {
    passes("21-crowded-chain.toml");
}

#[test]
fn outages_pass() {
    passes("22-outages.toml");
}

#[test]
fn nemesis_passes() {
    passes("23-nemesis.toml");
}

#[test]
fn comings_and_goings_pass() {
    passes("24-comings-and-goings.toml");
}

#[test]
fn everything_at_once_passes() {
    passes("25-everything-at-once.toml");
}

#[test]
fn a_scenario_shows_every_verb_of_the_timeline() {
    let mut shown = BTreeSet::new();
    for scenario in BUILTIN {
        let loaded = load(scenario.file).unwrap();
        shown.extend(
            loaded
                .scenario
                .at
                .iter()
                .filter_map(At::verb)
                .map(Verb::kind),
        );
    }
    // Commands run only where somebody trusts a file with the machine.
    let others = [VerbKind::Shell, VerbKind::Note];
    let missing: Vec<VerbKind> = VerbKind::ALL
        .into_iter()
        .filter(|kind| !others.contains(kind) && !shown.contains(kind))
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn byzantine_minority_passes() {
    passes("03-byzantine-minority.toml");
}

#[test]
fn colluding_majority_passes() {
    passes("04-colluding-majority.toml");
}

#[test]
fn non_deterministic_passes() {
    passes("05-non-deterministic.toml");
}

#[test]
fn timeout_reopen_passes() {
    passes("06-timeout-reopen.toml");
}

#[test]
fn dataset_zip_passes() {
    passes("07-dataset-zip.toml");
}

#[test]
fn price_war_passes() {
    passes("08-price-war.toml");
}

#[test]
fn chaos_scheduler_passes() {
    passes("10-chaos-scheduler.toml");
}

#[test]
fn deadline_passes() {
    passes("11-deadline.toml");
}

#[test]
fn copycat_passes() {
    passes("13-copycat.toml");
}

#[test]
fn one_member_of_a_group_can_be_another_than_the_rest() {
    let overrides = Overrides {
        vars: Vec::new(),
        sets: vec![("worker.w-1.behaviour".to_owned(), "liar".to_owned())],
        ..Overrides::default()
    };
    let loaded = load("01-hello.toml").unwrap().with(&overrides).unwrap();
    let finished = loaded.run(&inputs(), &Executors::new()).unwrap();
    let behaviour = |name: &str| {
        let view = finished.world.log().view();
        view.workers
            .get(name)
            .map(|worker| worker.behaviour.clone())
    };
    assert_eq!(behaviour("w-1").as_deref(), Some("liar"));
    assert_eq!(behaviour("w-0").as_deref(), Some("honest"));
    assert!(!finished.holds());
}

#[test]
fn a_missing_file_is_told_where_it_is_asked_for() {
    let overrides = Overrides {
        vars: Vec::new(),
        sets: vec![("dataset.iris.file".to_owned(), "no.csv".to_owned())],
        ..Overrides::default()
    };
    let loaded = load("07-dataset-zip.toml")
        .unwrap()
        .with(&overrides)
        .unwrap();
    let Err(StartError::Scenario(wrong)) = loaded.run(&inputs(), &Executors::new()) else {
        panic!("there is no such file");
    };
    let text = wrong.to_string();
    assert!(text.contains("no.csv does not exist"), "{text}");
    assert!(text.starts_with("command line:1:25:"), "{text}");
}

#[test]
fn a_file_that_is_no_module_is_told_before_the_run() {
    let overrides = Overrides {
        vars: Vec::new(),
        sets: vec![(
            "app.hello.run".to_owned(),
            "{ wasm = \"fixtures/iris.csv\" }".to_owned(),
        )],
        ..Overrides::default()
    };
    let loaded = load("01-hello.toml").unwrap().with(&overrides).unwrap();
    let Err(StartError::Scenario(wrong)) = loaded.run(&inputs(), &Executors::new()) else {
        panic!("a table of flowers is no program");
    };
    let text = wrong.to_string();
    assert!(text.contains("is no WebAssembly module"), "{text}");
}
