//! Things that go wrong on their own: crashes, partitions, slowness.

use std::time::Duration;

use emulate::{
    log::Verdict,
    time::Timestamp,
    world::cast::{Behaviour, EventPattern, Fault, Trigger, Verb},
};

use super::{cast, count, events, group, run, task, verdict, view};

fn chaos() -> Vec<Fault> {
    let consensus = EventPattern::named("TaskConsensus");
    let crash = Fault {
        trigger: Trigger::On {
            pattern: consensus,
            nth: 1,
            after: Duration::ZERO,
        },
        verb: Verb::Crash(vec!["pool.main".into()]),
        lasting: Some(Duration::from_secs(90)),
        note: None,
    };
    let sides = vec![vec!["worker.w-0".into()], vec!["pool.main".into()]];
    let partition = Fault {
        trigger: Trigger::At(Timestamp::from_secs(40)),
        verb: Verb::Partition(sides),
        lasting: Some(Duration::from_secs(60)),
        note: None,
    };
    let slow = Fault {
        trigger: Trigger::At(Timestamp::from_secs(120)),
        verb: Verb::Slow {
            targets: vec!["chain".into()],
            by: Duration::from_secs(3),
        },
        lasting: Some(Duration::from_secs(60)),
        note: None,
    };
    vec![crash, partition, slow]
}

#[test]
fn a_scheduler_that_crashes_after_consensus_finishes_every_task_once() {
    let mut cast = cast();
    cast.workers = group("w", 5, Behaviour::Honest);
    for index in 0..6 {
        let mut task = task(&format!("job-{index}"), 3);
        task.at = Timestamp::from_secs(20 * index);
        cast.tasks.push(task);
    }
    cast.timeline = chaos();
    let world = run(cast);
    assert_eq!(count(&world, "TaskFinalize"), 6);
    for index in 0..6 {
        assert_eq!(
            verdict(&world, &format!("job-{index}")),
            Some(Verdict::Correct)
        );
    }
    assert_eq!(count(&world, "Restarted"), 1);
    assert_eq!(
        events(&world, "Revert").len(),
        0,
        "{:#?}",
        events(&world, "Revert")
    );
    assert_eq!(view(&world).pools.get("main").unwrap().reverted, 0);
    assert!(super::last_time(&world, "TaskFinalize").unwrap().as_secs() < 600);
}
