//! Things that go wrong on their own: crashes, partitions, slowness.

use std::time::Duration;

use emulate::{
    actors::{Actor, Call, Context, Effect, Input},
    amount::Nrlc,
    executor::Executors,
    log::{Event, Verdict},
    protocol::Name,
    time::Timestamp,
    world::{
        World,
        cast::{Behaviour, EventPattern, Fault, Setting, Trigger, Verb},
        run_virtual,
    },
};

use super::{cast, count, events, group, run, task, verdict, view, wishes};

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

#[test]
fn what_is_wanted_of_somebody_who_is_down_is_done_when_it_is_back() {
    let mut cast = cast();
    cast.workers = group("w", 3, Behaviour::Honest);
    cast.tasks = vec![task("first", 2)];
    let at = |seconds, verb, lasting| Fault {
        trigger: Trigger::At(Timestamp::from_secs(seconds)),
        verb,
        lasting,
        note: None,
    };
    let crash = |who: &str| Verb::Crash(vec![who.into()]);
    let price = Setting::PoolPrice("main".into(), Nrlc::from_rlc(2));
    cast.timeline = vec![
        at(60, crash("pool.main"), Some(Duration::from_secs(60))),
        at(65, crash("account.alice"), Some(Duration::from_secs(60))),
        at(70, Verb::Set(price), None),
        at(80, Verb::Submit(vec![task("second", 2)]), None),
    ];
    let world = run(cast);
    for task in ["first", "second"] {
        assert_eq!(verdict(&world, task), Some(Verdict::Correct), "{task}");
    }
    let spent = view(&world).accounts.get("account.alice").unwrap().spent;
    assert_eq!(spent, Nrlc::from_rlc(3), "the second at the new price");
}

#[test]
fn a_worker_whose_word_that_it_is_free_was_lost_is_asked_again() {
    let mut cast = cast();
    cast.workers = group("w", 3, Behaviour::Honest);
    cast.tasks = vec![task("first", 3), task("second", 3)];
    // It votes and reveals on the chain; what it tells its scheduler gets lost.
    let sides = vec![vec!["worker.w-0".into()], vec!["pool.main".into()]];
    cast.timeline = vec![Fault {
        trigger: Trigger::At(Timestamp::from_secs(3)),
        verb: Verb::Partition(sides),
        lasting: Some(Duration::from_secs(11)),
        note: None,
    }];
    let world = run(cast);
    let lost = events(&world, "MessageLost");
    let is_word =
        |event: &&&Event| matches!(event, Event::MessageLost { message, .. } if message == "Hello");
    assert_eq!(lost.iter().filter(is_word).count(), 1, "{lost:?}");
    for task in ["first", "second"] {
        assert_eq!(verdict(&world, task), Some(Verdict::Correct), "{task}");
    }
    assert!(super::last_time(&world, "TaskFinalize").unwrap().as_secs() < 300);
}

#[test]
fn a_worker_that_was_asked_when_it_had_no_room_is_asked_again() {
    let mut cast = cast();
    cast.workers = group("w", 3, Behaviour::Honest);
    cast.tasks = vec![task("one", 3), task("two", 3), task("three", 3)];
    // So slow that workers count as lost, say hello, and only then are heard to be free.
    cast.timeline = vec![Fault {
        trigger: Trigger::On {
            pattern: EventPattern::named("OrdersMatched"),
            nth: 1,
            after: Duration::ZERO,
        },
        verb: Verb::Slow {
            targets: vec!["pool.main".into()],
            by: Duration::from_secs(5),
        },
        lasting: Some(Duration::from_secs(28)),
        note: None,
    }];
    let world = run(cast);
    for task in ["one", "two", "three"] {
        assert_eq!(verdict(&world, task), Some(Verdict::Correct), "{task}");
    }
}

#[test]
fn a_worker_that_did_not_hear_its_restarted_scheduler_is_greeted_again() {
    let mut cast = cast();
    cast.workers = group("w", 2, Behaviour::Honest);
    cast.tasks = vec![task("job", 2)];
    let fault = |event: &str, verb, seconds| Fault {
        trigger: Trigger::On {
            pattern: EventPattern::named(event),
            nth: 1,
            after: Duration::ZERO,
        },
        verb,
        lasting: Some(Duration::from_secs(seconds)),
        note: None,
    };
    let sides = vec![vec!["worker.w-0".into()], vec!["pool.main".into()]];
    cast.timeline = vec![
        fault("OrdersMatched", Verb::Partition(sides), 14),
        fault("TaskContribute", Verb::Crash(vec!["pool.main".into()]), 1),
    ];
    let world = run(cast);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
}

fn wrong_clock(whose: &str, seconds: i64, at: u64, lasting: Option<u64>) -> Fault {
    Fault {
        trigger: Trigger::At(Timestamp::from_secs(at)),
        verb: Verb::Skew {
            targets: vec![whose.into()],
            seconds,
        },
        lasting: lasting.map(Duration::from_secs),
        note: None,
    }
}

#[test]
fn a_scheduler_whose_clock_is_set_right_makes_up_for_what_it_took_for_too_late() {
    for (at, lasting) in [(0, 60), (0, 600), (3, 5), (3, 300), (14, 60)] {
        let mut cast = cast();
        cast.workers = group("w", 3, Behaviour::Honest);
        cast.tasks = vec![task("now", 2), task("then", 2)];
        cast.tasks[1].at = Timestamp::from_secs(20);
        cast.timeline = vec![wrong_clock("pool.main", 3600, at, Some(lasting))];
        let world = run(cast);
        for task in ["now", "then"] {
            let found = verdict(&world, task);
            assert_eq!(found, Some(Verdict::Correct), "{task}: {at}, {lasting}");
        }
        assert_eq!(count(&world, "Revert"), 0, "{at}, {lasting}");
    }
}

#[test]
fn a_requester_gets_its_money_back_whatever_its_clock_says() {
    for (seconds, at, lasting) in [
        (60, 0, None),
        (3600, 0, None),
        (3600, 100, Some(100)),
        (3600, 100, Some(2 * 3600)),
        (-600, 0, Some(3000)),
        (300, 49 * 60, Some(600)),
    ] {
        let mut cast = cast();
        cast.workers = group("w", 1, Behaviour::Honest);
        cast.tasks = vec![task("hopeless", 3)];
        cast.timeline = vec![wrong_clock("account.alice", seconds, at, lasting)];
        let world = run(cast);
        let told = format!("{seconds} from {at} for {lasting:?}");
        assert_eq!(count(&world, "TaskClaimed"), 1, "{told}");
        let alice = view(&world).accounts.get("account.alice").unwrap();
        assert_eq!(alice.locked, Nrlc::ZERO, "{told}");
        // One that came too early, at most.
        assert!(count(&world, "Revert") <= 1, "{told}");
    }
}

#[test]
fn a_scheduler_whose_clock_is_an_hour_off_for_the_whole_run_goes_by_the_chain() {
    for seconds in [3600, -3600, 10 * 24 * 3600] {
        for crash in [None, Some(8), Some(13)] {
            let mut cast = cast();
            cast.workers = group("w", 4, Behaviour::Honest);
            // Nobody reveals once, so that deadlines count.
            cast.workers[0].conduct.behaviour = Behaviour::Mute;
            cast.tasks = vec![task("now", 2), task("then", 2)];
            cast.tasks[1].at = Timestamp::from_secs(20);
            cast.timeline = vec![wrong_clock("pool.main", seconds, 0, None)];
            cast.timeline.extend(crash.map(|at| Fault {
                trigger: Trigger::At(Timestamp::from_secs(at)),
                verb: Verb::Crash(vec!["pool.main".into()]),
                lasting: Some(Duration::from_secs(30)),
                note: None,
            }));
            let world = run(cast);
            for task in ["now", "then"] {
                let found = verdict(&world, task);
                let told = format!("{task}: {seconds}, {crash:?}");
                assert_eq!(found, Some(Verdict::Correct), "{told}");
            }
            assert_eq!(count(&world, "Revert"), 0, "{seconds}, {crash:?}");
        }
    }
}

fn dear_gas(at: u64, lasting: u64) -> Fault {
    Fault {
        trigger: Trigger::At(Timestamp::from_secs(at)),
        verb: Verb::GasPrice(100_000_000_000),
        lasting: Some(Duration::from_secs(lasting)),
        note: None,
    }
}

#[test]
fn what_was_sent_before_gas_became_dear_waits_and_is_not_refused() {
    // Whatever is on its way at that second: the match, the beginning, votes, reveals, the end.
    for at in 0..24 {
        let mut cast = cast();
        cast.workers = group("w", 3, Behaviour::Honest);
        cast.tasks = vec![task("job", 3)];
        cast.timeline = vec![dear_gas(at, 100)];
        let world = run(cast);
        assert_eq!(verdict(&world, "job"), Some(Verdict::Correct), "{at}");
        assert_eq!(count(&world, "TaskReopen"), 0, "{at}");
    }
}

/// A worker whose first reveal is refused before it reaches a block.
#[derive(Clone)]
struct RefusedOnce {
    inner: Box<dyn Actor>,
    refused: Option<Name>,
    was_refused: bool,
}

impl Actor for RefusedOnce {
    fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        if let Some(task) = self.refused.take() {
            let answer = Input::Mined {
                token: 0,
                call: "reveal",
                task: Some(task),
                failure: Some("the mempool is full".to_owned()),
            };
            self.inner.handle(cx, answer);
        }
        for effect in wishes(self.inner.as_mut(), cx, input) {
            if let Effect::Submit(sent) = &effect
                && matches!(sent.call, Call::Reveal { .. })
                && !self.was_refused
            {
                self.was_refused = true;
                self.refused.clone_from(&sent.task);
            } else {
                cx.effect(effect);
            }
        }
    }

    fn crash(&mut self) {
        self.inner.crash();
    }

    fn box_clone(&self) -> Box<dyn Actor> {
        Box::new(self.clone())
    }
}

#[test]
fn a_worker_whose_reveal_was_refused_reveals_when_it_is_asked_again() {
    let mut cast = cast();
    cast.workers = group("w", 1, Behaviour::Honest);
    cast.tasks = vec![task("job", 1)];
    let mut world = World::new(cast).unwrap();
    let replaced = world.replace_actor(&"worker.w-0".into(), |inner| {
        Box::new(RefusedOnce {
            inner,
            refused: None,
            was_refused: false,
        })
    });
    assert!(replaced);
    run_virtual(&mut world, &Executors::new());
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
    assert_eq!(count(&world, "TaskReopen"), 0);
}

fn at(seconds: u64, verb: Verb, lasting: Option<u64>) -> Fault {
    Fault {
        trigger: Trigger::At(Timestamp::from_secs(seconds)),
        verb,
        lasting: lasting.map(Duration::from_secs),
        note: None,
    }
}

#[test]
fn two_verbs_for_one_actor_follow_their_rules() {
    let who = || vec![Name::from("worker.w-0")];
    let crash = |when, lasting| at(when, Verb::Crash(who()), lasting);
    let rows = |timeline: Vec<Fault>| {
        let mut cast = cast();
        cast.workers = group("w", 2, Behaviour::Honest);
        cast.tasks = vec![task("job", 1)];
        // Everything has happened before the work arrives.
        cast.tasks[0].at = Timestamp::from_secs(100);
        cast.timeline = timeline;
        let world = run(cast);
        assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
        let told = world.log().records().iter().filter_map(|record| {
            let word = record.event.name();
            let second = record.time.as_secs();
            matches!(word, "Crashed" | "Restarted").then_some((word, second))
        });
        told.collect::<Vec<_>>()
    };
    // Of the same moment: in the order of the file.
    let (restart, resume) = (
        at(5, Verb::Restart(who()), None),
        at(5, Verb::Resume(who()), None),
    );
    assert_eq!(
        rows(vec![crash(5, None), restart.clone()]),
        [("Crashed", 5), ("Restarted", 5)]
    );
    assert_eq!(
        rows(vec![restart.clone(), crash(5, Some(3))]),
        [("Crashed", 5), ("Restarted", 8)]
    );
    // Who is up is not restarted, and who is not paused does not go on.
    assert_eq!(rows(vec![restart, resume]), []);
    // Who is down is not crashed again; the first restart counts.
    assert_eq!(
        rows(vec![crash(5, Some(20)), crash(10, Some(5))]),
        [("Crashed", 5), ("Restarted", 15)]
    );
    // A pause ends with a crash, and who is down is not paused.
    let pause = |when, lasting| at(when, Verb::Pause(who()), Some(lasting));
    assert_eq!(
        rows(vec![pause(3, 40), crash(5, Some(5)), pause(7, 90)]),
        [("Crashed", 5), ("Restarted", 10)]
    );
}
