//! What if: the same run with one thing changed, from the start or from a moment on.

use emulate::{
    log::{Event, Verdict},
    replay::{Branch, BranchError, Stop, first_divergence, what_if},
    runfile::RunFile,
};

use super::saved;

fn asked(run: &RunFile, change: (&str, &str), from: Option<&str>) -> Result<Branch, BranchError> {
    let from: Option<Stop> = from.map(|text| text.parse().unwrap());
    let sets = [(change.0.to_owned(), change.1.to_owned())];
    what_if(run, &sets, from.as_ref())
}

fn verdict(branch: &Branch) -> Option<Verdict> {
    let view = branch.second.world.log().view();
    view.tasks.get("job").unwrap().verdict
}

#[test]
fn a_change_from_the_start_can_be_anything_a_scenario_says() {
    let (world, run) = saved("03-byzantine-minority.toml", &[]);
    let branch = asked(&run, ("worker.mallory.behaviour", "honest"), None).unwrap();
    assert_eq!(branch.first.digest(), world.log().digest());
    let mallory = branch
        .second
        .world
        .log()
        .view()
        .workers
        .get("mallory")
        .unwrap()
        .clone();
    assert!(mallory.earned.0 > 0 && mallory.score == 10, "{mallory:?}");
    let branch = asked(&run, ("worker.honest.count", "2"), None).unwrap();
    assert_eq!(verdict(&branch), Some(Verdict::Starved));
}

#[test]
fn a_change_from_a_moment_on_leaves_what_was_before() {
    let (world, run) = saved("03-byzantine-minority.toml", &[]);
    let change = ("worker.honest.behaviour", "colluder");
    let branch = asked(&run, change, Some("event:TaskInitialize#1")).unwrap();
    assert_eq!(branch.first.digest(), world.log().digest());
    assert_eq!(verdict(&branch), Some(Verdict::Corrupted));
    let second = branch.second.world.log().records();
    let apart = first_divergence(branch.first.records(), second, 0).unwrap();
    let Some(Event::FaultInjected { verb, targets, .. }) = apart.second.map(|record| record.event)
    else {
        panic!("the change is not told where they part");
    };
    assert_eq!(
        (verb.as_str(), targets[0].as_str()),
        ("set", "worker.honest-0.behaviour = colluder")
    );
    // Too late: they have voted.
    let branch = asked(&run, change, Some("event:TaskConsensus")).unwrap();
    assert_eq!(verdict(&branch), Some(Verdict::Correct));
}

#[test]
fn a_score_changes_what_a_vote_weighs() {
    let (_, run) = saved("03-byzantine-minority.toml", &[]);
    let at = Some("event:WorkerAssigned#1");
    let branch = asked(&run, ("worker.mallory.score", "900"), at).unwrap();
    let view = branch.second.world.log().view();
    let vote = view
        .tasks
        .get("job")
        .unwrap()
        .vote_of("mallory")
        .unwrap()
        .clone();
    assert_eq!((vote.score, vote.weight), (900, 299));
    assert_eq!(verdict(&branch), Some(Verdict::Corrupted));
    assert!(view.breaches.is_empty());
}

#[test]
fn what_cannot_change_in_a_living_world_is_refused_in_words() {
    let (_, run) = saved("03-byzantine-minority.toml", &[]);
    let refused = |change, from| match asked(&run, change, Some(from)) {
        Err(BranchError::Change(wrong)) => wrong.render(false),
        Err(error) => error.to_string(),
        Ok(_) => panic!("{change:?} was taken"),
    };
    let text = refused(("worker.mallory.deposit", "1 RLC"), "block:4");
    assert!(text.contains("cannot be changed during a run"), "{text}");
    let text = refused(("worker.malory.behaviour", "liar"), "block:4");
    assert!(text.contains("malory"), "{text}");
    let text = refused(("worker.mallory.behaviour", "lier"), "block:4");
    assert!(text.contains("liar"), "{text}");
    let text = refused(("worker.mallory.behaviour", "liar"), "block:4000");
    assert!(text.contains("over before block 4000"), "{text}");
}
