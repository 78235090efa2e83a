//! What a person sees when the chain is up.

use std::fmt::{self, Write as _};

use alloy_primitives::U256;
use anstyle::{AnsiColor, Style};

use super::ready::Ready;
use crate::{chain::Chain, scenario::unit::Factor, world::World};

const TITLE: Style = AnsiColor::Green.on_default().bold();
const NAME: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// How many accounts are shown; the ready file has them all.
const SHOWN: usize = 10;

/// Returns the banner: where the chain is, what is on it, and whose keys it has.
pub(super) fn banner(ready: &Ready, chain: &Chain) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, ready, chain);
    text
}

fn write(text: &mut String, ready: &Ready, chain: &Chain) -> fmt::Result {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(
        text,
        "\n  {TITLE}emulate {version}{TITLE:#}  chain {}\n",
        ready.chain_id
    )?;
    let mut row = |name: &str, value: &dyn fmt::Display, note: &str| row(text, name, value, note);
    row("JSON-RPC", &ready.rpc, "")?;
    row("WebSocket", &ready.ws, "")?;
    if let Some(contracts) = &ready.contracts {
        row("Hub", &contracts.hub, "one address for the whole protocol")?;
        row("RLC", &contracts.rlc, "all of it owned by account 0")?;
        row("Apps", &contracts.app_registry, "")?;
        row("Datasets", &contracts.dataset_registry, "")?;
        row("Workerpools", &contracts.workerpool_registry, "")?;
    }
    if ready.accounts.is_empty() {
        return writeln!(text);
    }
    let first = &ready.accounts[0];
    let balance = ready.accounts.get(1).unwrap_or(first).address;
    let each = ether(chain.balance(balance));
    writeln!(
        text,
        "\n  {NAME}Accounts{NAME:#}    {FAINT}{each} ETH each{FAINT:#}"
    )?;
    for (index, account) in ready.accounts.iter().enumerate().take(SHOWN) {
        write!(text, "  {index:>3}  {}", account.address)?;
        if let Some(key) = account.private_key {
            write!(text, "  {FAINT}{key}{FAINT:#}")?;
        }
        writeln!(text)?;
    }
    let more = ready.accounts.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(text, "  {FAINT}     and {more} more{FAINT:#}")?;
    }
    let warning = if first.private_key.is_some() {
        "These keys are known to everybody: never send real money to them."
    } else {
        "Keys of your own mnemonic are not shown."
    };
    writeln!(text, "\n  {FAINT}{warning} Stop with ctrl-c.{FAINT:#}\n")
}

/// One thing and where it is.
fn row(text: &mut String, name: &str, value: &dyn fmt::Display, note: &str) -> fmt::Result {
    write!(text, "  {NAME}{name:<12}{NAME:#}{value}")?;
    if !note.is_empty() {
        write!(text, "  {FAINT}{note}{FAINT:#}")?;
    }
    writeln!(text)
}

fn ether(wei: U256) -> String {
    let text = alloy_primitives::utils::format_ether(wei);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// Returns the banner of a living network: where it is, who is in it, and how its time passes.
pub(super) fn living(ready: &Ready, world: &World, speed: Factor) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_living(&mut text, ready, world, speed);
    text
}

fn write_living(text: &mut String, ready: &Ready, world: &World, speed: Factor) -> fmt::Result {
    let Some(network) = &ready.network else {
        return Ok(());
    };
    let version = env!("CARGO_PKG_VERSION");
    let title = match network.title.is_empty() {
        true => "a network",
        false => &network.title,
    };
    let (seed, chain) = (network.seed, ready.chain_id);
    writeln!(
        text,
        "\n  {TITLE}{title}{TITLE:#}  {FAINT}seed {seed} · chain {chain} · emulate {version}{FAINT:#}\n"
    )?;
    let mut row = |name: &str, value: &dyn fmt::Display, note: &str| row(text, name, value, note);
    row("JSON-RPC", &ready.rpc, "")?;
    row("WebSocket", &ready.ws, "")?;
    if let Some(api) = &network.api {
        row("REST", api, "/orderbook /results/CID /log")?;
    }
    let block = world.cast().time.block;
    let time = match network.time {
        "manual" => "passes when a client asks: evm_increaseTime, evm_mine".to_owned(),
        _ => format!(
            "{}x the wall clock's, blocks every {block:?}",
            speed.value()
        ),
    };
    row("Time", &time, "")?;
    if let Some(contracts) = &ready.contracts {
        row("Hub", &contracts.hub, "")?;
        row("RLC", &contracts.rlc, "")?;
    }
    for (name, pool) in &network.pools {
        let members = network.workers.values();
        let members = members.filter(|worker| worker.pool == *name).count();
        row("Pool", &pool.address, &format!("{name}, {members} workers"))?;
    }
    for (name, app) in &network.apps {
        row("App", &app.address, &format!("{name}, {}", app.price))?;
    }
    for (name, set) in &network.datasets {
        row("Dataset", &set.address, &format!("{name}, {}", set.price))?;
    }
    for (name, address) in &network.deployed {
        row("Contract", address, name)?;
    }
    let accounts: Vec<_> = ready.accounts.iter().collect();
    let named = accounts.iter().filter(|account| account.role == "account");
    for account in named.take(SHOWN) {
        let name = account.name.as_ref().map_or("", |name| name.as_str());
        let key = match account.private_key {
            Some(key) => format!("{name}, key {key}"),
            None => format!("{name}, key of the scenario's own"),
        };
        row("Account", &account.address, &key)?;
    }
    writeln!(
        text,
        "\n  {FAINT}Keys that follow from names are known to everybody. All accounts are in the \
         ready file. Stop with ctrl-c.{FAINT:#}\n"
    )
}
