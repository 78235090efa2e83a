//! From the tree to typed values. Rule: a mistake is reported and stepped over, so that one pass
//! finds them all; a value that is missing after that was already complained about.

use schemars::{Schema, SchemaGenerator};

use super::{Diagnostic, Entry, Node, Sources, Span, Table, Value};

/// A value of the language: how it is read, written, and described to editors.
pub(crate) trait Setting: Sized {
    /// Reads a value; none after a complaint.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// Writes the value as a file would; none when nothing needs to be written.
    fn write(&self) -> Option<Node>;

    /// Describes what may be written.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// Reads one scenario and gathers what is wrong with it.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    sources: &'a Sources,
    wrong: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// Starts with nothing wrong.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            wrong: Vec::new(),
        }
    }

    /// Notes a mistake.
    pub(crate) fn complain(&mut self, one: Diagnostic) {
        self.wrong.push(one);
    }

    /// Notes that something else was expected here.
    pub(crate) fn expected<T>(&mut self, node: &Node, what: &str, example: &str) -> Option<T> {
        self.complain(
            Diagnostic::error(node.span, format!("expected {what}, found {}", node.kind()))
                .help(format!("for example `{example}`")),
        );
        None
    }

    /// Notes that `node` is none of the words that name `what`.
    pub(crate) fn unknown_word(&mut self, node: &Node, what: &str, words: &[&str]) {
        let Some(word) = node.as_text() else {
            self.complain(
                Diagnostic::error(node.span, format!("expected {what}, found {}", node.kind()))
                    .help(format!("write {}", listed(words))),
            );
            return;
        };
        let one = Diagnostic::error(node.span, format!("`{word}` is not {what}"));
        let all = listed(words);
        self.complain(match nearest(word, words.iter().copied()) {
            Some(near) => one.help(format!("did you mean `{near}`? There is {all}")),
            None => one.help(format!("there is {all}")),
        });
    }

    /// Returns the line a place is in.
    pub(crate) fn line(&self, span: Span) -> u64 {
        self.sources.position(span).line as u64
    }

    /// Returns the text of a place as it is written.
    pub(crate) fn written(&self, span: Span) -> &str {
        self.sources.text(span)
    }

    /// Returns what was wrong.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        self.wrong
    }
}

/// Returns the word closest to `word`, when one is close enough to be meant.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&lower, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness >= 0.75)
        // The first of equals wins, so that the answer does not depend on a sort.
        .fold(None, |best: Option<(f64, &str)>, one| match best {
            Some(best) if best.0 >= one.0 => Some(best),
            _ => Some(one),
        })
        .map(|(_, known)| known)
}

/// A table being read key by key. The keys asked for are the keys that exist.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    what: &'static str,
    node: &'n Node,
    table: &'n Table,
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Starts reading a table that holds `what`; none after a complaint.
    pub(crate) fn of(node: &'n Node, what: &'static str, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            return reader.expected(node, &format!("a table for {what}"), "{ key = value }");
        };
        Some(Self {
            what,
            node,
            table,
            asked: Vec::new(),
        })
    }

    /// Returns what is written under `key`, and remembers that the key exists.
    pub(crate) fn entry(&mut self, key: &'static str) -> Option<&'n Entry> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// Reads a key that must be there.
    pub(crate) fn required<T: Setting>(
        &mut self,
        key: &'static str,
        reader: &mut Reader<'_>,
    ) -> Option<T> {
        if let Some(entry) = self.entry(key) {
            return T::read(&entry.node, reader);
        }
        reader.complain(
            Diagnostic::error(self.node.span, format!("{} needs `{key}`", self.what))
                .help(format!("add `{key} = …`")),
        );
        None
    }

    /// Reads a key that may be left out; after a complaint it counts as left out.
    pub(crate) fn optional<T: Setting>(
        &mut self,
        key: &'static str,
        reader: &mut Reader<'_>,
        default: impl FnOnce() -> T,
    ) -> Option<T> {
        let read = self
            .entry(key)
            .and_then(|entry| T::read(&entry.node, reader));
        Some(read.unwrap_or_else(default))
    }

    /// Returns the keys that were asked for.
    pub(crate) fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    /// Returns what was not asked for.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&'n str, &'n Entry)> {
        self.table
            .iter()
            .filter(|(key, _)| !self.asked.contains(&key.as_str()))
            .map(|(key, entry)| (key.as_str(), entry))
    }

    /// Complains about every key nobody asked for.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) {
        for (key, entry) in self.rest() {
            let mut one = Diagnostic::error(entry.key, format!("{} has no `{key}`", self.what))
                .label("unknown key");
            one = match nearest(key, self.asked.iter().copied()) {
                Some(near) => one.help(format!("did you mean `{near}`?")),
                None => one.help(format!("it has {}", listed(&self.asked))),
            };
            reader.complain(one);
        }
    }
}

/// Writes words one after the other: `` `a`, `b` or `c` ``.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}
