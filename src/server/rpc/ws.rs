//! JSON-RPC over a WebSocket: calls run side by side, subscriptions push, and the answer to a
//! change always precedes the news of it. A client that does not read is let go.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message as Frame, Utf8Bytes, WebSocket, close_code};
use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use parking_lot::Mutex;
use tokio::{sync::broadcast, time::MissedTickBehavior};

use super::{
    answer::Text,
    dispatch::{self, Caller},
    envelope::{self, Id},
    http::Shared,
    node::Notice,
    subscribe::Subscriptions,
};
use crate::server::stopped;

/// How often a silent client is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(30);

/// Pings left unanswered before the client is taken for gone.
const PINGS_MISSED_MAX: u32 = 3;

/// How long a client that sends too much has to read that it does.
const FAREWELL: Duration = Duration::from_secs(1);

/// Longest time one frame may wait for a client that does not read.
const SEND_TIME: Duration = Duration::from_secs(30);

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    /// There is nothing to say about it.
    Silently,
    /// The client sent a message larger than is allowed.
    TooLarge,
}

/// One client.
struct Session {
    socket: WebSocket,
    caller: Caller,
    subscriptions: Arc<Mutex<Subscriptions>>,
    running: FuturesUnordered<BoxFuture<'static, (u64, Option<Text>)>>,
    /// Numbers of the running calls that change the chain.
    changing: BTreeSet<u64>,
    next_call: u64,
    /// News held back until every change called before it has been answered.
    held: Option<(u64, Arc<Notice>)>,
    pings_missed: u32,
}

/// Serves one client until it leaves, falls silent, falls behind, or the server stops.
pub(super) async fn serve(socket: WebSocket, shared: Shared) {
    let subscriptions = Arc::new(Mutex::new(Subscriptions::new(shared.limits.subscriptions)));
    let news = shared.node.notices();
    let stop = shared.stop;
    let session = Session {
        socket,
        caller: Caller {
            node: shared.node,
            limits: shared.limits,
            subscriptions: Some(Arc::clone(&subscriptions)),
        },
        subscriptions,
        running: FuturesUnordered::new(),
        changing: BTreeSet::new(),
        next_call: 0,
        held: None,
        pings_missed: 0,
    };
    session.run(news, stop).await;
}

impl Session {
    async fn run(
        mut self,
        mut news: broadcast::Receiver<Arc<Notice>>,
        mut stop: tokio::sync::watch::Receiver<bool>,
    ) {
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        loop {
            let has_room = self.running.len() < self.caller.limits.calls_in_flight;
            let step = tokio::select! {
                biased;
                Some((number, answer)) = self.running.next() => self.answered(number, answer).await,
                notice = news.recv(), if self.held.is_none() => self.hear(notice),
                () = stopped(&mut stop) => Err(Closed::Silently),
                frame = self.socket.recv(), if has_room => self.read(frame).await,
                _ = ping.tick() => self.ping().await,
            };
            let step = match step {
                Ok(()) => self.tell().await,
                Err(closed) => Err(closed),
            };
            if let Err(closed) = step {
                let reason = (closed == Closed::TooLarge).then(|| {
                    let max = self.caller.limits.body_bytes;
                    CloseFrame {
                        code: close_code::SIZE,
                        reason: format!("message too large: at most {max} bytes are allowed")
                            .into(),
                    }
                });
                // The client may be gone already.
                let _ = self.send(Frame::Close(reason)).await;
                if closed == Closed::TooLarge {
                    // It is still sending: cut off at once, it would never read why.
                    let _ = tokio::time::timeout(FAREWELL, stopped(&mut stop)).await;
                }
                return;
            }
        }
    }

    async fn read(&mut self, frame: Option<Result<Frame, axum::Error>>) -> Result<(), Closed> {
        self.pings_missed = 0;
        let text = match frame {
            Some(Ok(Frame::Text(text))) => axum::body::Bytes::from(text),
            Some(Ok(Frame::Binary(bytes))) => bytes,
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => return Ok(()),
            Some(Err(error)) if is_too_large(&error) => return Err(Closed::TooLarge),
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return Err(Closed::Silently),
        };
        let message = match envelope::parse(&text, self.caller.limits.batch_calls) {
            Ok(message) => message,
            Err(error) => {
                let answer = dispatch::written(&self.caller, &Id::null(), Err(error));
                return self.send_text(answer.into_bytes()).await;
            }
        };
        let number = self.next_call;
        self.next_call += 1;
        if dispatch::changes(&message) {
            self.changing.insert(number);
        }
        let caller = self.caller.clone();
        self.running.push(Box::pin(async move {
            (number, dispatch::message(&caller, message).await)
        }));
        Ok(())
    }

    async fn answered(&mut self, number: u64, answer: Option<Text>) -> Result<(), Closed> {
        self.changing.remove(&number);
        match answer {
            Some(answer) => self.send_text(answer.into_bytes()).await,
            None => Ok(()),
        }
    }

    /// Takes news; a client so far behind that news was lost would be told a story with holes.
    fn hear(
        &mut self,
        notice: Result<Arc<Notice>, broadcast::error::RecvError>,
    ) -> Result<(), Closed> {
        let notice = notice.map_err(|_| Closed::Silently)?;
        if !self.subscriptions.lock().is_empty() {
            self.held = Some((self.next_call, notice));
        }
        Ok(())
    }

    /// Tells the news held, once every change called before it has been answered.
    async fn tell(&mut self) -> Result<(), Closed> {
        let Some((before, _)) = &self.held else {
            return Ok(());
        };
        if self.changing.first().is_some_and(|first| first < before) {
            return Ok(());
        }
        let Some((_, notice)) = self.held.take() else {
            return Ok(());
        };
        // One subscription after the other: what many of them say need not exist at once.
        let ids = self.subscriptions.lock().ids();
        let rules = self.caller.node.reading().chain.rules().clone();
        for id in ids {
            let messages = self
                .subscriptions
                .lock()
                .tell(&id, &notice, &rules.schedule);
            for message in messages {
                self.send_text(message.into()).await?;
            }
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), Closed> {
        if self.pings_missed == PINGS_MISSED_MAX {
            return Err(Closed::Silently);
        }
        self.pings_missed += 1;
        self.send(Frame::Ping(axum::body::Bytes::new())).await
    }

    async fn send_text(&mut self, text: axum::body::Bytes) -> Result<(), Closed> {
        // Everything sent is our own JSON; were it not text, closing is all that is left.
        let text = Utf8Bytes::try_from(text).map_err(|_| Closed::Silently)?;
        self.send(Frame::Text(text)).await
    }

    async fn send(&mut self, frame: Frame) -> Result<(), Closed> {
        match tokio::time::timeout(SEND_TIME, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Closed::Silently),
        }
    }
}

/// Tells whether a message was refused for its size; axum hides the type that says so.
fn is_too_large(error: &axum::Error) -> bool {
    error.to_string().starts_with("Space limit exceeded")
}
