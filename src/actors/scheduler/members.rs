//! The workers of a pool: who is free, who was lost, who may be asked first.

use alloy_primitives::Address;
use rand::RngCore;

use super::Scheduler;
use crate::{
    actors::{Context, Standing},
    protocol::Name,
    time::Timestamp,
};

/// A place among idle workers: rank of the group, lot, idle since, place in the cast.
pub(super) type IdleKey = (usize, u64, Timestamp, usize, Name);

/// A worker as its scheduler sees it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) address: Address,
    pub(super) score: u64,
    pub(super) slots: u32,
    pub(super) free: u32,
    rank: usize,
    /// Drawn for every spell of idleness where lots decide, else always the same.
    lot: u64,
    place: usize,
    idle_since: Timestamp,
    pub(super) is_lost: bool,
}

impl Member {
    fn key(&self, name: &Name) -> IdleKey {
        (
            self.rank,
            self.lot,
            self.idle_since,
            self.place,
            name.clone(),
        )
    }
}

impl Scheduler {
    /// Takes a worker for what it says it is, less what is on its way to it.
    pub(super) fn enlist(
        &mut self,
        cx: &mut Context<'_>,
        from: &Name,
        standing: &Standing,
        on_the_way: u32,
    ) {
        let address = standing.address;
        self.store.addresses.insert(from.clone(), address);
        let (place, group) = self.place_of(from);
        let ranks = &self.setup.pick;
        let rank = ranks.iter().position(|pick| *pick == group);
        let lot = self.draw(cx);
        let known = self.desk.members.get(from);
        if let Some(known) = known {
            self.desk.idle.remove(&known.key(from));
        }
        let score = known.filter(|known| known.address == address);
        let member = Member {
            address,
            score: score.map_or_else(|| cx.hub.score(address), |known| known.score),
            slots: standing.slots,
            free: standing.free.saturating_sub(on_the_way),
            rank: rank.unwrap_or(ranks.len()),
            lot,
            place,
            // At the start everybody is equally idle, however long the greeting took.
            idle_since: match self.store.next_work {
                0 => Timestamp::START,
                _ => cx.now,
            },
            is_lost: false,
        };
        self.desk.members.insert(from.clone(), member);
        self.relist(from);
    }

    fn place_of(&self, worker: &Name) -> (usize, Name) {
        let known = self.setup.groups.get(worker).cloned();
        known.unwrap_or_else(|| (usize::MAX, worker.clone()))
    }

    /// Puts a worker on the list of idle ones, or takes it off, as its state has it.
    fn relist(&mut self, name: &Name) {
        let bars = self.discriminates(name);
        let Some(member) = self.desk.members.get(name) else {
            return;
        };
        let key = member.key(name);
        let has_score = member.score >= self.setup.min_score;
        match member.free > 0 && !member.is_lost && has_score && !bars {
            true => self.desk.idle.insert(key),
            false => self.desk.idle.remove(&key),
        };
    }

    /// Whether a worker can be asked now.
    pub(super) fn is_idle(&self, name: &Name) -> bool {
        let member = self.desk.members.get(name);
        member.is_some_and(|member| self.desk.idle.contains(&member.key(name)))
    }

    /// Changes a member and its place on the list.
    pub(super) fn change_member(&mut self, name: &Name, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.desk.members.get_mut(name) {
            self.desk.idle.remove(&member.key(name));
            change(member);
            self.relist(name);
        }
    }

    pub(super) fn take_slot(&mut self, cx: &mut Context<'_>, name: &Name) {
        let lot = self.draw(cx);
        self.change_member(name, |member| {
            member.free = member.free.saturating_sub(1);
            member.lot = lot;
        });
    }

    /// Draws a lot where lots decide who is asked.
    fn draw(&self, cx: &mut Context<'_>) -> u64 {
        match self.setup.by_lot {
            true => cx.stream.next_u64(),
            false => 0,
        }
    }

    pub(super) fn update_score(&mut self, cx: &Context<'_>, worker: &Name) {
        if let Some(address) = self.store.addresses.get(worker) {
            let score = cx.hub.score(*address);
            self.change_member(worker, |member| member.score = score);
        }
    }

    /// A worker that should have been heard of was not.
    pub(super) fn lose(&mut self, cx: &mut Context<'_>, worker: &Name) {
        self.change_member(worker, |member| member.is_lost = true);
        self.plan_probe(cx);
    }

    /// A worker was heard of: if it was lost, it is not any more.
    pub(super) fn find(&mut self, cx: &mut Context<'_>, worker: &Name) {
        if self.desk.members.get(worker).is_some_and(|m| m.is_lost) {
            self.change_member(worker, |member| member.is_lost = false);
            self.offer_work(cx, worker);
        }
    }
}
