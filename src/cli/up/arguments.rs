//! What `emulate up` can be told, and the chain that comes of it.

use std::{ffi::OsString, net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use alloy_hardforks::EthereumHardfork;
use alloy_primitives::{U256, utils::parse_ether};
use clap::{ArgAction, Args};

use crate::{
    chain::{BaseFee, Config, DEV_MNEMONIC, DevAccounts, ForkSchedule},
    cli::{
        run::{Changes, ReportFile, Sources, is_told},
        subject::Subject,
    },
    scenario::Overrides,
    server::{
        clock,
        rpc::{ClockFn, Limits},
    },
};

/// Development accounts of a chain that begins without a genesis file.
const DEV_ACCOUNTS: u32 = 20;

/// Serve a chain with the iExec contracts on it, or a whole living network, until stopped.
///
/// With a scenario, its network lives: scheduler and workers serve whoever sends orders, and the
/// scenario's own tasks and faults happen in their time. With a command after `--`: run it against
/// the chain, pass its exit code on, and stop.
#[derive(Debug, Args)]
pub(in crate::cli) struct Up {
    /// Scenario file, or name of a built-in one, whose network is to live; a bare chain without.
    #[arg(value_name = "FILE|NAME", conflicts_with_all = CHAIN_ONLY)]
    pub(super) scenario: Option<String>,
    #[command(flatten)]
    pub(super) network: Living,
    /// Port of the JSON-RPC server, HTTP and WebSocket alike; 0 takes any that is free [default:
    /// 8545 if free, else another].
    #[arg(long, short, env = "EMULATE_PORT")]
    pub(super) port: Option<u16>,
    /// Address to listen on; beyond loopback anybody who can reach it can use the accounts.
    #[arg(long, default_value = "127.0.0.1", env = "EMULATE_HOST")]
    pub(super) host: IpAddr,
    /// EIP-155 chain id.
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    chain_id: Option<u64>,
    /// Number of development accounts [default: 20, or none beside a genesis file, whose block 0
    /// they would change]. Without any there are no contracts either, for the first one deploys them.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000))]
    accounts: Option<u32>,
    /// Ether each of them owns.
    #[arg(long, default_value = "10000", value_name = "ETH", value_parser = ether)]
    balance: U256,
    /// BIP-39 words from which their keys derive.
    #[arg(long, default_value = DEV_MNEMONIC, value_name = "WORDS", hide_default_value = true)]
    pub(super) mnemonic: String,
    /// Mine a block every so many seconds instead of one for each transaction.
    #[arg(long, short, value_name = "SECONDS", value_parser = seconds, conflicts_with = "no_mining")]
    block_time: Option<Duration>,
    /// Mine only when told to (evm_mine).
    #[arg(long)]
    no_mining: bool,
    /// Answer a send whose transaction fails in its block with an error that says why, as Hardhat's
    /// node does; without it the hash is answered and the receipt tells.
    #[arg(long)]
    pub(super) throw_on_failure: bool,
    /// Base fee of the first block, in wei per gas; 0 makes a chain without fees.
    #[arg(long, value_name = "WEI", visible_alias = "block-base-fee-per-gas")]
    base_fee: Option<u64>,
    /// Gas of a block.
    #[arg(long, value_name = "GAS")]
    gas_limit: Option<u64>,
    /// The rules to execute by: osaka, prague, cancun, shanghai, london, …
    #[arg(long, value_name = "FORK", value_parser = hardfork, conflicts_with = "genesis")]
    hardfork: Option<EthereumHardfork>,
    /// When block 0 is, in Unix seconds; time goes on from there [default: now].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LAST_SECOND), conflicts_with = "genesis")]
    timestamp: Option<u64>,
    /// Blocks in an epoch: `safe` is one epoch behind the newest block, `finalized` two.
    #[arg(long, value_name = "BLOCKS", default_value = "32")]
    slots_in_an_epoch: u64,
    /// Let everybody send from every account without signing.
    #[arg(long)]
    auto_impersonate: bool,
    /// Take transactions whose senders cannot pay for them yet; who still cannot when the turn comes
    /// is dropped.
    #[arg(long)]
    disable_pool_balance_checks: bool,
    /// Of how many blocks the state is kept, the newest included.
    #[arg(long, value_name = "BLOCKS", value_parser = at_least_one)]
    history: Option<usize>,
    /// How many blocks are kept with their transactions, receipts and logs, the newest included;
    /// older ones are forgotten [default: all].
    #[arg(long, value_name = "BLOCKS", value_parser = at_least_one)]
    blocks_kept: Option<usize>,
    /// Most memory the traces under way may take, in MiB; larger ones are refused.
    #[arg(long, value_name = "MIB", default_value = "2048", value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    trace_memory: u64,
    /// Longest answer to one request, in MiB, and to a batch of them; longer ones are refused, and
    /// after four of them the rest of a batch. All that are under way may take four times as much.
    #[arg(long, value_name = "MIB", default_value = "256", value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    answer_size: u64,
    /// Go on with the chain in this file if it is there, and save the chain to it at the end.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["genesis", "import"])]
    pub(super) state: Option<PathBuf>,
    /// Save it also every so many seconds, if it has changed, so that little is lost if the process
    /// is killed; 0.001 saves without a pause.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "state")]
    pub(super) state_interval: Option<Duration>,
    /// Begin with this genesis.json (geth's form) instead; no contracts are deployed.
    #[arg(long, value_name = "FILE", visible_alias = "init")]
    pub(super) genesis: Option<PathBuf>,
    /// Import these RLP blocks and verify every root; no contracts are deployed.
    #[arg(long, value_name = "FILE", requires = "genesis")]
    pub(super) import: Option<PathBuf>,
    /// Leave the chain empty: block 0 and nothing else.
    #[arg(long)]
    no_contracts: bool,
    /// Write addresses, keys and URLs to this file when all is ready; it is removed at the end.
    #[arg(long, value_name = "FILE", env = "EMULATE_READY_FILE")]
    pub(super) ready: Option<PathBuf>,
    /// Stop when standard input closes, as it does when the parent process dies.
    #[arg(long)]
    pub(super) exit_with_parent: bool,
    /// A command to run against the chain; its environment says where that is.
    #[arg(last = true, value_name = "CMD")]
    pub(super) command: Vec<OsString>,
}

/// The end of the year 9999: room enough, and no time that is added to it leaves its 64 bits.
const LAST_SECOND: u64 = 253_402_300_799;

/// What only a bare chain can be told; a scenario says it for its network.
const CHAIN_ONLY: [&str; 22] = [
    "chain_id",
    "accounts",
    "balance",
    "mnemonic",
    "block_time",
    "no_mining",
    "throw_on_failure",
    "base_fee",
    "gas_limit",
    "hardfork",
    "timestamp",
    "slots_in_an_epoch",
    "auto_impersonate",
    "disable_pool_balance_checks",
    "history",
    "blocks_kept",
    "trace_memory",
    "state",
    "state_interval",
    "genesis",
    "import",
    "no_contracts",
];

/// What only the network of a scenario can be told.
#[derive(Debug, Args)]
#[command(next_help_heading = "With a scenario")]
pub(super) struct Living {
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    pub(super) sources: Sources,
    /// How much faster than the wall clock time passes, such as 10x.
    #[arg(long, value_name = "FACTOR", conflicts_with = "manual")]
    speed: Option<String>,
    /// Let time pass only when a client asks for it (evm_increaseTime, evm_mine).
    #[arg(long)]
    manual: bool,
    /// Keep the log, the reports and the results below this folder.
    #[arg(long, value_name = "DIR", env = "EMULATE_OUT")]
    pub(super) out: Option<PathBuf>,
    /// Write a report at the end: json=FILE, junit=FILE, html=FILE or jsonl=FILE. Can be given
    /// again.
    #[arg(long = "report", value_name = "KIND=FILE")]
    pub(super) reports: Vec<ReportFile>,
    /// Save the session to this file: what clients did, and when; `emulate replay` lives through it
    /// again. With --out it is saved as run.emu beside the reports.
    #[arg(long, value_name = "FILE.emu")]
    pub(super) save: Option<PathBuf>,
    /// Tell more: -v who computes, -vv every event.
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

impl Living {
    /// Returns the changes to the scenario that the flags stand for.
    pub(super) fn overrides(&self) -> Overrides {
        let mut overrides = self.changes.overrides();
        let mut set = |path: &str, value: &str| {
            overrides.sets.push((path.to_owned(), value.to_owned()));
        };
        if let Some(speed) = &self.speed {
            set("time.mode", "wall");
            set("time.speed", speed);
            overrides.flags.push(("time.speed".to_owned(), "--speed"));
        }
        if self.manual {
            set("time.mode", "manual");
        }
        overrides
    }

    /// Returns the flag that makes no sense without a scenario, if one was given.
    pub(super) fn idle(&self) -> Option<&'static str> {
        let given = [
            ("--speed", self.speed.is_some()),
            ("--manual", self.manual),
            ("--report", !self.reports.is_empty()),
            ("--save", self.save.is_some()),
            ("--verbose", self.verbose > 0),
            ("--out", is_told(self.out.as_deref(), "EMULATE_OUT")),
        ];
        let given = given.into_iter().find(|(_, is_given)| *is_given);
        let given = given.map(|(flag, _)| flag);
        given
            .or_else(|| self.changes.given())
            .or_else(|| self.sources.given())
    }
}

impl Up {
    /// Returns the file the session is kept in, if it is.
    pub(super) fn session(&self, subject: &Subject) -> Option<PathBuf> {
        let beside = || {
            Some(
                self.network
                    .out
                    .as_ref()?
                    .join(subject.stem())
                    .join("run.emu"),
            )
        };
        self.network.save.clone().or_else(beside)
    }

    /// Returns the chain's configuration, on top of the one `base` begins with.
    pub(super) fn config(&self, base: Config, now: u64) -> Config {
        let mut config = base;
        config.accounts = DevAccounts {
            mnemonic: self.mnemonic.clone(),
            count: self.accounts(),
            balance: self.balance,
        };
        if let Some(id) = self.chain_id {
            config.chain_id = id;
        }
        if let Some(initial) = self.base_fee {
            config.base_fee = BaseFee::Eip1559 { initial };
        }
        if let Some(limit) = self.gas_limit {
            config.gas_limit = limit;
        }
        if let Some(history) = self.history {
            config.history = history;
        }
        config.blocks_kept = self.blocks_kept.map(|kept| kept as u64);
        config.epoch_slots = self.slots_in_an_epoch;
        config.balance_checks = !self.disable_pool_balance_checks;
        config.trace_memory = self.trace_memory << 20;
        if let Some(fork) = self.hardfork {
            config.schedule = ForkSchedule::from_genesis(fork);
        }
        if self.genesis.is_none() {
            config.genesis_timestamp = now;
        }
        config
    }

    /// Returns the clock of the chain: the wall's, set so that it begins when block 0 is to be.
    pub(super) fn clock(&self) -> Arc<ClockFn> {
        let Some(begin) = self.timestamp else {
            return Arc::new(clock::wall);
        };
        let begun = clock::wall();
        Arc::new(move || begin.saturating_add(clock::wall().saturating_sub(begun)))
    }

    /// Returns whether everybody may send without signing.
    pub(super) fn impersonates_everybody(&self) -> bool {
        self.auto_impersonate
    }

    /// Returns how much one client may ask at once.
    pub(super) fn limits(&self) -> Limits {
        let bytes = usize::try_from(self.answer_size << 20).unwrap_or(usize::MAX);
        Limits::default().with_answers_of(bytes)
    }

    /// Returns whether the contracts are put on the chain.
    pub(super) fn wants_contracts(&self) -> bool {
        !self.no_contracts && self.genesis.is_none() && self.accounts() > 0
    }

    /// Returns whether the chain lacks instructions the contracts are compiled to.
    pub(super) fn is_before_cancun(&self) -> bool {
        self.hardfork
            .is_some_and(|fork| fork < EthereumHardfork::Cancun)
    }

    fn accounts(&self) -> u32 {
        let usual = if self.genesis.is_some() {
            0
        } else {
            DEV_ACCOUNTS
        };
        self.accounts.unwrap_or(usual)
    }

    /// Returns how blocks come about.
    pub(super) fn mining(&self) -> crate::server::rpc::Mining {
        crate::server::rpc::Mining {
            automine: !self.no_mining && self.block_time.is_none(),
            interval: self.block_time,
        }
    }
}

fn ether(text: &str) -> Result<U256, String> {
    parse_ether(text).map_err(|error| format!("{error}; an amount of ether is wanted, like 10000"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "a number of seconds is wanted, like 1 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time >= Duration::from_millis(1) => Ok(time),
        _ => Err("at least 0.001 seconds are wanted".to_owned()),
    }
}

fn hardfork(text: &str) -> Result<EthereumHardfork, String> {
    text.parse().map_err(|_| {
        "no such fork; try osaka, prague, cancun, shanghai, paris, london, berlin or istanbul"
            .to_owned()
    })
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number of blocks is wanted, at least 1".to_owned()),
        Ok(count) => Ok(count),
    }
}
