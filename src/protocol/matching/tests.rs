//! Each check of matching, broken one at a time.

use std::collections::BTreeMap;

use super::*;
use crate::protocol::{
    Account, AppOrder, Category, DatasetOrder, RequestOrder, Revert, WorkerpoolOrder,
};

const APP: Address = Address::repeat_byte(0xa);
const DATASET: Address = Address::repeat_byte(0xd);
const POOL: Address = Address::repeat_byte(0xc);
const STRANGER: Address = Address::repeat_byte(0x5);

/// A little chain of one app, one dataset and one pool.
#[derive(Default)]
struct Chain {
    consumed: BTreeMap<OrderHash, U256>,
    presigned: BTreeMap<OrderHash, Address>,
    unregistered: Vec<Address>,
    members: Vec<(Address, Address)>,
}

impl Facts for Chain {
    fn categories(&self) -> U256 {
        U256::from(Category::defaults().len())
    }

    fn consumed(&self, order: OrderHash) -> U256 {
        self.consumed.get(&order).copied().unwrap_or_default()
    }

    fn presigned(&self, order: OrderHash) -> Option<Address> {
        self.presigned.get(&order).copied()
    }

    fn entry(&self, kind: OrderKind, address: Address) -> Entry {
        let owner = account(kind).address();
        match address {
            _ if self.unregistered.contains(&address) => Entry::Unregistered(owner),
            APP | DATASET | POOL => Entry::Registered(owner),
            _ => Entry::None,
        }
    }

    fn is_member(&self, group: Address, member: Address) -> bool {
        self.members.contains(&(group, member))
    }
}

fn account(kind: OrderKind) -> Account {
    Account::named(format!("owner.{}", kind.as_str()))
}

fn domain() -> Domain {
    Domain::new(31_337, Address::repeat_byte(0x11))
}

/// Orders that match, unsigned.
fn orders() -> Orders {
    let volume = U256::from(3);
    Orders {
        app: AppOrder {
            app: APP,
            appprice: U256::from(3),
            volume,
            ..AppOrder::default()
        },
        dataset: DatasetOrder {
            dataset: DATASET,
            datasetprice: U256::from(1),
            volume,
            ..DatasetOrder::default()
        },
        workerpool: WorkerpoolOrder {
            workerpool: POOL,
            workerpoolprice: U256::from(25),
            volume,
            trust: U256::from(9),
            ..WorkerpoolOrder::default()
        },
        request: RequestOrder {
            app: APP,
            appmaxprice: U256::from(3),
            dataset: DATASET,
            datasetmaxprice: U256::from(1),
            workerpool: POOL,
            workerpoolmaxprice: U256::from(25),
            requester: account(OrderKind::Request).address(),
            volume: U256::from(2),
            trust: U256::from(9),
            ..RequestOrder::default()
        },
    }
}

fn signed(orders: Orders) -> Orders {
    let domain = domain();
    Orders {
        app: orders.app.signed(&domain, &account(OrderKind::App)),
        dataset: orders.dataset.signed(&domain, &account(OrderKind::Dataset)),
        workerpool: orders
            .workerpool
            .signed(&domain, &account(OrderKind::Workerpool)),
        request: orders.request.signed(&domain, &account(OrderKind::Request)),
    }
}

fn try_match(orders: &Orders, chain: &Chain) -> Result<Match, MatchError> {
    check(orders, &domain(), &Rules::default(), chain)
}

#[test]
fn orders_that_agree_make_a_match_of_the_smallest_volume() {
    let found = try_match(&signed(orders()), &Chain::default()).unwrap();
    assert_eq!(found.volume, U256::from(2));
    assert_eq!(found.app_owner, account(OrderKind::App).address());
    assert_eq!(
        found.workerpool_owner,
        account(OrderKind::Workerpool).address()
    );
    assert!(found.hashes.dataset.is_some());
}

#[test]
fn without_a_dataset_its_order_is_not_looked_at() {
    let mut orders = orders();
    orders.dataset = DatasetOrder::default();
    orders.request.dataset = Address::ZERO;
    let found = try_match(&signed(orders), &Chain::default()).unwrap();
    assert_eq!(
        (found.hashes.dataset, found.dataset_owner),
        (None, Address::ZERO)
    );
}

/// A way to spoil orders, and the code it must give.
type Spoiler = (u8, fn(&mut Orders));

const TERMS: [Spoiler; 20] = [
    (0x00, |orders| orders.request.category = U256::from(1)),
    (0x01, |orders| {
        orders.request.category = U256::from(5);
        orders.workerpool.category = U256::from(5);
    }),
    (0x02, |orders| orders.request.trust = U256::from(10)),
    (0x03, |orders| orders.app.appprice = U256::from(4)),
    (0x04, |orders| orders.dataset.datasetprice = U256::from(2)),
    (0x05, |orders| {
        orders.workerpool.workerpoolprice = U256::from(26)
    }),
    (0x06, |orders| orders.request.tag = Tag::TEE),
    (0x07, |orders| {
        orders.request.tag = Tag::TEE;
        orders.workerpool.tag = Tag::TEE;
    }),
    (0x10, |orders| orders.app.app = STRANGER),
    (0x11, |orders| orders.dataset.dataset = STRANGER),
    (0x12, |orders| orders.request.workerpool = STRANGER),
    (0x13, |orders| orders.app.datasetrestrict = STRANGER),
    (0x14, |orders| orders.app.workerpoolrestrict = STRANGER),
    (0x15, |orders| orders.app.requesterrestrict = STRANGER),
    (0x16, |orders| orders.dataset.apprestrict = STRANGER),
    (0x17, |orders| orders.dataset.workerpoolrestrict = STRANGER),
    (0x18, |orders| orders.dataset.requesterrestrict = STRANGER),
    (0x19, |orders| orders.workerpool.apprestrict = STRANGER),
    (0x1a, |orders| orders.workerpool.datasetrestrict = STRANGER),
    (0x1b, |orders| {
        orders.workerpool.requesterrestrict = STRANGER
    }),
];

#[test]
fn every_term_that_fails_has_its_code() {
    for (code, spoil) in TERMS {
        let mut orders = orders();
        spoil(&mut orders);
        let why = try_match(&signed(orders), &Chain::default()).unwrap_err();
        assert_eq!(why.code(), Some(code), "{why}");
        let reason = format!("iExecV5-matchOrders-0x{code:02x}");
        assert_eq!(why.revert(), Revert::Reason(reason));
    }
}

#[test]
fn of_two_failures_the_earlier_check_is_reported() {
    for (first, second) in TERMS.iter().zip(&TERMS[1..]) {
        let mut orders = orders();
        second.1(&mut orders);
        first.1(&mut orders);
        let why = try_match(&signed(orders), &Chain::default()).unwrap_err();
        // A TEE the pool lacks is no failure of the pool once the second spoiler gave it one.
        let expected = if first.0 == 0x06 { 0x07 } else { first.0 };
        assert_eq!(why.code(), Some(expected), "{why}");
    }
}

#[test]
fn each_order_must_be_signed_by_its_owner() {
    for code in [0x21, 0x31, 0x41, 0x50] {
        let good = signed(orders());
        let mut bad = good.clone();
        match code {
            0x21 => bad.app.sign = good.request.sign,
            0x31 => bad.dataset.sign = good.request.sign,
            0x41 => bad.workerpool.sign = good.request.sign,
            _ => bad.request.sign = good.app.sign,
        }
        let why = try_match(&bad, &Chain::default()).unwrap_err();
        assert_eq!(why.code(), Some(code), "{why}");
    }
    let mut unsigned = signed(orders());
    unsigned.request.sign = Default::default();
    let why = try_match(&unsigned, &Chain::default()).unwrap_err();
    assert_eq!(why.revert(), Revert::reason("invalid-signature-format"));
}

#[test]
fn each_entry_must_be_registered() {
    for (address, code) in [(APP, 0x20), (DATASET, 0x30), (POOL, 0x40)] {
        let chain = Chain {
            unregistered: vec![address],
            ..Chain::default()
        };
        let why = try_match(&signed(orders()), &chain).unwrap_err();
        assert_eq!(why.code(), Some(code), "{why}");
    }
    let mut nowhere = orders();
    nowhere.app.app = STRANGER;
    nowhere.request.app = STRANGER;
    let why = try_match(&signed(nowhere), &Chain::default()).unwrap_err();
    assert_eq!((why.code(), why.revert()), (None, Revert::Empty));
}

#[test]
fn an_order_signed_on_chain_needs_no_signature() {
    let mut orders = signed(orders());
    orders.app.sign = Default::default();
    let mut chain = Chain::default();
    let hash = orders.app.hash(&domain());
    chain
        .presigned
        .insert(hash, account(OrderKind::App).address());
    assert!(try_match(&orders, &chain).is_ok());
    chain.presigned.insert(hash, STRANGER);
    assert!(try_match(&orders, &chain).is_err());
}

#[test]
fn what_is_used_up_cannot_be_matched() {
    let orders = signed(orders());
    let mut chain = Chain::default();
    let hash = orders.workerpool.hash(&domain());
    chain.consumed.insert(hash, U256::from(2));
    assert_eq!(try_match(&orders, &chain).unwrap().volume, U256::from(1));
    chain.consumed.insert(hash, U256::from(3));
    let why = try_match(&orders, &chain).unwrap_err();
    assert_eq!(why.code(), Some(0x60));
    assert_eq!(why.to_string(), "nothing is left of the workerpool order");
}

#[test]
fn a_group_contract_admits_its_members() {
    let mut orders = orders();
    orders.app.workerpoolrestrict = STRANGER;
    let chain = Chain {
        members: vec![(STRANGER, POOL)],
        ..Chain::default()
    };
    assert!(try_match(&signed(orders), &chain).is_ok());
}

#[test]
fn only_earlier_hubs_minded_the_framework_a_dataset_asks_for() {
    let mut orders = orders();
    orders.dataset.tag = Tag::from_words(["scone"]).unwrap();
    let categories = U256::from(5);
    let today = Rules::default();
    assert_eq!(check_terms(&orders, &today, categories), Ok(Tag::NONE));
    let earlier = Rules {
        dataset_tag_ignored: Tag::NONE,
        ..today
    };
    let why = check_terms(&orders, &earlier, categories).unwrap_err();
    assert_eq!(why.code(), Some(0x06));
}
