//! The yardstick: the transactions of a finished chain through revm alone, on revm's own in-memory
//! database. No roots, no receipts, no signatures, no log: what nobody can do without.

use std::time::Instant;

use alloy_evm::{Evm as _, EvmEnv, FromRecoveredTx as _, eth::EthEvmBuilder};
use emulate::chain::Chain;
use revm::{
    DatabaseCommit as _,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    state::AccountInfo,
};

use super::cell::{Bare, busy};

/// Executes what `after` did since `before`; returns how many transactions that were, and what it
/// took. Every transaction must use the gas it used the first time.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn bare(before: &Chain, after: &Chain) -> (u64, Bare) {
    let mut database = database(before);
    let blocks: Vec<_> = (before.height() + 1..=after.height())
        .map(|number| {
            let block = after.block(number).expect("the chain keeps its blocks");
            let requests: Vec<TxEnv> = block
                .transactions
                .iter()
                .map(|mined| TxEnv::from_recovered_tx(mined.inner(), mined.signer()))
                .collect();
            let gas: Vec<u64> = block
                .outcomes
                .iter()
                .map(|outcome| outcome.gas_used)
                .collect();
            (environment(after, &block.header), requests, gas)
        })
        .collect();
    let count = blocks
        .iter()
        .map(|(_, requests, _)| requests.len() as u64)
        .sum();
    let (began, was_busy) = (Instant::now(), busy());
    for (environment, requests, gas) in blocks {
        let mut machine = EthEvmBuilder::new(&mut database, environment).build();
        for (request, gas) in requests.into_iter().zip(gas) {
            let done = machine.transact_raw(request).expect("it was mined before");
            assert_eq!(done.result.tx_gas_used(), gas, "the same execution");
            machine.db_mut().commit(done.state);
        }
    }
    let taken = Bare {
        wall: began.elapsed().as_secs_f64(),
        busy: busy() - was_busy,
    };
    (count, taken)
}

fn environment(chain: &Chain, header: &alloy_consensus::Header) -> EvmEnv {
    chain.rules().environment(header)
}

/// The state of a chain in revm's own database.
fn database(chain: &Chain) -> CacheDB<EmptyDB> {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in chain.state().dump() {
        let code = (!account.code.is_empty()).then_some(account.code);
        let info = AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: code
                .as_ref()
                .map_or(alloy_primitives::KECCAK256_EMPTY, |code| code.hash_slow()),
            code,
            account_id: None,
        };
        database.insert_account_info(address, info);
        for (slot, value) in account.storage {
            let written = database.insert_account_storage(address, slot, value);
            written.expect("an empty database does not fail");
        }
    }
    database
}
