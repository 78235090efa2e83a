//! The cast, people and machines: accounts, categories, workers.

use std::time::Duration;

use indexmap::IndexMap;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Key, Wei, Window};
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        document::{Diagnostic, Entry, Node, Reader, Setting, Span, Table, Value, table, words},
        unit::{Factor, Percent, Uncertain, Unit},
    },
};

words! {
    /// How a requester behaves.
    "a requester's behaviour"
    pub enum RequesterBehaviour {
        /// Pays, waits, fetches its results.
        Honest = "honest",
        /// Asks, and is never heard of again: fetches no result, and never claims either.
        Silent = "silent",
        /// Takes its money out of the hub right after asking.
        Broke = "broke",
        /// Never claims a task that failed.
        NeverClaims = "never-claims",
    }
}

table! {
    /// Somebody with a key: a requester or an owner.
    "[account]"
    pub struct Account {
        /// RLC it holds outside the hub.
        rlc: Nrlc = Nrlc::ZERO,
        /// RLC it has in the hub; without it, a requester has 1,000 RLC or twice what its tasks can
        /// cost, whichever is more, and others have nothing.
        deposit: Option<Nrlc> = None,
        /// Ether for gas; without it, enough.
        eth: Option<Wei> = None,
        /// Its private key; without it, one that follows from its name.
        key: Option<Key> = None,
        /// How it behaves as a requester.
        behaviour: RequesterBehaviour = RequesterBehaviour::Honest,
    }
}

table! {
    /// A class of tasks.
    "[category]"
    pub struct Category {
        /// The unit of its deadlines.
        time: Duration,
    }
}

words! {
    /// How a worker behaves.
    "a worker's behaviour"
    pub enum WorkerBehaviour {
        /// Does what it should.
        Honest = "honest",
        /// Answers at once with a fresh wrong result.
        Liar = "liar",
        /// Answers at once with the lie of its ring.
        Colluder = "colluder",
        /// Copies the first public hash.
        Copycat = "copycat",
        /// Contributes the hash of an empty result.
        Lazy = "lazy",
        /// Never reveals.
        Mute = "mute",
        /// Contributes when it is too late.
        Late = "late",
        /// Computes several times slower.
        Slow = "slow",
        /// Fails now and then.
        Flaky = "flaky",
        /// Crashes when it reaches a phase, and stays away.
        Crash = "crash",
        /// Can be reached at times only.
        Offline = "offline",
        /// Comes back with a new identity after each slash.
        Whitewasher = "whitewasher",
    }
}

words! {
    /// A phase of a worker's task.
    "a phase"
    pub enum Phase {
        /// It offers itself to the pool.
        Subscribe = "subscribe",
        /// It fetches the inputs.
        Fetch = "fetch",
        /// It runs the app.
        Run = "run",
        /// It commits to a result.
        Contribute = "contribute",
        /// It shows the result.
        Reveal = "reveal",
        /// It uploads the result.
        Upload = "upload",
    }
}

/// What a worker does in a phase, whatever its behaviour.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum PhaseAction {
    /// What it should: `"do"`.
    Do,
    /// Nothing: `"skip"`.
    Skip,
    /// It crashes, and stays away: `"crash"`.
    Crash,
    /// The right thing, so much later: `"delay 5m"`.
    Delay(Duration),
    /// The right thing with a made-up result; only contributing heeds it: `"lie"`.
    Lie,
}

impl Setting for PhaseAction {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let words = ["do", "skip", "crash", "lie", "delay 5m"];
        let text = node.as_text().unwrap_or("").trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (word, rest) {
            ("do", "") => Some(Self::Do),
            ("skip", "") => Some(Self::Skip),
            ("crash", "") => Some(Self::Crash),
            ("lie", "") => Some(Self::Lie),
            ("delay", _) => match <Duration as Unit>::parse(rest) {
                Ok(span) => Some(Self::Delay(span)),
                Err(wrong) => {
                    let one = Diagnostic::error(node.span, wrong.to_string());
                    reader.complain(one.help("write \"delay 5m\""));
                    None
                }
            },
            _ => {
                reader.unknown_word(node, "what a worker does in a phase", &words);
                None
            }
        }
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(match self {
            Self::Do => "do".to_owned(),
            Self::Skip => "skip".to_owned(),
            Self::Crash => "crash".to_owned(),
            Self::Delay(span) => format!("delay {}", span.print()),
            Self::Lie => "lie".to_owned(),
        }))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(do|skip|crash|lie|delay .+)$" })
    }
}

table! {
    /// A worker, or a group of workers when it has a `count`.
    "[worker]"
    pub struct Worker {
        /// How many; the members of group `w` are `w-0`, `w-1`, … Without it, one called `w`.
        count: Option<u64> = None,
        /// Its pool; without it, the first one.
        pool: Option<Name> = None,
        /// How it behaves.
        behaviour: WorkerBehaviour = WorkerBehaviour::Honest,
        /// What it does in single phases, whatever its behaviour.
        on: IndexMap<Phase, PhaseAction> = IndexMap::new(),
        /// Shares of the group that behave in different ways; together 100%.
        mix: IndexMap<WorkerBehaviour, Percent> = IndexMap::new(),
        /// Colluders of one ring tell the same lie.
        ring: Option<Name> = None,
        /// Its score when the run begins.
        score: u64 = 0,
        /// What it has in the hub; without it, 10 RLC or ten times the stake its pool asks.
        deposit: Option<Nrlc> = None,
        /// How fast it computes; drawn once per worker.
        speed: Uncertain<Factor> = Uncertain::Exactly(Factor::ONE),
        /// How long it computes, whatever the app says.
        duration: Option<Uncertain<Duration>> = None,
        /// How many tasks it computes at once.
        slots: u64 = 1,
        /// The phase in which a `crash` worker crashes.
        crash_at: Option<Phase> = None,
        /// How often a `flaky` worker fails.
        fail_rate: Option<Percent> = None,
        /// When it can be reached; without it, always.
        online: Vec<Window> = Vec::new(),
        /// By how much everything from and to it is late.
        latency: Duration = Duration::ZERO,
        /// The processors its containers have, such as `"0"` or `"0-3,6"`; without it, all.
        cpuset: Option<String> = None,
        /// The engine its containers run on, such as `"tcp://10.0.0.7:2376"`; without it, the one
        /// of `[docker]`.
        docker_host: Option<String> = None,
    }
}

/// A key of a table that is one of a few words.
trait Word: Copy + Eq + std::hash::Hash {
    const WHAT: &'static str;
    const ALL: &'static [&'static str];
    fn of(word: &str) -> Option<Self>;
    fn word(self) -> &'static str;
}

impl Word for Phase {
    const WHAT: &'static str = "a phase";
    const ALL: &'static [&'static str] = Self::WORDS;

    fn of(word: &str) -> Option<Self> {
        Self::from_word(word)
    }

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for WorkerBehaviour {
    const WHAT: &'static str = "a worker's behaviour";
    const ALL: &'static [&'static str] = Self::WORDS;

    fn of(word: &str) -> Option<Self> {
        Self::from_word(word)
    }

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl<K: Word, T: Setting> Setting for IndexMap<K, T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            return reader.expected(node, "a table", "{ honest = … }");
        };
        let mut read = Self::new();
        for (word, entry) in table {
            let Some(key) = K::of(word) else {
                let mut written = Node::text(word.as_str());
                written.span = entry.key;
                reader.unknown_word(&written, K::WHAT, K::ALL);
                continue;
            };
            if let Some(value) = T::read(&entry.node, reader) {
                read.insert(key, value);
            }
        }
        if read.is_empty() && table.is_empty() {
            reader.complain(Diagnostic::error(node.span, "this table says nothing"));
        }
        Some(read)
    }

    fn write(&self) -> Option<Node> {
        let entries = self.iter().filter_map(|(key, value)| {
            let entry = Entry {
                key: Span::default(),
                node: value.write()?,
            };
            Some((key.word().to_owned(), entry))
        });
        Some(Value::Table(entries.collect::<Table>()).into())
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let one = T::schema(generator);
        json_schema!({
            "type": "object",
            "propertyNames": { "enum": K::ALL },
            "additionalProperties": one,
        })
    }
}
