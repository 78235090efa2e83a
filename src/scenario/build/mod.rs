//! From a scenario to the cast of a world. Rule: what the file leaves open is filled in here, and
//! only here; what cannot be had is told with its place in the file.

mod arrival;
mod contract;
pub(super) mod deposit;
mod docker;
mod money;
mod nemesis;
mod people;
mod timeline;
mod work;

use super::{
    Diagnostic, Diagnostics, Loaded,
    document::Span,
    model::{Scenario, When},
    names,
};
use crate::{
    executor::inputs::Inputs,
    protocol::{Category, Name, Rules},
    seed::Seed,
    time::Timestamp,
    world::cast::{Cast, TaskCast, TimeRules},
};

impl Loaded {
    /// Returns the cast of the world the scenario describes; files come through `inputs`.
    ///
    /// # Errors
    ///
    /// Files that cannot be had, and what this version cannot do, each with its place.
    pub fn cast(&self, inputs: &Inputs) -> Result<Cast, Diagnostics> {
        self.build(inputs, |builder| builder.cast())
    }

    /// Returns the tasks of a bag of the scenario, or the one task of that name.
    ///
    /// # Errors
    ///
    /// As [`Loaded::cast`].
    pub fn tasks(&self, bag: &Name, inputs: &Inputs) -> Result<Vec<TaskCast>, Diagnostics> {
        self.build(inputs, |builder| {
            let task = builder.scenario.task.get(bag);
            task.map_or_else(Vec::new, |task| builder.bag(bag, task))
        })
    }

    fn build<T>(
        &self,
        inputs: &Inputs,
        make: impl FnOnce(&mut Builder<'_>) -> T,
    ) -> Result<T, Diagnostics> {
        let mut builder = Builder {
            loaded: self,
            scenario: &self.scenario,
            inputs,
            seed: Seed(self.scenario.scenario.seed),
            categories: categories(&self.scenario),
            wrong: Vec::new(),
        };
        let made = make(&mut builder);
        if builder.wrong.is_empty() {
            return Ok(made);
        }
        let sources = self.document.sources.clone();
        Err(Diagnostics::new(sources, builder.wrong))
    }
}

/// What a cast is made with.
struct Builder<'a> {
    loaded: &'a Loaded,
    scenario: &'a Scenario,
    inputs: &'a Inputs,
    seed: Seed,
    categories: Vec<Category>,
    wrong: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn cast(&mut self) -> Cast {
        let scenario = self.scenario;
        let about = &scenario.scenario;
        let mut cast = Cast::new(about.title.clone(), self.seed);
        cast.time = TimeRules {
            block: scenario.time.block,
            start: scenario.time.start.0,
            until: about.until.map(|span| Timestamp::START + span),
            timeout: about.timeout.map(|span| Timestamp::START + span),
            at_least: last_look(scenario),
        };
        cast.rules = rules(scenario);
        cast.protocol_contracts = self.protocol_contracts();
        cast.ground = self.loaded.ground.clone();
        cast.categories = self.categories.clone();
        cast.pools = self.pools();
        cast.workers = self.workers();
        cast.apps = self.apps();
        cast.datasets = self.datasets();
        cast.tasks = self.tasks();
        cast.timeline = self.timeline();
        cast.accounts = self.accounts();
        cast.contracts = self.contracts();
        self.check_money(&cast);
        cast
    }

    fn span(&self, path: &[&str]) -> Span {
        self.loaded.document.span(path)
    }

    fn refuse(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.wrong.push(Diagnostic::error(span, message).help(help));
    }

    /// Returns the id of a category.
    fn category(&self, name: &str) -> usize {
        let named = |category: &Category| category.name.eq_ignore_ascii_case(name);
        self.categories.iter().position(named).unwrap_or(0)
    }
}

/// The last moment an expectation wants to be judged at.
fn last_look(scenario: &Scenario) -> Option<Timestamp> {
    let moments = scenario
        .expect
        .iter()
        .filter_map(|expect| match &expect.when {
            When::At(moment) => Some(Timestamp::START + *moment),
            When::End | When::Always | When::Eventually | When::After(_) => None,
        });
    moments.max()
}

/// The constants the contracts are compiled with.
fn rules(scenario: &Scenario) -> Rules {
    let protocol = &scenario.protocol;
    Rules {
        contribution_deadline_ratio: protocol.contribution_deadline.0,
        reveal_deadline_ratio: protocol.reveal_deadline.0,
        final_deadline_ratio: protocol.final_deadline.0,
        workerpool_stake_ratio: protocol.pool_stake.0,
        kitty_ratio: protocol.kitty_ratio.0,
        kitty_min: alloy_primitives::U256::from(protocol.kitty_min.0),
        ..Rules::default()
    }
}

/// The five categories of the real network, then those of the file.
fn categories(scenario: &Scenario) -> Vec<Category> {
    let mut categories = Category::defaults();
    let own = scenario.category.iter().map(|(name, category)| Category {
        name: name.to_string(),
        description: String::new(),
        work_clock_time_ref: category.time.as_secs(),
    });
    categories.extend(own);
    categories
}

/// Returns the names of a group's members: itself when it is alone.
fn members(name: &Name, count: Option<u64>) -> Vec<Name> {
    match count {
        None => vec![name.clone()],
        Some(count) => {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            (0..count).map(|index| name.member(index)).collect()
        }
    }
}

/// Returns the group an entry of its own refines a member of, if it does.
pub(super) fn group_of(name: &str, count: impl Fn(&str) -> Option<u64>) -> Option<&str> {
    let (group, index) = name.rsplit_once('-')?;
    let index = index.parse::<u64>().ok()?;
    (index < count(group)?).then_some(group)
}

/// Returns a name without its kind.
fn bare(name: &Name) -> Name {
    name.split_kind()
        .map_or_else(|| name.clone(), |(_, bare)| Name::from(bare))
}

/// Returns the name of an account as the log calls it.
fn account(name: &str) -> Name {
    Name::from(name).of_kind("account")
}

/// Returns the account that owns apps when no other is named.
fn app_owner(owner: Option<&Name>) -> Name {
    account(owner.map_or(names::APP_OWNER, Name::as_str))
}

/// Returns the account that owns datasets when no other is named.
fn dataset_owner(owner: Option<&Name>) -> Name {
    account(owner.map_or(names::DATASET_OWNER, Name::as_str))
}
