//! Several pools compete for the same work.

use std::time::Duration;

use emulate::{
    amount::Nrlc,
    log::Event,
    time::Timestamp,
    world::cast::{Behaviour, Fault, Setting, Trigger, Verb},
};

use super::{cast, count, events, group, pool, run, task, view};

#[test]
fn the_cheapest_pool_sells_first_and_what_is_too_dear_waits() {
    let mut cast = cast();
    cast.pools = vec![pool("cheap", 1, 2), pool("mid", 2, 5), pool("dear", 5, 10)];
    for name in ["cheap", "mid", "dear"] {
        let mut workers = group(name, 2, Behaviour::Honest);
        for worker in &mut workers {
            worker.pool = name.into();
        }
        cast.workers.extend(workers);
    }
    for index in 0..10 {
        let mut task = task(&format!("render-{index}"), 1);
        task.max_price = Nrlc::from_rlc(3);
        cast.tasks.push(task);
    }
    let ten_minutes = Timestamp::from_secs(600);
    cast.timeline = vec![Fault {
        trigger: Trigger::At(ten_minutes),
        verb: Verb::Set(Setting::PoolPrice("dear".into(), Nrlc::from_rlc(3))),
        lasting: None,
        note: Some("The dear pool gives in.".into()),
    }];
    let world = run(cast);
    let sold = |pool: &str, before: Timestamp| {
        let records = world.log().records().iter();
        let early = records.filter(|record| record.time < before);
        let of_pool =
            |event: &Event| matches!(event, Event::OrdersMatched { pool: of, .. } if **of == *pool);
        early.filter(|record| of_pool(&record.event)).count()
    };
    assert_eq!(
        ["cheap", "mid", "dear"].map(|pool| sold(pool, ten_minutes)),
        [2, 5, 0]
    );
    let end = ten_minutes + Duration::from_secs(60);
    assert_eq!(sold("dear", end), 3);
    let book = events(&world, "BookChanged").into_iter().rfind(|event| {
        matches!(event, Event::BookChanged { bid_volume: 3, best_ask: Some(ask), .. } if *ask == Nrlc::from_rlc(5))
    });
    let Some(Event::BookChanged { best_bid, .. }) = book else {
        panic!("the book never showed three waiting requests");
    };
    assert_eq!(*best_bid, Some(Nrlc::from_rlc(3)));
    assert_eq!(count(&world, "TaskFinalize"), 10);
    // 2 × 1 + 5 × 2 + 3 × 3
    let alice = view(&world).accounts.get("account.alice").unwrap();
    assert_eq!(alice.spent, Nrlc::from_rlc(21));
}
