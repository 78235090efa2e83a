//! Random networks: every seed is a scenario, and together they come across everything.

use std::collections::BTreeMap;

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    fidelity::draw,
    log::Event,
    scenario::fixtures,
};

use super::load;

#[test]
fn every_seed_is_a_scenario_and_always_the_same() {
    for seed in 0..300 {
        assert_eq!(draw(seed), draw(seed));
        load(&draw(seed));
    }
    load(&draw(u64::MAX));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn random_networks_come_across_every_event_of_the_protocol() {
    let mut policy = Policy::below("");
    policy.roots.clear();
    policy.embedded = fixtures().unwrap();
    let inputs = Inputs::new(policy);
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..25 {
        let finished = load(&draw(seed)).run(&inputs, &Executors::new()).unwrap();
        for record in finished.world.log().records().iter() {
            let broken = matches!(record.event, Event::InvariantBroken { .. });
            assert!(!broken, "seed {seed}: {record:?}");
            *seen.entry(record.event.name()).or_default() += 1;
        }
    }
    for event in [
        "OrdersMatched",
        "TaskInitialize",
        "TaskContribute",
        "TaskConsensus",
        "TaskReveal",
        "TaskReopen",
        "TaskFinalize",
        "TaskClaimed",
        "AccurateContribution",
        "FaultyContribution",
        "Seize",
        "Reward",
        "Revert",
        "Crashed",
        "FaultHealed",
    ] {
        assert!(seen.contains_key(event), "{event} never happened: {seen:?}");
    }
}
