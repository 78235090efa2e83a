//! A worker sheds its identity: a new key, no history, and what is left of its deposit.
//!
//! To everybody else it is a new worker, and the log calls it so: `w-0` comes back as `w-0~1`.

use alloy_primitives::U256;

use super::{World, decode::bare, deliver::Delivery};
use crate::{
    actors::{Call, Input, Ledger as _, Submission},
    contracts::call,
    log::Event,
    protocol::{Account, Name},
};

impl World {
    /// Moves a worker's free deposit to a fresh account, under which it goes on once it is there.
    pub(super) fn change_identity(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        let first = slot.name.split('~').next().unwrap_or(&slot.name);
        let named = |number| Name::from(format!("{first}~{number}"));
        if slot.identities > 0 && slot.name != named(slot.identities) {
            // Slashed again while it changes.
            return;
        }
        let name = named(slot.identities + 1);
        slot.identities += 1;
        let account = Account::named(name.clone());
        let address = account.address();
        let left = self.hub().balance(self.slots[place].account.address()).free;
        self.directory.add_account(account.clone());
        let event = Event::AccountOpened {
            account: name,
            address,
            deposit: left,
        };
        self.append(None, event);
        let submission = Submission {
            call: Call::Other {
                to: self.deployment.hub,
                data: call::rlc_transfer(address, U256::from(left.0)),
                value: 0,
            },
            task: None,
            may_fail: false,
            token: 0,
        };
        self.submit(place, submission);
        let settled = self.now.next_multiple_of(self.block) + self.block;
        let input = Input::NewIdentity(account);
        self.push(settled, Delivery::Input { to: place, input });
    }

    /// From now on the actor signs with another key, and is known by another name.
    pub(super) fn take_identity(&mut self, place: usize, account: &Account) {
        let slot = &mut self.slots[place];
        slot.account = account.clone();
        // Nobody answers to the old name any more.
        self.places.remove(&slot.name);
        slot.name = account.name().clone();
        let worker = bare(&slot.name);
        self.places.insert(account.name().clone(), place);
        self.scores.insert(worker, 0);
        self.record_joined(place);
    }
}
