//! Looking into transactions: geth's `debug_*`, Parity's `trace_*`, access lists.

pub(super) mod geth;
pub(super) mod parity;
pub(super) mod raw;
pub(super) mod replay;

use crate::{chain::ReplayError, server::rpc::RpcError};

impl From<ReplayError> for RpcError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Read(error) => error.into(),
            ReplayError::Call(error) => error.into(),
            ReplayError::Tracer(_) => Self::invalid_params(error.to_string()),
            ReplayError::UnknownTransaction(_) | ReplayError::Genesis => {
                Self::server(error.to_string())
            }
            ReplayError::TooLarge { .. } => Self::new(Self::LIMIT_EXCEEDED, error.to_string()),
            ReplayError::Machine(_) => Self::internal(error.to_string()),
        }
    }
}
