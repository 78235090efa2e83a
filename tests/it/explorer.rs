//! Small worlds, explored to the end: what is promised holds everywhere, the conditions are exact,
//! and a broken rule is found by the shortest way.

use std::path::Path;

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    explorer::{Exploration, Flaw, Move, Promise, SmallWorld, Vote},
    log::CheckOutcome,
    scenario::{Loaded, Overrides},
};

/// Prints what was looked at; `--no-capture` shows it.
#[expect(
    clippy::print_stdout,
    reason = "the figures are what an exploration is for"
)]
fn explored(world: SmallWorld) -> Exploration {
    let explored = world.explore();
    println!("{world:?}\n{:?}", explored.figures);
    explored
}

fn moves(explored: &Exploration, promise: Promise) -> &[Move] {
    let found = explored.counterexample(promise);
    &found.unwrap_or_else(|| panic!("{promise} holds")).moves
}

/// Runs a counterexample on the real contracts and asserts that all is as the file says.
fn runs_as_it_says(explored: &Exploration, promise: Promise) {
    let found = explored.counterexample(promise).unwrap();
    let text = found.scenario(&explored.world);
    let nothing = |_: &Path| Err(std::io::Error::other("it includes nothing"));
    let loaded = Loaded::new(&text, Path::new("it.toml"), &nothing, &Overrides::default());
    let loaded = loaded.unwrap_or_else(|wrong| panic!("{}\n{text}", wrong.render(false)));
    let inputs = Inputs::new(Policy::below("."));
    let finished = loaded.run(&inputs, &Executors::new()).unwrap();
    assert!(!finished.checks.is_empty(), "{text}");
    for check in &finished.checks {
        assert_eq!(check.outcome, CheckOutcome::Passed, "{check:?}\n{text}");
    }
}

#[test]
fn four_workers_and_one_task_keep_every_promise() {
    let explored = explored(SmallWorld::default());
    assert_eq!(explored.counterexamples, []);
    let figures = explored.figures;
    assert!(figures.states > 1_000, "{figures:?}");
    assert!(figures.over > 300 && figures.depth > 15, "{figures:?}");
}

#[test]
fn the_conditions_of_the_promises_are_exact() {
    let mut broken = 0;
    for workers in 1..=4 {
        for liars in 0..=workers {
            for trust in [1, 2, 3, 4, 5] {
                let world = SmallWorld {
                    workers,
                    liars,
                    trust,
                    ..SmallWorld::default()
                };
                let explored = world.explore();
                for promise in Promise::ALL {
                    let excuse = promise.excuse(&world);
                    let found = explored.counterexample(promise);
                    assert_eq!(found.is_some(), excuse.is_some(), "{promise} in {world:?}");
                    broken += usize::from(found.is_some());
                }
                assert!(explored.is_as_promised());
            }
        }
    }
    assert!(broken > 10, "{broken}");
}

#[test]
fn three_liars_take_the_stake_of_one_who_told_the_truth() {
    let explored = explored(SmallWorld {
        workers: 4,
        liars: 3,
        lies: 1,
        trust: 3,
        ..SmallWorld::default()
    });
    assert!(explored.is_as_promised(), "the promise is not given here");
    let lie = Vote::Lie(1);
    let shortest = [
        Move::Contribute(0, Vote::Truth),
        Move::Contribute(1, lie),
        Move::Contribute(1, lie),
        Move::Contribute(1, lie),
        Move::Reveal(1),
        Move::Reveal(1),
        Move::Reveal(1),
        Move::Finalize,
    ];
    let found = moves(&explored, Promise::NoHonestLoss);
    // Waiting for the deadline of the reveal is two moves, and so is revealing twice.
    assert_eq!(found.len(), shortest.len(), "{found:?}");
    assert_eq!(found[0], shortest[0]);
    let lies = found
        .iter()
        .filter(|step| matches!(step, Move::Contribute(_, Vote::Lie(1))));
    assert_eq!(lies.count(), 3, "{found:?}");
    runs_as_it_says(&explored, Promise::NoHonestLoss);
}

#[test]
fn who_reveals_too_late_loses_the_stake() {
    let world = SmallWorld {
        workers: 2,
        liars: 0,
        lies: 0,
        trust: 3,
        ..SmallWorld::default()
    };
    assert_eq!(explored(world).counterexamples, []);
    let late = explored(SmallWorld {
        honest_may_be_late: true,
        ..world
    });
    // Two vote, one reveals, the deadline passes, the task is completed.
    assert_eq!(moves(&late, Promise::NoHonestLoss).len(), 6);
    assert!(late.is_as_promised());
    runs_as_it_says(&late, Promise::NoHonestLoss);
}

#[test]
fn a_broken_rule_is_found_by_the_shortest_way() {
    let honest = SmallWorld {
        workers: 3,
        liars: 1,
        lies: 1,
        trust: 3,
        ..SmallWorld::default()
    };
    let with = |flaw| {
        let flaw = Some(flaw);
        explored(SmallWorld { flaw, ..honest })
    };
    assert_eq!(explored(honest).counterexamples, []);

    let unpaid = with(Flaw::PayUnrevealed);
    assert!(!unpaid.is_as_promised());
    // Two vote, one reveals, two category times pass, the task is completed.
    assert_eq!(moves(&unpaid, Promise::NoPayWithoutReveal).len(), 6);
    runs_as_it_says(&unpaid, Promise::NoPayWithoutReveal);

    let stuck = with(Flaw::ForgetStakes);
    // A single lie keeps the two honest ones from winning: what is left is the claim, which forgets
    // the stake of the liar.
    let found = moves(&stuck, Promise::NoStuckFunds);
    assert_eq!(found, [Move::Contribute(2, Vote::Lie(1))]);

    // Two vote, both reveal, the task is completed, and opened again.
    let reopened = with(Flaw::ReopenUnchecked);
    let found = moves(&reopened, Promise::FinalIsFinal);
    assert_eq!(found.len(), 6, "{found:?}");
    assert_eq!(found.last(), Some(&Move::Reopen));
    assert!(!reopened.is_as_promised());
    runs_as_it_says(&reopened, Promise::FinalIsFinal);
}

#[test]
fn equals_are_one_without_loss() {
    for (workers, liars, lies, trust) in [(2, 1, 2, 3), (3, 2, 2, 3)] {
        let world = SmallWorld {
            workers,
            liars,
            lies,
            trust,
            ..SmallWorld::default()
        };
        let few = explored(world);
        let many = explored(SmallWorld {
            tells_equals_apart: true,
            ..world
        });
        assert!(many.figures.states > few.figures.states);
        assert_eq!(many.figures.depth, few.figures.depth);
        let found = |explored: &Exploration| -> Vec<(Promise, usize)> {
            let all = explored.counterexamples.iter();
            all.map(|found| (found.promise, found.moves.len()))
                .collect()
        };
        assert_eq!(found(&few), found(&many));
    }
}
