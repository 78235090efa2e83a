//! Sweeps: what varies, and what is measured.

use indexmap::IndexMap;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::{
    protocol::Name,
    scenario::{
        document::{Diagnostic, Entry, Fields, Node, Reader, Setting, Span, Table, Value, table},
        expect::ValuePath,
    },
};

/// The most values an axis may have.
const AXIS_MAX: i64 = 100_000;

/// What a sweep varies: every combination of the axes is a cell, run with so many seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Variables, or dotted paths into the scenario, and their values.
    pub axes: IndexMap<Name, Axis>,
    /// How many seeds each cell is run with.
    pub seeds: u64,
}

impl Default for Matrix {
    fn default() -> Self {
        Self {
            axes: IndexMap::new(),
            seeds: 1,
        }
    }
}

impl Setting for Matrix {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut fields = Fields::of(node, "[matrix]", reader)?;
        let seeds = fields.optional("seeds", reader, || 1)?;
        if seeds == 0 {
            reader.complain(
                Diagnostic::error(node.span, "a sweep without seeds runs nothing")
                    .help("write `seeds = 1` or more"),
            );
        }
        let mut axes = IndexMap::new();
        for (name, entry) in fields.rest() {
            if let Some(axis) = Axis::read(&entry.node, reader) {
                axes.insert(Name::from(name), axis);
            }
        }
        Some(Self { axes, seeds })
    }

    fn write(&self) -> Option<Node> {
        let mut table = Table::new();
        let mut put = |key: &str, node: Node| {
            let span = Span::default();
            table.insert(key.to_owned(), Entry { key: span, node });
        };
        for (name, axis) in &self.axes {
            put(name, axis.write()?);
        }
        if self.seeds != 1 {
            put("seeds", self.seeds.write()?);
        }
        Some(Value::Table(table).into())
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": { "seeds": { "type": "integer", "minimum": 1 } },
            "additionalProperties": Axis::schema(generator),
        })
    }
}

/// The values of one axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// Whole numbers, both ends included: `"0 .. 7"`.
    Range(i64, i64),
    /// Any values: `[2, 3, 5]`.
    List(Vec<Node>),
}

impl Axis {
    /// Returns how many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Range(first, last) => usize::try_from(last - first).map_or(0, |gaps| gaps + 1),
            Self::List(list) => list.len(),
        }
    }

    /// Returns whether there is no value; an axis that was read has some.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the values.
    pub fn values(&self) -> Vec<Node> {
        match self {
            Self::Range(first, last) => (*first..=*last)
                .map(|number| Value::Integer(number).into())
                .collect(),
            Self::List(list) => list.clone(),
        }
    }
}

impl Setting for Axis {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let example = "\"0 .. 7\" or [2, 3, 5]";
        match &node.value {
            Value::List(list) if list.is_empty() => {
                reader.complain(
                    Diagnostic::error(node.span, "an axis without values runs nothing")
                        .help(format!("for example `{example}`")),
                );
                None
            }
            Value::List(list) => {
                let again = |at: &usize| list[..*at].contains(&list[*at]);
                if let Some(twice) = (1..list.len()).find(again) {
                    let value = list[twice].to_outside();
                    let message = format!("`{value}` is there twice");
                    reader.complain(
                        Diagnostic::error(list[twice].span, message)
                            .help("`seeds` runs every cell several times"),
                    );
                }
                Some(Self::List(list.clone()))
            }
            Value::Text(text) => {
                let ends = text.split_once("..").and_then(|(first, last)| {
                    let first = first.trim().parse::<i64>().ok()?;
                    let last = last.trim().parse::<i64>().ok()?;
                    let count = last.checked_sub(first)?;
                    (0..AXIS_MAX).contains(&count).then_some((first, last))
                });
                if ends.is_none() {
                    reader.complain(
                        Diagnostic::error(node.span, format!("`{text}` is not a range of numbers"))
                            .help(format!(
                                "for example `{example}`, at most {AXIS_MAX} values"
                            )),
                    );
                }
                ends.map(|(first, last)| Self::Range(first, last))
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Table(_) => {
                reader.expected(node, "the values of an axis", example)
            }
        }
    }

    fn write(&self) -> Option<Node> {
        Some(match self {
            Self::Range(first, last) => Node::text(format!("{first} .. {last}")),
            Self::List(list) => Value::List(list.clone()).into(),
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "examples": ["0 .. 7", [2, 3, 5]] })
    }
}

table! {
    /// A column of a sweep.
    "[[measure]]"
    pub struct Measure {
        /// What the column is called.
        name: String,
        /// The path whose value it holds.
        value: ValuePath,
        /// What it means; shown with its plot.
        note: Option<String> = None,
    }
}
