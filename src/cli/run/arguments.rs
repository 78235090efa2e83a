//! What `emulate run` can be told.

use std::{ffi::OsStr, path::PathBuf, str::FromStr};

use clap::{ArgAction, Args, ValueEnum};

use super::containers::Sources;
use crate::{cli::shelf::Keep, report::Detail, scenario::Overrides};

/// Run scenarios to their end, judge them, and report.
///
/// A scenario is a file, or the name of a built-in one, such as `hello`. A project file of the iExec
/// SDK, `iexec.js` or `iexec.json`, is run as the scenario that `emulate import` makes of it.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct Run {
    /// Scenario files, project files, or names of built-in scenarios.
    #[arg(required = true, value_name = "FILE|NAME")]
    pub(super) scenarios: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) how: How,
    /// Keep the log, the reports and the results below this folder.
    #[arg(long, value_name = "DIR", env = "EMULATE_OUT")]
    pub(super) out: Option<PathBuf>,
    /// Write a report: json=FILE, junit=FILE, html=FILE or jsonl=FILE. Can be given again.
    #[arg(long = "report", value_name = "KIND=FILE")]
    pub(super) reports: Vec<ReportFile>,
    #[command(flatten)]
    pub(super) keep: Keep,
    /// How the story is told on standard output.
    #[arg(long, value_enum, default_value_t, env = "EMULATE_FORMAT")]
    pub(super) format: Format,
    /// Tell more: -v who computes, -vv every event.
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// Open the HTML report in a browser at the end, if a person is watching.
    #[arg(long)]
    pub(super) open: bool,
}

/// How scenarios are run, whoever asks for it.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct How {
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Let time pass as on the wall clock; what happens is the same.
    #[arg(long)]
    wall: bool,
    /// The same, so many times as fast, such as 10x.
    #[arg(long, value_name = "FACTOR")]
    speed: Option<String>,
    /// Run twice and compare every event and the last block's hash (exit code 6).
    #[arg(long)]
    pub(super) twice: bool,
    #[command(flatten)]
    pub(in crate::cli) sources: Sources,
}

/// What is changed in a scenario from outside its file.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct Changes {
    /// The number all chance derives from, or `random`.
    #[arg(long, value_name = "N|random", env = "EMULATE_SEED", value_parser = seed)]
    pub(super) seed: Option<String>,
    /// Change a value of the scenario: `--set pool.main.price="2 RLC"`. Can be given again.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = pair)]
    pub(super) sets: Vec<(String, String)>,
    /// Give a variable of the scenario a value. Can be given again.
    #[arg(long = "with", value_name = "VAR=VALUE", value_parser = pair)]
    pub(super) vars: Vec<(String, String)>,
    /// Run on another build of the contracts: a folder such as node_modules/@iexec/poco.
    #[arg(long, value_name = "DIR", env = "EMULATE_CONTRACTS")]
    pub(super) contracts: Option<PathBuf>,
    /// End the run at this moment of its own time, such as 10m.
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
    /// Give up at this moment of the run's own time (exit code 4).
    #[arg(long, value_name = "TIME")]
    pub(super) timeout: Option<String>,
}

/// Whether a value was given, and not by the environment, which may be meant for others.
pub(in crate::cli) fn is_told(value: Option<impl AsRef<OsStr>>, variable: &str) -> bool {
    let there = std::env::var_os(variable);
    value.is_some_and(|value| there.as_deref() != Some(value.as_ref()))
}

impl Changes {
    /// Returns the first flag that was given; what comes from the environment may be meant for
    /// others.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--set", !self.sets.is_empty()),
            ("--with", !self.vars.is_empty()),
            ("--until", self.until.is_some()),
            ("--timeout", self.timeout.is_some()),
            ("--seed", is_told(self.seed.as_deref(), "EMULATE_SEED")),
            (
                "--contracts",
                is_told(self.contracts.as_deref(), "EMULATE_CONTRACTS"),
            ),
        ];
        let given = given.into_iter().find(|(_, is_given)| *is_given);
        given.map(|(flag, _)| flag)
    }

    /// Returns the changes to the scenario that the flags stand for.
    pub(in crate::cli) fn overrides(&self) -> Overrides {
        let (mut sets, mut flags) = (self.sets.clone(), Vec::new());
        let mut flag = |path: &str, name: &'static str, value: &Option<String>| {
            if let Some(value) = value {
                sets.push((path.to_owned(), value.clone()));
                flags.push((path.to_owned(), name));
            }
        };
        let seed = self.seed.as_ref().map(|seed| match seed.as_str() {
            "random" => random_seed().to_string(),
            _ => seed.clone(),
        });
        // The scenario's own path begins at its file; this one where the user stands.
        let contracts = self.contracts.as_ref().map(|path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            path.display().to_string()
        });
        flag("protocol.contracts", "--contracts", &contracts);
        flag("scenario.seed", "--seed", &seed);
        flag("scenario.until", "--until", &self.until);
        flag("scenario.timeout", "--timeout", &self.timeout);
        Overrides {
            vars: self.vars.clone(),
            sets,
            flags,
        }
    }
}

impl How {
    /// Returns whether each run is made twice and compared.
    pub(in crate::cli) fn twice(&self) -> bool {
        self.twice
    }

    /// Returns the command that runs a scenario like this again with other values on top, all but
    /// the seed.
    pub(in crate::cli) fn again_with(&self, name: &str, overrides: &Overrides) -> String {
        let mut changes = self.changes.clone();
        changes.sets.extend(overrides.sets.iter().cloned());
        changes.vars.extend(overrides.vars.iter().cloned());
        changes.command(name)
    }

    /// Returns the changes to the scenario that the flags stand for.
    pub(in crate::cli) fn overrides(&self) -> Overrides {
        let mut overrides = self.changes.overrides();
        if self.wall || self.speed.is_some() {
            let mode = ("time.mode".to_owned(), "wall".to_owned());
            overrides.sets.push(mode);
        }
        if let Some(speed) = &self.speed {
            let path = "time.speed".to_owned();
            overrides.flags.push((path.clone(), "--speed"));
            overrides.sets.push((path, speed.clone()));
        }
        overrides
    }

    /// Returns the command that runs a scenario like this again.
    pub(super) fn again(&self, name: &str, seed: u64) -> String {
        let mut line = self.changes.again(name, seed);
        if self.wall {
            line.push_str(" --wall");
        }
        if let Some(speed) = &self.speed {
            line.push_str(&format!(" --speed {}", quoted(speed)));
        }
        for word in self.sources.again() {
            line.push_str(&format!(" {word}"));
        }
        line
    }
}

impl Changes {
    /// Returns the command that runs a scenario like this again.
    fn again(&self, name: &str, seed: u64) -> String {
        format!("{} --seed {seed}", self.command(name))
    }

    fn command(&self, name: &str) -> String {
        let mut words = vec!["emulate run".to_owned(), quoted(name)];
        let pairs = |flag: &str, pairs: &[(String, String)]| -> Vec<String> {
            let pair = |(name, value): &(String, String)| {
                format!("--{flag} {}", quoted(&format!("{name}={value}")))
            };
            pairs.iter().map(pair).collect()
        };
        words.extend(pairs("set", &self.sets));
        words.extend(pairs("with", &self.vars));
        if let Some(contracts) = &self.contracts {
            words.push(format!(
                "--contracts {}",
                quoted(&contracts.to_string_lossy())
            ));
        }
        for (flag, value) in [("until", &self.until), ("timeout", &self.timeout)] {
            words.extend(
                value
                    .as_ref()
                    .map(|value| format!("--{flag} {}", quoted(value))),
            );
        }
        words.join(" ")
    }
}

/// Quotes a word for a shell if it needs that.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./=:,%+@".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A seed nobody chose. It is printed with the run, so that the run can be repeated.
#[expect(
    clippy::disallowed_methods,
    reason = "the user asked for chance from outside; the run itself depends on the seed alone"
)]
fn random_seed() -> u64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    let mixed = alloy_primitives::keccak256(now.as_nanos().to_be_bytes());
    // Seeds are written in TOML, whose integers have a sign.
    u64::from_be_bytes(mixed.0[..8].try_into().unwrap_or_default()) >> 1
}

/// Accepts a seed as `--set scenario.seed` would, and `random`.
fn seed(text: &str) -> Result<String, String> {
    let plain = text.replace('_', "");
    let digits = |prefix: &str, radix| {
        let digits = plain.strip_prefix(prefix)?;
        i64::from_str_radix(digits, radix).ok()
    };
    let number = digits("0x", 16)
        .or_else(|| digits("0o", 8))
        .or_else(|| digits("0b", 2))
        .or_else(|| digits("", 10));
    match number {
        _ if text == "random" => Ok(text.to_owned()),
        Some(0..) => Ok(text.to_owned()),
        Some(_) | None => Err(format!(
            "a seed, here or in EMULATE_SEED, is a whole number from 0 to {} or the word `random`",
            i64::MAX
        )),
    }
}

/// Splits `name=value`.
pub(in crate::cli) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` has no `=`; write NAME=VALUE"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// How the story is told.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// `github` in a GitHub workflow, else `human`.
    #[default]
    Auto,
    /// For people, in colour on a terminal.
    Human,
    /// For people, without colour.
    Plain,
    /// One JSON object per event.
    Jsonl,
    /// Annotations of a GitHub workflow, after the story.
    Github,
}

impl Format {
    /// Returns the format in force.
    pub(super) fn resolved(self) -> Self {
        match self {
            Self::Auto if std::env::var_os("GITHUB_ACTIONS").is_some() => Self::Github,
            Self::Auto => Self::Human,
            chosen @ (Self::Human | Self::Plain | Self::Jsonl | Self::Github) => chosen,
        }
    }
}

/// A report and where it goes.
#[derive(Clone, Debug)]
pub(in crate::cli) struct ReportFile {
    pub(in crate::cli) kind: ReportKind,
    pub(in crate::cli) path: PathBuf,
}

/// The kinds of reports that are files.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum ReportKind {
    Json,
    Junit,
    Html,
    Jsonl,
}

impl ReportFile {
    /// Returns the words that ask for it, all but the file.
    pub(in crate::cli) fn flag(&self) -> String {
        let kind = match self.kind {
            ReportKind::Json => "json",
            ReportKind::Junit => "junit",
            ReportKind::Html => "html",
            ReportKind::Jsonl => "jsonl",
        };
        format!("--report {kind}")
    }

    /// Returns whether it is the page for people.
    pub(super) fn is_page(&self) -> bool {
        self.kind == ReportKind::Html
    }
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, path) = pair(text)?;
        if path == "-" {
            let told = "standard output has the story";
            return Err(format!("`-` is no file, and {told}; write {kind}=FILE"));
        }
        let kind = match kind.as_str() {
            "json" => ReportKind::Json,
            "junit" => ReportKind::Junit,
            "html" => ReportKind::Html,
            "jsonl" => ReportKind::Jsonl,
            _ => {
                return Err(format!(
                    "`{kind}` is no report; write json, junit, html or jsonl"
                ));
            }
        };
        if path.is_empty() {
            return Err("the file is missing; write KIND=FILE".to_owned());
        }
        Ok(Self {
            kind,
            path: path.into(),
        })
    }
}

/// Returns how much is told for so many `-v`, or under `--quiet`.
pub(in crate::cli) fn detail(quiet: bool, verbose: u8) -> Detail {
    match (quiet, verbose) {
        (true, _) => Detail::Quiet,
        (false, 0) => Detail::Normal,
        (false, 1) => Detail::Verbose,
        (false, _) => Detail::All,
    }
}
