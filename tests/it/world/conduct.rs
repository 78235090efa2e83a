//! Pools and requesters that do not keep their word, and the lesser vices of workers.

use std::time::Duration;

use emulate::{
    amount::Nrlc,
    log::{Event, Verdict},
    world::cast::{
        Behaviour, Conduct, Deviation, EventPattern, Fault, Phase, Policy, PoolBehaviour,
        RequesterBehaviour, Trigger, Verb,
    },
};

use super::{cast, count, earned, events, group, run, task, verdict, view};

/// Three honest workers, one task for all of them.
fn honest() -> emulate::world::Cast {
    let mut cast = cast();
    cast.workers = group("w", 3, Behaviour::Honest);
    cast.tasks = vec![task("job", 3)];
    cast
}

#[test]
fn a_pool_that_stalls_is_fined_and_the_requester_refunded() {
    let mut cast = honest();
    cast.pools[0].behaviour = PoolBehaviour::Stall;
    let world = run(cast);
    // Nobody initialized the task, so it is initialized and claimed at once.
    assert_eq!(count(&world, "TaskInitialize"), 1);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Starved));
    assert_eq!(
        view(&world).pools.get("main").unwrap().earned.0,
        -300_000_000
    );
    assert_eq!(view(&world).kitty(), Nrlc(300_000_000));
}

#[test]
fn a_censor_lets_some_wait_and_serves_the_others() {
    let mut cast = honest();
    cast.pools[0].behaviour = PoolBehaviour::Censor;
    cast.pools[0].censors = vec!["account.bob".into()];
    let bob = emulate::world::cast::AccountCast::new("bob", Nrlc::from_rlc(10));
    cast.accounts.push(bob);
    let mut other = task("other", 3);
    other.by = "account.bob".into();
    cast.tasks.push(other);
    let world = run(cast);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
    assert_eq!(verdict(&world, "other"), Some(Verdict::Starved));
}

/// Both are sent at the same moment, and each takes its own time to the chain.
#[test]
fn the_second_finalization_is_refused_and_was_expected_to_be() {
    for seed in 0..12 {
        let mut cast = honest();
        cast.seed = emulate::seed::Seed(seed);
        cast.pools[0].behaviour = PoolBehaviour::DoubleFinalize;
        let world = run(cast);
        assert_eq!(count(&world, "TaskFinalize"), 1);
        let refused = events(&world, "Revert");
        let [
            Event::Revert {
                reason, expected, ..
            },
        ] = refused[..]
        else {
            panic!("{refused:?}");
        };
        assert!(*expected, "seed {seed}");
        assert!(reason.contains("completed"), "{reason}");
    }
}

#[test]
fn who_is_broke_gets_no_deal_and_nobody_waits_for_ever() {
    let mut cast = honest();
    cast.accounts[0].behaviour = RequesterBehaviour::Broke;
    let world = run(cast);
    assert_eq!(count(&world, "OrdersMatched"), 0);
    let refused = events(&world, "Revert");
    let [Event::Revert { reason, .. }] = refused[..] else {
        panic!("{refused:?}");
    };
    assert!(reason.contains("exceeds balance"), "{reason}");
}

#[test]
fn who_never_claims_leaves_everybody_s_money_locked() {
    let mut cast = honest();
    cast.accounts[0].behaviour = RequesterBehaviour::NeverClaims;
    cast.pools[0].behaviour = PoolBehaviour::Stall;
    let world = run(cast);
    assert_eq!(count(&world, "TaskClaimed"), 0);
    let alice = view(&world).accounts.get("account.alice").unwrap();
    assert_eq!(alice.locked, Nrlc::from_rlc(1));
}

#[test]
fn a_silent_requester_does_not_fetch_its_result() {
    let mut cast = honest();
    cast.accounts[0].behaviour = RequesterBehaviour::Silent;
    let world = run(cast);
    assert_eq!(count(&world, "TaskFinalize"), 1);
    assert_eq!(count(&world, "ResultDownloaded"), 0);
}

#[test]
fn the_lazy_agree_on_nothing_and_lose_to_the_honest() {
    let mut cast = honest();
    cast.pools[0].policy = Policy::All;
    cast.workers = group("w", 4, Behaviour::Honest);
    cast.workers.extend(group("lazy", 1, Behaviour::Lazy));
    let world = run(cast);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
    assert_eq!(earned(&world, "lazy"), [-300_000_000]);
}

#[test]
fn who_sits_on_its_result_too_long_is_refused() {
    let mut cast = honest();
    cast.workers = group("late", 2, Behaviour::Late);
    cast.tasks = vec![task("job", 2)];
    let world = run(cast);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Starved));
    assert_eq!(count(&world, "Revert"), 2);
}

#[test]
fn a_worker_that_crashes_while_computing_is_replaced() {
    let mut cast = honest();
    let crash = Behaviour::Crash { at: Phase::Run };
    cast.workers = group("crash", 1, crash);
    cast.workers.extend(group("w", 3, Behaviour::Honest));
    let world = run(cast);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
    assert_eq!(count(&world, "Crashed"), 1);
    let assigned = events(&world, "WorkerAssigned").len();
    assert_eq!(assigned, 4);
    // It is missed within a minute or so, long before its category's five.
    let end = super::last_time(&world, "TaskFinalize").unwrap();
    assert!(end.as_secs() < 150, "{end}");
}

#[test]
fn a_flaky_worker_comes_back() {
    let mut cast = honest();
    let flaky = Behaviour::Flaky {
        fail_permille: 1000,
        back_after: Duration::from_secs(60),
    };
    cast.workers.extend(group("flaky", 1, flaky));
    cast.pools[0].policy = Policy::All;
    cast.tasks = vec![task("job", 4)];
    let world = run(cast);
    assert_eq!(count(&world, "Crashed"), count(&world, "Restarted"));
    assert!(count(&world, "Crashed") > 0);
}

#[test]
fn a_whitewasher_is_slashed_once_per_name() {
    let mut cast = honest();
    cast.pools[0].policy = Policy::All;
    cast.workers = group("w", 4, Behaviour::Honest);
    cast.workers
        .extend(group("washer", 1, Behaviour::Whitewasher));
    let mut second = task("second", 3);
    second.at = emulate::time::Timestamp::from_secs(120);
    cast.tasks.push(second);
    let world = run(cast);
    assert_eq!(count(&world, "TaskFinalize"), 2);
    assert_eq!(earned(&world, "washer-0"), [-300_000_000]);
    assert_eq!(earned(&world, "washer-0~1"), [-300_000_000]);
    let faulty = events(&world, "FaultyContribution");
    assert_eq!(faulty.len(), 2);
}

#[test]
fn a_whitewasher_slashed_twice_in_one_block_changes_its_name_once() {
    let mut cast = honest();
    cast.pools[0].policy = Policy::All;
    let all = group("w", 4, Behaviour::Honest);
    let washer = group("washer", 1, Behaviour::Whitewasher);
    let with_slots = |mut worker: emulate::world::cast::WorkerCast| {
        worker.slots = 2;
        worker
    };
    cast.workers = all.into_iter().chain(washer).map(with_slots).collect();
    cast.tasks = vec![task("job", 2), task("other", 2)];
    let world = run(cast);
    assert_eq!(count(&world, "FaultyContribution"), 2);
    assert_eq!(earned(&world, "washer-0"), [-600_000_000]);
    let names: Vec<_> = events(&world, "AccountOpened");
    let is_new = |event: &&&Event| matches!(event, Event::AccountOpened { account, .. } if account.contains('~'));
    assert_eq!(names.iter().filter(is_new).count(), 1);
    assert_eq!(view(&world).chain.reverts_unexpected, 0);
}

/// What is left of its deposit is on its way to the new account when it goes down.
#[test]
fn a_whitewasher_that_crashes_while_it_changes_its_name_comes_back_under_the_new_one() {
    let mut cast = honest();
    cast.pools[0].policy = Policy::All;
    cast.workers = group("w", 4, Behaviour::Honest);
    cast.workers
        .extend(group("washer", 1, Behaviour::Whitewasher));
    cast.timeline = vec![Fault {
        trigger: Trigger::On {
            pattern: EventPattern::named("FaultyContribution"),
            nth: 1,
            after: Duration::from_millis(200),
        },
        verb: Verb::Crash(vec!["worker.washer-0".into()]),
        lasting: Some(Duration::from_secs(30)),
        note: None,
    }];
    let mut second = task("second", 3);
    second.at = emulate::time::Timestamp::from_secs(120);
    cast.tasks.push(second);
    let world = run(cast);
    assert_eq!(count(&world, "Crashed"), 1);
    assert_eq!(earned(&world, "washer-0~1"), [-300_000_000]);
}

#[test]
fn a_phase_table_overrides_a_behaviour() {
    let mut cast = honest();
    let mut conduct = Conduct::from(Behaviour::Honest);
    conduct.on.insert(Phase::Reveal, Deviation::Skip);
    cast.workers[2].conduct = conduct;
    let world = run(cast);
    assert_eq!(count(&world, "TaskReveal"), 2);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
    assert_eq!(earned(&world, "w-2"), [-300_000_000]);
}

#[test]
fn a_fixed_policy_asks_no_replacement() {
    let mut cast = honest();
    cast.pools[0].policy = Policy::Fixed(None);
    cast.workers = group("liar", 1, Behaviour::Liar);
    cast.workers.extend(group("w", 4, Behaviour::Honest));
    let world = run(cast);
    assert_eq!(count(&world, "WorkerAssigned"), 3);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Starved));
}
