//! A request, as far as it is known, made into a transaction the machine can execute.

use alloy_primitives::{Address, TxKind};
use alloy_rpc_types::{TransactionRequest, request::TransactionInputError};
use revm::{
    context::{BlockEnv, CfgEnv, TxEnv},
    context_interface::{Block as _, either::Either},
    primitives::hardfork::SpecId,
};

/// Why a request is no transaction.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// `data` and `input` differ.
    #[error(transparent)]
    Input(#[from] TransactionInputError),
    /// Two ways of pricing are mixed.
    #[error("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")]
    ConflictingFees,
    /// The tip is above the fee cap.
    #[error("max priority fee per gas higher than max fee per gas: tip {tip}, cap {cap}")]
    TipAboveFeeCap {
        /// Wei per gas.
        tip: u128,
        /// Wei per gas.
        cap: u128,
    },
    /// The request carries blobs themselves, or creates a contract beside them.
    #[error("blobs are not supported: a call may name blobVersionedHashes, and a recipient")]
    BlobsUnsupported,
    /// There is no such kind of transaction.
    #[error("transaction type not supported: 0x{0:x} is none of 0x0 to 0x4")]
    UnknownType(u8),
    /// The request is meant for another chain.
    #[error("chainId does not match node's (have={have}, want={want})")]
    ChainId {
        /// The request's.
        have: u64,
        /// This chain's.
        want: u64,
    },
    /// The block's fork does not know what the request asks for.
    #[error("err: transaction type not supported: {kind} (sender {sender}) (supplied gas {gas})")]
    TypeUnsupported {
        /// What it asks for.
        kind: &'static str,
        /// Who calls.
        sender: Address,
        /// Gas of the call.
        gas: u64,
    },
    /// The block's fork has no base fee.
    #[error("maxFeePerGas and maxPriorityFeePerGas are not valid before London is active")]
    FeesBeforeLondon,
    /// A set-code transaction cannot create a contract.
    #[error("a set code transaction must have a recipient")]
    SetCodeCreates,
}

/// Returns whether the request names a price other than zero.
pub(super) fn is_priced(request: &TransactionRequest) -> bool {
    request
        .gas_price
        .or(request.max_fee_per_gas)
        .or(request.max_priority_fee_per_gas)
        .is_some_and(|price| price > 0)
}

/// Fails if the request names a kind of transaction that does not exist.
pub(crate) fn check_type(request: &TransactionRequest) -> Result<(), RequestError> {
    match request.transaction_type {
        Some(kind @ 5..) => Err(RequestError::UnknownType(kind)),
        Some(0..5) | None => Ok(()),
    }
}

/// Returns the transaction a request stands for in a block.
///
/// What is absent is zero, but for the gas, which is the block's, and the chain id, which is the
/// chain's. The fields decide what kind of transaction it is; the kind it names is not looked at.
pub(super) fn transaction_of(
    request: TransactionRequest,
    block: &BlockEnv,
    cfg: &CfgEnv,
) -> Result<TxEnv, RequestError> {
    let blobs = request.blob_versioned_hashes.clone().unwrap_or_default();
    check_chain(&request, cfg.chain_id)?;
    check_fork(&request, block, cfg)?;
    if request.sidecar.is_some() {
        return Err(RequestError::BlobsUnsupported);
    }
    let dynamic = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if request.gas_price.is_some() && dynamic {
        return Err(RequestError::ConflictingFees);
    }
    let tip = request.max_priority_fee_per_gas;
    let cap = request.gas_price.or(request.max_fee_per_gas);
    // A tip without a cap is paid on top of the base fee.
    let cap = cap.unwrap_or_else(|| tip.map_or(0, |tip| tip.saturating_add(block.basefee.into())));
    if let Some(tip) = tip
        && tip > cap
    {
        return Err(RequestError::TipAboveFeeCap { tip, cap });
    }
    let kind = request.to.unwrap_or(TxKind::Create);
    let authorizations = request.authorization_list.unwrap_or_default();
    if !authorizations.is_empty() && kind.is_create() {
        return Err(RequestError::SetCodeCreates);
    }
    if !blobs.is_empty() && kind.is_create() {
        return Err(RequestError::BlobsUnsupported);
    }
    let tx_type = if !authorizations.is_empty() {
        4
    } else if !blobs.is_empty() {
        3
    } else if dynamic {
        2
    } else if request.access_list.is_some() {
        1
    } else {
        0
    };
    Ok(TxEnv {
        tx_type,
        caller: request.from.unwrap_or_default(),
        gas_limit: request.gas.unwrap_or(block.gas_limit),
        gas_price: cap,
        kind,
        value: request.value.unwrap_or_default(),
        data: request.input.try_into_unique_input()?.unwrap_or_default(),
        nonce: request.nonce.unwrap_or_default(),
        chain_id: Some(cfg.chain_id),
        access_list: request.access_list.unwrap_or_default(),
        gas_priority_fee: if tx_type >= 2 {
            Some(tip.unwrap_or_default())
        } else {
            None
        },
        // Who names no price for blobs pays what they cost.
        max_fee_per_blob_gas: if blobs.is_empty() {
            0
        } else {
            let price = block.blob_gasprice().unwrap_or_default();
            request.max_fee_per_blob_gas.unwrap_or(price)
        },
        blob_hashes: blobs,
        authorization_list: authorizations.into_iter().map(Either::Left).collect(),
    })
}

/// Fails if the request is meant for another chain.
fn check_chain(request: &TransactionRequest, want: u64) -> Result<(), RequestError> {
    match request.chain_id {
        Some(have) if have != want => Err(RequestError::ChainId { have, want }),
        Some(_) | None => Ok(()),
    }
}

/// Fails if the request asks for what its block's fork does not know.
fn check_fork(
    request: &TransactionRequest,
    block: &BlockEnv,
    cfg: &CfgEnv,
) -> Result<(), RequestError> {
    let fees = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if fees && cfg.spec < SpecId::LONDON {
        return Err(RequestError::FeesBeforeLondon);
    }
    let blobs = request.blob_versioned_hashes.is_some() || request.max_fee_per_blob_gas.is_some();
    let authorizations = request.authorization_list.is_some();
    let asked = [
        (blobs, SpecId::CANCUN, "blob tx"),
        (authorizations, SpecId::PRAGUE, "setcode tx"),
        (
            request.access_list.is_some(),
            SpecId::BERLIN,
            "access list tx",
        ),
    ];
    for (is_asked, since, kind) in asked {
        if is_asked && cfg.spec < since {
            return Err(RequestError::TypeUnsupported {
                kind,
                sender: request.from.unwrap_or_default(),
                gas: request.gas.unwrap_or(block.gas_limit),
            });
        }
    }
    Ok(())
}
