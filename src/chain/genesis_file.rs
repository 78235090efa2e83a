//! geth's `genesis.json`, with its fork schedule, as a configuration.

use alloy_eips::eip7840::BlobParams;
use alloy_genesis::{ChainConfig, Genesis};
use alloy_hardforks::{EthereumHardfork as Fork, ForkCondition};
use alloy_primitives::U256;

use super::{
    accounts::DevAccounts,
    config::{BaseFee, Config, GenesisHeader, Predeploys},
    spec::ForkSchedule,
};

/// Why a genesis file cannot begin a chain.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// It is no JSON of the expected shape.
    #[error("the genesis file is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is some other JSON.
    #[error("it has no `alloc`, the accounts of block 0: it is no genesis file of geth's form")]
    NoAccounts,
    /// It begins in the middle of a chain.
    #[error("the genesis has number {0}; only a chain that begins at 0 can be started")]
    NotFirst(u64),
    /// The base fee does not fit.
    #[error("the genesis base fee {0} is more than 2^64 - 1 wei per gas")]
    BaseFee(u128),
}

impl Config {
    /// Reads geth's `genesis.json`.
    ///
    /// The chain has the file's accounts and forks and nothing else: no development accounts, no
    /// predeploys, so that its genesis hash is that of every other client.
    ///
    /// # Errors
    ///
    /// [`GenesisError`] if the text is no genesis, or none of a chain's beginning.
    pub fn from_genesis_json(text: &str) -> Result<Self, GenesisError> {
        let json: serde_json::Value = serde_json::from_str(text)?;
        // A list would be read as a genesis of defaults, field by field.
        if !json.is_object() {
            return Err(GenesisError::NoAccounts);
        }
        let genesis: Genesis = serde_json::from_str(text)?;
        if json.get("alloc").is_none() {
            return Err(GenesisError::NoAccounts);
        }
        if let Some(number) = genesis.number.filter(|number| *number != 0) {
            return Err(GenesisError::NotFirst(number));
        }
        let base_fee = genesis.base_fee_per_gas.unwrap_or(1_000_000_000);
        let initial = u64::try_from(base_fee).map_err(|_| GenesisError::BaseFee(base_fee))?;
        Ok(Self {
            chain_id: genesis.config.chain_id,
            schedule: schedule(&genesis.config, genesis.difficulty),
            gas_limit: genesis.gas_limit,
            base_fee: BaseFee::Eip1559 { initial },
            base_fee_follows_genesis: true,
            coinbase: genesis.coinbase,
            genesis_timestamp: genesis.timestamp,
            genesis: GenesisHeader {
                nonce: genesis.nonce.into(),
                extra_data: genesis.extra_data,
                difficulty: genesis.difficulty,
                mix_hash: genesis.mix_hash,
                excess_blob_gas: genesis.excess_blob_gas.unwrap_or_default(),
                blob_gas_used: genesis.blob_gas_used.unwrap_or_default(),
            },
            accounts: DevAccounts {
                count: 0,
                ..DevAccounts::default()
            },
            alloc: genesis.alloc,
            predeploys: Predeploys {
                create2_deployer: false,
                block_hash_history: false,
            },
            transaction_gas_cap: true,
            ..Self::default()
        })
    }
}

/// Returns the schedule a chain configuration stands for.
fn schedule(config: &ChainConfig, difficulty: U256) -> ForkSchedule {
    let mut schedule = ForkSchedule::default();
    schedule.set(Fork::Frontier, ForkCondition::Block(0));
    let dao = config.dao_fork_block.filter(|_| config.dao_fork_support);
    for (fork, block) in [
        (Fork::Homestead, config.homestead_block),
        (Fork::Dao, dao),
        (Fork::Tangerine, config.eip150_block),
        (Fork::SpuriousDragon, config.eip158_block),
        (Fork::Byzantium, config.byzantium_block),
        (Fork::Constantinople, config.constantinople_block),
        // Where the file does not name it, Petersburg came with Constantinople.
        (
            Fork::Petersburg,
            config.petersburg_block.or(config.constantinople_block),
        ),
        (Fork::Istanbul, config.istanbul_block),
        (Fork::MuirGlacier, config.muir_glacier_block),
        (Fork::Berlin, config.berlin_block),
        (Fork::London, config.london_block),
        (Fork::ArrowGlacier, config.arrow_glacier_block),
        (Fork::GrayGlacier, config.gray_glacier_block),
    ] {
        if let Some(block) = block {
            schedule.set(fork, ForkCondition::Block(block));
        }
    }
    for (fork, time) in [
        (Fork::Shanghai, config.shanghai_time),
        (Fork::Cancun, config.cancun_time),
        (Fork::Prague, config.prague_time),
        (Fork::Osaka, config.osaka_time),
        (Fork::Bpo1, config.bpo1_time),
        (Fork::Bpo2, config.bpo2_time),
        (Fork::Bpo3, config.bpo3_time),
        (Fork::Bpo4, config.bpo4_time),
        (Fork::Bpo5, config.bpo5_time),
        (Fork::Amsterdam, config.amsterdam_time),
    ] {
        if let Some(time) = time {
            schedule.set(fork, ForkCondition::Timestamp(time));
        }
    }
    if let Some(total_difficulty) = config.terminal_total_difficulty {
        let merged = config.terminal_total_difficulty_passed || total_difficulty <= difficulty;
        let block = config.merge_netsplit_block.or(merged.then_some(0));
        schedule.set_merge(total_difficulty, block);
    }
    schedule.set_block_rewards(config.ethash.is_some() || config.clique.is_none());
    schedule.set_deposit_contract(config.deposit_contract_address);
    set_blob_params(&mut schedule, config);
    schedule
}

fn set_blob_params(schedule: &mut ForkSchedule, config: &ChainConfig) {
    let params = config.blob_schedule_blob_params();
    let named = [
        (config.cancun_time, params.cancun),
        (config.prague_time, params.prague),
        (config.osaka_time, params.osaka),
    ];
    let scheduled = params
        .scheduled
        .into_iter()
        .map(|(time, params)| (Some(time), params));
    let all: Vec<(Option<u64>, BlobParams)> = named.into_iter().chain(scheduled).collect();
    for (time, params) in all {
        if let Some(time) = time {
            schedule.set_blob_params(time, params);
        }
    }
}
