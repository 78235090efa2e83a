//! Whole runs on the real chain and contracts, in virtual time; assertions speak of the log only.

use std::time::Duration;

use emulate::{
    actors::{Actor, Context, Effect, Input},
    amount::{Nrlc, NrlcChange},
    executor::{Builtin, Executors, Program},
    log::{EndReason, Event, Verdict, View},
    seed::Seed,
    time::Timestamp,
    world::{
        World,
        cast::{AccountCast, AppCast, Behaviour, Cast, OfferCast, PoolCast, TaskCast, WorkerCast},
        run_virtual,
    },
};

mod anywhere;
mod attacks;
mod conduct;
mod driving;
mod faults;
mod market;
mod reorg;
mod scale;

/// One RLC.
const RLC: u64 = 1_000_000_000;

/// What a pool with one offer at 1 RLC, a free hello app and alice's 100 RLC make.
pub(crate) fn cast() -> Cast {
    let mut cast = Cast::new("a test", Seed(42));
    cast.accounts = vec![
        AccountCast::new("alice", Nrlc::from_rlc(100)),
        AccountCast::new("author", Nrlc::ZERO),
    ];
    cast.pools = vec![pool("main", 1, 1000)];
    cast.apps = vec![app("hello", Builtin::Hello)];
    cast
}

pub(crate) fn pool(name: &str, price: u64, volume: u64) -> PoolCast {
    PoolCast {
        offers: vec![OfferCast::new(0, Nrlc::from_rlc(price), volume)],
        ..PoolCast::new(name, Nrlc::from_rlc(1000))
    }
}

pub(crate) fn app(name: &str, builtin: Builtin) -> AppCast {
    AppCast::new(name, "account.author", Program::Builtin(builtin))
}

/// `count` workers of a group in pool `main`, called like the group and a number.
pub(crate) fn group(name: &str, count: usize, behaviour: Behaviour) -> Vec<WorkerCast> {
    let member = |index| WorkerCast {
        group: name.into(),
        conduct: behaviour.clone().into(),
        ..WorkerCast::new(format!("{name}-{index}"), "main", Nrlc::from_rlc(10))
    };
    (0..count).map(member).collect()
}

/// A task of alice's for the app `hello`, with the trust that so many newcomers reach.
pub(crate) fn task(name: &str, replication: u32) -> TaskCast {
    TaskCast {
        args: "world".into(),
        trust: emulate::protocol::consensus::trust_for_replication(replication),
        ..TaskCast::new(name, "account.alice", "hello")
    }
}

/// Hands an input to an actor inside another one; returns what it asks for instead of doing it.
pub(crate) fn wishes(inner: &mut dyn Actor, cx: &mut Context<'_>, input: Input) -> Vec<Effect> {
    let mut wishes = Vec::new();
    let mut inside = Context::new(
        (cx.now, cx.start),
        cx.me,
        (cx.hub, cx.book),
        cx.stream,
        &mut wishes,
    );
    inner.handle(&mut inside, input);
    wishes
}

/// Runs a cast to its end, which must be a good one.
pub(crate) fn run(cast: Cast) -> World {
    let mut world = World::new(cast).unwrap();
    let reason = run_virtual(&mut world, &Executors::new());
    let reason = world.finish(reason);
    let broken = count(&world, "InvariantBroken");
    assert_eq!(broken, 0, "{:#?}", events(&world, "InvariantBroken"));
    assert_ne!(reason, EndReason::InvariantBroken);
    world
}

pub(crate) fn view(world: &World) -> &View {
    world.log().view()
}

/// The events of one name, in order.
pub(crate) fn events<'a>(world: &'a World, name: &str) -> Vec<&'a Event> {
    let records = world.log().records().iter();
    let events = records.map(|record| &record.event);
    events.filter(|event| event.name() == name).collect()
}

pub(crate) fn count(world: &World, name: &str) -> usize {
    events(world, name).len()
}

/// What each member of a group of workers earned.
pub(crate) fn earned(world: &World, group: &str) -> Vec<i64> {
    let members = view(world).workers_called(group);
    members.iter().map(|(_, row)| row.earned.0).collect()
}

pub(crate) fn verdict(world: &World, task: &str) -> Option<Verdict> {
    view(world).tasks.get(task)?.verdict
}

/// When the last event of this name happened.
pub(crate) fn last_time(world: &World, name: &str) -> Option<Timestamp> {
    let records = world.log().records().iter();
    let named = records.filter(|record| record.event.name() == name);
    named.map(|record| record.time).next_back()
}

#[test]
fn three_honest_workers_agree_and_are_paid() {
    let mut cast = cast();
    cast.workers = group("w", 3, Behaviour::Honest);
    cast.tasks = vec![task("greet", 3)];
    let world = run(cast);
    assert_eq!(world.ended(), Some(EndReason::Complete));
    assert_eq!(verdict(&world, "greet"), Some(Verdict::Correct));
    // 1 RLC × 99 % / 3 each
    assert_eq!(
        earned(&world, "w"),
        [RLC * 33 / 100; 3].map(|nrlc| nrlc as i64)
    );
    assert_eq!(
        view(&world).pools.get("main").unwrap().earned,
        NrlcChange(RLC as i64 / 100)
    );
    assert_eq!(count(&world, "TaskReveal"), 3);
    assert_eq!(count(&world, "ResultUploaded"), 1);
    assert_eq!(count(&world, "Revert"), 0);
    let output = events(&world, "ExecutionFinished")
        .into_iter()
        .next()
        .unwrap();
    let Event::ExecutionFinished { output, .. } = output else {
        unreachable!()
    };
    assert_eq!(output, "Hello, world!");
}

#[test]
fn the_same_cast_and_seed_give_the_same_log_and_blocks() {
    let make = |seed| {
        let mut cast = cast();
        cast.seed = Seed(seed);
        cast.workers = group("w", 3, Behaviour::Honest);
        cast.workers.extend(group("liar", 1, Behaviour::Liar));
        cast.tasks = vec![task("a", 3), task("b", 2)];
        let world = run(cast);
        let head = world.chain().head().hash;
        (world.log().digest(), head)
    };
    assert_eq!(make(1), make(1));
    assert_ne!(make(1), make(2));
}

#[test]
fn results_that_differ_reach_no_consensus_and_are_claimed() {
    let mut cast = cast();
    cast.apps.push(app("dice", Builtin::Random));
    cast.workers = group("w", 4, Behaviour::Honest);
    let roll = TaskCast {
        app: "dice".into(),
        ..task("roll", 3)
    };
    cast.tasks = vec![roll];
    let world = run(cast);
    assert_eq!(verdict(&world, "roll"), Some(Verdict::Starved));
    assert_eq!(count(&world, "TaskContribute"), 4);
    assert_eq!(count(&world, "TaskConsensus"), 0);
    assert_eq!(earned(&world, "w"), [0; 4]);
    assert_eq!(
        view(&world).pools.get("main").unwrap().earned.0,
        -300_000_000
    );
    let alice = view(&world).accounts.get("account.alice").unwrap();
    assert_eq!(alice.spent, Nrlc::ZERO);
    let claimed = last_time(&world, "TaskClaimed").unwrap();
    let from = Timestamp::from_secs(50 * 60);
    assert!(claimed > from && claimed < from + Duration::from_secs(10));
}
