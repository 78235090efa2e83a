//! A crash after every single event of a run, of everybody in turn: the task still ends, once, and
//! nobody is paid or punished for it who should not be.

use std::{collections::BTreeMap, time::Duration};

use emulate::{
    log::{EndReason, Verdict},
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

fn crash(who: &str, (event, nth): (String, u64), back: Duration) -> Fault {
    Fault {
        trigger: Trigger::On {
            pattern: EventPattern::named(event),
            nth,
            after: Duration::ZERO,
        },
        verb: Verb::Crash(vec![who.into()]),
        lasting: Some(back),
        note: None,
    }
}

#[test]
fn whoever_crashes_after_whichever_event_the_task_ends_once_and_nobody_is_punished() {
    let calm = run(hello());
    let moments = moments(&calm);
    assert!(moments.len() > 30, "{moments:?}");
    let mut wrong = Vec::new();
    for who in ["pool.main", "worker.w-0"] {
        for back in [5, 120] {
            for moment in &moments {
                let mut cast = hello();
                cast.timeline = vec![crash(who, moment.clone(), Duration::from_secs(back))];
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
                        "{who} for {back}s after {moment:?}: {found:?}, {reverts} reverts"
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

#[test]
fn a_lone_worker_that_crashes_is_asked_again_when_it_is_back() {
    let lone = || {
        let mut cast = hello();
        cast.workers = group("w", 1, Behaviour::Honest);
        cast.tasks = vec![task("greet", 1)];
        cast
    };
    let mut wrong = Vec::new();
    for moment in moments(&run(lone())) {
        for back in [2, 120] {
            let mut cast = lone();
            let back = Duration::from_secs(back);
            cast.timeline = vec![crash("worker.w-0", moment.clone(), back)];
            let found = verdict(&run(cast), "greet");
            if found != Some(Verdict::Correct) {
                wrong.push(format!("{back:?} after {moment:?}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
