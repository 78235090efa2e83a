//! Orders against the recorded hashes and signatures of the real SDK and contracts.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::protocol::{Authorization, Commitment, DealId, TaskId, recover};

const VECTORS: &str = include_str!("../../../tests/data/vectors_eip712.json");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn get<T: DeserializeOwned>(value: &Value, field: &str) -> T {
    serde_json::from_value(value[field].clone()).unwrap()
}

fn domain(vectors: &Value) -> Domain {
    let domain = &vectors["domain"];
    Domain::new(get(domain, "chainId"), get(domain, "verifyingContract"))
}

fn account(vector: &Value) -> Account {
    let account = Account::from_private_key("signer", get(vector, "privateKey")).unwrap();
    assert_eq!(account.address(), get::<Address>(vector, "signer"));
    account
}

/// Compares everything the vectors say of one kind of order.
fn check<O: Order + DeserializeOwned + Serialize + Clone>(kind: &str) {
    let vectors = vectors();
    let domain = domain(&vectors);
    let vector = &vectors["orders"][kind];
    let order: O = get(vector, "order");
    assert_eq!(O::TYPE, get::<String>(&vectors["typehashes"][kind], "type"));
    assert_eq!(order.struct_hash(), get::<B256>(vector, "structHash"));
    assert_eq!(order.hash(&domain), get::<OrderHash>(vector, "orderHash"));

    let signer = account(vector);
    let signed = order.clone().signed(&domain, &signer);
    assert_eq!(*signed.signature(), get::<Bytes>(vector, "signature65"));
    let hash = order.hash(&domain).0;
    let compact = signer.sign_hash(&hash).as_erc2098();
    let expected: Bytes = get(vector, "signature64_eip2098");
    assert_eq!(Bytes::from(compact), expected);
    assert_eq!(signed.is_signed_by(&domain, signer.address()), Ok(true));
    assert_eq!(recover(&hash, &expected), Ok(Some(signer.address())));
    assert!(order.is_signed_by(&domain, signer.address()).is_err());

    let operation = format!("{kind}Operation");
    let operation: String = get(&vectors["typehashes"][&operation], "type");
    assert_eq!(SignedOperation::<O>::type_string(), operation);
    let sign = SignedOperation::new(order.clone(), OrderOperation::Sign, &domain, &signer);
    assert_eq!(sign.hash(&domain), get::<B256>(vector, "operationSignHash"));
    let close = SignedOperation::new(order, OrderOperation::Close, &domain, &signer);
    assert_eq!(
        close.hash(&domain),
        get::<B256>(vector, "operationCloseHash")
    );
    assert_eq!(close.sign, get::<Bytes>(vector, "operationCloseSignature"));
    assert_eq!(close.is_signed_by(&domain, signer.address()), Ok(true));

    let mut written = serde_json::to_value(&signed).unwrap();
    written.as_object_mut().unwrap().remove("sign");
    assert_eq!(written, vector["order"], "{kind} as JSON");
}

#[test]
fn orders_hash_sign_and_read_as_recorded() {
    check::<AppOrder>("AppOrder");
    check::<DatasetOrder>("DatasetOrder");
    check::<WorkerpoolOrder>("WorkerpoolOrder");
    check::<RequestOrder>("RequestOrder");
}

#[test]
fn the_domain_separator_is_that_of_the_recorded_hub() {
    let vectors = vectors();
    let separator: B256 = get(&vectors, "domainSeparator");
    assert_eq!(domain(&vectors).separator(), separator);
    let domain = &vectors["typehashes"]["EIP712Domain"];
    assert_eq!(Domain::TYPE, get::<String>(domain, "type"));
}

#[test]
fn every_type_hash_is_the_recorded_one() {
    for (name, vector) in vectors()["typehashes"].as_object().unwrap() {
        let hash = keccak256(get::<String>(vector, "type"));
        assert_eq!(hash, get::<B256>(vector, "typehash"), "{name}");
    }
}

#[test]
fn deals_tasks_commitments_and_leaves_are_as_recorded() {
    let vectors = vectors();
    let task = &vectors["task"];
    let request: OrderHash = get(&vectors["orders"]["RequestOrder"], "orderHash");
    let deal = DealId::of(request, U256::ZERO);
    assert_eq!(deal, get::<DealId>(task, "dealid"));
    let id = TaskId::of(deal, U256::ZERO);
    assert_eq!(id, get::<TaskId>(task, "taskid"));

    let worker: Address = get(task, "worker");
    let commitment = Commitment::new(worker, id, get(task, "resultDigest"));
    assert_eq!(commitment.hash, get::<B256>(task, "resultHash"));
    assert_eq!(commitment.seal, get::<B256>(task, "resultSeal"));
    let message: B256 = get(task, "enclaveMessageHash");
    assert_eq!(commitment.enclave_message(), message);

    let scheduler = account(&vectors["orders"]["WorkerpoolOrder"]);
    let enclave = Account::dev(7).unwrap();
    assert_eq!(enclave.address(), get::<Address>(task, "enclave"));
    let enclave_sign: Bytes = get(task, "enclaveSign");
    assert_eq!(commitment.sign_as_enclave(&enclave), enclave_sign);
    for (suffix, enclave) in [("", Address::ZERO), ("_enclave", enclave.address())] {
        let leave = Authorization {
            worker,
            task: id,
            enclave,
        };
        let message: B256 = get(task, &format!("authorizationMessageHash{suffix}"));
        assert_eq!(leave.message(), message);
        let sign: Bytes = get(task, &format!("authorizationSign{suffix}"));
        assert_eq!(leave.sign(&scheduler), sign);
        assert_eq!(leave.is_signed_by(scheduler.address(), &sign), Ok(true));
    }
}

#[test]
fn numbers_are_read_as_numbers_and_as_text() {
    let json = r#"{
        "app": "0xB03bc8a23390901deB612a4A36D2eb7680c6793C",
        "appprice": 3, "volume": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        "salt": "0x0000000000000000000000000000000000000000000000000000000000000001",
        "orderHash": "0x00", "publicationTimestamp": "2026-01-01"
    }"#;
    let order: AppOrder = serde_json::from_str(json).unwrap();
    assert_eq!((order.appprice, order.volume), (U256::from(3), U256::MAX));
    assert_eq!(order.datasetrestrict, Address::ZERO);
    assert!(order.sign.is_empty());
    let wrong = json.replace(": 3", ": \"-3\"");
    let why = serde_json::from_str::<AppOrder>(&wrong).unwrap_err();
    assert!(why.to_string().contains("`-3` is not an integer"), "{why}");
}
