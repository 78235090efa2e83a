//! What went on inside a transaction, as the explorer draws it.

use alloy_primitives::{Address, B256, Bytes};
use alloy_rpc_types::trace::{
    otterscan::{InternalOperation, OperationType, TraceEntry},
    parity::{Action, CreationMethod, LocalizedTransactionTrace},
};

use crate::{
    chain::Failure,
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        method::{Method, compute, read},
        methods::trace::parity::traces_of,
        node::Node,
        params::Params,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["ots_getInternalOperations"], operations),
    compute(&["ots_traceTransaction"], trace),
    read(&["ots_getTransactionError"], error),
];

fn traces(
    node: &Node,
    params: &mut Params,
) -> Result<Option<Vec<LocalizedTransactionTrace>>, RpcError> {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    traces_of(node, hash)
}

/// Answers the transfers, creations and self-destructions inside a transaction.
fn operations(node: &Node, mut params: Params) -> Answer {
    let Some(traces) = traces(node, &mut params)? else {
        return null();
    };
    // The first trace is the transaction itself, which is not inside it.
    let operations = traces.iter().skip(1).filter_map(operation);
    node.reply(&operations.collect::<Vec<_>>())
}

fn operation(trace: &LocalizedTransactionTrace) -> Option<InternalOperation> {
    let found = match &trace.trace.action {
        Action::Call(call) if !call.value.is_zero() => InternalOperation {
            r#type: OperationType::OpTransfer,
            from: call.from,
            to: call.to,
            value: call.value,
        },
        Action::Create(create) => InternalOperation {
            r#type: match create.creation_method {
                CreationMethod::Create2 => OperationType::OpCreate2,
                CreationMethod::EofCreate => OperationType::OpEofCreate,
                CreationMethod::Create | CreationMethod::None => OperationType::OpCreate,
            },
            from: create.from,
            to: created(trace)?,
            value: create.value,
        },
        Action::Selfdestruct(end) => InternalOperation {
            r#type: OperationType::OpSelfDestruct,
            from: end.address,
            to: end.refund_address,
            value: end.balance,
        },
        Action::Call(_) | Action::Reward(_) => return None,
    };
    Some(found)
}

fn created(trace: &LocalizedTransactionTrace) -> Option<Address> {
    let result = trace.trace.result.as_ref()?;
    result.as_create().map(|created| created.address)
}

fn trace(node: &Node, mut params: Params) -> Answer {
    let Some(traces) = traces(node, &mut params)? else {
        return null();
    };
    let entries = traces.iter().filter_map(|trace| match &trace.trace.action {
        Action::Call(_) => TraceEntry::from_transaction_trace(&trace.trace),
        Action::Create(create) => Some(TraceEntry {
            r#type: match create.creation_method {
                CreationMethod::Create2 => "CREATE2",
                CreationMethod::EofCreate => "EOFCREATE",
                CreationMethod::Create | CreationMethod::None => "CREATE",
            }
            .to_owned(),
            depth: u32::try_from(trace.trace.trace_address.len()).unwrap_or(u32::MAX),
            from: create.from,
            to: created(trace).unwrap_or_default(),
            value: Some(create.value),
            input: create.init.clone(),
            output: Bytes::new(),
        }),
        Action::Selfdestruct(_) | Action::Reward(_) => None,
    });
    let upper = entries.map(|mut entry| {
        entry.r#type.make_ascii_uppercase();
        entry
    });
    node.reply(&upper.collect::<Vec<_>>())
}

/// Answers what a failed transaction reverted with; nothing if it did not revert.
fn error(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    let receipt = node.reading().chain.receipt(&hash);
    let data = receipt.map(|receipt| match &receipt.outcome().failure {
        Some(Failure::Revert(data)) => data.clone(),
        Some(Failure::Halt(_)) | None => Bytes::new(),
    });
    reply(&data)
}
