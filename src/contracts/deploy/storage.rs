//! What can only be learnt from a hub that stands: its numbers, and where it keeps scores.
//!
//! The one rule: nothing about somebody else's build is taken for granted; the hub itself is asked.

use alloy_primitives::{Address, B256, U256, address, b256, keccak256};

use super::{DeployError, Deployment};
use crate::{
    chain::Chain,
    contracts::{
        abi::IexecHub,
        build::Build,
        hub::{Hub, ReadError},
    },
};

/// Where hubs since PoCo 6 keep their state, by ERC-7201: `iexec.poco.storage.PocoStorage`.
pub(super) const BASE: U256 = U256::from_be_bytes(
    b256!("5862653c6982c162832160cf30593645e8487b257e44d77cdd6b51eee2651b00").0,
);

/// Which member of the state the scores are in the built-in hub, as in the public ones.
pub(super) const SCORES_OF_BUILT_IN: u64 = 18;

/// The state has fewer members.
const MEMBERS_MAX: u64 = 64;

/// A worker nobody is.
const PROBE: Address = address!("00000000000000000000000000000000005C02e5");

/// Returns the slot of a map's value.
pub(super) fn of_key(map: U256, key: Address) -> U256 {
    keccak256([key.into_word().0, map.to_be_bytes()].concat()).into()
}

/// Finds the map of scores: that member by which the score of a worker changes. The state is as
/// before afterwards.
pub(super) fn find_scores(chain: &mut Chain, hub: Address) -> Result<Option<U256>, ReadError> {
    let score = U256::from(0x5c02e);
    for member in 0..MEMBERS_MAX {
        let map = BASE + U256::from(member);
        let slot = of_key(map, PROBE);
        chain.set_storage(hub, slot, score);
        let read = Hub { address: hub }.read(chain, &IexecHub::viewScoreCall { worker: PROBE });
        chain.set_storage(hub, slot, U256::ZERO);
        if read? == score {
            return Ok(Some(map));
        }
    }
    Ok(None)
}

/// Makes sure that a hub has the numbers that were asked for.
pub(super) fn check_rules(
    chain: &Chain,
    build: &Build,
    deployment: &Deployment,
) -> Result<(), DeployError> {
    let (hub, rules) = (deployment.hub(), &deployment.rules);
    let word = |address: Address| U256::from_be_bytes(B256::from(address.into_word()).0);
    let numbers = [
        (
            "contribution_deadline",
            hub.read(chain, &IexecHub::contribution_deadline_ratioCall {})?,
            U256::from(rules.contribution_deadline_ratio),
        ),
        (
            "reveal_deadline",
            hub.read(chain, &IexecHub::reveal_deadline_ratioCall {})?,
            U256::from(rules.reveal_deadline_ratio),
        ),
        (
            "final_deadline",
            hub.read(chain, &IexecHub::final_deadline_ratioCall {})?,
            U256::from(rules.final_deadline_ratio),
        ),
        (
            "pool_stake",
            hub.read(chain, &IexecHub::workerpool_stake_ratioCall {})?,
            U256::from(rules.workerpool_stake_ratio),
        ),
        (
            "kitty_ratio",
            hub.read(chain, &IexecHub::kitty_ratioCall {})?,
            U256::from(rules.kitty_ratio),
        ),
        (
            "kitty_min",
            hub.read(chain, &IexecHub::kitty_minCall {})?,
            rules.kitty_min,
        ),
        (
            "kitty_address",
            word(hub.read(chain, &IexecHub::kitty_addressCall {})?),
            word(rules.kitty_address),
        ),
    ];
    let differs = numbers.iter().find(|(_, found, wanted)| found != wanted);
    differs.map_or(Ok(()), |(number, found, wanted)| {
        Err(DeployError::OtherRules {
            build: build.name.clone(),
            number,
            found: found.to_string(),
            wanted: wanted.to_string(),
        })
    })
}
