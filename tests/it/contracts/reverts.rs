//! Every refusal of the recorded reference run, provoked again: the same words, or none.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, Log, U256};
use alloy_sol_types::SolCall;
use emulate::{
    contracts::{AppEntry, RegistryEntry, abi::IexecHub, call},
    protocol::{Category, Order, OrderOperation, Orders, SignedOperation, Tag},
};
use serde_json::Value;

use super::network::{
    ADMIN, APP_OWNER, BROKER, Network, REQUESTER, SCHEDULER, STRANGER, W, account, address,
    with_enclave, with_trust,
};

const REFERENCE: &str = include_str!("../../data/reference_run.json");

/// What was refused, by the name the reference run gives it, and in which words.
struct Refusals {
    net: Network,
    words: BTreeMap<String, String>,
}

impl Refusals {
    fn note(&mut self, name: &str, answer: Result<Vec<Log>, String>) {
        let words = answer.expect_err(name);
        assert!(
            self.words.insert(name.to_owned(), words).is_none(),
            "{name} twice"
        );
    }

    /// Sends to the hub what it must refuse.
    fn ask(&mut self, name: &str, from: usize, input: Bytes) {
        let answer = self.net.ask(from, input);
        self.note(name, answer);
    }

    /// Asks for a match the hub must refuse.
    fn matching(&mut self, name: &str, change: impl FnOnce(&mut Orders)) {
        let orders = self.net.orders(change);
        self.ask(
            &format!("matchOrders {name}"),
            STRANGER,
            call::match_orders(&orders),
        );
    }

    /// The same, spoilt after it was signed.
    fn spoilt(&mut self, name: &str, spoil: impl FnOnce(&mut Orders, &Network)) {
        let mut orders = self.net.orders(|orders| with_trust(orders, 1));
        spoil(&mut orders, &self.net);
        self.ask(
            &format!("matchOrders {name}"),
            STRANGER,
            call::match_orders(&orders),
        );
    }
}

fn reveals_and_completions(r: &mut Refusals) {
    let import = call::import_score(address(W[0]));
    r.net.ask(STRANGER, import.clone()).unwrap();
    r.ask("importScore twice", STRANGER, import);
    r.net
        .ask(STRANGER, call::import_score(address(W[2])))
        .unwrap();
    let orders = r.net.orders(|orders| with_trust(orders, 9));
    r.net.ask(STRANGER, call::match_orders(&orders)).unwrap();
    r.ask(
        "match again (consumed)",
        STRANGER,
        call::match_orders(&orders),
    );
    let deal = r.net.deal_of(&orders);
    r.ask(
        "initialize idx out of range",
        STRANGER,
        call::initialize(deal, U256::from(1)),
    );
    let (task, _) = r.net.initialize(deal);
    r.ask(
        "initialize twice",
        STRANGER,
        call::initialize(deal, U256::ZERO),
    );
    for (worker, result) in [(W[0], "A"), (W[1], "B"), (W[2], "A")] {
        r.net.contribute(worker, task, result).unwrap();
    }
    let pending = IexecHub::resultForCall { id: task.0 };
    r.ask("resultFor pending", STRANGER, pending.abi_encode().into());
    let answer = r.net.reveal(W[1], task, "B");
    r.note("reveal by loser", answer);
    let answer = r.net.reveal(W[0], task, "B");
    r.note("reveal wrong digest", answer);
    r.net.reveal(W[0], task, "A").unwrap();
    let finalize = call::finalize(task, Bytes::new(), Bytes::new());
    r.ask("finalize before all reveals", SCHEDULER, finalize.clone());
    r.net.reveal(W[2], task, "A").unwrap();
    r.ask("finalize by non scheduler", STRANGER, finalize.clone());
    let callback = call::finalize(task, Bytes::new(), Bytes::from_static(b"x"));
    let name = "finalize with resultsCallback but no callback (digest mismatch)";
    r.ask(name, SCHEDULER, callback);
    r.net.ask(SCHEDULER, finalize.clone()).unwrap();
    r.ask("double finalize", SCHEDULER, finalize);
    r.ask("claim completed", STRANGER, call::claim(task));
}

fn deadlines(r: &mut Refusals) {
    let task = r.net.task(1);
    r.net.contribute(W[3], task, "A").unwrap();
    r.ask(
        "reopen before reveal deadline",
        SCHEDULER,
        call::reopen(task),
    );
    r.net.now += 600;
    let answer = r.net.reveal(W[3], task, "A");
    r.note("reveal after deadline", answer);
    let answer = r.net.finalize(task, b"");
    r.note("finalize with no reveal", answer);
    r.ask("reopen by non scheduler", STRANGER, call::reopen(task));
    r.ask("claim before final deadline", STRANGER, call::claim(task));
    r.net.ask(SCHEDULER, call::reopen(task)).unwrap();
    r.net.now += 1_500;
    let answer = r.net.contribute(W[4], task, "A");
    r.note("contribute after contribution deadline", answer);
}

fn enclaves(r: &mut Refusals) {
    let orders = r.net.orders(with_enclave);
    r.net.ask(STRANGER, call::match_orders(&orders)).unwrap();
    let (task, _) = r.net.initialize(r.net.deal_of(&orders));
    let answer = r.net.contribute(W[0], task, "A");
    r.note("TEE tag without enclave", answer);
    r.net
        .ask(ADMIN, call::set_tee_broker(address(BROKER)))
        .unwrap();
    let answer = r.net.contribute_in(W[0], task, "A", Some(SCHEDULER));
    r.note("TEE with broker set but scheduler auth", answer);
}

fn terms(r: &mut Refusals) {
    let gpu = Tag(B256::from(U256::from(0x100)));
    let tee = Tag(B256::with_last_byte(1));
    r.matching("0x00 category mismatch", |o| {
        o.request.category = U256::from(1)
    });
    r.matching("0x01 unknown category", |o| {
        o.request.category = U256::from(9);
        o.workerpool.category = U256::from(9);
    });
    r.matching("0x02 trust", |o| o.request.trust = U256::from(1));
    r.matching("0x03 app price", |o| o.app.appprice = U256::from(4));
    r.matching("0x04 dataset price", |o| {
        o.dataset.datasetprice = U256::from(2)
    });
    r.matching("0x05 pool price", |o| {
        o.workerpool.workerpoolprice = U256::from(26)
    });
    r.matching("0x06 pool tag", |o| o.request.tag = gpu);
    r.matching("0x07 app tag TEE", |o| {
        (o.request.tag, o.workerpool.tag) = (tee, tee);
    });
    r.matching("0x60 zero volume", |o| o.request.volume = U256::ZERO);
}

fn restrictions(r: &mut Refusals) {
    let x = address(STRANGER);
    r.matching("0x10 app mismatch", |o| o.request.app = x);
    r.matching("0x11 dataset mismatch", |o| o.request.dataset = x);
    r.matching("0x12 request workerpool restrict", |o| {
        o.request.workerpool = x
    });
    r.matching("0x13 app datasetrestrict", |o| o.app.datasetrestrict = x);
    r.matching("0x14 app workerpoolrestrict", |o| {
        o.app.workerpoolrestrict = x
    });
    r.matching("0x15 app requesterrestrict", |o| {
        o.app.requesterrestrict = x
    });
    r.matching("0x16 dataset apprestrict", |o| o.dataset.apprestrict = x);
    r.matching("0x17 dataset workerpoolrestrict", |o| {
        o.dataset.workerpoolrestrict = x
    });
    r.matching("0x18 dataset requesterrestrict", |o| {
        o.dataset.requesterrestrict = x
    });
    r.matching("0x19 pool apprestrict", |o| o.workerpool.apprestrict = x);
    r.matching("0x1a pool datasetrestrict", |o| {
        o.workerpool.datasetrestrict = x
    });
    r.matching("0x1b pool requesterrestrict", |o| {
        o.workerpool.requesterrestrict = x
    });
}

fn signatures(r: &mut Refusals) {
    let stranger = account(STRANGER);
    r.spoilt("0x21 bad app sign", |o, net| {
        o.app = o.app.clone().signed(&net.domain, &stranger)
    });
    r.spoilt("0x31 bad dataset sign", |o, net| {
        o.dataset = o.dataset.clone().signed(&net.domain, &stranger);
    });
    r.spoilt("0x41 bad pool sign", |o, net| {
        o.workerpool = o.workerpool.clone().signed(&net.domain, &stranger);
    });
    r.spoilt("0x50 bad request sign", |o, net| {
        o.request = o.request.clone().signed(&net.domain, &stranger);
    });
    r.spoilt("empty request sign (format)", |o, _| {
        o.request.sign = Bytes::new()
    });
    let nobody = address(STRANGER);
    r.matching("app address without code", |o| {
        (o.app.app, o.request.app) = (nobody, nobody)
    });
    let owned = r.net.contracts.rlc;
    r.matching("0x20 app unregistered (has owner())", |o| {
        (o.app.app, o.request.app) = (owned, owned);
    });
}

fn orders(r: &mut Refusals) {
    let unsigned = |order, sign| SignedOperation {
        order,
        operation: OrderOperation::Close,
        sign,
    };
    let orders = r.net.orders(|orders| with_trust(orders, 1));
    let foreign = SignedOperation::new(
        orders.app.clone(),
        OrderOperation::Close,
        &r.net.domain,
        &account(STRANGER),
    );
    let name = "manageAppOrder bad sender (65B sig of other)";
    r.ask(name, STRANGER, call::manage_app_order(&foreign));
    let empty = unsigned(orders.app.clone(), Bytes::new());
    r.ask(
        "manageAppOrder bad sender (empty sign)",
        STRANGER,
        call::manage_app_order(&empty),
    );
    r.net
        .ask(APP_OWNER, call::manage_app_order(&empty))
        .unwrap();
    r.ask(
        "matchOrders closed app order",
        STRANGER,
        call::match_orders(&orders),
    );
}

fn money(r: &mut Refusals) {
    let price = |o: &mut Orders| {
        o.workerpool.workerpoolprice = U256::from(10_000);
        o.request.workerpoolmaxprice = U256::from(10_000);
    };
    r.matching("insufficient requester funds", price);
    r.net.deposit(REQUESTER, 20_000);
    r.matching("insufficient scheduler stake", price);
    r.ask(
        "withdraw too much",
        REQUESTER,
        call::withdraw(U256::from(1_000_000)),
    );
    r.ask(
        "deposit without approval",
        REQUESTER,
        call::deposit(U256::from(5)),
    );
    let wrong = IexecHub::receiveApprovalCall {
        sender: address(REQUESTER),
        amount: U256::from(1),
        token: address(STRANGER),
        data: Bytes::new(),
    };
    r.ask(
        "receiveApproval wrong token",
        REQUESTER,
        wrong.abi_encode().into(),
    );
    let uneven = IexecHub::depositForArrayCall {
        amounts: vec![U256::from(1)],
        targets: Vec::new(),
    };
    r.ask(
        "depositForArray length",
        REQUESTER,
        uneven.abi_encode().into(),
    );
}

fn administration(r: &mut Refusals) {
    let again = IexecHub::configureCall {
        token: r.net.contracts.rlc,
        name: String::new(),
        symbol: String::new(),
        decimals: 9,
        appregistry: Address::ZERO,
        datasetregistry: Address::ZERO,
        workerpoolregistry: Address::ZERO,
        v3Hub: Address::ZERO,
    };
    r.ask("configure twice", ADMIN, again.abi_encode().into());
    let category = call::create_category(&Category::defaults()[0]);
    r.ask("createCategory not owner", STRANGER, category);
    let unknown = IexecHub::viewCategoryCall {
        catid: U256::from(99),
    };
    r.ask(
        "viewCategory unknown",
        STRANGER,
        unknown.abi_encode().into(),
    );
    r.ask(
        "unknown selector",
        STRANGER,
        Bytes::from_static(&[0xde, 0xad, 0xbe, 0xef]),
    );
    let answer = r
        .net
        .send_value(STRANGER, r.net.contracts.hub, Bytes::new(), 1);
    r.note("send ether", answer);
    let twin = AppEntry::default().creation(address(APP_OWNER));
    let registry = r.net.contracts.app_registry;
    r.net.send(STRANGER, registry, twin.clone()).unwrap();
    let answer = r.net.send(STRANGER, registry, twin);
    r.note("createApp duplicate", answer);
    let pool = r.net.pool;
    let answer = r.net.send(SCHEDULER, pool, call::change_policy(35, 101));
    r.note("changePolicy reward>100", answer);
    let answer = r.net.send(STRANGER, pool, call::change_policy(35, 5));
    r.note("changePolicy not owner", answer);
}

#[test]
fn everything_is_refused_in_the_words_of_the_reference_run() {
    let mut refusals = Refusals {
        net: Network::funded(),
        words: BTreeMap::new(),
    };
    for act in [
        reveals_and_completions,
        deadlines,
        terms,
        restrictions,
        signatures,
        orders,
        money,
        administration,
        enclaves,
    ] {
        act(&mut refusals);
    }
    let reference: Value = serde_json::from_str(REFERENCE).unwrap();
    let recorded: BTreeMap<String, String> =
        serde_json::from_value(reference["reverts"].clone()).unwrap();
    assert_eq!(recorded.len(), 65);
    assert_eq!(refusals.words, recorded);
}

#[test]
fn an_approval_deposits_and_makes_the_deal_of_its_own_requester_only() {
    let mut net = Network::funded();
    let (hub, rlc, amount) = (net.contracts.hub, net.contracts.rlc, U256::from(29));
    let orders = net.orders(|orders| with_trust(orders, 1));
    let matching = call::match_orders(&orders);
    for index in [REQUESTER, STRANGER] {
        let give = call::rlc_transfer(address(index), U256::from(100));
        net.send(ADMIN, rlc, give).unwrap();
    }
    let mut approve = |from, extra: &Bytes| {
        let call = call::rlc_approve_and_call(hub, amount, extra.clone());
        net.send(from, rlc, call).map(|logs| logs.len())
    };
    let foreign = approve(STRANGER, &matching);
    assert_eq!(foreign, Err("CallerIsNotTheRequester".to_owned()));
    let unknown = approve(REQUESTER, &Bytes::from_static(&[0xde, 0xad, 0xbe, 0xef]));
    assert_eq!(unknown, Err("UnsupportedOperation".to_owned()));
    let short = approve(REQUESTER, &Bytes::from_static(&[0x15, 0x61]));
    assert_eq!(short, Err("(empty revert data)".to_owned()));
    assert!(approve(REQUESTER, &matching).is_ok());
    let consumed = approve(REQUESTER, &matching);
    assert_eq!(consumed, Err("iExecV5-matchOrders-0x60".to_owned()));
    let balance = net.hub().balance(&net.chain, address(REQUESTER)).unwrap();
    assert_eq!((balance.stake, balance.locked), (U256::from(1_000), amount));
    assert!(
        net.hub()
            .deal(&net.chain, net.deal_of(&orders))
            .unwrap()
            .is_some()
    );
}
