//! From a message to its answer. HTTP, WebSocket and the in-process transport all come through here.

use std::sync::Arc;

use futures_util::future::join_all;
use parking_lot::Mutex;

use super::{
    answer::Text,
    envelope::{self, Call, Id, Malformed, Message, Parsed},
    error::{Answer, RpcError},
    http::Limits,
    living,
    method::{self, Run},
    node::Node,
    params::Params,
    subscribe::Subscriptions,
};

/// Who calls: the node asked, within which limits, and what the connection can carry.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) node: Node,
    pub(super) limits: Limits,
    /// Where subscriptions go; none on transports that cannot push.
    pub(super) subscriptions: Option<Arc<Mutex<Subscriptions>>>,
}

/// Answers one message, or nothing when it holds notifications only.
pub(super) async fn message(caller: &Caller, message: Message) -> Option<Text> {
    match message {
        Message::Single(call) => {
            let (id, answer) = member(caller, call).await;
            id.map(|id| written(caller, &id, answer))
        }
        Message::Batch(calls) => batch(caller, calls).await,
    }
}

/// Tells whether the message asks for a change whose answer must not come after the news of it.
pub(super) fn changes(message: &Message) -> bool {
    let calls = match message {
        Message::Single(call) => std::slice::from_ref(call),
        Message::Batch(calls) => calls,
    };
    calls.iter().flatten().any(|call| {
        let run = method::find(&call.method);
        matches!(run, Some(Run::Send(_) | Run::Write(_) | Run::Prepare(_)))
    })
}

/// Answers one call.
pub(super) async fn answer(caller: &Caller, method: &str, params: Params) -> Answer {
    if let Some(subscriptions) = &caller.subscriptions {
        match method {
            "eth_subscribe" => return subscriptions.lock().subscribe(params),
            "eth_unsubscribe" => return subscriptions.lock().unsubscribe(params),
            _ => {}
        }
    }
    let node = &caller.node;
    if let Some(living) = node.world() {
        living.look(node).await?;
        if let Some(answer) = living::answer(node, living, method, params.clone()).await {
            return answer;
        }
    }
    let Some(run) = method::find(method) else {
        return Err(RpcError::unknown_method(method));
    };
    match run {
        Run::Read(read) => read(node, params),
        Run::Compute(compute) => {
            let node = node.clone();
            aside(move || compute(&node, params)).await
        }
        Run::Write(write) => node.write(move |writer| write(writer, params)).await,
        Run::Prepare(prepare) => node.write(aside(move || prepare(params)).await?).await,
        Run::Send(send) | Run::Wait(send) => send(node.clone(), params).await,
    }
}

/// Works beside the server's threads, which have others to serve.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
) -> Result<T, RpcError> {
    let working = tokio::task::spawn_blocking(work);
    working
        .await
        .unwrap_or_else(|error| Err(RpcError::internal(format!("the call did not end: {error}"))))
}

/// Answers a batch in order. Neighbouring sends go to the chain together, so that one block can
/// hold them all; everything else waits for what stands before it.
async fn batch(caller: &Caller, calls: Vec<Parsed>) -> Option<Text> {
    let mut out = caller.node.room().envelope();
    out.bytes_mut().push(b'[');
    let mut full = false;
    let mut refused: usize = 0;
    let together = Caller {
        node: caller.node.together(),
        ..caller.clone()
    };
    let mut calls = calls.into_iter().peekable();
    while let Some(first) = calls.next() {
        let mut group = vec![first];
        while is_send(&group[0]) && calls.peek().is_some_and(is_send) {
            group.extend(calls.next());
        }
        let caller = if group.len() > 1 { &together } else { caller };
        let skipped = full;
        let answers = group.into_iter().map(|call| async move {
            if skipped {
                // What cannot be answered is not done either.
                return (id_of(call), Err(too_large()));
            }
            member(caller, call).await
        });
        for (id, answer) in join_all(answers).await {
            let Some(id) = id else { continue };
            full |= out.len() + envelope::size(&id, &answer) > caller.limits.response_bytes;
            let answer = if full { Err(too_large()) } else { answer };
            if out.len() > 1 {
                out.bytes_mut().push(b',');
            }
            append(&mut out, &id, &answer);
            // To find out that an answer is too long takes as much as to give it.
            let too_long = |error: &RpcError| error.code == RpcError::LIMIT_EXCEEDED;
            if answer.as_ref().is_err_and(too_long) {
                refused = refused.saturating_add(caller.limits.response_bytes);
                full |= refused >= caller.limits.responses_bytes;
            }
        }
    }
    out.bytes_mut().push(b']');
    (out.len() > 2).then_some(out)
}

fn too_large() -> RpcError {
    RpcError::rejected("response too large")
}

fn id_of(call: Parsed) -> Option<Id> {
    match call {
        Ok(call) => call.id,
        Err(malformed) => Some(malformed.id),
    }
}

fn is_send(call: &Parsed) -> bool {
    call.as_ref()
        .is_ok_and(|call| matches!(method::find(&call.method), Some(Run::Send(_))))
}

async fn member(caller: &Caller, call: Parsed) -> (Option<Id>, Answer) {
    match call {
        Ok(Call { method, params, id }) => {
            let log = caller.node.log();
            let told = log.and_then(|log| Some((log, log.begin()?)));
            let answer = answer(caller, &method, params).await;
            if let Some((log, start)) = told {
                log.tell(&method, start, &answer);
            }
            (id, answer)
        }
        Err(Malformed { id, error }) => (Some(id), Err(error)),
    }
}

/// Returns the text of one answer.
pub(super) fn written(caller: &Caller, id: &Id, answer: Answer) -> Text {
    let answer = match answer {
        Ok(result) if result.is_long() => {
            match result.between(&envelope::before(id), envelope::END) {
                Ok(written) => return written,
                Err(error) => Err(error),
            }
        }
        short => short,
    };
    let mut out = caller.node.room().envelope();
    append(&mut out, id, &answer);
    out
}

/// Writes one answer; without room for it, that there is none.
fn append(out: &mut Text, id: &Id, answer: &Answer) {
    match out.reserve(envelope::size(id, answer)) {
        Ok(()) => envelope::write(out.bytes_mut(), id, answer),
        Err(error) => envelope::write(out.bytes_mut(), id, &Err(error)),
    }
}
