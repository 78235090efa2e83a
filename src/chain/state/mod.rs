//! Accounts, code and storage in persistent maps: a clone is free and never sees later writes.
//!
//! Writes go to the maps at once and to the tries when [`State::root`] is asked for.

mod apart;
mod database;
mod difference;
mod proof;
mod slots;

use std::{collections::BTreeMap, fmt, sync::Arc};

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256, map::DefaultHashBuilder};
use alloy_trie::TrieAccount;
use imbl::{GenericHashMap, shared_ptr::DefaultSharedPtr};
use revm::bytecode::Bytecode;

pub(super) use self::apart::{Apart, Written};
pub use self::proof::{AccountProof, SlotProof};
use self::slots::Slots;
use super::trie::Trie;

/// A persistent hash map; never iterated into an order.
pub(crate) type Map<K, V> = GenericHashMap<K, V, DefaultHashBuilder, DefaultSharedPtr>;

/// How many ancestors `BLOCKHASH` can see.
const BLOCK_HASHES_MAX: u64 = 256;

/// How many slots of one account a block must write for a second thread to help hashing them.
const MANY_SLOTS: usize = 64;

/// The world state at one point of the chain.
///
/// Implements revm's [`Database`](revm::Database), [`DatabaseRef`](revm::DatabaseRef) and
/// [`DatabaseCommit`](revm::DatabaseCommit): to execute without
/// consequences, execute on a clone.
#[derive(Clone, Default)]
pub struct State {
    accounts: Map<Address, Arc<Entry>>,
    codes: Map<B256, Bytecode>,
    block_hashes: Map<u64, B256>,
    trie: Trie,
    /// Accounts, and their slots, written since the last root.
    changed: BTreeMap<Address, Vec<U256>>,
    /// Before EIP-161 an empty account that was touched stays.
    keep_empty: bool,
    /// Whether storage is kept flat.
    flat: bool,
}

/// One account with everything it owns.
#[derive(Clone)]
struct Entry {
    hashed_address: B256,
    balance: U256,
    nonce: u64,
    code_hash: B256,
    code: Bytecode,
    storage: Slots,
    trie: Trie,
    /// Whether the trie follows the storage elsewhere, see [`Apart`].
    is_apart: bool,
}

impl Entry {
    fn new(address: Address, flat: bool) -> Self {
        Self {
            hashed_address: keccak256(address),
            balance: U256::ZERO,
            nonce: 0,
            code_hash: KECCAK256_EMPTY,
            code: Bytecode::default(),
            storage: Slots::new(flat),
            trie: Trie::default(),
            is_apart: false,
        }
    }
}

/// What an account owns, in full: the form in which states are dumped and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDump {
    /// Wei.
    pub balance: U256,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// The code; empty for an account without.
    pub code: Bytecode,
    /// Slots that are not zero.
    pub storage: BTreeMap<U256, U256>,
}

impl State {
    /// Returns the balance in wei.
    pub fn balance(&self, address: Address) -> U256 {
        self.accounts
            .get(&address)
            .map_or(U256::ZERO, |entry| entry.balance)
    }

    /// Returns the nonce.
    pub fn nonce(&self, address: Address) -> u64 {
        self.accounts.get(&address).map_or(0, |entry| entry.nonce)
    }

    /// Returns the code, empty for an account without.
    pub fn code(&self, address: Address) -> Bytecode {
        self.accounts
            .get(&address)
            .map_or_else(Bytecode::default, |entry| entry.code.clone())
    }

    /// Returns the hash of the code, that of nothing for an account without.
    pub fn code_hash(&self, address: Address) -> B256 {
        self.accounts
            .get(&address)
            .map_or(KECCAK256_EMPTY, |entry| entry.code_hash)
    }

    /// Returns the code of that hash, if any account ever had it.
    pub fn code_of_hash(&self, hash: &B256) -> Option<&Bytecode> {
        self.codes.get(hash)
    }

    /// Returns what a slot holds.
    pub fn slot(&self, address: Address, slot: U256) -> U256 {
        self.accounts
            .get(&address)
            .and_then(|entry| entry.storage.get(&slot))
            .unwrap_or_default()
    }

    /// Returns whether the account is in the state.
    pub fn exists(&self, address: Address) -> bool {
        self.accounts.contains_key(&address)
    }

    /// Returns every account in the order of addresses; takes time and room for all of them.
    pub fn dump(&self) -> BTreeMap<Address, AccountDump> {
        self.accounts
            .iter()
            .map(|(address, entry)| {
                let account = AccountDump {
                    balance: entry.balance,
                    nonce: entry.nonce,
                    code: entry.code.clone(),
                    storage: entry.storage.iter().collect(),
                };
                (*address, account)
            })
            .collect()
    }

    /// Sets the balance in wei.
    pub fn set_balance(&mut self, address: Address, balance: U256) {
        self.entry(address).balance = balance;
    }

    /// Sets the nonce.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.entry(address).nonce = nonce;
    }

    /// Sets the code; empty code makes it an account without.
    pub fn set_code(&mut self, address: Address, code: Bytecode) {
        let code_hash = code.hash_slow();
        let code = self.interned(code_hash, code);
        let entry = self.entry(address);
        entry.code_hash = code_hash;
        entry.code = code;
    }

    /// Sets one slot.
    pub fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.entry(address).storage.set(slot, value);
        self.changed.entry(address).or_default().push(slot);
    }

    /// Empties every slot of an account; makes the account if it does not exist.
    pub fn clear_slots(&mut self, address: Address) {
        let flat = self.flat;
        let entry = self.entry(address);
        entry.storage = Slots::new(flat);
        entry.trie = Trie::default();
        entry.is_apart = false;
    }

    /// Removes the account with all it owns.
    pub fn remove(&mut self, address: Address) {
        if self.accounts.remove(&address).is_some() {
            self.changed.entry(address).or_default();
        }
    }

    /// Removes the account if it is empty, as touching it would since EIP-161; storage keeps it.
    pub(crate) fn clear_if_empty(&mut self, address: Address) {
        let empty = self.accounts.get(&address).is_some_and(|entry| {
            entry.balance.is_zero()
                && entry.nonce == 0
                && entry.code_hash == KECCAK256_EMPTY
                && entry.storage.is_empty()
        });
        if empty && !self.keep_empty {
            self.remove(address);
        }
    }

    /// Chooses the rule for empty accounts: kept before EIP-161, cleared when touched since.
    pub fn set_keep_empty(&mut self, keep: bool) {
        self.keep_empty = keep;
    }

    /// Tells the state the hash of an ancestor; those out of `BLOCKHASH`'s reach are forgotten.
    pub fn push_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
        if let Some(old) = number.checked_sub(BLOCK_HASHES_MAX) {
            self.block_hashes.remove(&old);
        }
    }

    /// Returns the hashes of ancestors the state was told.
    pub(super) fn block_hashes(&self) -> Map<u64, B256> {
        self.block_hashes.clone()
    }

    /// Takes other hashes of ancestors for true.
    pub(super) fn set_block_hashes(&mut self, hashes: Map<u64, B256>) {
        self.block_hashes = hashes;
    }

    /// From now on keeps storage in the form that is fastest where nobody holds older states: the
    /// first write after a clone copies the whole storage of the account it goes to.
    pub(super) fn flatten(&mut self) {
        if !std::mem::replace(&mut self.flat, true) {
            for (_, entry) in self.accounts.iter_mut() {
                Arc::make_mut(entry).storage.flatten();
            }
        }
    }

    /// Brings the tries up to date and returns the state root.
    pub fn root(&mut self) -> B256 {
        for (address, mut slots) in std::mem::take(&mut self.changed) {
            let Some(entry) = self.accounts.get_mut(&address) else {
                self.trie.remove(keccak256(address));
                continue;
            };
            let entry = Arc::make_mut(entry);
            if std::mem::take(&mut entry.is_apart) {
                entry.trie = Trie::default();
                slots = entry.storage.iter().map(|(slot, _)| slot).collect();
            }
            // Many transactions of a block may have written the same slot.
            slots.sort_unstable();
            slots.dedup();
            let many = slots.len() >= MANY_SLOTS;
            for slot in slots {
                write(&mut entry.trie, slot, entry.storage.get(&slot));
            }
            if many {
                entry.trie.hash_ahead();
            }
            let account = TrieAccount {
                nonce: entry.nonce,
                balance: entry.balance,
                storage_root: entry.trie.root(),
                code_hash: entry.code_hash,
            };
            self.trie
                .insert(entry.hashed_address, alloy_rlp::encode(account));
        }
        self.trie.root()
    }

    /// Returns the state root if the tries are up to date, as those of a chain's newest state are
    /// between any two changes.
    pub fn known_root(&self) -> Option<B256> {
        self.changed.is_empty().then(|| self.trie.root())
    }

    /// Opens an account for writing and notes that it changes.
    fn entry(&mut self, address: Address) -> &mut Entry {
        self.changed.entry(address).or_default();
        let entry = self
            .accounts
            .entry(address)
            .or_insert_with(|| Arc::new(Entry::new(address, self.flat)));
        Arc::make_mut(entry)
    }

    /// Returns the one copy of a code that all its accounts share.
    fn interned(&mut self, hash: B256, code: Bytecode) -> Bytecode {
        if hash == KECCAK256_EMPTY {
            return Bytecode::default();
        }
        self.codes.entry(hash).or_insert(code).clone()
    }
}

/// Brings a storage trie up to date with one slot; returns the slot's key.
fn write(trie: &mut Trie, slot: U256, value: Option<U256>) -> B256 {
    let key = keccak256(slot.to_be_bytes::<32>());
    match value {
        Some(value) => trie.insert(key, alloy_rlp::encode(value)),
        None => trie.remove(key),
    }
    key
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("State")
            .field("accounts", &self.accounts.len())
            .field("codes", &self.codes.len())
            .finish_non_exhaustive()
    }
}
