//! Accepting connections: how many, how long they may dawdle, and how they end.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{lane::Lanes, stopped};

/// Most connections open at once; further ones wait in the listener's queue.
const CONNECTIONS_MAX: usize = 1_024;

/// Longest wait for the next request's headers; also how long an idle connection is kept.
const HEADER_TIME: Duration = Duration::from_secs(120);

/// How long open connections may finish what they are doing when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Serves `router` on `listener`, each connection on one of `lanes`, until `stop` turns true, then lets calls in flight finish.
pub(super) async fn accept(
    listener: TcpListener,
    lanes: Lanes,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = next(&listener, &permits) => accepted,
        };
        match accepted {
            Ok((stream, permit)) => {
                let serving = serve(stream, router.clone(), stop.clone());
                let carried = async move {
                    serving.await;
                    drop(permit);
                };
                lanes.spawn(&mut connections, carried);
            }
            // Out of file descriptors, or the client left the queue: what is open will close.
            Err(_) => pause().await,
        }
    }
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, finished).await.is_err() {
        connections.shutdown().await;
    }
}

type Accepted = (TcpStream, tokio::sync::OwnedSemaphorePermit);

async fn next(listener: &TcpListener, permits: &Arc<Semaphore>) -> io::Result<Accepted> {
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    // Answers are small and waited for: sending them at once beats filling packets.
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the accept loop is at the edge of the machine and must not spin"
)]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn serve(stream: TcpStream, router: Router, mut stop: watch::Receiver<bool>) {
    // It was accepted elsewhere; from now on its news come to this lane.
    let Ok(stream) = stream.into_std().and_then(TcpStream::from_std) else {
        return;
    };
    let service = TowerToHyperService::new(router);
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let finished = tokio::select! {
        _ = connection.as_mut() => true,
        () = stopped(&mut stop) => false,
    };
    if !finished {
        connection.as_mut().graceful_shutdown();
        // A broken connection has nobody left to tell.
        let _ = connection.await;
    }
}
