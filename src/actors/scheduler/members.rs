//! The workers of a pool: who is free, who was lost, who may be asked first.

use std::{collections::BTreeSet, time::Duration};

use alloy_primitives::Address;
use rand::RngCore;

use super::{
    Scheduler,
    work::{Answer, Work},
};
use crate::{
    actors::{Context, Message, Timer},
    protocol::Name,
    time::Timestamp,
};

/// The first wait before lost workers are searched for; doubled each time, up to the last.
const PROBE_FIRST: Duration = Duration::from_secs(10);
const PROBE_LAST: Duration = Duration::from_secs(300);

/// How often busy workers are counted while work waits for one.
const RECOUNT: Duration = Duration::from_secs(60);

/// A place among idle workers: rank of the group, lot, idle since, place in the cast.
pub(super) type IdleKey = (usize, u64, Timestamp, usize, Name);

/// A worker as its scheduler sees it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) address: Address,
    pub(super) score: u64,
    free: u32,
    rank: usize,
    /// Drawn for every spell of idleness where lots decide, else always the same.
    lot: u64,
    place: usize,
    idle_since: Timestamp,
    is_lost: bool,
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
    pub(super) fn on_hello(
        &mut self,
        cx: &mut Context<'_>,
        from: &Name,
        address: Address,
        slots: u32,
    ) {
        self.store.addresses.insert(from.clone(), address);
        let (place, group) = self.place_of(from);
        let ranks = &self.setup.pick;
        let rank = ranks.iter().position(|pick| *pick == group);
        let lot = self.draw(cx);
        let member = Member {
            address,
            score: cx.hub.score(address),
            free: slots,
            rank: rank.unwrap_or(ranks.len()),
            lot,
            place,
            idle_since: cx.now,
            is_lost: false,
        };
        if let Some(known) = self.desk.members.get(from) {
            self.desk.idle.remove(&known.key(from));
        }
        // At the start everybody is equally idle, however long the greeting took.
        let idle_since = match self.store.next_work {
            0 => Timestamp::START,
            _ => member.idle_since,
        };
        let member = Member {
            idle_since,
            ..member
        };
        self.desk.members.insert(from.clone(), member);
        self.relist(from);
        self.offer_work(cx, from);
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

    pub(super) fn on_released(&mut self, cx: &mut Context<'_>, from: &Name) {
        let now = cx.now;
        let lot = self.draw(cx);
        self.change_member(from, |member| {
            member.free += 1;
            member.lot = lot;
            member.idle_since = now;
            member.is_lost = false;
        });
        self.offer_work(cx, from);
    }

    pub(super) fn on_refused(
        &mut self,
        cx: &mut Context<'_>,
        from: &Name,
        task: &Name,
        available: bool,
    ) {
        self.change_member(from, |member| match available {
            true => member.free += 1,
            // It will say when it can take more.
            false => member.free = 0,
        });
        let answer = match available {
            true => Answer::Failed,
            // It was asked when it had no room, and may be asked again.
            false => Answer::Lost,
        };
        self.dismiss(cx, from, task, answer);
    }

    pub(super) fn on_gave_up(&mut self, cx: &mut Context<'_>, from: &Name, task: &Name) {
        self.dismiss(cx, from, task, Answer::Failed);
    }

    /// A worker that was asked does not vote, and others are asked.
    fn dismiss(&mut self, cx: &mut Context<'_>, from: &Name, task: &Name, answer: Answer) {
        let asked = self
            .store
            .works
            .get_mut(task)
            .and_then(|w| w.asked_mut(from));
        if let Some(asked) = asked
            && matches!(asked.answer, Answer::None | Answer::Working)
        {
            asked.answer = answer;
            self.staff(cx, task);
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
        self.change_member(worker, |member| {
            member.is_lost = true;
            member.free = 0;
        });
        self.plan_probe(cx);
    }

    /// Plans a search for lost workers if there is work they could do.
    pub(super) fn plan_probe(&mut self, cx: &mut Context<'_>) {
        let is_any_lost = self.desk.members.values().any(|member| member.is_lost);
        if self.desk.probing.is_none() && is_any_lost && !self.desk.waiting.is_empty() {
            self.desk.probing = Some(PROBE_FIRST);
            cx.wake_at(cx.now + PROBE_FIRST, Timer::Probe);
        }
    }

    pub(super) fn on_probe(&mut self, cx: &mut Context<'_>) {
        let Some(waited) = self.desk.probing.take() else {
            return;
        };
        let lost = self.desk.members.iter().filter(|(_, m)| m.is_lost);
        let lost: Vec<Name> = lost.map(|(name, _)| name.clone()).collect();
        if lost.is_empty() || self.desk.waiting.is_empty() {
            return;
        }
        for worker in &lost {
            cx.send(worker, Message::Ping);
        }
        let wait = (waited * 2).min(PROBE_LAST);
        self.desk.probing = Some(wait);
        cx.wake_at(cx.now + wait, Timer::Probe);
    }
    /// Plans to count the busy workers, as long as work waits for one.
    pub(super) fn plan_recount(&mut self, cx: &mut Context<'_>) {
        if !self.desk.recounting && !self.desk.waiting.is_empty() {
            self.desk.recounting = true;
            cx.wake_at(cx.now + RECOUNT, Timer::Recount);
        }
    }

    /// Asks workers that are taken for busy, though nothing is awaited from them, what they can take:
    /// that they had become free was told in a message, and messages get lost.
    pub(super) fn on_recount(&mut self, cx: &mut Context<'_>) {
        self.desk.recounting = false;
        let before = std::mem::take(&mut self.desk.unaccounted);
        if self.desk.waiting.is_empty() {
            return;
        }
        let works = self.store.works.values();
        let awaited: BTreeSet<&Name> = works.flat_map(Work::at_work).collect();
        let members = self.desk.members.iter();
        let unaccounted = members.filter(|(name, member)| {
            member.free == 0 && !member.is_lost && !awaited.contains(name)
        });
        let unaccounted: BTreeSet<Name> = unaccounted.map(|(name, _)| name.clone()).collect();
        // Who is met so once may just be telling.
        for worker in unaccounted.intersection(&before) {
            cx.send(worker, Message::Ping);
        }
        // After a crash everybody is greeted once; who did not hear it is greeted again.
        let known = self.store.addresses.keys();
        for worker in known.filter(|worker| !self.desk.members.contains_key(*worker)) {
            cx.send(worker, Message::Ping);
        }
        self.desk.unaccounted = unaccounted;
        self.plan_recount(cx);
    }
}
