//! The tree as plain data: TOML, JSON, whatever serde speaks. Rule: places are not data.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeSeq},
};

use super::{Entry, Node, Span, Table, Value};

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Boolean(yes) => serializer.serialize_bool(*yes),
            Value::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for node in list {
                    seq.serialize_element(node)?;
                }
                seq.end()
            }
            Value::Table(table) => {
                let mut map = serializer.serialize_map(Some(table.len()))?;
                for (key, entry) in table {
                    map.serialize_entry(key, &entry.node)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

impl Node {
    /// Returns the value as the command line takes it: a text stands there as it is, unless it
    /// would be read as something else; everything else is a value of TOML in one line.
    pub(crate) fn to_outside(&self) -> String {
        if let Value::Text(text) = &self.value
            && Self::parse(0, &format!("value = {text}\n")).is_err()
        {
            return text.clone();
        }
        let mut line = String::new();
        // Texts, numbers, lists and tables of them are all there is, and TOML writes them all.
        let _ = self.serialize(toml::ser::ValueSerializer::new(&mut line));
        line
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text, a number, true or false, a list or a table")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::text(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Value::Integer(number).into())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Node, E> {
        let number = i64::try_from(number).map_err(E::custom)?;
        Ok(Value::Integer(number).into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Value::Float(number).into())
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Node, E> {
        Ok(Value::Boolean(yes).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Value::List(list).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut table = Table::new();
        while let Some((key, node)) = map.next_entry::<String, Node>()? {
            let key_span = Span::default();
            table.insert(
                key,
                Entry {
                    key: key_span,
                    node,
                },
            );
        }
        Ok(Value::Table(table).into())
    }
}
