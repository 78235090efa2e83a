//! JSON-RPC over HTTP: `POST /` is a message, `GET /` a WebSocket or a hint, `OPTIONS /` the browser's question.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody as _},
    extract::{
        FromRequestParts as _, Request, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::post,
};
use tokio::sync::{Semaphore, watch};

use super::{
    dispatch::{self, Caller},
    envelope::{self, Id},
    error::RpcError,
    host::HostGuard,
    node::Node,
    ws,
};

/// How much one client may ask of the server at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of one request or WebSocket message.
    pub body_bytes: usize,
    /// Most calls in one batch.
    pub batch_calls: usize,
    /// Most bytes of one answer, and of those to one batch together; more is answered with an error.
    pub response_bytes: usize,
    /// Most bytes of all answers under way, over all clients.
    pub responses_bytes: usize,
    /// Longest time a client may take to send a request's body.
    pub body_time: Duration,
    /// Most WebSocket calls of one client in flight; further ones wait in the socket.
    pub calls_in_flight: usize,
    /// Most subscriptions of one client.
    pub subscriptions: usize,
    /// Most WebSockets open at once.
    pub sockets: usize,
}

impl Default for Limits {
    /// Room for large state dumps and contract suites.
    fn default() -> Self {
        Self {
            body_bytes: 32 << 20,
            batch_calls: 10_000,
            response_bytes: RESPONSE_BYTES,
            responses_bytes: RESPONSES_FOR_EACH * RESPONSE_BYTES,
            body_time: Duration::from_secs(30),
            calls_in_flight: 256,
            subscriptions: 1_024,
            sockets: 1_024,
        }
    }
}

/// The default of [`Limits::response_bytes`].
const RESPONSE_BYTES: usize = 256 << 20;

/// How many of the longest answers can be under way at once.
const RESPONSES_FOR_EACH: usize = 4;

impl Limits {
    /// Returns the limits with so many bytes for an answer, and room for four that long.
    #[must_use]
    pub fn with_answers_of(self, bytes: usize) -> Self {
        Self {
            response_bytes: bytes,
            responses_bytes: bytes.saturating_mul(RESPONSES_FOR_EACH),
            ..self
        }
    }
}

/// Bodies up to this many KiB wait for nobody: all connections together cannot hold much of them.
const SMALL_BODY_KIB: u32 = 64;

/// Bytes of larger request bodies held at once, over all clients, in KiB.
const BODY_BUDGET_KIB: usize = 128 << 10;

/// What the handlers share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) node: Node,
    pub(super) limits: Limits,
    /// Turns true when the server stops; WebSockets close then.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) sockets: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

/// Returns the routes of the JSON-RPC server of `node`; its WebSockets close when `stop` turns true.
pub fn router(node: Node, limits: Limits, guard: HostGuard, stop: watch::Receiver<bool>) -> Router {
    let shared = Shared {
        node: node.within(&limits),
        limits,
        stop,
        sockets: Arc::new(Semaphore::new(limits.sockets)),
        bodies: Arc::new(Semaphore::new(BODY_BUDGET_KIB)),
    };
    Router::new()
        .route("/", post(call).get(upgrade).options(preflight))
        .with_state(shared)
        .layer(middleware::from_fn(allow_all_origins))
        .layer(middleware::from_fn_with_state(guard, HostGuard::check))
}

async fn call(State(shared): State<Shared>, request: Request) -> Response {
    if !is_json(request.headers()) {
        return refusal(
            StatusCode::OK,
            &RpcError::invalid_request("Invalid request: content-type must be application/json"),
        );
    }
    let body = match read_body(&shared, request.into_body()).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let message = match envelope::parse(&body, shared.limits.batch_calls) {
        Ok(message) => message,
        Err(error) => return refusal(StatusCode::OK, &error),
    };
    drop(body);
    let caller = Caller {
        node: shared.node,
        limits: shared.limits,
        subscriptions: None,
    };
    match dispatch::message(&caller, message).await {
        Some(answer) => json(StatusCode::OK, answer.into_bytes()),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Tells whether the body may be JSON: a client that names no type is believed.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let essence = kind.to_str().unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Reads a body within the limits of size, time and the memory of all clients together.
async fn read_body(shared: &Shared, body: Body) -> Result<Bytes, Response> {
    let max = shared.limits.body_bytes;
    let too_large = || {
        let message = format!("request body too large: at most {max} bytes are allowed");
        refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            &RpcError::invalid_request(message),
        )
    };
    let announced = body.size_hint();
    if announced.lower() > max as u64 {
        return Err(too_large());
    }
    let expected = announced.exact().unwrap_or(max as u64);
    // One request can ask for the whole budget, never for more than there is.
    let kib = (expected / 1024 + 1).min(BODY_BUDGET_KIB as u64);
    let kib = u32::try_from(kib).unwrap_or(u32::MAX);
    let reading = async {
        let _held = if kib > SMALL_BODY_KIB {
            shared.bodies.acquire_many(kib).await.ok()
        } else {
            None
        };
        axum::body::to_bytes(body, max).await
    };
    match tokio::time::timeout(shared.limits.body_time, reading).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(refusal(
            StatusCode::REQUEST_TIMEOUT,
            &RpcError::invalid_request("the request body did not arrive in time"),
        )),
    }
}

async fn upgrade(State(shared): State<Shared>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection> =
        WebSocketUpgrade::from_request_parts(&mut parts, &shared).await;
    let Ok(upgrade) = upgrade else {
        return (StatusCode::BAD_REQUEST, HINT).into_response();
    };
    let Ok(permit) = Arc::clone(&shared.sockets).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many WebSockets\n").into_response();
    };
    upgrade
        .max_message_size(shared.limits.body_bytes)
        .max_frame_size(shared.limits.body_bytes)
        .on_upgrade(|socket| async move {
            ws::serve(socket, shared).await;
            drop(permit);
        })
}

/// What a person sees who opens the address in a browser.
const HINT: &str = "This is an Ethereum JSON-RPC server. Send requests with POST, for example:\n\n  \
    curl -H 'content-type: application/json' \\\n    \
    -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"}' http://<this address>\n\n\
    WebSocket clients connect to the same address with ws://.\n";

async fn preflight(headers: HeaderMap) -> Response {
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let wanted = wanted.unwrap_or(HeaderValue::from_static("content-type"));
    let allowed = [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, OPTIONS"),
        ),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, wanted),
        (
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        ),
    ];
    (StatusCode::OK, allowed).into_response()
}

/// Lets pages of any origin read the answers: wallets and dapps run in browsers.
pub(in crate::server) async fn allow_all_origins(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

fn refusal(status: StatusCode, error: &RpcError) -> Response {
    let mut text = Vec::new();
    envelope::write(&mut text, &Id::null(), &Err(error.clone()));
    json(status, text.into())
}

fn json(status: StatusCode, text: Bytes) -> Response {
    (
        status,
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        text,
    )
        .into_response()
}
