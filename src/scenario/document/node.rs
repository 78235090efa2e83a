//! A scenario file as a tree in which everything knows its place, before it means anything.

use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};

use super::{Diagnostic, Span};

/// The deepest nesting that is read.
const DEPTH_MAX: usize = 100;

/// The most dots that keys inside one another may have together.
const DOTS_MAX: usize = 200;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it is written.
    pub span: Span,
    /// What is written.
    pub value: Value,
}

impl PartialEq for Node {
    /// Two nodes are equal when they say the same, wherever they say it.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// What can be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string, or a date and time as text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with decimals.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Several values.
    List(Vec<Node>),
    /// Keys and values, in the order of the file.
    Table(Table),
}

/// Keys and values, in the order of the file.
pub type Table = IndexMap<String, Entry>;

/// One line of a table.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where its key is written.
    pub key: Span,
    /// Its value.
    pub node: Node,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl From<Value> for Node {
    /// Returns a value that was never written anywhere.
    fn from(value: Value) -> Self {
        Self {
            span: Span::default(),
            value,
        }
    }
}

impl Node {
    /// Returns a string that was never written anywhere.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into()).into()
    }

    /// Returns the kind of value, with its article.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// Returns the table, if it is one.
    pub(crate) fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_) => None,
        }
    }

    /// Returns the text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_)
            | Value::Table(_) => None,
        }
    }

    /// Returns the number, if it is one.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            Value::Text(_) | Value::Boolean(_) | Value::List(_) | Value::Table(_) => None,
        }
    }

    /// Returns the scalar as it would be written inside a text; none for lists and tables.
    pub(crate) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Boolean(yes) => Some(yes.to_string()),
            Value::List(_) | Value::Table(_) => None,
        }
    }

    /// Returns the value at `path`, whose elements are keys or positions in lists.
    pub fn find(&self, path: &[&str]) -> Option<&Self> {
        let mut node = self;
        for key in path {
            node = match &node.value {
                Value::Table(table) => &table.get(*key)?.node,
                Value::List(list) => list.get(key.parse::<usize>().ok()?)?,
                Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {
                    return None;
                }
            };
        }
        Some(node)
    }

    /// Returns the line of a table at `path`, whose elements are keys or positions in lists.
    pub fn locate(&self, path: &[&str]) -> Option<&Entry> {
        let (last, parents) = path.split_last()?;
        self.find(parents)?.as_table()?.get(*last)
    }

    /// Says that this value and all within it are written at `span`.
    pub(crate) fn place(&mut self, span: Span) {
        self.span = span;
        match &mut self.value {
            Value::List(list) => list.iter_mut().for_each(|node| node.place(span)),
            Value::Table(table) => {
                for entry in table.values_mut() {
                    entry.key = span;
                    entry.node.place(span);
                }
            }
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {}
        }
    }

    /// Reads a TOML text.
    ///
    /// # Errors
    ///
    /// Every mistake of spelling, each with its place.
    pub(crate) fn parse(file: u16, text: &str) -> Result<Self, Vec<Diagnostic>> {
        if let Some(at) = tower(text) {
            let span = Span {
                file,
                start: at,
                end: at + 1,
            };
            let message = format!("keys nest more than {DOTS_MAX} levels deep");
            return Err(vec![Diagnostic::error(span, message)]);
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let complaints = errors.iter().map(|error| spelling(file, text, error));
            return Err(complaints.collect());
        }
        let span = table.span();
        let mut wrong = Vec::new();
        let value = read_table(file, table.into_inner(), 0, &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            span: place(file, span),
            value: Value::Table(value),
        })
    }
}

/// The byte at which keys have piled up too many levels of tables, if they do.
///
/// The parser bounds brackets but not dots, and a tower of a million tables could not even be
/// taken down again. Texts are counted along with keys: prose stays far below the bound.
fn tower(text: &str) -> Option<usize> {
    let (mut key, mut pending) = (0_usize, 0_usize);
    let (mut open, mut below) = (Vec::new(), 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'.' => key += 1,
            b'=' => (key, pending) = (0, key),
            b'{' => {
                open.push(pending);
                below += pending;
                (key, pending) = (0, 0);
            }
            b'}' => below -= open.pop().unwrap_or(0),
            b'\n' | b',' => (key, pending) = (0, 0),
            _ => {}
        }
        if below + key > DOTS_MAX {
            return Some(at);
        }
    }
    None
}

fn place(file: u16, span: std::ops::Range<usize>) -> Span {
    Span {
        file,
        start: span.start,
        end: span.end,
    }
}

fn spelling(file: u16, text: &str, error: &toml::de::Error) -> Diagnostic {
    let end = text.len();
    let span = place(file, error.span().unwrap_or(end..end));
    let message = error.message().replace('\n', ", ");
    let help = match message.contains("with a dotted key") {
        true => "what has a value cannot have parts as well: write one of the two in another table",
        false => "keys are `key = value`, texts stand in \"quotes\", sections in [brackets]",
    };
    Diagnostic::error(span, message)
        .label("this is not TOML")
        .help(help)
}

fn read_table(file: u16, table: DeTable<'_>, depth: usize, wrong: &mut Vec<Diagnostic>) -> Table {
    let entries = table.into_iter().map(|(key, value)| {
        let entry = Entry {
            key: place(file, key.span()),
            node: read_value(file, value, depth + 1, wrong),
        };
        (key.into_inner().into_owned(), entry)
    });
    entries.collect()
}

fn read_value(
    file: u16,
    value: toml::Spanned<DeValue<'_>>,
    depth: usize,
    wrong: &mut Vec<Diagnostic>,
) -> Node {
    let span = place(file, value.span());
    if depth > DEPTH_MAX {
        wrong.push(Diagnostic::error(span, "nested too deeply"));
        return Node {
            span,
            value: Value::Boolean(false),
        };
    }
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            if read.is_err() {
                wrong.push(
                    Diagnostic::error(span, format!("`{number}` is too large a number"))
                        .help("whole numbers go up to 9223372036854775807"),
                );
            }
            Value::Integer(read.unwrap_or_default())
        }
        DeValue::Float(number) => {
            let read = number.as_str().parse::<f64>();
            let read = read.ok().filter(|number| number.is_finite());
            if read.is_none() {
                wrong.push(Diagnostic::error(
                    span,
                    format!("`{number}` is not a number"),
                ));
            }
            Value::Float(read.unwrap_or_default())
        }
        DeValue::Boolean(yes) => Value::Boolean(yes),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(list) => Value::List(
            list.into_iter()
                .map(|item| read_value(file, item, depth + 1, wrong))
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(read_table(file, table, depth, wrong)),
    };
    Node { span, value }
}
