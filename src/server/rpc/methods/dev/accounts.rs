//! Acting for accounts whose keys nobody has, and clearing what waits.

use alloy_primitives::{Address, B256};

use crate::server::rpc::{
    error::{Answer, null, reply},
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
    write(
        &["anvil_dropTransaction", "hardhat_dropTransaction"],
        drop_transaction,
    ),
    write(
        &["anvil_dropAllTransactions", "hardhat_dropAllTransactions"],
        drop_all,
    ),
    write(&["anvil_removePoolTransactions"], drop_sender),
];

fn impersonate(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.next("address")?;
    params.end()?;
    writer.chain.impersonate(address);
    null()
}

fn stop_impersonating(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.next("address")?;
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

fn drop_transaction(writer: &mut Writer, mut params: Params) -> Answer {
    let hash: B256 = params.next("transaction hash")?;
    params.end()?;
    let dropped = writer.chain.drop_transaction(&hash);
    reply(&dropped.as_ref().map(render::hash))
}

fn drop_all(writer: &mut Writer, params: Params) -> Answer {
    params.end()?;
    writer.chain.drop_all();
    null()
}

fn drop_sender(writer: &mut Writer, mut params: Params) -> Answer {
    let sender: Address = params.next("address")?;
    params.end()?;
    writer.chain.drop_sender(sender);
    null()
}
