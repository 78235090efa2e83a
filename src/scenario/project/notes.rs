//! What became of each field of a project file. Rule: a field is read, or it is told why it is not.

use std::ops::Range;

use crate::scenario::document::{Diagnostic, Diagnostics, Sources, Span};

use super::reader::{Member, Node, Value};

/// The most characters of a field's path that are shown.
const PATH_MAX: usize = 120;

/// A field of the project file that the scenario does not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The keys that lead to it, such as `order.buy.app`.
    pub field: String,
    /// Its line in the project file, from 1.
    pub line: usize,
    /// Why, and what to do about it.
    pub reason: String,
}

/// A value of the project file and where it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read<T> {
    pub(super) value: T,
    /// The keys that lead to it.
    pub(super) field: String,
    /// Its line, from 1.
    pub(super) line: usize,
    pub(super) span: Range<usize>,
}

impl<T> Read<T> {
    /// Returns another value that comes from the same place.
    pub(super) fn with<U>(&self, value: U) -> Read<U> {
        Read {
            value,
            field: self.field.clone(),
            line: self.line,
            span: self.span.clone(),
        }
    }

    /// Returns where it comes from, for a comment.
    pub(super) fn origin(&self) -> String {
        format!("{}, line {}", self.field, self.line)
    }
}

/// Collects what is ignored and what is wrong while a project is read.
pub(super) struct Notes {
    /// Where each line begins.
    lines: Vec<usize>,
    pub(super) ignored: Vec<Ignored>,
    pub(super) wrong: Vec<Diagnostic>,
}

impl Notes {
    pub(super) fn new(text: &str) -> Self {
        let newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            lines: std::iter::once(0).chain(newlines).collect(),
            ignored: Vec::new(),
            wrong: Vec::new(),
        }
    }

    /// Returns the line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// Complains about a stretch of the file.
    pub(super) fn refuse(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.wrong
            .push(Diagnostic::error(place(span), message).help(help));
    }

    /// Says that a field, or every field below it, is not used.
    pub(super) fn ignore(&mut self, field: &str, node: &Node, reason: &str) {
        match &node.value {
            Value::Object(members) if !members.is_empty() => {
                for member in members {
                    self.ignore(&join(field, &member.key), &member.node, reason);
                }
            }
            Value::Object(_)
            | Value::List(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_) => self.ignored.push(Ignored {
                field: field.to_owned(),
                line: self.line(node.span.start),
                reason: reason.to_owned(),
            }),
        }
    }

    /// Says that a value that was read is not used after all.
    pub(super) fn note<T>(&mut self, read: &Read<T>, reason: &str) {
        self.ignored.push(Ignored {
            field: read.field.clone(),
            line: read.line,
            reason: reason.to_owned(),
        });
    }

    /// Returns everything that is wrong, if anything is.
    pub(super) fn finish(self, sources: Sources) -> Result<Vec<Ignored>, Diagnostics> {
        if !self.wrong.is_empty() {
            return Err(Diagnostics::new(sources, self.wrong));
        }
        let mut ignored = self.ignored;
        ignored.sort_by_key(|one| one.line);
        Ok(ignored)
    }
}

/// An object of the project file, being read field by field.
pub(super) struct Section<'n> {
    field: String,
    pub(super) span: Range<usize>,
    left: Vec<&'n Member>,
}

/// One field, taken out of its section.
#[derive(Clone)]
pub(super) struct Field<'n> {
    pub(super) name: String,
    pub(super) key: Range<usize>,
    pub(super) node: &'n Node,
}

impl<'n> Section<'n> {
    /// Opens the whole project.
    pub(super) fn root(node: &'n Node, notes: &mut Notes) -> Option<Self> {
        Self::open(String::new(), node, notes)
    }

    fn open(field: String, node: &'n Node, notes: &mut Notes) -> Option<Self> {
        let Value::Object(members) = &node.value else {
            let what = if field.is_empty() {
                "the project"
            } else {
                &field
            };
            let message = format!("`{what}` is {}, not an object", kind(&node.value));
            notes.refuse(&node.span, message, "write `{ key: value, … }`");
            return None;
        };
        Some(Self {
            field,
            span: node.span.clone(),
            left: members.iter().collect(),
        })
    }

    /// Takes the field called by one of `names`; the last one counts, as in JavaScript.
    pub(super) fn take(&mut self, names: &[&str], notes: &mut Notes) -> Option<Field<'n>> {
        let (mut found, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.left)
            .into_iter()
            .partition(|member| names.contains(&member.key.as_str()));
        self.left = left;
        let last = found.pop();
        for earlier in found {
            let field = join(&self.field, &earlier.key);
            notes.ignore(&field, &earlier.node, "it is written again below");
        }
        let member = last?;
        let name = join(&self.field, &member.key);
        if member.node.value == Value::Null {
            notes.ignore(&name, &member.node, "it is empty");
            return None;
        }
        Some(Field {
            name,
            key: member.key_span.clone(),
            node: &member.node,
        })
    }

    /// Opens the object in a field.
    pub(super) fn of(field: &Field<'n>, notes: &mut Notes) -> Option<Self> {
        Self::open(field.name.clone(), field.node, notes)
    }

    /// Takes the object called by one of `names`.
    pub(super) fn section(&mut self, names: &[&str], notes: &mut Notes) -> Option<Self> {
        let field = self.take(names, notes)?;
        Self::open(field.name, field.node, notes)
    }

    /// Says that the fields called so are not used.
    pub(super) fn ignore(&mut self, names: &[&str], reason: &str, notes: &mut Notes) {
        for name in names {
            if let Some(field) = self.take(&[name], notes) {
                notes.ignore(&field.name, field.node, reason);
            }
        }
    }

    /// Says that whatever was not taken is not used.
    pub(super) fn close(self, reason: &str, notes: &mut Notes) {
        for member in self.left {
            notes.ignore(&join(&self.field, &member.key), &member.node, reason);
        }
    }
}

/// Returns the place of a stretch of the one file there is.
pub(super) fn place(span: &Range<usize>) -> Span {
    Span {
        file: 0,
        start: span.start,
        end: span.end,
    }
}

/// Returns what a value is, with its article.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Returns the path of `key` below `field`, short and on one line whatever somebody wrote as keys.
fn join(field: &str, key: &str) -> String {
    let key: String = key
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    let path = if field.is_empty() {
        key
    } else {
        format!("{field}.{key}")
    };
    if path.chars().count() <= PATH_MAX {
        return path;
    }
    let cut: String = path.chars().take(PATH_MAX - 1).collect();
    cut + "…"
}
