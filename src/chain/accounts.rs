//! The development accounts: keys anybody can derive, for money nobody can lose.

use alloy_primitives::U256;
use alloy_signer_local::PrivateKeySigner;
use coins_bip32::prelude::XPriv;
use coins_bip39::{English, Mnemonic};

use super::config::ConfigError;

/// The mnemonic all development chains share.
pub const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// BIP-44 path of Ethereum accounts, without the account's index.
const PARENT_PATH: &str = "m/44'/60'/0'/0";

/// The accounts a chain begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevAccounts {
    /// BIP-39 words from which the keys derive.
    pub mnemonic: String,
    /// How many accounts.
    pub count: u32,
    /// What each owns at the genesis, in wei.
    pub balance: U256,
}

impl Default for DevAccounts {
    /// Twenty accounts of 10,000 ETH each.
    fn default() -> Self {
        Self {
            mnemonic: DEV_MNEMONIC.to_owned(),
            count: 20,
            balance: U256::from(10_000) * U256::from(10).pow(U256::from(18)),
        }
    }
}

impl DevAccounts {
    /// Derives the keys, in the order of their index.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Mnemonic`] if the words are no BIP-39 mnemonic.
    pub fn signers(&self) -> Result<Vec<PrivateKeySigner>, ConfigError> {
        if self.count == 0 {
            return Ok(Vec::new());
        }
        let mnemonic = Mnemonic::<English>::new_from_phrase(&self.mnemonic)?;
        // Stretching the words into a seed is slow on purpose; all accounts share this parent.
        let parent = mnemonic.derive_key(PARENT_PATH, None)?;
        (0..self.count)
            .map(|index| {
                let child = parent.derive_path(vec![index])?;
                Ok(signer(&child))
            })
            .collect()
    }
}

fn signer(key: &XPriv) -> PrivateKeySigner {
    let key: &coins_bip32::ecdsa::SigningKey = key.as_ref();
    PrivateKeySigner::from(key.clone())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, b256};

    use super::*;

    #[test]
    fn the_accounts_are_those_every_development_chain_has() {
        let signers = DevAccounts::default().signers().unwrap();
        assert_eq!(signers.len(), 20);
        assert_eq!(
            signers[0].address(),
            address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
        );
        assert_eq!(
            signers[0].to_bytes(),
            b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
        );
        assert_eq!(
            signers[19].address(),
            address!("0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199")
        );
    }

    #[test]
    fn a_wrong_mnemonic_is_an_error() {
        let accounts = DevAccounts {
            mnemonic: "not a mnemonic".to_owned(),
            ..DevAccounts::default()
        };
        assert!(accounts.signers().is_err());
    }
}
