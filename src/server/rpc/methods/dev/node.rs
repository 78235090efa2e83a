//! The node itself: what it is, and beginning anew.

use std::collections::BTreeMap;

use alloy_rpc_types::anvil::{Metadata, NodeEnvironment, NodeForkConfig, NodeInfo};
use serde_json::Value;

use crate::server::rpc::{
    error::{Answer, RpcError, null, reply},
    method::{Method, read, write},
    methods::fees,
    node::{Node, Writer},
    params::Params,
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    read(&["anvil_nodeInfo"], info),
    read(&["anvil_metadata", "hardhat_metadata"], metadata),
    read(&["anvil_getGenesisTime"], genesis_time),
    write(&["anvil_reset", "hardhat_reset"], reset),
    read(
        &["anvil_setLoggingEnabled", "hardhat_setLoggingEnabled"],
        set_logging,
    ),
    read(&["hardhat_addCompilationResult"], add_compilation),
    read(&["anvil_setRpcUrl"], |_, _| {
        Err(RpcError::invalid_params(
            "this chain is no fork of another: there is no upstream url to set",
        ))
    }),
];

fn info(node: &Node, params: Params) -> Answer {
    params.end()?;
    let reading = node.reading();
    let chain = &reading.chain;
    let head = chain.head();
    let next = chain.next_header(node.next_block_time(&reading));
    let fork = chain.rules().schedule.fork_at(next.number, next.timestamp);
    reply(&NodeInfo {
        current_block_number: head.number(),
        current_block_timestamp: head.timestamp(),
        current_block_hash: head.hash,
        hard_fork: fork.to_string(),
        transaction_order: "fees".to_owned(),
        environment: NodeEnvironment {
            base_fee: chain.next_base_fee().into(),
            chain_id: chain.chain_id(),
            gas_limit: chain.gas_limit(),
            gas_price: fees::suggested_price(chain).into(),
        },
        fork_config: NodeForkConfig::default(),
        network: None,
    })
}

fn metadata(node: &Node, params: Params) -> Answer {
    params.end()?;
    let reading = node.reading();
    let head = reading.chain.head();
    reply(&Metadata {
        client_version: node.client_version().to_owned(),
        client_semver: Some(env!("CARGO_PKG_VERSION").to_owned()),
        client_commit_sha: None,
        chain_id: reading.chain.chain_id(),
        instance_id: reading.instance,
        latest_block_number: head.number(),
        latest_block_hash: head.hash,
        forked_network: None,
        snapshots: BTreeMap::clone(&reading.snapshots),
    })
}

fn genesis_time(node: &Node, params: Params) -> Answer {
    params.end()?;
    let genesis = node.reading().chain.block(0).map(|block| block.timestamp());
    reply(&genesis.unwrap_or_default())
}

/// Begins anew. Forking another network is refused rather than ignored.
fn reset(writer: &mut Writer, mut params: Params) -> Answer {
    let options: Option<Value> = params.optional("options")?;
    params.end()?;
    if options.as_ref().is_some_and(forks) {
        return Err(RpcError::invalid_params(
            "forking another network is not supported; reset without options begins anew",
        ));
    }
    writer.reset();
    null()
}

/// Tells whether the options of a reset name another network. Clients that mean none still send
/// the members, empty.
fn forks(options: &Value) -> bool {
    match options {
        Value::Null => false,
        Value::Object(members) => members.values().any(forks),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => true,
    }
}

/// Switches the log of requests on or off; a node that has nowhere to write it says so.
fn set_logging(node: &Node, mut params: Params) -> Answer {
    let wanted: bool = params.next("enabled")?;
    params.end()?;
    match node.log() {
        Some(log) => log.switch(wanted),
        None if wanted => {
            return Err(RpcError::server(
                "this node is part of a program and has nowhere to write a log of requests",
            ));
        }
        None => {}
    }
    null()
}

/// Says truthfully that sources are not made use of: traces name no contracts and no lines.
fn add_compilation(_: &Node, mut params: Params) -> Answer {
    let _version: String = params.next("solc version")?;
    let _input: Value = params.next("compiler input")?;
    let _output: Value = params.next("compiler output")?;
    params.end()?;
    reply(&false)
}
