//! Why a simulation cannot be, with the number JSON-RPC gives each reason.

use alloy_primitives::{Address, U256};
use revm::context_interface::result::InvalidTransaction;

use crate::chain::{ReadError, Rejection, RequestError, SystemCallFailed};

/// Why a simulation cannot be. What a call does, even a failure, is a result and no error.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The block to begin at is not there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There are no blocks to simulate.
    #[error("empty input: name at least one block in blockStateCalls")]
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
    /// An account to move as a precompile is none.
    #[error("account {0} is not a precompile")]
    NotAPrecompile(Address),
    /// A precompile is moved to where it is.
    #[error("account {0} is moved to itself")]
    MovedToItself(Address),
    /// A precompile is moved to an account that is itself overridden.
    #[error("account {0} is already overridden")]
    MovedToOverridden(Address),
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
    #[error("block gas limit reached: {wanted} wanted, {left} left")]
    BlockGas {
        /// Gas of the call.
        wanted: u64,
        /// Gas left in the block.
        left: u64,
    },
    /// A call is no valid transaction there.
    #[error("call {call} of block {number}: {reason}")]
    Invalid {
        /// The block's number.
        number: u64,
        /// The call's place in the block.
        call: usize,
        /// What is wrong.
        reason: InvalidTransaction,
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
            Self::Invalid { reason, .. } => code_of(reason),
            Self::Request(RequestError::FeeCapTooLow { .. }) => -38012,
            Self::BlockGas { .. } => -38015,
            Self::NumberOrder { .. } => -38020,
            Self::TimeOrder { .. } => -38021,
            Self::MovedToItself(_) => -38022,
            Self::MovedToOverridden(_) => -38023,
            Self::TooManyBlocks { .. } | Self::GasExhausted { .. } => -38026,
            Self::Read(_) | Self::NotAPrecompile(_) | Self::BothStates(_) => -32000,
            Self::Empty
            | Self::Code { .. }
            | Self::Request(_)
            | Self::BlobsCreate
            | Self::ChainId { .. } => -32602,
            Self::Machine(_) | Self::System(_) => -32603,
        }
    }

    /// Returns why the `call`th call of block `number` was turned away.
    pub(super) fn rejected(rejection: Rejection, number: u64, call: usize) -> Self {
        match rejection {
            Rejection::BlockFull { wanted, left } => Self::BlockGas { wanted, left },
            Rejection::Invalid(reason) => Self::Invalid {
                number,
                call,
                reason,
            },
            Rejection::Machine(reason) => Self::Machine(reason),
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is revm's and grows with each fork; only these have numbers of their own"
)]
fn code_of(reason: &InvalidTransaction) -> i64 {
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
