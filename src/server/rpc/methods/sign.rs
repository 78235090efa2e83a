//! Signing with the keys of the development accounts.

use alloy_dyn_abi::TypedData;
use alloy_primitives::{Address, B256, Bytes, Signature, eip191_hash_message};
use alloy_signer::SignerSync as _;

use crate::{
    chain::Chain,
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Method, compute},
        node::Node,
        params::Params,
    },
};

pub(super) const TABLE: &[Method] = &[
    compute(&["eth_sign"], sign),
    compute(&["personal_sign"], personal_sign),
    compute(
        &[
            "eth_signTypedData",
            "eth_signTypedData_v3",
            "eth_signTypedData_v4",
        ],
        sign_typed_data,
    ),
];

/// The error when the node does not have the key of an account.
pub(super) fn no_signer() -> RpcError {
    RpcError::invalid_params("No Signer available")
}

/// Signs a hash with the key of a development account.
pub(super) fn sign_hash(chain: &Chain, signer: Address, hash: B256) -> Result<Signature, RpcError> {
    let mut signers = chain.signers().iter();
    let signer = signers
        .find(|known| known.address() == signer)
        .ok_or_else(no_signer)?;
    let signed = signer.sign_hash_sync(&hash);
    signed.map_err(|error| RpcError::internal(format!("the key cannot sign: {error}")))
}

fn answer(node: &Node, signer: Address, hash: B256) -> Answer {
    let signature = sign_hash(&node.reading().chain, signer, hash)?;
    reply(&Bytes::from(signature.as_bytes()))
}

fn sign(node: &Node, mut params: Params) -> Answer {
    let signer: Address = params.prefixed("address")?;
    let data: Bytes = params.next("data")?;
    params.end()?;
    answer(node, signer, eip191_hash_message(data))
}

fn personal_sign(node: &Node, mut params: Params) -> Answer {
    let data: Bytes = params.next("data")?;
    let signer: Address = params.prefixed("address")?;
    // Some clients send a password; these keys have none.
    let _: Option<String> = params.optional("password")?;
    params.end()?;
    answer(node, signer, eip191_hash_message(data))
}

fn sign_typed_data(node: &Node, mut params: Params) -> Answer {
    let signer: Address = params.prefixed("address")?;
    let data: TypedData = params.next("typed data")?;
    params.end()?;
    let hash = data.eip712_signing_hash().map_err(|error| {
        RpcError::invalid_params(format!("the typed data cannot be hashed: {error}"))
    })?;
    answer(node, signer, hash)
}
