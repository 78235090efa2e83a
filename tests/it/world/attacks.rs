//! Workers that cheat.

use emulate::{
    log::{Event, Verdict},
    world::cast::{Behaviour, Policy, WorkerCast},
};

use super::{cast, count, earned, events, group, run, task, verdict, view};

#[test]
fn one_liar_is_outvoted_slashed_and_loses_a_third_of_its_score() {
    let mut cast = cast();
    cast.pools[0].policy = Policy::All;
    cast.workers = group("honest", 4, Behaviour::Honest);
    cast.workers.push(WorkerCast {
        score: 9,
        conduct: Behaviour::Liar.into(),
        ..WorkerCast::new("mallory", "main", emulate::amount::Nrlc::from_rlc(10))
    });
    cast.tasks = vec![task("job", 3)];
    let world = run(cast);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
    assert_eq!(earned(&world, "mallory"), [-300_000_000]);
    // (1 + 0.3) × 99 % / 4
    assert_eq!(earned(&world, "honest"), [321_750_000; 4]);
    // 1.3 × 1 %
    assert_eq!(view(&world).pools.get("main").unwrap().earned.0, 13_000_000);
    assert_eq!(view(&world).workers.get("mallory").unwrap().score, 6);
    assert_eq!(view(&world).workers.get("honest-0").unwrap().score, 1);
    let first = events(&world, "TaskContribute")[0];
    assert!(matches!(first, Event::TaskContribute { worker, .. } if **worker == *"mallory"));
}

#[test]
fn a_cartel_that_answers_first_buys_the_truth() {
    let mut cast = cast();
    cast.pools[0].policy = Policy::All;
    cast.workers = group("honest", 2, Behaviour::Honest);
    let ring = "cartel".into();
    cast.workers
        .extend(group("sybil", 3, Behaviour::Colluder { ring }));
    cast.tasks = vec![task("cheap", 3)];
    let world = run(cast);
    assert_eq!(verdict(&world, "cheap"), Some(Verdict::Corrupted));
    // 1 RLC × 99 % / 3
    assert_eq!(earned(&world, "sybil"), [330_000_000; 3]);
    assert_eq!(earned(&world, "honest"), [0; 2]);
    assert_eq!(count(&world, "FaultyContribution"), 0);
}

#[test]
fn mute_winners_lose_their_stake_to_those_who_come_after() {
    let mut cast = cast();
    cast.pools[0].pick = vec!["mute".into(), "honest".into()];
    cast.workers = group("mute", 2, Behaviour::Mute);
    cast.workers.extend(group("honest", 2, Behaviour::Honest));
    cast.tasks = vec![task("job", 2)];
    let world = run(cast);
    assert_eq!(count(&world, "TaskReopen"), 1);
    assert_eq!(earned(&world, "mute"), [-300_000_000; 2]);
    // (1 + 2 × 0.3) × 99 % / 2
    assert_eq!(earned(&world, "honest"), [792_000_000; 2]);
    let end = super::last_time(&world, "TaskFinalize").unwrap().as_secs();
    assert!((600..720).contains(&end), "{end}");
}

#[test]
fn a_copied_hash_counts_as_a_vote_and_cannot_be_revealed() {
    let mut cast = cast();
    cast.pools[0].policy = Policy::All;
    cast.workers = group("honest", 3, Behaviour::Honest);
    cast.workers.extend(group("carol", 1, Behaviour::Copycat));
    cast.tasks = vec![task("job", 4)];
    let world = run(cast);
    assert_eq!(verdict(&world, "job"), Some(Verdict::Correct));
    assert_eq!(earned(&world, "carol"), [-300_000_000]);
    // (1 + 0.3) × 99 % / 3
    assert_eq!(earned(&world, "honest"), [429_000_000; 3]);
    assert_eq!(count(&world, "TaskReveal"), 3);
}

#[test]
fn a_contribution_after_the_deadline_is_refused_in_words() {
    let mut cast = cast();
    let forty_minutes = std::time::Duration::from_secs(40 * 60);
    let slow = Behaviour::Slow {
        stretch_permille: 4000,
    };
    cast.workers = group("tortoise", 3, slow);
    for worker in &mut cast.workers {
        worker.duration = Some(emulate::world::cast::Spread::exact(forty_minutes));
    }
    cast.tasks = vec![task("late", 2)];
    let world = run(cast);
    assert_eq!(verdict(&world, "late"), Some(Verdict::Starved));
    assert_eq!(count(&world, "TaskContribute"), 0);
    let refused = events(&world, "Revert");
    assert!(!refused.is_empty());
    for event in refused {
        let Event::Revert { reason, .. } = event else {
            unreachable!()
        };
        assert!(reason.contains("contribution deadline"), "{reason}");
    }
    assert_eq!(
        view(&world).pools.get("main").unwrap().earned.0,
        -300_000_000
    );
}
