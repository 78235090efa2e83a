//! `eth_config` (EIP-7910): the rules that hold now, those that come next, and the last known.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use alloy_consensus::Header;
use alloy_eips::eip7910::{EthConfig, EthForkConfig, SystemContract};
use alloy_hardforks::{EthereumHardfork, EthereumHardforks as _, ForkCondition};
use alloy_primitives::{Address, Bytes};
use flate2::Crc;
use revm::precompile::{PrecompileSpecId, Precompiles};

use crate::{
    chain::{Chain, ForkSchedule},
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Method, read},
        node::Node,
        params::Params,
    },
};

pub(super) const TABLE: &[Method] = &[read(&["eth_config"], config)];

fn config(node: &Node, params: Params) -> Answer {
    params.end()?;
    let reading = node.reading();
    let chain = &reading.chain;
    let now = chain.head().timestamp();
    let (_, times) = forks(&chain.rules().schedule);
    let current = times.range(..=now).next_back();
    let Some(current) = current.and_then(|at| at_fork(chain, *at)) else {
        return Err(RpcError::server(
            "eth_config describes chains from Cancun on; this one is older",
        ));
    };
    let next = times.range((Bound::Excluded(now), Bound::Unbounded)).next();
    let last = next.and(times.last());
    reply(&EthConfig {
        current,
        next: next.and_then(|at| at_fork(chain, *at)),
        last: last.and_then(|at| at_fork(chain, *at)),
    })
}

/// Returns the block numbers and the times at which forks begin.
fn forks(schedule: &ForkSchedule) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let (mut blocks, mut times) = (BTreeSet::new(), BTreeSet::new());
    for fork in EthereumHardfork::VARIANTS {
        match schedule.ethereum_fork_activation(*fork) {
            ForkCondition::Block(number) => blocks.extend([number]),
            ForkCondition::TTD { fork_block, .. } => blocks.extend(fork_block),
            ForkCondition::Timestamp(at) => times.extend([at]),
            ForkCondition::Never => {}
        }
    }
    (blocks, times)
}

/// Returns the rules that hold from `at` on; none before Cancun.
fn at_fork(chain: &Chain, at: u64) -> Option<EthForkConfig> {
    let rules = chain.rules();
    let blob_schedule = rules.schedule.blob_params(at)?;
    let header = Header {
        number: u64::MAX,
        timestamp: at,
        ..Header::default()
    };
    let spec = rules.environment(&header).cfg_env.spec;
    let precompiles = Precompiles::new(PrecompileSpecId::from_spec_id(spec)).inner();
    let precompiles = precompiles.iter();
    Some(EthForkConfig {
        activation_time: at,
        blob_schedule,
        chain_id: rules.chain_id,
        fork_id: fork_hash(chain, at),
        precompiles: precompiles
            .map(|(address, precompile)| (precompile.id().name().to_owned(), *address))
            .collect(),
        system_contracts: system_contracts(&rules.schedule, at),
    })
}

/// Returns the contracts the protocol itself calls; deposits are made nowhere unless the chain
/// names a contract for them.
fn system_contracts(schedule: &ForkSchedule, at: u64) -> BTreeMap<SystemContract, Address> {
    let mut contracts = BTreeMap::from(SystemContract::cancun());
    if schedule.is_prague_active_at_timestamp(at) {
        let deposits = schedule.deposit_contract();
        contracts.extend(SystemContract::prague(deposits));
        if deposits.is_none() {
            contracts.remove(&SystemContract::DepositContract);
        }
    }
    if schedule.is_amsterdam_active_at_timestamp(at) {
        contracts.extend(SystemContract::amsterdam());
    }
    contracts
}

/// Returns EIP-6122's checksum of the genesis and of all forks up to `at`.
fn fork_hash(chain: &Chain, at: u64) -> Bytes {
    let (blocks, times) = forks(&chain.rules().schedule);
    let genesis = chain.block(0);
    let begun = genesis.map_or(0, |genesis| genesis.timestamp());
    let mut sum = Crc::new();
    sum.update(
        genesis
            .map_or_else(Default::default, |genesis| genesis.hash)
            .as_slice(),
    );
    // What holds from the beginning is part of the genesis.
    let blocks = blocks.into_iter().filter(|number| *number > 0);
    let times = times
        .into_iter()
        .filter(|time| *time > begun && *time <= at);
    for point in blocks.chain(times) {
        sum.update(&point.to_be_bytes());
    }
    Bytes::copy_from_slice(&sum.sum().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Config;

    #[test]
    fn rules_that_hold_from_the_beginning_have_no_part_in_the_checksum() {
        let chain = Chain::new(&Config::default()).unwrap();
        let genesis = chain.head().hash;
        let mut sum = Crc::new();
        sum.update(genesis.as_slice());
        assert_eq!(fork_hash(&chain, 0).as_ref(), sum.sum().to_be_bytes());
    }

    #[test]
    fn a_fork_to_come_is_next_and_last_and_changes_the_checksum() {
        let mut schedule = ForkSchedule::from_genesis(EthereumHardfork::Cancun);
        schedule.set(EthereumHardfork::Prague, ForkCondition::Timestamp(9_000));
        let config = Config {
            schedule,
            genesis_timestamp: 1_000,
            ..Config::default()
        };
        let chain = Chain::new(&config).unwrap();
        let (now, then) = (at_fork(&chain, 0).unwrap(), at_fork(&chain, 9_000).unwrap());
        assert_ne!(now.fork_id, then.fork_id);
        assert!(!now.precompiles.contains_key("BLS12_G1ADD"));
        assert!(then.precompiles.contains_key("BLS12_G1ADD"));
        assert!(
            then.system_contracts
                .contains_key(&SystemContract::HistoryStorage)
        );
        assert_eq!(now.system_contracts.len(), 1);
    }
}
