//! A whole chain as one document: what `anvil_dumpState` gives and `--state` keeps.
//!
//! The document is the one anvil writes (JSON, gzipped), so that states travel both ways. What
//! anvil has no place for lies under the key `emulate`: it ignores that key, and a dump of its own
//! simply lacks it.

mod load;
mod save;

use std::{
    collections::BTreeMap,
    io::{self, Read as _},
};

use alloy_consensus::{Header, ReceiptEnvelope, TxEnvelope};
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::{Address, B256, Bytes, TxHash, U256};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
pub use load::LoadError;
use revm::context_interface::block::BlobExcessGasAndPrice;
use serde::{Deserialize, Serialize};

use super::block::Outcome;

/// The first bytes of everything gzipped.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The version of the part that is ours.
const VERSION: u32 = 1;

/// A chain, its state and its history, as a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dump {
    /// The environment of the newest block, as anvil's loader wants it.
    #[serde(default)]
    block: Option<BlockFields>,
    /// The newest state.
    accounts: BTreeMap<Address, AccountFields>,
    /// The number of the newest block.
    #[serde(default, with = "alloy_serde::quantity::opt")]
    best_block_number: Option<u64>,
    /// All blocks, in any order.
    #[serde(default)]
    blocks: Vec<BlockRecord>,
    /// All transactions, in any order.
    #[serde(default)]
    transactions: Vec<TransactionRecord>,
    /// What anvil does not keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    emulate: Option<Extra>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct BlockFields {
    number: U256,
    beneficiary: Address,
    timestamp: U256,
    gas_limit: u64,
    basefee: u64,
    difficulty: U256,
    prevrandao: Option<B256>,
    /// Anvil takes a block without it for one before Cancun, and executes nothing on it.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    blob_excess_gas_and_price: Option<BlobExcessGasAndPrice>,
    #[serde(default)]
    slot_num: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct AccountFields {
    nonce: u64,
    balance: U256,
    code: Bytes,
    storage: BTreeMap<B256, B256>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct BlockRecord {
    header: Header,
    transactions: Vec<Sent>,
    #[serde(default)]
    ommers: Vec<Header>,
    #[serde(default)]
    withdrawals: Option<Withdrawals>,
}

/// A transaction; who is said to have sent it, where no signature says so.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sent {
    transaction: TxEnvelope,
    impersonated_sender: Option<Address>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TransactionRecord {
    info: TransactionInfo,
    receipt: ReceiptEnvelope,
    block_hash: B256,
    block_number: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TransactionInfo {
    transaction_hash: TxHash,
    transaction_index: u64,
    from: Address,
    to: Option<Address>,
    contract_address: Option<Address>,
    /// Always empty here: traces are made anew when asked for.
    #[serde(default, skip_deserializing)]
    traces: [(); 0],
    exit: String,
    out: Option<Bytes>,
    nonce: u64,
    gas_used: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Extra {
    version: u32,
    chain_id: u64,
    next_base_fee: u64,
    gas_limit: u64,
    coinbase: Address,
    /// What each mined transaction did besides its logs.
    outcomes: BTreeMap<TxHash, Outcome>,
    /// What waits for a block.
    pool: Vec<Sent>,
    /// How each older state kept differs from the next newer one, newest first.
    history: Vec<Difference>,
}

/// What an older state has where a newer one has something else; none where it has nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Difference(BTreeMap<Address, Option<AccountFields>>);

impl Dump {
    /// Returns the document as gzipped JSON.
    ///
    /// # Panics
    ///
    /// Never: memory takes what is written to it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes)
            .expect("memory takes what is written");
        bytes
    }

    /// Writes the document as gzipped JSON.
    ///
    /// # Errors
    ///
    /// What `out` fails with.
    pub fn write_to(&self, out: impl io::Write) -> io::Result<()> {
        let mut packer = GzEncoder::new(out, Compression::fast());
        serde_json::to_writer(&mut packer, self)?;
        packer.finish()?.flush()
    }

    /// Reads a document, gzipped or plain.
    ///
    /// # Errors
    ///
    /// [`LoadError::Malformed`] if it is no dump.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::from_bytes_within(bytes, u64::MAX)
    }

    /// Reads a document, gzipped or plain, that may unpack to so many bytes: for documents from
    /// anybody, a few of whose bytes could fill the memory.
    ///
    /// # Errors
    ///
    /// [`LoadError::Malformed`] if it is no dump, or longer.
    pub fn from_bytes_within(bytes: &[u8], unpacked_max: u64) -> Result<Self, LoadError> {
        let malformed = |reason: &dyn ToString| LoadError::Malformed(reason.to_string());
        if !bytes.starts_with(&GZIP_MAGIC) {
            return serde_json::from_slice(bytes).map_err(|error| malformed(&error));
        }
        let mut text = Vec::new();
        let mut unpacker = GzDecoder::new(bytes).take(unpacked_max);
        unpacker
            .read_to_end(&mut text)
            .and_then(|_| match unpacker.limit() {
                0 => Err(io::Error::other(format!(
                    "it unpacks to {unpacked_max} bytes or more"
                ))),
                _ => Ok(()),
            })
            .map_err(|error| malformed(&error))?;
        serde_json::from_slice(&text).map_err(|error| malformed(&error))
    }
}
