//! Where the hub keeps what tests of dapps write into it: in the slots of the public hubs.

use alloy_primitives::{Address, B256, U256, b256, keccak256};
use alloy_sol_types::SolCall;
use emulate::{
    chain::Chain,
    contracts::{Deployment, abi::IexecHub},
};

use super::deployed;

/// The ERC-7201 namespace of the public hubs.
const BASE: B256 = b256!("5862653c6982c162832160cf30593645e8487b257e44d77cdd6b51eee2651b00");

/// Somebody the hub has never heard of.
const SOMEBODY: Address = Address::repeat_byte(0x5b);

fn slot(member: u64) -> U256 {
    U256::from_be_bytes(BASE.0) + U256::from(member)
}

fn of_key(member: u64, key: B256) -> U256 {
    keccak256([key.0, slot(member).to_be_bytes()].concat()).into()
}

/// A chain with the contracts, in whose hub words are written by hand.
struct Stage {
    chain: Chain,
    deployment: Deployment,
}

impl Stage {
    fn write(&mut self, slot: U256, value: u64) {
        let hub = self.deployment.hub;
        self.chain.set_storage(hub, slot, U256::from(value));
    }

    fn read<C: SolCall>(&self, call: &C) -> C::Return {
        self.deployment.hub().read(&self.chain, call).unwrap()
    }
}

#[test]
fn words_written_into_the_slots_of_the_public_hubs_are_read_from_there() {
    let (chain, deployment) = deployed();
    let mut stage = Stage { chain, deployment };
    let (order, somebody) = (B256::repeat_byte(0x0d), SOMEBODY.into_word());
    stage.write(slot(7), 7);
    stage.write(of_key(8, somebody), 8);
    stage.write(of_key(9, somebody), 9);
    stage.write(slot(11), 11);
    stage.write(of_key(12, order), 12);
    stage.write(of_key(13, order), 13);
    stage.write(of_key(18, somebody), 18);
    stage.write(slot(19), 19);
    stage.write(slot(20), 20);
    let account = SOMEBODY;
    let nth = Address::with_last_byte;
    assert_eq!(stage.read(&IexecHub::totalSupplyCall {}), U256::from(7));
    let stake = stage.read(&IexecHub::balanceOfCall { account });
    assert_eq!(stake, U256::from(8));
    let locked = stage.read(&IexecHub::frozenOfCall { account });
    assert_eq!(locked, U256::from(9));
    let separator = stage.read(&IexecHub::eip712domain_separatorCall {});
    assert_eq!(separator, B256::with_last_byte(11));
    let signer = stage.read(&IexecHub::viewPresignedCall { id: order });
    assert_eq!(signer, nth(12));
    let consumed = stage.read(&IexecHub::viewConsumedCall { id: order });
    assert_eq!(consumed, U256::from(13));
    let score = stage.read(&IexecHub::viewScoreCall { worker: account });
    assert_eq!(score, U256::from(18));
    assert_eq!(stage.read(&IexecHub::teebrokerCall {}), nth(19));
    assert_eq!(stage.read(&IexecHub::callbackgasCall {}), U256::from(20));
}

#[test]
fn the_score_of_a_worker_is_where_the_deployment_says_it_is() {
    let (chain, deployment) = deployed();
    let slot = deployment.score_slot(SOMEBODY);
    let mut stage = Stage { chain, deployment };
    stage.write(slot, 41);
    let score = stage.read(&IexecHub::viewScoreCall { worker: SOMEBODY });
    assert_eq!(score, U256::from(41));
}
