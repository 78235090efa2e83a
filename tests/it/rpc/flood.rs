//! Thousands of transactions at once: all are mined, none is forgotten, blocks fill by themselves.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::client::{serve, transfer};

const CONNECTIONS: usize = 16;
const EACH: u64 = 200;

/// Writes all requests before it reads one answer.
async fn pipeline(address: std::net::SocketAddr, bodies: Vec<String>) -> usize {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let count = bodies.len();
    let writing = async {
        for body in bodies {
            let request = format!(
                "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            write.write_all(request.as_bytes()).await.unwrap();
        }
    };
    let reading = async {
        let mut text = Vec::new();
        let mut part = [0; 65_536];
        loop {
            let answered = text
                .windows(9)
                .filter(|part| *part == b"\"result\":")
                .count();
            assert!(!text.windows(8).any(|part| part == b"\"error\":"));
            if answered == count {
                return answered;
            }
            let length = read.read(&mut part).await.unwrap();
            assert!(length > 0, "the server closed after {answered} answers");
            text.extend_from_slice(&part[..length]);
        }
    };
    tokio::join!(writing, reading).1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_is_mined_completely() {
    let (node, server) = serve(true).await;
    let chain = node.reading().chain.clone();
    let work: Vec<Vec<String>> = (0..CONNECTIONS)
        .map(|account| {
            let raws = (0..EACH).map(|nonce| transfer(&chain, account, nonce));
            raws.map(|raw| {
                format!(
                    r#"{{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["{raw}"]}}"#
                )
            })
            .collect()
        })
        .collect();
    let clients = work
        .into_iter()
        .map(|bodies| pipeline(server.address(), bodies));
    let flood = futures_util::future::join_all(clients);
    let answers = tokio::time::timeout(Duration::from_secs(120), flood)
        .await
        .unwrap();
    assert_eq!(answers.iter().sum::<usize>(), CONNECTIONS * EACH as usize);
    let reading = node.reading();
    assert!(reading.chain.mempool().is_empty(), "nothing waits any more");
    for signer in &reading.chain.signers()[..CONNECTIONS] {
        assert_eq!(reading.chain.state().nonce(signer.address()), EACH);
    }
    server.stop().await;
}
