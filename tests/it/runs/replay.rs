//! Saved runs, run again: the same to the byte, stopped anywhere, and told apart when they are not.

use emulate::{
    executor::Executors,
    log::{Event, EventLog, view::Measured},
    replay::{Player, Proof, Stop, first_divergence, prove},
    runfile::{RunFile, read},
    time::Timestamp,
};

use super::{interrupted, load, saved, saved_with};

#[track_caller]
fn is_the_same(run: &RunFile, complete: bool) {
    match prove(run).unwrap() {
        Proof::Same { whole, .. } => assert_eq!(whole, complete),
        other @ (Proof::Differs(_) | Proof::OtherChain { .. }) => panic!("{other:?}"),
    }
}

#[test]
fn the_scenarios_replay_to_the_byte() {
    for name in [
        "01-hello.toml",
        "03-byzantine-minority.toml",
        "05-non-deterministic.toml",
        "06-timeout-reopen.toml",
        "07-dataset-zip.toml",
        "10-chaos-scheduler.toml",
        "11-deadline.toml",
        "14-dapp-fixture.toml",
    ] {
        let (_, run) = saved(name, &[]);
        is_the_same(&run, true);
    }
}

#[test]
fn what_was_changed_from_outside_is_changed_in_the_replay() {
    let (world, run) = saved(
        "03-byzantine-minority.toml",
        &[("scenario.seed", "9"), ("worker.honest.count", "6")],
    );
    assert_eq!(world.log().view().workers.len(), 7);
    is_the_same(&run, true);
}

#[test]
fn an_interrupted_run_is_followed_to_where_it_ended() {
    for steps in [1, 40, 111, 152, 200] {
        let (_, run) = interrupted("10-chaos-scheduler.toml", steps);
        is_the_same(&run, true);
    }
}

#[test]
fn a_run_that_was_killed_is_proven_as_far_as_it_was_written() {
    let (_, bytes) = saved_with(load("06-timeout-reopen.toml", &[]), Executors::new());
    for length in [bytes.len() * 3 / 4, bytes.len() / 2] {
        let run = read(&bytes[..length]).unwrap();
        is_the_same(&run, false);
    }
    let all_but_the_end = read(&bytes[..bytes.len() - 1]).unwrap();
    assert!(all_but_the_end.end.is_none());
    is_the_same(&all_but_the_end, true);
}

#[test]
fn a_run_that_was_tampered_with_is_caught_at_the_first_event() {
    let (_, mut run) = saved("01-hello.toml", &[]);
    let mut log = EventLog::default();
    for record in run.log.records().iter() {
        let mut record = record.clone();
        if record.seq >= 60
            && let Event::ScoreChanged { score, .. } = &mut record.event
        {
            *score += 1;
        }
        log.append(record.time, record.block, record.actor, record.event);
    }
    let at = first_divergence(run.log.records(), log.records(), 0)
        .unwrap()
        .seq;
    run.log = log;
    let Proof::Differs(divergence) = prove(&run).unwrap() else {
        panic!("nobody noticed");
    };
    assert_eq!(divergence.seq, at);
    let saved = divergence.first.unwrap();
    let ours = divergence.second.unwrap();
    assert!(matches!(saved.event, Event::ScoreChanged { score: 2, .. }));
    assert!(matches!(ours.event, Event::ScoreChanged { score: 1, .. }));
}

#[test]
fn a_run_on_another_chain_is_caught_by_its_last_block() {
    let (_, mut run) = saved("01-hello.toml", &[]);
    run.end.as_mut().unwrap().head.0[0] ^= 1;
    assert!(matches!(prove(&run).unwrap(), Proof::OtherChain { .. }));
}

#[test]
fn stopping_anywhere_changes_nothing_of_what_follows() {
    let (world, run) = saved("10-chaos-scheduler.toml", &[]);
    let mut player = Player::of(&run).unwrap();
    let stops = [
        "time:3s",
        "event:TaskInitialize#2",
        "time:41500ms",
        "block:40",
        "event:Crashed",
    ];
    for stop in stops {
        let mut ahead = player.clone();
        if ahead.go_to(&stop.parse().unwrap()) {
            player = ahead;
        }
        let so_far = player.world().log().records();
        let apart = first_divergence(so_far, world.log().records(), 0).unwrap();
        assert!(apart.first.is_none(), "{stop}");
    }
    let reason = player.play();
    let finished = player.conclude(reason, Measured::default()).unwrap();
    assert_eq!(finished.world.log().digest(), world.log().digest());
    assert_eq!(
        finished.world.chain().head().hash,
        world.chain().head().hash
    );
}

#[test]
fn a_stop_is_where_it_says() {
    let (_, run) = saved("01-hello.toml", &[]);
    let at = |stop: &str| {
        let mut player = Player::of(&run).unwrap();
        assert!(player.go_to(&stop.parse().unwrap()), "{stop}");
        player
    };
    let voted = |player: &Player| {
        let records = player.world().log().records().iter();
        records
            .filter(|record| record.event.name() == "TaskContribute")
            .count()
    };
    assert_eq!(at("block:5").world().chain().height(), 5);
    let second = at("event:TaskContribute#2");
    assert!(voted(&second) >= 2);
    let early = at("time:12s");
    assert!(early.world().now() <= Timestamp::from_secs(12));
    assert_eq!(voted(&early), 0);
    assert_eq!(voted(&at("time:13s")), 3);
    let mut player = Player::of(&run).unwrap();
    assert!(!player.go_to(&Stop::Block(1000)), "the run is over before");
    assert!(!player.next_event());
}

#[test]
fn moments_are_read_and_refused_in_words() {
    let refused = |text: &str| text.parse::<Stop>().unwrap_err().to_string();
    assert!(refused("12m").contains("write time:12m"));
    assert!(refused("event:TaskConsensu").contains("did you mean `TaskConsensus`?"));
    assert!(refused("event:TaskConsensus#0").contains("the first is #1"));
    assert!(refused("block:many").contains("block:40"));
    assert!(refused("time:12").contains("12"));
    assert_eq!("block:3".parse(), Ok(Stop::Block(3)));
}
