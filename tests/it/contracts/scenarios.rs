//! The reference run, told again on our chain: every balance, event and status is the recorded one.

use std::collections::BTreeMap;

use alloy_dyn_abi::{DynSolValue, EventExt};
use alloy_json_abi::JsonAbi;
use alloy_primitives::{Log, U256, hex};
use emulate::{
    contracts::{HUB_ABI, call},
    protocol::{KITTY_ADDRESS, TaskId},
};
use serde_json::Value;

use super::network::{
    ADMIN, APP_OWNER, BROKER, DATASET_OWNER, ENCLAVE, Network, REQUESTER, SCHEDULER, SPONSOR,
    STRANGER, W, Z, address, with_enclave, with_trust,
};

const REFERENCE: &str = include_str!("../../data/reference_run.json");

/// What one recorded scenario says.
fn scenario(name: &str) -> Value {
    let mut reference: Value = serde_json::from_str(REFERENCE).unwrap();
    let scenario = reference["scenarios"][name].take();
    assert!(scenario.is_object(), "there is no scenario {name}");
    scenario
}

impl Network {
    /// Compares `stake/locked` of everybody a record names.
    fn assert_accounts(&self, recorded: &Value) {
        let hub = self.hub();
        for (name, expected) in recorded.as_object().unwrap() {
            let balance = |account| hub.balance(&self.chain, account).unwrap();
            let found = match name.as_str() {
                "kitty" => balance(KITTY_ADDRESS).locked.to_string(),
                "hub" => balance(self.contracts.hub).stake.to_string(),
                "totalSupply" => hub.total_supply(&self.chain).unwrap().to_string(),
                name => {
                    let balance = balance(address(part(name)));
                    format!("{}/{}", balance.stake, balance.locked)
                }
            };
            assert_eq!(Value::from(found), *expected, "{name}");
        }
    }

    /// Compares status and counters of a task; deadlines relative to its contribution deadline.
    fn assert_task(&self, task: TaskId, recorded: &Value) {
        let task = self.hub().task(&self.chain, task).unwrap();
        assert_eq!(recorded["status"], task.status as u8);
        assert_eq!(recorded["revealCounter"], task.reveal_counter);
        assert_eq!(recorded["winnerCounter"], task.winner_counter);
        assert_eq!(recorded["contributors"], task.contributors.len());
        assert_eq!(recorded["timeref"], task.timeref);
        let after = |name: &str| {
            let contribution = recorded["dContribution"].as_u64().unwrap();
            recorded[name].as_u64().unwrap() - contribution
        };
        assert_eq!(
            after("dFinal"),
            task.final_deadline - task.contribution_deadline
        );
        assert_eq!(recorded["dReveal"] == 0, task.reveal_deadline == 0);
    }

    /// Compares status and weight of contributions, and the scores of those who made them.
    fn assert_weights(&self, task: TaskId, recorded: &Value) {
        for (name, expected) in recorded.as_object().unwrap() {
            let worker = address(part(name));
            let found = self.hub().contribution(&self.chain, task, worker).unwrap();
            assert_eq!(expected["status"], found.status as u8, "{name}");
            assert_eq!(expected["log2w"], found.weight, "{name}");
            let score = self.hub().score(&self.chain, worker).unwrap();
            assert_eq!(expected["score"], score, "{name}");
        }
    }

    /// Compares events, in order; addresses of entries and 32-byte ids differ from run to run.
    fn assert_events(&self, logs: &[Log], recorded: &Value) {
        let abi: Value = serde_json::from_str(HUB_ABI).unwrap();
        let abi: JsonAbi = serde_json::from_value(abi["abi"].clone()).unwrap();
        let found: Vec<_> = logs.iter().map(|log| self.words(&abi, log)).collect();
        let reference: Value = serde_json::from_str(REFERENCE).unwrap();
        let pool = reference["addresses"]["pool"].as_str().unwrap();
        let expected = recorded.as_array().unwrap().iter();
        let expected: Vec<_> = expected
            .map(|event| {
                let (name, values) = event
                    .as_str()
                    .unwrap()
                    .trim_end_matches(')')
                    .split_once('(')
                    .unwrap();
                let values = values.split(',').map(|value| match value {
                    value if value == pool => "pool",
                    value if value.len() == 66 => "id",
                    value => value,
                });
                format!("{name}({})", values.collect::<Vec<_>>().join(","))
            })
            .collect();
        assert_eq!(found, expected);
    }

    fn words(&self, abi: &JsonAbi, log: &Log) -> String {
        assert_eq!(log.address, self.contracts.hub);
        let event = abi
            .events()
            .find(|event| event.selector() == log.topics()[0])
            .unwrap();
        let decoded = event.decode_log(log).unwrap();
        let (mut indexed, mut body) = (decoded.indexed.iter(), decoded.body.iter());
        let values = event.inputs.iter().map(|input| {
            let value = if input.indexed {
                indexed.next()
            } else {
                body.next()
            };
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "the recorded events have no other types"
            )]
            match value.unwrap() {
                DynSolValue::Address(entry) if *entry == self.pool => "pool".to_owned(),
                DynSolValue::Address(address) => address.to_string(),
                DynSolValue::Uint(number, _) => number.to_string(),
                DynSolValue::FixedBytes(..) => "id".to_owned(),
                DynSolValue::Bytes(bytes) => hex::encode_prefixed(bytes),
                other => panic!("no event of the record has {other:?}"),
            }
        });
        format!("{}({})", event.name, values.collect::<Vec<_>>().join(","))
    }
}

/// The development account behind a name of the record.
fn part(name: &str) -> usize {
    let numbered = |digits: &str| digits.parse::<usize>().unwrap() - 1;
    match name {
        "requester" => REQUESTER,
        "sponsor" => SPONSOR,
        "appOwner" => APP_OWNER,
        "datasetOwner" => DATASET_OWNER,
        "scheduler" => SCHEDULER,
        worker => match worker.split_at(1) {
            ("w", digits) => W[numbered(digits)],
            ("z", digits) => Z[numbered(digits)],
            _ => panic!("nobody is called {worker}"),
        },
    }
}

/// S1: three contributions, one of them wrong.
fn s1(net: &mut Network) {
    let recorded = scenario("S1_three_contributions_one_wrong");
    let steps: BTreeMap<_, _> = recorded["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["step"].as_str().unwrap(), step))
        .collect();
    let step = |net: &Network, name: &str, logs: &[Log]| {
        net.assert_events(logs, &steps[name]["events"]);
        net.assert_accounts(&steps[name]["accounts"]);
    };
    net.ask(STRANGER, call::import_score(address(W[0])))
        .unwrap();
    net.ask(STRANGER, call::import_score(address(W[2])))
        .unwrap();
    net.assert_accounts(&steps["before"]["accounts"]);
    let (deal, logs) = net.deal(9);
    step(net, "matchOrders", &logs);
    let stored = net.hub().deal(&net.chain, deal).unwrap().unwrap();
    assert_eq!(
        recorded["deal"]["workerStake"],
        stored.worker_stake.to_string()
    );
    assert_eq!(
        recorded["deal"]["schedulerRewardRatio"],
        stored.scheduler_reward_ratio.to_string()
    );
    assert_eq!(recorded["deal"]["trust"], stored.trust.to_string());
    let (task, logs) = net.initialize(deal);
    step(net, "initialize", &logs);
    net.assert_task(task, &recorded["taskAfterInit"]);
    let logs = net.contribute(W[0], task, "A").unwrap();
    step(net, "contribute w1 A", &logs);
    let logs = net.contribute(W[1], task, "B").unwrap();
    step(net, "contribute w2 B", &logs);
    net.assert_task(task, &recorded["beforeConsensus"]);
    let logs = net.contribute(W[2], task, "A").unwrap();
    step(net, "contribute w3 A -> consensus", &logs);
    net.assert_task(task, &recorded["afterConsensus"]);
    net.assert_weights(task, &recorded["weights"]);
    let logs = net.reveal(W[0], task, "A").unwrap();
    step(net, "reveal w1", &logs);
    let logs = net.reveal(W[2], task, "A").unwrap();
    step(net, "reveal w3", &logs);
    let results = last_results(&steps["finalize"]["events"]);
    let logs = net.finalize(task, results).unwrap();
    step(net, "finalize", &logs);
    net.assert_task(task, &recorded["final"]);
    net.assert_weights(task, &recorded["weightsAfter"]);
}

/// S1b: at a trust of ten the same votes reach no consensus.
fn s1b(net: &mut Network) {
    let recorded = scenario("S1b_trust10_no_consensus");
    let task = net.task(10);
    for (worker, result) in [(W[0], "A"), (W[1], "B"), (W[2], "A")] {
        net.contribute(worker, task, result).unwrap();
    }
    net.assert_task(task, &recorded["task"]);
    net.assert_weights(task, &recorded["weights"]);
}

/// S2: four newcomers, one of them wrong.
fn s2(net: &mut Network) {
    let recorded = scenario("S2_four_zero_score");
    let mut steps = recorded["steps"].as_array().unwrap().iter();
    for worker in &Z[..4] {
        net.deposit(*worker, 1_000);
    }
    net.assert_accounts(&steps.next().unwrap()["accounts"]);
    let mut step = |net: &Network, logs: &[Log]| {
        let step = steps.next().unwrap();
        net.assert_accounts(&step["accounts"]);
        net.assert_events(logs, &step["events"]);
    };
    let (deal, logs) = net.deal(3);
    step(net, &logs);
    let (task, _) = net.initialize(deal);
    for (index, result) in ["A", "B", "A", "A"].into_iter().enumerate() {
        let logs = net.contribute(Z[index], task, result).unwrap();
        step(net, &logs);
        let status = net.hub().task(&net.chain, task).unwrap().status;
        assert_eq!(recorded["statuses"][index], status as u8);
    }
    for worker in [Z[0], Z[2], Z[3]] {
        net.reveal(worker, task, "A").unwrap();
    }
    let logs = net.finalize(task, b"").unwrap();
    step(net, &logs);
    net.assert_weights(task, &recorded["weights"]);
    net.assert_task(task, &recorded["task"]);
}

/// S3: somebody else pays, and a single worker is enough.
fn s3(net: &mut Network) {
    let recorded = scenario("S3_sponsor_single");
    net.assert_accounts(&recorded["before"]);
    let orders = net.orders(|orders| with_trust(orders, 0));
    let logs = net
        .ask(SPONSOR, call::sponsor_match_orders(&orders))
        .unwrap();
    net.assert_events(&logs, &recorded["eventsMatch"]);
    net.assert_accounts(&recorded["afterMatch"]);
    let deal = net.deal_of(&orders);
    let stored = net.hub().deal(&net.chain, deal).unwrap().unwrap();
    assert_eq!(recorded["dealTrust"], stored.trust.to_string());
    assert_eq!(stored.sponsor, address(SPONSOR));
    let (task, _) = net.initialize(deal);
    net.contribute(W[3], task, "A").unwrap();
    net.assert_task(task, &recorded["task"]);
    net.reveal(W[3], task, "A").unwrap();
    let logs = net.finalize(task, b"").unwrap();
    net.assert_events(&logs, &recorded["events"]);
    net.assert_accounts(&recorded["after"]);
    net.assert_weights(task, &recorded["weights"]);
}

/// S4: vote and completion at once.
fn s4(net: &mut Network) {
    let recorded = scenario("S4_contributeAndFinalize");
    net.assert_accounts(&recorded["before"]);
    let task = net.task(1);
    let results = last_results(&recorded["events"]);
    let logs = net.complete(W[4], task, results).unwrap();
    net.assert_events(&logs, &recorded["events"]);
    net.assert_accounts(&recorded["after"]);
    net.assert_task(task, &recorded["task"]);
    net.assert_weights(task, &recorded["weights"]);
}

/// The results a recorded `TaskFinalize` ends with.
fn last_results(events: &Value) -> &'static [u8] {
    let last = events.as_array().unwrap().last().unwrap().as_str().unwrap();
    let (_, results) = last.trim_end_matches(')').split_once(',').unwrap();
    hex::decode(results).unwrap().leak()
}

/// S5: nobody reveals, the vote is opened again, and the silent are punished.
fn s5(net: &mut Network) {
    let recorded = scenario("S5_reopen");
    net.deposit(Z[4], 1_000);
    let task = net.task(3);
    net.contribute(W[3], task, "A").unwrap();
    net.contribute(W[4], task, "A").unwrap();
    net.assert_task(task, &recorded["consensus"]);
    net.assert_accounts(&recorded["before"]);
    net.now += 600;
    let logs = net.ask(SCHEDULER, call::reopen(task)).unwrap();
    net.assert_events(&logs, &recorded["reopenEvents"]);
    net.assert_task(task, &recorded["afterReopen"]);
    net.assert_weights(task, &recorded["rejected"]);
    net.contribute(Z[4], task, "B").unwrap();
    net.contribute(W[1], task, "B").unwrap();
    net.assert_task(task, &recorded["consensus2"]);
    net.reveal(Z[4], task, "B").unwrap();
    net.reveal(W[1], task, "B").unwrap();
    let logs = net.finalize(task, b"").unwrap();
    net.assert_events(&logs, &recorded["events"]);
    net.assert_accounts(&recorded["after"]);
    net.assert_weights(task, &recorded["weights"]);
}

/// S6: the task fails, and the scheduler's stake goes to the kitty.
fn s6(net: &mut Network) {
    let recorded = scenario("S6_claim_to_kitty");
    net.assert_accounts(&recorded["before"]);
    let task = net.task(5);
    net.contribute(W[3], task, "A").unwrap();
    net.assert_accounts(&recorded["mid"]);
    net.now += 3_000;
    let logs = net.ask(STRANGER, call::claim(task)).unwrap();
    net.assert_events(&logs, &recorded["events"]);
    net.assert_accounts(&recorded["after"]);
    net.assert_task(task, &recorded["task"]);
}

/// S7: the next success takes the whole kitty, which is below the minimum.
fn s7(net: &mut Network) {
    let recorded = scenario("S7_kitty_small");
    net.assert_accounts(&recorded["before"]);
    let task = net.task(1);
    let results = last_results(&recorded["events"]);
    let logs = net.complete(W[4], task, results).unwrap();
    net.assert_events(&logs, &recorded["events"]);
    net.assert_accounts(&recorded["after"]);
}

/// S8: a large kitty is paid out by tenths, and by at least one RLC.
fn s8(net: &mut Network) {
    let recorded = scenario("S8_kitty_large");
    for index in [REQUESTER, SCHEDULER, W[4]] {
        net.deposit(index, 1_000_000_000_000);
    }
    let orders = net.orders(|orders| {
        orders.workerpool.workerpoolprice = U256::from(100_000_000_000_u64);
        orders.request.workerpoolmaxprice = U256::from(100_000_000_000_u64);
        with_trust(orders, 1);
    });
    net.ask(STRANGER, call::match_orders(&orders)).unwrap();
    let (task, _) = net.initialize(net.deal_of(&orders));
    net.now += 3_001;
    net.ask(STRANGER, call::claim(task)).unwrap();
    for (index, expected) in recorded["kitty"].as_array().unwrap().iter().enumerate() {
        if index > 0 {
            let orders = net.orders(|orders| {
                orders.workerpool.workerpoolprice = U256::from(10);
                with_trust(orders, 1);
            });
            net.ask(STRANGER, call::match_orders(&orders)).unwrap();
            let (task, _) = net.initialize(net.deal_of(&orders));
            net.complete(W[4], task, b"").unwrap();
        }
        let kitty = net.hub().balance(&net.chain, KITTY_ADDRESS).unwrap();
        assert_eq!(*expected, kitty.locked.to_string());
    }
}

/// S9: a bag of three tasks locks three stakes, each rounded on its own.
fn s9(net: &mut Network) {
    let recorded = scenario("S9_bag");
    net.assert_accounts(&recorded["before"]);
    let orders = net.orders(|orders| {
        let three = U256::from(3);
        orders.app.volume = three;
        orders.dataset.volume = three;
        orders.workerpool.volume = three;
        orders.request.volume = three;
    });
    assert_eq!(
        net.hub().deal_volume(&net.chain, &orders).unwrap(),
        U256::from(3)
    );
    net.ask(STRANGER, call::match_orders(&orders)).unwrap();
    net.assert_accounts(&recorded["after"]);
    let deal = net
        .hub()
        .deal(&net.chain, net.deal_of(&orders))
        .unwrap()
        .unwrap();
    assert_eq!(recorded["deal"]["botFirst"], deal.bot_first.to_string());
    assert_eq!(recorded["deal"]["botSize"], deal.bot_size.to_string());
}

/// S10: an enclave is let in by the scheduler, or by the broker once there is one.
fn s10(net: &mut Network) {
    let recorded = scenario("S10_tee");
    let begin = |net: &mut Network| {
        let orders = net.orders(with_enclave);
        net.ask(STRANGER, call::match_orders(&orders)).unwrap();
        net.initialize(net.deal_of(&orders)).0
    };
    let task = begin(net);
    net.contribute_in(W[3], task, "A", Some(SCHEDULER)).unwrap();
    net.assert_task(task, &recorded["t"]);
    let contribution = net
        .hub()
        .contribution(&net.chain, task, address(W[3]))
        .unwrap();
    assert_eq!(contribution.enclave, address(ENCLAVE));
    let task = begin(net);
    net.ask(ADMIN, call::set_tee_broker(address(BROKER)))
        .unwrap();
    net.contribute_in(W[3], task, "A", Some(BROKER)).unwrap();
    net.assert_task(task, &recorded["t"]);
}

#[test]
fn the_reference_run_repeats_itself_to_the_last_nrlc() {
    let mut net = Network::funded();
    for act in [s1, s1b, s2, s3, s4, s5, s6, s7, s8, s9, s10] {
        act(&mut net);
    }
}
