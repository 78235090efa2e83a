//! Sending: raw transactions from outside, and requests the node signs itself.

use std::time::Duration;

use alloy_consensus::{TxEnvelope, TypedTransaction, transaction::Recovered};
use alloy_eips::{BlockId, BlockNumberOrTag, eip2718::Encodable2718 as _};
use alloy_primitives::{Address, B256, Bytes, Signature, U64, U256};
use alloy_rpc_types::TransactionRequest;
use futures_util::future::BoxFuture;
use tokio::sync::broadcast::error::RecvError;

use super::{failure, fees, sign};
use crate::{
    chain::{self, Call, CallError, Chain, Transaction},
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Method, compute, send, wait},
        node::Node,
        params::Params,
        render,
    },
};

pub(super) const TABLE: &[Method] = &[
    send(&["eth_sendRawTransaction"], send_raw),
    send(&["eth_sendTransaction"], send_request),
    send(&["eth_sendUnsignedTransaction"], send_unsigned),
    wait(&["eth_sendRawTransactionSync"], send_raw_sync),
    wait(&["eth_sendTransactionSync"], send_request_sync),
    compute(&["eth_signTransaction"], sign_transaction),
    compute(&["eth_fillTransaction"], fill_transaction),
];

/// How long a synchronous send waits to be mined unless told otherwise.
const SYNC_TIME: Duration = Duration::from_secs(20);

/// Longest time a synchronous send may ask to wait.
const SYNC_TIME_MAX: Duration = Duration::from_secs(300);

/// Decodes and recovers here, before the chain's turn: it is the slow part and needs no chain.
fn take_raw(params: &mut Params) -> Result<Transaction, RpcError> {
    let raw: Bytes = params.next("raw transaction")?;
    Ok(chain::recover(&raw)?)
}

/// Answers the hash of what was taken or, where that is wanted, why it failed in its block.
fn sent(node: &Node, hash: B256) -> Answer {
    if node.throws_on_failure()
        && let Some(receipt) = node.reading().chain.receipt(&hash)
        && let Some(failure) = &receipt.outcome().failure
    {
        return Err(failure::failed_in_block(hash, failure));
    }
    reply(&hash)
}

fn send_raw(node: Node, mut params: Params) -> BoxFuture<'static, Answer> {
    Box::pin(async move {
        let transaction = take_raw(&mut params)?;
        params.end()?;
        sent(&node, node.submit(transaction).await?)
    })
}

fn send_raw_sync(node: Node, mut params: Params) -> BoxFuture<'static, Answer> {
    Box::pin(async move {
        let transaction = take_raw(&mut params)?;
        let time: Option<U64> = params.optional("timeout")?;
        params.end()?;
        let sending = node.submit(transaction);
        mined(&node, sending, time).await
    })
}

fn send_request(node: Node, mut params: Params) -> BoxFuture<'static, Answer> {
    Box::pin(async move {
        let request = params.next("transaction")?;
        params.end()?;
        sent(
            &node,
            submit_request(&node, request, Signing::IfKnown).await?,
        )
    })
}

fn send_request_sync(node: Node, mut params: Params) -> BoxFuture<'static, Answer> {
    Box::pin(async move {
        let request = params.next("transaction")?;
        let time: Option<U64> = params.optional("timeout")?;
        params.end()?;
        let sending = submit_request(&node, request, Signing::IfKnown);
        mined(&node, sending, time).await
    })
}

fn send_unsigned(node: Node, mut params: Params) -> BoxFuture<'static, Answer> {
    Box::pin(async move {
        let request = params.next("transaction")?;
        params.end()?;
        sent(&node, submit_request(&node, request, Signing::Never).await?)
    })
}

/// Sends and waits until the transaction is in a block; answers the receipt.
async fn mined(
    node: &Node,
    sending: impl Future<Output = Result<B256, RpcError>>,
    time: Option<U64>,
) -> Answer {
    let time = time.map(|millis| Duration::from_millis(millis.to()));
    let time = time.unwrap_or(SYNC_TIME).min(SYNC_TIME_MAX);
    let mut news = node.notices();
    let hash = sending.await?;
    let waiting = async {
        loop {
            let reading = node.reading();
            if let Some(receipt) = reading.chain.receipt(&hash) {
                return reply(&render::receipt(&receipt, &reading.chain.rules().schedule));
            }
            drop(reading);
            if let Err(RecvError::Closed) = news.recv().await {
                return Err(RpcError::internal("the chain has stopped"));
            }
        }
    };
    match tokio::time::timeout(time, waiting).await {
        Ok(answer) => answer,
        Err(_) => {
            let message = format!(
                "the transaction was added to the mempool but was not mined within {time:?}"
            );
            Err(RpcError::new(RpcError::TIMEOUT, message).with_data(Bytes::from(hash)))
        }
    }
}

/// Who vouches for the sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signing {
    /// The node signs with a key it has, or believes an impersonated sender.
    IfKnown,
    /// Nobody: the sender is believed.
    Never,
}

async fn submit_request(
    node: &Node,
    request: TransactionRequest,
    signing: Signing,
) -> Result<B256, RpcError> {
    if signing == Signing::IfKnown {
        let chain = &node.reading().chain;
        let known = |from| {
            let mut signers = chain.signers().iter();
            signers.any(|signer| signer.address() == from) || chain.is_impersonated(from)
        };
        if request.from.is_some_and(|from| !known(from)) {
            return Err(sign::no_signer());
        }
    }
    let filled = fill_beside(node, request).await?;
    let gas = filled.gas.unwrap_or(u64::MAX);
    node.submit_made(gas, move |chain| make(chain, filled, signing))
        .await
}

/// Fills a request beside the server's threads: its gas may take long to estimate.
async fn fill_beside(
    node: &Node,
    request: TransactionRequest,
) -> Result<TransactionRequest, RpcError> {
    if request.gas.is_some() {
        return fill(&node.reading().chain, request);
    }
    let reading = node.reading();
    let filling = tokio::task::spawn_blocking(move || fill(&reading.chain, request));
    filling.await.unwrap_or_else(|error| {
        Err(RpcError::internal(format!(
            "the gas cannot be estimated: {error}"
        )))
    })
}

/// Fills in everything but the nonce, which is known only when it is the transaction's turn. What
/// fails however much gas it gets is given a block's: it is mined as a failure to be looked at.
fn fill(chain: &Chain, mut request: TransactionRequest) -> Result<TransactionRequest, RpcError> {
    begin(chain, &mut request)?;
    if request.gas.is_none() {
        request.gas = Some(gas(chain, &request)?);
    }
    Ok(request)
}

/// As [`fill`], but what fails is an error.
fn fill_strictly(
    chain: &Chain,
    mut request: TransactionRequest,
) -> Result<TransactionRequest, RpcError> {
    begin(chain, &mut request)?;
    if request.gas.is_none() {
        // What the request pays is its signer's business and changes no gas.
        let free = TransactionRequest {
            gas_price: None,
            max_fee_per_gas: None,
            max_priority_fee_per_gas: None,
            ..request.clone()
        };
        request.gas = Some(chain.estimate_gas(&newest(free))?);
    }
    Ok(request)
}

/// Fills in who sends, to whom, on which chain and at what price.
fn begin(chain: &Chain, request: &mut TransactionRequest) -> Result<(), RpcError> {
    chain::check_type(request)?;
    let want = chain.chain_id();
    if let Some(have) = request.chain_id.filter(|have| *have != want) {
        return Err(RpcError::invalid_params(format!(
            "transaction-provided chain ID ({have}) does not match the signer's chain ID ({want})"
        )));
    }
    request.chain_id = Some(want);
    if request.from.is_none() {
        let first = chain.signers().first().map(|signer| signer.address());
        request.from = Some(first.ok_or_else(sign::no_signer)?);
    }
    // A recipient, or a contract to be created.
    request.to.get_or_insert_default();
    price(chain, request)
}

/// Returns the call of a request on the newest state.
fn newest(request: TransactionRequest) -> Call {
    Call {
        request,
        block: BlockId::Number(BlockNumberOrTag::Latest),
        ..Call::default()
    }
}

fn price(chain: &Chain, request: &mut TransactionRequest) -> Result<(), RpcError> {
    let dynamic = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if request.gas_price.is_some() {
        if dynamic {
            return Err(RpcError::invalid_params(
                "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
            ));
        }
        return Ok(());
    }
    let base_fee = chain.next_header(0).base_fee_per_gas;
    let legacy = matches!(request.transaction_type, Some(0 | 1)) || base_fee.is_none();
    if legacy && !dynamic {
        request.gas_price = Some(fees::suggested_price(chain).into());
        return Ok(());
    }
    let tip = request.max_priority_fee_per_gas;
    let cap = request.max_fee_per_gas;
    let suggested = u128::from(fees::suggested_tip(chain));
    let tip = tip.unwrap_or_else(|| suggested.min(cap.unwrap_or(u128::MAX)));
    request.max_priority_fee_per_gas = Some(tip);
    let base_fee = u128::from(base_fee.unwrap_or_default());
    request.max_fee_per_gas = Some(cap.unwrap_or(base_fee.saturating_mul(2).saturating_add(tip)));
    Ok(())
}

/// Returns the gas a request needs, or what a block has if it fails however much it gets: then
/// it is mined as a failure that can be looked at.
fn gas(chain: &Chain, request: &TransactionRequest) -> Result<u64, RpcError> {
    match chain.estimate_gas(&newest(request.clone())) {
        Ok(gas) => Ok(gas),
        Err(CallError::Failed(_)) => Ok(chain.gas_limit()),
        // What a whole block is not enough for fails as well; less is offered to the poor only.
        Err(CallError::GasRequiredExceedsAllowance { allowance }) => {
            if allowance >= chain.gas_limit() {
                return Ok(chain.gas_limit());
            }
            Err(RpcError::rejected(format!(
                "Insufficient funds for gas * price + value: \
                 the sender can pay for {allowance} gas, which is not enough"
            )))
        }
        Err(
            error @ (CallError::Read(_)
            | CallError::Request(_)
            | CallError::Overrides(_)
            | CallError::Precompile(_)
            | CallError::InsufficientFunds { .. }
            | CallError::Invalid(_)
            | CallError::Machine(_)),
        ) => Err(error.into()),
    }
}

/// Makes the transaction of a filled request, with the nonce that is next now.
fn make(
    chain: &Chain,
    mut request: TransactionRequest,
    signing: Signing,
) -> Result<Transaction, RpcError> {
    let sender = request.from.unwrap_or_default();
    request
        .nonce
        .get_or_insert_with(|| chain.next_nonce(sender));
    let transaction = typed(request)?;
    if signing == Signing::Never || chain.is_impersonated(sender) {
        return Ok(chain::unsigned(transaction, sender));
    }
    let envelope = signed(chain, transaction, sender)?;
    Ok(Recovered::new_unchecked(envelope, sender))
}

/// Makes a request a signed transaction at once; `ahead` says how many of its sender are not on the
/// chain yet but will be before it.
pub(super) fn sign_request(
    chain: &Chain,
    request: TransactionRequest,
    ahead: impl FnOnce(Address) -> u64,
) -> Result<Transaction, RpcError> {
    let mut request = fill(chain, request)?;
    let sender = request.from.unwrap_or_default();
    let next = || chain.state().nonce(sender) + ahead(sender);
    request.nonce.get_or_insert_with(next);
    make(chain, request, Signing::IfKnown)
}

fn typed(request: TransactionRequest) -> Result<TypedTransaction, RpcError> {
    request.build_typed_tx().map_err(|request| {
        let kind = request.preferred_type();
        RpcError::invalid_params(format!(
            "the request cannot be made a transaction of type {}: a field it needs is missing",
            kind as u8
        ))
    })
}

fn signed(
    chain: &Chain,
    transaction: TypedTransaction,
    sender: Address,
) -> Result<TxEnvelope, RpcError> {
    let hash = alloy_consensus::SignableTransaction::signature_hash(&transaction);
    let signature = sign::sign_hash(chain, sender, hash)?;
    Ok(transaction.into_envelope(signature))
}

fn sign_transaction(node: &Node, mut params: Params) -> Answer {
    let request: TransactionRequest = params.next("transaction")?;
    params.end()?;
    let chain = &node.reading().chain;
    let mut request = fill_strictly(chain, request)?;
    let sender = request.from.unwrap_or_default();
    request
        .nonce
        .get_or_insert_with(|| chain.next_nonce(sender));
    let envelope = signed(chain, typed(request)?, sender)?;
    reply(&Bytes::from(envelope.encoded_2718()))
}

fn fill_transaction(node: &Node, mut params: Params) -> Answer {
    let request: TransactionRequest = params.next("transaction")?;
    params.end()?;
    let chain = &node.reading().chain;
    let mut request = fill_strictly(chain, request)?;
    let sender = request.from.unwrap_or_default();
    request
        .nonce
        .get_or_insert_with(|| chain.next_nonce(sender));
    let nobodys = Signature::new(U256::ZERO, U256::ZERO, false);
    let transaction = Recovered::new_unchecked(typed(request)?.into_envelope(nobodys), sender);
    #[derive(serde::Serialize)]
    struct Filled {
        raw: Bytes,
        tx: render::Waiting,
    }
    reply(&Filled {
        raw: transaction.inner().encoded_2718().into(),
        tx: render::waiting(&transaction),
    })
}
