//! Orders become deals, deals become tasks.

use std::sync::Arc;

use alloy_primitives::U256;

use super::{Call, Effect, Model};
use crate::protocol::{
    DEFAULT_SCHEDULER_REWARD_RATIO, DEFAULT_WORKER_STAKE_RATIO, Deadlines, Deal, DealId, OrderHash,
    OrderKind, Orders, Refusal, Resource, Task, TaskId, TaskStatus, check,
    matching::{self, Facts, Match},
    percentage, reward,
};

impl Model {
    pub(super) fn match_orders(
        &mut self,
        call: Call,
        orders: &Orders,
        sponsored: bool,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let found = matching::check(orders, &self.domain, &self.rules, self)?;
        let deal = self.deal_of(call, orders, sponsored, &found)?;
        let id = DealId::of(found.hashes.request, deal.bot_first);
        let (sponsor, scheduler) = (deal.sponsor, deal.workerpool.owner);
        self.consume(&found);

        let cost = deal
            .price_per_task()
            .and_then(|price| price.checked_mul(found.volume))
            .ok_or(Refusal::Overflow {
                what: "the price of the deal",
            })?;
        self.ledger.lock(sponsor, cost, effects)?;
        let stake = reward::workerpool_stake(deal.workerpool.price, &self.rules)
            .and_then(|stake| stake.checked_mul(found.volume))
            .ok_or(Refusal::Overflow {
                what: "the scheduler's stake",
            })?;
        self.ledger.lock(scheduler, stake, effects)?;
        effects.push(Effect::SchedulerNotice {
            workerpool: deal.workerpool.pointer,
            deal: id,
        });
        effects.push(Effect::OrdersMatched {
            deal: id,
            orders: found.hashes,
            volume: found.volume,
        });
        if sponsored {
            effects.push(Effect::DealSponsored { deal: id, sponsor });
        }
        self.deals.insert(id, Arc::new(deal));
        Ok(())
    }

    fn deal_of(
        &self,
        call: Call,
        orders: &Orders,
        sponsored: bool,
        found: &Match,
    ) -> Result<Deal, Refusal> {
        let Orders {
            app,
            dataset,
            workerpool: pool,
            request,
        } = orders;
        let policy = self.entries.get(&(OrderKind::Workerpool, pool.workerpool));
        let (stake_ratio, reward_ratio) = policy.map_or(
            (
                U256::from(DEFAULT_WORKER_STAKE_RATIO),
                DEFAULT_SCHEDULER_REWARD_RATIO,
            ),
            |policy| (policy.worker_stake_ratio, policy.scheduler_reward_ratio),
        );
        let worker_stake = percentage(pool.workerpoolprice, stake_ratio);
        let dataset = match found.hashes.dataset {
            Some(_) => Resource {
                pointer: dataset.dataset,
                owner: found.dataset_owner,
                price: dataset.datasetprice,
            },
            None => Resource::default(),
        };
        Ok(Deal {
            app: Resource {
                pointer: app.app,
                owner: found.app_owner,
                price: app.appprice,
            },
            dataset,
            workerpool: Resource {
                pointer: pool.workerpool,
                owner: found.workerpool_owner,
                price: pool.workerpoolprice,
            },
            trust: request.trust.max(U256::ONE),
            category: request.category,
            tag: found.tag,
            requester: request.requester,
            beneficiary: request.beneficiary,
            callback: request.callback,
            params: request.params.clone(),
            start_time: call.now,
            bot_first: self.consumed(found.hashes.request),
            bot_size: found.volume,
            worker_stake: worker_stake.ok_or(Refusal::Overflow {
                what: "the workers' stake",
            })?,
            scheduler_reward_ratio: reward_ratio,
            sponsor: if sponsored {
                call.sender
            } else {
                request.requester
            },
        })
    }

    fn consume(&mut self, found: &Match) {
        let mut consume = |order: OrderHash| {
            // At most the order's volume, which fits.
            let consumed = self.consumed.entry(order).or_default();
            *consumed = consumed.saturating_add(found.volume);
        };
        consume(found.hashes.app);
        found.hashes.dataset.map(&mut consume);
        consume(found.hashes.workerpool);
        consume(found.hashes.request);
    }

    pub(super) fn initialize(
        &mut self,
        id: DealId,
        index: U256,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let deal = self.deals.get(&id).cloned().unwrap_or_default();
        let task = TaskId::of(id, index);
        let status = self
            .task(task)
            .map_or(TaskStatus::Unset, |task| task.status);
        check::initialize(&deal, index, status)?;
        let category = usize::try_from(deal.category).ok();
        let category = category.and_then(|category| self.categories.get(category));
        let timeref = category.map_or(0, |category| category.work_clock_time_ref);
        let deadlines = Deadlines::of(deal.start_time, timeref, &self.rules);
        let state = Task {
            status: TaskStatus::Active,
            deal: id,
            index,
            timeref,
            contribution_deadline: deadlines.contribution,
            final_deadline: deadlines.final_,
            ..Task::default()
        };
        self.tasks.insert(task, state);
        effects.push(Effect::TaskInitialize {
            task,
            workerpool: deal.workerpool.pointer,
        });
        Ok(())
    }
}
