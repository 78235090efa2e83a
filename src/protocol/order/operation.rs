//! Operations on orders: signing one on chain, or closing it for good.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::{
    Domain, Order,
    words::{Word, hash_words},
};
use crate::protocol::{Account, MalformedSignature, is_signed_by};

/// What an owner does to its order on chain.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum OrderOperation {
    /// Makes the order valid without a signature.
    Sign = 0,
    /// Uses up all that is left of it.
    Close = 1,
}

/// An order with an operation on it, signed apart from the order itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignedOperation<O> {
    /// The order.
    pub order: O,
    /// What to do to it.
    pub operation: OrderOperation,
    /// The owner's signature, for when somebody else brings it to the chain.
    pub sign: Bytes,
}

impl<O: Order> SignedOperation<O> {
    /// Returns the EIP-712 type.
    pub fn type_string() -> String {
        let order = O::TYPE;
        let (name, _) = order.split_once('(').unwrap_or((order, ""));
        format!("{name}Operation({name} order,uint256 operation){order}")
    }

    /// Returns the hash the owner signs.
    pub fn hash(&self, domain: &Domain) -> B256 {
        // Typed as a uint256 in the struct, although the call takes a uint8.
        let operation = U256::from(self.operation as u8);
        let type_hash = keccak256(Self::type_string());
        let words = [self.order.struct_hash(), operation.word()];
        domain.typed_hash(hash_words(&type_hash, &words))
    }

    /// Returns `operation` on `order`, signed by `owner`.
    pub fn new(order: O, operation: OrderOperation, domain: &Domain, owner: &Account) -> Self {
        let mut signed = Self {
            order,
            operation,
            sign: Bytes::new(),
        };
        signed.sign = owner.sign_hash_bytes(&signed.hash(domain));
        signed
    }

    /// Returns whether `owner` signed the operation.
    ///
    /// # Errors
    ///
    /// When the signature is of no known length.
    pub fn is_signed_by(
        &self,
        domain: &Domain,
        owner: Address,
    ) -> Result<bool, MalformedSignature> {
        is_signed_by(owner, &self.hash(domain), &self.sign)
    }
}
