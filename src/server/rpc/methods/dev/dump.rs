//! The whole chain as one document, out and in.

use std::sync::Arc;

use alloy_primitives::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};

use crate::{
    chain::{Dump, LoadError},
    server::rpc::{
        dispatch::aside,
        error::{Answer, RpcError, reply},
        method::{Change, Method, prepare, wait},
        node::{Node, Writer},
        params::Params,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    wait(&["anvil_dumpState", "hardhat_dumpState"], dump),
    prepare(&["anvil_loadState", "hardhat_loadState"], load),
];

/// The most bytes a document unpacks to.
const UNPACKED_MAX: u64 = 1 << 30;

impl From<LoadError> for RpcError {
    fn from(error: LoadError) -> Self {
        Self::invalid_params(format!("the state cannot be loaded: {error}"))
    }
}

fn dump(node: Node, mut params: Params) -> BoxFuture<'static, Answer> {
    async move {
        // Older states are always part of the document.
        let _: Option<bool> = params.optional("preserve historical states")?;
        params.end()?;
        let turn = Arc::clone(node.dumps()).acquire_owned().await;
        aside(move || {
            let dump = node.reading().chain.dump();
            let answer = node.reply_hex(|out| dump.write_to(out));
            drop(turn);
            answer
        })
        .await
    }
    .boxed()
}

fn load(mut params: Params) -> Result<Change, RpcError> {
    let document: Bytes = params.next("state")?;
    params.end()?;
    let dump = Dump::from_bytes_within(&document, UNPACKED_MAX)?;
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
