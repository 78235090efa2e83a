//! Blocks that are taken back: the log, the books and the actors agree with the chain afterwards.

use emulate::{
    log::{Event, TaskStatus},
    time::Timestamp,
    world::cast::{Behaviour, Cast, EventPattern, Fault, Trigger, Verb},
};

use super::{cast, count, group, run, task, view};

fn upon(event: &str, after: u64, verb: Verb) -> Fault {
    Fault {
        trigger: Trigger::On {
            pattern: EventPattern::named(event),
            nth: 1,
            after: std::time::Duration::from_secs(after),
        },
        verb,
        lasting: None,
        note: None,
    }
}

fn network(timeline: Vec<Fault>) -> Cast {
    let mut cast = cast();
    cast.workers = group("w", 6, Behaviour::Honest);
    cast.tasks = vec![task("job", 3)];
    cast.timeline = timeline;
    cast
}

#[test]
fn whenever_the_chain_reorganises_the_task_is_final_once_and_paid_once() {
    let quiet = run(network(Vec::new()));
    let events = [
        "OrdersMatched",
        "TaskInitialize",
        "TaskContribute",
        "TaskConsensus",
        "TaskReveal",
        "TaskFinalize",
    ];
    for event in events {
        for depth in [1, 2, 7] {
            let world = run(network(vec![upon(event, 0, Verb::Reorg(depth))]));
            let job = view(&world).tasks.get("job").unwrap();
            assert_eq!(job.status, TaskStatus::Completed, "{event}, {depth}");
            assert_eq!(job.correct(), Some(true), "{event}, {depth}");
            assert!(view(&world).breaches.is_empty(), "{event}, {depth}");
            assert_eq!(view(&world).chain.reorganisations, 1, "{event}, {depth}");
            for account in ["account.alice", "pool.main", "kitty"] {
                let books = |world: &emulate::world::World| {
                    let account = view(world).accounts.get(account);
                    account.map(|account| (account.stake, account.locked))
                };
                assert_eq!(books(&world), books(&quiet), "{account}: {event}, {depth}");
            }
        }
    }
}

#[test]
fn no_block_from_before_the_run_is_taken_back() {
    let early = Fault {
        trigger: Trigger::At(Timestamp::from_secs(3)),
        verb: Verb::Reorg(1_000),
        lasting: None,
        note: None,
    };
    let world = run(network(vec![early]));
    assert_eq!(count(&world, "TaskFinalize"), 1);
    assert!(view(&world).breaches.is_empty());
}

#[test]
fn a_chain_put_back_before_the_votes_is_voted_on_again() {
    let world = run(network(vec![
        upon("TaskInitialize", 0, Verb::Snapshot("open".into())),
        upon("TaskConsensus", 0, Verb::Restore("open".into())),
    ]));
    let job = view(&world).tasks.get("job").unwrap();
    assert_eq!(job.status, TaskStatus::Completed);
    assert!(view(&world).breaches.is_empty());
    // Three votes that are gone, and three that count.
    assert_eq!((count(&world, "TaskContribute"), job.votes.len()), (6, 3));
    let goes_back = world
        .log()
        .records()
        .iter()
        .any(|record| matches!(record.event, Event::ChainReorganised { .. }));
    assert!(goes_back);
}
