//! What a transaction must be before it may wait for a block.

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::eip7825::MAX_TX_GAS_LIMIT_OSAKA;
use alloy_evm::spec_by_timestamp_and_block_number;
use alloy_primitives::U256;
use revm::{context_interface::cfg::GasParams, primitives::hardfork::SpecId};

use super::{Chain, block::Transaction, submit::SubmitError};

impl Chain {
    /// Checks that a transaction may wait for the next block or a later one, whatever its
    /// signature.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] says why it may not.
    pub fn validate(&self, transaction: &Transaction) -> Result<(), SubmitError> {
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
        if let Some(least) = self.least_price()
            && cap < u128::from(least)
        {
            return Err(SubmitError::Underpriced { price: cap, least });
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
        if self.pool.is_full() && self.pool.by_nonce(sender, nonce).is_none() {
            return Err(SubmitError::MempoolFull);
        }
        if !self.settings.balance_checks {
            return Ok(());
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
