//! Who signed: signatures read as strictly as the hub reads them.

use alloy_primitives::{Address, B256};
use secp256k1::{
    Message, SECP256K1,
    ecdsa::{RecoverableSignature, RecoveryId},
};

/// A signature of neither 65 bytes nor 64 (EIP-2098); the hub reverts on those.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a signature has 65 bytes, or 64 in the compact form of EIP-2098; this one has {length}")]
pub struct MalformedSignature {
    /// How many bytes there are.
    pub length: usize,
}

/// Half the order of the curve; a larger `s` is refused, since it would be a second spelling.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// Returns the signer of `hash`, or none when the signature is of nobody.
///
/// # Errors
///
/// When the signature is of no known length.
pub fn recover(hash: &B256, signature: &[u8]) -> Result<Option<Address>, MalformedSignature> {
    let malformed = MalformedSignature {
        length: signature.len(),
    };
    let mut compact = [0; 64];
    let odd = match signature.len() {
        65 => {
            compact.copy_from_slice(&signature[..64]);
            match signature[64] {
                27 => false,
                28 => true,
                _ => return Ok(None),
            }
        }
        64 => {
            compact.copy_from_slice(signature);
            let odd = compact[32] & 0x80 != 0;
            compact[32] &= 0x7f;
            odd
        }
        _ => return Err(malformed),
    };
    if compact[32..] > HALF_ORDER[..] {
        return Ok(None);
    }
    Ok(recover_compact(hash, &compact, odd))
}

/// Returns whether `signer` signed `hash` with its key.
///
/// # Errors
///
/// When the signature is of no known length.
pub fn is_signed_by(
    signer: Address,
    hash: &B256,
    signature: &[u8],
) -> Result<bool, MalformedSignature> {
    Ok(recover(hash, signature)? == Some(signer))
}

fn recover_compact(hash: &B256, compact: &[u8; 64], odd: bool) -> Option<Address> {
    let parity = if odd {
        RecoveryId::One
    } else {
        RecoveryId::Zero
    };
    let signature = RecoverableSignature::from_compact(compact, parity).ok()?;
    let message = Message::from_digest(hash.0);
    let public = SECP256K1.recover_ecdsa(message, &signature).ok()?;
    let public = public.serialize_uncompressed();
    Some(Address::from_raw_public_key(&public[1..]))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{U256, keccak256};

    use super::*;
    use crate::protocol::Account;

    /// The order of the curve.
    const ORDER: &str = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    fn signed() -> (Account, B256, Vec<u8>) {
        let account = Account::named("account.alice");
        let hash = keccak256("hello");
        let signature = account.sign_hash_bytes(&hash).to_vec();
        (account, hash, signature)
    }

    #[test]
    fn both_forms_of_a_signature_name_the_signer() {
        let (account, hash, signature) = signed();
        assert_eq!(recover(&hash, &signature), Ok(Some(account.address())));
        let compact = account.sign_hash(&hash).as_erc2098();
        assert_eq!(recover(&hash, &compact), Ok(Some(account.address())));
        assert_eq!(is_signed_by(account.address(), &hash, &compact), Ok(true));
    }

    #[test]
    fn a_signature_of_another_length_is_malformed() {
        let (_, hash, signature) = signed();
        let why = recover(&hash, &signature[1..63]).unwrap_err();
        assert_eq!(why.length, 62);
        assert!(recover(&hash, &[]).is_err());
    }

    #[test]
    fn the_second_spelling_of_a_signature_is_of_nobody() {
        let (_, hash, mut signature) = signed();
        let s = U256::from_be_slice(&signature[32..64]);
        let mirrored = ORDER.parse::<U256>().unwrap() - s;
        signature[32..64].copy_from_slice(&mirrored.to_be_bytes::<32>());
        signature[64] = 55 - signature[64];
        assert_eq!(recover(&hash, &signature), Ok(None));
    }

    #[test]
    fn nonsense_is_of_nobody() {
        let (_, hash, mut signature) = signed();
        signature[64] = 0;
        assert_eq!(recover(&hash, &signature), Ok(None));
        assert_eq!(recover(&hash, &[0; 65]), Ok(None));
        assert_eq!(recover(&hash, &[0xff; 64]), Ok(None));
    }
}
