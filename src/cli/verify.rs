//! `emulate verify`: the same scenarios on another build of the contracts, event by event.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use clap::Args;
use parking_lot::Mutex;

use super::{Exit, Output, interrupt::Interrupt, subject::Subject, whole};
use crate::{
    contracts::Build,
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    fidelity::{Comparison, DELTAS, Delta, compare, draw},
    scenario::{BUILTIN, Loaded, Overrides, StartError, fixtures},
};

/// Run scenarios on another build of the contracts and report the first difference.
///
/// Every scenario is run on the built-in contracts and on those of DIR, in the same EVM. Compared are
/// all events with time, order and every field (balances, scores, statuses, refusals), and at the end
/// what both hubs say of every account and task. Hashes and addresses are compared through a
/// one-to-one map; gas is told, not compared. Exit code 6 if there is a difference that is not among
/// the declared ones.
#[derive(Clone, Debug, Args)]
pub(super) struct Verify {
    /// The other build: an npm package such as node_modules/@iexec/poco, or a project that has it.
    #[arg(long, value_name = "DIR", env = "EMULATE_CONTRACTS")]
    contracts: PathBuf,
    /// Scenario files, or names of built-in ones; all built-in ones when left out.
    #[arg(value_name = "FILE|NAME")]
    scenarios: Vec<String>,
    /// Compare on so many random networks as well.
    #[arg(long, value_name = "N", default_value_t = 0)]
    worlds: u64,
    /// The seed of the first random network; the next has the next.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Leave out built-in scenarios with this tag. Can be given again.
    #[arg(long, value_name = "TAG", default_values_t = ["slow".to_owned(), "docker".to_owned(), "sweep".to_owned()])]
    skip: Vec<String>,
    /// Write the scenario of every random network that differs into this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// What became of all comparisons.
#[derive(Default)]
struct Tally {
    same: u64,
    declared: u64,
    different: u64,
    refused: u64,
    events: u64,
    facts: u64,
    gas: [u64; 2],
}

/// Compares every scenario asked for.
pub(super) fn verify(arguments: &Verify, output: &Output) -> Exit {
    let build = match Build::read(&arguments.contracts) {
        Ok(build) => Arc::new(build),
        Err(error) => {
            output.error(&format!("error: {error}"));
            return Exit::BadInput;
        }
    };
    introduce(&build, output);
    let interrupt = Interrupt::listen();
    let session = Session {
        arguments,
        build,
        output,
        tally: Mutex::default(),
    };
    let mut names = arguments.scenarios.clone();
    if names.is_empty() {
        names = BUILTIN.iter().map(|known| known.name.to_owned()).collect();
    }
    for name in names {
        if interrupt.raised().is_some() {
            break;
        }
        if let Err(exit) = session.scenario(&name) {
            return exit;
        }
    }
    session.random_networks(&interrupt);
    let exit = session.summarise();
    interrupt.raised().unwrap_or(exit)
}

/// Says what is compared with what.
fn introduce(build: &Build, output: &Output) {
    output.result_line(&format!(
        "built-in contracts (PoCo 6.2.0) and {}",
        build.name
    ));
    for note in &build.notes {
        output.result_line(&format!("  note: {note}"));
    }
    let declared: Vec<&Delta> = DELTAS
        .iter()
        .filter(|delta| delta.is_between(build.version.as_deref()))
        .collect();
    if !declared.is_empty() {
        output.result_line("declared differences, which do not count:");
    }
    for delta in declared {
        let (major, minor, patch) = delta.since;
        output.result_line(&format!("  since {major}.{minor}.{patch}: {}", delta.what));
        output.result_line(&format!("    shows: {}", delta.shows));
    }
}

struct Session<'a> {
    arguments: &'a Verify,
    build: Arc<Build>,
    output: &'a Output,
    tally: Mutex<Tally>,
}

impl Session<'_> {
    /// Compares on one scenario; an error is one of the command line or of the scenario.
    fn scenario(&self, name: &str) -> Result<(), Exit> {
        let subject = Subject::find(name).map_err(|message| {
            self.output.error(&message);
            Exit::BadInput
        })?;
        let loaded = subject.load(&Overrides::default(), self.output)?;
        let tags = &loaded.scenario.scenario.tags;
        let skipped = tags.iter().find(|tag| self.arguments.skip.contains(tag));
        if let Some(tag) = skipped.filter(|_| self.arguments.scenarios.is_empty()) {
            self.output
                .result_line(&format!("skip       {name} (tagged {tag})"));
            return Ok(());
        }
        let inputs = subject.inputs(true);
        let executors = Executors::new();
        if let Ok(cast) = loaded.cast(&inputs) {
            let mut apps = cast.apps.iter();
            let missing = apps.find_map(|app| executors.missing_for(&app.program));
            if let Some(missing) = missing {
                self.output
                    .result_line(&format!("skip       {name} ({missing})"));
                return Ok(());
            }
        }
        let compared = compare(&loaded, &self.build, (&inputs, &executors));
        self.take(name, compared, true);
        Ok(())
    }

    /// Compares on random networks, on all cores.
    fn random_networks(&self, interrupt: &Interrupt) {
        let next = AtomicU64::new(0);
        let inputs = embedded();
        std::thread::scope(|scope| {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            for _ in 0..cores {
                scope.spawn(|| {
                    while interrupt.raised().is_none() {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= self.arguments.worlds {
                            return;
                        }
                        self.random_network(self.arguments.seed.wrapping_add(index), &inputs);
                    }
                });
            }
        });
    }

    fn random_network(&self, seed: u64, inputs: &Inputs) {
        let text = draw(seed);
        let name = format!("random-{seed}");
        let nothing = |_: &Path| Err(std::io::Error::other("it includes nothing"));
        let path = PathBuf::from(format!("{name}.toml"));
        let loaded = match Loaded::new(&text, &path, &nothing, &Overrides::default()) {
            Ok(loaded) => loaded,
            Err(wrong) => return self.take(&name, Err(wrong.into()), false),
        };
        let compared = compare(&loaded, &self.build, (inputs, &Executors::new()));
        let differs = compared
            .as_ref()
            .map_or(true, |same| same.difference.is_some());
        if differs && let Some(folder) = &self.arguments.keep {
            let kept = fs::create_dir_all(folder.join("fixtures"))
                .and_then(|()| whole::write(&folder.join(&path), text.as_bytes()))
                .and_then(|_| keep_fixtures(folder));
            if let Err(error) = kept {
                self.output.unwritten(folder.join(&path).display(), error);
            }
        }
        self.take(&name, compared, false);
    }

    /// Tells what became of one comparison, and counts it.
    fn take(&self, name: &str, compared: Result<Comparison, StartError>, is_told: bool) {
        let mut tally = self.tally.lock();
        let compared = match compared {
            Ok(compared) => compared,
            Err(error) => {
                tally.refused += 1;
                self.output.result_line(&format!("refused    {name}"));
                let text = match &error {
                    StartError::Scenario(wrong) => wrong.render(self.output.is_coloured()),
                    StartError::World(error) => format!("error: {error}"),
                };
                self.output.error(text.trim_end());
                return;
            }
        };
        tally.events += compared.events;
        tally.facts += compared.facts;
        for (sum, gas) in tally.gas.iter_mut().zip(compared.gas) {
            *sum += gas;
        }
        let Some(difference) = compared.difference else {
            tally.same += 1;
            if is_told {
                let (events, facts) = (compared.events, compared.facts);
                let gas = more_gas(compared.gas);
                self.output.result_line(&format!(
                    "same       {name}: {events} events, {facts} facts at the end, gas {gas}"
                ));
            }
            return;
        };
        let declared = difference.declared(self.build.version.as_deref());
        match declared {
            Some(delta) => {
                tally.declared += 1;
                let after = compared.events;
                self.output.result_line(&format!(
                    "declared   {name}: {} (the {after} events before it are equal, those after it were not compared)",
                    delta.what
                ));
            }
            None => {
                tally.different += 1;
                self.output.result_line(&format!("DIFFERENT  {name}"));
            }
        }
        self.output.result_line(&format!("{difference}"));
    }

    fn summarise(&self) -> Exit {
        let tally = self.tally.lock();
        let Tally {
            same,
            declared,
            different,
            refused,
            events,
            facts,
            gas,
        } = *tally;
        self.output.result_line(&format!(
            "{same} the same, {declared} with a declared difference, {different} different, {refused} refused\n{events} events and {facts} facts compared; gas of {}: {} of the built-in contracts'",
            self.build.name,
            more_gas(gas),
        ));
        match (different, refused) {
            (0, 0) => Exit::Success,
            (0, _) => Exit::BadInput,
            (_, _) => Exit::DeterminismLost,
        }
    }
}

/// The gas of the other build, in percent of that of the built-in contracts.
fn more_gas([ours, theirs]: [u64; 2]) -> String {
    match theirs.saturating_mul(100).checked_div(ours) {
        Some(percent) => format!("{percent}%"),
        None => "none".to_owned(),
    }
}

/// The files of random networks are part of the program.
fn embedded() -> Inputs {
    let mut policy = Policy::below("");
    policy.roots.clear();
    policy.embedded = fixtures().unwrap_or_default();
    Inputs::new(policy)
}

fn keep_fixtures(folder: &Path) -> std::io::Result<()> {
    let fixtures = fixtures().unwrap_or_default();
    for (name, content) in fixtures.iter() {
        whole::write(&folder.join(name), content)?;
    }
    Ok(())
}
