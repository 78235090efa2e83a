//! Signatures that the ecrecover precompile believes without checking them.

use std::sync::Arc;

use alloy_evm::precompiles::{DynPrecompile, Precompile as _, PrecompilesMap};
use alloy_primitives::{Address, Bytes, map::HashMap};
use revm::precompile::{PrecompileId, u64_to_address};

use super::Chain;

/// Bytes of a signature: r, s and v.
const SIGNATURE_LEN: usize = 65;

/// Where ecrecover lies.
const ECRECOVER: Address = u64_to_address(1);

/// Who is taken for the signer of which signatures, whatever was signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Believed {
    signers: Arc<HashMap<[u8; SIGNATURE_LEN], Address>>,
}

/// What was given is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signature has 65 bytes (r, s and v), this one has {length}")]
pub struct NoSignature {
    length: usize,
}

impl Believed {
    fn believe(&mut self, signature: [u8; SIGNATURE_LEN], signer: Address) {
        Arc::make_mut(&mut self.signers).insert(signature, signer);
    }

    /// Returns whether nothing is believed.
    pub(super) fn is_empty(&self) -> bool {
        self.signers.is_empty()
    }

    /// Lets the ecrecover among `precompiles` believe; costs nothing when nothing is believed.
    pub(super) fn persuade(&self, precompiles: &mut PrecompilesMap) {
        if self.signers.is_empty() {
            return;
        }
        let signers = Arc::clone(&self.signers);
        precompiles.map_precompile(&ECRECOVER, move |honest| {
            DynPrecompile::new(PrecompileId::EcRec, move |input| {
                let signer = signature_in(input.data).and_then(|signature| signers.get(&signature));
                let mut output = honest.call(input)?;
                // What it costs, and that it may cost too much, stays ecrecover's business.
                if let Some(signer) = signer
                    && output.is_success()
                {
                    output.bytes = Bytes::from(signer.into_word());
                }
                Ok(output)
            })
        });
    }
}

/// Returns the signature in the input of ecrecover (hash, v, r, s; zeros where it ends early).
fn signature_in(input: &[u8]) -> Option<[u8; SIGNATURE_LEN]> {
    let mut words = [0; 128];
    let length = input.len().min(words.len());
    words[..length].copy_from_slice(&input[..length]);
    let (v, r_and_s) = (&words[32..64], &words[64..]);
    if v[..31].iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut signature = [0; SIGNATURE_LEN];
    signature[..64].copy_from_slice(r_and_s);
    signature[64] = v[31];
    Some(signature)
}

impl Chain {
    /// Lets contracts take `signer` for the signer of `signature` (r, s and v), whatever was signed.
    ///
    /// Blocks mined before are executed again under the same belief.
    ///
    /// # Errors
    ///
    /// [`NoSignature`] if it has not 65 bytes.
    pub fn impersonate_signature(
        &mut self,
        signature: &[u8],
        signer: Address,
    ) -> Result<(), NoSignature> {
        let signature = signature.try_into().map_err(|_| NoSignature {
            length: signature.len(),
        })?;
        self.rules_mut().believed.believe(signature, signer);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{B256, U256};

    use super::*;
    use crate::chain::{Call, Config};

    fn recovered(chain: &Chain, input: &[u8]) -> Bytes {
        let call = Call::new(Address::ZERO, ECRECOVER, input.to_vec());
        chain.call(&call).unwrap().output
    }

    #[test]
    fn contracts_believe_a_signature_that_is_impersonated_and_no_other() {
        let mut chain = Chain::new(&Config::default()).unwrap();
        let signer = Address::repeat_byte(0xab);
        let mut signature = [0x11; SIGNATURE_LEN];
        signature[64] = 27;
        let input = |v: u64| {
            let v = B256::from(U256::from(v));
            [&[0x77; 32], v.as_slice(), &signature[..64]].concat()
        };
        let honest = recovered(&chain, &input(27));
        assert_ne!(honest, Bytes::from(signer.into_word()));

        chain.impersonate_signature(&signature, signer).unwrap();
        assert_eq!(
            recovered(&chain, &input(27)),
            Bytes::from(signer.into_word())
        );
        assert_ne!(
            recovered(&chain, &input(28)),
            Bytes::from(signer.into_word())
        );
        assert_eq!(
            chain
                .impersonate_signature(&signature[..64], signer)
                .unwrap_err()
                .to_string(),
            "a signature has 65 bytes (r, s and v), this one has 64"
        );
    }
}
