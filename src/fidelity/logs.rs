//! Two logs, record by record and field by field.

use serde_json::Value;

use super::{Difference, Place, alike::Names};
use crate::log::{Event, EventLog, Record};

/// Fields of `BlockMined` that differ between any two builds.
const OF_THE_BUILD: [&str; 2] = ["hash", "gas_used"];

/// Compares two logs; returns how many records are equal, and where the first is that is not.
pub(super) fn compare(
    ours: &EventLog,
    theirs: &EventLog,
    names: &mut Names,
) -> (u64, Option<Difference>) {
    let (mut mine, mut yours) = (ours.records().iter(), theirs.records().iter());
    let mut equal = 0;
    let mut is_first_block = true;
    loop {
        let (one, other) = match (mine.next(), yours.next()) {
            (None, None) => return (equal, None),
            (Some(one), Some(other)) => (one, other),
            (one, other) => return (equal, Some(ended(one, other))),
        };
        let mut fields = (fields(one), fields(other));
        if matches!(one.event, Event::BlockMined { .. }) && std::mem::take(&mut is_first_block) {
            // Builds consist of different numbers of contracts.
            for fields in [&mut fields.0, &mut fields.1] {
                fields
                    .as_object_mut()
                    .and_then(|all| all.remove("transactions"));
            }
        }
        if let Some((field, ours, theirs)) = differ("", &fields.0, &fields.1, names) {
            let difference = Difference {
                place: place(one, Some(one), Some(other)),
                field,
                ours,
                theirs,
            };
            return (equal, Some(difference));
        }
        equal += 1;
    }
}

/// Returns the gas used by what the cast did: all but the block that holds the contracts.
pub(super) fn gas(log: &EventLog) -> u64 {
    let mut used = Vec::new();
    for record in log.records().iter() {
        if let Event::BlockMined { gas_used, .. } = record.event {
            used.push(gas_used);
        }
    }
    used.iter().skip(1).sum()
}

/// A record as it stands in the log's file, without what no two builds share.
fn fields(record: &Record) -> Value {
    let mut fields = serde_json::to_value(record).unwrap_or_default();
    if matches!(record.event, Event::BlockMined { .. })
        && let Some(fields) = fields.as_object_mut()
    {
        for name in OF_THE_BUILD {
            fields.remove(name);
        }
    }
    fields
}

/// Returns the first field in which two values differ, and what it is in both.
fn differ(
    path: &str,
    ours: &Value,
    theirs: &Value,
    names: &mut Names,
) -> Option<(String, String, String)> {
    let differs = || Some((path.to_owned(), text(ours), text(theirs)));
    match (ours, theirs) {
        (Value::String(one), Value::String(other)) => {
            if names.are_alike(one, other) {
                None
            } else {
                differs()
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| differ(&format!("{path}[{at}]"), one, other, names))
        }
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            let mut pairs = one.iter().zip(other.values());
            pairs.find_map(|((key, one), other)| {
                let path = match path {
                    "" => key.clone(),
                    _ => format!("{path}.{key}"),
                };
                differ(&path, one, other, names)
            })
        }
        _ if ours == theirs => None,
        _ => differs(),
    }
}

fn text(value: &Value) -> String {
    let text = value.as_str().map(ToOwned::to_owned);
    text.unwrap_or_else(|| value.to_string())
}

fn place(at: &Record, ours: Option<&Record>, theirs: Option<&Record>) -> Place {
    Place::Event {
        seq: at.seq,
        time: at.time,
        block: at.block,
        ours: ours.map(|record| record.event.name()),
        theirs: theirs.map(|record| record.event.name()),
    }
}

/// One log has ended, the other goes on.
fn ended(ours: Option<&Record>, theirs: Option<&Record>) -> Difference {
    let line = |record: Option<&Record>| match record {
        Some(record) => text(&fields(record)),
        None => "the run is over".to_owned(),
    };
    let at = ours.or(theirs).expect("one of the logs goes on");
    Difference {
        place: place(at, ours, theirs),
        field: "the next event".to_owned(),
        ours: line(ours),
        theirs: line(theirs),
    }
}
