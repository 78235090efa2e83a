//! What two hubs hold when the runs are over. Rule: the hubs are asked, not the logs.

use alloy_primitives::{Address, U256};

use super::{Difference, Place, alike::Names};
use crate::{
    actors::Ledger as _,
    contracts::{abi::RLC, read},
    log::Event,
    protocol::{DealId, Task, TaskId},
    world::World,
};

/// Compares accounts, scores, deals and tasks; returns how many are equal, and the first difference.
pub(super) fn compare(
    ours: &World,
    theirs: &World,
    names: &mut Names,
) -> (u64, Option<Difference>) {
    let mut pairs = Pairs {
        names,
        equal: 0,
        difference: None,
    };
    let (mine, yours) = (ours.log().records().iter(), theirs.log().records().iter());
    for (one, other) in mine.zip(yours) {
        match (&one.event, &other.event) {
            (
                Event::AccountOpened {
                    account, address, ..
                },
                Event::AccountOpened { .. },
            ) => {
                pairs.check(
                    account,
                    facts_of_account(ours, *address),
                    facts_of_account(theirs, *address),
                );
            }
            (Event::TaskInitialize { task, id, .. }, Event::TaskInitialize { id: other, .. }) => {
                pairs.check(
                    &format!("task.{task}"),
                    facts_of_task(ours, TaskId(*id)),
                    facts_of_task(theirs, TaskId(*other)),
                )
            }
            _ => {}
        }
    }
    for who in ["hub", "kitty"] {
        let of = |world: &World| {
            let deployment = world.deployment();
            let address = match who {
                "hub" => deployment.hub,
                _ => deployment.rules.kitty_address,
            };
            facts_of_account(world, address)
        };
        pairs.check(who, of(ours), of(theirs));
    }
    let supply = |world: &World| vec![("deposits", world.hub().total_supply().to_string())];
    pairs.check("hub", supply(ours), supply(theirs));
    (pairs.equal, pairs.difference)
}

struct Pairs<'a> {
    names: &'a mut Names,
    equal: u64,
    difference: Option<Difference>,
}

impl Pairs<'_> {
    fn check(&mut self, of: &str, ours: Facts, theirs: Facts) {
        if self.difference.is_some() {
            return;
        }
        for ((field, ours), (_, theirs)) in ours.into_iter().zip(theirs) {
            if self.names.are_alike(&ours, &theirs) {
                self.equal += 1;
                continue;
            }
            let of = of.to_owned();
            self.difference = Some(Difference {
                place: Place::End { of },
                field: field.to_owned(),
                ours,
                theirs,
            });
            return;
        }
    }
}

type Facts = Vec<(&'static str, String)>;

fn facts_of_account(world: &World, address: Address) -> Facts {
    let balance = world.hub().balance(address);
    let wallet = RLC::balanceOfCall { account: address };
    let wallet = read(world.chain(), world.deployment().rlc, &wallet);
    vec![
        ("free in the hub", balance.free.to_string()),
        ("locked in the hub", balance.locked.to_string()),
        ("RLC outside the hub", told(wallet)),
        ("score", world.hub().score(address).to_string()),
    ]
}

fn told(amount: Result<U256, impl std::fmt::Display>) -> String {
    match amount {
        Ok(amount) => format!("{amount} nRLC"),
        Err(error) => error.to_string(),
    }
}

fn facts_of_task(world: &World, id: TaskId) -> Facts {
    let hub = world.hub();
    let Task {
        status,
        deal,
        index,
        timeref,
        contribution_deadline,
        reveal_deadline,
        final_deadline,
        consensus_value,
        reveal_counter,
        winner_counter,
        contributors,
        result_digest,
        results,
        results_callback,
    } = hub.task(id);
    let votes: Vec<String> = contributors
        .iter()
        .map(|worker| {
            let vote = hub.contribution(id, *worker);
            let enclave = vote.enclave;
            format!(
                "{worker} {:?} {} {} {enclave} {}",
                vote.status, vote.hash, vote.seal, vote.weight
            )
        })
        .collect();
    vec![
        ("status", status.to_string()),
        ("deal", deal_text(world, deal)),
        ("index", index.to_string()),
        ("category time", timeref.to_string()),
        ("contribution deadline", contribution_deadline.to_string()),
        ("reveal deadline", reveal_deadline.to_string()),
        ("final deadline", final_deadline.to_string()),
        ("consensus", consensus_value.to_string()),
        ("reveals", reveal_counter.to_string()),
        ("winners", winner_counter.to_string()),
        ("votes", votes.join(", ")),
        ("digest", result_digest.to_string()),
        ("results", String::from_utf8_lossy(&results).into_owned()),
        ("callback", results_callback.to_string()),
    ]
}

/// Everything a deal says, in the order of its fields.
fn deal_text(world: &World, id: DealId) -> String {
    let deal = world.hub().deal(id);
    format!("{} {deal:?}", id.0)
}
