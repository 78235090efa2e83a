//! Changes of the cast in the middle of a run: `set = { "pool.dear.price" = "3 RLC" }`.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::WorkerBehaviour;
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        document::{Diagnostic, Entry, Node, Reader, Setting, Span, Table, Value, nearest},
        unit::Factor,
    },
};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A pool asks another price from now on.
    PoolPrice(Name, Nrlc),
    /// A pool offers so many more tasks from now on.
    PoolVolume(Name, u64),
    /// An app asks another price from now on.
    AppPrice(Name, Nrlc),
    /// A worker or a group computes at another speed.
    WorkerSpeed(Name, Factor),
    /// A worker or a group behaves otherwise.
    WorkerBehaviour(Name, WorkerBehaviour),
    /// A worker or a group has another score.
    WorkerScore(Name, u64),
}

/// What can be changed.
const CHANGEABLE: [&str; 6] = [
    "pool.price",
    "pool.volume",
    "app.price",
    "worker.speed",
    "worker.behaviour",
    "worker.score",
];

impl Change {
    /// Returns the path of what changes.
    pub fn path(&self) -> String {
        match self {
            Self::PoolPrice(name, _) => format!("pool.{name}.price"),
            Self::PoolVolume(name, _) => format!("pool.{name}.volume"),
            Self::AppPrice(name, _) => format!("app.{name}.price"),
            Self::WorkerSpeed(name, _) => format!("worker.{name}.speed"),
            Self::WorkerBehaviour(name, _) => format!("worker.{name}.behaviour"),
            Self::WorkerScore(name, _) => format!("worker.{name}.score"),
        }
    }

    fn value(&self) -> Option<Node> {
        match self {
            Self::PoolPrice(_, price) | Self::AppPrice(_, price) => price.write(),
            Self::PoolVolume(_, number) | Self::WorkerScore(_, number) => number.write(),
            Self::WorkerSpeed(_, speed) => speed.write(),
            Self::WorkerBehaviour(_, behaviour) => behaviour.write(),
        }
    }

    fn read(path: &str, entry: &Entry, reader: &mut Reader<'_>) -> Option<Self> {
        let node = &entry.node;
        let mut parts = path.split('.');
        let (kind, name, what) = (parts.next()?, parts.next(), parts.next());
        let extra = parts.next().is_some();
        let known = match (kind, what) {
            _ if extra => None,
            ("pool", Some("price")) => Some(
                Nrlc::read(node, reader)
                    .map(|price| Self::PoolPrice(name.unwrap_or_default().into(), price)),
            ),
            ("pool", Some("volume")) => Some(
                u64::read(node, reader)
                    .map(|volume| Self::PoolVolume(name.unwrap_or_default().into(), volume)),
            ),
            ("app", Some("price")) => Some(
                Nrlc::read(node, reader)
                    .map(|price| Self::AppPrice(name.unwrap_or_default().into(), price)),
            ),
            ("worker", Some("speed")) => Some(
                Factor::read(node, reader)
                    .map(|speed| Self::WorkerSpeed(name.unwrap_or_default().into(), speed)),
            ),
            ("worker", Some("behaviour")) => {
                Some(WorkerBehaviour::read(node, reader).map(|behaviour| {
                    Self::WorkerBehaviour(name.unwrap_or_default().into(), behaviour)
                }))
            }
            ("worker", Some("score")) => Some(
                u64::read(node, reader)
                    .map(|score| Self::WorkerScore(name.unwrap_or_default().into(), score)),
            ),
            _ => None,
        };
        known.unwrap_or_else(|| {
            reader.complain(unchangeable(path, entry.key));
            None
        })
    }
}

fn unchangeable(path: &str, span: Span) -> Diagnostic {
    let one = Diagnostic::error(span, format!("`{path}` cannot be changed during a run"));
    let (first, last) = (path.split('.').next(), path.split('.').next_back());
    let bare = format!("{}.{}", first.unwrap_or(""), last.unwrap_or(""));
    match nearest(&bare, CHANGEABLE) {
        Some(near) => {
            let (kind, what) = near.split_once('.').unwrap_or((near, ""));
            one.help(format!("did you mean `{kind}.NAME.{what}`?"))
        }
        None => one.help(
            "what can be changed is the price and volume of a pool, the price of an app, the \
             speed, behaviour and score of a worker",
        ),
    }
}

/// Several changes at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes(pub Vec<Change>);

impl Setting for Changes {
    /// Reads `{ "pool.dear.price" = … }` as well as `pool.dear.price = …` written as keys.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            return reader.expected(node, "changes", "{ \"pool.main.price\" = \"2 RLC\" }");
        };
        let mut changes = Vec::new();
        flatten("", table, &mut |path, entry| {
            changes.extend(Change::read(path, entry, reader));
        });
        Some(Self(changes))
    }

    fn write(&self) -> Option<Node> {
        let entries = self.0.iter().filter_map(|change| {
            let entry = Entry {
                key: Span::default(),
                node: change.value()?,
            };
            Some((change.path(), entry))
        });
        Some(Value::Table(entries.collect()).into())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

/// Visits the leaves of nested tables with their dotted paths.
pub(crate) fn flatten(prefix: &str, table: &Table, visit: &mut impl FnMut(&str, &Entry)) {
    for (key, entry) in table {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match &entry.node.value {
            Value::Table(inner) => flatten(&path, inner, visit),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_) => visit(&path, entry),
        }
    }
}
