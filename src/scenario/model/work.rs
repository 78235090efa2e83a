//! The work: applications, datasets, tasks.

use std::time::Duration;

use indexmap::IndexMap;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Container, Hex};
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        document::{
            Diagnostic, Entry, Fields, Node, Reader, Setting, Span, Table, Value, table, words,
        },
        unit::{Arrival, Uncertain},
    },
};

words! {
    /// The kinds of apps of 2018.
    "a type of app"
    pub enum AppType {
        /// A container image.
        Docker = "DOCKER",
    }
}

words! {
    /// The eras of the container contract.
    "an era"
    pub enum Era {
        /// One folder `/iexec`, the result in `consensus.iexec`.
        Classic = "2018",
        /// `/iexec_in` and `/iexec_out`, the result named by `computed.json`.
        Modern = "modern",
    }
}

words! {
    /// What is voted on when a program of 2018 leaves no `consensus.iexec`.
    "a digest rule"
    pub enum DigestRule {
        /// The names and contents of all outputs.
        FileOrTree = "file-or-tree",
        /// The fact that the file is missing.
        Strict = "strict",
        /// The result archive with its packing times.
        Zip2018 = "zip-2018",
    }
}

words! {
    /// Whether a worker votes on a failure.
    "a way with failures"
    pub enum OnError {
        /// It votes for the digest that stands for the failure.
        Contribute = "contribute",
        /// It does not vote.
        Abstain = "abstain",
    }
}

words! {
    /// What a sandboxed program gets when it asks for random bytes.
    "a source of randomness"
    pub enum Randomness {
        /// The same bytes for every worker of a task.
        Task = "task",
        /// Other bytes for each worker.
        Worker = "worker",
        /// An error.
        Denied = "denied",
    }
}

table! {
    /// A program that is not run: what it leaves is stated.
    "mock"
    pub struct Mock {
        /// Its text output, which all workers agree on.
        output: Option<String> = None,
        /// Other files it leaves, by path.
        files: IndexMap<String, String> = IndexMap::new(),
        /// Data for a callback contract.
        callback: Option<Hex> = None,
        /// The digest to vote for, 32 bytes.
        digest: Option<Hex> = None,
        /// Its exit code.
        exit: u64 = 0,
    }
}

/// What runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Program {
    /// A program inside `emulate`: `{ builtin = "hello" }`.
    Builtin(String),
    /// A WebAssembly module beside the scenario: `{ wasm = "app.wasm" }`.
    Wasm {
        /// The module's file.
        file: String,
        /// What it gets when it asks for random bytes.
        random: Randomness,
    },
    /// A container image: `{ image = "user/app:1.0" }`.
    Image(String),
    /// Nothing; the result is stated: `{ mock = { output = "42" } }`.
    Mock(Mock),
}

impl Setting for Program {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut fields = Fields::of(node, "`run`", reader)?;
        let builtin = fields.optional::<Option<String>>("builtin", reader, || None)?;
        let wasm = fields.optional::<Option<String>>("wasm", reader, || None)?;
        let random = fields.optional::<Option<Randomness>>("random", reader, || None)?;
        let image = fields.optional::<Option<String>>("image", reader, || None)?;
        let mock = fields.optional::<Option<Mock>>("mock", reader, || None)?;
        let kinds = ["builtin", "wasm", "image", "mock"];
        let written = kinds.iter().filter(|kind| fields.entry(kind).is_some());
        let written = written.count();
        let unknown = fields.rest().next().is_some();
        fields.finish(reader);
        if random.is_some() && wasm.is_none() {
            reader.complain(
                Diagnostic::error(node.span, "only `wasm` programs have `random`")
                    .help("the builtin program `random` is a source of its own"),
            );
        }
        if written != 1 {
            if !unknown {
                reader.complain(
                    Diagnostic::error(node.span, "`run` needs exactly one program")
                        .help("write one of `builtin`, `wasm`, `image`, `mock`"),
                );
            }
            return None;
        }
        let random = random.unwrap_or(Randomness::Task);
        builtin
            .map(Self::Builtin)
            .or(wasm.map(|file| Self::Wasm { file, random }))
            .or(image.map(Self::Image))
            .or(mock.map(Self::Mock))
    }

    fn write(&self) -> Option<Node> {
        let mut table = Table::new();
        let mut put = |key: &str, node: Node| {
            let key_span = Span::default();
            let entry = Entry {
                key: key_span,
                node,
            };
            table.insert(key.to_owned(), entry);
        };
        match self {
            Self::Builtin(name) => put("builtin", Node::text(name.as_str())),
            Self::Wasm { file, random } => {
                put("wasm", Node::text(file.as_str()));
                if *random != Randomness::Task {
                    put("random", random.write()?);
                }
            }
            Self::Image(reference) => put("image", Node::text(reference.as_str())),
            Self::Mock(mock) => put("mock", mock.write()?),
        }
        Some(Value::Table(table).into())
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string" });
        json_schema!({
            "type": "object",
            "properties": {
                "builtin": text,
                "wasm": text,
                "random": Randomness::schema(generator),
                "image": text,
                "mock": Mock::schema(generator),
            },
            "additionalProperties": false,
            "minProperties": 1,
        })
    }
}

table! {
    /// An application.
    "[app]"
    pub struct App {
        /// What runs.
        run: Option<Program> = None,
        /// The 2018 spelling of `run`: the kind of app.
        r#type: Option<AppType> = None,
        /// The 2018 spelling of `run`: variables, among them `XWDOCKERIMAGE=…`.
        envvars: Option<String> = None,
        /// A project file of the SDK, `iexec.js` or `iexec.json`, to take from what is not written here.
        from: Option<String> = None,
        /// What a task costs.
        price: Nrlc = Nrlc::ZERO,
        /// Who owns it; without it, `devon`.
        owner: Option<Name> = None,
        /// How long it takes on a worker of usual speed; without it, 10 s, or what the program says.
        duration: Option<Uncertain<Duration>> = None,
        /// Which era's folders and results it has; without it, 2018.
        era: Option<Era> = None,
        /// What is voted on when it leaves no `consensus.iexec`.
        digest: DigestRule = DigestRule::FileOrTree,
        /// Whether failures are voted on; without it, as its era did.
        on_error: Option<OnError> = None,
        /// What its containers may do.
        container: Container = Container::default(),
        /// Variables it runs with.
        env: IndexMap<String, String> = IndexMap::new(),
        /// For how many tasks its order is good; without it, for all.
        volume: Option<u64> = None,
        /// What it needs: `tee`, `scone`, `gramine`, `tdx`, `gpu`.
        tag: Vec<String> = Vec::new(),
        /// The only dataset it works with.
        dataset: Option<Name> = None,
        /// The only pool it runs in.
        pool: Option<Name> = None,
    }
}

impl App {
    /// Returns what runs, whichever way it is written; none when it comes from a project file.
    pub fn program(&self) -> Option<Program> {
        if let Some(run) = &self.run {
            return Some(run.clone());
        }
        let image = self.variables().find(|(name, _)| *name == IMAGE_VARIABLE);
        image.map(|(_, reference)| Program::Image(reference.to_owned()))
    }

    /// Returns the variables of the 2018 spelling, in their order: `K=V,K=V`.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries().filter_map(Result::ok)
    }

    /// Returns what stands in `envvars` and is no variable: workers of 2018 dropped it in silence.
    pub(crate) fn odd_variables(&self) -> impl Iterator<Item = &str> {
        self.entries().filter_map(Result::err)
    }

    /// Returns a variable that `envvars` sets more than once.
    pub(crate) fn repeated_variable(&self) -> Option<&str> {
        let mut known = std::collections::BTreeSet::new();
        let mut keys = self.entries().flatten().map(|(key, _)| key);
        keys.find(|key| !known.insert(*key))
    }

    fn entries(&self) -> impl Iterator<Item = Result<(&str, &str), &str>> {
        cut_variables(self.envvars.as_deref().unwrap_or(""))
    }
}

/// Cuts `K=V,K=V` as workers of 2018 did: entries that are `KEY=VALUE` in two, others as they are.
pub(crate) fn cut_variables(text: &str) -> impl Iterator<Item = Result<(&str, &str), &str>> {
    let entries = text.split(',').map(str::trim);
    entries.filter(|entry| !entry.is_empty()).map(|entry| {
        let mut parts = entry.split('=').map(str::trim);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(key), Some(value), None) if !key.is_empty() => Ok((key, value)),
            _ => Err(entry),
        }
    })
}

/// The variable that named the image in 2018.
pub(crate) const IMAGE_VARIABLE: &str = "XWDOCKERIMAGE";

table! {
    /// A dataset.
    "[dataset]"
    pub struct Dataset {
        /// Its file, beside the scenario.
        file: Option<String> = None,
        /// Where it lies on the network.
        url: Option<String> = None,
        /// The file beside the scenario that stands for it where there is no network.
        offline: Option<String> = None,
        /// What a task costs.
        price: Nrlc = Nrlc::ZERO,
        /// Who owns it; without it, `dora`.
        owner: Option<Name> = None,
        /// The SHA-256 it must have, 32 bytes.
        checksum: Option<Hex> = None,
        /// For how many tasks its order is good; without it, for all.
        volume: Option<u64> = None,
        /// The only app it may be used by.
        app: Option<Name> = None,
    }
}

table! {
    /// A task, or a bag of tasks when it has a `count`.
    "[task]"
    pub struct Task {
        /// The application.
        app: Name,
        /// The dataset.
        dataset: Option<Name> = None,
        /// Who wants it.
        by: Name = Name::from("alice"),
        /// The command line.
        args: Option<String> = None,
        /// The command line, by its name of 2018.
        cmdline: Option<String> = None,
        /// An input, or a list of them: URLs, or files beside the scenario; in era `classic` a
        /// `.zip` is unpacked.
        dirinuri: Vec<String> = Vec::new(),
        /// For each input the file beside the scenario that stands for it where there is no network.
        offline: Vec<String> = Vec::new(),
        /// How many; the members of bag `t` are `t-0`, `t-1`, … Without it, one called `t`.
        count: Option<u64> = None,
        /// When they arrive.
        arrival: Arrival = Arrival::All,
        /// When the first may arrive, from the start of the run.
        at: Duration = Duration::ZERO,
        /// Its class.
        category: Name = Name::from("xs"),
        /// How many unanimous newcomers it needs; short for a trust of 2ⁿ⁻¹ + 1.
        replication: Option<u64> = None,
        /// The trust it asks for.
        trust: Option<u64> = None,
        /// The most a pool may charge; without it, any price.
        max_price: Option<Nrlc> = None,
        /// The only pool it may run in.
        pool: Option<Name> = None,
        /// The contract that is told of the result: a name, or `0x…`.
        callback: Option<String> = None,
        /// What it asks of app and pool: `tee`, `scone`, `gramine`, `tdx`, `gpu`.
        tag: Vec<String> = Vec::new(),
    }
}

impl Task {
    /// Returns the trust it asks for: as written, or what `replication` stands for, or 1.
    ///
    /// A winning group must weigh more than (trust − 1) × (1 + all other groups), and `n` newcomers
    /// weigh 2ⁿ together: `n` are just enough for trust 2ⁿ⁻¹ + 1, and n − 1 are not.
    pub fn trust(&self) -> u64 {
        match (self.trust, self.replication) {
            (Some(trust), _) => trust,
            (None, Some(0 | 1) | None) => 1,
            (None, Some(replicas)) => {
                let power = u32::try_from(replicas - 1).unwrap_or(u32::MAX);
                2_u64.checked_pow(power).map_or(u64::MAX, |half| half + 1)
            }
        }
    }

    /// Returns how many unanimous newcomers it needs, one at least.
    pub fn newcomers(&self) -> u64 {
        // The fewest whose weight 2ⁿ is more than trust − 1.
        let bits = u64::BITS - self.trust().saturating_sub(1).leading_zeros();
        u64::from(bits).max(1)
    }

    /// Returns the command line, whichever way it is written.
    pub fn command_line(&self) -> &str {
        let written = self.args.as_deref().or(self.cmdline.as_deref());
        written.unwrap_or("")
    }
}

impl Setting for IndexMap<String, String> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            return reader.expected(node, "a table of texts", "{ KEY = \"value\" }");
        };
        let read = table.iter().filter_map(|(key, entry)| {
            let value = String::read(&entry.node, reader)?;
            Some((key.clone(), value))
        });
        Some(read.collect())
    }

    fn write(&self) -> Option<Node> {
        let entries = self.iter().map(|(key, value)| {
            let entry = Entry {
                key: Span::default(),
                node: Node::text(value.as_str()),
            };
            (key.clone(), entry)
        });
        Some(Value::Table(entries.collect::<Table>()).into())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}
