//! An EVM dev chain: synchronous, clock-free, knowing nothing of iExec.
//!
//! A [`Chain`] is a value. Nothing happens unless it is told to, time is an argument, and a clone
//! is free: it is at once a snapshot, a fork, and a view that readers may keep as long as they like.

mod accounts;
mod assembly;
mod believed;
mod block;
mod by_hand;
mod call;
mod config;
mod cursor;
mod dump;
mod estimate;
mod execute;
mod frugal;
mod genesis;
mod genesis_file;
mod import;
mod installed;
mod logs;
mod mempool;
mod mine;
mod parity;
mod prepared;
mod read;
mod reason;
mod recovery;
mod replay;
mod request;
mod retention;
mod rollback;
mod sealing;
mod simulate;
mod snapshot;
mod spec;
mod state;
mod submit;
mod trace;
mod transfers;
mod trie;
mod validate;
mod write;

use std::sync::Arc;

use alloy_hardforks::EthereumHardforks as _;
use alloy_primitives::{Address, B256, TxHash};
use alloy_signer_local::PrivateKeySigner;
use imbl::{OrdSet, Vector};

pub(crate) use self::request::check_type;
pub use self::{
    accounts::{DEV_MNEMONIC, DevAccounts},
    assembly::SystemCallFailed,
    believed::{Believed, NoSignature},
    block::{Block, Failure, Outcome, Receipt, Transaction},
    by_hand::ByHand,
    call::{Call, CallError, CallOutcome},
    config::{BaseFee, Config, ConfigError, GenesisHeader, Predeploys},
    cursor::{Cursor, Step},
    dump::{Dump, LoadError},
    execute::Rejection,
    genesis::CREATE2_DEPLOYER,
    genesis_file::GenesisError,
    import::ImportError,
    installed::DisplaceError,
    logs::{LogEntry, LogQuery, logs_of},
    mempool::{Content, Mempool},
    mine::{Built, Dropped},
    parity::TraceTypes,
    prepared::Prepared,
    read::{ReadError, View},
    reason::{halt_message, revert_message},
    replay::{Inspected, ReplayError},
    request::RequestError,
    simulate::{BlockRequest, Flaw, Simulated, SimulationError, SimulationRequest},
    spec::{ForkSchedule, Rules, default_blob_params},
    state::{AccountDump, AccountProof, SlotProof, State},
    submit::{SubmitError, recover, unsigned},
    transfers::TRANSFER_LOG_ADDRESS,
    trie::Trie,
};
use self::{frugal::Memory, logs::LogIndex, snapshot::Snapshot, state::Map};
use crate::signature::Signers;

/// A dev chain.
///
/// ```
/// use alloy_consensus::TxEip1559;
/// use alloy_primitives::{Address, TxKind, U256};
/// use emulate::chain::{Chain, Config};
///
/// let mut chain = Chain::new(&Config::default())?;
/// let alice = chain.signers()[0].address();
/// let bob = Address::repeat_byte(0xb0);
/// let before = chain.snapshot();
///
/// let payment = TxEip1559 {
///     chain_id: 31337,
///     gas_limit: 21_000,
///     max_fee_per_gas: 2_000_000_000,
///     to: TxKind::Call(bob),
///     value: U256::from(7),
///     ..TxEip1559::default()
/// };
/// let hash = chain.submit_unsigned(payment, alice)?;
/// let block = chain.mine(1_700_000_000);
///
/// assert_eq!(block.number(), 1);
/// assert!(chain.receipt(&hash).is_some_and(|receipt| receipt.is_success()));
/// assert_eq!(chain.balance(bob), U256::from(7));
///
/// assert!(chain.revert(before));
/// assert_eq!(chain.height(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chain {
    rules: Arc<Rules>,
    settings: Settings,
    /// The newest state: that of the head, and what was set by hand since.
    state: State,
    /// In the order of their numbers, from the oldest held on.
    blocks: Vector<Arc<Block>>,
    numbers: Map<B256, u64>,
    transactions: Map<TxHash, (u64, usize)>,
    /// The states before the newest, oldest first: of consecutive blocks up to the head's parent.
    history: Vector<Arc<State>>,
    pool: Mempool,
    dropped: Vector<Dropped>,
    logs: LogIndex,
    impersonation: Impersonation,
    signers: Arc<[PrivateKeySigner]>,
    snapshots: Vector<Snapshot>,
    snapshots_made: u64,
}

/// What can be changed while the chain lives.
#[derive(Clone, Debug)]
struct Settings {
    gas_limit: u64,
    coinbase: Address,
    base_fee: BaseFee,
    base_fee_follows_genesis: bool,
    next_base_fee: u64,
    next_randomness: Option<B256>,
    history: usize,
    blocks_kept: Option<u64>,
    epoch_slots: u64,
    balance_checks: bool,
    /// Least price per gas where there is no base fee; none asked for if absent.
    least_price: Option<u64>,
    /// The newest block that came from elsewhere: it was final there.
    imported: u64,
    /// Shared by all copies of the chain.
    trace_memory: Memory,
}

/// For whom the chain believes a sender without a signature.
#[derive(Clone, Debug, Default)]
struct Impersonation {
    accounts: OrdSet<Address>,
    everybody: bool,
}

impl Chain {
    /// Begins a chain with its genesis.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the mnemonic or the genesis is malformed.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let signers = config.accounts.signers()?;
        let mut state = genesis::state(config, &signers)?;
        let genesis = Arc::new(genesis::block(config, &mut state));
        let rules = Rules {
            chain_id: config.chain_id,
            schedule: config.schedule.clone(),
            code_size_limit: config.code_size_limit,
            transaction_gas_cap: config.transaction_gas_cap,
            believed: Believed::default(),
            signers: None,
        };
        let settings = Settings {
            gas_limit: config.gas_limit,
            coinbase: config.coinbase,
            base_fee: config.base_fee,
            base_fee_follows_genesis: config.base_fee_follows_genesis,
            next_base_fee: config.base_fee.initial(),
            next_randomness: None,
            // A state without its block would be of no use.
            history: config.blocks_kept.map_or(config.history, |kept| {
                config
                    .history
                    .min(usize::try_from(kept).unwrap_or(usize::MAX))
            }),
            blocks_kept: config.blocks_kept,
            epoch_slots: config.epoch_slots,
            balance_checks: config.balance_checks,
            least_price: None,
            imported: 0,
            trace_memory: Memory::new(config.trace_memory),
        };
        let mut chain = Self {
            rules: Arc::new(rules),
            settings,
            state,
            numbers: [(genesis.hash, 0)].into_iter().collect(),
            blocks: Vector::unit(genesis),
            transactions: Map::default(),
            history: Vector::new(),
            pool: Mempool::default(),
            dropped: Vector::new(),
            logs: LogIndex::default(),
            impersonation: Impersonation::default(),
            signers: signers.into(),
            snapshots: Vector::new(),
            snapshots_made: 0,
        };
        chain.settings.next_base_fee = chain.base_fee_after(chain.head());
        Ok(chain)
    }

    /// Returns the rules the chain executes by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns the rules, to change them.
    fn rules_mut(&mut self) -> &mut Rules {
        Arc::make_mut(&mut self.rules)
    }

    /// Spares contracts the recovery of signers that are known; what they find out is the same.
    pub fn know_signers(&mut self, signers: Signers) {
        self.rules_mut().signers = Some(signers);
    }

    /// Goes on as a block made elsewhere did: its gas limit and who was paid.
    fn follow(&mut self, header: &alloy_consensus::Header) {
        self.settings.gas_limit = header.gas_limit;
        self.settings.coinbase = header.beneficiary;
    }

    /// Returns the EIP-155 chain id.
    pub fn chain_id(&self) -> u64 {
        self.rules.chain_id
    }

    /// Returns the keys of the development accounts, by index.
    pub fn signers(&self) -> &[PrivateKeySigner] {
        &self.signers
    }

    /// Adds a key to sign with, behind those there are; one that is there already stays in its place.
    pub fn add_signer(&mut self, signer: PrivateKeySigner) {
        let known = |one: &PrivateKeySigner| one.address() == signer.address();
        if !self.signers.iter().any(known) {
            let all = self.signers.iter().cloned().chain([signer]);
            self.signers = all.collect();
        }
    }

    /// Returns the base fee of the next block, in wei per gas; zero before London.
    pub fn next_base_fee(&self) -> u64 {
        if self.has_base_fee() {
            self.settings.next_base_fee
        } else {
            0
        }
    }

    /// Returns the base fee the chain was to begin with, in wei per gas.
    pub fn initial_base_fee(&self) -> u64 {
        self.settings.base_fee.initial()
    }

    /// Returns whether the next block has a base fee: whether London is there.
    pub fn has_base_fee(&self) -> bool {
        let schedule = &self.rules.schedule;
        schedule.is_london_active_at_block(self.height() + 1)
    }

    /// Returns the least price of a transaction, in wei per gas, where there is no base fee.
    pub fn least_price(&self) -> Option<u64> {
        self.settings.least_price.filter(|_| !self.has_base_fee())
    }

    /// Returns the gas limit of the next block.
    pub fn gas_limit(&self) -> u64 {
        self.settings.gas_limit
    }

    /// Returns who is paid the tips of the next block.
    pub fn coinbase(&self) -> Address {
        self.settings.coinbase
    }
}
