//! Many workers, many tasks: nothing is lost, and the cost stays in proportion.

use std::time::Duration;

use emulate::{
    amount::Nrlc,
    log::{EndReason, Verdict},
    seed::Seed,
    time::Timestamp,
    world::{
        World,
        cast::{Behaviour, Cast, Spread},
    },
};
use rand::Rng;

use super::{cast, count, group, run, task, verdict};

/// A crowd of which some are slow, some lie and some fail, and tasks that come about as fast as
/// it can do them.
fn crowd(workers: usize, tasks: usize) -> Cast {
    let mut cast = cast();
    cast.seed = Seed(9);
    cast.time.block = Duration::from_secs(5);
    cast.accounts[0].deposit = Nrlc::from_rlc(2 * tasks as u64);
    cast.pools[0].deposit = Nrlc::from_rlc(tasks as u64);
    cast.pools[0].offers[0].volume = tasks as u64;
    cast.apps[0].duration = Spread::around(Duration::from_secs(30), Duration::from_secs(15));
    cast.workers = group("crowd", workers, Behaviour::Honest);
    let mut stream = cast.seed.stream("test");
    for (index, worker) in cast.workers.iter_mut().enumerate() {
        worker.deposit = Nrlc::from_rlc(5);
        worker.speed_permille = stream.random_range(500..2000);
        let behaviour = match index % 100 {
            0..3 => Behaviour::Slow {
                stretch_permille: 4000,
            },
            3 => Behaviour::Liar,
            4 => Behaviour::Flaky {
                fail_permille: 100,
                back_after: Duration::from_secs(60),
            },
            _ => Behaviour::Honest,
        };
        worker.conduct = behaviour.into();
    }
    let per_task_millis = 125_000 / workers.max(1) as u64;
    for index in 0..tasks {
        let mut task = task(&format!("burst-{index}"), 3);
        task.at = Timestamp::from_millis(index as u64 * per_task_millis);
        cast.tasks.push(task);
    }
    cast
}

fn check(world: &World, tasks: usize) {
    assert_eq!(world.ended(), Some(EndReason::Complete));
    assert_eq!(count(world, "TaskFinalize"), tasks);
    let correct = (0..tasks)
        .filter(|index| verdict_of(world, *index) == Some(Verdict::Correct))
        .count();
    assert!(correct * 1000 >= tasks * 999, "{correct} of {tasks}");
}

fn verdict_of(world: &World, index: usize) -> Option<Verdict> {
    let view = world.log().view();
    let task = view.tasks.get(format!("burst-{index}").as_str())?;
    task.verdict
}

#[test]
fn a_small_crowd_loses_nothing() {
    let world = run(crowd(100, 200));
    check(&world, 200);
    assert!(verdict(&world, "burst-0").is_some());
}

#[test]
#[ignore = "takes minutes unless built for release"]
fn a_thousand_workers_finish_ten_thousand_tasks() {
    let world = run(crowd(1_000, 10_000));
    check(&world, 10_000);
}
