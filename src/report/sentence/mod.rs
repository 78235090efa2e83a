//! What each event is called in plain words. Every event has its sentence.

mod part;

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::B256;

use part::{checked, computed, finished, judged, order_kind, registered, seized, side};

use super::{
    phrase::{Detail, Phrase, Tone},
    text,
};
use crate::{
    amount::Nrlc,
    log::{Event, OrderKind, Record, Records},
    protocol::Name,
};

/// Tells events one by one. Remembers which letter stands for which result of the tasks still open.
#[derive(Default)]
pub(super) struct Teller {
    results: BTreeMap<Name, Vec<B256>>,
    /// Accounts that own pools; each may be seized in two roles.
    owners: BTreeSet<Name>,
    /// What they pay for tasks of their own.
    prices: BTreeMap<Name, Nrlc>,
}

use Detail::{All, Normal, Quiet, Verbose};
use Tone::{Bad, Faint, Good, Plain, Warn};

impl Teller {
    /// Returns one that has heard of everything before the record of that number, so that it calls
    /// results as the story does.
    pub(super) fn before(records: &Records, seq: u64) -> Self {
        let mut teller = Self::default();
        for record in records.iter().take_while(|record| record.seq < seq) {
            teller.remember(&record.event);
            if let Event::TaskContribute { task, hash, .. } = &record.event {
                teller.letter(task, hash);
            }
        }
        teller
    }

    /// Returns the sentence about `record`.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each event, each one sentence"
    )]
    pub(super) fn tell(&mut self, record: &Record) -> Phrase {
        let new = Phrase::new;
        self.remember(&record.event);
        match &record.event {
            Event::RunStarted { title, seed, .. } => new(Verbose, Faint)
                .quote(if title.is_empty() { "the run" } else { title })
                .say(format!(" begins with seed {seed}")),
            Event::RunFinished { reason } => finished(*reason),
            Event::AccountOpened {
                account, deposit, ..
            } => new(Verbose, Plain)
                .name(account)
                .say(" has deposited ")
                .money(deposit),
            Event::AppRegistered {
                app, owner, price, ..
            } => registered("app", app, owner).say(", for ").money(price),
            Event::DatasetRegistered {
                dataset,
                owner,
                price,
                ..
            } => registered("dataset", dataset, owner)
                .say(", for ")
                .money(price),
            Event::WorkerpoolRegistered {
                pool,
                owner,
                worker_stake,
                fee,
                ..
            } => registered("workerpool", pool, owner).say(format!(
                ": workers stake {worker_stake} % of the price, the scheduler keeps {fee} %"
            )),
            Event::ContractDeployed {
                contract,
                address,
                by,
            } => new(Verbose, Plain)
                .name(text::person(by))
                .say(" deploys ")
                .name(contract)
                .say(format!(" at {address}")),
            Event::WorkerJoined {
                worker,
                pool,
                behaviour,
                score,
                ..
            } => new(Verbose, Plain)
                .name(worker)
                .say(" joins ")
                .name(pool)
                .say(" (")
                .quote(behaviour)
                .say(format!(", score {score})")),
            Event::WorkerLeft { worker, pool } => {
                new(Normal, Warn).name(worker).say(" leaves ").name(pool)
            }
            Event::TaskRequested {
                task,
                requester,
                app,
                dataset,
                trust,
                category,
                ..
            } => {
                let asked = new(Normal, Plain)
                    .name(text::person(requester))
                    .say(" asks for ")
                    .name(task)
                    .say(": ")
                    .name(app);
                let asked = match dataset {
                    Some(dataset) => asked.say(" on ").name(dataset),
                    None => asked,
                };
                asked
                    .say(format!(", trust {trust}, category "))
                    .quote(category)
            }
            Event::OrderPublished {
                kind,
                by,
                price,
                volume,
                ..
            } => new(Verbose, Plain)
                .name(text::person(by))
                .say(match kind {
                    OrderKind::Request => " bids for ",
                    OrderKind::App | OrderKind::Dataset | OrderKind::Workerpool => " offers ",
                })
                .say(match *volume {
                    volume if volume >= u64::from(u32::MAX) => "tasks without limit".to_owned(),
                    volume => text::count(volume, "task"),
                })
                .say(format!(" ({}) at ", order_kind(*kind)))
                .price(*price),
            Event::OrderCancelled { kind, by, task, .. } => {
                // With a request goes a task; offers come and go.
                let detail = if task.is_some() { Normal } else { Verbose };
                let taken = new(detail, Warn)
                    .name(text::person(by))
                    .say(format!(" takes back its {} order", order_kind(*kind)));
                match task {
                    Some(task) => taken.say(" for ").name(task),
                    None => taken,
                }
            }
            Event::BookChanged {
                best_ask,
                best_bid,
                ask_volume,
                bid_volume,
            } => new(All, Faint)
                .say("order book: ")
                .say(side(*ask_volume, *best_ask, "offered from"))
                .say(", ")
                .say(side(*bid_volume, *best_bid, "wanted up to")),
            Event::BlockMined {
                transactions,
                gas_used,
                ..
            } => new(All, Faint).say(format!(
                "block {} with {} and {} gas",
                record.block,
                text::count(*transactions, "transaction"),
                text::number(*gas_used)
            )),
            Event::ChainReorganised { depth } => new(Normal, Warn).say(format!(
                "the chain takes {} back and goes on from block {}",
                text::count(*depth, "block"),
                record.block
            )),
            Event::Revert {
                from,
                call,
                reason,
                expected,
                task,
            } => {
                let (detail, tone) = match expected {
                    true => (Verbose, Faint),
                    false => (Normal, Bad),
                };
                let refused = new(detail, tone)
                    .say("the chain refuses ")
                    .name(text::person(from))
                    .say("'s ")
                    .quote(call);
                let refused = match task {
                    Some(task) => refused.say(" for ").name(task),
                    None => refused,
                };
                refused.say(": ").quote(reason)
            }
            Event::OrdersMatched {
                tasks,
                pool,
                requester,
                app_price,
                dataset_price,
                pool_price,
                worker_stake,
                ..
            } => new(Normal, Plain)
                .name(pool)
                .say(" takes on ")
                .say(match tasks.as_slice() {
                    [_] => String::new(),
                    many => format!("{}: ", text::count(many.len() as u64, "task")),
                })
                .names(tasks.iter().take(8).map(Name::as_str))
                .say(if tasks.len() > 8 {
                    " … for "
                } else {
                    " for "
                })
                .name(text::person(requester))
                .say(" at ")
                .money(
                    [*pool_price, *app_price, *dataset_price]
                        .into_iter()
                        .sum::<Nrlc>(),
                )
                .say(" a task; a vote stakes ")
                .money(worker_stake),
            Event::SchedulerNotice { pool, deal } => new(All, Faint)
                .say("the hub tells ")
                .name(pool)
                .say(format!(" of deal {}", text::hash(deal))),
            Event::TaskInitialize { task, .. } => {
                new(Normal, Plain).name(task).say(" opens for votes")
            }
            Event::TaskContribute {
                task, worker, hash, ..
            } => new(Normal, Plain)
                .name(worker)
                .say(format!(" votes for result {} of ", self.letter(task, hash)))
                .name(task),
            Event::TaskConsensus {
                task,
                consensus,
                winners,
            } => new(Normal, Good)
                .say("consensus on result ")
                .say(self.letter(task, consensus))
                .say(" of ")
                .name(task)
                .say(format!(" with {}", text::count(*winners, "vote"))),
            Event::TaskReveal { task, worker, .. } => new(Normal, Plain)
                .name(worker)
                .say(" reveals its result of ")
                .name(task),
            Event::TaskReopen { task } => new(Normal, Warn)
                .say("nobody revealed: the vote on ")
                .name(task)
                .say(" opens again"),
            Event::TaskFinalize { task, .. } => {
                self.results.remove(task);
                new(Normal, Good).name(task).say(" is completed and paid")
            }
            Event::TaskClaimed { task } => {
                self.results.remove(task);
                new(Normal, Bad)
                    .name(task)
                    .say(" has failed: its final deadline passed, the requester is refunded")
            }
            Event::AccurateContribution { task, worker } => new(Verbose, Plain)
                .name(worker)
                .say(" was right about ")
                .name(task),
            Event::FaultyContribution { task, worker } => new(Normal, Warn)
                .name(worker)
                .say(" was wrong about ")
                .name(task)
                .say(" or never proved it: its score falls by a third, rounded up"),
            Event::ScoreChanged { worker, score } => new(Verbose, Plain)
                .name(worker)
                .say(format!(" now has a score of {score}")),
            Event::Transfer { from, to, amount } => {
                let moved = new(All, Faint).money(amount);
                let moved = match from {
                    Some(from) => moved.say(" goes from ").name(from),
                    None => moved.say(" is deposited"),
                };
                match to {
                    Some(to) => moved.say(" to ").name(to),
                    None => moved.say(" and leaves the hub"),
                }
            }
            Event::Lock { account, amount } => new(All, Faint)
                .money(amount)
                .say(" of ")
                .name(account)
                .say(" is set aside"),
            Event::Unlock { account, amount } => new(All, Faint)
                .money(amount)
                .say(" of ")
                .name(account)
                .say(" is free again"),
            Event::Reward {
                account,
                amount,
                task,
            } => new(Normal, Plain)
                .name(text::person(account))
                .say(" gets ")
                .money(amount)
                .say(" for ")
                .name(task),
            Event::Seize {
                account,
                amount,
                task,
            } => {
                let is_price = self.prices.get(task) == Some(amount);
                let is_stake = self.owners.contains(account) && !is_price;
                seized(account, *amount, task, is_stake)
            }
            Event::WorkerAssigned { task, worker } => new(Verbose, Plain)
                .name(worker)
                .say(" is asked to compute ")
                .name(task),
            Event::InputsFetched {
                task,
                worker,
                files,
            } => new(Verbose, Plain)
                .name(worker)
                .say(format!(
                    " has {} for ",
                    text::count(files.len() as u64, "input file")
                ))
                .name(task),
            Event::ExecutionStarted {
                task,
                worker,
                executor,
            } => new(Verbose, Plain)
                .name(worker)
                .say(" starts to compute ")
                .name(task)
                .say(" (")
                .quote(executor)
                .say(")"),
            Event::ExecutionFinished {
                task,
                worker,
                outcome,
                duration_ms,
                output,
                ..
            } => computed(task, worker, outcome, *duration_ms, output),
            Event::ExecutionWarned { task, warning, .. } => {
                new(Normal, Warn).name(task).say(": ").quote(warning)
            }
            Event::ExecutionAbandoned {
                task,
                worker,
                reason,
            } => new(Verbose, Warn)
                .name(worker)
                .say(" gives up computing ")
                .name(task)
                .say(": ")
                .quote(reason),
            Event::ResultUploaded {
                task, worker, size, ..
            } => new(Normal, Plain)
                .name(worker)
                .say(" uploads the result of ")
                .name(task)
                .say(format!(" ({})", text::size(*size))),
            Event::ResultDownloaded { task, .. } => new(Verbose, Plain)
                .say("the requester has fetched the result of ")
                .name(task),
            Event::TruthComputed { task, digest } => {
                let truth = new(All, Faint).say("the honest result of ").name(task);
                match digest {
                    Some(digest) => truth.say(format!(" has digest {}", text::hash(digest))),
                    None => truth.say(" differs from run to run"),
                }
            }
            Event::TaskJudged { task, verdict } => judged(task, *verdict),
            Event::FaultInjected {
                verb,
                targets,
                note,
            } => {
                let fault = new(Normal, Warn).say("⚡ ");
                let (fault, is_note) = match verb.as_str() {
                    "note" => (fault, true),
                    verb => (fault.quote(verb), false),
                };
                let fault = match targets.as_slice() {
                    [] => fault,
                    targets => fault.say(" ").names(targets.iter().map(Name::as_str)),
                };
                match note {
                    Some(note) if is_note => fault.quote(note),
                    Some(note) => fault.say(": ").quote(note),
                    None if is_note => fault.say("a moment of the timeline"),
                    None => fault,
                }
            }
            Event::FaultHealed { verb, targets } => new(Normal, Warn)
                .say("the ")
                .quote(verb)
                .say(" of ")
                .names(targets.iter().map(Name::as_str))
                .say(" is over"),
            Event::Crashed { actor } => new(Normal, Warn).name(actor).say(" has crashed"),
            Event::Restarted { actor } => new(Normal, Warn).name(actor).say(" is back"),
            Event::MessageLost { from, to, message } => new(Verbose, Warn)
                .say("the message ")
                .quote(message)
                .say(" from ")
                .name(from)
                .say(" to ")
                .name(to)
                .say(" is lost"),
            Event::InvariantBroken { law, detail, .. } => new(Quiet, Bad)
                .say("a law is broken: ")
                .quote(law)
                .say(": ")
                .quote(detail),
            Event::ExpectationChecked(check) => checked(check),
        }
    }

    /// Notes who owns pools, and what they pay as requesters.
    fn remember(&mut self, event: &Event) {
        if let Event::WorkerpoolRegistered { owner, .. } = event
            && owner
                .split_kind()
                .is_some_and(|(kind, _)| kind == "account")
        {
            self.owners.insert(owner.clone());
        }
        if let Event::OrdersMatched {
            tasks,
            sponsor,
            app_price,
            dataset_price,
            pool_price,
            ..
        } = event
            && self.owners.contains(sponsor)
        {
            let price: Nrlc = [*app_price, *dataset_price, *pool_price].into_iter().sum();
            let prices = tasks.iter().map(|task| (task.clone(), price));
            self.prices.extend(prices);
        }
    }

    /// The letter of a result among those voted for.
    fn letter(&mut self, task: &Name, hash: &B256) -> String {
        let known = self.results.entry(task.clone()).or_default();
        let at = known.iter().position(|seen| seen == hash);
        text::letter(at.unwrap_or_else(|| {
            known.push(*hash);
            known.len() - 1
        }))
    }
}
