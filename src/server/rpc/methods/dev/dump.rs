//! The whole chain as one document, out and in.

use alloy_primitives::Bytes;

use crate::{
    chain::{Dump, LoadError},
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Change, Method, compute, prepare},
        node::{Node, Writer},
        params::Params,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["anvil_dumpState", "hardhat_dumpState"], dump),
    prepare(&["anvil_loadState", "hardhat_loadState"], load),
];

impl From<LoadError> for RpcError {
    fn from(error: LoadError) -> Self {
        Self::invalid_params(format!("the state cannot be loaded: {error}"))
    }
}

fn dump(node: &Node, mut params: Params) -> Answer {
    // Older states are always part of the document.
    let _: Option<bool> = params.optional("preserve historical states")?;
    params.end()?;
    let dump = node.reading().chain.dump();
    node.reply(&Bytes::from(dump.to_bytes()))
}

fn load(mut params: Params) -> Result<Change, RpcError> {
    let document: Bytes = params.next("state")?;
    params.end()?;
    let dump = Dump::from_bytes(&document)?;
    Ok(Box::new(move |writer| replace(writer, dump)))
}

fn replace(writer: &mut Writer, dump: Dump) -> Answer {
    let before = writer.chain.clone();
    writer.chain.load(dump)?;
    writer.catch_up();
    writer.forget_snapshots();
    writer.note_replacement(&before);
    writer.look_again();
    reply(&true)
}
