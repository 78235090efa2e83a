//! Simulated blocks: as true as mined ones, and without consequences.

use alloy_consensus::{Transaction as _, TxReceipt as _, proofs::calculate_receipt_root};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bloom, Bytes, TxKind, U256, address, bytes};
use alloy_rpc_types::{
    BlockOverrides, TransactionRequest,
    simulate::{SimBlock, SimulatePayload},
    state::{AccountOverride, StateOverride},
};
use emulate::chain::{Chain, Simulated, SimulationError, TRANSFER_LOG_ADDRESS};

use super::{CONTRACT, KEEPER, REVERTER, START, account, chain};

/// Somebody without money or code.
const NOBODY: Address = address!("0x0000000000000000000000000000000000012345");

/// Passes its value on to [`NOBODY`].
static FORWARDER: Bytes = bytes!("5f5f5f5f347300000000000000000000000000000000000123455af100");

/// The precompile that returns what it is told.
const IDENTITY: Address = address!("0x0000000000000000000000000000000000000004");

fn call(to: Address, input: impl Into<Bytes>) -> TransactionRequest {
    TransactionRequest::default()
        .to(to)
        .input(input.into().into())
}

fn word(value: u64) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

/// A block in which accounts have the code given.
fn with_code<const N: usize>(codes: [(Address, Bytes); N]) -> SimBlock {
    let overrides = codes.map(|(who, code)| (who, AccountOverride::default().with_code(code)));
    SimBlock::default().with_state_overrides(StateOverride::from_iter(overrides))
}

fn supposing(who: Address, account: AccountOverride) -> SimBlock {
    SimBlock::default().with_state_overrides(StateOverride::from_iter([(who, account)]))
}

fn under(overrides: BlockOverrides) -> SimBlock {
    SimBlock::default().with_block_overrides(overrides)
}

fn simulate<const N: usize>(
    chain: &Chain,
    blocks: [SimBlock; N],
) -> Result<Vec<Simulated>, SimulationError> {
    let payload = SimulatePayload::default().extend_blocks(blocks);
    chain.simulate(payload, BlockId::latest())
}

fn validate<const N: usize>(
    chain: &Chain,
    blocks: [SimBlock; N],
) -> Result<Vec<Simulated>, SimulationError> {
    let payload = SimulatePayload::default()
        .extend_blocks(blocks)
        .with_validation();
    chain.simulate(payload, BlockId::latest())
}

fn code<T: std::fmt::Debug>(refused: Result<T, SimulationError>) -> i64 {
    refused.unwrap_err().code()
}

#[test]
fn what_a_call_does_later_blocks_find_and_the_chain_does_not() {
    let chain = chain();
    let input = [word(7), word(3)].concat();
    let read = bytes!("5f35545f5260205ff3");
    let blocks = [
        with_code([(CONTRACT, KEEPER.clone())])
            .call(call(CONTRACT, input.clone()))
            .call(call(CONTRACT, input)),
        with_code([(CONTRACT, read)]).call(call(CONTRACT, word(3))),
    ];
    let done = simulate(&chain, blocks).unwrap();
    assert_eq!(done[1].calls[0].return_data.as_ref(), word(7));
    assert_eq!(done[1].block.header.parent_hash, done[0].block.hash);
    assert_eq!(done[0].block.header.parent_hash, chain.head().hash);
    for (index, call) in done[0].calls.iter().enumerate() {
        let log = &call.logs[0];
        let block = &done[0].block;
        assert_eq!(log.address(), CONTRACT);
        assert_eq!(log.block_hash, Some(block.hash));
        assert_eq!(log.log_index, Some(index as u64));
        let hash = *block.transactions[index].inner().tx_hash();
        assert_eq!(log.transaction_hash, Some(hash));
    }
    assert!(done[0].calls.iter().all(|call| call.status));
    assert_eq!(chain.height(), 0);
    assert!(chain.state().code(CONTRACT).is_empty());
}

#[test]
fn a_simulated_block_is_to_the_hash_the_block_that_is_mined_then() {
    let mut chain = chain();
    chain.mine(START);
    let next = chain.next_header(START + 12);
    let blocks = [under(BlockOverrides::default().with_random(next.mix_hash))];
    let done = validate(&chain, blocks).unwrap();
    assert_eq!(done[0].block.hash, chain.mine(START + 12).hash);
}

#[test]
fn the_roots_of_a_simulated_block_are_true() {
    let chain = chain();
    let input = [word(7), word(3)].concat();
    let blocks = [with_code([(CONTRACT, KEEPER.clone())]).call(call(CONTRACT, input))];
    let block = simulate(&chain, blocks).unwrap().remove(0).block;
    assert_eq!(block.hash, block.header.hash_slow());
    assert_eq!(
        block.header.receipts_root,
        calculate_receipt_root(&block.receipts)
    );
    assert_eq!(block.header.logs_bloom, block.receipts[0].bloom());
    assert_ne!(block.header.state_root, chain.head().header.state_root);
}

#[test]
fn gaps_are_filled_with_empty_blocks_twelve_seconds_apart() {
    let mut chain = chain();
    chain.mine(START);
    let wanted = BlockOverrides::default().with_number(U256::from(4));
    let done = simulate(&chain, [under(wanted), SimBlock::default()]).unwrap();
    let found: Vec<_> = done
        .iter()
        .map(|simulated| {
            (
                simulated.block.number(),
                simulated.block.timestamp() - START,
            )
        })
        .collect();
    assert_eq!(found, [(2, 12), (3, 24), (4, 36), (5, 48)]);
    let chained = done
        .windows(2)
        .all(|pair| pair[1].block.header.parent_hash == pair[0].block.hash);
    assert!(chained);
}

#[test]
fn blocks_out_of_order_and_too_many_have_their_numbers() {
    let mut chain = chain();
    chain.mine(START);
    let number = |number| under(BlockOverrides::default().with_number(U256::from(number)));
    let time = |time| under(BlockOverrides::default().with_time(time));
    assert_eq!(code(simulate(&chain, [number(1)])), -38020);
    assert_eq!(code(simulate(&chain, [number(3), number(3)])), -38020);
    assert_eq!(code(simulate(&chain, [time(START)])), -38021);
    assert_eq!(code(simulate(&chain, [number(258)])), -38026);
    let far = BlockOverrides::default().with_number(U256::MAX);
    assert_eq!(code(simulate(&chain, [under(far)])), -38026);
    let late = [time(u64::MAX), SimBlock::default()];
    assert_eq!(code(simulate(&chain, late)), -38021);
    assert_eq!(code(simulate(&chain, [])), -32602);
    assert_eq!(simulate(&chain, [number(257)]).unwrap().len(), 256);
}

#[test]
fn nonces_advance_and_calls_share_the_gas_of_their_block() {
    let chain = chain();
    let alice = account(&chain, 0);
    let limited = BlockOverrides::default().with_gas_limit(1_000_000);
    let payment = || call(NOBODY, []).from(alice).value(U256::from(1));
    let done = simulate(&chain, [under(limited).call(payment()).call(payment())]).unwrap();
    let sent: Vec<_> = done[0]
        .block
        .transactions
        .iter()
        .map(|sent| (sent.signer(), sent.nonce(), sent.gas_limit()))
        .collect();
    assert_eq!(sent, [(alice, 0, 1_000_000), (alice, 1, 979_000)]);
    assert_eq!(done[0].calls[0].gas_used, 21_000);
    let greedy = BlockOverrides::default().with_gas_limit(1_000_000);
    let greedy = under(greedy)
        .call(payment())
        .call(payment().gas_limit(980_000));
    assert_eq!(code(simulate(&chain, [greedy])), -38015);
}

#[test]
fn validation_holds_what_is_free_without() {
    let mut chain = chain();
    chain.mine(START);
    let alice = account(&chain, 0);
    let free = || call(NOBODY, []).from(alice);
    let paid = || free().max_fee_per_gas(5_000_000_000).gas_limit(50_000);
    let one = |request| [SimBlock::default().call(request)];
    assert!(simulate(&chain, one(free().nonce(5))).is_ok());
    assert_eq!(code(validate(&chain, one(free()))), -38012);
    assert_eq!(code(validate(&chain, one(paid().nonce(5)))), -38011);
    let sent_before = supposing(alice, AccountOverride::default().with_nonce(3));
    assert_eq!(
        code(validate(&chain, [sent_before.call(paid().nonce(2))])),
        -38010
    );
    assert!(validate(&chain, one(paid())).is_ok());
    let done = validate(&chain, [SimBlock::default()]).unwrap();
    assert_eq!(done[0].block.base_fee(), chain.next_base_fee());
    let done = simulate(&chain, [SimBlock::default()]).unwrap();
    assert_eq!(done[0].block.base_fee(), 0);
}

#[test]
fn a_call_that_is_no_transaction_has_its_number() {
    let chain = chain();
    let alice = account(&chain, 0);
    let one = |request| [SimBlock::default().call(request)];
    let poor = call(alice, []).from(NOBODY).value(U256::from(1));
    assert_eq!(code(simulate(&chain, one(poor))), -38014);
    let little = call(alice, []).gas_limit(20_999);
    assert_eq!(code(simulate(&chain, one(little))), -38013);
    let mut long = call(alice, vec![0; 49_153]);
    long.to = Some(TxKind::Create);
    assert_eq!(code(simulate(&chain, one(long))), -38025);
    let mixed = call(alice, []).gas_price(1).max_fee_per_gas(1);
    assert_eq!(code(simulate(&chain, one(mixed))), -32602);
    let mut elsewhere = call(alice, []);
    elsewhere.chain_id = Some(1);
    assert_eq!(code(simulate(&chain, one(elsewhere))), -32602);
    // Between a price of nothing and the base fee there is a price that is too low.
    let dear = || under(BlockOverrides::default().with_base_fee(U256::from(10)));
    assert!(simulate(&chain, [dear().call(call(alice, []))]).is_ok());
    let low = call(alice, []).max_fee_per_gas(9);
    assert_eq!(code(simulate(&chain, [dear().call(low)])), -38012);
}

#[test]
fn a_call_that_fails_is_a_result_that_says_why() {
    let chain = chain();
    let stopper = Address::repeat_byte(0x57);
    let block = with_code([(CONTRACT, REVERTER.clone()), (stopper, bytes!("fe"))])
        .call(call(CONTRACT, word(9)))
        .call(call(stopper, []).gas_limit(30_000));
    let done = simulate(&chain, [block]).unwrap().remove(0);
    let [reverted, stopped] = &done.calls[..] else {
        panic!("two calls have two results");
    };
    assert!(!reverted.status && !stopped.status);
    let error = reverted.error.as_ref().unwrap();
    assert_eq!(
        (error.code, error.message.as_str()),
        (3, "execution reverted")
    );
    assert_eq!(error.data, Some(Bytes::from(word(9))));
    assert!(reverted.return_data.is_empty());
    let error = stopped.error.as_ref().unwrap();
    assert_eq!(
        (error.code, error.message.as_str()),
        (-32015, "invalid opcode: INVALID")
    );
    assert_eq!(stopped.gas_used, 30_000);
}

#[test]
fn ether_that_moves_is_told_as_logs_that_are_in_no_receipt() {
    let chain = chain();
    let alice = account(&chain, 0);
    let (failing, leaving) = (Address::repeat_byte(0xfa), Address::repeat_byte(0x1e));
    let reverting = [&FORWARDER[..FORWARDER.len() - 1], &[0x5f, 0x5f, 0xfd]].concat();
    let farewell = [&[0x73], NOBODY.as_slice(), &[0xff]].concat();
    let codes = [
        (CONTRACT, FORWARDER.clone()),
        (failing, reverting.into()),
        (leaving, farewell.into()),
    ];
    let mut creation = call(NOBODY, []).from(alice).value(U256::from(4));
    creation.to = Some(TxKind::Create);
    let paid = |to, value| call(to, []).from(alice).value(U256::from(value));
    let block = with_code(codes)
        .call(paid(CONTRACT, 5))
        .call(paid(failing, 6))
        .call(paid(leaving, 7))
        .call(creation)
        .call(paid(NOBODY, 0));
    let payload = SimulatePayload::default()
        .extend(block)
        .with_trace_transfers();
    let done = chain
        .simulate(payload, BlockId::latest())
        .unwrap()
        .remove(0);
    let told: Vec<Vec<_>> = done
        .calls
        .iter()
        .map(|call| {
            let logs = call.logs.iter();
            logs.map(|log| {
                assert_eq!(log.address(), TRANSFER_LOG_ADDRESS);
                let [from, to] = [1, 2].map(|place| Address::from_word(log.topics()[place]));
                (from, to, U256::from_be_slice(&log.data().data))
            })
            .collect()
        })
        .collect();
    let created = alice.create(3);
    assert_eq!(
        told,
        [
            vec![
                (alice, CONTRACT, U256::from(5)),
                (CONTRACT, NOBODY, U256::from(5))
            ],
            vec![],
            vec![
                (alice, leaving, U256::from(7)),
                (leaving, NOBODY, U256::from(7))
            ],
            vec![(alice, created, U256::from(4))],
            vec![],
        ]
    );
    let places: Vec<_> = done.calls.iter().flat_map(|call| &call.logs).collect();
    let places: Vec<_> = places.iter().filter_map(|log| log.log_index).collect();
    // The call that failed took its two back, but not their numbers.
    assert_eq!(places, [0, 1, 4, 5, 6]);
    assert_eq!(done.block.header.logs_bloom, Bloom::ZERO);
    assert!(
        done.block
            .receipts
            .iter()
            .all(|sent| sent.logs().is_empty())
    );
}

#[test]
fn precompiles_can_be_moved_and_replaced_for_one_block() {
    let chain = chain();
    let elsewhere = Address::repeat_byte(0x99);
    let moved = |to| AccountOverride::default().with_move_precompile_to_opt(Some(to));
    let asked = |to| call(to, word(8));
    let blocks = [
        supposing(IDENTITY, moved(elsewhere))
            .call(asked(elsewhere))
            .call(asked(IDENTITY)),
        with_code([(IDENTITY, bytes!("60015f5260205ff3"))]).call(asked(IDENTITY)),
    ];
    let done = simulate(&chain, blocks).unwrap();
    assert_eq!(done[0].calls[0].return_data.as_ref(), word(8));
    assert!(done[0].calls[1].return_data.is_empty());
    assert_eq!(done[1].calls[0].return_data.as_ref(), word(1));

    let none = supposing(CONTRACT, moved(elsewhere));
    assert_eq!(code(simulate(&chain, [none])), -32000);
    let itself = supposing(IDENTITY, moved(IDENTITY));
    assert_eq!(code(simulate(&chain, [itself])), -38022);
    let both = [
        (IDENTITY, moved(elsewhere)),
        (elsewhere, AccountOverride::default().with_nonce(1)),
    ];
    let both = SimBlock::default().with_state_overrides(StateOverride::from_iter(both));
    assert_eq!(code(simulate(&chain, [both])), -38023);
}

#[test]
fn slots_are_replaced_one_by_one_or_all_at_once() {
    let mut chain = chain();
    let reader = bytes!("5f35545f5260205ff3");
    chain.set_code(CONTRACT, reader).unwrap();
    chain.set_storage(CONTRACT, U256::from(1), U256::from(11));
    let slot = [(B256::from(word(2)), B256::from(word(22)))];
    let diff = AccountOverride::default().with_state_diff(slot);
    let all = AccountOverride::default().with_state(slot);
    let asked = |block: SimBlock| {
        block
            .call(call(CONTRACT, word(1)))
            .call(call(CONTRACT, word(2)))
    };
    let blocks = [
        asked(supposing(CONTRACT, diff.clone())),
        asked(supposing(CONTRACT, all)),
    ];
    let done = simulate(&chain, blocks).unwrap();
    let found = done.iter().map(|block| {
        let calls = block.calls.iter();
        calls
            .map(|call| U256::from_be_slice(&call.return_data).to::<u64>())
            .collect::<Vec<_>>()
    });
    assert_eq!(found.collect::<Vec<_>>(), [[11, 22], [0, 22]]);
    let mut both = diff;
    both.state = both.state_diff.clone();
    assert_eq!(code(simulate(&chain, [supposing(CONTRACT, both)])), -32000);
}

#[test]
fn a_contract_sees_the_block_as_it_is_supposed() {
    let chain = chain();
    // COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT BASEFEE BLOBBASEFEE, a word each.
    let ops = [0x41, 0x42, 0x43, 0x44, 0x45, 0x48, 0x4a];
    let mut looking: Vec<u8> = Vec::new();
    for (op, place) in ops.into_iter().zip((0_u8..).step_by(32)) {
        looking.extend([op, 0x60, place, 0x52]);
    }
    looking.extend([0x60, 7 * 32, 0x5f, 0xf3]);
    let overrides = BlockOverrides::default()
        .with_coinbase(NOBODY)
        .with_time(START)
        .with_number(U256::from(1))
        .with_random(B256::from(word(44)))
        .with_gas_limit(1_000_000)
        .with_base_fee(U256::from(48))
        .with_blob_base_fee(U256::from(4));
    let block = with_code([(CONTRACT, looking.into())])
        .with_block_overrides(overrides)
        .call(call(CONTRACT, []));
    let done = simulate(&chain, [block, SimBlock::default()]).unwrap();
    let seen: Vec<_> = done[0].calls[0].return_data.chunks(32).collect();
    let seen: Vec<_> = seen.into_iter().map(U256::from_be_slice).collect();
    let nobody = U256::from(0x12345);
    let expected = [START, 1, 44, 1_000_000, 48, 4].map(U256::from);
    assert_eq!(seen[0], nobody);
    assert_eq!(seen[1..], expected);
    // Who is paid and how much gas there is stay so until somebody says otherwise.
    assert_eq!(done[1].block.header.beneficiary, NOBODY);
    assert_eq!(done[1].block.header.gas_limit, 1_000_000);
}
