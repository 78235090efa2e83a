//! Variables: `${name}` in texts. Rule: a text that is nothing but a variable becomes its value,
//! number or list as it may be; within a longer text it is spelled out.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{Diagnostic, Entry, Node, Sources, Span, Table, Value, listed, nearest};

/// Variables by name, and whether anything refers to them.
type Known = IndexMap<String, (Node, bool)>;

/// Replaces variables everywhere; `outside` gives values that go before those of the file.
pub(crate) fn substitute(
    root: &mut Node,
    outside: &[(String, Node)],
    sources: &Sources,
    wrong: &mut Vec<Diagnostic>,
) {
    flatten_axes(root);
    let mut known = declared(root);
    for (name, node) in outside {
        match known.get_mut(name) {
            Some((value, _)) => *value = node.clone(),
            None => wrong.push(unknown(name, node.span, &known)),
        }
    }
    let Value::Table(sections) = &mut root.value else {
        return;
    };
    for (section, entry) in sections.iter_mut() {
        match section.as_str() {
            "vars" | "matrix" => {}
            _ => replace(&mut entry.node, &mut known, sources, wrong),
        }
    }
    let vars = sections.get("vars").and_then(|entry| entry.node.as_table());
    let vars = vars.into_iter().flatten().map(|(name, _)| name.clone());
    let in_vars: BTreeSet<String> = vars.collect();
    write_back(sections, &known);
    let axes = sections
        .get("matrix")
        .and_then(|entry| entry.node.as_table());
    for (name, entry) in axes.into_iter().flatten() {
        let is_path = name.contains('.') || name == "seeds";
        let is_used = known.get(name).is_some_and(|(_, used)| *used);
        if !is_path && !is_used && !in_vars.contains(name) {
            let used = known.iter().filter(|(_, (_, used))| *used);
            let message = format!("the matrix varies `{name}`, and nothing refers to it");
            let near = nearest(name, used.map(|(name, _)| name.as_str()));
            let help = near.map_or_else(
                || format!("write `${{{name}}}` where it belongs"),
                |near| format!("did you mean `{near}`?"),
            );
            wrong.push(Diagnostic::error(entry.key, message).help(help));
        }
    }
}

/// Makes one key of an axis that is a path: `pool.main.price = […]` is spelled as tables.
fn flatten_axes(root: &mut Node) {
    fn flatten(lead: &str, table: Table, flat: &mut Table) {
        for (key, entry) in table {
            let key = format!("{lead}{key}");
            match entry.node.value {
                Value::Table(deeper) => flatten(&format!("{key}."), deeper, flat),
                Value::Text(_)
                | Value::Integer(_)
                | Value::Float(_)
                | Value::Boolean(_)
                | Value::List(_) => {
                    flat.insert(key, entry);
                }
            }
        }
    }
    let Value::Table(sections) = &mut root.value else {
        return;
    };
    if let Some(entry) = sections.get_mut("matrix")
        && let Value::Table(axes) = &mut entry.node.value
    {
        let mut flat = Table::new();
        flatten("", std::mem::take(axes), &mut flat);
        *axes = flat;
    }
}

/// Collects `[vars]`, and axes of the matrix that are not variables yet with their first value.
fn declared(root: &Node) -> Known {
    let mut known = Known::new();
    let section = |name| root.locate(&[name]).and_then(|entry| entry.node.as_table());
    for (name, entry) in section("vars").into_iter().flatten() {
        known.insert(name.clone(), (entry.node.clone(), false));
    }
    for (name, entry) in section("matrix").into_iter().flatten() {
        if name.contains('.') {
            // A path is no variable: it is what the scenario says there.
            continue;
        }
        let first = match &entry.node.value {
            Value::List(list) => list.first().cloned(),
            Value::Text(text) => text
                .split_once("..")
                .and_then(|(first, _)| first.trim().parse().ok())
                .map(|first| Node {
                    span: entry.node.span,
                    value: Value::Integer(first),
                }),
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Table(_) => None,
        };
        if let Some(first) = first.filter(|_| name != "seeds") {
            known.entry(name.clone()).or_insert((first, false));
        }
    }
    known
}

/// Writes the values in force back into `[vars]`.
fn write_back(sections: &mut Table, known: &Known) {
    if known.is_empty() {
        return;
    }
    let vars = sections.entry("vars".to_owned()).or_insert_with(|| Entry {
        key: Span::default(),
        node: Value::Table(Table::new()).into(),
    });
    let Value::Table(vars) = &mut vars.node.value else {
        return;
    };
    for (name, (value, _)) in known {
        let key = value.span;
        let node = value.clone();
        vars.insert(name.clone(), Entry { key, node });
    }
}

fn replace(node: &mut Node, known: &mut Known, sources: &Sources, wrong: &mut Vec<Diagnostic>) {
    match &mut node.value {
        Value::Text(text) => {
            if text.contains("${") {
                let text = text.clone();
                replace_text(node, &text, known, sources, wrong);
            }
        }
        Value::List(list) => {
            for item in list {
                replace(item, known, sources, wrong);
            }
        }
        Value::Table(table) => {
            for Entry { node, .. } in table.values_mut() {
                replace(node, known, sources, wrong);
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {}
    }
}

fn replace_text(
    node: &mut Node,
    text: &str,
    known: &mut Known,
    sources: &Sources,
    wrong: &mut Vec<Diagnostic>,
) {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            let one = Diagnostic::error(node.span, "a variable is not closed");
            wrong.push(one.help("variables are written `${name}`"));
            return;
        };
        let written = &rest[start..=start + length];
        let name = written[2..written.len() - 1].trim();
        let Some((value, used)) = known.get_mut(name) else {
            let span = within(node.span, written, sources);
            wrong.push(unknown(name, span, known));
            return;
        };
        *used = true;
        if written.len() == text.len() {
            node.value = value.value.clone();
            let span = node.span;
            node.place(span);
            return;
        }
        let Some(scalar) = value.scalar() else {
            let message = format!("`{name}` is {} and does not fit into a text", value.kind());
            wrong.push(Diagnostic::error(node.span, message).also(value.span, "its value"));
            return;
        };
        whole.push_str(&rest[..start]);
        whole.push_str(&scalar);
        rest = &rest[start + length + 1..];
    }
    whole.push_str(rest);
    node.value = Value::Text(whole);
}

/// Returns the place of `written` inside a text, or of the whole text when it is spelled otherwise.
fn within(span: Span, written: &str, sources: &Sources) -> Span {
    match sources.text(span).find(written) {
        Some(at) => Span {
            start: span.start + at,
            end: span.start + at + written.len(),
            ..span
        },
        None => span,
    }
}

fn unknown(name: &str, span: Span, known: &Known) -> Diagnostic {
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let one = Diagnostic::error(span, format!("there is no variable `{name}`"));
    match nearest(name, names.iter().copied()) {
        Some(near) => one.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => one.help("declare it in `[vars]`"),
        None => one.help(format!("there is {}", listed(&names))),
    }
}
