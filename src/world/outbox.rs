//! Transactions on their way to the mempool. Rule: what an actor sends is checked and numbered at
//! once and signed ahead; it is handed to the chain before anybody outside can look, and before
//! the next block at the latest.

use std::collections::HashMap;

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope, transaction::Recovered};
use alloy_primitives::{Address, TxKind, U256};

use super::{World, hub::encode, mining::InFlight};
use crate::{
    actors::Submission,
    ahead::Ahead,
    chain::{Transaction, unsigned},
    protocol::Account,
};

/// Gas each transaction may use; blocks have room for many times as much.
const GAS: u64 = 500_000_000;

/// What actors have sent and the chain has not seen yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    waiting: Vec<Outgoing>,
    /// How many of them each account has.
    counts: HashMap<Address, u64>,
}

/// A transaction that is signed or about to be.
#[derive(Clone, Debug)]
struct Outgoing {
    account: Account,
    transaction: TxEip1559,
    signed: Ahead<Transaction>,
    in_flight: InFlight,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn put(&mut self, outgoing: Outgoing) {
        *self.counts.entry(outgoing.account.address()).or_default() += 1;
        self.waiting.push(outgoing);
    }
}

impl World {
    /// Takes a transaction an actor sends; a block will be mined for it.
    pub(super) fn submit(&mut self, from: usize, submission: Submission) {
        let account = self.slots[from].account.clone();
        let (to, data, value) = encode(&submission.call, &self.deployment);
        let transaction = TxEip1559 {
            chain_id: self.chain.chain_id(),
            nonce: self.next_nonce(account.address()),
            gas_limit: GAS,
            max_fee_per_gas: self.chain.next_base_fee().into(),
            max_priority_fee_per_gas: 0,
            to: TxKind::Call(to),
            value: U256::from(value),
            access_list: Default::default(),
            input: data,
        };
        let in_flight = InFlight::new(from, submission);
        let checked = unsigned(transaction.clone(), account.address());
        match self.chain.validate(&checked) {
            Ok(()) => {
                let (signer, to_sign) = (account.clone(), transaction.clone());
                let signed = Ahead::new(move || sign(to_sign, &signer));
                self.outbox.put(Outgoing {
                    account,
                    transaction,
                    signed,
                    in_flight,
                });
            }
            Err(refusal) => self.conclude(in_flight, Some(refusal.to_string())),
        }
        self.plan_block();
    }

    /// Hands the chain everything actors have sent so far.
    pub fn send_off(&mut self) {
        let waiting = std::mem::take(&mut self.outbox).waiting;
        // The second thread signs the oldest first; coming from the other end nobody waits for it.
        for outgoing in waiting.iter().rev() {
            outgoing.signed.get();
        }
        for outgoing in waiting {
            let Outgoing {
                account,
                mut transaction,
                signed,
                in_flight,
            } = outgoing;
            // One before it may have been refused after all, or its sender may have sent another
            // from outside: the number is then another, and so is the signature.
            let nonce = self.chain.next_nonce(account.address());
            let signed = if nonce == transaction.nonce {
                signed.get().clone()
            } else {
                transaction.nonce = nonce;
                sign(transaction, &account)
            };
            match self.chain.submit(signed) {
                Ok(hash) => {
                    self.in_flight.insert(hash, in_flight);
                }
                Err(refusal) => self.conclude(in_flight, Some(refusal.to_string())),
            }
        }
    }

    /// Returns the number of an account's next transaction.
    fn next_nonce(&self, sender: Address) -> u64 {
        let ours = self.outbox.counts.get(&sender).copied();
        self.chain.next_nonce(sender) + ours.unwrap_or(0)
    }
}

/// Signs a transaction.
pub(super) fn sign(transaction: TxEip1559, account: &Account) -> Transaction {
    let signature = account.sign_hash(&transaction.signature_hash());
    let signed = TxEnvelope::from(transaction.into_signed(signature));
    Recovered::new_unchecked(signed, account.address())
}
