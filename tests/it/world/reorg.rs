//! Blocks that are taken back: the log, the books and the actors agree with the chain afterwards.

use emulate::{
    amount::Nrlc,
    log::{Event, TaskStatus},
    time::Timestamp,
    world::{
        World,
        cast::{Behaviour, Cast, EventPattern, Fault, Trigger, Verb},
    },
};

use super::{cast, count, earned, group, run, task, view};

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

/// One of the winners never reveals, so the pool finalizes at the reveal deadline: the one that
/// counts from the consensus as it is now.
#[test]
fn a_scheduler_goes_by_the_deadlines_of_the_blocks_that_are_there() {
    for seed in 0..6 {
        let mut cast = network(vec![
            upon("TaskConsensus", 1, Verb::Reorg(2)),
            upon("TaskReveal", 3, Verb::Reorg(4)),
        ]);
        cast.seed = emulate::seed::Seed(seed);
        cast.workers = group("w", 2, Behaviour::Honest);
        cast.workers.extend(group("mute", 1, Behaviour::Mute));
        let world = run(cast);
        assert_eq!(count(&world, "TaskFinalize"), 1, "seed {seed}");
        assert_eq!(view(&world).chain.reorganisations, 2, "seed {seed}");
        assert_eq!(view(&world).chain.reverts_unexpected, 0, "seed {seed}");
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

/// Moments of a task's life, each with how long after it the chain is put back.
const MOMENTS: [(&str, u64); 9] = [
    ("OrdersMatched", 0),
    ("TaskInitialize", 0),
    ("TaskInitialize", 2),
    ("TaskContribute", 0),
    ("TaskConsensus", 0),
    ("TaskReveal", 0),
    ("TaskReveal", 1),
    ("TaskFinalize", 0),
    ("TaskFinalize", 5),
];

/// What everybody has in the end.
fn books(world: &World) -> Vec<(String, Nrlc, Nrlc)> {
    let accounts = view(world).accounts.iter();
    let mut books: Vec<(String, Nrlc, Nrlc)> = accounts
        .map(|(name, account)| (name.to_string(), account.stake, account.locked))
        .filter(|(name, ..)| !name.starts_with("worker."))
        .collect();
    books.sort();
    books
}

#[test]
fn wherever_the_chain_is_put_back_to_the_task_is_done_and_paid_once() {
    for workers in [3, 6] {
        let network = |timeline: Vec<Fault>| Cast {
            workers: group("w", workers, Behaviour::Honest),
            ..network(timeline)
        };
        let quiet = run(network(Vec::new()));
        for (at, (mark, after)) in MOMENTS.into_iter().enumerate() {
            for (back, later) in MOMENTS.into_iter().skip(at) {
                let world = run(network(vec![
                    upon(mark, after, Verb::Snapshot("mark".into())),
                    upon(back, later, Verb::Restore("mark".into())),
                ]));
                let told = format!("{workers} workers, from {back}+{later} to {mark}+{after}");
                let job = view(&world).tasks.get("job").unwrap();
                assert_eq!(job.status, TaskStatus::Completed, "{told}");
                assert_eq!(job.correct(), Some(true), "{told}");
                // Three workers at a third each; nothing is held back, nobody is paid twice.
                assert_eq!(books(&world), books(&quiet), "{told}");
                let earned = |world: &World| -> i64 { earned(world, "w").iter().sum() };
                assert_eq!(earned(&world), earned(&quiet), "{told}");
                let locked = view(&world)
                    .accounts
                    .values()
                    .any(|one| one.locked != Nrlc::ZERO);
                assert!(!locked, "{told}");
            }
        }
    }
}

#[test]
fn a_chain_put_back_to_before_the_deal_is_dealt_on_again() {
    for (back, later) in MOMENTS {
        let early = Fault {
            trigger: Trigger::At(Timestamp::START),
            ..upon("", 0, Verb::Snapshot("mark".into()))
        };
        let world = run(network(vec![
            early,
            upon(back, later, Verb::Restore("mark".into())),
        ]));
        let told = format!("from {back}+{later}");
        let job = view(&world).tasks.get("job").unwrap();
        assert_eq!(job.status, TaskStatus::Completed, "{told}");
        assert_eq!(books(&world), books(&run(network(Vec::new()))), "{told}");
    }
}

#[test]
fn whoever_is_down_when_the_chain_is_put_back_looks_at_it_afterwards() {
    for who in ["pool.main", "worker.w-0", "worker.w-5"] {
        for (back, later) in MOMENTS.into_iter().skip(3) {
            let mut crash = upon(back, 0, Verb::Crash(vec![who.into()]));
            crash.lasting = Some(std::time::Duration::from_secs(later + 20));
            let world = run(network(vec![
                upon("TaskInitialize", 0, Verb::Snapshot("mark".into())),
                crash,
                upon(back, later, Verb::Restore("mark".into())),
            ]));
            let job = view(&world).tasks.get("job").unwrap();
            let told = format!("{who}, from {back}+{later}");
            assert_eq!(job.status, TaskStatus::Completed, "{told}");
            assert_eq!(job.correct(), Some(true), "{told}");
        }
    }
}

#[test]
fn whoever_was_to_vote_and_is_down_when_the_votes_are_taken_back_votes_again() {
    let all = ["pool.main", "worker.w-0", "worker.w-1", "worker.w-2"];
    for who in [&all[..], &all[1..], &all[..3]] {
        for (back, later) in MOMENTS.into_iter().skip(3) {
            let names = who.iter().map(|name| (*name).into()).collect();
            let mut crash = upon(back, 0, Verb::Crash(names));
            crash.lasting = Some(std::time::Duration::from_secs(later + 20));
            let world = run(Cast {
                workers: group("w", 3, Behaviour::Honest),
                ..network(vec![
                    upon("TaskInitialize", 0, Verb::Snapshot("mark".into())),
                    crash,
                    upon(back, later + 5, Verb::Restore("mark".into())),
                ])
            });
            let job = view(&world).tasks.get("job").unwrap();
            let told = format!("{who:?}, from {back}+{later}");
            assert_eq!(job.status, TaskStatus::Completed, "{told}");
            assert_eq!(job.correct(), Some(true), "{told}");
        }
    }
}
