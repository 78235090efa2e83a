//! Expectations held against logs written by hand.

use std::{path::Path, sync::Arc, time::Duration};

use alloy_primitives::B256;
use emulate::{
    amount::Nrlc,
    log::{Check, CheckOutcome, Event, EventLog, view::Measured},
    protocol::Name,
    scenario::{
        Scenario,
        judge::{Evidence, judge},
    },
    time::Timestamp,
};

use super::broken::APP;

const CAST: &str = "\
[app.hello]
run = { builtin = \"hello\" }
[worker.w]
count = 3
[task.job]
app = \"hello\"
count = 2
[[at]]
time = \"4s\"
label = \"later\"
";

/// A log in which `job-0` completes at 5 s and `job-1` is still waiting at 9 s, with a block each
/// second. `w-0` earns 0.5 RLC and reaches score 1 at 5 s.
fn log() -> EventLog {
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
    for task in ["job-0", "job-1"] {
        let requested = Event::TaskRequested {
            task: name(task),
            group: name("job"),
            requester: name("account.alice"),
            app: name("hello"),
            dataset: None,
            trust: 1,
            category: name("xs"),
        };
        log.append(Timestamp::START, 0, None, requested);
    }
    for second in 1..=9 {
        let time = Timestamp::from_secs(second);
        let block = Event::BlockMined {
            hash: B256::ZERO,
            transactions: 1,
            gas_used: 21_000,
            timestamp: second,
        };
        log.append(time, second, None, block);
        if second == 5 {
            let (task, worker) = (name("job-0"), name("w-0"));
            let account = name("worker.w-0");
            let facts = [
                Event::TaskReveal {
                    task: task.clone(),
                    worker: worker.clone(),
                    digest: B256::ZERO,
                },
                Event::TaskFinalize {
                    task: task.clone(),
                    results: "link".to_owned(),
                },
                Event::Reward {
                    account,
                    amount: Nrlc(500_000_000),
                    task,
                },
                Event::ScoreChanged { worker, score: 1 },
            ];
            for fact in facts {
                log.append(time, second, None, fact);
            }
        }
    }
    log
}

fn checks(expect: &str) -> Vec<Check> {
    let text = format!("{CAST}[[expect]]\n{expect}\n");
    let scenario = Scenario::parse(&text, Path::new("x.toml"));
    let scenario = scenario.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    judge(&scenario, &Evidence::of(&log()))
}

/// The only verdict: whether it holds, and what was found.
#[track_caller]
fn verdict(expect: &str) -> (bool, String) {
    let checks = checks(expect);
    assert_eq!(checks.len(), 1, "{expect}: {checks:?}");
    let check = &checks[0];
    (check.outcome == CheckOutcome::Passed, check.found.clone())
}

#[track_caller]
fn holds(expect: &str) {
    let (holds, found) = verdict(expect);
    assert!(holds, "{expect}: found {found}");
}

#[track_caller]
fn fails(expect: &str, found: &str) {
    assert_eq!(verdict(expect), (false, found.to_owned()), "{expect}");
}

#[test]
fn a_group_name_means_every_member() {
    holds("worker.w-0.score = 1");
    fails("worker.w.score = 1", "0 (2 times): w-1, w-2");
    fails("worker.w.score = 0", "w-0: 1");
    fails("task.job.status = \"COMPLETED\"", "job-1: WAITING");
    holds("worker.w.score = [0, 1]");
    fails("worker.w.score = [0, 1, 2]", "w-0: 1, w-1: 0, w-2: 0");
}

#[test]
fn aggregates_make_one_number_of_many() {
    holds("worker.w.earned.sum = \"0.5 RLC\"");
    holds("worker.w.score.max = 1");
    holds("worker.w.score.mean = \"< 0.34\"");
    holds("task.job.status.count.COMPLETED = 1");
    holds("task.job.status.rate.WAITING = \"50%\"");
    holds("task.job.latency.p99 = \"5s\"");
    fails("task.job.correct.rate = \">= 10%\"", "0%");
}

#[test]
fn what_finds_nothing_fails() {
    fails("task.job-1.latency = \"any\"", "nothing");
    fails("book.best_ask = \"any\"", "nothing");
    fails(
        "pool.main.sold = \">= 0\"",
        "no pool called main in this run",
    );
    fails("event = \"TaskClaimed\"", "never");
}

#[test]
fn moments_are_judged_as_they_were() {
    holds("when = \"at 4s\"\nworker.w.score = 0");
    holds("when = \"at 5s\"\nworker.w-0.score = 1");
    holds("when = \"after later\"\ntask.job.status = \"WAITING\"");
    holds("when = \"at 1h\"\nworker.w-0.score = 1");
    holds("when = \"eventually\"\ntask.job-0.status = \"COMPLETED\"");
    holds("when = \"eventually\"\nfor = \"3s\"\ntask.job-0.status = \"WAITING\"");
    fails(
        "when = \"eventually\"\nfor = \"30s\"\ntask.job-0.status = \"COMPLETED\"",
        "COMPLETED",
    );
    holds("when = \"always\"\ntask.job.reopens = 0");
    fails(
        "when = \"always\"\ntask.job.status = \"WAITING\"",
        "job-0: COMPLETED",
    );
}

#[test]
fn fields_of_events_are_compared_as_values_are() {
    let reward = |amount: &str| format!("event = {{ name = \"Reward\", amount = {amount} }}");
    for amount in [
        "\"0.5 RLC\"",
        "\"> 0.4 RLC\"",
        "\"500_000_000 nRLC\"",
        "\"any\"",
    ] {
        holds(&reward(amount));
    }
    holds(&reward("\"0.4 RLC .. 0.6 RLC\""));
    holds(&reward("[\"0.3 RLC\", \"0.5 RLC\"]"));
    for amount in ["\"> 0.5 RLC\"", "\"0.4 RLC\"", "\"!= 0.5 RLC\""] {
        fails(&reward(amount), "never");
    }
    fails(
        "never = { name = \"Reward\", amount = \">= 0.5 RLC\" }",
        "it happened at 00:05.000, block 5",
    );
    holds("event = { name = \"BlockMined\", block = \"> 5\" }\ncount = 4");
    holds("event = { name = \"BlockMined\", time = \"2s .. 4s\" }\ncount = 3");
    holds("event = { name = \"WorkerJoined\", worker = \"!= w-0\" }\ncount = 2");
    holds("event = { name = \"WorkerJoined\", worker = [\"w-0\", \"w-2\"] }\ncount = 2");
    holds("event = { name = \"TaskRequested\", trust = 1 }\ncount = 2");
    fails(
        "event = { name = \"TaskRequested\", trust = \"> 1\" }",
        "never",
    );
    // No task has a dataset, and nothing is not some other dataset.
    fails(
        "event = { name = \"TaskRequested\", dataset = \"any\" }",
        "never",
    );
}

#[test]
fn events_are_counted_bounded_and_ordered() {
    holds("event = \"TaskFinalize\"\ncount = 1");
    holds("event = { name = \"TaskReveal\", worker = \"w-0\" }\nwithin = \"5s\"");
    fails(
        "event = \"TaskReveal\"\nwithin = \"4s\"",
        "never in time, once too late",
    );
    fails("event = \"TaskReveal\"\nwhen = \"at 4s\"", "never");
    holds("event = \"TaskReveal\"\nwhen = \"after later\"\nwithin = \"1s\"");
    fails(
        "never = \"TaskReveal\"",
        "it happened at 00:05.000, block 5",
    );
    holds("never = \"TaskClaimed\"");
    holds("order = [\"TaskReveal\", \"TaskFinalize\"]");
    fails(
        "order = [\"TaskFinalize\", \"TaskReveal\"]",
        "TaskReveal never happened after TaskFinalize",
    );
}

#[test]
fn expressions_are_evaluated_over_rows() {
    holds("check = 'task.all(t, t.winners <= t.contributions)'");
    holds("check = 'worker.exists(w, w.name == \"w-0\" && w.earned == rlc(\"0.5 RLC\"))'");
    holds("check = 'task(\"job-0\").latency <= seconds(\"5s\") && chain.blocks == 9'");
    holds("when = \"always\"\ncheck = 'chain.reverts_unexpected == 0'");
    fails("check = 'run.duration > 100.0'", "false");
    let (holds, found) = verdict("check = 'task(\"nobody\").winners == 0'");
    assert!(
        !holds && found.contains("no task is called nobody"),
        "{found}"
    );
}

#[test]
fn archives_are_opened_by_expressions() {
    let text = format!(
        "{CAST}[[expect]]\ncheck = 'zip(task(\"job-0\").archive).files.exists(f, f.size > 3)'\n"
    );
    let scenario = Scenario::parse(&text, Path::new("x.toml")).unwrap();
    let log = log();
    let mut evidence = Evidence::of(&log);
    assert_eq!(judge(&scenario, &evidence)[0].outcome, CheckOutcome::Failed);
    evidence.archives = Arc::new(|link| (link == "link").then(|| vec![("a".to_owned(), 4)]));
    assert_eq!(judge(&scenario, &evidence)[0].outcome, CheckOutcome::Passed);
}

#[test]
fn numbers_of_the_machine_are_judged_where_they_are_known() {
    let text = format!("{CAST}[[expect]]\nseverity = \"warn\"\nrun.wall = \"< 2s\"\n");
    let scenario = Scenario::parse(&text, Path::new("x.toml")).unwrap();
    let log = log();
    let mut evidence = Evidence::of(&log);
    assert!(judge(&scenario, &evidence).is_empty());
    let mut wall = |seconds| {
        evidence.measured = Measured {
            wall: Some(Duration::from_secs(seconds)),
            memory: None,
        };
        judge(&scenario, &evidence).remove(0)
    };
    let fits = wall(1);
    assert!(fits.is_measured && fits.outcome == CheckOutcome::Passed);
    assert_eq!(fits.found, "as expected");
    assert_eq!(wall(3).outcome, CheckOutcome::Warned);
}

#[test]
fn a_verdict_says_expected_found_since_when_and_why() {
    let all = checks(
        "name = \"paid\"\nworker.w-0.earned = \"1 RLC\"\nnever = \"TaskClaimed\"\nwhy = \"because\"",
    );
    assert_eq!(all.len(), 2);
    let check = &all[0];
    assert_eq!(check.name, "paid: worker.w-0.earned");
    assert_eq!(check.expected, "worker.w-0.earned = 1 RLC");
    let more = checks("worker.w-0.earned = \"> 1 RLC\"");
    assert_eq!(more[0].expected, "worker.w-0.earned > 1 RLC");
    assert_eq!(check.found, "0.5 RLC");
    assert_eq!(check.why.as_deref(), Some("because"));
    assert_eq!(check.line, Some(13));
    let since = log().records().get(check.since.unwrap()).cloned();
    assert_eq!(since.unwrap().event.name(), "Reward");
}

#[test]
fn a_number_made_of_a_group_counts_the_member_called_like_it() {
    let mut log = EventLog::default();
    let name = Name::from;
    for worker in ["ww", "ww~1"] {
        let joined = Event::WorkerJoined {
            worker: name(worker),
            pool: name("main"),
            group: name("ww"),
            behaviour: "whitewasher".to_owned(),
            score: 0,
        };
        log.append(Timestamp::START, 0, None, joined);
        let seized = Event::Seize {
            account: name(worker).of_kind("worker"),
            amount: Nrlc(300_000_000),
            task: name("job"),
        };
        log.append(Timestamp::START, 1, None, seized);
    }
    let expects = "[[expect]]\nworker.ww.slashed.sum = \"0.6 RLC\"\n\
                   worker.ww.earned.mean = \"-0.3 RLC\"\nworker.ww.score.count.0 = 2\n\
                   [[expect]]\nworker.ww.slashed = \"0.3 RLC\"\n";
    let text = format!("{APP}[worker.ww]\nbehaviour = \"whitewasher\"\n{expects}");
    let scenario = Scenario::parse(&text, Path::new("x.toml"));
    let scenario = scenario.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    for check in judge(&scenario, &Evidence::of(&log)) {
        assert_eq!(check.outcome, CheckOutcome::Passed, "{check:?}");
    }
}

#[test]
fn means_are_exact_and_say_when_they_are_not_whole() {
    // 0.5 RLC among three workers.
    holds("worker.w.earned.mean = \"> 0.166666666 RLC\"");
    holds("worker.w.earned.mean = \"< 0.166666667 RLC\"");
    holds("worker.w.earned.mean = \"!= 0.166666666 RLC\"");
    holds("worker.w.earned.mean = \"0.166666666 RLC .. 0.166666667 RLC\"");
    fails(
        "worker.w.earned.mean = \"0.166666666 RLC\"",
        "0.166666666666… RLC",
    );
    fails(
        "worker.w.earned.mean = [\"0.166666666 RLC\"]",
        "0.166666666666… RLC",
    );
    holds("worker.w.score.mean = \"> 0.333333333333333333\"");
    fails(
        "worker.w.score.mean = 0.3333333333333333",
        "0.333333333333…",
    );
    holds("worker.w.earned.sum = \"0.5 RLC\"");
    holds("task.job.latency.mean = \"5s\"");
}

#[test]
fn whole_numbers_of_events_are_compared_to_the_last_digit() {
    let mut log = EventLog::default();
    let started = Event::RunStarted {
        title: "t".to_owned(),
        seed: u64::MAX,
        version: "0".to_owned(),
        start: 0,
        block_ms: 1000,
    };
    log.append(Timestamp::START, 0, None, started);
    let told = |seed: &str| {
        let text =
            format!("{CAST}[[expect]]\nevent = {{ name = \"RunStarted\", seed = \"{seed}\" }}\n");
        let scenario = Scenario::parse(&text, Path::new("x.toml"));
        let scenario = scenario.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
        let checks = judge(&scenario, &Evidence::of(&log));
        checks[0].outcome == CheckOutcome::Passed
    };
    assert!(told("18446744073709551615") && told("> 18446744073709551614"));
    assert!(!told("18446744073709551614") && !told("18446744073709551616"));
    assert!(!told("< 18446744073709551615"));
}

#[test]
fn cells_of_a_sweep_are_told_apart_by_their_variables() {
    let judged = |condition: &str| {
        let text = format!(
            "[vars]\nliars = 2\n{}[[expect]]\nwhere = {condition}\nchain.blocks = 9\n",
            CAST.replace("count = 3", "count = \"${liars}\"")
        );
        let scenario = Scenario::parse(&text, Path::new("x.toml")).unwrap();
        !judge(&scenario, &Evidence::of(&log())).is_empty()
    };
    assert!(judged("{ liars = 2 }"));
    assert!(!judged("{ liars = 0 }"));
    assert!(judged("{ liars = [1, 2] }"));
    assert!(judged("{ liars = \"< 3\" }"));
}
