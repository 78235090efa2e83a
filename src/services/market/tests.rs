//! Tests of the book: price, time, restrictions, volumes, and what happens to reservations.

use alloy_primitives::{Address, B256, U256, keccak256};

use super::*;
use crate::protocol::{Tag, WorkerpoolOrder};

const APP: Address = Address::repeat_byte(0xaa);

fn order(name: &str, by: &str, order: AnyOrder) -> MarketOrder {
    MarketOrder {
        hash: hash(name),
        by: by.into(),
        seeks: matches!(order, AnyOrder::Request(_)),
        lot: None,
        order,
    }
}

fn hash(name: &str) -> B256 {
    keccak256(name)
}

/// A pool's offer of so many tasks at a price, called like the pool.
fn ask(name: &str, price: u64, volume: u64) -> MarketOrder {
    let pool = WorkerpoolOrder {
        workerpool: Address::from_word(hash(name)),
        workerpoolprice: U256::from(price),
        volume: U256::from(volume),
        trust: U256::from(100),
        ..WorkerpoolOrder::default()
    };
    order(name, "pool.p", AnyOrder::Workerpool(pool))
}

fn request(price: u64, volume: u64) -> RequestOrder {
    RequestOrder {
        app: APP,
        workerpoolmaxprice: U256::from(price),
        volume: U256::from(volume),
        trust: U256::from(5),
        ..RequestOrder::default()
    }
}

fn bid(name: &str, price: u64, volume: u64) -> MarketOrder {
    order(
        name,
        "account.alice",
        AnyOrder::Request(request(price, volume)),
    )
}

/// A book in which the app is free and plenty.
fn book() -> Market {
    let mut market = Market::new(Rules::default(), 5);
    let app = AppOrder {
        app: APP,
        volume: U256::from(1000),
        ..AppOrder::default()
    };
    let app = order("app", "account.author", AnyOrder::App(app));
    assert!(publish(&mut market, app).is_empty());
    market
}

/// Publishes an order and lets everybody look for partners.
fn publish(market: &mut Market, order: MarketOrder) -> Vec<Fill> {
    market.publish(order).unwrap();
    market.find_partners()
}

/// Which pools served, and for how many tasks.
fn partners(fills: &[Fill]) -> Vec<(Address, u64)> {
    let partner = |fill: &Fill| (fill.orders.workerpool.workerpool, fill.volume);
    fills.iter().map(partner).collect()
}

fn of(name: &str, volume: u64) -> (Address, u64) {
    (Address::from_word(hash(name)), volume)
}

#[test]
fn the_cheapest_serves_first_and_the_oldest_among_equals() {
    let mut market = book();
    for (name, price) in [("dear", 3), ("first", 2), ("second", 2)] {
        publish(&mut market, ask(name, price, 1));
    }
    let fills = publish(&mut market, bid("r", 3, 4));
    let expected = [of("first", 1), of("second", 1), of("dear", 1)];
    assert_eq!(partners(&fills), expected);
    assert_eq!(market.quote().bid_volume, 1);
    assert_eq!(market.quote().best_ask, None);
}

#[test]
fn a_new_offer_goes_to_the_highest_bid_then_the_oldest() {
    let mut market = book();
    for (name, price) in [("low", 1), ("old", 2), ("young", 2)] {
        assert!(publish(&mut market, bid(name, price, 1)).is_empty());
    }
    let fills = publish(&mut market, ask("pool", 1, 2));
    let served: Vec<B256> = fills.iter().map(|fill| fill.request).collect();
    assert_eq!(served, [hash("old"), hash("young")]);
    assert_eq!(market.quote().best_bid, Some(Nrlc(1)));
}

#[test]
fn of_all_that_is_published_before_anybody_looks_the_highest_bid_chooses_first() {
    let mut market = Market::new(Rules::default(), 5);
    let mut choosy = request(9, 1);
    choosy.dataset = Address::repeat_byte(0xdd);
    let choosy = order("choosy", "account.alice", AnyOrder::Request(choosy));
    for order in [bid("low", 1, 1), choosy, bid("plain", 6, 1)] {
        market.publish(order).unwrap();
    }
    for (name, price) in [("cheap", 1), ("dear", 5)] {
        market.publish(ask(name, price, 1)).unwrap();
    }
    let app = AppOrder {
        app: APP,
        volume: U256::from(1000),
        ..AppOrder::default()
    };
    let app = order("app", "account.author", AnyOrder::App(app));
    market.publish(app).unwrap();
    let dataset = DatasetOrder {
        dataset: Address::repeat_byte(0xdd),
        volume: U256::from(1000),
        ..DatasetOrder::default()
    };
    let dataset = order("dataset", "account.owner", AnyOrder::Dataset(dataset));
    market.publish(dataset).unwrap();
    let fills = market.find_partners();
    let served: Vec<B256> = fills.iter().map(|fill| fill.request).collect();
    assert_eq!(served, [hash("choosy"), hash("plain")]);
    assert_eq!(partners(&fills), [of("cheap", 1), of("dear", 1)]);
    assert!(
        market.find_partners().is_empty(),
        "nothing new was published"
    );
}

/// The same order in another category.
fn in_category(mut order: MarketOrder, category: u64) -> MarketOrder {
    match &mut order.order {
        AnyOrder::Workerpool(pool) => pool.category = U256::from(category),
        AnyOrder::Request(request) => request.category = U256::from(category),
        AnyOrder::App(_) | AnyOrder::Dataset(_) => {}
    }
    order
}

/// Two orders of one pool for so many tasks together: `NAME-0` and `NAME-1`, called like their
/// categories.
fn publish_lot(market: &mut Market, name: &str, price: u64, volume: u64) {
    for category in 0..2 {
        let mut ask = in_category(ask(&format!("{name}-{category}"), price, volume), category);
        ask.lot = Some(LotShare {
            id: hash(name),
            volume,
        });
        market.publish(ask).unwrap();
    }
}

#[test]
fn orders_of_a_lot_are_for_so_many_tasks_together_and_other_pools_for_their_own() {
    let mut market = book();
    publish_lot(&mut market, "cheap", 1, 3);
    publish_lot(&mut market, "dear", 2, 1);
    assert!(market.find_partners().is_empty());
    // 3 + 1: a lot counts once.
    assert_eq!(market.quote().ask_volume, 4);
    for category in 0..2 {
        let bid = bid(&format!("r-{category}"), 5, 3);
        market.publish(in_category(bid, category)).unwrap();
    }
    // All at one moment: no fill is settled when the next is made.
    let fills = market.find_partners();
    assert_eq!(partners(&fills), [of("cheap-0", 3), of("dear-1", 1)]);
    let quote = market.quote();
    assert_eq!(
        (quote.best_ask, quote.ask_volume, quote.bid_volume),
        (None, 0, 2)
    );
    assert!(market.orders(OrderKind::Workerpool).is_empty());
}

#[test]
fn what_the_chain_refuses_of_one_order_of_a_lot_is_there_for_the_others() {
    let mut market = book();
    publish_lot(&mut market, "pool", 1, 2);
    let first = publish(&mut market, in_category(bid("first", 1, 1), 0));
    let broke = publish(&mut market, in_category(bid("broke", 1, 1), 1));
    let waits = publish(&mut market, in_category(bid("waits", 1, 1), 0));
    assert_eq!((first.len(), broke.len(), waits.len()), (1, 1, 0));
    market.settle(first[0].id);
    let again = market.release(broke[0].id);
    assert_eq!(partners(&again), [of("pool-0", 1)]);
    market.settle(again[0].id);
    assert_eq!(market.left(&hash("pool-0")), None, "the lot is used up");
    assert_eq!(market.left(&hash("pool-1")), None, "the lot is used up");
    assert_eq!(market.quote().ask_volume, 0);
}

#[test]
fn what_somebody_else_took_of_one_order_of_a_lot_is_gone_from_all() {
    let mut market = book();
    publish_lot(&mut market, "pool", 1, 3);
    market.consume(hash("pool-1"), 2);
    assert_eq!(market.left(&hash("pool-0")), Some(1));
    assert_eq!(market.quote().ask_volume, 1);
    market.cancel(hash("pool-0"));
    assert_eq!(market.quote().ask_volume, 1);
    market.cancel(hash("pool-1"));
    assert_eq!(market.quote().ask_volume, 0);
}

#[test]
fn what_is_too_dear_or_not_allowed_waits() {
    let mut market = book();
    publish(&mut market, ask("dear", 5, 10));
    assert!(publish(&mut market, bid("poor", 3, 1)).is_empty());
    let quote = market.quote();
    assert_eq!(
        (quote.best_ask, quote.best_bid),
        (Some(Nrlc(5)), Some(Nrlc(3)))
    );
    assert_eq!((quote.ask_volume, quote.bid_volume), (10, 1));

    let mut picky = request(9, 1);
    picky.workerpool = Address::repeat_byte(1);
    let picky = order("picky", "account.alice", AnyOrder::Request(picky));
    assert!(publish(&mut market, picky).is_empty());
    let mut gpu = request(9, 1);
    gpu.tag = Tag::from_words(["gpu"]).unwrap();
    let gpu = order("gpu", "account.alice", AnyOrder::Request(gpu));
    assert!(publish(&mut market, gpu).is_empty());
    let mut other = request(9, 1);
    other.category = U256::ONE;
    let other = order("other", "account.alice", AnyOrder::Request(other));
    assert!(publish(&mut market, other).is_empty());
}

#[test]
fn a_released_match_frees_the_offer_and_its_request_waits_for_another() {
    let mut market = book();
    publish(&mut market, ask("pool", 1, 1));
    let fills = publish(&mut market, bid("broke", 1, 1));
    assert_eq!(market.left(&hash("pool")), Some(0));
    publish(&mut market, bid("patient", 1, 1));
    let again = market.release(fills[0].id);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].request, hash("patient"));
    market.settle(again[0].id);
    assert_eq!(market.left(&hash("pool")), None);
    assert_eq!(market.quote().bid_volume, 1);
    let other = publish(&mut market, ask("other", 1, 5));
    assert_eq!(partners(&other), [of("other", 1)]);
    assert_eq!(other[0].request, hash("broke"));
    assert!(market.holds(other[0].id));
    // Never again with the same offers, while there is no scarcity either.
    assert!(market.release(other[0].id).is_empty());
    assert!(!market.holds(other[0].id));
    let late = publish(&mut market, bid("late", 1, 1));
    assert_eq!(late[0].request, hash("late"));
    let third = publish(&mut market, ask("third", 1, 5));
    assert_eq!(partners(&third), [of("third", 1)]);
}

#[test]
fn a_cancelled_offer_serves_nobody_and_a_duplicate_is_refused() {
    let mut market = book();
    publish(&mut market, ask("pool", 1, 5));
    let twice = market.publish(ask("pool", 1, 5)).unwrap_err();
    assert_eq!(twice, MarketError::Duplicate(hash("pool")));
    let empty = market.publish(ask("none", 1, 0)).unwrap_err();
    assert_eq!(empty, MarketError::Empty(hash("none")));
    market.consume(hash("pool"), 2);
    assert_eq!(market.quote().ask_volume, 3);
    assert!(market.cancel(hash("pool")).is_some());
    assert!(publish(&mut market, bid("late", 1, 1)).is_empty());
    assert_eq!(market.orders(OrderKind::Workerpool).len(), 0);
    assert_eq!(market.orders(OrderKind::Request).len(), 1);
}
