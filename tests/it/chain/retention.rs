//! A chain that keeps the newest blocks only: older ones are unknown, the rest is as ever.

use alloy_eips::BlockId;
use alloy_primitives::{B256, U256};
use emulate::chain::{Chain, Config, LogQuery, ReadError};

use super::{CONTRACT, KEEPER, START, account, rebuilt_root, told};

/// A chain that keeps four blocks, with `height` blocks of one transaction and one log each.
fn forgetful(height: u64) -> Chain {
    let config = Config {
        blocks_kept: Some(4),
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    let alice = account(&chain, 0);
    chain.set_code(CONTRACT, KEEPER.clone()).unwrap();
    for number in 1..=height {
        let call = told(number, number % 2, number - 1);
        chain.submit_unsigned(call, alice).unwrap();
        chain.mine(START + number);
    }
    chain
}

fn numbers_of_logs(chain: &Chain, query: &LogQuery) -> Vec<u64> {
    let found = chain.logs(query);
    let blocks = found.iter().map(|log| log.receipt().block().number());
    blocks.collect()
}

#[test]
fn blocks_before_the_newest_are_unknown_with_all_they_held() {
    let mut chain = forgetful(4);
    let (old, hash) = (
        chain.block(2).unwrap().clone(),
        chain.block(2).unwrap().hash,
    );
    let paid = *old.transactions[0].inner().tx_hash();
    assert!(chain.receipt(&paid).is_some());
    chain.mine_n(6, START + 5, 1);
    assert_eq!((chain.oldest(), chain.height()), (7, 10));
    assert!(chain.block(6).is_none() && chain.block(7).is_some());
    assert!(chain.block_by_hash(&hash).is_none());
    assert!(chain.receipt(&paid).is_none());
    assert_eq!(
        chain.at(BlockId::number(6)).unwrap_err(),
        ReadError::StateUnavailable {
            number: 6,
            oldest: 7
        }
    );
    let view = chain.at(BlockId::number(7)).unwrap();
    assert_eq!(view.block.header.state_root, rebuilt_root(&view.state));
}

#[test]
fn logs_are_found_in_the_blocks_kept_and_only_there() {
    let chain = forgetful(10);
    let all = LogQuery {
        to: u64::MAX,
        ..LogQuery::default()
    };
    assert_eq!(numbers_of_logs(&chain, &all), [7, 8, 9, 10]);
    let odd = LogQuery {
        addresses: vec![CONTRACT],
        topics: [vec![B256::from(U256::from(1))], vec![], vec![], vec![]],
        ..all.clone()
    };
    assert_eq!(numbers_of_logs(&chain, &odd), [7, 9]);
    let within = LogQuery {
        from: 8,
        to: 9,
        ..all
    };
    assert_eq!(numbers_of_logs(&chain, &within), [8, 9]);
}

#[test]
fn a_cursor_is_told_what_is_left_of_what_came() {
    let mut chain = forgetful(2);
    let mut cursor = chain.cursor();
    chain.mine_n(8, START + 3, 1);
    let told_of = |cursor: &mut emulate::chain::Cursor, chain: &Chain| {
        let steps = cursor.advance(chain);
        let numbers = steps.iter().map(|step| (step.block.number(), step.removed));
        numbers.collect::<Vec<_>>()
    };
    let came = [(7, false), (8, false), (9, false), (10, false)];
    assert_eq!(told_of(&mut cursor, &chain), came);
    chain.rollback(2).unwrap();
    chain.mine(START + 20);
    let steps = [(10, true), (9, true), (9, false)];
    assert_eq!(told_of(&mut cursor, &chain), steps);
    chain.mine(START + 21);
    assert_eq!(told_of(&mut cursor, &chain), [(10, false)]);
}

#[test]
fn blocks_taken_back_leave_those_kept_in_order() {
    let mut chain = forgetful(10);
    chain.rollback(3).unwrap();
    assert_eq!((chain.oldest(), chain.height()), (7, 7));
    let alice = account(&chain, 0);
    for number in 8..=12 {
        let nonce = chain.next_nonce(alice);
        chain.submit_unsigned(told(1, 1, nonce), alice).unwrap();
        assert_eq!(chain.mine(START + 30).number(), number);
    }
    let all = LogQuery {
        to: u64::MAX,
        ..LogQuery::default()
    };
    assert_eq!(numbers_of_logs(&chain, &all), [9, 10, 11, 12]);
    assert!(matches!(
        chain.rollback(4),
        Err(ReadError::StateUnavailable { .. })
    ));
}

#[test]
fn a_dump_of_a_forgetful_chain_can_be_loaded() {
    let chain = forgetful(10);
    let mut other = Chain::new(&Config::default()).unwrap();
    other.load(chain.dump()).unwrap();
    assert_eq!((other.oldest(), other.height()), (7, 10));
    assert_eq!(other.head().hash, chain.head().hash);
    assert_eq!(other.block(8).unwrap().number(), 8);
}
