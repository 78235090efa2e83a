//! A call as far as it is known, made into the transaction a simulated block holds.

use std::cmp::Ordering;

use alloy_consensus::{
    TxEip1559, TxEip2930, TxEip4844, TxEip4844Variant, TxEip7702, TxEnvelope, TxLegacy,
    TypedTransaction, transaction::Recovered,
};
use alloy_primitives::{Address, Bytes, Signature, TxKind, U256};
use alloy_rpc_types::TransactionRequest;
use revm::context_interface::result::InvalidTransaction;

use super::error::{Flaw, SimulationError};
use crate::chain::{RequestError, Transaction};

/// What a call takes from where it is executed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) chain_id: u64,
    /// The sender's next nonce.
    pub(super) nonce: u64,
    /// Gas of the block.
    pub(super) gas_limit: u64,
    /// Gas left in the block.
    pub(super) gas_left: u64,
    /// Gas left for the whole simulation.
    pub(super) budget: u64,
    /// Wei per gas, none before London.
    pub(super) base_fee: Option<u64>,
    /// Whether calls must pay the base fee.
    pub(super) validation: bool,
}

/// Returns the transaction a call stands for, unsigned.
///
/// What is absent is zero, but for the nonce, which is the sender's next, and the gas, which is
/// all that is left.
pub(super) fn transaction_of(
    request: TransactionRequest,
    setting: Setting,
) -> Result<Transaction, SimulationError> {
    let have = request.chain_id.unwrap_or(setting.chain_id);
    if have != setting.chain_id {
        let want = setting.chain_id;
        return Err(SimulationError::ChainId { have, want });
    }
    let (wanted, left) = (request.gas.unwrap_or(setting.gas_left), setting.gas_left);
    if wanted > left {
        let limit = setting.gas_limit;
        return Err(SimulationError::BlockGas {
            used: limit - left,
            limit,
        });
    }
    let (cap, tip) = fees(&request)?;
    let sender = request.from.unwrap_or_default();
    let input = request.input.clone().try_into_unique_input();
    let nonce = request.nonce.unwrap_or(setting.nonce);
    let gas_limit = wanted.min(setting.budget);
    let invalid = |reason| SimulationError::Invalid {
        sender,
        gas: gas_limit,
        reason,
    };
    // In this order a node judges a transaction.
    setting.check_nonce(nonce).map_err(invalid)?;
    setting.check_fee(cap, tip).map_err(invalid)?;
    let parts = Parts {
        chain_id: setting.chain_id,
        nonce,
        gas_limit,
        cap,
        tip,
        to: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        input: input.map_err(RequestError::from)?.unwrap_or_default(),
    };
    let typed = parts.typed(request, setting.base_fee.is_some())?;
    let unsigned = Signature::new(U256::ZERO, U256::ZERO, false);
    let envelope = TxEnvelope::new_unhashed(typed, unsigned);
    Ok(Recovered::new_unchecked(envelope, sender))
}

/// Returns the most wei per gas a call pays, and the most it tips.
fn fees(request: &TransactionRequest) -> Result<(u128, u128), RequestError> {
    let dynamic = request.max_fee_per_gas.or(request.max_priority_fee_per_gas);
    if request.gas_price.is_some() && dynamic.is_some() {
        return Err(RequestError::ConflictingFees);
    }
    let cap = request.gas_price.or(request.max_fee_per_gas);
    let tip = request.gas_price.or(request.max_priority_fee_per_gas);
    Ok((cap.unwrap_or_default(), tip.unwrap_or_default()))
}

impl Setting {
    fn check_nonce(self, nonce: u64) -> Result<(), Flaw> {
        if !self.validation {
            return Ok(());
        }
        let (tx, state) = (nonce, self.nonce);
        match tx.cmp(&state) {
            Ordering::Less => Err(InvalidTransaction::NonceTooLow { tx, state }.into()),
            Ordering::Greater => Err(InvalidTransaction::NonceTooHigh { tx, state }.into()),
            Ordering::Equal if tx == u64::MAX => {
                Err(InvalidTransaction::NonceOverflowInTransaction.into())
            }
            Ordering::Equal => Ok(()),
        }
    }

    fn check_fee(self, cap: u128, tip: u128) -> Result<(), Flaw> {
        if tip > cap {
            return Err(Flaw::TipAboveFeeCap { tip, cap });
        }
        let base_fee = self.base_fee.unwrap_or_default();
        // Without validation, who names no price pays none.
        if cap < u128::from(base_fee) && (self.validation || cap > 0) {
            return Err(Flaw::FeeCapTooLow { cap, base_fee });
        }
        Ok(())
    }
}

/// What transactions of every type have.
struct Parts {
    chain_id: u64,
    nonce: u64,
    gas_limit: u64,
    cap: u128,
    tip: u128,
    to: TxKind,
    value: U256,
    input: Bytes,
}

impl Parts {
    fn typed(
        self,
        request: TransactionRequest,
        london: bool,
    ) -> Result<TypedTransaction, SimulationError> {
        let access_list = request.access_list;
        let authorizations = request.authorization_list.unwrap_or_default();
        let blobs = request.blob_versioned_hashes.unwrap_or_default();
        if !authorizations.is_empty() {
            return Ok(TypedTransaction::Eip7702(TxEip7702 {
                chain_id: self.chain_id,
                nonce: self.nonce,
                gas_limit: self.gas_limit,
                max_fee_per_gas: self.cap,
                max_priority_fee_per_gas: self.tip,
                to: self.recipient().ok_or(RequestError::SetCodeCreates)?,
                value: self.value,
                access_list: access_list.unwrap_or_default(),
                authorization_list: authorizations,
                input: self.input,
            }));
        }
        if !blobs.is_empty() {
            let blob = TxEip4844 {
                chain_id: self.chain_id,
                nonce: self.nonce,
                gas_limit: self.gas_limit,
                max_fee_per_gas: self.cap,
                max_priority_fee_per_gas: self.tip,
                to: self.recipient().ok_or(SimulationError::BlobsCreate)?,
                value: self.value,
                access_list: access_list.unwrap_or_default(),
                blob_versioned_hashes: blobs,
                max_fee_per_blob_gas: request.max_fee_per_blob_gas.unwrap_or_default(),
                input: self.input,
            };
            return Ok(TypedTransaction::Eip4844(TxEip4844Variant::TxEip4844(blob)));
        }
        if london && request.gas_price.is_none() {
            return Ok(TypedTransaction::Eip1559(TxEip1559 {
                chain_id: self.chain_id,
                nonce: self.nonce,
                gas_limit: self.gas_limit,
                max_fee_per_gas: self.cap,
                max_priority_fee_per_gas: self.tip,
                to: self.to,
                value: self.value,
                access_list: access_list.unwrap_or_default(),
                input: self.input,
            }));
        }
        Ok(match access_list {
            Some(access_list) => TypedTransaction::Eip2930(TxEip2930 {
                chain_id: self.chain_id,
                nonce: self.nonce,
                gas_price: self.cap,
                gas_limit: self.gas_limit,
                to: self.to,
                value: self.value,
                access_list,
                input: self.input,
            }),
            None => TypedTransaction::Legacy(TxLegacy {
                chain_id: Some(self.chain_id),
                nonce: self.nonce,
                gas_price: self.cap,
                gas_limit: self.gas_limit,
                to: self.to,
                value: self.value,
                input: self.input,
            }),
        })
    }

    fn recipient(&self) -> Option<Address> {
        self.to.to().copied()
    }
}
