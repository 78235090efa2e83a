//! Cursors, proofs, logs and past states: what readers keep, and what they learn when it changes.

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::{Nibbles, proof::verify_proof};
use emulate::chain::{Chain, Config, LogQuery, logs_of};
use proptest::prelude::*;

use super::{CONTRACT, KEEPER, START, account, chain, payment, rebuilt_root, told};

#[test]
fn a_cursor_tells_of_every_block_once_and_of_what_was_undone() {
    let mut chain = chain();
    let mut cursor = chain.cursor();
    let told_of = |cursor: &mut emulate::chain::Cursor, chain: &Chain| {
        let steps = cursor.advance(chain);
        let numbers = steps.iter().map(|step| (step.block.number(), step.removed));
        numbers.collect::<Vec<_>>()
    };
    chain.mine(START);
    let snapshot = chain.snapshot();
    chain.mine(START);
    chain.mine(START);
    assert_eq!(
        told_of(&mut cursor, &chain),
        [(1, false), (2, false), (3, false)]
    );
    assert_eq!(told_of(&mut cursor, &chain), []);
    chain.revert(snapshot);
    chain.mine(START + 7);
    assert_eq!(
        told_of(&mut cursor, &chain),
        [(3, true), (2, true), (2, false)]
    );
    chain.mine(START + 8);
    assert_eq!(told_of(&mut cursor, &chain), [(3, false)]);
}

#[test]
fn proofs_convince_whoever_knows_only_the_header() {
    let mut chain = chain();
    let alice = account(&chain, 0);
    chain.set_code(CONTRACT, KEEPER.clone()).unwrap();
    for nonce in 0..20 {
        chain
            .submit_unsigned(told(nonce + 1, nonce, nonce), alice)
            .unwrap();
    }
    chain.mine(START);
    chain.mine(START);
    let slots = [0, 7, 19, 20].map(U256::from);
    let proved = chain.proof(CONTRACT, &slots, BlockId::number(1)).unwrap();
    let root = chain.block(1).unwrap().header.state_root;
    let leaf = Some(alloy_rlp::encode(proved.account));
    verify_proof(
        root,
        Nibbles::unpack(keccak256(CONTRACT)),
        leaf,
        &proved.proof,
    )
    .unwrap();
    for slot in &proved.storage {
        let key = Nibbles::unpack(keccak256(slot.slot.to_be_bytes::<32>()));
        let value = (!slot.value.is_zero()).then(|| alloy_rlp::encode(slot.value));
        verify_proof(proved.account.storage_root, key, value, &slot.proof).unwrap();
    }
    let values: Vec<_> = proved.storage.iter().map(|slot| slot.value).collect();
    assert_eq!(values, [1, 8, 20, 0].map(U256::from));
    let nobody = Address::repeat_byte(0x77);
    let absent = chain.proof(nobody, &[], BlockId::number(1)).unwrap();
    verify_proof(
        root,
        Nibbles::unpack(keccak256(nobody)),
        None,
        &absent.proof,
    )
    .unwrap();
}

#[test]
fn a_clone_is_a_view_that_stays() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    let view = chain.clone();
    let before = view.balance(bob);
    chain.submit_unsigned(payment(bob, 5, 0), alice).unwrap();
    chain.mine(START);
    chain.set_balance(alice, U256::ZERO);
    assert_eq!((view.height(), view.balance(bob)), (0, before));
    assert_eq!(view.state().clone().root(), view.head().header.state_root);
}

#[test]
fn a_chain_can_be_sent_to_and_shared_with_other_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    shared(&chain());
}

/// One thing done to a chain.
#[derive(Clone, Debug)]
enum Deed {
    Write { value: u64, slot: u64 },
    Mine,
    Snapshot,
    Revert,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        5 => (0_u64..3, 0_u64..4).prop_map(|(value, slot)| Deed::Write { value, slot }),
        3 => Just(Deed::Mine),
        1 => Just(Deed::Snapshot),
        1 => Just(Deed::Revert),
    ]
}

fn query() -> impl Strategy<Value = LogQuery> {
    let topics = proptest::collection::vec(
        (0_u64..5).prop_map(|slot| B256::from(U256::from(slot))),
        0..3,
    );
    (0_u64..12, 0_u64..12, any::<bool>(), topics).prop_map(|(from, to, known, topics)| LogQuery {
        from,
        to,
        addresses: if known {
            vec![CONTRACT, Address::ZERO]
        } else {
            vec![]
        },
        topics: [topics, vec![], vec![], vec![]],
    })
}

proptest! {
    #[test]
    fn whatever_is_done_roots_history_and_logs_agree(
        deeds in proptest::collection::vec(deed(), 1..60),
        queries in proptest::collection::vec(query(), 1..6),
        blocks_kept in proptest::option::of(4_u64..8),
    ) {
        let config = Config { history: 4, blocks_kept, ..Config::default() };
        let mut chain = Chain::new(&config).unwrap();
        let alice = account(&chain, 0);
        chain.set_code(CONTRACT, KEEPER.clone()).unwrap();
        let mut snapshots = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Write { value, slot } => {
                    let nonce = chain.next_nonce(alice);
                    chain.submit_unsigned(told(value, slot, nonce), alice).unwrap();
                }
                Deed::Mine => {
                    let block = chain.mine(START);
                    prop_assert_eq!(block.header.state_root, rebuilt_root(chain.state()));
                }
                Deed::Snapshot => snapshots.push((chain.snapshot(), chain.head().hash, chain.mempool().len())),
                Deed::Revert => {
                    if let Some((id, head, waiting)) = snapshots.pop() {
                        prop_assert!(chain.revert(id));
                        prop_assert_eq!((chain.head().hash, chain.mempool().len()), (head, waiting));
                    }
                }
            }
        }
        for number in chain.height().saturating_sub(3).max(1)..=chain.height() {
            let root = chain.block(number).unwrap().header.state_root;
            prop_assert_eq!(rebuilt_root(chain.state_after(number).unwrap()), root);
        }
        for query in queries {
            let place = |entry: &emulate::chain::LogEntry| (entry.receipt().block().hash, entry.log_index());
            let found: Vec<_> = chain.logs(&query).iter().map(place).collect();
            let scanned: Vec<_> = (query.from..=query.to)
                .filter_map(|number| chain.block(number))
                .flat_map(|block| logs_of(block, &query, false))
                .map(|entry| place(&entry))
                .collect();
            prop_assert_eq!(found, scanned);
        }
    }
}
