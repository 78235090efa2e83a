//! What a JSON-RPC call answers when it cannot answer. Codes and words follow what clients match on.

use std::borrow::Cow;

use alloy_primitives::Bytes;
use serde::Serialize;

use super::answer::Json;

/// The answer of a handler: a JSON value already in text, or an error.
pub type Answer = Result<Json, RpcError>;

/// A JSON-RPC error object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message} (code {code})")]
pub struct RpcError {
    /// The number clients switch on.
    pub code: i64,
    /// The sentence people read; some clients match words of it.
    pub message: Cow<'static, str>,
    /// Revert data or a transaction hash, as hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Bytes>,
}

impl RpcError {
    /// The request is not a request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// No such method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The parameters do not fit the method.
    pub const INVALID_PARAMS: i64 = -32602;
    /// Our own mistake.
    pub const INTERNAL: i64 = -32603;
    /// The server refused for a reason in the message.
    pub const SERVER: i64 = -32000;
    /// Something named by hash is not here.
    pub const RESOURCE_NOT_FOUND: i64 = -32001;
    /// The transaction was refused.
    pub const TRANSACTION_REJECTED: i64 = -32003;
    /// A limit was passed.
    pub const LIMIT_EXCEEDED: i64 = -32005;
    /// The call reverted; `data` holds what it returned.
    pub const EXECUTION: i64 = 3;
    /// A synchronous send was not mined in time; `data` holds the hash.
    pub const TIMEOUT: i64 = 4;

    /// The history asked for was kept once and is not any more; geth's code and words.
    pub const PRUNED: i64 = 4444;

    /// Builds an error without data.
    pub fn new(code: i64, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Adds `data` to the error.
    pub fn with_data(mut self, data: impl Into<Bytes>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// The request is malformed: not an object, no `jsonrpc`, no `method`, or an impossible id.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Self::INVALID_REQUEST, message)
    }

    /// The parameters do not fit.
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    /// No method of that name; the wording is geth's, which ethers recognises.
    pub fn unknown_method(name: &str) -> Self {
        let shown: String = name.chars().take(80).collect();
        Self::new(
            Self::METHOD_NOT_FOUND,
            format!("the method {shown} does not exist/is not available"),
        )
    }

    /// Something went wrong that is no fault of the caller.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Self::INTERNAL, message)
    }

    /// The server refuses, for the reason given.
    pub fn server(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Self::SERVER, message)
    }

    /// The transaction is refused, for the reason given.
    pub fn rejected(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Self::TRANSACTION_REJECTED, message)
    }
}

/// Turns a value into an answer: one that is known to be short, for it is not measured.
///
/// # Errors
/// When the value has no JSON form, which none of ours lacks.
pub fn reply<T: Serialize + ?Sized>(value: &T) -> Answer {
    Json::of(value)
        .map_err(|error| RpcError::internal(format!("the answer has no json form: {error}")))
}

/// The answer `null`.
///
/// # Errors
/// Never; the signature is that of every answer.
pub fn null() -> Answer {
    reply(&())
}
