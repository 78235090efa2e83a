//! How the plain values of the language are read: texts, numbers, names, lists.

use indexmap::IndexMap;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Diagnostic, Entry, Node, Reader, Setting, Span, Value};
use crate::protocol::Name;

/// The longest name.
const NAME_MAX: usize = 64;

/// What a variable looks like where it stands for a whole value.
pub(crate) const VARIABLE: &str = r"^\$\{[^}]+\}$";

/// The schema of a value that is no text: a variable may stand for it.
fn or_variable(value: Schema) -> Schema {
    json_schema!({ "anyOf": [value, { "type": "string", "pattern": VARIABLE }] })
}

impl<T: Setting> Setting for Option<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Some)
    }

    fn write(&self) -> Option<Node> {
        self.as_ref().and_then(T::write)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

impl<T: Setting> Setting for Vec<T> {
    /// One value stands for a list of one.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::List(list) => Some(
                list.iter()
                    .filter_map(|item| T::read(item, reader))
                    .collect(),
            ),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Table(_) => Some(vec![T::read(node, reader)?]),
        }
    }

    fn write(&self) -> Option<Node> {
        Some(Value::List(self.iter().filter_map(T::write).collect()).into())
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let one = T::schema(generator);
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

impl<T: Setting> Setting for IndexMap<Name, T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            return reader.expected(node, "a table of names", "[worker.w]");
        };
        let mut read = Self::new();
        for (name, entry) in table {
            check_name(name, entry.key, reader);
            if let Some(value) = T::read(&entry.node, reader) {
                read.insert(Name::from(name.as_str()), value);
            }
        }
        Some(read)
    }

    fn write(&self) -> Option<Node> {
        let entries = self.iter().filter_map(|(name, value)| {
            let entry = Entry {
                key: Span::default(),
                node: value.write()?,
            };
            Some((name.to_string(), entry))
        });
        Some(Value::Table(entries.collect()).into())
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let one = T::schema(generator);
        json_schema!({ "type": "object", "additionalProperties": one })
    }
}

/// Complains about a name that could not be told from a path or would not fit a line.
fn check_name(name: &str, span: Span, reader: &mut Reader<'_>) {
    let fits = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
    if name.is_empty() || name.chars().count() > NAME_MAX || !name.chars().all(fits) {
        reader.complain(
            Diagnostic::error(span, format!("`{name}` cannot be a name")).help(format!(
                "names are made of letters, digits, `-` and `_`, at most {NAME_MAX} of them"
            )),
        );
    }
}

impl Setting for Name {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.as_text() {
            Some(text) => Some(text.into()),
            None => reader.expected(node, "a name", "\"alice\""),
        }
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(self.as_str()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Setting for String {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.as_text() {
            Some(text) => Some(text.to_owned()),
            None => reader.expected(node, "a text", "\"…\""),
        }
    }

    fn write(&self) -> Option<Node> {
        Some(Node::text(self.as_str()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Setting for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.value {
            Value::Boolean(yes) => Some(yes),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::List(_)
            | Value::Table(_) => reader.expected(node, "true or false", "true"),
        }
    }

    fn write(&self) -> Option<Node> {
        Some(Value::Boolean(*self).into())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_variable(json_schema!({ "type": "boolean" }))
    }
}

impl Setting for u64 {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.value {
            Value::Integer(number) if number >= 0 => number.try_into().ok(),
            Value::Integer(number) => {
                reader.complain(
                    Diagnostic::error(node.span, format!("`{number}` is negative"))
                        .help("write a whole number from 0"),
                );
                None
            }
            Value::Text(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_)
            | Value::Table(_) => reader.expected(node, "a whole number", "3"),
        }
    }

    fn write(&self) -> Option<Node> {
        let number = i64::try_from(*self).unwrap_or(i64::MAX);
        Some(Value::Integer(number).into())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        or_variable(json_schema!({ "type": "integer", "minimum": 0 }))
    }
}

impl Setting for Node {
    fn read(node: &Node, _: &mut Reader<'_>) -> Option<Self> {
        Some(node.clone())
    }

    fn write(&self) -> Option<Node> {
        Some(self.clone())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}
