//! A crash of everybody, and a partition between every two, after every single event of a run: the
//! task still ends, once, and nobody is paid or punished for it who should not be.

use std::{collections::BTreeMap, time::Duration};

use emulate::{
    log::{EndReason, Verdict},
    protocol::Name,
    world::{
        World,
        cast::{Behaviour, Cast, EventPattern, Fault, Trigger, Verb},
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

/// Lives through the task once for every event of the calm run, every verb and every length of time,
/// and asserts that it ends once, with the right result, and costs nobody anything.
fn nothing_is_lost(calm: &Cast, verbs: &[Verb], lengths: &[u64]) {
    let moments = moments(&run(calm.clone()));
    assert!(moments.len() >= 30, "{moments:?}");
    let mut wrong = Vec::new();
    for verb in verbs {
        for lasting in lengths {
            for moment in &moments {
                let mut cast = calm.clone();
                cast.timeline = vec![fault(moment.clone(), verb.clone(), *lasting)];
                let world = run(cast);
                let fine = world.ended() == Some(EndReason::Complete)
                    && verdict(&world, "greet") == Some(Verdict::Correct)
                    && count(&world, "TaskFinalize") == 1
                    && count(&world, "FaultInjected") == 1
                    && events(&world, "FaultyContribution").is_empty()
                    && earned(&world, "w").iter().all(|earned| *earned >= 0)
                    && view(&world).pools.get("main").unwrap().reverted == 0;
                if !fine {
                    let found = verdict(&world, "greet");
                    let reverts = events(&world, "Revert").len();
                    wrong.push(format!(
                        "{verb:?} for {lasting}s after {moment:?}: {found:?}, {reverts} reverts"
                    ));
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
