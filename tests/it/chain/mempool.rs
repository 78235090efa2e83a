//! What may wait for a block, in which order it is taken, and why it is refused.

use alloy_consensus::{
    SignableTransaction as _, Transaction as _, TxEip1559, TxEip7702, TxEnvelope, TxLegacy,
};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, TxKind, U256, bytes};
use alloy_signer::SignerSync as _;
use emulate::chain::{BaseFee, Chain, Config, Rejection, SubmitError, recover};

use proptest::prelude::*;

use super::{CONTRACT, START, account, chain, payment};

/// A payment of one wei with a fee cap and a tip in gwei.
fn priced(to: Address, nonce: u64, cap: u128, tip: u128) -> TxEip1559 {
    TxEip1559 {
        max_fee_per_gas: cap * 1_000_000_000,
        max_priority_fee_per_gas: tip * 1_000_000_000,
        ..payment(to, 1, nonce)
    }
}

#[test]
fn a_nonce_gap_is_queued_until_it_closes() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    chain.submit_unsigned(payment(bob, 1, 1), alice).unwrap();
    chain.submit_unsigned(payment(bob, 1, 2), alice).unwrap();
    assert!(chain.mine(START).transactions.is_empty());
    assert_eq!(chain.next_nonce(alice), 0);
    let content = chain.mempool_content();
    assert!(content.ready.is_empty());
    assert_eq!(content.queued[&alice].len(), 2);

    chain.submit_unsigned(payment(bob, 1, 0), alice).unwrap();
    assert_eq!(chain.next_nonce(alice), 3);
    assert_eq!(chain.mempool_content().ready[&alice].len(), 3);
    let block = chain.mine(START);
    let nonces: Vec<u64> = block
        .transactions
        .iter()
        .map(|sent| sent.inner().nonce())
        .collect();
    assert_eq!(nonces, [0, 1, 2]);
    assert!(chain.mempool().is_empty());
}

#[test]
fn the_best_tip_goes_first_but_nonces_keep_their_order() {
    let mut chain = chain();
    let [alice, bob, carol] = [0, 1, 2].map(|index| account(&chain, index));
    chain.submit_unsigned(priced(bob, 0, 9, 1), alice).unwrap();
    chain.submit_unsigned(priced(bob, 1, 9, 8), alice).unwrap();
    chain.submit_unsigned(priced(bob, 0, 9, 2), carol).unwrap();
    chain.submit_unsigned(priced(alice, 0, 9, 2), bob).unwrap();
    let block = chain.mine(START);
    let senders: Vec<Address> = block
        .transactions
        .iter()
        .map(|sent| sent.signer())
        .collect();
    // Carol came before Bob; Alice's rich transaction waits for her poor one.
    assert_eq!(senders, [carol, bob, alice, alice]);
}

#[test]
fn a_replacement_has_a_higher_cap_and_no_lower_tip() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    let first = chain
        .submit_unsigned(priced(bob, 0, 100, 10), alice)
        .unwrap();
    let refused = [(100, 11), (101, 9), (99, 10)];
    for (cap, tip) in refused {
        let again = TxEip1559 {
            value: U256::from(2),
            ..priced(bob, 0, cap, tip)
        };
        assert_eq!(
            chain.submit_unsigned(again, alice),
            Err(SubmitError::ReplacementUnderpriced)
        );
    }
    let second = chain
        .submit_unsigned(priced(bob, 0, 101, 10), alice)
        .unwrap();
    assert!(!chain.mempool().contains(&first));
    chain.mine(START);
    assert!(chain.receipt(&first).is_none());
    assert!(chain.receipt(&second).is_some());
}

#[test]
fn what_does_not_fit_waits_for_the_next_block() {
    let config = Config {
        gas_limit: 50_000,
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    for nonce in 0..5 {
        chain
            .submit_unsigned(payment(bob, 1, nonce), alice)
            .unwrap();
    }
    let counts: Vec<usize> = (0..4)
        .map(|_| chain.mine(START).transactions.len())
        .collect();
    assert_eq!(counts, [2, 2, 1, 0]);
}

#[test]
fn a_transaction_that_became_invalid_is_dropped_with_the_reason() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    let hash = chain.submit_unsigned(payment(bob, 1, 0), alice).unwrap();
    chain.set_balance(alice, U256::ZERO);
    assert!(chain.mine(START).transactions.is_empty());
    assert!(chain.mempool().is_empty());
    let dropped = chain.dropped(&hash).unwrap();
    assert!(
        matches!(dropped.reason, Rejection::Invalid(_)),
        "{dropped:?}"
    );
}

#[test]
fn where_balances_are_not_checked_the_money_may_arrive_in_the_same_block() {
    let poor = Address::repeat_byte(0x77);
    let spend = || TxEip1559 {
        value: U256::from(5),
        max_fee_per_gas: 1_000_000_000,
        max_priority_fee_per_gas: 0,
        ..payment(CONTRACT, 5, 0)
    };
    let mut strict = chain();
    assert!(matches!(
        strict.submit_unsigned(spend(), poor),
        Err(SubmitError::InsufficientFunds { .. })
    ));

    let mut chain = Chain::new(&Config {
        balance_checks: false,
        ..Config::default()
    })
    .unwrap();
    let alice = account(&chain, 0);
    let spent = chain.submit_unsigned(spend(), poor).unwrap();
    let ether = TxEip1559 {
        value: U256::from(10).pow(U256::from(18)),
        ..payment(poor, 0, 0)
    };
    chain.submit_unsigned(ether, alice).unwrap();
    assert_eq!(chain.mine(START).transactions.len(), 2);
    assert!(chain.receipt(&spent).is_some());
    // Whose money never comes is dropped.
    let late = TxEip1559 {
        value: U256::MAX >> 1,
        nonce: 1,
        ..spend()
    };
    let late = chain.submit_unsigned(late, poor).unwrap();
    assert!(chain.mine(START).transactions.is_empty());
    assert!(chain.dropped(&late).is_some());
}

/// What makes a good transaction a bad one.
type Spoil<'a> = &'a dyn Fn(&mut TxEip1559);

#[test]
fn every_refusal_says_what_is_wrong() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    let good = payment(bob, 1, 0);
    chain.submit_unsigned(good.clone(), alice).unwrap();
    let cases: [(Spoil<'_>, &str); 8] = [
        (&|sent| sent.nonce = 0, "transaction already imported"),
        (
            &|sent| sent.chain_id = 1,
            "invalid chain id: have 1, want 31337",
        ),
        (&|sent| sent.gas_limit = 20_999, "intrinsic gas too low"),
        (
            &|sent| sent.gas_limit = 30_000_001,
            "intrinsic gas too high",
        ),
        (
            &|sent| {
                sent.max_fee_per_gas = 999_999_999;
                sent.max_priority_fee_per_gas = 0;
            },
            "max fee per gas less than block base fee",
        ),
        (
            &|sent| sent.max_priority_fee_per_gas = 2_000_000_001,
            "max priority fee per gas higher than max fee per gas",
        ),
        (
            &|sent| sent.value = U256::MAX,
            "insufficient funds for gas * price + value",
        ),
        (
            &|sent| {
                sent.to = TxKind::Create;
                sent.input = vec![0; 49_153].into();
                sent.gas_limit = 3_000_000;
            },
            "max initcode size exceeded",
        ),
    ];
    for (spoil, reason) in cases {
        let mut spoiled = payment(bob, 1, 1);
        spoil(&mut spoiled);
        let said = chain
            .submit_unsigned(spoiled, alice)
            .unwrap_err()
            .to_string();
        assert!(said.starts_with(reason), "{said}");
    }
    chain.mine(START);
    assert_eq!(
        chain.submit_unsigned(good, alice),
        Err(SubmitError::NonceTooLow { next: 1, nonce: 0 })
    );
}

#[test]
fn a_raw_transaction_is_recovered_and_garbage_is_an_error() {
    let mut chain = chain();
    let signer = chain.signers()[3].clone();
    let transaction = payment(account(&chain, 1), 9, 0);
    let signature = signer
        .sign_hash_sync(&transaction.signature_hash())
        .unwrap();
    let raw = TxEnvelope::from(transaction.into_signed(signature)).encoded_2718();
    assert_eq!(recover(&raw).unwrap().signer(), signer.address());
    let hash = chain.submit_raw(&raw).unwrap();
    chain.mine(START);
    assert!(chain.receipt(&hash).unwrap().is_success());
    assert_eq!(recover(&[]), Err(SubmitError::Empty));
    for end in 1..raw.len() {
        assert!(
            matches!(recover(&raw[..end]), Err(SubmitError::Undecodable(_))),
            "{end} bytes"
        );
    }
    let longer = [raw.as_slice(), &[0]].concat();
    assert!(matches!(recover(&longer), Err(SubmitError::Undecodable(_))));
}

#[test]
fn a_chain_without_fees_takes_legacy_transactions_that_pay_nothing() {
    let config = Config {
        base_fee: BaseFee::Fixed(0),
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    let before = chain.balance(alice);
    let gift = TxLegacy {
        gas_limit: 21_000,
        to: TxKind::Call(bob),
        value: U256::from(4),
        ..TxLegacy::default()
    };
    chain.submit_unsigned(gift, alice).unwrap();
    chain.mine(START);
    assert_eq!(before - chain.balance(alice), U256::from(4));
}

#[test]
fn a_contract_sends_only_when_impersonated() {
    let mut chain = chain();
    let bob = account(&chain, 1);
    chain.set_code(CONTRACT, bytes!("00")).unwrap();
    chain.set_balance(CONTRACT, U256::from(10).pow(U256::from(18)));
    assert_eq!(
        chain.submit_unsigned(payment(bob, 1, 0), CONTRACT),
        Err(SubmitError::SenderHasCode(CONTRACT))
    );
    chain.impersonate(CONTRACT);
    let hash = chain.submit_unsigned(payment(bob, 1, 0), CONTRACT).unwrap();
    chain.mine(START);
    assert!(chain.receipt(&hash).unwrap().is_success());
    chain.stop_impersonating(CONTRACT);
    assert!(chain.submit_unsigned(payment(bob, 1, 1), CONTRACT).is_err());
}

#[test]
fn unsigned_transactions_of_two_senders_have_two_hashes() {
    let mut chain = chain();
    let [alice, bob, carol] = [0, 1, 2].map(|index| account(&chain, index));
    let first = chain.submit_unsigned(payment(carol, 1, 0), alice).unwrap();
    let second = chain.submit_unsigned(payment(carol, 1, 0), bob).unwrap();
    assert_ne!(first, second);
    assert_eq!(chain.mine(START).transactions.len(), 2);
}

#[test]
fn an_authorization_sets_code_and_moves_the_nonce_past_what_waited() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    let signer = chain.signers()[1].clone();
    let authorization = Authorization {
        chain_id: U256::from(31337),
        address: CONTRACT,
        nonce: 0,
    };
    let signature = signer
        .sign_hash_sync(&authorization.signature_hash())
        .unwrap();
    let set_code = TxEip7702 {
        chain_id: 31337,
        gas_limit: 100_000,
        max_fee_per_gas: 3_000_000_000,
        max_priority_fee_per_gas: 2_000_000_000,
        to: bob,
        authorization_list: vec![authorization.into_signed(signature)],
        ..TxEip7702::default()
    };
    let none = TxEip7702 {
        authorization_list: vec![],
        ..set_code.clone()
    };
    assert_eq!(
        chain.submit_unsigned(none, alice),
        Err(SubmitError::EmptyAuthorizationList)
    );
    chain.submit_unsigned(set_code, alice).unwrap();
    chain.submit_unsigned(payment(alice, 1, 0), bob).unwrap();
    assert_eq!(chain.mine(START).transactions.len(), 1);
    assert_eq!(chain.state().nonce(bob), 1);
    assert!(chain.state().code(bob).is_eip7702());
    assert!(chain.mempool().is_empty());
    // A delegated account still signs for itself.
    assert!(chain.submit_unsigned(payment(alice, 1, 1), bob).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_recovery_panic(kind in 0_u8..6, mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = recover(&bytes);
        bytes.insert(0, kind);
        let _ = recover(&bytes);
    }

    #[test]
    fn a_bit_flipped_in_a_raw_transaction_never_keeps_hash_and_sender(at in 0_usize..1000, bit in 0_u8..8) {
        let chain = chain();
        let signer = chain.signers()[3].clone();
        let transaction = payment(account(&chain, 1), 9, 0);
        let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
        let sent = TxEnvelope::from(transaction.into_signed(signature));
        let mut raw = sent.encoded_2718();
        let place = at % raw.len();
        raw[place] ^= 1 << bit;
        if let Ok(flipped) = recover(&raw) {
            prop_assert_ne!(flipped.inner().tx_hash(), sent.tx_hash());
        }
    }
}
