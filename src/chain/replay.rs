//! Executes mined transactions once more, under the eyes of an inspector.
//!
//! A block is replayed on the state it found, with the calls due before it; what was set by hand
//! after the parent block is part of that state, as it was when the block was made.

use std::sync::Arc;

use alloy_evm::{
    Evm as _, EvmEnv, FromRecoveredTx as _,
    eth::{EthEvm, EthEvmBuilder, EthEvmContext},
};
use alloy_primitives::TxHash;
use revm::{
    DatabaseCommit as _, Inspector,
    context::TxEnv,
    context_interface::result::{EVMError, ResultAndState},
};

use super::{
    Chain,
    assembly::Assembly,
    believed::Believed,
    block::{Block, Receipt},
    call::CallError,
    frugal::{Frugal, Remembers},
    installed::{Displaced, Installed},
    prepared::Prepared,
    read::ReadError,
    state::State,
};

/// Why a mined transaction cannot be executed again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The block or the state before it is not there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No mined transaction has this hash.
    #[error("transaction not found")]
    UnknownTransaction(TxHash),
    /// The genesis has no parent and no transactions.
    #[error("genesis is not traceable")]
    Genesis,
    /// The request of a call cannot be executed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The tracer cannot be made or failed.
    #[error("{0}")]
    Tracer(String),
    /// The trace would take more memory than there is for traces.
    #[error(
        "the traces under way take more than {} MiB: leave out what is not needed (disableStack, \
         disableStorage, no enableMemory), take the first steps alone (limit), use a tracer such as \
         callTracer, or give the node more (--trace-memory)",
        bytes >> 20
    )]
    TooLarge {
        /// What all that are under way may take.
        bytes: u64,
    },
    /// The machine itself failed.
    #[error("the machine failed: {0}")]
    Machine(String),
}

/// One transaction executed under an inspector.
#[derive(Debug)]
pub struct Inspected<I> {
    /// What the inspector saw.
    pub inspector: I,
    /// The result and the changes, not committed.
    pub executed: ResultAndState,
    /// The transaction as the machine took it.
    pub transaction: TxEnv,
    /// The block and the rules it ran under.
    pub environment: EvmEnv,
    /// The state before it.
    pub state: State,
}

/// How the precompiles differ from the fork's.
#[derive(Clone)]
struct Bent {
    believed: Believed,
    displaced: Displaced,
}

impl<I: Remembers> Inspected<Frugal<I>> {
    /// Returns the same with the tracer alone.
    ///
    /// # Errors
    ///
    /// [`ReplayError::TooLarge`] if there was more to see than it may remember.
    pub(super) fn afforded(self) -> Result<Inspected<I>, ReplayError> {
        Ok(Inspected {
            inspector: self.inspector.into_tracer()?,
            executed: self.executed,
            transaction: self.transaction,
            environment: self.environment,
            state: self.state,
        })
    }
}

/// A block about to be executed again, stopped before one of its transactions.
struct Replay {
    block: Arc<Block>,
    state: State,
    environment: EvmEnv,
    bent: Bent,
}

impl Chain {
    /// Executes a mined transaction once more under `inspector`.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if the transaction is unknown or the state before its block is forgotten.
    pub fn inspect_transaction<I>(
        &self,
        hash: &TxHash,
        inspector: I,
    ) -> Result<Inspected<I>, ReplayError>
    where
        I: for<'a> Inspector<EthEvmContext<&'a mut State>>,
    {
        let receipt = self
            .receipt(hash)
            .ok_or(ReplayError::UnknownTransaction(*hash))?;
        self.replay(receipt.block(), receipt.index())?
            .run(&receipt, inspector)
    }

    /// Executes every transaction of a block once more, each under an inspector of its own, and
    /// returns what `finish` makes of each.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if the state before the block is forgotten, and any error of `finish`.
    pub fn inspect_block<I, T>(
        &self,
        block: &Arc<Block>,
        mut inspector: impl FnMut() -> Result<I, ReplayError>,
        mut finish: impl FnMut(&Receipt, Inspected<I>) -> Result<T, ReplayError>,
    ) -> Result<Vec<T>, ReplayError>
    where
        I: for<'a> Inspector<EthEvmContext<&'a mut State>>,
    {
        let mut replay = self.replay(block, 0)?;
        let mut seen = Vec::with_capacity(block.transactions.len());
        for index in 0..block.transactions.len() {
            let Some(receipt) = Receipt::new(Arc::clone(block), index) else {
                break;
            };
            let inspected = replay.clone_at().run(&receipt, inspector()?)?;
            replay.state.commit(inspected.executed.state.clone());
            seen.push(finish(&receipt, inspected)?);
        }
        Ok(seen)
    }

    /// Opens `block` again and executes the transactions before `index`.
    fn replay(&self, block: &Arc<Block>, index: usize) -> Result<Replay, ReplayError> {
        let parent = block.number().checked_sub(1).ok_or(ReplayError::Genesis)?;
        let mut state = self.state_after(parent)?.clone();
        let opened = Assembly::open(self.rules(), &mut state, block.header.clone(), false);
        let mut assembly = opened.map_err(|error| ReplayError::Machine(error.to_string()))?;
        for transaction in block.transactions.iter().take(index) {
            assembly
                .push(transaction.clone())
                .map_err(|error| ReplayError::Machine(error.to_string()))?;
        }
        drop(assembly);
        let mut environment = self.rules().environment(&block.header);
        environment.cfg_env.disable_eip3607 = true;
        Ok(Replay {
            block: Arc::clone(block),
            state,
            environment,
            bent: Bent {
                believed: self.rules().believed.clone(),
                displaced: Displaced::default(),
            },
        })
    }
}

impl Replay {
    /// Returns another replay that stands where this one stands.
    fn clone_at(&self) -> Self {
        Self {
            block: Arc::clone(&self.block),
            state: self.state.clone(),
            environment: self.environment.clone(),
            bent: self.bent.clone(),
        }
    }

    fn run<I>(self, receipt: &Receipt, inspector: I) -> Result<Inspected<I>, ReplayError>
    where
        I: for<'a> Inspector<EthEvmContext<&'a mut State>>,
    {
        let mined = receipt.transaction();
        let transaction = TxEnv::from_recovered_tx(mined.inner(), mined.signer());
        inspect(
            self.state,
            self.environment,
            transaction,
            &self.bent,
            inspector,
        )
    }
}

impl Prepared {
    /// Executes the call under `inspector`.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Call`] if the request is no valid transaction.
    pub fn inspect<I>(self, inspector: I) -> Result<Inspected<I>, ReplayError>
    where
        I: for<'a> Inspector<EthEvmContext<&'a mut State>>,
    {
        let bent = Bent {
            believed: self.believed,
            displaced: self.displaced,
        };
        inspect(
            self.state,
            self.environment,
            self.transaction,
            &bent,
            inspector,
        )
    }
}

fn inspect<I>(
    mut state: State,
    environment: EvmEnv,
    transaction: TxEnv,
    bent: &Bent,
    mut inspector: I,
) -> Result<Inspected<I>, ReplayError>
where
    I: for<'a> Inspector<EthEvmContext<&'a mut State>>,
{
    let executed = run_under(
        &mut state,
        environment.clone(),
        transaction.clone(),
        bent,
        &mut inspector,
    )?;
    Ok(Inspected {
        inspector,
        executed,
        transaction,
        environment,
        state,
    })
}

/// The one machine with an inspector: it takes any, so that it is compiled once and not per kind.
fn run_under<'a>(
    state: &'a mut State,
    environment: EvmEnv,
    transaction: TxEnv,
    bent: &Bent,
    inspector: &mut dyn Inspector<EthEvmContext<&'a mut State>>,
) -> Result<ResultAndState, ReplayError> {
    let mut installed = Installed::of(environment.cfg_env.spec);
    bent.believed.persuade(&mut installed.map);
    let displaced = bent.displaced.displace(&mut installed);
    displaced.map_err(|error| ReplayError::Call(error.into()))?;
    let machine = EthEvmBuilder::new(state, environment)
        .activate_inspector(inspector)
        .build();
    let machine = machine.into_inner().with_precompiles(installed);
    EthEvm::new(machine, true)
        .transact_raw(transaction)
        .map_err(|error| match error {
            EVMError::Transaction(invalid) => ReplayError::Call(CallError::Invalid(invalid)),
            EVMError::Header(_)
            | EVMError::Database(_)
            | EVMError::Custom(_)
            | EVMError::CustomAny(_) => ReplayError::Machine(error.to_string()),
        })
}
