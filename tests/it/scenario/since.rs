//! Since when a value is as it is: held against a second reckoning, which reads every value anew
//! after every record.

use std::{collections::BTreeMap, fs, path::Path};

use emulate::{
    amount::Nrlc,
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    log::{Event, EventLog, Record, View, view::Measured},
    protocol::Name,
    scenario::{
        Scenario,
        expect::{Operand, ValuePath},
        judge::{Evidence, judge, value_of},
    },
    time::Timestamp,
};

use super::load;

const TASK: &str = "status correct corrupted groups contributions winners reopens latency output \
                    outputs inputs errors waiting";
const WORKER: &str = "score stake locked earned slashed contributions reveals state";
const POOL: &str = "earned sold reverted stake locked";
const ACCOUNT: &str = "stake locked spent earned";
const ONES: &str = "kitty.locked book.best_ask book.best_bid book.spread book.depth chain.blocks \
                    chain.txs chain.reverts chain.reverts_unexpected chain.gas run.duration";

/// Every path to a single value there is at the end.
fn paths(view: &View) -> Vec<ValuePath> {
    let mut texts: Vec<String> = ONES.split_whitespace().map(str::to_owned).collect();
    let mut add = |subject: &str, name: &Name, fields: &str| {
        let fields = fields.split_whitespace();
        texts.extend(fields.map(|field| format!("{subject}.{name}.{field}")));
    };
    view.tasks.names().for_each(|name| add("task", name, TASK));
    view.workers
        .names()
        .for_each(|name| add("worker", name, WORKER));
    view.pools.names().for_each(|name| add("pool", name, POOL));
    for name in view.accounts.names() {
        if let Some(("account", bare)) = name.split_kind() {
            add("account", &bare.into(), ACCOUNT);
        }
    }
    view.apps
        .names()
        .for_each(|name| add("app", name, "earned"));
    view.datasets
        .names()
        .for_each(|name| add("dataset", name, "earned"));
    let parsed = texts.iter().map(|text| ValuePath::parse(text).unwrap());
    parsed.collect()
}

/// The records no reorganisation took back.
fn live(log: &EventLog) -> Vec<&Record> {
    let mut head = u64::MAX;
    let mut live = Vec::new();
    let records: Vec<&Record> = log.records().iter().collect();
    for record in records.into_iter().rev() {
        if matches!(record.event, Event::ChainReorganised { .. }) {
            head = head.min(record.block);
        }
        if record.block <= head || !record.event.is_chain_fact() {
            live.push(record);
        }
    }
    live.reverse();
    live
}

/// What each path leads to and which record changed it last, by looking after every record. What
/// is in the hub is there before whoever owns it: when it appeared is not told here.
fn reckoned(log: &EventLog) -> BTreeMap<String, (Operand, u64)> {
    let measured = Measured::default();
    let paths = paths(log.view());
    let mut view = View::default();
    let begin = |path: &ValuePath| (value_of(&View::default(), &measured, path), None);
    let mut last: Vec<(Operand, Option<u64>)> = paths.iter().map(begin).collect();
    for record in live(log) {
        view.apply(record);
        for (path, (value, since)) in paths.iter().zip(&mut last) {
            let now = value_of(&view, &measured, path);
            if now != *value {
                let is_held = matches!(path.field, "stake" | "locked") && path.name.is_some();
                let appears = *value == Operand::Nothing && is_held;
                *since = (!appears).then_some(record.seq);
                *value = now;
            }
        }
    }
    let names = paths.iter().map(ToString::to_string);
    let found = names.zip(last);
    found
        .filter_map(|(path, (value, since))| Some((path, (value, since?))))
        .collect()
}

/// Judges `path = "any"` for each path.
fn judged(cast: &str, log: &EventLog, paths: &[&String]) -> Vec<Option<u64>> {
    let expects = paths.iter().map(|path| {
        let (path, matcher) = (path.as_str(), "any");
        format!("[[expect]]\n\"{path}\" = \"{matcher}\"\n")
    });
    let text = cast.to_owned() + &expects.collect::<String>();
    let scenario = Scenario::parse(&text, Path::new("x.toml"));
    let scenario = scenario.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let checks = judge(&scenario, &Evidence::of(log));
    assert_eq!(checks.len(), paths.len());
    checks.iter().map(|check| check.since).collect()
}

#[track_caller]
fn agrees(name: &str) {
    let inputs = Inputs::new(Policy::below("scenarios"));
    let loaded = load(name).unwrap();
    let finished = loaded.run(&inputs, &Executors::new()).unwrap();
    let log = finished.world.log();
    let expected = reckoned(log);
    assert!(expected.len() > 40, "{name}: {}", expected.len());
    let text = fs::read_to_string(Path::new("scenarios").join(name)).unwrap();
    let cast = text.split("[[expect]]").next().unwrap();
    let paths: Vec<&String> = expected.keys().collect();
    let mut wrong = Vec::new();
    for (path, found) in paths.iter().zip(judged(cast, log, &paths)) {
        let (value, since) = &expected[*path];
        if found != Some(*since) {
            wrong.push(format!("{path} = {value}: {since}, not {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

#[test]
fn every_value_of_a_small_run_names_the_record_that_changed_it_last() {
    agrees("01-hello.toml");
}

#[test]
fn votes_that_are_opened_again_name_the_records_that_changed_them_last() {
    agrees("06-timeout-reopen.toml");
}

#[test]
fn seizures_name_the_records_that_changed_them_last() {
    agrees("04-colluding-majority.toml");
}

#[test]
fn what_a_reorganisation_took_back_is_never_named() {
    agrees("15-reorg.toml");
}

#[test]
fn workers_that_come_and_go_name_the_records_that_changed_them_last() {
    agrees("24-comings-and-goings.toml");
}

#[test]
fn a_number_made_of_many_names_the_latest_member_that_counts() {
    let mut log = EventLog::default();
    let name = Name::from;
    for worker in ["w-0", "w-1", "w-2"] {
        let joined = Event::WorkerJoined {
            worker: name(worker),
            pool: name("main"),
            group: name("w"),
            behaviour: "honest".to_owned(),
            score: 0,
        };
        log.append(Timestamp::START, 0, None, joined);
    }
    let mut append = |event| log.append(Timestamp::from_secs(1), 1, None, event);
    let task = || name("job");
    append(Event::Seize {
        account: name("worker.w-1"),
        amount: Nrlc(5),
        task: task(),
    });
    append(Event::Reward {
        account: name("worker.w-0"),
        amount: Nrlc(7),
        task: task(),
    });
    append(Event::Crashed {
        actor: name("worker.w-2"),
    });
    let cast = "[app.a]\nrun = { builtin = \"hello\" }\n[worker.w]\ncount = 3\n";
    let since = |path: &str| judged(cast, &log, &[&path.to_owned()])[0];
    // Records 0 to 2 are the joins.
    assert_eq!(since("worker.w.slashed.sum"), Some(3));
    assert_eq!(since("worker.w.earned.sum"), Some(4));
    assert_eq!(since("worker.w.state.count.crashed"), Some(5));
    assert_eq!(since("worker.w.state.count.idle"), Some(1));
    assert_eq!(since("worker.w.score.sum"), Some(2));
    assert_eq!(since("worker.w-1.earned"), Some(3));
}
