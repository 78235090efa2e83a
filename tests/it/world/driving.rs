//! The same world in virtual, wall and manual time, watched and forked while it runs.

use std::time::Duration;

use alloy_primitives::Bytes;
use emulate::{
    actors::Ledger as _,
    amount::Nrlc,
    executor::Executors,
    log::EndReason,
    time::Timestamp,
    world::{
        Clock, Request, World, WorldHandle, cast::Behaviour, drive, run_virtual, told as told_of,
    },
};

use super::{cast, count, group, task};

fn hello() -> World {
    let mut cast = cast();
    cast.workers = group("w", 3, Behaviour::Honest);
    cast.tasks = vec![task("greet", 3)];
    World::new(cast).unwrap()
}

async fn driven(clock: Clock) -> World {
    let mut world = hello();
    let (_, calls) = WorldHandle::new(1);
    let reason = drive(&mut world, clock, &Executors::new(), calls, &mut |_| ()).await;
    assert_eq!(reason, EndReason::Complete);
    world
}

#[tokio::test]
async fn virtual_and_wall_time_tell_the_same_story() {
    let mut alone = hello();
    run_virtual(&mut alone, &Executors::new());
    let virtually = driven(Clock::Virtual).await;
    // Ten thousand times as fast: a minute is over in six milliseconds.
    let fast = Clock::Wall {
        speed_permille: 10_000_000,
    };
    let really = driven(fast).await;
    assert_eq!(count(&alone, "TaskFinalize"), 1);
    assert_eq!(alone.log().digest(), virtually.log().digest());
    assert_eq!(alone.log().digest(), really.log().digest());
}

#[tokio::test]
async fn in_manual_time_nothing_happens_until_somebody_asks() {
    let mut world = hello();
    let (handle, calls) = WorldHandle::new(4);
    let executors = Executors::new();
    let mut watch = |_: &World| ();
    let driving = drive(&mut world, Clock::Manual, &executors, calls, &mut watch);
    let asking = async {
        tokio::task::yield_now().await;
        let before = handle.ask(|world| world.chain().height()).await.unwrap();
        let minute = Timestamp::from_secs(60);
        for second in 0..60 {
            let at = Timestamp::from_secs(second);
            handle.ask(move |world| world.advance(at)).await.unwrap();
        }
        let after = handle
            .ask(move |world| {
                world.advance(minute);
                (world.chain().height(), count(world, "TaskFinalize"))
            })
            .await
            .unwrap();
        drop(handle);
        (before, after)
    };
    let (_, (before, (after, finalized))) = tokio::join!(driving, asking);
    assert!(after > before);
    assert_eq!(finalized, 1);
}

/// Balances of everybody a block moved money of are read ahead, and kept until the next block.
#[tokio::test]
async fn what_is_set_by_hand_right_after_a_block_is_what_everybody_reads() {
    let mut cast = cast();
    cast.workers = group("w", 12, Behaviour::Honest);
    cast.tasks = vec![task("greet", 12)];
    let mut world = World::new(cast).unwrap();
    let (handle, calls) = WorldHandle::new(4);
    let executors = Executors::new();
    let mut watch = |_: &World| ();
    let driving = drive(&mut world, Clock::Manual, &executors, calls, &mut watch);
    let asking = async {
        for second in 0..600 {
            let until = Timestamp::from_secs(second);
            let is_voted = handle.ask(move |world| {
                world.advance(until);
                count(world, "TaskContribute") == 12
            });
            if is_voted.await.unwrap() {
                break;
            }
        }
        let locked = handle.ask(|world| {
            let worker = world.address(&"worker.w-0".into()).unwrap();
            let before = world.hub().balance(worker).locked;
            let mut chain = world.chain().clone();
            chain
                .set_code(world.deployment().hub, Bytes::new())
                .unwrap();
            assert!(world.take_state(chain));
            (before, world.hub().balance(worker).locked)
        });
        let locked = locked.await.unwrap();
        drop(handle);
        locked
    };
    let (_, (before, after)) = tokio::join!(driving, asking);
    assert!(before > Nrlc::ZERO);
    assert_eq!(after, Nrlc::ZERO, "a hub without code knows nobody");
}

#[tokio::test]
async fn a_warp_lives_through_everything_that_is_due_and_programs_end_in_their_time() {
    let mut world = hello();
    let (handle, requests) = WorldHandle::new(4);
    let executors = Executors::new();
    let mut watch = |_: &World| ();
    let driving = drive(&mut world, Clock::Manual, &executors, requests, &mut watch);
    let asking = async {
        handle.warp(Duration::from_secs(600)).await.unwrap();
        let seen = handle.ask(|world| (world.now(), world.log().digest()));
        let seen = seen.await.unwrap();
        drop(handle);
        seen
    };
    let (_, (now, digest)) = tokio::join!(driving, asking);
    assert_eq!(now, Timestamp::from_secs(600));
    let mut alone = hello();
    run_virtual(&mut alone, &executors);
    assert_eq!(count(&alone, "TaskFinalize"), 1);
    assert_eq!(digest, alone.log().digest());
}

#[tokio::test]
async fn a_world_that_is_restored_lives_its_future_again() {
    let mut world = hello();
    let (handle, requests) = WorldHandle::new(4);
    let executors = Executors::new();
    let mut watch = |_: &World| ();
    let driving = drive(&mut world, Clock::Manual, &executors, requests, &mut watch);
    let asking = async {
        let minute = Duration::from_secs(600);
        handle.warp(Duration::from_secs(2)).await.unwrap();
        let (tell, told) = tokio::sync::oneshot::channel();
        handle.post(Request::Remember(tell)).await.unwrap();
        let memory = told.await.unwrap();
        handle.warp(minute).await.unwrap();
        let first = handle.ask(|world| world.log().digest()).await.unwrap();
        let (then, height) = told_of(|world| world.chain().height());
        handle.post(Request::Restore(memory, then)).await.unwrap();
        let height = height.await.unwrap();
        handle.warp(minute).await.unwrap();
        let second = handle.ask(|world| (world.log().digest(), world.chain().height()));
        let second = second.await.unwrap();
        drop(handle);
        (first, height, second)
    };
    let (_, (first, height, (second, end))) = tokio::join!(driving, asking);
    assert!(height < end);
    assert_eq!(first, second);
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut world = hello();
    let executors = Executors::new();
    world.advance(Timestamp::from_secs(3));
    let mut fork = world.clone();
    run_virtual(&mut world, &executors);
    assert_eq!(count(&fork, "TaskFinalize"), 0);
    run_virtual(&mut fork, &executors);
    assert_eq!(fork.log().digest(), world.log().digest());
}
