//! A crash of everybody, and a partition between every two, after every single event of a run, also of
//! those who are slow, compute several tasks at once or are cut off from the chain: every task still
//! ends, once, and nobody is paid or punished for it who should not be.

use std::{collections::BTreeMap, time::Duration};

use emulate::{
    actors::Spread,
    log::{EndReason, TaskView, Verdict},
    protocol::Name,
    time::Timestamp,
    world::{
        World,
        cast::{Behaviour, Cast, EventPattern, Fault, TaskCast, Trigger, Verb, WorkerCast},
    },
};

use super::{cast, count, earned, events, group, run, task, verdict, view};

/// One task for three of four workers.
fn hello() -> Cast {
    let mut cast = cast();
    cast.workers = group("w", 4, Behaviour::Honest);
    cast.tasks = vec![task("greet", 3)];
    cast
}

/// Every event of a run from the first order on, as its name and how many of that name came
/// before; what prepares a run happens before its timeline begins.
fn moments(world: &World) -> Vec<(String, u64)> {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    let mut moments = Vec::new();
    let records = world.log().records().iter();
    for record in records.skip_while(|record| record.event.name() != "OrderPublished") {
        let name = record.event.name();
        let nth = seen.entry(name).or_default();
        *nth += 1;
        moments.push((name.to_owned(), *nth));
    }
    let last = moments.iter().rposition(|(name, _)| name == "TaskFinalize");
    moments.truncate(last.unwrap() + 1);
    moments
}

fn fault((event, nth): (String, u64), verb: Verb, lasting: u64) -> Fault {
    Fault {
        trigger: Trigger::On {
            pattern: EventPattern::named(event),
            nth,
            after: Duration::ZERO,
        },
        verb,
        lasting: Some(Duration::from_secs(lasting)),
        note: None,
    }
}

/// Everybody with a part in the task.
fn actors(cast: &Cast) -> Vec<Name> {
    let fixed = ["account.alice", "pool.main"].map(Name::from);
    let workers = cast
        .workers
        .iter()
        .map(|worker| worker.name.of_kind("worker"));
    fixed.into_iter().chain(workers).collect()
}

/// Lives through the calm run once for every event of it, every verb and every length of time, and
/// asserts that each task ends once, with the right result, and costs nobody anything.
fn nothing_is_lost(calm: &Cast, verbs: &[Verb], lengths: &[u64]) {
    let moments = moments(&run(calm.clone()));
    assert!(moments.len() >= 30, "{moments:?}");
    let mut wrong = Vec::new();
    for verb in verbs {
        for lasting in lengths {
            for moment in &moments {
                let mut cast = calm.clone();
                let fault = fault(moment.clone(), verb.clone(), *lasting);
                cast.timeline.push(fault);
                if let Some(found) = what_is_lost(&run(cast), calm) {
                    wrong.push(format!("{verb:?} for {lasting}s after {moment:?}: {found}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What is not as it was in a calm run, if anything.
fn what_is_lost(world: &World, calm: &Cast) -> Option<String> {
    let tasks = calm.tasks.iter().map(|task| &task.name);
    let not_right = tasks.filter(|name| verdict(world, name) != Some(Verdict::Correct));
    let not_right: Vec<&Name> = not_right.collect();
    let ends = count(world, "TaskFinalize");
    let reverted: u64 = view(world).pools.values().map(|pool| pool.reverted).sum();
    let is_fine = world.ended() == Some(EndReason::Complete)
        && not_right.is_empty()
        && ends == calm.tasks.len()
        && count(world, "FaultInjected") == calm.timeline.len() + 1
        && events(world, "FaultyContribution").is_empty()
        && earned(world, "w").iter().all(|earned| *earned >= 0)
        && reverted == 0;
    let ended = world.ended();
    (!is_fine).then(|| format!("{ended:?}, {not_right:?}, {ends} ends, {reverted} reverted"))
}

fn crash(who: &str) -> Verb {
    Verb::Crash(vec![who.into()])
}

#[test]
fn whoever_crashes_after_whichever_event_the_task_ends_once_and_nobody_is_punished() {
    let cast = hello();
    let crashes: Vec<Verb> = actors(&cast).iter().map(|who| crash(who)).collect();
    assert_eq!(crashes.len(), 6);
    nothing_is_lost(&cast, &crashes, &[5]);
}

#[test]
fn a_scheduler_or_a_worker_that_is_away_for_long_loses_nobody_anything() {
    let crashes = [crash("pool.main"), crash("worker.w-0")];
    nothing_is_lost(&hello(), &crashes, &[120]);
}

#[test]
fn whichever_two_do_not_reach_each_other_the_task_ends_once_and_nobody_is_punished() {
    let mut cast = hello();
    cast.workers.pop();
    cast.tasks = vec![task("greet", 2)];
    let actors = actors(&cast);
    let mut pairs = Vec::new();
    for (index, one) in actors.iter().enumerate() {
        for other in &actors[index + 1..] {
            pairs.push(Verb::Partition(vec![
                vec![one.clone()],
                vec![other.clone()],
            ]));
        }
    }
    assert_eq!(pairs.len(), 10);
    nothing_is_lost(&cast, &pairs, &[20]);
}

#[test]
fn a_lone_worker_that_crashes_is_asked_again_when_it_is_back() {
    let mut lone = hello();
    lone.workers = group("w", 1, Behaviour::Honest);
    lone.tasks = vec![task("greet", 1)];
    let mut wrong = Vec::new();
    for moment in moments(&run(lone.clone())) {
        for back in [2, 120] {
            let mut cast = lone.clone();
            cast.timeline = vec![fault(moment.clone(), crash("worker.w-0"), back)];
            let found = verdict(&run(cast), "greet");
            if found != Some(Verdict::Correct) {
                wrong.push(format!("{back}s after {moment:?}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// From the beginning to the end, everything from and to somebody is late.
fn always_slow(who: &str, by: u64) -> Fault {
    Fault {
        trigger: Trigger::At(Timestamp::START),
        verb: Verb::Slow {
            targets: vec![who.into()],
            by: Duration::from_secs(by),
        },
        lasting: None,
        note: None,
    }
}

#[test]
fn a_lone_worker_that_is_slow_and_crashes_is_asked_again() {
    for by in [3, 5, 12] {
        let mut lone = hello();
        lone.workers = group("w", 1, Behaviour::Honest);
        lone.tasks = vec![task("one", 1), task("two", 1)];
        lone.timeline = vec![always_slow("worker.w-0", by)];
        nothing_is_lost(&lone, &[crash("worker.w-0")], &[1, 20]);
    }
}

#[test]
fn whoever_is_slow_and_crashes_the_task_ends_once_and_nobody_is_punished() {
    for who in ["pool.main", "worker.w-0"] {
        let mut cast = hello();
        cast.workers.truncate(2);
        cast.tasks = vec![task("greet", 2)];
        cast.timeline = vec![always_slow(who, 5)];
        nothing_is_lost(&cast, &[crash("pool.main"), crash("worker.w-0")], &[20]);
    }
}

/// Four tasks for two workers that compute two at once.
fn slots() -> Cast {
    let mut cast = cast();
    cast.workers = group("w", 2, Behaviour::Honest);
    for worker in &mut cast.workers {
        worker.slots = 2;
    }
    cast.tasks = ["a", "b", "c", "d"].map(|name| task(name, 2)).into();
    cast
}

#[test]
fn workers_with_several_slots_lose_nothing_by_crashes() {
    nothing_is_lost(&slots(), &[crash("pool.main"), crash("worker.w-0")], &[5]);
}

#[test]
fn workers_with_several_slots_lose_nothing_by_a_partition() {
    let sides = vec![vec!["worker.w-0".into()], vec!["pool.main".into()]];
    nothing_is_lost(&slots(), &[Verb::Partition(sides)], &[4, 20]);
}

#[test]
fn two_pools_side_by_side_lose_nothing() {
    let mut cast = hello();
    cast.pools.push(super::pool("other", 1, 1000));
    cast.workers.truncate(2);
    for worker in group("w", 4, Behaviour::Honest).split_off(2) {
        let pool = "other".into();
        cast.workers.push(WorkerCast { pool, ..worker });
    }
    cast.tasks = vec![task("one", 2), task("two", 2)];
    for (task, pool) in cast.tasks.iter_mut().zip(["main", "other"]) {
        task.pool = Some(pool.into());
    }
    let verbs = [
        Verb::Crash(vec!["pool.main".into(), "worker.w-2".into()]),
        Verb::Crash(vec!["pool.other".into(), "pool.main".into()]),
    ];
    nothing_is_lost(&cast, &verbs, &[5]);
}

#[test]
fn a_worker_that_crashes_while_it_is_cut_off_from_the_chain_loses_nothing() {
    let mut calm = hello();
    calm.workers.truncate(2);
    calm.tasks = vec![task("greet", 2)];
    let sides = vec![vec!["worker.w-0".into()], vec!["chain".into()]];
    let mut wrong = Vec::new();
    for moment in moments(&run(calm.clone())) {
        for (cut, later) in [(6, 2), (30, 5)] {
            let mut cast = calm.clone();
            let mut down = fault(moment.clone(), crash("worker.w-0"), 3);
            if let Trigger::On { after, .. } = &mut down.trigger {
                *after = Duration::from_secs(later);
            }
            let parted = fault(moment.clone(), Verb::Partition(sides.clone()), cut);
            cast.timeline = vec![parted];
            let before = cast.clone();
            cast.timeline.push(down);
            if let Some(found) = what_is_lost(&run(cast), &before) {
                wrong.push(format!("{cut}s, {later}s after {moment:?}: {found}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_slot_of_several_whose_word_that_it_is_free_was_lost_is_counted_again() {
    let mut cast = slots();
    cast.workers.truncate(1);
    let long = Duration::from_secs(250);
    cast.workers[0].duration = Some(Spread::exact(long));
    cast.tasks = ["a", "b", "c"].map(|name| task(name, 1)).into();
    // The last of them is asked for when the others have come and gone.
    cast.tasks[2].at = Timestamp::from_secs(300);
    let sides = vec![vec!["worker.w-0".into()], vec!["pool.main".into()]];
    let mut wrong = Vec::new();
    for moment in moments(&run(cast.clone())) {
        let mut cast = cast.clone();
        cast.tasks.push(TaskCast {
            at: Timestamp::from_secs(300),
            ..task("d", 1)
        });
        cast.timeline = vec![fault(moment.clone(), Verb::Partition(sides.clone()), 1)];
        let world = run(cast);
        let [third, fourth] = ["c", "d"].map(|name| view(&world).tasks.get(name).unwrap().clone());
        // Both at once, in the two slots there are, soon after they were asked for.
        let begun = |task: &TaskView| task.executions.first().map(|one| one.started.as_secs());
        let late = [begun(&third), begun(&fourth)]
            .iter()
            .any(|at| at.is_none_or(|at| at > 480));
        if late {
            wrong.push(format!(
                "{moment:?}: {:?}, {:?}",
                begun(&third),
                begun(&fourth)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
