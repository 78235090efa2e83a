//! The hub has the published interface: every function, event and error, and serves them.

use std::collections::BTreeSet;

use alloy_json_abi::{JsonAbi, StateMutability};
use alloy_primitives::{Address, B256, FixedBytes};
use emulate::contracts::{HUB_ABI, abi};

use super::deployed;

/// The interface of version 6.2.0: a selector or topic, a signature, and a mutability by line.
const PUBLISHED: &str = include_str!("../../data/hub_interface.txt");

/// In the interface, and in no hub of the published version.
const UNSERVED: &str = "renounceOwnership()";

/// The lines of one section of the published interface, split into their columns.
fn published(section: &str) -> Vec<Vec<&'static str>> {
    PUBLISHED
        .lines()
        .skip_while(|line| !line.starts_with(&format!("## {section} ")))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("0x"))
        .map(|line| line.split(" | ").collect())
        .collect()
}

fn hub_abi() -> JsonAbi {
    serde_json::from_str::<serde_json::Value>(HUB_ABI)
        .and_then(|artifact| serde_json::from_value(artifact["abi"].clone()))
        .unwrap()
}

fn mutability(function: StateMutability) -> &'static str {
    match function {
        StateMutability::Pure => "pure",
        StateMutability::View => "view",
        StateMutability::NonPayable => "nonpayable",
        StateMutability::Payable => "payable",
    }
}

#[test]
fn every_function_has_its_selector_and_mutability_and_a_facet() {
    let (chain, deployment) = deployed();
    let abi = hub_abi();
    let functions = published("functions");
    assert_eq!(functions.len(), 91);
    for line in functions {
        let [selector, signature, expected, ..] = line[..] else {
            panic!("malformed line {line:?}");
        };
        let selector: FixedBytes<4> = selector.parse().unwrap();
        let found = abi
            .functions()
            .find(|function| function.selector() == selector);
        let found = found.unwrap_or_else(|| panic!("there is no {signature}"));
        assert_eq!(found.signature(), signature);
        assert_eq!(mutability(found.state_mutability), expected, "{signature}");
        let call = abi::IexecHub::facetAddressCall { selector };
        let facet = deployment.hub().read(&chain, &call).unwrap();
        assert_eq!(facet == Address::ZERO, signature == UNSERVED, "{signature}");
    }
}

#[test]
fn every_event_and_error_is_the_published_one() {
    let abi = hub_abi();
    let events = published("events");
    assert_eq!(events.len(), 32);
    for line in events {
        let topic: B256 = line[0].parse().unwrap();
        let found = abi.events().find(|event| event.selector() == topic);
        let found = found.unwrap_or_else(|| panic!("there is no {}", line[1]));
        assert_eq!(found.signature(), line[1]);
        let indexed = found.inputs.iter().filter(|input| input.indexed).count();
        assert_eq!(indexed, line[2].matches(" indexed").count(), "{}", line[1]);
    }
    let errors = published("errors");
    assert_eq!(errors.len(), 4);
    let ours: BTreeSet<_> = abi.errors().map(|error| error.selector()).collect();
    for line in errors {
        let selector: FixedBytes<4> = line[0].parse().unwrap();
        assert!(ours.contains(&selector), "there is no {}", line[1]);
    }
}

#[test]
fn the_diamond_shows_each_selector_once() {
    let (chain, deployment) = deployed();
    let facets = deployment.hub().read(&chain, &abi::IexecHub::facetsCall {});
    let facets = facets.unwrap();
    assert_eq!(facets.len(), 5);
    let selectors: Vec<_> = facets
        .iter()
        .flat_map(|facet| &facet.functionSelectors)
        .collect();
    let distinct: BTreeSet<_> = selectors.iter().collect();
    assert_eq!(selectors.len(), distinct.len());
    for facet in &facets {
        let call = abi::IexecHub::facetFunctionSelectorsCall {
            facet: facet.facetAddress,
        };
        let listed = deployment.hub().read(&chain, &call).unwrap();
        assert_eq!(listed, facet.functionSelectors);
    }
}
