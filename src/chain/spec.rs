//! Which rules hold at which block: the fork schedule and what a chain deviates from it in.
//!
//! The only place where an execution environment is made from a header.

use std::collections::BTreeMap;

use alloy_consensus::Header;
use alloy_eips::eip7840::BlobParams;
use alloy_evm::{EvmEnv, eth::spec::EthExecutorSpec};
use alloy_hardforks::{EthereumHardfork, EthereumHardforks, ForkCondition};
use alloy_primitives::{Address, U256};
use revm::primitives::{eip3860, eip7954, hardfork::SpecId};

use super::believed::Believed;
use crate::signature::Signers;

/// When each fork begins, with the blob parameters of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForkSchedule {
    activations: BTreeMap<EthereumHardfork, ForkCondition>,
    /// By the timestamp from which they hold.
    blob_params: BTreeMap<u64, BlobParams>,
    deposit_contract: Option<Address>,
    /// Whether proof-of-work rewards are paid before Paris.
    block_rewards: bool,
}

impl ForkSchedule {
    /// Returns the schedule on which `fork` and all before it are active from the genesis.
    ///
    /// A chain before Paris is sealed by nobody: it pays no block rewards.
    pub fn from_genesis(fork: EthereumHardfork) -> Self {
        let mut schedule = Self {
            activations: BTreeMap::new(),
            blob_params: BTreeMap::new(),
            deposit_contract: None,
            block_rewards: false,
        };
        for &active in EthereumHardfork::VARIANTS {
            // The DAO fork moves real people's balances on one chain only.
            if active > fork || active == EthereumHardfork::Dao {
                continue;
            }
            let condition = if active == EthereumHardfork::Paris {
                ForkCondition::TTD {
                    activation_block_number: 0,
                    fork_block: Some(0),
                    total_difficulty: U256::ZERO,
                }
            } else if active > EthereumHardfork::Paris {
                ForkCondition::Timestamp(0)
            } else {
                ForkCondition::Block(0)
            };
            schedule.set(active, condition);
        }
        if let Some(params) = default_blob_params(fork) {
            schedule.set_blob_params(0, params);
        }
        schedule
    }

    /// Sets when `fork` begins.
    pub fn set(&mut self, fork: EthereumHardfork, condition: ForkCondition) {
        self.activations.insert(fork, condition);
    }

    /// Sets the work that ends mining, and the block at which it did, if that is known.
    pub fn set_merge(&mut self, total_difficulty: U256, block: Option<u64>) {
        let condition = ForkCondition::TTD {
            activation_block_number: block.unwrap_or(u64::MAX),
            fork_block: block,
            total_difficulty,
        };
        self.set(EthereumHardfork::Paris, condition);
    }

    /// Returns the work that ends mining, if any does.
    pub fn terminal_difficulty(&self) -> Option<U256> {
        match self.activations.get(&EthereumHardfork::Paris)? {
            ForkCondition::TTD {
                total_difficulty, ..
            } => Some(*total_difficulty),
            ForkCondition::Block(_) | ForkCondition::Timestamp(_) | ForkCondition::Never => None,
        }
    }

    /// Sets the blob parameters that hold from `timestamp` on.
    pub fn set_blob_params(&mut self, timestamp: u64, params: BlobParams) {
        self.blob_params.insert(timestamp, params);
    }

    /// Names the contract whose deposits become requests, if the chain has one.
    pub fn set_deposit_contract(&mut self, contract: Option<Address>) {
        self.deposit_contract = contract;
    }

    /// Returns the contract whose deposits become requests.
    pub fn deposit_contract(&self) -> Option<Address> {
        self.deposit_contract
    }

    /// Chooses whether miners are rewarded before Paris.
    pub fn set_block_rewards(&mut self, paid: bool) {
        self.block_rewards = paid;
    }

    /// Returns whether miners are rewarded before Paris.
    pub fn block_rewards(&self) -> bool {
        self.block_rewards
    }

    /// Returns the blob parameters at `timestamp`, none before Cancun.
    pub fn blob_params(&self, timestamp: u64) -> Option<BlobParams> {
        if !self.is_cancun_active_at_timestamp(timestamp) {
            return None;
        }
        let (_, params) = self.blob_params.range(..=timestamp).next_back()?;
        Some(*params)
    }

    /// Returns the newest fork active at a block.
    pub fn fork_at(&self, number: u64, timestamp: u64) -> EthereumHardfork {
        self.activations
            .iter()
            .rev()
            .find(|(_, condition)| condition.active_at_timestamp_or_number(timestamp, number))
            .map_or(EthereumHardfork::Frontier, |(fork, _)| *fork)
    }
}

impl EthereumHardforks for ForkSchedule {
    fn ethereum_fork_activation(&self, fork: EthereumHardfork) -> ForkCondition {
        self.activations
            .get(&fork)
            .copied()
            .unwrap_or(ForkCondition::Never)
    }
}

impl EthExecutorSpec for ForkSchedule {
    fn deposit_contract_address(&self) -> Option<Address> {
        self.deposit_contract
    }
}

/// Returns the blob parameters mainnet had at `fork`, none before Cancun.
pub fn default_blob_params(fork: EthereumHardfork) -> Option<BlobParams> {
    if fork >= EthereumHardfork::Bpo2 {
        Some(BlobParams::bpo2())
    } else if fork == EthereumHardfork::Bpo1 {
        Some(BlobParams::bpo1())
    } else if fork == EthereumHardfork::Osaka {
        Some(BlobParams::osaka())
    } else if fork == EthereumHardfork::Prague {
        Some(BlobParams::prague())
    } else if fork == EthereumHardfork::Cancun {
        Some(BlobParams::cancun())
    } else {
        None
    }
}

/// The rules a chain executes by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// When each fork begins.
    pub schedule: ForkSchedule,
    /// Most bytes of a contract's code; none for the fork's own limit.
    pub code_size_limit: Option<usize>,
    /// Whether EIP-7825's cap on a transaction's gas holds (from Osaka on).
    pub transaction_gas_cap: bool,
    /// Signatures contracts believe without their being checked.
    pub believed: Believed,
    /// Whose recovery contracts are spared.
    pub signers: Option<Signers>,
}

impl Rules {
    /// Returns the most bytes a creation's init code may have.
    pub(crate) fn init_code_size_limit(&self, spec: SpecId) -> usize {
        if let Some(limit) = self.code_size_limit {
            return limit.saturating_mul(2);
        }
        if spec.is_enabled_in(SpecId::AMSTERDAM) {
            eip7954::MAX_INITCODE_SIZE
        } else if spec.is_enabled_in(SpecId::SHANGHAI) {
            eip3860::MAX_INITCODE_SIZE
        } else {
            usize::MAX
        }
    }

    /// Returns the environment in which the transactions of the block under `header` execute.
    pub fn environment(&self, header: &Header) -> EvmEnv {
        let blob_params = self.schedule.blob_params(header.timestamp);
        let mut environment =
            EvmEnv::for_eth_block(header, &self.schedule, self.chain_id, blob_params);
        let cfg = &mut environment.cfg_env;
        if !self.transaction_gas_cap {
            cfg.tx_gas_limit_cap = Some(u64::MAX);
        }
        if let Some(limit) = self.code_size_limit {
            cfg.limit_contract_code_size = Some(limit);
            cfg.limit_contract_initcode_size = Some(limit.saturating_mul(2));
        }
        environment
    }
}
