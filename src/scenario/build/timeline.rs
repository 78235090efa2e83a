//! The timeline in the terms of the world. Rule: a group stands for its members, a bare name for
//! the only one it can mean.

use std::time::Duration;

use alloy_dyn_abi::JsonAbiExt;
use alloy_json_abi::Function;
use alloy_primitives::Bytes;

use super::{Builder, account, members};
use crate::{
    protocol::Name,
    scenario::{
        expect::EventPattern,
        model::{At, Call, Change, Nemesis, Outage, Verb, Worker},
        names,
    },
    time::Timestamp,
    world::cast::{self, Conduct, Fault, Service, Setting, Trigger},
};

impl Builder<'_> {
    pub(super) fn timeline(&mut self) -> Vec<Fault> {
        let entries = self.scenario.at.iter().enumerate();
        let faults = entries.flat_map(|(at, entry)| self.faults(&at.to_string(), entry));
        let mut faults: Vec<Fault> = faults.collect();
        match self.scenario.scenario.nemesis {
            Some(Nemesis::Standard) => faults.extend(self.nemesis()),
            None => {}
        }
        faults
    }

    fn skew(&self, who: &[Name], entry: &At, sign: i64) -> cast::Verb {
        let seconds = entry.by.map_or(0, |by| by.as_secs());
        cast::Verb::Skew {
            targets: self.actors(who, &["worker", "pool", "account"]),
            seconds: sign * i64::try_from(seconds).unwrap_or(i64::MAX),
        }
    }

    /// What an entry does: one fault, or one for each thing it changes.
    fn faults(&mut self, index: &str, entry: &At) -> Vec<Fault> {
        let trigger = match (&entry.on, entry.time) {
            (Some(pattern), _) => Trigger::On {
                pattern: pattern_of(pattern),
                nth: entry.nth,
                after: entry.after,
            },
            (None, time) => Trigger::At(Timestamp::START + time.unwrap_or(Duration::ZERO)),
        };
        let verbs = match entry.verb() {
            Some(verb) => self.verbs(index, verb, entry),
            None => vec![cast::Verb::Note],
        };
        let fault = |verb| Fault {
            trigger: trigger.clone(),
            verb,
            lasting: entry.r#for,
            note: entry.note.clone(),
        };
        verbs.into_iter().map(fault).collect()
    }

    fn verbs(&mut self, index: &str, verb: Verb<'_>, entry: &At) -> Vec<cast::Verb> {
        let everybody = &["worker", "pool", "account"];
        let and_chain = &["worker", "pool", "account", "chain"];
        let made = match verb {
            Verb::Crash(who) => cast::Verb::Crash(self.actors(who, everybody)),
            Verb::Restart(who) => cast::Verb::Restart(self.actors(who, everybody)),
            Verb::PauseActor(who) => cast::Verb::Pause(self.actors(who, everybody)),
            Verb::Resume(who) => cast::Verb::Resume(self.actors(who, everybody)),
            Verb::Join(who) => cast::Verb::Join(self.actors(who, &["worker"])),
            Verb::Leave(who) => cast::Verb::Leave(self.actors(who, &["worker"])),
            Verb::Partition(sides) => {
                let side = |name: &Name| self.actors(std::slice::from_ref(name), and_chain);
                cast::Verb::Partition(sides.iter().map(side).collect())
            }
            Verb::Heal => cast::Verb::Heal,
            Verb::Slow(who) => cast::Verb::Slow {
                targets: self.actors(who, and_chain),
                by: entry.by.unwrap_or(Duration::ZERO),
            },
            Verb::Lose(who) => {
                let share = entry.share.map_or(0, |share| share.0 * 10);
                cast::Verb::Lose {
                    targets: self.actors(who, everybody),
                    per_million: u32::try_from(share).unwrap_or(1_000_000),
                }
            }
            Verb::Ahead(who) => self.skew(who, entry, 1),
            Verb::Behind(who) => self.skew(who, entry, -1),
            Verb::Crowd(room) => cast::Verb::Crowd(usize::try_from(room).unwrap_or(usize::MAX)),
            Verb::GasPrice(price) => {
                cast::Verb::GasPrice(u64::try_from(price.0).unwrap_or(u64::MAX))
            }
            Verb::Down(outages) => {
                cast::Verb::Down(outages.iter().map(|one| service(*one)).collect())
            }
            Verb::FillDisk(who) => cast::Verb::FillDisk(self.actors(who, &["worker"])),
            Verb::Set(changes) => {
                let settings = changes.0.iter().flat_map(|change| self.settings(change));
                return settings.map(cast::Verb::Set).collect();
            }
            Verb::Submit(tasks) => cast::Verb::Submit(self.bags(tasks)),
            Verb::Cancel(tasks) => cast::Verb::Cancel(self.cancelled(tasks)),
            Verb::Warp(span) => cast::Verb::Warp(span),
            Verb::Mine(blocks) => cast::Verb::Mine(blocks),
            Verb::Reorg(depth) => cast::Verb::Reorg(depth),
            Verb::Snapshot(name) => cast::Verb::Snapshot(name.clone()),
            Verb::Restore(name) => cast::Verb::Restore(name.clone()),
            Verb::Call(call) => match self.call(index, call) {
                Some(call) => call,
                None => return Vec::new(),
            },
            Verb::Shell(line) => cast::Verb::Shell(line.into()),
        };
        vec![made]
    }

    /// What a request for these tasks asks for.
    fn bags(&mut self, tasks: &[Name]) -> Vec<cast::TaskCast> {
        let mut bags = Vec::new();
        for task in tasks.iter().map(super::bare) {
            if let Some(bag) = self.scenario.task.get(&task) {
                bags.extend(self.bag(&task, bag));
            }
        }
        bags
    }

    /// Bare names of tasks, groups member by member.
    fn cancelled(&self, names: &[Name]) -> Vec<Name> {
        let members_of = |name: Name| {
            let task = self.scenario.task.get(&name);
            members(&name, task.and_then(|task| task.count))
        };
        names.iter().map(super::bare).flat_map(members_of).collect()
    }

    /// Qualified names of actors, groups member by member.
    pub(super) fn actors(&self, names: &[Name], kinds: &[&str]) -> Vec<Name> {
        let actors = names.iter().flat_map(|name| {
            let (kind, bare) = match name.split_kind() {
                Some((kind, bare)) => (kind, bare),
                None if kinds.contains(&name.as_str()) => return vec![name.clone()],
                None => (self.kind_of(name, kinds), name.as_str()),
            };
            let members = self.members_of(kind, &Name::from(bare));
            members.iter().map(|member| member.of_kind(kind)).collect()
        });
        actors.collect()
    }

    /// The kind a bare name can mean.
    fn kind_of<'k>(&self, name: &str, kinds: &[&'k str]) -> &'k str {
        let declared = |kind: &&&str| match **kind {
            "pool" => self.scenario.pool.contains_key(name) || name == names::POOL,
            "account" => self.scenario.account.contains_key(name) || name == names::REQUESTER,
            _ => true,
        };
        // Workers come last: their groups have more names than are written.
        let others = kinds.iter().filter(|kind| **kind != "worker");
        let found = others
            .filter(|kind| **kind != "chain")
            .find(|kind| declared(kind));
        found.copied().unwrap_or("worker")
    }

    fn members_of(&self, kind: &str, name: &Name) -> Vec<Name> {
        let workers = &self.scenario.worker;
        match kind {
            "worker" if workers.is_empty() && name.as_str() == names::WORKERS => {
                members(name, Some(3))
            }
            "worker" => members(name, workers.get(name).and_then(|worker| worker.count)),
            _ => vec![name.clone()],
        }
    }

    fn settings(&self, change: &Change) -> Vec<Setting> {
        let each = |name: &Name, of: &dyn Fn(Name) -> Setting| {
            let members = self.members_of("worker", name);
            members.into_iter().map(of).collect()
        };
        match change {
            Change::PoolPrice(name, price) => vec![Setting::PoolPrice(name.clone(), *price)],
            Change::PoolVolume(name, volume) => vec![Setting::PoolVolume(name.clone(), *volume)],
            Change::AppPrice(name, price) => vec![Setting::AppPrice(name.clone(), *price)],
            Change::WorkerSpeed(name, speed) => {
                each(name, &|member| Setting::WorkerSpeed(member, speed.0))
            }
            Change::WorkerScore(name, score) => {
                each(name, &|member| Setting::WorkerScore(member, *score))
            }
            Change::WorkerBehaviour(name, behaviour) => {
                let workers = &self.scenario.worker;
                let count = |group: &str| workers.get(group).and_then(|worker| worker.count);
                let group = super::group_of(name, count).map(Name::from);
                let (default, group) = (Worker::default(), group.as_ref().unwrap_or(name));
                let written = workers.get(name).or_else(|| workers.get(group));
                let worker = written.unwrap_or(&default);
                let conduct = Conduct {
                    behaviour: super::people::behaviour_of(worker, group, *behaviour),
                    on: super::people::deviations(worker),
                };
                each(name, &|member| {
                    Setting::WorkerConduct(member, conduct.clone())
                })
            }
        }
    }

    fn call(&mut self, index: &str, call: &Call) -> Option<cast::Verb> {
        let span = self.span(&["at", index, "call"]);
        let to = self.contract_ref(&call.to, &["at", index, "call"])?;
        let data = match (&call.data, &call.function) {
            (Some(data), _) => Ok(data.0.clone()),
            (None, Some(function)) => encode(function, &call.args),
            (None, None) => Ok(Bytes::new()),
        };
        match data {
            Ok(data) => Some(cast::Verb::Call {
                from: account(&call.by),
                to,
                data,
                value: call.value.map_or(0, |value| value.0),
            }),
            Err(wrong) => {
                let help = "functions are written with their types: `set(uint256)`";
                self.refuse(span, wrong, help);
                None
            }
        }
    }
}

fn service(outage: Outage) -> Service {
    match outage {
        Outage::Registry => Service::Registry,
        Outage::Inputs => Service::Inputs,
        Outage::Results => Service::Results,
    }
}

/// Encodes a call as a contract's ABI wants it.
fn encode(signature: &str, args: &[String]) -> Result<Bytes, String> {
    let function = Function::parse(signature).map_err(|error| error.to_string())?;
    if function.inputs.len() != args.len() {
        let (wanted, given) = (function.inputs.len(), args.len());
        return Err(format!(
            "`{signature}` takes {wanted} arguments, {given} are given"
        ));
    }
    let mut values = Vec::new();
    for (input, arg) in function.inputs.iter().zip(args) {
        values.push(super::contract::value(&input.ty, arg)?);
    }
    let data = function
        .abi_encode_input(&values)
        .map_err(|error| error.to_string())?;
    Ok(data.into())
}

fn pattern_of(pattern: &EventPattern) -> cast::EventPattern {
    let test = pattern.clone();
    cast::EventPattern::new(&pattern.name, move |record| test.matches(record))
}
