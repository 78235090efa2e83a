//! Expectations as they are written.

use std::{fmt, time::Duration};

use indexmap::IndexMap;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::set::flatten;
use crate::{
    protocol::Name,
    scenario::{
        document::{
            Diagnostic, Entry, Fields, Node, Reader, Setting, Span, Table, Value, listed, nearest,
            words,
        },
        expect::{EventPattern, Kind, Matcher, Subject, ValuePath},
        judge::compile,
        unit::Unit,
    },
};

words! {
    /// What becomes of a run when an expectation does not hold.
    "a severity"
    pub enum Severity {
        /// The run fails.
        Error = "error",
        /// It is told, and the run does not fail: for numbers that depend on the machine.
        Warn = "warn",
    }
}

/// When an expectation must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// When the run is over.
    End,
    /// At every block.
    Always,
    /// At some block, or between two after a change to book or workers; from then on as long as
    /// `for` says.
    Eventually,
    /// At a moment of the run.
    At(Duration),
    /// Right after the entry of the timeline with this label.
    After(Name),
}

impl Setting for When {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let example = "\"end\", \"always\", \"eventually\", \"at 9m\", \"after LABEL\"";
        let Some(text) = node.as_text() else {
            return reader.expected(node, "a moment", example);
        };
        let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let wrong = match (word, rest.trim()) {
            ("end", "") => return Some(Self::End),
            ("always", "") => return Some(Self::Always),
            ("eventually", "") => return Some(Self::Eventually),
            ("after", label) if !label.is_empty() => return Some(Self::After(label.into())),
            ("at", moment) => match <Duration as Unit>::parse(moment) {
                Ok(moment) => return Some(Self::At(moment)),
                Err(wrong) => wrong.to_string(),
            },
            _ => format!("`{text}` is not a moment"),
        };
        reader.complain(Diagnostic::error(node.span, wrong).help(format!("there is {example}")));
        None
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(match self {
            Self::End => "end".to_owned(),
            Self::Always => "always".to_owned(),
            Self::Eventually => "eventually".to_owned(),
            Self::At(moment) => format!("at {}", moment.print()),
            Self::After(label) => format!("after {label}"),
        }))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(end|always|eventually|at .+|after .+)$",
        })
    }
}

/// A path and what its value must be.
#[derive(Clone, Debug, PartialEq)]
pub struct PathCheck {
    /// The path.
    pub path: ValuePath,
    /// What its value must be.
    pub matcher: Matcher,
    /// Where it is written.
    pub origin: Origin,
}

impl fmt::Display for PathCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, matcher, .. } = self;
        match matcher {
            Matcher::IsNot(_) | Matcher::Compare(..) | Matcher::Matches(_) => {
                write!(f, "{path} {matcher}")
            }
            Matcher::Any | Matcher::Is(_) | Matcher::Between(..) | Matcher::Set(_) => {
                write!(f, "{path} = {matcher}")
            }
        }
    }
}

/// The line something is written in, if it was written. It is no part of what is meant: any two
/// are equal.
#[derive(Copy, Clone, Debug, Default)]
pub struct Origin(pub Option<u64>);

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Origin {
    fn of(span: Span, reader: &Reader<'_>) -> Self {
        Self((span != Span::default()).then(|| reader.line(span)))
    }
}

/// An expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// What it is called.
    pub name: Option<String>,
    /// When it must hold.
    pub when: When,
    /// How long it must go on to hold, with `eventually`.
    pub r#for: Option<Duration>,
    /// Paths and what their values must be.
    pub paths: Vec<PathCheck>,
    /// Something that must happen.
    pub event: Option<EventPattern>,
    /// How often it must happen; without it, at least once.
    pub count: Option<Matcher>,
    /// How soon it must happen, from the start of the run or from the label of `when`.
    pub within: Option<Duration>,
    /// What must not happen.
    pub never: Vec<EventPattern>,
    /// What must happen in this order.
    pub order: Vec<EventPattern>,
    /// An expression that must be true.
    pub check: Option<String>,
    /// In which share of its seeds it must hold, cell by cell of a sweep; without it, in all.
    pub rate: Option<Matcher>,
    /// In which cells of a sweep it must hold.
    pub r#where: IndexMap<Name, Node>,
    /// The one difference of a second run that is judged instead.
    pub whatif: IndexMap<String, Node>,
    /// What becomes of the run when it does not hold.
    pub severity: Severity,
    /// Why it should hold; printed when it does not.
    pub why: Option<String>,
    /// A remark for readers.
    pub note: Option<String>,
    /// Where it is written.
    pub origin: Origin,
}

impl Setting for Expect {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut fields = Fields::of(node, "[[expect]]", reader)?;
        let count = read_matcher(&mut fields, "count", Kind::Number, reader);
        let expect = Self {
            name: fields.optional("name", reader, || None)?,
            when: fields.optional("when", reader, || When::End)?,
            r#for: fields.optional("for", reader, || None)?,
            event: fields.optional("event", reader, || None)?,
            count,
            within: fields.optional("within", reader, || None)?,
            never: fields.optional("never", reader, Vec::new)?,
            order: fields.optional("order", reader, Vec::new)?,
            check: fields.optional("check", reader, || None)?,
            rate: read_matcher(&mut fields, "rate", Kind::Share, reader),
            r#where: read_where(&mut fields, reader),
            whatif: read_flat(
                &mut fields,
                "whatif",
                (
                    "the difference of a second run",
                    "{ \"task.job.category\" = \"s\" }",
                ),
                reader,
            ),
            severity: fields.optional("severity", reader, || Severity::Error)?,
            why: fields.optional("why", reader, || None)?,
            note: fields.optional("note", reader, || None)?,
            paths: read_paths(&fields, reader),
            origin: Origin::of(node.span, reader),
        };
        expect.complain(node, reader);
        Some(expect)
    }

    fn write(&self) -> Option<Node> {
        let mut table = Table::new();
        let mut put = |key: &str, node: Option<Node>| {
            if let Some(node) = node {
                let span = Span::default();
                table.insert(key.to_owned(), Entry { key: span, node });
            }
        };
        let some = |list: &Vec<EventPattern>| (!list.is_empty()).then(|| list.write()).flatten();
        put("name", self.name.write());
        put(
            "when",
            if self.when == When::End {
                None
            } else {
                self.when.write()
            },
        );
        put("for", self.r#for.write());
        for check in &self.paths {
            put(&check.path.to_string(), Some(check.matcher.write()));
        }
        put("event", self.event.write());
        put("count", self.count.as_ref().map(Matcher::write));
        put("within", self.within.write());
        put("never", some(&self.never));
        put("order", some(&self.order));
        put("check", self.check.write());
        put("rate", self.rate.as_ref().map(Matcher::write));
        let nodes = |entries: Vec<(String, &Node)>| {
            let entries = entries.into_iter().map(|(key, node)| {
                let node = node.clone();
                let span = Span::default();
                (key, Entry { key: span, node })
            });
            let table: Table = entries.collect();
            (!table.is_empty()).then(|| Value::Table(table).into())
        };
        let place = |(key, node): (&Name, _)| (key.to_string(), node);
        put("where", nodes(self.r#where.iter().map(place).collect()));
        let difference = |(key, node): (&String, _)| (key.clone(), node);
        put(
            "whatif",
            nodes(self.whatif.iter().map(difference).collect()),
        );
        if self.severity != Severity::Error {
            put("severity", self.severity.write());
        }
        put("why", self.why.write());
        put("note", self.note.write());
        Some(Value::Table(table).into())
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string" });
        let matcher = json_schema!({ "type": ["string", "number", "boolean", "array"] });
        let event = EventPattern::schema(generator);
        let events = Vec::<EventPattern>::schema(generator);
        let mut properties = serde_json::Map::new();
        let mut put = |key: &str, schema: &Schema| {
            properties.insert(key.to_owned(), schema.clone().to_value());
        };
        for key in ["name", "for", "within", "check", "why", "note"] {
            put(key, &text);
        }
        put("when", &When::schema(generator));
        put("severity", &Severity::schema(generator));
        put("event", &event);
        put("never", &events);
        put("order", &events);
        put("count", &matcher);
        put("rate", &matcher);
        for key in ["where", "whatif"] {
            put(key, &json_schema!({ "type": "object" }));
        }
        for (_, word) in Subject::ALL {
            put(word, &json_schema!({ "type": "object" }));
        }
        json_schema!({
            "type": "object",
            "description": "What must be true.",
            "properties": properties,
            "patternProperties": {
                "^(task|worker|pool|account|app|dataset|kitty|book|chain|run)\\.": matcher,
            },
            "additionalProperties": false,
        })
    }
}

fn read_matcher(
    fields: &mut Fields<'_>,
    key: &'static str,
    kind: Kind,
    reader: &mut Reader<'_>,
) -> Option<Matcher> {
    let entry = fields.entry(key)?;
    Matcher::read(&entry.node, kind, reader)
}

/// Reads the cells an expectation is about: variables by name, other axes by their path.
fn read_where(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> IndexMap<Name, Node> {
    let example = (
        "the cells of a sweep",
        "{ liars = 0, pool.main.price = \"1 RLC\" }",
    );
    let cells = read_flat(fields, "where", example, reader);
    let cells = cells.into_iter();
    cells.map(|(path, node)| (path.into(), node)).collect()
}

/// Reads values by their paths, written as `"task.late.category" = "s"` or nested.
fn read_flat(
    fields: &mut Fields<'_>,
    key: &'static str,
    (what, example): (&str, &str),
    reader: &mut Reader<'_>,
) -> IndexMap<String, Node> {
    let mut values = IndexMap::new();
    let Some(entry) = fields.entry(key) else {
        return values;
    };
    match &entry.node.value {
        Value::Table(table) => flatten("", table, &mut |path, entry| {
            values.insert(path.to_owned(), entry.node.clone());
        }),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::List(_) => {
            reader.expected::<()>(&entry.node, what, example);
        }
    }
    values
}

/// Reads every key that is a path, and complains about those that are neither path nor key.
fn read_paths(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Vec<PathCheck> {
    let mut table = Table::new();
    for (key, entry) in fields.rest() {
        let first = key.split('.').next().unwrap_or(key);
        if Subject::from_word(first).is_some() {
            table.insert(key.to_owned(), entry.clone());
        } else {
            let subjects = Subject::ALL.map(|(_, word)| word);
            let known = [fields.asked(), &subjects].concat();
            let one = Diagnostic::error(entry.key, format!("[[expect]] has no `{first}`"));
            reader.complain(match nearest(first, known.iter().copied()) {
                Some(near) => one.help(format!("did you mean `{near}`?")),
                None => one.help(format!("it has {}", listed(&known))),
            });
        }
    }
    let mut paths = Vec::new();
    flatten("", &table, &mut |path, entry| {
        let Some(path) = ValuePath::read_at(path, entry.key, reader) else {
            return;
        };
        if let Some(matcher) = Matcher::read(&entry.node, path.kind, reader) {
            paths.push(PathCheck {
                path,
                matcher,
                origin: Origin::of(entry.key, reader),
            });
        }
    });
    paths
}

fn wrong_expression(span: Span, wrong: &str, reader: &mut Reader<'_>) {
    let one = Diagnostic::error(span, format!("this is not an expression: {wrong}"));
    let help = "expressions are written in CEL: `task.all(t, t.winners <= t.contributions)`";
    reader.complain(one.help(help));
}

/// Keys that judge nothing by themselves.
const REMARKS: [&str; 11] = [
    "name", "when", "for", "count", "within", "rate", "where", "whatif", "severity", "why", "note",
];

impl Expect {
    /// Returns what it is called: its name, or what it says.
    pub fn title(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        if let Some(check) = self.paths.first() {
            return check.to_string();
        }
        if let Some(event) = &self.event {
            return event.to_string();
        }
        if let Some(never) = self.never.first() {
            return format!("never {never}");
        }
        if let (Some(first), Some(last)) = (self.order.first(), self.order.last()) {
            return format!("{first} before {last}");
        }
        self.check.clone().unwrap_or_default()
    }

    /// Complains about combinations that say nothing or can never hold.
    fn complain(&self, node: &Node, reader: &mut Reader<'_>) {
        let span = |key: &str| {
            let entry = node.as_table().and_then(|table| table.get(key));
            entry.map_or(node.span, |entry| entry.node.span)
        };
        if let Some(Err(wrong)) = self.check.as_deref().map(compile) {
            wrong_expression(span("check"), &wrong, reader);
        }
        let mut wrong = |key: &str, message: &str, help: &str| {
            reader.complain(Diagnostic::error(span(key), message).help(help));
        };
        let repeated = matches!(self.when, When::Always | When::Eventually);
        if repeated && (self.event.is_some() || !self.never.is_empty() || !self.order.is_empty()) {
            let help = "events are judged over the whole run; leave `when` out";
            wrong("when", "an event is not looked for at every block", help);
        }
        let judges = !self.paths.is_empty()
            || self.event.is_some()
            || !self.never.is_empty()
            || !self.order.is_empty()
            || self.check.is_some();
        let table = node.as_table();
        let written = |key: &str| table.is_some_and(|table| table.contains_key(key));
        // A key that judges but was not understood has been complained about already.
        let unread =
            table.is_some_and(|table| table.keys().any(|key| !REMARKS.contains(&key.as_str())));
        if !judges && !unread {
            let help =
                "add a path such as `task.job.status = \"COMPLETED\"`, an `event` or a `check`";
            wrong("", "this expectation expects nothing", help);
        }
        let is_empty = |key: &str| {
            let entry = table.and_then(|table| table.get(key));
            let within = entry.and_then(|entry| entry.node.as_table());
            within.is_some_and(Table::is_empty)
        };
        if is_empty("whatif") {
            let help = "write `{ \"task.job.category\" = \"s\" }`, or leave it out";
            wrong("whatif", "a second run that differs in nothing", help);
        }
        if is_empty("where") {
            let help = "write `{ liars = 2 }`, or leave it out";
            wrong("where", "this chooses no cells", help);
        }
        if self.count.as_ref().is_some_and(Matcher::is_zero) {
            let help = "write `never = …`: a count of nothing also passes when the name is wrong";
            wrong("count", "`count = 0` is refused", help);
        }
        if self.count.is_some() && !written("event") {
            wrong(
                "count",
                "`count` counts an `event`, and there is none",
                "add `event = …`",
            );
        }
        if self.within.is_some() && !written("event") && self.order.is_empty() {
            wrong(
                "within",
                "`within` bounds an `event`, and there is none",
                "add `event = …`",
            );
        }
        if self.r#for.is_some() && self.when != When::Eventually {
            let help = "add `when = \"eventually\"`";
            wrong(
                "for",
                "`for` says how long something must hold once it does",
                help,
            );
        }
    }
}
