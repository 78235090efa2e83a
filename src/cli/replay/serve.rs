//! The chain of a run as it was at one moment, served to any client.
//!
//! Rule: what clients do to it stays here. It is a fork, mined when they send; its clock goes on
//! from the moment at which the run was stopped.

use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use crate::{
    chain::DEV_MNEMONIC,
    cli::{
        Exit, Output,
        up::{Ready, Signals},
    },
    server::{
        Server, clock,
        rpc::{Limits, Node, NodeOptions},
    },
    world::World,
};

/// Serves the chain of `world` until a signal comes; port 0 is any free one.
///
/// # Errors
///
/// [`Exit::Environment`], after the user was told.
pub(super) fn serve(world: &World, port: u16, output: &Output) -> Result<Exit, Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(living(world, port, output)),
        Err(error) => Err(format!("cannot start threads: {error}")),
    };
    served.map_err(|message| {
        output.error(&format!("error: {message}"));
        Exit::Environment
    })
}

async fn living(world: &World, port: u16, output: &Output) -> Result<Exit, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| format!("cannot listen on port {port}: {error}"))?;
    let mut signals =
        Signals::listen().map_err(|error| format!("cannot listen to signals: {error}"))?;
    let chain = world.chain().clone();
    let (head, began) = (chain.head().timestamp(), clock::wall());
    let mut options = NodeOptions::new();
    options.clock = std::sync::Arc::new(move || head + clock::wall().saturating_sub(began));
    let node = Node::start(chain.clone(), options).logging_to(output.notes());
    let server = Server::start(listener, node, Limits::default())
        .map_err(|error| format!("cannot serve: {error}"))?;
    let ready = Ready::new(&server, &chain, Some(world.deployment()), DEV_MNEMONIC);
    output.note(&format!(
        "the chain as it was at {}, block {}; stop with ctrl-c",
        world.now(),
        chain.height()
    ));
    output.result_line(&format!("READY {}", ready.to_json()));
    let exit = signals.next().await;
    server.stop().await;
    Ok(exit)
}
