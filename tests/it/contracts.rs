//! The contracts on the chain: what is deployed, what it promises, and what it does.

mod interface;
mod network;
mod reverts;
mod scenarios;
mod slots;
mod vectors;

use std::{collections::BTreeMap, fs, path::Path};

use alloy_primitives::{Address, U256, address, hex};
use emulate::{
    chain::{BaseFee, Chain, Config},
    contracts::{DeployError, Deployment, abi, deploy, read},
    protocol::{Category, KITTY_ADDRESS, Rules},
};
use sha2::{Digest, Sha256};

/// Seconds of the block the contracts are in.
const START: u64 = 1_700_000_000;

fn deployed() -> (Chain, Deployment) {
    let mut chain = Chain::new(&Config::default()).unwrap();
    let deployment = deploy(&mut chain, &Rules::default(), START).unwrap();
    (chain, deployment)
}

#[test]
fn one_block_puts_everything_where_development_chains_have_it() {
    let (chain, deployment) = deployed();
    assert_eq!(chain.height(), 1);
    assert_eq!(
        deployment.hub,
        address!("0165878A594ca255338adfa4d48449f69242Eb8F")
    );
    assert_eq!(
        deployment.rlc,
        address!("5FbDB2315678afecb367f032d93F642f64180aa3")
    );
    let hub = deployment.hub();
    let owner = chain.signers()[0].address();
    for contract in [
        deployment.hub,
        deployment.rlc,
        deployment.app_registry,
        deployment.dataset_registry,
        deployment.workerpool_registry,
    ] {
        let call = abi::AppRegistry::ownerCall {};
        assert_eq!(read(&chain, contract, &call).unwrap(), owner);
    }
    let supply = abi::RLC::balanceOfCall { account: owner };
    let supply = read(&chain, deployment.rlc, &supply).unwrap();
    assert_eq!(supply, U256::from(87_000_000_000_000_000_u64));
    assert_eq!(hub.categories(&chain).unwrap(), Category::defaults());
    let gas = hub.read(&chain, &abi::IexecHub::callbackgasCall {});
    assert_eq!(gas.unwrap(), U256::from(200_000));
    let separator = hub.read(&chain, &abi::IexecHub::eip712domain_separatorCall {});
    assert_eq!(separator.unwrap(), hub.domain(&chain).separator());
}

#[test]
fn small_blocks_only_take_more_of_them() {
    let config = Config {
        gas_limit: 8_000_000,
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    let deployment = deploy(&mut chain, &Rules::default(), START).unwrap();
    assert!(chain.height() > 1);
    assert_eq!(deployment.hub().categories(&chain).unwrap().len(), 5);
}

#[test]
fn a_chain_without_fees_takes_the_contracts_too() {
    let config = Config {
        base_fee: BaseFee::Fixed(0),
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    assert!(deploy(&mut chain, &Rules::default(), START).is_ok());
}

#[test]
fn nobody_can_deploy_without_an_account_or_without_money() {
    let mut config = Config::default();
    config.accounts.balance = U256::ZERO;
    let mut chain = Chain::new(&config).unwrap();
    let refused = deploy(&mut chain, &Rules::default(), START);
    assert!(matches!(refused, Err(DeployError::Submit { .. })));

    config.accounts.count = 0;
    let mut chain = Chain::new(&config).unwrap();
    let refused = deploy(&mut chain, &Rules::default(), START);
    assert!(matches!(refused, Err(DeployError::NoAccount)));
}

#[test]
fn other_rules_become_other_constants_of_the_contracts() {
    use abi::IexecHub as Hub;
    let rules = Rules {
        contribution_deadline_ratio: 3,
        reveal_deadline_ratio: 4,
        final_deadline_ratio: 12,
        workerpool_stake_ratio: 40,
        kitty_ratio: 20,
        kitty_min: U256::from(7),
        kitty_address: Address::repeat_byte(0x77),
        ..Rules::default()
    };
    for rules in [Rules::default(), rules] {
        let mut chain = Chain::new(&Config::default()).unwrap();
        let hub = deploy(&mut chain, &rules, START).unwrap().hub();
        let contribution = hub.read(&chain, &Hub::contribution_deadline_ratioCall {});
        let reveal = hub.read(&chain, &Hub::reveal_deadline_ratioCall {});
        let last = hub.read(&chain, &Hub::final_deadline_ratioCall {});
        let stake = hub.read(&chain, &Hub::workerpool_stake_ratioCall {});
        let ratio = hub.read(&chain, &Hub::kitty_ratioCall {});
        let least = hub.read(&chain, &Hub::kitty_minCall {});
        let kitty = hub.read(&chain, &Hub::kitty_addressCall {});
        assert_eq!(
            contribution.unwrap(),
            U256::from(rules.contribution_deadline_ratio)
        );
        assert_eq!(reveal.unwrap(), U256::from(rules.reveal_deadline_ratio));
        assert_eq!(last.unwrap(), U256::from(rules.final_deadline_ratio));
        assert_eq!(stake.unwrap(), U256::from(rules.workerpool_stake_ratio));
        assert_eq!(ratio.unwrap(), U256::from(rules.kitty_ratio));
        assert_eq!(least.unwrap(), rules.kitty_min);
        assert_eq!(kitty.unwrap(), rules.kitty_address);
    }
    assert_eq!(Rules::default().kitty_address, KITTY_ADDRESS);
}

#[test]
fn the_artifacts_are_made_of_the_sources_as_they_are() {
    #[derive(serde::Deserialize)]
    struct Artifact {
        #[serde(default, rename = "sourceHashes")]
        sources: BTreeMap<String, String>,
        #[serde(default, rename = "deployedBytecode")]
        code: String,
    }
    let mut hashed = BTreeMap::new();
    for entry in fs::read_dir("contracts/artifacts").unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let artifact: Artifact = serde_json::from_str(&text).unwrap();
        assert!(artifact.code.len() / 2 <= 1 + 24_576);
        hashed.extend(artifact.sources);
    }
    // Whatever is not compiled into a contract would escape the comparison.
    assert_eq!(hashed.len(), solidity(Path::new("contracts/src")));
    for (path, expected) in hashed {
        let source = fs::read(Path::new("contracts/src").join(&path)).unwrap();
        let found = hex::encode(Sha256::digest(source));
        assert_eq!(
            found, expected,
            "{path} changed: run node contracts/build.mjs"
        );
    }
}

/// How many Solidity files there are below a directory.
fn solidity(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap();
    let count = |path: &Path| if path.is_dir() { solidity(path) } else { 1 };
    entries.map(|entry| count(&entry.unwrap().path())).sum()
}
