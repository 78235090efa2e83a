//! What can be chosen before a chain begins.

use std::collections::BTreeMap;

use alloy_genesis::GenesisAccount;
use alloy_hardforks::EthereumHardfork;
use alloy_primitives::{Address, B64, B256, Bytes, U256};

use super::{accounts::DevAccounts, spec::ForkSchedule};

/// Why a chain cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The words are no BIP-39 mnemonic.
    #[error("the mnemonic is not valid: {0}; it takes 12 to 24 English BIP-39 words")]
    Mnemonic(#[from] coins_bip39::MnemonicError),
    /// A key cannot be derived.
    #[error("cannot derive a development account: {0}")]
    Derivation(#[from] coins_bip32::Bip32Error),
    /// The genesis holds code that is no bytecode.
    #[error("the genesis code of {address} is malformed: {reason}")]
    Code {
        /// Whose code.
        address: Address,
        /// What is wrong with it.
        reason: String,
    },
}

/// How the base fee moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseFee {
    /// By EIP-1559, from this many wei in block 1 on, or in the genesis where that is given. Zero
    /// stays zero.
    Eip1559 {
        /// Wei per gas.
        initial: u64,
    },
    /// Always this many wei per gas; zero makes a chain without fees.
    Fixed(u64),
}

impl BaseFee {
    /// Returns the base fee to begin with, in wei per gas.
    pub fn initial(self) -> u64 {
        match self {
            Self::Eip1559 { initial } => initial,
            Self::Fixed(fee) => fee,
        }
    }
}

/// Contracts put into the genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Predeploys {
    /// The deterministic CREATE2 deployer at `0x4e59…956C`.
    pub create2_deployer: bool,
    /// EIP-2935's history contract, which serves the hashes of the last 8,191 blocks.
    pub block_hash_history: bool,
}

impl Default for Predeploys {
    /// All of them.
    fn default() -> Self {
        Self {
            create2_deployer: true,
            block_hash_history: true,
        }
    }
}

/// Fields of the genesis header that nothing executes but that make its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenesisHeader {
    /// The seal's nonce.
    pub nonce: B64,
    /// Whatever its maker put in.
    pub extra_data: Bytes,
    /// Work the seal stands for; zero since the merge.
    pub difficulty: U256,
    /// The seal's mix, or randomness.
    pub mix_hash: B256,
    /// Blob gas above the target so far.
    pub excess_blob_gas: u64,
    /// Blob gas used.
    pub blob_gas_used: u64,
}

/// The choices from which [`Chain::new`](super::Chain::new) makes a chain.
#[derive(Clone, Debug)]
pub struct Config {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// When each fork begins.
    pub schedule: ForkSchedule,
    /// Gas of a block.
    pub gas_limit: u64,
    /// How the base fee moves.
    pub base_fee: BaseFee,
    /// Whether `base_fee` is that of the genesis block, as genesis files have it; on development
    /// chains it is that of block 1, the first one that costs anything.
    pub base_fee_follows_genesis: bool,
    /// Who is paid the tips.
    pub coinbase: Address,
    /// When the genesis was, in Unix seconds.
    pub genesis_timestamp: u64,
    /// What else the genesis header says.
    pub genesis: GenesisHeader,
    /// The accounts with known keys.
    pub accounts: DevAccounts,
    /// Accounts of the genesis besides; they win over development accounts and predeploys.
    pub alloc: BTreeMap<Address, GenesisAccount>,
    /// Contracts of the genesis.
    pub predeploys: Predeploys,
    /// Of how many blocks, the newest included, the state is kept; at least one.
    pub history: usize,
    /// How many blocks, the newest included, are kept with their transactions and logs; all if
    /// absent. Older ones are unknown.
    pub blocks_kept: Option<u64>,
    /// Blocks in an epoch: the safe block is one epoch behind the head, the final one two.
    pub epoch_slots: u64,
    /// Whether who sends must have the ether already when the transaction arrives; if not, it is
    /// enough to have it when the transaction's turn comes.
    pub balance_checks: bool,
    /// Most bytes all traces under way at once may take, roughly; more is refused.
    pub trace_memory: u64,
    /// Most bytes of a contract's code; none for the fork's own limit.
    pub code_size_limit: Option<usize>,
    /// Whether EIP-7825's cap on a transaction's gas holds (from Osaka on).
    pub transaction_gas_cap: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chain_id: 31337,
            schedule: ForkSchedule::from_genesis(EthereumHardfork::Osaka),
            gas_limit: 30_000_000,
            base_fee: BaseFee::Eip1559 {
                initial: 1_000_000_000,
            },
            base_fee_follows_genesis: false,
            coinbase: Address::ZERO,
            genesis_timestamp: 0,
            genesis: GenesisHeader::default(),
            accounts: DevAccounts::default(),
            alloc: BTreeMap::new(),
            predeploys: Predeploys::default(),
            history: 512,
            blocks_kept: None,
            epoch_slots: 32,
            balance_checks: true,
            trace_memory: 2 << 30,
            code_size_limit: None,
            transaction_gas_cap: false,
        }
    }
}
