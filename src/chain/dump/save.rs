//! From a chain to its document.

use std::collections::BTreeMap;

use alloy_consensus::Transaction as _;
use alloy_primitives::{B256, Bytes, U256};

use super::{
    AccountFields, BlockFields, BlockRecord, Difference, Dump, Extra, Sent, TransactionInfo,
    TransactionRecord, VERSION,
};
use crate::chain::{
    AccountDump, Chain,
    block::{Block, Failure, Receipt, Transaction},
    submit::is_impersonated,
};

/// How many slots are compared at the most to keep older states; those beyond are left out.
const COMPARISONS_MAX: usize = 4_000_000;

impl Chain {
    /// Returns the chain as a document: state, blocks, receipts, what waits, and older states as
    /// far as telling them apart is affordable.
    pub fn dump(&self) -> Dump {
        let mut dump = Dump {
            block: Some(self.fields_of(self.head())),
            accounts: self
                .state()
                .dump()
                .into_iter()
                .map(|(address, account)| (address, account.into()))
                .collect(),
            best_block_number: Some(self.height()),
            blocks: Vec::new(),
            transactions: Vec::new(),
            emulate: None,
        };
        let mut outcomes = BTreeMap::new();
        for number in self.oldest()..=self.height() {
            let Some(block) = self.block(number) else {
                continue;
            };
            dump.blocks.push(record_of(block));
            for index in 0..block.transactions.len() {
                let Some(receipt) = Receipt::new(block.clone(), index) else {
                    continue;
                };
                outcomes.insert(receipt.hash(), receipt.outcome().clone());
                dump.transactions.push(transaction_of(&receipt));
            }
        }
        let content = self.mempool_content();
        let waiting = content
            .ready
            .into_values()
            .chain(content.queued.into_values());
        dump.emulate = Some(Extra {
            version: VERSION,
            chain_id: self.chain_id(),
            next_base_fee: self.settings.next_base_fee,
            gas_limit: self.gas_limit(),
            coinbase: self.coinbase(),
            outcomes,
            pool: waiting
                .flat_map(BTreeMap::into_values)
                .map(|transaction| sent(&transaction))
                .collect(),
            history: self.differences(),
        });
        dump
    }

    fn fields_of(&self, block: &Block) -> BlockFields {
        let environment = self.rules.environment(&block.header).block_env;
        BlockFields {
            number: U256::from(block.number()),
            beneficiary: block.header.beneficiary,
            timestamp: U256::from(block.timestamp()),
            gas_limit: block.header.gas_limit,
            basefee: block.base_fee(),
            difficulty: block.header.difficulty,
            prevrandao: Some(block.header.mix_hash),
            blob_excess_gas_and_price: environment.blob_excess_gas_and_price,
            slot_num: 0,
        }
    }

    /// Tells each older state from the next newer one, newest first, within the budget.
    fn differences(&self) -> Vec<Difference> {
        let mut budget = COMPARISONS_MAX;
        let mut differences = Vec::new();
        let mut newer = self.state();
        for older in self.history.iter().rev() {
            let Some(changes) = older.differences(newer, &mut budget) else {
                break;
            };
            let changes = changes
                .into_iter()
                .map(|(address, account)| (address, account.map(AccountFields::from)));
            differences.push(Difference(changes.collect()));
            newer = older;
        }
        differences
    }
}

impl From<AccountDump> for AccountFields {
    fn from(account: AccountDump) -> Self {
        let storage = account.storage.into_iter();
        Self {
            nonce: account.nonce,
            balance: account.balance,
            code: account.code.original_bytes(),
            storage: storage
                .map(|(slot, value)| (B256::from(slot), B256::from(value)))
                .collect(),
        }
    }
}

fn record_of(block: &Block) -> BlockRecord {
    BlockRecord {
        header: block.header.clone(),
        transactions: block.transactions.iter().map(sent).collect(),
        ommers: block.ommers.clone(),
        withdrawals: block.withdrawals.clone(),
    }
}

fn sent(transaction: &Transaction) -> Sent {
    Sent {
        transaction: transaction.inner().clone(),
        impersonated_sender: is_impersonated(transaction).then(|| transaction.signer()),
    }
}

fn transaction_of(receipt: &Receipt) -> TransactionRecord {
    let transaction = receipt.transaction();
    let outcome = receipt.outcome();
    let (exit, out) = match &outcome.failure {
        None => ("Stop".to_owned(), None),
        Some(Failure::Revert(data)) => ("Revert".to_owned(), Some(data.clone())),
        Some(Failure::Halt(_)) => ("FatalExternalError".to_owned(), None::<Bytes>),
    };
    TransactionRecord {
        info: TransactionInfo {
            transaction_hash: receipt.hash(),
            transaction_index: receipt.index() as u64,
            from: transaction.signer(),
            to: transaction.to(),
            contract_address: outcome.created,
            traces: [],
            exit,
            out,
            nonce: transaction.nonce(),
            gas_used: outcome.gas_used,
        },
        receipt: receipt.envelope().clone(),
        block_hash: receipt.block().hash,
        block_number: receipt.block().number(),
    }
}
