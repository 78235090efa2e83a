//! An account that may sell apps and datasets, and may want work done: two roles, one key.

use super::{Actor, Context, Input, Order, Provider, Requester, Timer};

/// An account: an owner, a requester, or both.
#[derive(Clone, Debug)]
pub struct AccountActor {
    /// What it sells.
    pub provider: Provider,
    /// What it wants.
    pub requester: Requester,
}

impl Actor for AccountActor {
    fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        match input {
            Input::Start => {
                self.provider.start(cx);
                self.requester.arrive(cx);
            }
            Input::Restart { missed } => self.requester.recover(cx, &missed),
            Input::Chain { event, .. } => self.requester.on_chain(cx, &event),
            Input::Mined {
                call: "matchOrders",
                task: Some(task),
                failure: Some(_),
                ..
            } => self.requester.on_refused(&task),
            Input::Mined {
                call: "claim" | "initializeAndClaimArray",
                task: Some(task),
                failure: Some(_),
                ..
            } => self.requester.on_claim_refused(cx, &task),
            Input::Mined {
                call: "withdraw", ..
            } => self.requester.on_withdrawn(cx),
            Input::TakenBack => self.requester.look_back(cx),
            Input::ClockSet => self.requester.look_at_the_clock(cx),
            Input::Filled(fill) => self.requester.on_filled(cx, &fill),
            Input::Timer(Timer::Arrival) => self.requester.arrive(cx),
            Input::Timer(Timer::Claim(task)) => self.requester.claim(cx, &task),
            Input::Order(Order::AppPrice(app, price)) => self.provider.reprice(cx, &app, price),
            Input::Order(Order::Request(requests)) => self.requester.request(cx, requests),
            Input::Order(Order::Cancel(tasks)) => self.requester.cancel(cx, &tasks),
            Input::Reconnected
            | Input::Leave
            | Input::Mined { .. }
            | Input::Message { .. }
            | Input::Executed { .. }
            | Input::Stored { .. }
            | Input::Timer(_)
            | Input::NewIdentity(_)
            | Input::Order(_) => {}
        }
    }

    /// Everything a requester knows is in its orders, which it stores.
    fn crash(&mut self) {}

    fn box_clone(&self) -> Box<dyn Actor> {
        Box::new(self.clone())
    }
}
