//! Accounts: keys that follow from names alone, equal in every run and on every machine.
//!
//! The keys are public knowledge by design: they own nothing outside the emulator. Still they are
//! never part of a `Debug` text, so a log of ours looks like a log one may show.

use std::{fmt, sync::LazyLock};

use alloy_primitives::{Address, B256, Bytes, Keccak256, Signature, U256, eip191_hash_message};
use coins_bip39::{English, Mnemonic};
use secp256k1::{Message, SECP256K1, SecretKey};

use super::Name;
use crate::signature::{Signed, Signers};

mod recover;

pub use recover::{MalformedSignature, is_signed_by, recover};

/// The mnemonic every development chain knows.
pub const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// How many accounts of the mnemonic have a name: `dev-0` to `dev-19`.
pub const DEV_ACCOUNTS: usize = 20;

/// What is hashed before a name, so that no other program's keys coincide with ours.
const KEY_DOMAIN: &[u8] = b"emulate: key of account ";

/// The keys of the mnemonic's accounts; deriving them costs 2048 rounds of a hash, once.
static DEV_KEYS: LazyLock<Vec<SecretKey>> = LazyLock::new(|| {
    let mnemonic = Mnemonic::<English>::new_from_phrase(DEV_MNEMONIC)
        .expect("the words of the development mnemonic carry a right checksum");
    let master = mnemonic
        .master_key(None)
        .expect("this mnemonic's seed is a valid master key");
    let key = |index| {
        let path = format!("m/44'/60'/0'/0/{index}");
        let child = master
            .derive_path(path.as_str())
            .expect("the path is well-formed and its keys valid");
        let key: &coins_bip32::ecdsa::SigningKey = child.as_ref();
        SecretKey::from_byte_array(key.to_bytes().into())
            .expect("a signing key is a valid secret key")
    };
    (0..DEV_ACCOUNTS).map(key).collect()
});

/// A name with the key that signs for it.
#[derive(Clone)]
pub struct Account {
    name: Name,
    address: Address,
    key: SecretKey,
    /// Who is told what it signs.
    witness: Option<Signers>,
}

impl Account {
    /// Returns the account called `name`, qualified where kinds mix: `worker.w-0`.
    ///
    /// `dev-0` to `dev-19` are the accounts of [`DEV_MNEMONIC`]. Every other key is the Keccak-256
    /// hash of `emulate: key of account ` followed by the name, hashed again should it be one of
    /// the 2¹²⁸ in 2²⁵⁶ that are no key.
    pub fn named(name: impl Into<Name>) -> Self {
        let name = name.into();
        let key = dev_index(&name).map_or_else(|| derived_key(&name), |index| DEV_KEYS[index]);
        Self::with_key(name, key)
    }

    /// Returns the account number `index` of [`DEV_MNEMONIC`], called `dev-index`; none from
    /// [`DEV_ACCOUNTS`] on.
    pub fn dev(index: usize) -> Option<Self> {
        let key = *DEV_KEYS.get(index)?;
        Some(Self::with_key(Name::from("dev").member(index), key))
    }

    /// Returns an account with a key given from outside; none when the 32 bytes are no key.
    pub fn from_private_key(name: impl Into<Name>, key: B256) -> Option<Self> {
        let key = SecretKey::from_byte_array(key.0).ok()?;
        Some(Self::with_key(name.into(), key))
    }

    fn with_key(name: Name, key: SecretKey) -> Self {
        let public = key.public_key(SECP256K1).serialize_uncompressed();
        let address = Address::from_raw_public_key(&public[1..]);
        Self {
            name,
            address,
            key,
            witness: None,
        }
    }

    /// From now on orders and messages this account signs are remembered as its own by `witness`.
    #[must_use]
    pub fn witnessed_by(self, witness: Signers) -> Self {
        Self {
            witness: Some(witness),
            ..self
        }
    }

    /// Returns its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Returns its address.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Returns its private key, for those who ask by name: key exports and ready files.
    pub fn private_key(&self) -> B256 {
        self.key.secret_bytes().into()
    }

    /// Signs 32 bytes as they are: the nonce follows RFC 6979, `s` is in the lower half.
    pub fn sign_hash(&self, hash: &B256) -> Signature {
        let message = Message::from_digest(hash.0);
        let (parity, compact) = SECP256K1
            .sign_ecdsa_recoverable(message, &self.key)
            .serialize_compact();
        let (r, s) = compact.split_at(32);
        Signature::new(
            U256::from_be_slice(r),
            U256::from_be_slice(s),
            i32::from(parity) == 1,
        )
    }

    /// Signs 32 bytes as they are, into the 65 bytes `r`, `s`, `v` with `v` 27 or 28.
    pub fn sign_hash_bytes(&self, hash: &B256) -> Bytes {
        let signature = self.sign_hash(hash).as_bytes();
        if let Some(witness) = &self.witness {
            witness.note(Signed::new(hash, &signature), self.address);
        }
        signature.into()
    }

    /// Signs a message of bytes as wallets do (EIP-191), into 65 bytes.
    pub fn sign_message(&self, message: &[u8]) -> Bytes {
        self.sign_hash_bytes(&eip191_hash_message(message))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, address) = (&self.name, &self.address);
        write!(f, "Account({name}, {address})")
    }
}

impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address && self.name == other.name
    }
}

impl Eq for Account {}

/// The number of a dev account's name, spelled as [`Name::member`] spells it.
fn dev_index(name: &Name) -> Option<usize> {
    let index: usize = name.strip_prefix("dev-")?.parse().ok()?;
    let is_canonical = Name::from("dev").member(index) == *name;
    (is_canonical && index < DEV_ACCOUNTS).then_some(index)
}

fn derived_key(name: &Name) -> SecretKey {
    let mut hasher = Keccak256::new();
    hasher.update(KEY_DOMAIN);
    hasher.update(name.as_bytes());
    let mut hash = hasher.finalize();
    loop {
        if let Ok(key) = SecretKey::from_byte_array(hash.0) {
            return key;
        }
        hash = alloy_primitives::keccak256(hash);
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, b256};

    use super::*;

    #[test]
    fn dev_accounts_are_those_every_development_chain_has() {
        let first = Account::named("dev-0");
        assert_eq!(
            first.address(),
            address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
        );
        assert_eq!(
            first.private_key(),
            b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
        );
        let last = Account::dev(19).unwrap();
        assert_eq!(
            last.address(),
            address!("8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199")
        );
        assert_eq!(last, Account::named("dev-19"));
        assert!(Account::dev(20).is_none());
    }

    #[test]
    fn other_names_have_keys_of_their_own_that_never_change() {
        let account = Account::named("worker.w-0");
        assert_eq!(account.address(), Account::named("worker.w-0").address());
        assert_ne!(account.address(), Account::named("worker.w-1").address());
        let text = b"emulate: key of account worker.w-0";
        assert_eq!(account.private_key(), alloy_primitives::keccak256(text));
        assert_ne!(Account::named("dev-20").address(), Address::ZERO);
        assert_ne!(Account::named("dev-00"), Account::named("dev-0"));
    }

    #[test]
    fn an_account_never_shows_its_key() {
        let account = Account::named("dev-0");
        let shown = format!("{account:?}");
        assert!(shown.contains("dev-0") && !shown.contains("ac0974"));
    }

    #[test]
    fn accounts_travel_between_threads() {
        fn travels<T: Clone + Send + Sync + 'static>() {}
        travels::<Account>();
    }
}
