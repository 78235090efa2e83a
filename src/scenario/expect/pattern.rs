//! Patterns of events: `"TaskConsensus"`, `{ name = "Revert", reason = "deadline" }`.

use std::{fmt, sync::OnceLock};

use indexmap::IndexMap;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Error as _};

use super::{field::Wanted, words::Words};
use crate::{
    log::{Event, Record},
    scenario::document::{
        Diagnostic, Entry, Node, Reader, Setting, Span, Table, Value, listed, nearest,
    },
};

/// What a record must look like.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPattern {
    /// The event's name.
    pub name: String,
    /// Fields and what they must be.
    pub fields: IndexMap<String, Wanted>,
}

/// Returns the names of all events, as the log itself declares them.
pub(crate) fn event_names() -> &'static [&'static str] {
    static NAMES: OnceLock<&'static [&'static str]> = OnceLock::new();
    NAMES.get_or_init(|| {
        let entries = [("event", "?")].into_iter();
        let asked = serde::de::value::MapDeserializer::<_, Words>::new(entries);
        match Event::deserialize(asked) {
            Err(Words(names)) => names,
            Ok(_) => Words::custom("no event is called ?").0,
        }
    })
}

impl EventPattern {
    /// Returns the pattern of every event of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            fields: IndexMap::new(),
        }
    }

    /// Returns whether a record looks like this.
    pub fn matches(&self, record: &Record) -> bool {
        if record.event.name() != self.name {
            return false;
        }
        if self.fields.is_empty() {
            return true;
        }
        // A record is plain data; one that is not written could not be matched either.
        let Ok(serde_json::Value::Object(written)) = serde_json::to_value(record) else {
            return false;
        };
        let fits = |(key, wanted): (&String, &Wanted)| {
            let found = written.get(key);
            found.is_some_and(|found| wanted.accepts(found))
        };
        self.fields.iter().all(fits)
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (at, (key, wanted)) in self.fields.iter().enumerate() {
            let lead = if at == 0 { " with" } else { " and" };
            write!(f, "{lead} {key} {wanted}")?;
        }
        Ok(())
    }
}

fn check_name(name: &str, span: Span, reader: &mut Reader<'_>) {
    let known = event_names();
    if known.contains(&name) {
        return;
    }
    let one = Diagnostic::error(span, format!("no event is called `{name}`"));
    reader.complain(match nearest(name, known.iter().copied()) {
        Some(near) => one.help(format!("did you mean `{near}`?")),
        None => one.help(format!("there is {}", listed(known))),
    });
}

/// The fields every record has.
const RECORD: [&str; 4] = ["seq", "time", "block", "actor"];

fn check_field(name: &str, key: &str, span: Span, reader: &mut Reader<'_>) {
    let Some(own) = Event::fields(name) else {
        return;
    };
    let known: Vec<&str> = own.into_iter().chain(RECORD).collect();
    if known.contains(&key) {
        return;
    }
    let one = Diagnostic::error(span, format!("`{name}` has no `{key}`"));
    reader.complain(match nearest(key, known.iter().copied()) {
        Some(near) => one.help(format!("did you mean `{near}`?")),
        None => one.help(format!("there is {}", listed(&known))),
    });
}

impl Setting for EventPattern {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Some(name) = node.as_text() {
            check_name(name, node.span, reader);
            return Some(Self::named(name));
        }
        let example = "{ name = \"TaskReveal\", worker = \"w-0\" }";
        let Value::Table(table) = &node.value else {
            return reader.expected(node, "an event", example);
        };
        let name = table.get("name").and_then(|entry| entry.node.as_text());
        let Some(name) = name else {
            reader.complain(
                Diagnostic::error(node.span, "this event has no `name`")
                    .help(format!("for example `{example}`")),
            );
            return None;
        };
        check_name(name, table["name"].node.span, reader);
        let mut pattern = Self::named(name);
        for (key, entry) in table.iter().filter(|(key, _)| *key != "name") {
            check_field(name, key, entry.key, reader);
            if let Some(wanted) = Wanted::read((name, key), &entry.node, reader) {
                pattern.fields.insert(key.clone(), wanted);
            }
        }
        Some(pattern)
    }

    fn write(&self) -> Option<Node> {
        if self.fields.is_empty() {
            return Some(Node::text(self.name.as_str()));
        }
        let mut table = Table::new();
        let mut put = |key: &str, node: Node| {
            let span = Span::default();
            table.insert(key.to_owned(), Entry { key: span, node });
        };
        put("name", Node::text(self.name.as_str()));
        for (key, wanted) in &self.fields {
            put(key, wanted.write());
        }
        Some(Value::Table(table).into())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let names = event_names();
        json_schema!({ "anyOf": [
            { "enum": names },
            {
                "type": "object",
                "properties": { "name": { "enum": names } },
                "required": ["name"],
            },
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{protocol::Name, scenario::document::Sources, time::Timestamp};

    #[test]
    fn the_log_tells_the_names_of_its_events() {
        assert_eq!(event_names().first(), Some(&"RunStarted"));
        assert!(event_names().contains(&"TaskConsensus"));
        assert_eq!(event_names().last(), Some(&"ExpectationChecked"));
    }

    #[test]
    fn fields_are_equal_and_prose_contains() {
        let record = Record {
            seq: 0,
            time: Timestamp::START,
            block: 0,
            actor: None,
            event: Event::Revert {
                from: Name::from("worker.w-0"),
                call: "contribute".to_owned(),
                reason: "the contribution deadline has passed".to_owned(),
                expected: true,
                task: Some(Name::from("late")),
            },
        };
        let with = |key: &str, value: &str| {
            let sources = Sources::default();
            let mut reader = Reader::new(&sources);
            let wanted = Wanted::read(("Revert", key), &Node::text(value), &mut reader);
            let mut pattern = EventPattern::named("Revert");
            pattern.fields.insert(key.to_owned(), wanted.unwrap());
            pattern.matches(&record)
        };
        assert!(with("reason", "contribution deadline"));
        assert!(with("call", "contribute") && !with("call", "reveal"));
        assert!(with("call", "~ ^contrib"));
        assert!(with("task", "late-0"));
        assert!(with("expected", "true"));
        for named in ["w", "w-0", "worker.w", "worker.w-0", "late"] {
            let key = if named == "late" { "task" } else { "from" };
            assert!(with(key, named), "{named}");
        }
        for other in ["w-", "w-00", "pool.w-0", "worker"] {
            assert!(!with("from", other), "{other}");
        }
        assert!(with("from", "!= w-1") && !with("from", "!= w"));
        assert!(with("from", "any") && !with("expected", "false"));
        assert!(!EventPattern::named("TaskReveal").matches(&record));
    }
}
