//! Why a simulation cannot be, with the number JSON-RPC gives each reason.

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, U256};
use revm::context_interface::result::InvalidTransaction;

use crate::chain::{
    DisplaceError, ReadError, Rejection, RequestError, SystemCallFailed, Transaction,
};

/// Why a simulation cannot be. What a call does, even a failure, is a result and no error.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The block to begin at is not there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There are no blocks to simulate.
    #[error("empty input")]
    Empty,
    /// More blocks, or a greater distance between them, than is simulated at once.
    #[error("too many blocks: at most {max} may follow the block begun at")]
    TooManyBlocks {
        /// How many.
        max: u64,
    },
    /// All calls together used what gas there is for one simulation.
    #[error("the calls of one simulation share {max} gas, which is used up")]
    GasExhausted {
        /// How much.
        max: u64,
    },
    /// A block's number is not above that of the block before.
    #[error("block numbers must be in order: {number} <= {parent}")]
    NumberOrder {
        /// The number asked for.
        number: U256,
        /// That of the block before.
        parent: u64,
    },
    /// A block's time is not after that of the block before.
    #[error("block timestamps must be in order: {time} <= {parent}")]
    TimeOrder {
        /// The time asked for, in Unix seconds.
        time: u64,
        /// That of the block before.
        parent: u64,
    },
    /// The precompiles cannot be displaced as supposed.
    #[error(transparent)]
    Precompile(#[from] DisplaceError),
    /// Withdrawals are given to a block whose fork knows none.
    #[error("block {0} is before Shanghai and has no withdrawals")]
    Withdrawals(u64),
    /// Both all slots and some slots of an account are given.
    #[error("account {0} has both 'state' and 'stateDiff'; give one of them")]
    BothStates(Address),
    /// The code given to an account begins like an EIP-7702 delegation but is none.
    #[error("the code given to account {address} is malformed: {reason}")]
    Code {
        /// Whose code.
        address: Address,
        /// What is wrong with it.
        reason: String,
    },
    /// Fields of a call contradict each other, or its price the block.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A call that carries blobs cannot create a contract.
    #[error("a call that carries blobs must have a recipient")]
    BlobsCreate,
    /// A call is meant for another chain.
    #[error("chain id does not match: have {have}, want {want}")]
    ChainId {
        /// The call's.
        have: u64,
        /// This chain's.
        want: u64,
    },
    /// A call wants more gas than its block has left.
    #[error("block gas limit reached: {used} >= {limit}")]
    BlockGas {
        /// Gas used in the block so far.
        used: u64,
        /// Gas of the block.
        limit: u64,
    },
    /// A call is no valid transaction there.
    #[error("err: {} (supplied gas {gas})", .reason.of(*.sender))]
    Invalid {
        /// Who calls.
        sender: Address,
        /// Gas of the call.
        gas: u64,
        /// What is wrong.
        reason: Flaw,
    },
    /// The machine itself failed.
    #[error("the machine failed: {0}")]
    Machine(String),
    /// A system call of a block failed.
    #[error(transparent)]
    System(#[from] SystemCallFailed),
}

impl SimulationError {
    /// Returns the number by which JSON-RPC clients know the reason.
    pub fn code(&self) -> i64 {
        match self {
            Self::Invalid { reason, .. } => reason.code(),
            Self::BlockGas { .. } => -38015,
            Self::NumberOrder { .. } => -38020,
            Self::TimeOrder { .. } => -38021,
            Self::Precompile(DisplaceError::MovedToItself(_)) => -38022,
            Self::Precompile(DisplaceError::MovedToOverridden(_)) => -38023,
            Self::TooManyBlocks { .. } | Self::GasExhausted { .. } => -38026,
            Self::Read(_)
            | Self::Precompile(DisplaceError::NotAPrecompile(_))
            | Self::BothStates(_) => -32000,
            Self::Empty
            | Self::Withdrawals(_)
            | Self::Code { .. }
            | Self::Request(_)
            | Self::BlobsCreate
            | Self::ChainId { .. } => -32602,
            Self::Machine(_) | Self::System(_) => -32603,
        }
    }

    /// Returns why a call was turned away from a block with gas up to `limit`.
    pub(super) fn rejected(rejection: Rejection, call: &Transaction, limit: u64) -> Self {
        match rejection {
            Rejection::BlockFull { left, .. } => Self::BlockGas {
                used: limit - left,
                limit,
            },
            Rejection::Invalid(reason) => Self::Invalid {
                sender: call.signer(),
                gas: call.gas_limit(),
                reason: reason.into(),
            },
            Rejection::Machine(reason) => Self::Machine(reason),
        }
    }
}

/// What makes a call no valid transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It pays less than the block asks.
    FeeCapTooLow {
        /// Wei per gas it pays at most.
        cap: u128,
        /// Wei per gas of the block.
        base_fee: u64,
    },
    /// It tips more than it pays at most.
    TipAboveFeeCap {
        /// Wei per gas it tips at most.
        tip: u128,
        /// Wei per gas it pays at most.
        cap: u128,
    },
    /// The machine does not take it.
    Other(InvalidTransaction),
}

impl From<InvalidTransaction> for Flaw {
    fn from(reason: InvalidTransaction) -> Self {
        Self::Other(reason)
    }
}

impl Flaw {
    /// Returns the number by which JSON-RPC clients know the flaw.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is revm's and grows with each fork; only these have numbers of their own"
    )]
    fn code(&self) -> i64 {
        let reason = match self {
            Self::FeeCapTooLow { .. } => return -38012,
            Self::TipAboveFeeCap { .. } => return -32602,
            Self::Other(reason) => reason,
        };
        match reason {
            InvalidTransaction::NonceTooLow { .. } => -38010,
            InvalidTransaction::NonceTooHigh { .. } => -38011,
            InvalidTransaction::GasPriceLessThanBasefee => -38012,
            InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
            | InvalidTransaction::GasFloorMoreThanGasLimit { .. } => -38013,
            InvalidTransaction::LackOfFundForMaxFee { .. }
            | InvalidTransaction::OverflowPaymentInTransaction => -38014,
            InvalidTransaction::CallerGasLimitMoreThanBlock => -38015,
            InvalidTransaction::RejectCallerWithCode => -38024,
            InvalidTransaction::CreateInitCodeSizeLimit => -38025,
            InvalidTransaction::PriorityFeeGreaterThanMaxFee => -32602,
            _ => -32603,
        }
    }

    /// Returns the flaw in a call of `sender`, in the words clients compare.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is revm's and grows with each fork; its own words serve for the rest"
    )]
    fn of(&self, sender: Address) -> String {
        let reason = match self {
            Self::FeeCapTooLow { cap, base_fee } => {
                return format!(
                    "max fee per gas less than block base fee: address {sender}, \
                     maxFeePerGas: {cap}, baseFee: {base_fee}"
                );
            }
            Self::TipAboveFeeCap { tip, cap } => {
                return format!(
                    "max priority fee per gas higher than max fee per gas: address {sender}, \
                     maxPriorityFeePerGas: {tip}, maxFeePerGas: {cap}"
                );
            }
            Self::Other(reason) => reason,
        };
        match reason {
            InvalidTransaction::NonceTooLow { tx, state } => {
                format!("nonce too low: address {sender}, tx: {tx} state: {state}")
            }
            InvalidTransaction::NonceTooHigh { tx, state } => {
                format!("nonce too high: address {sender}, tx: {tx} state: {state}")
            }
            InvalidTransaction::NonceOverflowInTransaction => {
                format!("nonce has max value: address {sender}, nonce: {}", u64::MAX)
            }
            InvalidTransaction::LackOfFundForMaxFee { fee, balance } => format!(
                "insufficient funds for gas * price + value: address {sender} \
                 have {balance} want {fee}"
            ),
            InvalidTransaction::CallGasCostMoreThanGasLimit {
                initial_gas,
                gas_limit,
            } => format!("intrinsic gas too low: have {gas_limit}, want {initial_gas}"),
            InvalidTransaction::CreateInitCodeSizeLimit => "max initcode size exceeded".to_owned(),
            InvalidTransaction::GasFloorMoreThanGasLimit {
                gas_floor,
                gas_limit,
            } => format!(
                "insufficient gas for floor data gas cost: have {gas_limit}, want {gas_floor}"
            ),
            other => other.to_string(),
        }
    }
}
