//! What workers say of themselves, held against what is believed of them.
//!
//! Rule: messages get lost and workers lose their memory, so nothing that is believed of a worker
//! stands for good. Whoever says how it stands is believed; whoever should have said something and
//! did not is asked, as long as there is work for it.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Scheduler,
    work::{Answer, Work},
};
use crate::{
    actors::{Context, Message, Standing, Timer},
    protocol::{ContributionStatus, Name},
};

/// The first wait before lost workers are searched for; doubled each time, up to the last.
const PROBE_FIRST: Duration = Duration::from_secs(10);
const PROBE_LAST: Duration = Duration::from_secs(300);

/// How often busy workers are counted while work waits for one.
const RECOUNT: Duration = Duration::from_secs(60);

impl Scheduler {
    /// A worker says how it stands.
    pub(super) fn on_hello(&mut self, cx: &mut Context<'_>, from: &Name, standing: &Standing) {
        for task in &standing.tasks {
            self.on_heard(cx, from, task);
        }
        let (on_the_way, forgotten) = self.compare(cx, from, standing);
        self.enlist(cx, from, standing, on_the_way);
        for task in &forgotten {
            self.staff(cx, task);
        }
        self.offer_work(cx, from);
    }

    /// Holds what is awaited from a worker against what it says it is at. Returns how many tasks it
    /// has not answered for yet, and those it knows nothing of any more.
    fn compare(&mut self, cx: &Context<'_>, from: &Name, said: &Standing) -> (u32, Vec<Name>) {
        let (mut on_the_way, mut forgotten) = (0, Vec::new());
        let Some(awaited) = self.desk.awaited.get_mut(from) else {
            return (on_the_way, forgotten);
        };
        let works = &mut self.store.works;
        awaited.retain(|task| {
            let work = works.get_mut(task);
            let Some((id, asked)) = work.and_then(|work| Some((work.id, work.asked_mut(from)?)))
            else {
                return false;
            };
            if !matches!(asked.answer, Answer::None | Answer::Working) {
                return false;
            }
            if said.tasks.contains(task) {
                return true;
            }
            let vote = cx.hub.contribution(id, asked.address);
            asked.answer = match (vote.status, asked.answer) {
                (ContributionStatus::Unset, Answer::None) => {
                    on_the_way += 1;
                    return true;
                }
                (ContributionStatus::Unset, _) => {
                    forgotten.push(task.clone());
                    Answer::Lost
                }
                // The news of its vote is on its way.
                (ContributionStatus::Contributed | ContributionStatus::Proved, _) => {
                    Answer::Voted(vote.hash)
                }
                (ContributionStatus::Rejected, _) => Answer::Rejected,
            };
            false
        });
        (on_the_way, forgotten)
    }

    /// Something is awaited from all who were asked and have not answered.
    pub(super) fn await_answers(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get(task) else {
            return;
        };
        let workers: Vec<Name> = work.at_work().cloned().collect();
        for worker in &workers {
            self.watch_for(cx, task, worker);
        }
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

    /// Asks workers of which more slots are taken for busy than something is awaited from, how it
    /// stands: that a slot had become free was told in a message, and messages get lost.
    pub(super) fn on_recount(&mut self, cx: &mut Context<'_>) {
        self.desk.recounting = false;
        let before = std::mem::take(&mut self.desk.unaccounted);
        if self.desk.waiting.is_empty() {
            return;
        }
        let mut awaited: BTreeMap<&Name, u32> = BTreeMap::new();
        for worker in self.store.works.values().flat_map(Work::at_work) {
            *awaited.entry(worker).or_default() += 1;
        }
        let members = self.desk.members.iter().filter(|(name, member)| {
            let busy = member.slots.saturating_sub(member.free);
            !member.is_lost && busy > awaited.get(name).copied().unwrap_or(0)
        });
        self.desk.unaccounted = members.map(|(name, _)| name.clone()).collect();
        // Who is met so once may just be telling.
        for worker in self.desk.unaccounted.intersection(&before) {
            cx.send(worker, Message::Ping);
        }
        // After a crash everybody is greeted once; who did not hear it is greeted again.
        let known = self.store.addresses.keys();
        for worker in known.filter(|worker| !self.desk.members.contains_key(*worker)) {
            cx.send(worker, Message::Ping);
        }
        self.plan_recount(cx);
    }
}
