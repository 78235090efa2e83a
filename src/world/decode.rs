//! What the contracts say, in names: chain logs to events.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Log, U256};

use super::{
    World,
    cast::{ContractRef, TaskCast},
    hub::nrlc,
};
use crate::{
    actors::Ledger as _,
    amount::Nrlc,
    contracts::{ContractEvent, abi::IexecHub, abi::IexecHub::IexecHubEvents, decode},
    executor::Files,
    log::{Event, view::HUB, view::KITTY},
    protocol::{DealId, Name, TaskId, consensus},
};

impl World {
    /// Returns what a log says, as events; nothing when nobody wants to know.
    pub(super) fn decode(&mut self, log: &Log) -> Vec<Event> {
        match decode(&self.deployment, log) {
            Some(ContractEvent::Hub(event)) => self.decode_hub(*event),
            Some(ContractEvent::Rlc(_) | ContractEvent::Owner(_) | ContractEvent::Policy(_))
            | None => Vec::new(),
        }
    }

    fn decode_hub(&mut self, event: IexecHubEvents) -> Vec<Event> {
        if let IexecHubEvents::OrdersMatched(matched) = &event {
            return self.decode_match(matched);
        }
        let money = self.decode_money(&event);
        let event = money.or_else(|| self.decode_task(&event));
        event.into_iter().collect()
    }

    fn decode_money(&self, event: &IexecHubEvents) -> Option<Event> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest is not about money"
        )]
        Some(match event {
            IexecHubEvents::Transfer(moved) => Event::Transfer {
                from: self.holder(moved.from),
                to: self.holder(moved.to),
                amount: nrlc(moved.value),
            },
            IexecHubEvents::Lock(lock) => Event::Lock {
                account: self.party(lock.owner),
                amount: nrlc(lock.amount),
            },
            IexecHubEvents::Unlock(unlock) => Event::Unlock {
                account: self.party(unlock.owner),
                amount: nrlc(unlock.amount),
            },
            IexecHubEvents::Reward(reward) => Event::Reward {
                account: self.party(reward.owner),
                amount: nrlc(reward.amount),
                task: self.task_name(reward.r#ref),
            },
            IexecHubEvents::Seize(seize) => Event::Seize {
                account: self.party(seize.owner),
                amount: nrlc(seize.amount),
                task: self.task_name(seize.r#ref),
            },
            _ => return None,
        })
    }

    fn decode_task(&self, event: &IexecHubEvents) -> Option<Event> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest is no news to anybody"
        )]
        Some(match event {
            IexecHubEvents::SchedulerNotice(notice) => Event::SchedulerNotice {
                pool: self.bare(notice.workerpool),
                deal: notice.dealid,
            },
            IexecHubEvents::TaskInitialize(begun) => {
                let on_chain = self.hub().task(TaskId(begun.taskid));
                Event::TaskInitialize {
                    task: self.task_name(begun.taskid),
                    id: begun.taskid,
                    pool: self.bare(begun.workerpool),
                    contribution_deadline: on_chain.contribution_deadline,
                    final_deadline: on_chain.final_deadline,
                }
            }
            IexecHubEvents::TaskContribute(vote) => {
                let worker = self.bare(vote.worker);
                let score = self.scores.get(&worker).copied();
                let score = score.unwrap_or_else(|| self.hub().score(vote.worker));
                Event::TaskContribute {
                    task: self.task_name(vote.taskid),
                    worker,
                    hash: vote.hash,
                    weight: consensus::weight(score),
                }
            }
            IexecHubEvents::TaskConsensus(reached) => {
                let on_chain = self.hub().task(TaskId(reached.taskid));
                Event::TaskConsensus {
                    task: self.task_name(reached.taskid),
                    consensus: reached.consensus,
                    winners: on_chain.winner_counter,
                }
            }
            IexecHubEvents::TaskReveal(reveal) => Event::TaskReveal {
                task: self.task_name(reveal.taskid),
                worker: self.bare(reveal.worker),
                digest: reveal.digest,
            },
            IexecHubEvents::TaskReopen(reopened) => Event::TaskReopen {
                task: self.task_name(reopened.taskid),
            },
            IexecHubEvents::TaskFinalize(done) => Event::TaskFinalize {
                task: self.task_name(done.taskid),
                results: String::from_utf8_lossy(&done.results).into_owned(),
            },
            IexecHubEvents::TaskClaimed(claimed) => Event::TaskClaimed {
                task: self.task_name(claimed.taskid),
            },
            IexecHubEvents::AccurateContribution(vote) => Event::AccurateContribution {
                task: self.task_name(vote.taskid),
                worker: self.bare(vote.worker),
            },
            IexecHubEvents::FaultyContribution(vote) => Event::FaultyContribution {
                task: self.task_name(vote.taskid),
                worker: self.bare(vote.worker),
            },
            _ => return None,
        })
    }

    /// A deal: its tasks get the names under which they were requested.
    fn decode_match(&mut self, matched: &IexecHub::OrdersMatched) -> Vec<Event> {
        let id = DealId(matched.dealid);
        let deal = self.hub().deal(id);
        self.deals.insert(id, deal.clone());
        let mut events = Vec::new();
        let mut tasks = Vec::new();
        let requested = self.directory.requested(&matched.requestHash).cloned();
        if requested.is_none() && !self.is_adopted(matched) {
            self.consume(matched);
        }
        for index in deal.indexes() {
            let task_id = TaskId::of(id, U256::from(index));
            let name = match &requested {
                Some(name) if index == 0 => name.clone(),
                Some(_) | None => {
                    let name = stranger(task_id);
                    if self.directory.task(&name).is_none() {
                        events.push(self.adopt(&name, &deal));
                    }
                    name
                }
            };
            self.directory.add_id(task_id, id, &name);
            tasks.push(name);
        }
        let dataset = deal.dataset().map(|dataset| self.bare(dataset.pointer));
        events.push(Event::OrdersMatched {
            deal: matched.dealid,
            tasks,
            pool: self.bare(deal.workerpool.pointer),
            app: self.bare(deal.app.pointer),
            dataset,
            requester: self.party(deal.requester),
            sponsor: self.party(deal.sponsor),
            app_price: nrlc(deal.app.price),
            dataset_price: nrlc(deal.dataset.price),
            pool_price: nrlc(deal.workerpool.price),
            worker_stake: nrlc(deal.worker_stake),
            trust: deal.trust.saturating_to(),
        });
        events
    }

    /// Whether the tasks of a deal from outside are known: its block came once before.
    fn is_adopted(&self, matched: &IexecHub::OrdersMatched) -> bool {
        let id = DealId(matched.dealid);
        let first = self.hub().deal(id).indexes().next();
        let first = first.map(|index| stranger(TaskId::of(id, U256::from(index))));
        first.is_some_and(|name| self.directory.task(&name).is_some())
    }

    /// Somebody outside matched orders: the book has as much less of them.
    fn consume(&mut self, matched: &IexecHub::OrdersMatched) {
        let volume = matched.volume.saturating_to();
        for order in [
            matched.appHash,
            matched.datasetHash,
            matched.workerpoolHash,
            matched.requestHash,
        ] {
            self.market.consume(order, volume);
        }
        self.after_book(Vec::new());
    }

    /// Takes in a task that was requested from outside.
    fn adopt(&mut self, name: &Name, deal: &crate::protocol::Deal) -> Event {
        let category: usize = deal.category.saturating_to();
        let wanted = Params::of(&deal.params);
        let inputs = self.inputs_of(&wanted.input_uris);
        let cast = TaskCast {
            dataset: deal.dataset().map(|dataset| self.bare(dataset.pointer)),
            args: wanted.args,
            input_uris: wanted.input_uris,
            lacks_inputs: inputs.is_none(),
            inputs: inputs.unwrap_or_default(),
            at: self.now,
            category,
            trust: deal.trust.saturating_to(),
            max_price: Nrlc(deal.workerpool.price.saturating_to()),
            callback: (!deal.callback.is_zero()).then_some(ContractRef::At(deal.callback)),
            ..TaskCast::new(
                name.clone(),
                self.party(deal.requester),
                self.bare(deal.app.pointer),
            )
        };
        let categories = &self.cast.categories;
        let known = categories.get(category).map(|category| &*category.name);
        let event = Event::TaskRequested {
            task: name.clone(),
            group: name.clone(),
            requester: bare(&cast.by),
            app: cast.app.clone(),
            dataset: cast.dataset.clone(),
            trust: cast.trust,
            category: known.unwrap_or("unknown").to_lowercase().into(),
        };
        self.directory.add_task(Arc::new(cast));
        self.open_tasks += 1;
        event
    }

    /// What lies at the places a deal from outside names. Nothing is fetched while a network lives:
    /// it is there if a task of the scenario names the same places, else there is none.
    fn inputs_of(&self, uris: &[String]) -> Option<Files> {
        if uris.is_empty() {
            return Some(Files::new());
        }
        let mut tasks = self.cast.tasks.iter();
        let same = tasks.find(|task| task.input_uris == uris)?;
        Some(same.inputs.clone())
    }

    /// The qualified name of an account, the hub and the kitty among them.
    pub(super) fn party(&self, address: Address) -> Name {
        if address == self.deployment.hub {
            return HUB.into();
        }
        if address == self.deployment.rules.kitty_address {
            return KITTY.into();
        }
        self.directory.name(address)
    }

    fn holder(&self, address: Address) -> Option<Name> {
        (address != Address::ZERO).then(|| self.party(address))
    }

    /// The name without its kind: of a worker, or of an app, dataset or workerpool.
    fn bare(&self, address: Address) -> Name {
        bare(&self.directory.name(address))
    }

    fn task_name(&self, id: B256) -> Name {
        self.directory.task_name(TaskId(id))
    }
}

/// A name without its kind.
pub(super) fn bare(name: &Name) -> Name {
    name.split_kind()
        .map_or_else(|| name.clone(), |(_, bare)| Name::from(bare))
}

/// What a task is called that nobody gave a name.
fn stranger(id: TaskId) -> Name {
    let digits = format!("{:x}", id.0);
    format!("task-{}", &digits[..8]).into()
}

/// What a deal's parameters ask for.
struct Params {
    /// The command line.
    args: String,
    /// Where the inputs are.
    input_uris: Vec<String>,
}

impl Params {
    /// Reads `iexec_args` and `iexec_input_files` (or, before 2019, `cmdline` and `dirinuri`) if the
    /// parameters are JSON; if they are not, all of them are the command line.
    fn of(params: &str) -> Self {
        let Ok(serde_json::Value::Object(json)) = serde_json::from_str(params) else {
            return Self {
                args: params.to_owned(),
                input_uris: Vec::new(),
            };
        };
        let text = |key: &str| json.get(key).and_then(serde_json::Value::as_str);
        let listed = json.get("iexec_input_files");
        let listed = listed.and_then(serde_json::Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(|uri| uri.as_str());
        let uris = text("dirinuri").into_iter().chain(listed);
        Self {
            args: text("iexec_args")
                .or_else(|| text("cmdline"))
                .unwrap_or_default()
                .to_owned(),
            input_uris: uris.map(str::to_owned).collect(),
        }
    }
}
