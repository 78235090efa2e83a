//! A block in the making: opened on a state, given transactions one by one, closed with its roots.
//!
//! Mining, import and reorganisation all come through here; only strictness differs.

use std::{mem, sync::Arc};

use alloy_consensus::{
    EMPTY_OMMER_ROOT_HASH, Eip658Value, Header, Receipt, ReceiptEnvelope, Transaction as _,
    proofs::{calculate_ommers_root, calculate_withdrawals_root},
};
use alloy_eips::{
    eip2935, eip4788,
    eip4895::Withdrawals,
    eip7002, eip7251,
    eip7685::{EMPTY_REQUESTS_HASH, Requests},
};
use alloy_evm::{
    Evm as _, FromRecoveredTx as _,
    block::{SystemCaller, state_changes::post_block_balance_increments, system_calls},
    eth::{dao_fork, eip6110},
};
use alloy_hardforks::{EthereumHardfork, EthereumHardforks as _};
use alloy_primitives::{Address, B256, U256};
use revm::{
    DatabaseCommit as _,
    context::TxEnv,
    context_interface::result::{ExecutionResult, ResultAndState},
};

use super::{
    block::{Block, Outcome, Transaction},
    execute::{Machine, Rejection, enveloped, machine, outcome_of, rejection},
    recovery,
    sealing::{Lists, Sealing},
    spec::{ForkSchedule, Rules},
    state::{State, Written},
};
use crate::ahead::MANY_TRANSACTIONS;

/// Why a block cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a system call failed: {0}")]
pub struct SystemCallFailed(String);

/// A block being made.
pub(crate) struct Assembly<'a> {
    rules: &'a Rules,
    machine: Machine<'a>,
    header: Header,
    strict: bool,
    transactions: Vec<Transaction>,
    receipts: Vec<ReceiptEnvelope>,
    outcomes: Vec<Outcome>,
    /// What follows the execution, if anything does.
    sealing: Option<Sealing>,
    /// What the transaction executed last wrote, for it.
    written: Vec<Written>,
    /// Sum over receipts, refunds deducted.
    gas_used: u64,
    /// The two dimensions of a block's gas since EIP-8037.
    regular_gas: u64,
    state_gas: u64,
    blob_gas: u64,
}

impl<'a> Assembly<'a> {
    /// Opens the block under `header` on its parent's state and makes the calls due before it.
    ///
    /// `header` says number, time, beneficiary, limits and fees; its roots are ignored. A strict
    /// assembly fails where a lenient one goes on: on system contracts that fail, and on senders
    /// with code (whom only impersonation can bring).
    ///
    /// # Errors
    ///
    /// [`SystemCallFailed`], if strict.
    pub(crate) fn open(
        rules: &'a Rules,
        state: &'a mut State,
        header: Header,
        strict: bool,
    ) -> Result<Self, SystemCallFailed> {
        let schedule = &rules.schedule;
        state.set_keep_empty(!schedule.is_spurious_dragon_active_at_block(header.number));
        if let Some(parent) = header.number.checked_sub(1) {
            state.push_block_hash(parent, header.parent_hash);
        }
        let hashes_called = write_parent_hash(schedule, state, &header);
        let mut environment = rules.environment(&header);
        environment.cfg_env.disable_eip3607 = !strict;
        let mut machine = machine(state, environment, &rules.believed);
        // What is only believed must not be remembered as true.
        if let Some(signers) = rules.signers.as_ref().filter(|_| rules.believed.is_empty()) {
            recovery::remember(&mut machine, signers);
        }
        let mut assembly = Self {
            rules,
            machine,
            header,
            strict,
            transactions: Vec::new(),
            receipts: Vec::new(),
            outcomes: Vec::new(),
            sealing: None,
            written: Vec::new(),
            gas_used: 0,
            regular_gas: 0,
            state_gas: 0,
            blob_gas: 0,
        };
        assembly.call_before(hashes_called)?;
        Ok(assembly)
    }

    /// Has a second thread follow the execution, if `expected` transactions are worth it.
    pub(crate) fn expect(&mut self, expected: usize) {
        // Before Byzantium every receipt needs the state's root.
        let schedule = &self.rules.schedule;
        let byzantium = schedule.is_byzantium_active_at_block(self.header.number);
        self.sealing = (byzantium && expected >= MANY_TRANSACTIONS).then(Sealing::default);
    }

    /// Makes the system calls due before the first transaction.
    fn call_before(&mut self, hashes_called: bool) -> Result<(), SystemCallFailed> {
        let mut system = SystemCaller::new(&self.rules.schedule);
        if !hashes_called && self.has_code(eip2935::HISTORY_STORAGE_ADDRESS) {
            let called =
                system.apply_blockhashes_contract_call(self.header.parent_hash, &mut self.machine);
            self.tolerate(called.map_err(|error| SystemCallFailed(error.to_string())))?;
        }
        if self.has_code(eip4788::BEACON_ROOTS_ADDRESS) {
            let root = self.header.parent_beacon_block_root;
            let called = system.apply_beacon_root_contract_call(root, &mut self.machine);
            self.tolerate(called.map_err(|error| SystemCallFailed(error.to_string())))?;
        }
        Ok(())
    }

    /// A lenient assembly ignores a system contract that fails.
    fn tolerate(&self, called: Result<(), SystemCallFailed>) -> Result<(), SystemCallFailed> {
        if self.strict { called } else { Ok(()) }
    }

    /// Returns the state as executed so far.
    pub(crate) fn state(&self) -> &State {
        self.machine.components().0
    }

    /// Returns the gas left for transactions.
    pub(crate) fn gas_left(&self) -> u64 {
        self.header.gas_limit.saturating_sub(self.block_gas())
    }

    /// Returns the gas the block has used: that of receipts until Amsterdam, the greater of the
    /// two dimensions since.
    fn block_gas(&self) -> u64 {
        if self.machine.cfg_env().enable_amsterdam_eip8037 {
            self.regular_gas.max(self.state_gas)
        } else {
            self.gas_used
        }
    }

    fn has_code(&self, address: Address) -> bool {
        !self.state().code(address).is_empty()
    }

    /// Returns the machine, to bend its rules for the transactions to come.
    pub(crate) fn machine_mut(&mut self) -> &mut Machine<'a> {
        &mut self.machine
    }

    /// Executes one transaction and makes it part of the block.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if it cannot be in this block at this place; nothing has changed then.
    pub(crate) fn push(&mut self, transaction: Transaction) -> Result<(), Rejection> {
        let result = self.execute(&transaction)?;
        self.record(transaction, result);
        Ok(())
    }

    /// Executes one transaction and commits what it did; who calls this [records](Self::record) it.
    ///
    /// # Errors
    ///
    /// As [`Assembly::push`].
    pub(crate) fn execute(
        &mut self,
        transaction: &Transaction,
    ) -> Result<ExecutionResult, Rejection> {
        let request = TxEnv::from_recovered_tx(transaction.inner(), transaction.signer());
        self.execute_as(transaction, request)
    }

    /// As [`Assembly::execute`], but the machine is given another request than what the
    /// transaction says.
    ///
    /// # Errors
    ///
    /// As [`Assembly::push`].
    pub(crate) fn execute_as(
        &mut self,
        transaction: &Transaction,
        request: TxEnv,
    ) -> Result<ExecutionResult, Rejection> {
        let (wanted, left) = (transaction.gas_limit(), self.gas_left());
        if wanted.min(self.machine.cfg_env().tx_gas_limit_cap.unwrap_or(u64::MAX)) > left {
            return Err(Rejection::BlockFull { wanted, left });
        }
        let ResultAndState { result, state } =
            self.machine.transact_raw(request).map_err(rejection)?;
        match self.sealing {
            Some(_) => self.written = self.machine.db_mut().commit_apart(state),
            None => self.machine.db_mut().commit(state),
        }
        Ok(result)
    }

    /// Makes an executed transaction part of the block, with its receipt.
    pub(crate) fn record(&mut self, transaction: Transaction, result: ExecutionResult) {
        let gas = *result.gas();
        self.gas_used += gas.tx_gas_used();
        self.regular_gas += gas.block_regular_gas_used();
        self.state_gas += gas.block_state_gas_used();
        self.blob_gas += transaction.blob_gas_used().unwrap_or_default();
        let (success, outcome, logs) = outcome_of(result);
        let byzantium = self
            .rules
            .schedule
            .is_byzantium_active_at_block(self.header.number);
        let status = if byzantium {
            Eip658Value::Eip658(success)
        } else {
            Eip658Value::PostState(self.machine.db_mut().root())
        };
        let receipt = Receipt {
            status,
            cumulative_gas_used: self.gas_used,
            logs,
        };
        let kind = transaction.tx_type();
        match &self.sealing {
            Some(sealing) => sealing.follow(kind, receipt, mem::take(&mut self.written)),
            None => self.receipts.push(enveloped(kind, receipt.with_bloom())),
        }
        self.outcomes.push(outcome);
        self.transactions.push(transaction);
    }

    /// Makes the calls and payments due after the last transaction and computes every root.
    ///
    /// # Errors
    ///
    /// [`SystemCallFailed`], if strict.
    pub(crate) fn close(
        mut self,
        ommers: Vec<Header>,
        withdrawals: Option<Withdrawals>,
    ) -> Result<Block, SystemCallFailed> {
        let sealing = self.sealing.take();
        if let Some(sealing) = &sealing {
            self.receipts = sealing.receipts();
        }
        let schedule = &self.rules.schedule;
        let timestamp = self.header.timestamp;
        let requests_hash = if schedule.is_prague_active_at_timestamp(timestamp) {
            Some(self.requests()?)
        } else {
            None
        };
        self.pay(&ommers, withdrawals.as_ref());
        let gas_used = self.block_gas();
        let (state, _) = self.machine.finish();
        let lists = Lists::new(self.transactions, self.receipts);
        // While the second thread is at the tries.
        let (receipts_root, logs_bloom) = lists.receipts_root();
        if let Some(sealing) = sealing {
            state.rejoin(sealing.tries());
        }
        let state_root = state.root();
        let transactions_root = lists.transactions_root();
        let header = Header {
            ommers_hash: if ommers.is_empty() {
                EMPTY_OMMER_ROOT_HASH
            } else {
                calculate_ommers_root(&ommers)
            },
            state_root,
            transactions_root,
            receipts_root,
            withdrawals_root: withdrawals
                .as_ref()
                .map(|withdrawals| calculate_withdrawals_root(withdrawals)),
            logs_bloom,
            gas_used,
            blob_gas_used: schedule
                .is_cancun_active_at_timestamp(timestamp)
                .then_some(self.blob_gas),
            requests_hash,
            ..self.header
        };
        Ok(Block {
            hash: header.hash_slow(),
            header,
            transactions: shrunk(Arc::unwrap_or_clone(lists.transactions)),
            receipts: shrunk(Arc::unwrap_or_clone(lists.receipts)),
            outcomes: shrunk(self.outcomes),
            ommers,
            withdrawals,
        })
    }

    /// Collects the requests of EIP-7685 and returns their hash.
    fn requests(&mut self) -> Result<B256, SystemCallFailed> {
        let schedule = &self.rules.schedule;
        let mut requests = Requests::default();
        if schedule.deposit_contract().is_some() {
            let deposits = eip6110::parse_deposits_from_receipts(schedule, &self.receipts);
            match deposits {
                Ok(deposits) if deposits.is_empty() => {}
                Ok(deposits) => {
                    requests.push_request_with_type(eip6110::DEPOSIT_REQUEST_TYPE, deposits);
                }
                Err(error) => self.tolerate(Err(SystemCallFailed(error.to_string())))?,
            }
        }
        let contracts = [
            eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            system_calls::BUILDER_DEPOSIT_REQUEST_PREDEPLOY_ADDRESS,
            system_calls::BUILDER_EXIT_REQUEST_PREDEPLOY_ADDRESS,
        ];
        if contracts.iter().any(|contract| self.has_code(*contract)) {
            let called = SystemCaller::new(schedule)
                .append_post_execution_changes(&mut self.machine, &mut requests);
            self.tolerate(called.map_err(|error| SystemCallFailed(error.to_string())))?;
        }
        if requests.is_empty() {
            return Ok(EMPTY_REQUESTS_HASH);
        }
        Ok(requests.requests_hash())
    }

    /// Pays withdrawals and, where the schedule has them, rewards; moves balances at the DAO fork.
    fn pay(&mut self, ommers: &[Header], withdrawals: Option<&Withdrawals>) {
        let schedule = &self.rules.schedule;
        let paris = schedule.is_paris_active_at_block(self.header.number);
        if (paris || schedule.block_rewards()) && (!paris || withdrawals.is_some()) {
            let paid = post_block_balance_increments(
                schedule,
                self.machine.block(),
                ommers,
                withdrawals.map(|withdrawals| withdrawals.as_slice()),
            );
            let state = self.machine.db_mut();
            #[expect(
                clippy::iter_over_hash_type,
                reason = "payments to distinct accounts commute"
            )]
            for (address, amount) in paid {
                let amount = U256::from(amount);
                if !amount.is_zero() {
                    state.set_balance(address, state.balance(address).saturating_add(amount));
                }
            }
        }
        let dao = schedule.ethereum_fork_activation(EthereumHardfork::Dao);
        if dao.transitions_at_block(self.header.number) {
            let state = self.machine.db_mut();
            let mut drained = state.balance(dao_fork::DAO_HARDFORK_BENEFICIARY);
            for address in dao_fork::DAO_HARDFORK_ACCOUNTS {
                drained = drained.saturating_add(state.balance(address));
                if state.exists(address) {
                    state.set_balance(address, U256::ZERO);
                }
            }
            state.set_balance(dao_fork::DAO_HARDFORK_BENEFICIARY, drained);
        }
    }
}

/// Blocks stay: most hold one transaction and would keep room for four.
fn shrunk<T>(mut of_a_block: Vec<T>) -> Vec<T> {
    of_a_block.shrink_to_fit();
    of_a_block
}

/// Does what the call to EIP-2935's contract would do, if its code is the standard one.
///
/// The EIP leaves the choice between calling and writing. Returns whether nothing is left to call.
fn write_parent_hash(schedule: &ForkSchedule, state: &mut State, header: &Header) -> bool {
    if !schedule.is_prague_active_at_timestamp(header.timestamp) {
        return true;
    }
    let Some(parent) = header.number.checked_sub(1) else {
        return true;
    };
    let contract = eip2935::HISTORY_STORAGE_ADDRESS;
    let code = state.code(contract);
    if code.original_byte_slice() != eip2935::HISTORY_STORAGE_CODE.as_ref() {
        return false;
    }
    let slot = parent % eip2935::HISTORY_SERVE_WINDOW as u64;
    let hash = U256::from_be_bytes(header.parent_hash.0);
    state.set_slot(contract, U256::from(slot), hash);
    true
}
