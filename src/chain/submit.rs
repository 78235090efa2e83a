//! What a transaction must be before it may wait for a block, and the words for what it is not.

use alloy_consensus::{
    Transaction as _, TxEnvelope, TypedTransaction,
    transaction::{Recovered, SignerRecoverable as _},
};
use alloy_eips::{eip2718::Decodable2718 as _, eip7825::MAX_TX_GAS_LIMIT_OSAKA};
use alloy_evm::spec_by_timestamp_and_block_number;
use alloy_primitives::{Address, Signature, TxHash, U256};
use revm::{context_interface::cfg::GasParams, primitives::hardfork::SpecId};

use super::{Chain, block::Transaction};

/// Why a transaction is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// There are no bytes.
    #[error("empty transaction data")]
    Empty,
    /// The bytes are no transaction.
    #[error("failed to decode transaction: {0}")]
    Undecodable(String),
    /// The signature has no signer.
    #[error("invalid transaction signature: {0}")]
    InvalidSignature(String),
    /// The same transaction waits already.
    #[error("transaction already imported")]
    AlreadyImported(TxHash),
    /// The sender has sent a transaction of this nonce before.
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceTooLow {
        /// The sender's next nonce.
        next: u64,
        /// The transaction's.
        nonce: u64,
    },
    /// There is no nonce after this one.
    #[error("nonce has max value")]
    NonceOverflow,
    /// Another transaction waits at this nonce and pays about as much.
    #[error("replacement transaction underpriced")]
    ReplacementUnderpriced,
    /// The sender cannot pay for gas and value.
    #[error("insufficient funds for gas * price + value: balance {balance}, cost {cost}")]
    InsufficientFunds {
        /// Wei the sender has.
        balance: U256,
        /// Wei the transaction may cost.
        cost: U256,
    },
    /// The gas does not even pay for the transaction itself.
    #[error("intrinsic gas too low: gas {gas}, minimum needed {needed}")]
    IntrinsicGasTooLow {
        /// The transaction's gas limit.
        gas: u64,
        /// Gas due before the first instruction.
        needed: u64,
    },
    /// The gas is more than a block has.
    #[error("intrinsic gas too high -- tx.gas_limit > env.block.gas_limit")]
    GasLimitTooHigh {
        /// The transaction's gas limit.
        gas: u64,
        /// The block's.
        limit: u64,
    },
    /// The gas is more than EIP-7825 allows one transaction.
    #[error("transaction gas limit {gas} exceeds the cap of {cap} (EIP-7825)")]
    GasAboveCap {
        /// The transaction's gas limit.
        gas: u64,
        /// The fork's cap.
        cap: u64,
    },
    /// The fee cap is below the base fee of the next block.
    #[error("max fee per gas less than block base fee: max fee {cap}, base fee {base_fee}")]
    FeeCapTooLow {
        /// The transaction's fee cap in wei per gas.
        cap: u128,
        /// The next block's base fee in wei per gas.
        base_fee: u64,
    },
    /// The tip is above the fee cap.
    #[error("max priority fee per gas higher than max fee per gas: tip {tip}, cap {cap}")]
    TipAboveFeeCap {
        /// The transaction's tip in wei per gas.
        tip: u128,
        /// Its fee cap in wei per gas.
        cap: u128,
    },
    /// The transaction is meant for another chain.
    #[error("invalid chain id: have {have}, want {want}")]
    WrongChainId {
        /// The transaction's.
        have: u64,
        /// This chain's.
        want: u64,
    },
    /// Blob transactions are not carried.
    #[error("blob transactions are not supported: this chain has no blob sidecars")]
    BlobsUnsupported,
    /// The fork does not know this type of transaction yet.
    #[error("transaction type {kind} is not supported before {fork}")]
    TypeUnsupported {
        /// EIP-2718 type.
        kind: u8,
        /// The fork that brings it.
        fork: &'static str,
    },
    /// A set-code transaction sets no code.
    #[error("set code transaction must have at least one authorization tuple")]
    EmptyAuthorizationList,
    /// The init code is longer than EIP-3860 allows.
    #[error("max initcode size exceeded: code size {size}, limit {limit}")]
    InitCodeTooLong {
        /// Bytes of the init code.
        size: usize,
        /// Most bytes.
        limit: usize,
    },
    /// The sender is a contract and nobody impersonates it.
    #[error("sender not an eoa: {0}")]
    SenderHasCode(Address),
}

/// Decodes a raw transaction and recovers its sender: all that is slow and needs no chain.
///
/// # Errors
///
/// [`SubmitError`] if the bytes are no transaction or its signature has no signer.
pub fn recover(raw: &[u8]) -> Result<Transaction, SubmitError> {
    if raw.is_empty() {
        return Err(SubmitError::Empty);
    }
    let mut rest = raw;
    let envelope = TxEnvelope::decode_2718(&mut rest)
        .map_err(|error| SubmitError::Undecodable(error.to_string()))?;
    if !rest.is_empty() {
        let reason = format!("{} bytes follow the transaction", rest.len());
        return Err(SubmitError::Undecodable(reason));
    }
    let signer = envelope
        .recover_signer()
        .map_err(|error| SubmitError::InvalidSignature(error.to_string()))?;
    Ok(Recovered::new_unchecked(envelope, signer))
}

/// Gives a transaction a signature nobody made, so that `sender` need not sign.
///
/// The signature holds the sender, so the hash differs from sender to sender as it would if they
/// had signed.
pub fn unsigned(transaction: impl Into<TypedTransaction>, sender: Address) -> Transaction {
    let r = U256::from_be_slice(sender.as_slice());
    let signature = Signature::new(r, U256::from(1), false);
    let envelope = TxEnvelope::new_unhashed(transaction.into(), signature);
    Recovered::new_unchecked(envelope, sender)
}

impl Chain {
    /// Takes a transaction whose sender is known into the mempool.
    ///
    /// The sender is believed: who passes a transaction that came from outside recovers it first
    /// (see [`recover`]).
    ///
    /// # Errors
    ///
    /// [`SubmitError`] says why the transaction cannot wait here; nothing has changed then.
    pub fn submit(&mut self, transaction: Transaction) -> Result<TxHash, SubmitError> {
        self.validate(&transaction)?;
        let hash = *transaction.inner().tx_hash();
        self.pool.insert(transaction);
        Ok(hash)
    }

    /// Decodes, recovers and takes a raw transaction into the mempool.
    ///
    /// # Errors
    ///
    /// As [`recover`] and [`Chain::submit`].
    pub fn submit_raw(&mut self, raw: &[u8]) -> Result<TxHash, SubmitError> {
        self.submit(recover(raw)?)
    }

    /// Takes a transaction into the mempool as if `sender` had signed it.
    ///
    /// # Errors
    ///
    /// As [`Chain::submit`].
    pub fn submit_unsigned(
        &mut self,
        transaction: impl Into<TypedTransaction>,
        sender: Address,
    ) -> Result<TxHash, SubmitError> {
        self.submit(unsigned(transaction, sender))
    }

    fn validate(&self, transaction: &Transaction) -> Result<(), SubmitError> {
        let hash = *transaction.inner().tx_hash();
        if self.pool.contains(&hash) {
            return Err(SubmitError::AlreadyImported(hash));
        }
        let head = self.head();
        let spec = spec_by_timestamp_and_block_number(
            &self.rules.schedule,
            head.timestamp(),
            head.number() + 1,
        );
        self.validate_kind(transaction, spec)?;
        self.validate_fees(transaction)?;
        self.validate_gas(transaction, spec)?;
        self.validate_sender(transaction)
    }

    /// Checks chain and type.
    fn validate_kind(&self, transaction: &Transaction, spec: SpecId) -> Result<(), SubmitError> {
        if let Some(have) = transaction.chain_id()
            && have != self.rules.chain_id
        {
            let want = self.rules.chain_id;
            return Err(SubmitError::WrongChainId { have, want });
        }
        let (known_since, fork) = match transaction.inner() {
            TxEnvelope::Legacy(_) => (SpecId::FRONTIER, "frontier"),
            TxEnvelope::Eip2930(_) => (SpecId::BERLIN, "berlin"),
            TxEnvelope::Eip1559(_) => (SpecId::LONDON, "london"),
            TxEnvelope::Eip4844(_) => return Err(SubmitError::BlobsUnsupported),
            TxEnvelope::Eip7702(_) => (SpecId::PRAGUE, "prague"),
        };
        if !spec.is_enabled_in(known_since) {
            let kind = transaction.tx_type() as u8;
            return Err(SubmitError::TypeUnsupported { kind, fork });
        }
        if transaction
            .authorization_list()
            .is_some_and(<[_]>::is_empty)
        {
            return Err(SubmitError::EmptyAuthorizationList);
        }
        Ok(())
    }

    fn validate_fees(&self, transaction: &Transaction) -> Result<(), SubmitError> {
        let cap = transaction.max_fee_per_gas();
        if let Some(tip) = transaction.max_priority_fee_per_gas()
            && tip > cap
        {
            return Err(SubmitError::TipAboveFeeCap { tip, cap });
        }
        let base_fee = self.next_base_fee();
        if cap < u128::from(base_fee) {
            return Err(SubmitError::FeeCapTooLow { cap, base_fee });
        }
        Ok(())
    }

    fn validate_gas(&self, transaction: &Transaction, spec: SpecId) -> Result<(), SubmitError> {
        let gas = transaction.gas_limit();
        let limit = self.settings.gas_limit;
        if gas > limit {
            return Err(SubmitError::GasLimitTooHigh { gas, limit });
        }
        let cap = MAX_TX_GAS_LIMIT_OSAKA;
        let capped = self.rules.transaction_gas_cap && spec.is_enabled_in(SpecId::OSAKA);
        if capped && gas > cap {
            return Err(SubmitError::GasAboveCap { gas, cap });
        }
        let needed = intrinsic_gas(transaction, spec);
        if gas < needed {
            return Err(SubmitError::IntrinsicGasTooLow { gas, needed });
        }
        let size = transaction.input().len();
        let limit = self.rules.init_code_size_limit(spec);
        if transaction.is_create() && size > limit {
            return Err(SubmitError::InitCodeTooLong { size, limit });
        }
        Ok(())
    }

    /// Checks what depends on the sender's account, and on what it has waiting.
    fn validate_sender(&self, transaction: &Transaction) -> Result<(), SubmitError> {
        let sender = transaction.signer();
        let (next, nonce) = (self.state.nonce(sender), transaction.nonce());
        if nonce < next {
            return Err(SubmitError::NonceTooLow { next, nonce });
        }
        if nonce == u64::MAX {
            return Err(SubmitError::NonceOverflow);
        }
        let code = self.state.code(sender);
        if !code.is_empty() && !code.is_eip7702() && !self.is_impersonated(sender) {
            return Err(SubmitError::SenderHasCode(sender));
        }
        if !self.pool.outbids(transaction) {
            return Err(SubmitError::ReplacementUnderpriced);
        }
        let balance = self.state.balance(sender);
        let cost = U256::from(transaction.gas_limit())
            .saturating_mul(U256::from(transaction.max_fee_per_gas()))
            .saturating_add(transaction.value());
        if cost > balance {
            return Err(SubmitError::InsufficientFunds { balance, cost });
        }
        Ok(())
    }
}

/// Returns the gas due before the first instruction, EIP-7623's floor included.
fn intrinsic_gas(transaction: &Transaction, spec: SpecId) -> u64 {
    let (accounts, slots) = transaction
        .access_list()
        .map_or((0, 0), |list| (list.len(), list.storage_keys_count()));
    let authorizations = transaction.authorization_list().map_or(0, <[_]>::len);
    let gas = GasParams::new_spec(spec).initial_tx_gas(
        transaction.input(),
        transaction.is_create(),
        accounts as u64,
        slots as u64,
        authorizations as u64,
        None,
    );
    if spec.is_enabled_in(SpecId::PRAGUE) {
        gas.initial_total_gas().max(gas.floor_gas)
    } else {
        gas.initial_total_gas()
    }
}
