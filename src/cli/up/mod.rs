//! `emulate up`: a chain with the contracts on it, or a living network, until something says stop.
//!
//! Standard output carries one `READY {json}` line (and what a command prints); everything meant
//! for people goes to standard error.

mod arguments;
mod banner;
mod keep;
mod living;
mod narrate;
mod ready;
mod stop;

use std::{
    fs, io,
    net::{IpAddr, SocketAddr},
    path::Path,
    process::Stdio,
    sync::Arc,
};

use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot};

pub(super) use self::{arguments::Up, ready::Ready, stop::Signals};
use self::{keep::Keeper, ready::ReadyFile, stop::Ending};
use super::{Exit, Output, claims::Claims, whole};
use crate::{
    chain::{Chain, Config},
    contracts::{self, Deployment},
    protocol::Rules,
    server::{
        Server,
        rpc::{ClockFn, Node, NodeOptions},
    },
};

/// The port every Ethereum tool tries first.
const USUAL_PORT: u16 = 8545;

/// Why it cannot start, and what the shell is told.
struct Refusal {
    exit: Exit,
    message: String,
}

impl Refusal {
    fn input(message: impl ToString) -> Self {
        Self {
            exit: Exit::BadInput,
            message: message.to_string(),
        }
    }

    /// Everything was said already.
    fn said(exit: Exit) -> Self {
        let message = String::new();
        Self { exit, message }
    }

    fn environment(message: impl ToString) -> Self {
        Self {
            exit: Exit::Environment,
            message: message.to_string(),
        }
    }
}

/// Runs the command; says how it ended.
pub(super) fn run(up: &Up, output: &Output) -> Exit {
    match try_run(up, output) {
        Ok(exit) => exit,
        Err(Refusal { exit, message }) => {
            if !message.is_empty() {
                output.error(&format!("error: {message}"));
            }
            exit
        }
    }
}

fn try_run(up: &Up, output: &Output) -> Result<Exit, Refusal> {
    if let Some(name) = &up.scenario {
        return living::run(up, name, output);
    }
    if let Some(flag) = up.network.idle() {
        let message = format!("{flag} is about a scenario, and none is named: emulate up FILE");
        return Err(Refusal::input(message));
    }
    claim(up)?;
    if let Some(path) = &up.state {
        keep::can_be_there(path)?;
    }
    let clock = up.clock();
    let (mut chain, deployment) = prepare(up, clock())?;
    if up.impersonates_everybody() {
        chain.impersonate_everybody(true);
    }
    runtime()?.block_on(serve(up, chain, clock, deployment.as_ref(), output))
}

/// Looks that no file of a bare chain has two uses.
fn claim(up: &Up) -> Result<(), Refusal> {
    let mut claims = Claims::default();
    let read = [(&up.genesis, "--genesis"), (&up.import, "--import")];
    for (path, flag) in read {
        path.iter().for_each(|path| claims.reads(path, flag));
    }
    for (path, flag) in [(&up.state, "--state"), (&up.ready, "--ready")] {
        path.iter().for_each(|path| claims.writes(path, flag));
    }
    claims.judge().map_err(Refusal::input)
}

/// Returns the threads that serve.
fn runtime() -> Result<tokio::runtime::Runtime, Refusal> {
    let threads = std::thread::available_parallelism().map_or(4, |count| count.get().max(4));
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .map_err(|error| Refusal::environment(format!("cannot start threads: {error}")))
}

/// Makes the chain: fresh or from files, with the contracts unless it is to be empty.
fn prepare(up: &Up, now: u64) -> Result<(Chain, Option<Deployment>), Refusal> {
    let base = match &up.genesis {
        None => Config::default(),
        Some(path) => {
            let text = String::from_utf8(read(path)?)
                .map_err(|_| Refusal::input(format!("{} is not text", path.display())))?;
            Config::from_genesis_json(&text)
                .map_err(|error| Refusal::input(format!("{}: {error}", path.display())))?
        }
    };
    let mut chain = Chain::new(&up.config(base, now)).map_err(Refusal::input)?;
    if let Some(path) = &up.state
        && keep::load(path, &mut chain)?
    {
        let deployment = found(&chain);
        return Ok((chain, deployment));
    }
    if let Some(path) = &up.import {
        let blocks = read(path)?;
        if blocks.is_empty() {
            let path = path.display();
            let message = format!("{path} is empty: there is no block to import");
            return Err(Refusal::input(message));
        }
        chain
            .import_rlp(&blocks)
            .map_err(|error| Refusal::input(format!("{}: {error}", path.display())))?;
    }
    let deployment = if up.wants_contracts() {
        let deployed = contracts::deploy(&mut chain, &Rules::default(), now);
        Some(deployed.map_err(|error| {
            let mut message = format!("the contracts cannot be deployed: {error}");
            if up.is_before_cancun() {
                message.push_str("; they need `--hardfork cancun` or a later one, and `--no-contracts` does without them");
            }
            Refusal::input(message)
        })?)
    } else {
        None
    };
    Ok((chain, deployment))
}

/// Returns where the contracts stand on a chain made earlier, if they do.
fn found(chain: &Chain) -> Option<Deployment> {
    let owner = chain.signers().first()?.address();
    let planned = Deployment::planned(owner, 0, Rules::default());
    let stands = !chain.state().code(planned.hub).is_empty();
    stands.then_some(planned)
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    fs::read(path)
        .map_err(|error| Refusal::input(format!("cannot read {}: {error}", path.display())))
}

async fn serve(
    up: &Up,
    chain: Chain,
    clock: Arc<ClockFn>,
    deployment: Option<&Deployment>,
    output: &Output,
) -> Result<Exit, Refusal> {
    let listener = listen(up, None, output).await?;
    let options = NodeOptions {
        mining: up.mining(),
        clock,
        throw_on_failure: up.throw_on_failure,
        ..NodeOptions::new()
    };
    let node = Node::start(chain, options).logging_to(output.notes());
    let server = Server::start(listener, node.clone(), up.limits())
        .map_err(|error| Refusal::environment(format!("cannot serve: {error}")))?;
    let chain = node.reading().chain.clone();
    let ready = Ready::new(&server, &chain, deployment, &up.mnemonic);
    let begun = begin(up, &ready, &banner::banner(&ready, &chain), output)?;
    let mut keeper = up.state.as_deref().map(|path| Keeper::new(path, &node));
    let (ended, over) = oneshot::channel();
    let waiting = async {
        let never = std::future::pending::<std::convert::Infallible>();
        let ending = stop::wait(begun.signals, begun.child, up.exit_with_parent, never).await;
        drop(ended);
        match ending {
            Ending::Told(exit) | Ending::Command(exit) => exit,
            Ending::Over(never, _) => match never {},
        }
    };
    let keeping = async {
        if let (Some(keeper), Some(period)) = (keeper.as_mut(), up.state_interval) {
            keeper.follow(period, over, output).await;
        }
    };
    let (exit, ()) = tokio::join!(waiting, keeping);
    drop(begun.file);
    server.stop().await;
    if let Some(mut keeper) = keeper {
        keeper.save().await?;
    }
    Ok(exit)
}

/// What was begun when all was ready.
struct Begun {
    signals: Signals,
    child: Option<tokio::process::Child>,
    file: Option<ReadyFile>,
    _scratch: Option<TempDir>,
}

/// Tells everybody that all is ready, and starts the command if there is one.
fn begin(up: &Up, ready: &Ready, banner: &str, output: &Output) -> Result<Begun, Refusal> {
    let (scratch, file) = write_ready(up, ready)
        .map_err(|error| Refusal::environment(format!("cannot write the ready file: {error}")))?;
    let signals = Signals::listen()
        .map_err(|error| Refusal::environment(format!("cannot listen to signals: {error}")))?;
    output.note(banner);
    output.result_line(&format!("READY {}", ready.to_json()));
    let stdin = if up.exit_with_parent {
        Stdio::null()
    } else {
        Stdio::inherit()
    };
    let child = match up.command.as_slice() {
        [] => None,
        command => Some(
            stop::start(command, ready, file.as_ref(), stdin).map_err(|error| {
                let program = command[0].display();
                Refusal::environment(format!("cannot start {program}: {error}"))
            })?,
        ),
    };
    Ok(Begun {
        signals,
        child,
        file,
        _scratch: scratch,
    })
}

/// Writes the ready file where told; for a command, which finds it by its environment, anywhere.
fn write_ready(up: &Up, ready: &Ready) -> io::Result<(Option<TempDir>, Option<ReadyFile>)> {
    if let Some(path) = &up.ready {
        return Ok((None, Some(ReadyFile::write(path, ready)?)));
    }
    if up.command.is_empty() {
        return Ok((None, None));
    }
    let scratch = tempfile::tempdir()?;
    let file = ReadyFile::write(&scratch.path().join("ready.json"), ready)?;
    Ok((Some(scratch), Some(file)))
}

/// Listens where told, by a flag or else by the scenario, or on the usual port, or on any other
/// that is free.
async fn listen(
    up: &Up,
    told: Option<SocketAddr>,
    output: &Output,
) -> Result<TcpListener, Refusal> {
    if let (Some(address), None) = (told, up.port) {
        return bind(address.ip(), address.port())
            .await
            .map_err(|error| cannot_listen(address, &error));
    }
    let wanted = up.port.unwrap_or(USUAL_PORT);
    match bind(up.host, wanted).await {
        Ok(listener) => Ok(listener),
        Err(error) if up.port.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
            let listener = bind(up.host, 0).await.map_err(|error| {
                Refusal::environment(format!("no port of {} is free: {error}", up.host))
            })?;
            let port = listener.local_addr().map(|address| address.port());
            output.note(&format!(
                "port {USUAL_PORT} is taken; listening on {} instead",
                port.unwrap_or_default()
            ));
            Ok(listener)
        }
        Err(error) => Err(cannot_listen(SocketAddr::new(up.host, wanted), &error)),
    }
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Refusal {
    let flag = if error.kind() == io::ErrorKind::AddrNotAvailable {
        "--host"
    } else {
        "--port"
    };
    Refusal::environment(format!(
        "cannot listen on {address}: {error}; choose another with {flag}"
    ))
}

async fn bind(host: IpAddr, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::new(host, port)).await
}
