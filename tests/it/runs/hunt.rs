//! Hunting and shrinking, proven on schedulers with one thing broken.

use std::path::Path;

use emulate::{
    actors::{Actor, Call, Context, Effect, Input, Timer},
    executor::Executors,
    hunt::{Attempt, Bounds, Failure, FaultKind, Find, Hunt, Shrunk, shrink},
    log::view::Measured,
    scenario::{Finished, Loaded, Overrides, StartError},
    seed::Seed,
    world::{cast::Verb, run_virtual},
};

use super::inputs;
use crate::world::wishes;

const SCENARIO: &str = r#"
[worker.w]
count = 6
[app.hello]
run = { builtin = "hello" }
[task.job]
app = "hello"
args = "world"
count = 3
arrival = "every 20s"
replication = 2
[[expect]]
task.job.correct = true
"#;

/// What is wrong with a scheduler.
#[derive(Copy, Clone, Debug)]
enum Bug {
    /// After a restart it listens to the chain no more.
    DeafAfterRestart,
    /// It never replaces a worker that fell silent.
    TrustsTheSilent,
    /// It forgets to finalize what a single worker computed.
    OneIsNone,
}

/// A scheduler with a bug.
#[derive(Clone)]
struct Broken {
    inner: Box<dyn Actor>,
    bug: Bug,
    restarted: bool,
}

impl Actor for Broken {
    fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        self.restarted |= matches!(input, Input::Restart { .. });
        let swallowed = match self.bug {
            Bug::DeafAfterRestart => self.restarted && matches!(input, Input::Chain { .. }),
            Bug::TrustsTheSilent => matches!(
                input,
                Input::Timer(Timer::Silence(..) | Timer::Stale(_) | Timer::Probe)
            ),
            Bug::OneIsNone => false,
        };
        if swallowed {
            return;
        }
        for effect in wishes(self.inner.as_mut(), cx, input) {
            let has_one_winner = |effect: &Effect| {
                let Effect::Submit(submission) = effect else {
                    return false;
                };
                let Call::Finalize { task, .. } = &submission.call else {
                    return false;
                };
                cx.hub.task(*task).winner_counter == 1
            };
            let is_lost = matches!(self.bug, Bug::OneIsNone) && has_one_winner(&effect);
            if !is_lost {
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

fn base() -> Loaded {
    load_text(SCENARIO)
}

fn load_text(text: &str) -> Loaded {
    let read = |_: &Path| Err(std::io::Error::other("nothing"));
    Loaded::new(text, Path::new("base.toml"), &read, &Overrides::default())
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
}

fn play(loaded: &Loaded, bug: Option<Bug>) -> Result<Finished, StartError> {
    let (inputs, executors) = (inputs(), Executors::new());
    let mut world = loaded.world(&inputs)?;
    if let Some(bug) = bug {
        let replaced = world.replace_actor(&"pool.main".into(), |inner| {
            let restarted = false;
            Box::new(Broken {
                inner,
                bug,
                restarted,
            })
        });
        assert!(replaced);
    }
    let reason = run_virtual(&mut world, &executors);
    loaded.conclude(world, reason, Measured::default(), (&inputs, &executors))
}

/// Hunts for a bug until it is found, and shrinks what was found.
#[track_caller]
fn found_and_shrunk(bug: Bug, bounds: &Bounds) -> (Find, Shrunk) {
    let base = base();
    let broken = |loaded: &Loaded| play(loaded, Some(bug));
    let hunt = Hunt::new(&base, bounds.clone(), Seed(1), &broken).unwrap();
    assert!(hunt.known().is_empty(), "{:?}", hunt.known());
    let find = (0..60).find_map(|nth| match hunt.attempt(nth) {
        Attempt::Found(find) => Some(*find),
        Attempt::Fine | Attempt::Void => None,
    });
    let find = find.unwrap_or_else(|| panic!("{bug:?} was not found"));
    let failure = find.failures.first().unwrap();
    let told = find.loaded.scenario.to_toml();
    assert_eq!(*failure, Failure::Starved, "attempt {}\n{told}", find.nth);
    let small = shrink(&find.loaded, failure, &broken, &|| true).unwrap();
    // What is left fails because of the bug and of nothing else, and so does its text.
    let sound = play(&small.loaded, None).unwrap();
    let text = small.loaded.scenario.to_toml();
    assert!(Failure::all(sound.world.log()).is_empty(), "{text}");
    let again = Loaded::new(
        &text,
        Path::new("small.toml"),
        &|_| Err(std::io::Error::other("nothing")),
        &Overrides::default(),
    );
    let again = play(&again.unwrap(), Some(bug)).unwrap();
    assert_eq!(
        again.world.log().digest(),
        small.finished.world.log().digest()
    );
    let cast = small.finished.world.cast();
    assert!(cast.tasks.len() <= 2, "{text}");
    assert!(
        cast.workers.len() < find.finished.world.cast().workers.len().max(3),
        "{text}"
    );
    (find, small)
}

#[test]
fn a_scheduler_that_is_deaf_after_a_restart_is_found_and_shrunk_to_one_crash() {
    let bounds = Bounds::default();
    let (find, small) = found_and_shrunk(Bug::DeafAfterRestart, &bounds);
    let cast = small.finished.world.cast();
    assert_eq!(
        cast.timeline.len(),
        1,
        "{}",
        small.loaded.scenario.to_toml()
    );
    assert!(matches!(&cast.timeline[0].verb, Verb::Crash(who) if who[0].as_str() == "pool.main"));
    assert_eq!(cast.workers.len(), 1);
    // The same hunt finds the same thing.
    let broken = |loaded: &Loaded| play(loaded, Some(Bug::DeafAfterRestart));
    let base = base();
    let hunt = Hunt::new(&base, bounds, Seed(1), &broken).unwrap();
    let Attempt::Found(again) = hunt.attempt(find.nth) else {
        panic!("the same attempt came to something else");
    };
    let digest = |find: &Find| find.finished.world.log().digest();
    assert_eq!(digest(&again), digest(&find));
}

#[test]
fn a_scheduler_that_trusts_the_silent_is_found_and_shrunk_to_one_fault() {
    // Which messages are lost is a matter of one worker's own chance: it takes that worker.
    let bounds = Bounds {
        faults: FaultKind::ALL
            .into_iter()
            .filter(|kind| *kind != FaultKind::Lose)
            .collect(),
        ..Bounds::default()
    };
    let (_, small) = found_and_shrunk(Bug::TrustsTheSilent, &bounds);
    let cast = small.finished.world.cast();
    assert_eq!(
        cast.timeline.len(),
        1,
        "{}",
        small.loaded.scenario.to_toml()
    );
}

#[test]
fn a_scheduler_that_forgets_single_votes_is_found_and_shrunk_to_no_fault_at_all() {
    let (_, small) = found_and_shrunk(Bug::OneIsNone, &Bounds::default());
    let cast = small.finished.world.cast();
    assert_eq!(
        (cast.timeline.len(), cast.workers.len()),
        (0, 1),
        "{}",
        small.loaded.scenario.to_toml()
    );
    assert_eq!(small.loaded.scenario.expect.len(), 0);
}

#[test]
fn the_scheduler_that_is_shipped_survives_the_same_hunt() {
    let base = base();
    let sound = |loaded: &Loaded| play(loaded, None);
    let bounds = Bounds {
        faults: vec![
            FaultKind::Crash,
            FaultKind::Pause,
            FaultKind::Slow,
            FaultKind::Partition,
        ],
        ..Bounds::default()
    };
    let hunt = Hunt::new(&base, bounds, Seed(1), &sound).unwrap();
    for nth in 0..25 {
        if let Attempt::Found(find) = hunt.attempt(nth) {
            panic!(
                "attempt {nth}: {:?}\n{}",
                find.failures,
                find.loaded.scenario.to_toml()
            );
        }
    }
}

#[test]
fn workers_stay_enough_for_a_trust_however_it_is_asked_for() {
    let asked = |how: &str| load_text(&SCENARIO.replace("replication = 2", how));
    for replicas in 1..9 {
        let base = asked(&format!("replication = {replicas}"));
        assert_eq!(base.scenario.task["job"].newcomers(), replicas);
    }
    let base = asked("trust = 9");
    assert_eq!(base.scenario.task["job"].newcomers(), 4);
    let sound = |loaded: &Loaded| play(loaded, None);
    let bounds = Bounds {
        behaviours: Vec::new(),
        faults: Vec::new(),
        ..Bounds::default()
    };
    let hunt = Hunt::new(&base, bounds, Seed(1), &sound).unwrap();
    for nth in 0..25 {
        if let Attempt::Found(find) = hunt.attempt(nth) {
            panic!("attempt {nth}: {}", find.loaded.scenario.to_toml());
        }
    }
}

#[test]
fn no_pool_is_drawn_with_too_few_workers() {
    let base = load_text(
        r#"
[pool.one]
[pool.two]
[worker.a]
count = 3
[worker.b]
count = 3
pool = "two"
[app.hello]
run = { builtin = "hello" }
[task.x]
app = "hello"
pool = "one"
[task.y]
app = "hello"
pool = "two"
replication = 3
"#,
    );
    let members = |loaded: &Loaded, group: &str| loaded.scenario.worker[group].count.unwrap();
    let honest = |loaded: &Loaded| play(loaded, None);
    let bounds = Bounds {
        faults: Vec::new(),
        ..Bounds::default()
    };
    let drawn = std::sync::Mutex::new(Vec::new());
    let noted = |loaded: &Loaded| {
        let replicas = loaded.scenario.task["y"].replication.unwrap();
        let row = (replicas, members(loaded, "a"), members(loaded, "b"));
        drawn.lock().unwrap().push(row);
        honest(loaded)
    };
    let hunt = Hunt::new(&base, bounds, Seed(3), &noted).unwrap();
    for nth in 0..20 {
        assert!(matches!(hunt.attempt(nth), Attempt::Fine), "{nth}");
    }
    let drawn = drawn.into_inner().unwrap();
    assert!(
        drawn.iter().all(|(replicas, _, b)| b >= replicas),
        "{drawn:?}"
    );
    assert!(drawn.iter().any(|(_, a, b)| a < b), "{drawn:?}");
}

/// A scenario with something to download, so that every service is needed.
const WHOLE: &str = r#"
[worker.w]
count = 5
[app.hello]
run = { builtin = "hello" }
[app.wc]
run = { builtin = "wc" }
[dataset.iris]
file = "fixtures/iris.csv"
[task.job]
app = "hello"
args = "world"
count = 2
arrival = "every 20s"
replication = 2
[task.count]
app = "wc"
dataset = "iris"
replication = 2
"#;

#[test]
fn the_shipped_network_survives_every_kind_of_fault_and_its_runs_come_out_the_same_twice() {
    let base = load_text(WHOLE);
    let sound = |loaded: &Loaded| play(loaded, None);
    for kind in FaultKind::ALL {
        let bounds = Bounds {
            faults: vec![kind],
            faults_max: 2,
            ..Bounds::default()
        };
        let seen = std::sync::Mutex::new(0);
        let noted = |loaded: &Loaded| {
            let finished = play(loaded, None)?;
            let view = finished.world.log().view();
            let mine = |fault: &&emulate::log::view::FaultView| &*fault.verb == kind.as_str();
            *seen.lock().unwrap() += view.faults.iter().filter(mine).count();
            Ok(finished)
        };
        let hunt = Hunt::new(&base, bounds, Seed(7), &noted).unwrap();
        for nth in 0..6 {
            match hunt.attempt(nth) {
                Attempt::Fine => {}
                Attempt::Void => panic!("{kind:?}, attempt {nth}: what was drawn is no scenario"),
                Attempt::Found(find) => {
                    let text = find.loaded.scenario.to_toml();
                    panic!("{kind:?}, attempt {nth}: {:?}\n{text}", find.failures)
                }
            }
        }
        assert!(*seen.lock().unwrap() > 0, "{kind:?} never struck");
    }
    let digests = || {
        let drawn = std::sync::Mutex::new(Vec::new());
        let noted = |loaded: &Loaded| {
            let finished = sound(loaded)?;
            drawn.lock().unwrap().push(finished.world.log().digest());
            Ok(finished)
        };
        let hunt = Hunt::new(&base, Bounds::default(), Seed(8), &noted).unwrap();
        for nth in 0..5 {
            assert!(!matches!(hunt.attempt(nth), Attempt::Void), "{nth}");
        }
        drawn.into_inner().unwrap()
    };
    assert_eq!(digests(), digests());
}

#[test]
fn money_that_was_not_earned_shrinks_to_a_world_in_which_somebody_works() {
    let text = SCENARIO.replace("task.job.correct = true", "worker.w.earned.sum = \"9 RLC\"");
    let base = load_text(&text);
    let sound = |loaded: &Loaded| play(loaded, None);
    let failure = Failure::Expectation("worker.w.earned.sum".to_owned());
    let small = shrink(&base, &failure, &sound, &|| true).unwrap();
    let text = small.loaded.scenario.to_toml();
    let view = small.finished.world.log().view();
    let check = view.checks.first().unwrap();
    assert!(!check.found.starts_with("0 "), "{}\n{text}", check.found);
    assert_eq!(small.finished.world.cast().tasks.len(), 1, "{text}");
}
