//! Blocks taken back: what they did is undone, and whoever watched is told.

use alloy_primitives::{B256, U256};
use emulate::chain::{Chain, Config, LogQuery, ReadError};

use super::{CONTRACT, KEEPER, START, account, chain, payment, rebuilt_root, told};

#[test]
fn what_the_blocks_taken_back_did_is_undone() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    chain.set_code(CONTRACT, KEEPER.clone()).unwrap();
    chain.submit_unsigned(told(1, 1, 0), alice).unwrap();
    let kept = chain.mine(START);
    let before = (chain.balance(bob), chain.next_base_fee());
    let mut cursor = chain.cursor();
    let paid = chain.submit_unsigned(payment(bob, 5, 1), alice).unwrap();
    let first = chain.mine(START + 1);
    chain.submit_unsigned(told(2, 1, 2), alice).unwrap();
    let second = chain.mine(START + 2);
    cursor.advance(&chain);

    let undone = chain.rollback(2).unwrap();
    assert_eq!(undone, [second, first]);
    assert_eq!(chain.head(), &kept);
    assert_eq!((chain.balance(bob), chain.next_base_fee()), before);
    assert_eq!(rebuilt_root(chain.state()), kept.header.state_root);
    assert_eq!(chain.next_nonce(alice), 1);
    assert!(chain.receipt(&paid).is_none());
    assert!(chain.block_by_hash(&undone[0].hash).is_none());
    let steps = cursor.advance(&chain);
    assert!(steps.iter().all(|step| step.removed));
    assert!(steps.iter().map(|step| &step.block).eq(&undone));
    let query = LogQuery {
        to: u64::MAX,
        topics: [vec![B256::from(U256::from(1))], vec![], vec![], vec![]],
        ..LogQuery::default()
    };
    assert_eq!(chain.logs(&query).len(), 1);
    // The same again gives the same blocks, to the hash.
    chain.submit_unsigned(payment(bob, 5, 1), alice).unwrap();
    assert_eq!(chain.mine(START + 1).hash, undone[1].hash);
}

#[test]
fn back_at_the_genesis_the_first_block_costs_what_it_did() {
    let mut chain = chain();
    let first = chain.mine(START);
    chain.mine_n(3, START, 1);
    chain.rollback(4).unwrap();
    assert_eq!(chain.height(), 0);
    assert_eq!(chain.mine(START).hash, first.hash);
}

#[test]
fn no_more_is_taken_back_than_there_is_and_than_is_remembered() {
    let config = Config {
        history: 3,
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    chain.mine_n(5, START, 1);
    let head = chain.head().hash;
    assert!(matches!(
        chain.rollback(6),
        Err(ReadError::UnknownNumber { .. })
    ));
    assert_eq!(
        chain.rollback(3),
        Err(ReadError::StateUnavailable {
            number: 2,
            oldest: 3
        })
    );
    assert_eq!(chain.rollback(0), Ok(vec![]));
    assert_eq!(chain.head().hash, head);
    assert_eq!(chain.rollback(2).unwrap().len(), 2);
    assert_eq!(chain.height(), 3);
}
