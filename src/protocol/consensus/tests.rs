//! Tests of weights, groups and replicas.

use alloy_primitives::keccak256;

use super::*;

/// Newcomers that must agree before `trust` is reached, by counting votes.
fn agreeing_newcomers(trust: u64) -> usize {
    let mut groups = Groups::default();
    let hash = keccak256("a");
    (1..)
        .find(|_| {
            groups.vote(hash, weight(0)).unwrap();
            groups.is_reached(&hash, U256::from(trust)).unwrap()
        })
        .unwrap()
}

const NEEDED: [(u64, usize); 14] = [
    (0, 1),
    (1, 1),
    (2, 1),
    (3, 2),
    (4, 2),
    (5, 3),
    (8, 3),
    (9, 4),
    (16, 4),
    (50, 6),
    (100, 7),
    (1_000, 10),
    (10_000, 14),
    (1_000_000, 20),
];

#[test]
fn newcomers_needed_double_the_trust() {
    for (trust, workers) in NEEDED {
        assert_eq!(agreeing_newcomers(trust), workers, "trust {trust}");
    }
}

#[test]
fn the_scheduler_asks_as_many_as_the_contract_needs() {
    for (trust, workers) in NEEDED {
        let asked = replicas_needed(U256::from(trust), &[]);
        assert_eq!(asked, workers, "trust {trust}");
    }
}

#[test]
fn replication_and_trust_translate_into_each_other() {
    for workers in 1..20 {
        let trust = trust_for_replication(workers);
        assert_eq!(agreeing_newcomers(trust), workers as usize);
    }
    assert_eq!(trust_for_replication(0), 1);
    assert_eq!(trust_for_replication(1), 2);
    assert_eq!(trust_for_replication(4), 9);
    assert_eq!(trust_for_replication(1_000), u64::MAX);
}

#[test]
fn a_score_weighs_from_twelve_on() {
    assert_eq!([0, 11, 12, 18, 30].map(weight), [2, 2, 3, 5, 9]);
    assert_eq!([1, 2, 3, 4, 9].map(reward_weight), [0, 1, 1, 2, 3]);
}

#[test]
fn three_votes_decide_at_trust_nine_and_not_at_ten() {
    let [a, b] = ["a", "b"].map(keccak256);
    let mut groups = Groups::default();
    let nine = U256::from(9);
    groups.vote(a, 5).unwrap();
    assert_eq!(groups.is_reached(&a, nine), Some(false)); // 5·9 = 45 ≤ 6·8 = 48
    groups.vote(b, 2).unwrap();
    groups.vote(a, 5).unwrap();
    assert_eq!(
        (groups.weight(&a), groups.total()),
        (U256::from(25), U256::from(28))
    );
    assert_eq!(groups.is_reached(&a, nine), Some(true)); // 25·9 = 225 > 28·8 = 224
    assert_eq!(groups.is_reached(&a, U256::from(10)), Some(false)); // 250 ≤ 28·9 = 252
}

#[test]
fn a_rejected_group_weighs_nothing_and_may_grow_again() {
    let [a, b] = ["a", "b"].map(keccak256);
    let mut groups = Groups::default();
    groups.vote(a, 2).unwrap();
    groups.vote(b, 3).unwrap();
    groups.vote(a, 2).unwrap();
    groups.reject(&a);
    assert_eq!(
        (groups.weight(&a), groups.total()),
        (U256::ZERO, U256::from(4))
    );
    assert_eq!(groups.vote(a, 2), Some(U256::from(2)));
}

#[test]
fn a_weight_that_does_not_fit_changes_nothing() {
    let hash = keccak256("a");
    let mut groups = Groups::default();
    for _ in 0..255 {
        groups.vote(hash, 2).unwrap();
    }
    let before = groups.clone();
    assert_eq!(groups.vote(hash, 2), None);
    assert_eq!(groups, before);
    assert_eq!(groups.is_reached(&hash, U256::from(9)), None);
}

#[test]
fn disagreement_asks_for_more() {
    let [a, b] = ["a", "b"].map(|text| Some(keccak256(text)));
    let vote = |vote| Replica { weight: 2, vote };
    let five = U256::from(5);
    // 8·5 = 40 > 9·4 = 36
    assert!(!needs_replica(five, &[vote(a), vote(a), vote(None)]));
    // 4·5 = 20 ≤ (1 + 2 + 4)·4 = 28
    assert!(needs_replica(five, &[vote(a), vote(a), vote(b)]));
    // 16·5 = 80 > (1 + 2 + 16)·4 = 76
    assert_eq!(replicas_needed(five, &[vote(a), vote(a), vote(b)]), 2);
    assert_eq!(replicas_needed(five, &[vote(a), vote(a)]), 1);
}

#[test]
fn one_experienced_worker_may_be_enough() {
    let expert = Replica {
        weight: weight(300),
        vote: None,
    };
    assert!(!needs_replica(U256::from(50), &[expert])); // 99·50 > 100·49
}

#[test]
fn a_trust_out_of_reach_is_given_up() {
    assert_eq!(replicas_needed(U256::MAX, &[]), 256);
}
