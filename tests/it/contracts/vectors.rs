//! The published vectors, asked of the contracts: hashes, signatures, ids.

use alloy_primitives::{Address, B256, Bytes};
use emulate::contracts::abi::IexecHub;
use serde_json::Value;

use super::network::Network;

const VECTORS: &str = include_str!("../../data/vectors_eip712.json");

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("there is no {key}"))
}

fn word(value: &Value, key: &str) -> B256 {
    text(value, key).parse().unwrap()
}

fn bytes(value: &Value, key: &str) -> Bytes {
    text(value, key).parse().unwrap()
}

fn verified(net: &Network, identity: Address, hash: B256, signature: Bytes) -> bool {
    let call = IexecHub::verifySignatureCall {
        identity,
        hash,
        signature,
    };
    net.hub().read(&net.chain, &call).unwrap()
}

#[test]
fn the_hub_has_the_domain_of_the_vectors() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let net = Network::new();
    let separator = net
        .hub()
        .read(&net.chain, &IexecHub::eip712domain_separatorCall {});
    assert_eq!(separator.unwrap(), word(&vectors, "domainSeparator"));
    let domain = net
        .hub()
        .read(&net.chain, &IexecHub::domainCall {})
        .unwrap();
    assert_eq!(domain.name, text(&vectors["domain"], "name"));
    assert_eq!(domain.version, text(&vectors["domain"], "version"));
    assert_eq!(vectors["domain"]["chainId"], domain.chainId.to::<u64>());
    let hub = text(&vectors["domain"], "verifyingContract");
    assert_eq!(domain.verifyingContract.to_string(), hub);
}

#[test]
fn the_hub_accepts_every_signature_of_the_vectors_and_no_other_signer() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let net = Network::new();
    for (kind, vector) in vectors["orders"].as_object().unwrap() {
        let signer: Address = text(vector, "signer").parse().unwrap();
        let order = word(vector, "orderHash");
        assert!(
            verified(&net, signer, order, bytes(vector, "signature65")),
            "{kind}"
        );
        let compact = bytes(vector, "signature64_eip2098");
        assert!(verified(&net, signer, order, compact), "{kind}");
        let close = word(vector, "operationCloseHash");
        assert!(
            verified(
                &net,
                signer,
                close,
                bytes(vector, "operationCloseSignature")
            ),
            "{kind}"
        );
        let stranger = Address::repeat_byte(1);
        assert!(
            !verified(&net, stranger, order, bytes(vector, "signature65")),
            "{kind}"
        );
    }
}
