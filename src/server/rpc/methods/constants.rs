//! What a client asks to know whom it talks to: `web3_*`, `net_*`, and the constants of `eth_*`.

use alloy_primitives::{B256, Bytes, U64, keccak256};

use crate::server::rpc::{
    error::{Answer, reply},
    method::{Method, read},
    node::Node,
    params::Params,
};

pub(super) const TABLE: &[Method] = &[
    read(&["web3_clientVersion"], client_version),
    read(&["web3_sha3"], sha3),
    read(&["net_version", "eth_networkId"], network),
    read(&["net_listening"], |_, _| reply(&true)),
    read(&["net_peerCount"], |_, _| reply(&U64::ZERO)),
    read(&["eth_chainId"], chain_id),
    read(&["eth_accounts", "eth_requestAccounts"], accounts),
    read(&["eth_coinbase"], coinbase),
    read(&["eth_syncing"], |_, _| reply(&false)),
    // Clients that read `false` do not wait for a receipt.
    read(&["eth_mining"], |node, _| reply(&node.mines_by_itself())),
    read(&["eth_hashrate"], |_, _| reply(&U64::ZERO)),
    read(&["eth_protocolVersion"], |_, _| reply(&U64::from(65))),
    read(&["eth_submitHashrate", "eth_submitWork"], |_, _| {
        reply(&false)
    }),
];

fn client_version(node: &Node, _: Params) -> Answer {
    reply(node.client_version())
}

fn sha3(_: &Node, mut params: Params) -> Answer {
    let data: Bytes = params.next("data")?;
    params.end()?;
    let hash: B256 = keccak256(data);
    reply(&hash)
}

fn network(node: &Node, _: Params) -> Answer {
    reply(&node.reading().chain.chain_id().to_string())
}

fn chain_id(node: &Node, _: Params) -> Answer {
    reply(&U64::from(node.reading().chain.chain_id()))
}

fn accounts(node: &Node, _: Params) -> Answer {
    let reading = node.reading();
    let signers = reading.chain.signers().iter();
    let mut accounts: Vec<_> = signers.map(|signer| signer.address()).collect();
    // Clients send only from accounts the node says it has: the impersonated ones are among them.
    for impersonated in reading.chain.impersonated() {
        if !accounts.contains(&impersonated) {
            accounts.push(impersonated);
        }
    }
    reply(&accounts)
}

fn coinbase(node: &Node, _: Params) -> Answer {
    reply(&node.reading().chain.coinbase())
}
