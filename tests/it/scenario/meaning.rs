//! What a file says is what happens: small networks with numbers worked out by hand.

use std::{fs, path::Path, time::Duration};

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    log::{CheckOutcome, EndReason, Event, Sink as _, TaskStatus},
    report::{Detail, Story, Styles, explain_task},
    scenario::{Finished, Loaded, Overrides, StartError},
    time::Timestamp,
};

/// Runs a text, which expects something.
#[track_caller]
fn played(text: &str) -> Finished {
    let path = Path::new("scenarios/x.toml");
    let read = |path: &Path| fs::read_to_string(path);
    let loaded = Loaded::new(text, path, &read, &Overrides::default());
    let loaded = loaded.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let inputs = Inputs::new(Policy::below("scenarios"));
    let finished = match loaded.run(&inputs, &Executors::new()) {
        Ok(finished) => finished,
        Err(StartError::Scenario(wrong)) => panic!("{}", wrong.render(false)),
        Err(StartError::World(wrong)) => panic!("{wrong}"),
    };
    assert!(!finished.checks.is_empty());
    finished
}

/// Runs a text and asserts that every expectation in it holds.
#[track_caller]
pub(super) fn holds(text: &str) -> Finished {
    let finished = played(text);
    for check in &finished.checks {
        assert_eq!(
            check.outcome,
            CheckOutcome::Passed,
            "{}: found {}",
            check.expected,
            check.found
        );
    }
    finished
}

/// An app and one task, three honest workers, the default pool.
const ONE_TASK: &str = r#"
[app.hello]
run = { builtin = "hello" }
[task.job]
app = "hello"
replication = 3
"#;

#[test]
fn a_pool_with_an_owner_stakes_and_earns_as_that_account() {
    let finished = holds(&format!(
        r#"{ONE_TASK}
[account.olga]
deposit = "1 RLC"
[pool.main]
owner = "olga"
price = "1 RLC"
fee = "10%"
[[expect]]
task.job.status = "COMPLETED"
account.olga.earned = "0.1 RLC"
account.olga.stake = "1.1 RLC"
pool.main.earned = "0.1 RLC"
pool.main.stake = "1.1 RLC"
[[expect]]
event = {{ name = "Lock", account = "account.olga", amount = "0.3 RLC" }}
count = 1
"#
    ));
    let view = finished.world.log().view();
    assert!(view.accounts.get("pool.main").is_none());
}

#[test]
fn an_owner_may_also_ask_for_tasks_and_own_the_app() {
    holds(
        r#"
[account.alice]
deposit = "10 RLC"
[pool.main]
owner = "alice"
price = "1 RLC"
[app.hello]
run = { builtin = "hello" }
owner = "alice"
price = "2 RLC"
[task.job]
app = "hello"
replication = 3
[[at]]
on = "TaskConsensus"
crash = "pool.main"
for = "1m"
[[expect]]
task.job.status = "COMPLETED"
account.alice.spent = "3 RLC"
account.alice.earned = "2.01 RLC"
pool.main.earned = "0.01 RLC"
app.hello.earned = "2 RLC"
account.alice.stake = "9.01 RLC"
"#,
    );
}

#[test]
fn a_deployed_contract_is_in_the_log() {
    let text = r#"
[contract.Consumer]
artifact = "fixtures/Consumer.json"
args = ["{{protocol.hub}}"]
by = "alice"
[[expect]]
event = { name = "ContractDeployed", contract = "Consumer", by = "alice" }
count = 1
"#;
    let finished = holds(text);
    let mut told = None;
    for record in finished.world.log().records().iter() {
        if let Event::ContractDeployed { address, .. } = &record.event {
            told = Some(*address);
        }
    }
    let stands = finished.world.address(&"contract.Consumer".into());
    assert!(told.is_some() && told == stands);
}

#[test]
fn events_are_asked_for_by_the_name_of_a_group_and_by_bare_names() {
    holds(
        r#"
[worker.w]
count = 3
[app.hello]
run = { builtin = "hello" }
[task.job]
app = "hello"
count = 2
replication = 3
[[expect]]
event = { name = "TaskFinalize", task = "job" }
count = 2
[[expect]]
event = { name = "TaskContribute", worker = "w" }
count = 6
[[expect]]
event = { name = "Reward", account = "w-1" }
count = 2
[[expect]]
event = { name = "Reward", account = "worker.w" }
count = 6
"#,
    );
}

#[test]
fn the_book_serves_the_highest_bid_first_and_equal_ones_in_their_order() {
    holds(
        r#"
[account.bob]
deposit = "10 RLC"
[pool.a]
price = "3 RLC"
volume = 1
[worker.x]
pool = "a"
[app.hello]
run = { builtin = "hello" }
[task.low]
app = "hello"
max_price = "1 RLC"
[task.high]
app = "hello"
by = "bob"
at = "5s"
max_price = "2 RLC"
[task.later]
app = "hello"
at = "6s"
max_price = "2 RLC"
[task.gone]
app = "hello"
count = 2
max_price = "0.5 RLC"
[[at]]
time = "10s"
set = { "pool.a.price" = "1 RLC" }
[[at]]
time = "1m"
cancel = "gone"
[[at]]
time = "2m"
set = { "pool.a.volume" = 1 }
[[expect]]
when = "at 8s"
book.best_ask = "3 RLC"
book.best_bid = "2 RLC"
book.spread = "1 RLC"
book.depth = 6
task.gone.waiting = 2
[[expect]]
when = "at 59s"
task.high.status = "COMPLETED"
account.bob.spent = "1 RLC"
task.later.status = "WAITING"
task.low.status = "WAITING"
[[expect]]
when = "at 90s"
task.gone.status = "WITHDRAWN"
task.gone.waiting = 0
book.best_bid = "2 RLC"
book.depth = 2
[[expect]]
when = "at 3m"
task.later.status = "COMPLETED"
task.low.status = "WAITING"
book.depth = 1
"#,
    );
}

#[test]
fn a_run_goes_on_to_the_last_moment_somebody_wants_to_look_at() {
    holds(&format!(
        r#"{ONE_TASK}
[[at]]
time = "5m"
set = {{ "pool.main.price" = "2 RLC" }}
[[expect]]
when = "at 4m"
book.best_ask = "1 RLC"
[[expect]]
when = "at 6m"
book.best_ask = "2 RLC"
"#
    ));
}

#[test]
fn a_task_cancelled_before_it_arrives_is_withdrawn_and_the_run_ends_without_it() {
    let finished = holds(
        r#"
[worker.w]
count = 2
[app.hello]
run = { builtin = "hello" }
[task.t]
app = "hello"
count = 3
arrival = "every 1m"
[[at]]
time = "30s"
cancel = ["t-1", "t-2"]
[[expect]]
when = "at 31s"
task.t-1.status = "WITHDRAWN"
[[expect]]
task.t-0.status = "COMPLETED"
task.t.status.count.WITHDRAWN = 2
account.alice.locked = "0 RLC"
"#,
    );
    assert_eq!(finished.reason, EndReason::Complete);
    let log = finished.world.log();
    assert!(log.view().tasks.get("t-2").is_some());
    let mut told = Story::new(Vec::new(), Detail::Normal, Styles::plain());
    for record in log.records().iter() {
        told.record(record).unwrap();
    }
    let told = String::from_utf8(told.into_inner()).unwrap();
    assert!(told.contains("00:30.000  alice takes back its request order for t-1\n"));
    let end = log.records().iter().map(|record| record.time).max();
    assert!(end.unwrap() < Timestamp::START + Duration::from_secs(60));
}

#[test]
fn a_request_the_chain_refused_waits_for_another_offer_and_says_so() {
    let finished = holds(
        r#"
[account.alice]
deposit = "3.5 RLC"
[pool.b]
price = "2 RLC"
deposit = "1 RLC"
[worker.w]
count = 4
[app.hello]
run = { builtin = "hello" }
[task.t]
app = "hello"
count = 3
max_price = "2 RLC"
[[at]]
time = "1m"
set = { "pool.b.price" = "1 RLC" }
[[expect]]
when = "at 59s"
task.t.status.count.COMPLETED = 1
task.t.status.count.WAITING = 2
book.best_bid = "2 RLC"
[[expect]]
task.t.status.count.COMPLETED = 2
task.t.status.count.WAITING = 1
account.alice.spent = "3 RLC"
account.alice.stake = "0.5 RLC"
pool.b.stake = "1.03 RLC"
[[expect]]
event = { name = "Revert", call = "matchOrders" }
count = 3
"#,
    );
    let log = finished.world.log();
    let waits = |name: &&str| log.view().tasks.get(*name).unwrap().status == TaskStatus::Waiting;
    let names = ["t-0", "t-1", "t-2"];
    let waiting = names.into_iter().find(waits).unwrap();
    let why = explain_task(log, waiting).unwrap();
    assert!(why.contains("was refused with do not count"), "{why}");
    assert_eq!(why.matches("exceeds balance").count(), 2, "{why}");
}

#[test]
fn a_cancel_that_comes_after_the_match_was_sent_is_too_late() {
    holds(&format!(
        r#"{ONE_TASK}
[[at]]
time = "500ms"
cancel = "job"
[[expect]]
task.job.status = "COMPLETED"
[[expect]]
never = {{ name = "OrderCancelled" }}
"#
    ));
}

#[test]
fn a_task_submitted_again_by_an_event_is_left_alone_and_the_log_says_so() {
    let finished = holds(&format!(
        r#"{ONE_TASK}
[[at]]
time = "10s"
submit = "job"
[[at]]
on = "TaskConsensus"
submit = "job"
note = "once more"
[[expect]]
task.job.status = "COMPLETED"
account.alice.locked = "0 RLC"
[[expect]]
event = {{ name = "TaskRequested", task = "job" }}
count = 1
[[expect]]
event = {{ name = "OrdersMatched" }}
count = 1
"#
    ));
    let mut notes = Vec::new();
    for record in finished.world.log().records().iter() {
        if let Event::FaultInjected { note, .. } = &record.event {
            notes.push(note.clone());
        }
    }
    let said = "once more (not again, a task is submitted once: job)";
    assert_eq!(notes, [None, Some(said.to_owned())]);
}

#[test]
fn what_was_true_between_two_blocks_was_true_eventually() {
    holds(&format!(
        r#"{ONE_TASK}
[[at]]
time = "5m"
crash = "worker.w-0"
for = "10m"
[[at]]
time = "20m"
set = {{ "pool.main.price" = "2 RLC" }}
for = "1m"
[[expect]]
when = "at 30m"
chain.blocks = "<= 8"
[[expect]]
when = "eventually"
worker.w-0.state = "crashed"
[[expect]]
when = "eventually"
for = "10m"
worker.w-0.state = "crashed"
[[expect]]
when = "eventually"
for = "1m"
book.best_ask = "2 RLC"
"#
    ));
    let finished = played(&format!(
        r#"{ONE_TASK}
[[at]]
time = "5m"
crash = "worker.w-0"
for = "10m"
[[expect]]
when = "at 30m"
book.best_ask = "1 RLC"
[[expect]]
when = "eventually"
for = "10m1ms"
worker.w-0.state = "crashed"
"#
    ));
    let outcomes = finished.checks.iter().map(|check| check.outcome);
    let outcomes: Vec<CheckOutcome> = outcomes.collect();
    assert_eq!(outcomes, [CheckOutcome::Passed, CheckOutcome::Failed]);
}

#[test]
fn what_is_judged_at_the_end_lasts_to_the_end() {
    holds(&format!(
        r#"{ONE_TASK}
[scenario]
until = "10s"
[[at]]
time = "9s"
note = "nothing more happens"
label = "last"
[[expect]]
run.duration = "10s"
[[expect]]
when = "eventually"
for = "7s"
task.job.status = "ACTIVE"
[[expect]]
when = "after last"
task.job.status = "ACTIVE"
[[expect]]
whatif = {{ scenario.until = "5s" }}
run.duration = "5s"
"#
    ));
}

#[test]
fn who_is_parted_from_the_chain_is_heard_by_it_when_that_is_over() {
    holds(&format!(
        r#"{ONE_TASK}
[[at]]
on = "TaskInitialize"
partition = ["worker.w", "chain"]
for = "5m"
[[expect]]
when = "at 5m"
task.job.contributions = 0
[[expect]]
task.job.correct = true
task.job.latency = "5m .. 6m"
"#
    ));
    // Contributions count for seven times the category's time.
    holds(&format!(
        r#"{ONE_TASK}
[[at]]
on = "TaskInitialize"
partition = ["chain", "worker.w"]
for = "36m"
[[expect]]
task.job.status = "FAILED"
kitty.locked = "0.3 RLC"
worker.w.locked = "0 RLC"
"#
    ));
}
