//! How a transaction comes to wait for a block, and the words for why it may not.

use alloy_consensus::{
    Signed, TxEnvelope, TypedTransaction,
    transaction::{Recovered, SignerRecoverable as _},
};
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::{Address, Signature, TxHash, U256};

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
    /// Too many transactions wait already.
    #[error("txpool is full")]
    MempoolFull,
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
    /// The price is below the least one the chain was told to ask for.
    #[error("transaction underpriced: gas price {price}, least accepted {least}")]
    Underpriced {
        /// Wei per gas the transaction pays.
        price: u128,
        /// Wei per gas asked for.
        least: u64,
    },
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
    #[error(
        "transaction type {kind} is not supported by the current hardfork: it came with {fork}"
    )]
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
    // By hand, for the library would hash it, and who only has it checked never asks for the hash.
    let envelope = match transaction.into() {
        TypedTransaction::Legacy(inner) => {
            TxEnvelope::Legacy(Signed::new_unhashed(inner, signature))
        }
        TypedTransaction::Eip2930(inner) => {
            TxEnvelope::Eip2930(Signed::new_unhashed(inner, signature))
        }
        TypedTransaction::Eip1559(inner) => {
            TxEnvelope::Eip1559(Signed::new_unhashed(inner, signature))
        }
        TypedTransaction::Eip4844(inner) => {
            TxEnvelope::Eip4844(Signed::new_unhashed(inner, signature))
        }
        TypedTransaction::Eip7702(inner) => {
            TxEnvelope::Eip7702(Signed::new_unhashed(inner, signature))
        }
    };
    Recovered::new_unchecked(envelope, sender)
}

/// Returns whether the transaction's signature is one that [`unsigned`] gave it.
pub(crate) fn is_impersonated(transaction: &Transaction) -> bool {
    let sender = U256::from_be_slice(transaction.signer().as_slice());
    let signature = transaction.inner().signature();
    signature.r() == sender && signature.s() == U256::from(1)
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
        let hash = *transaction.inner().tx_hash();
        if self.pool.contains(&hash) {
            return Err(SubmitError::AlreadyImported(hash));
        }
        self.validate(&transaction)?;
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
}
