//! What can be read of a living network by plain HTTP. Rule: `GET` only; nothing here changes
//! anything.
//!
//! - `/orderbook`: every order in the book as it was signed, with what is left of it;
//! - `/results/CID`: the archive of a result, and under `/ipfs/CID` for clients that know a gateway;
//! - `/log`: the log as JSON lines, from record `?since=N` on.

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::rpc::{HostGuard, allow_all_origins};
use crate::{
    log::OrderKind,
    services::{AnyOrder, Market, results::ContentId},
    world::{Ended, WorldHandle},
};

/// Most records one answer holds; the next ones are asked for with `since`.
const RECORDS_MAX: usize = 100_000;

pub(super) fn router(world: WorldHandle, guard: HostGuard) -> Router {
    Router::new()
        .route("/orderbook", get(orderbook))
        .route("/results/{id}", get(result))
        .route("/ipfs/{id}", get(result))
        .route("/log", get(log))
        .with_state(world)
        .layer(middleware::from_fn(allow_all_origins))
        .layer(middleware::from_fn_with_state(guard, HostGuard::check))
}

/// The book: an array for each kind of order, oldest first.
#[derive(Serialize)]
struct Book {
    app: Vec<Value>,
    dataset: Vec<Value>,
    workerpool: Vec<Value>,
    request: Vec<Value>,
}

async fn orderbook(State(world): State<WorldHandle>) -> Response {
    let book = |market: &Market, kind| {
        let orders = market.orders(kind).into_iter();
        let listed = orders.map(|(listed, left)| {
            let order = match &listed.order {
                AnyOrder::App(order) => json!(order),
                AnyOrder::Dataset(order) => json!(order),
                AnyOrder::Workerpool(order) => json!(order),
                AnyOrder::Request(order) => json!(order),
            };
            json!({
                "orderHash": listed.hash,
                "signer": listed.by,
                "remaining": left,
                "order": order,
            })
        });
        listed.collect()
    };
    let read = world.ask(move |world| Book {
        app: book(world.market(), OrderKind::App),
        dataset: book(world.market(), OrderKind::Dataset),
        workerpool: book(world.market(), OrderKind::Workerpool),
        request: book(world.market(), OrderKind::Request),
    });
    match read.await {
        Ok(book) => Json(book).into_response(),
        Err(ended) => over(ended),
    }
}

async fn result(State(world): State<WorldHandle>, Path(id): Path<String>) -> Response {
    let id: ContentId = match id.parse() {
        Ok(id) => id,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, format!("{error}")),
    };
    match world.ask(move |world| world.results().get(id)).await {
        Ok(Ok(Some(archive))) => {
            let name = format!("attachment; filename=\"{id}.zip\"");
            let headers = [
                (header::CONTENT_TYPE, "application/zip".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            (headers, Body::from(archive.0)).into_response()
        }
        Ok(Ok(None)) => refusal(StatusCode::NOT_FOUND, format!("there is no result {id}")),
        Ok(Err(error)) => refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        Err(ended) => over(ended),
    }
}

/// From which record on.
#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn log(State(world): State<WorldHandle>, Query(from): Query<Since>) -> Response {
    // A copy of the log costs a pointer for every few hundred records.
    let log = match world.ask(|world| world.log().clone()).await {
        Ok(log) => log,
        Err(ended) => return over(ended),
    };
    let mut text = Vec::new();
    for record in log.records().since(from.since).take(RECORDS_MAX) {
        record.write_line(&mut text);
    }
    ([(header::CONTENT_TYPE, "application/x-ndjson")], text).into_response()
}

fn over(ended: Ended) -> Response {
    refusal(StatusCode::SERVICE_UNAVAILABLE, ended.to_string())
}

fn refusal(status: StatusCode, reason: String) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}
