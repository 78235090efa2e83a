//! Acting for accounts whose keys nobody has, and clearing what waits.

use alloy_primitives::{Address, B256, Bytes};

use crate::server::rpc::{
    error::{Answer, RpcError, null, reply},
    method::{Method, write},
    node::Writer,
    params::Params,
    render,
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    write(
        &["anvil_impersonateAccount", "hardhat_impersonateAccount"],
        impersonate,
    ),
    write(
        &[
            "anvil_stopImpersonatingAccount",
            "hardhat_stopImpersonatingAccount",
        ],
        stop_impersonating,
    ),
    write(
        &[
            "anvil_autoImpersonateAccount",
            "hardhat_autoImpersonateAccount",
        ],
        impersonate_everybody,
    ),
    write(&["anvil_impersonateSignature"], impersonate_signature),
    write(&["anvil_dropTransaction"], drop_transaction),
    write(&["hardhat_dropTransaction"], is_dropped),
    write(
        &["anvil_dropAllTransactions", "hardhat_dropAllTransactions"],
        drop_all,
    ),
    write(&["anvil_removePoolTransactions"], drop_sender),
];

fn impersonate(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    params.end()?;
    writer.chain.impersonate(address);
    null()
}

fn stop_impersonating(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    params.end()?;
    writer.chain.stop_impersonating(address);
    null()
}

fn impersonate_everybody(writer: &mut Writer, mut params: Params) -> Answer {
    let everybody: bool = params.next("everybody")?;
    params.end()?;
    writer.chain.impersonate_everybody(everybody);
    null()
}

/// Lets contracts take an address for the signer of a signature, whatever was signed.
fn impersonate_signature(writer: &mut Writer, mut params: Params) -> Answer {
    let signature: Bytes = params.next("signature")?;
    let signer: Address = params.prefixed("address")?;
    params.end()?;
    let believed = writer.chain.impersonate_signature(&signature, signer);
    believed.map_err(|error| RpcError::invalid_params(error.to_string()))?;
    null()
}

fn drop_transaction(writer: &mut Writer, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    let dropped = writer.chain.drop_transaction(&hash);
    reply(&dropped.as_ref().map(render::hash))
}

/// As `drop_transaction`, and answers as Hardhat does whether there was one to drop.
fn is_dropped(writer: &mut Writer, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    if writer.chain.receipt(&hash).is_some() {
        return Err(RpcError::invalid_params(format!(
            "transaction {hash} cannot be dropped because it is mined already"
        )));
    }
    reply(&writer.chain.drop_transaction(&hash).is_some())
}

fn drop_all(writer: &mut Writer, params: Params) -> Answer {
    params.end()?;
    writer.chain.drop_all();
    null()
}

fn drop_sender(writer: &mut Writer, mut params: Params) -> Answer {
    let sender: Address = params.prefixed("address")?;
    params.end()?;
    writer.chain.drop_sender(sender);
    null()
}
