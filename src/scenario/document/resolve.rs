//! From files to one tree: includes, overrides, variables, members of groups. Rule: what is
//! written later and closer goes before what is written earlier and farther away.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

use super::{
    Diagnostic, Diagnostics, Entry, Node, Sources, Span, Table, Value, nearest, variables,
};
use crate::scenario::WORKERS;

/// What stands for a file's name where a value came from the command line.
pub(crate) const COMMAND_LINE: &str = "command line";

/// The largest file that is read.
const TEXT_MAX: usize = 8 << 20;

/// The most files a scenario may be made of.
const FILES_MAX: usize = 64;

/// Sections whose entries have names of their own.
const NAMED: [&str; 8] = [
    "account", "category", "pool", "worker", "app", "dataset", "task", "contract",
];

/// Changes from outside the file: the command line, or one cell of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Variables and their values, as TOML or as bare text.
    pub vars: Vec<(String, String)>,
    /// Dotted paths and their values, as TOML or as bare text.
    pub sets: Vec<(String, String)>,
    /// Paths that were set by a flag of their own, and the flag: it is named when the value is wrong.
    pub flags: Vec<(String, &'static str)>,
}

/// A scenario as one tree, with the texts it came from.
#[derive(Clone, Debug)]
pub struct Document {
    /// The texts.
    pub sources: Sources,
    /// The tree.
    pub root: Node,
}

impl Document {
    /// Returns where the value at `path` is written, or its nearest parent that is written.
    pub fn span(&self, path: &[&str]) -> Span {
        for length in (1..=path.len()).rev() {
            if let Some(node) = self.root.find(&path[..length]) {
                return node.span;
            }
        }
        self.root.span
    }

    /// Returns where the key at `path` is written, or its nearest parent that is written.
    pub fn key(&self, path: &[&str]) -> Span {
        match self.root.locate(path) {
            Some(entry) => entry.key,
            None => self.span(path),
        }
    }
}

/// Reads files through `read` and makes one tree of them.
///
/// # Errors
///
/// Everything that is wrong with any of the files.
pub(crate) fn resolve(
    path: &Path,
    text: &str,
    read: &dyn Fn(&Path) -> io::Result<String>,
    overrides: &Overrides,
) -> Result<Document, Diagnostics> {
    let mut loader = Loader {
        sources: Sources::default(),
        read,
        wrong: Vec::new(),
        open: Vec::new(),
    };
    let root = loader.load(path, text, Span::default());
    let mut wrong = loader.wrong;
    let mut sources = loader.sources;
    let Some(mut root) = root.filter(|_| wrong.is_empty()) else {
        return Err(Diagnostics::new(sources, wrong));
    };
    let vars = overrides.vars.iter().map(|(name, value)| {
        let node = outside(&mut sources, &format!("--with {name}="), value);
        (name.clone(), node)
    });
    let vars: Vec<_> = vars.collect();
    let sets = overrides.sets.iter().map(|(path, value)| {
        let flag = overrides.flags.iter().find(|(by_flag, _)| by_flag == path);
        let lead = match flag {
            Some((_, flag)) => format!("{flag} "),
            None => format!("--set {path}="),
        };
        let node = outside(&mut sources, &lead, value);
        (path.clone(), node)
    });
    let sets: Vec<(String, Node)> = sets.collect();
    let named = |section: &str| match root.find(&[section]).and_then(Node::as_table) {
        Some(table) => table
            .keys()
            .map(|name| format!("{section}.{name}"))
            .collect(),
        None => Vec::new(),
    };
    let declared: Vec<String> = ["worker", "task"].into_iter().flat_map(named).collect();
    spell_out_workers(&mut root, &sets);
    for (path, node) in &sets {
        set(&mut root, path, node.clone(), &mut wrong);
    }
    for (path, node) in &sets {
        wrong.extend(beyond(&root, path, node.span, &declared));
    }
    variables::substitute(&mut root, &vars, &sources, &mut wrong);
    if !wrong.is_empty() {
        return Err(Diagnostics::new(sources, wrong));
    }
    refine_members(&mut root);
    Ok(Document { sources, root })
}

struct Loader<'a> {
    sources: Sources,
    read: &'a dyn Fn(&Path) -> io::Result<String>,
    wrong: Vec<Diagnostic>,
    open: Vec<PathBuf>,
}

impl Loader<'_> {
    /// Loads a file and everything it includes; `asked` is where it was asked for.
    fn load(&mut self, path: &Path, text: &str, asked: Span) -> Option<Node> {
        let path = normal(path);
        if text.len() > TEXT_MAX {
            // The text itself is not kept: nothing would be gained by drawing it.
            let file = self.sources.add(&path, "")?;
            let span = if self.open.is_empty() {
                Span {
                    file,
                    ..Span::default()
                }
            } else {
                asked
            };
            let wrong = format!("{} is larger than {} MiB", path.display(), TEXT_MAX >> 20);
            self.wrong.push(Diagnostic::error(span, wrong));
            return None;
        }
        let file = self.sources.add(&path, text)?;
        let mut own = match Node::parse(file, text) {
            Ok(own) => own,
            Err(wrong) => {
                self.wrong.extend(wrong);
                return None;
            }
        };
        self.open.push(path.clone());
        let mut whole: Option<Node> = None;
        for (name, span) in take_includes(&mut own) {
            let beside = path.parent().unwrap_or(Path::new("")).join(&name);
            if let Some(included) = self.include(&beside, span) {
                whole = Some(match whole {
                    Some(whole) => merge(whole, included, &[]),
                    None => included,
                });
            }
        }
        self.open.pop();
        Some(match whole {
            Some(whole) => merge(whole, own, &[]),
            None => own,
        })
    }

    fn include(&mut self, path: &Path, span: Span) -> Option<Node> {
        let path = normal(path);
        let shown = path.display();
        if self.open.contains(&path) {
            let mut chain: Vec<String> =
                self.open.iter().map(|p| p.display().to_string()).collect();
            chain.push(shown.to_string());
            self.wrong.push(
                Diagnostic::error(span, format!("{shown} includes itself"))
                    .help(format!("the circle is {}", chain.join(" → "))),
            );
            return None;
        }
        if self.sources.len() >= FILES_MAX {
            let wrong = format!("a scenario is made of at most {FILES_MAX} files");
            self.wrong.push(Diagnostic::error(span, wrong));
            return None;
        }
        match (self.read)(&path) {
            Ok(text) => self.load(&path, &text, span),
            Err(error) => {
                self.wrong.push(
                    Diagnostic::error(span, format!("{shown} cannot be read: {error}"))
                        .help("files are looked for beside the file that includes them"),
                );
                None
            }
        }
    }
}

/// Takes `scenario.include` out of a tree: names and places.
fn take_includes(root: &mut Node) -> Vec<(String, Span)> {
    let Value::Table(table) = &mut root.value else {
        return Vec::new();
    };
    let Some(Entry {
        node: Node {
            value: Value::Table(about),
            ..
        },
        ..
    }) = table.get_mut("scenario")
    else {
        return Vec::new();
    };
    let named = |node: &Node| Some((node.as_text()?.to_owned(), node.span));
    let names = match about.get("include").map(|entry| &entry.node) {
        // What is not a list of texts stays where it is, for the reader to complain about.
        Some(node) => match &node.value {
            Value::List(list) => list.iter().map(named).collect::<Option<Vec<_>>>(),
            Value::Text(_) => named(node).map(|one| vec![one]),
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Table(_) => None,
        },
        None => None,
    };
    let Some(names) = names else {
        return Vec::new();
    };
    about.shift_remove("include");
    names
}

/// Removes `.` and resolves `..` as far as the text of the path allows.
fn normal(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if whole.file_name().is_some() => {
                whole.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => whole.push(part),
        }
    }
    whole
}

/// Puts `over` on top of `base`: sections and named entries are merged key by key, lists of
/// sections follow each other, everything else is replaced.
fn merge(base: Node, over: Node, path: &[&str]) -> Node {
    let span = over.span;
    match (base.value, over.value) {
        (Value::Table(mut below), Value::Table(above)) => {
            for (key, entry) in above {
                let deeper = match path {
                    [] => true,
                    [section] => NAMED.contains(section),
                    _ => false,
                };
                let merged = match below.shift_remove(&key) {
                    Some(old) if deeper => {
                        let path = [path, &[key.as_str()]].concat();
                        merge(old.node, entry.node, &path)
                    }
                    _ => entry.node,
                };
                let entry = Entry {
                    key: entry.key,
                    node: merged,
                };
                below.insert(key, entry);
            }
            Node {
                span,
                value: Value::Table(below),
            }
        }
        (Value::List(mut below), Value::List(above)) => {
            below.extend(above);
            Node {
                span,
                value: Value::List(below),
            }
        }
        (_, value) => Node { span, value },
    }
}

/// Reads a value given from outside the file: as TOML when it is TOML, else as bare text.
pub(crate) fn outside(sources: &mut Sources, lead: &str, value: &str) -> Node {
    let text = format!("{lead}{value}");
    let file = sources.add(Path::new(COMMAND_LINE), &text).unwrap_or(0);
    let span = Span {
        file,
        start: lead.len(),
        end: text.len(),
    };
    let parsed = Node::parse(file, &format!("value = {value}\n")).ok();
    let parsed = parsed.and_then(|root| root.locate(&["value"]).map(|entry| entry.node.clone()));
    let value = parsed.map_or_else(|| Value::Text(value.to_owned()), |node| node.value);
    let mut node = Node { span, value };
    node.place(span);
    node
}

/// Sets the value at a dotted path, making the tables it needs.
fn set(root: &mut Node, path: &str, node: Node, wrong: &mut Vec<Diagnostic>) {
    let span = node.span;
    let parts: Vec<&str> = path.split('.').collect();
    let Some((last, parents)) = parts.split_last() else {
        return;
    };
    let mut here = root;
    for part in parents {
        let Value::Table(table) = &mut here.value else {
            let message = format!("`{path}` leads through something that is not a table");
            wrong.push(Diagnostic::error(span, message));
            return;
        };
        let entry = table.entry((*part).to_owned()).or_insert_with(|| Entry {
            key: span,
            node: Node {
                span,
                value: Value::Table(Table::new()),
            },
        });
        here = &mut entry.node;
    }
    match &mut here.value {
        Value::Table(table) if !last.is_empty() => {
            table.insert((*last).to_owned(), Entry { key: span, node });
        }
        Value::Table(_)
        | Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::List(_) => {
            let mut one = Diagnostic::error(span, format!("`{path}` cannot be set"));
            if let Some(near) = nearest(path, ["scenario.seed", "time.block", "worker.NAME.count"])
            {
                one = one.help(format!("paths look like `{near}`"));
            }
            wrong.push(one);
        }
    }
}

/// Writes down the workers that take part where no file names any, if a path leads to them: it
/// changes them, and does not stand for a cast of its own.
fn spell_out_workers(root: &mut Node, sets: &[(String, Node)]) {
    let leads_there = |(path, _): &&(String, Node)| {
        let name = path
            .strip_prefix("worker.")
            .and_then(|rest| rest.split('.').next());
        let name = name.and_then(|name| name.strip_prefix(WORKERS));
        name.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let Some((_, node)) = sets.iter().find(leads_there) else {
        return;
    };
    let span = node.span;
    if root.locate(&["worker"]).is_none() {
        let three = Node {
            span,
            value: Value::Integer(3),
        };
        set(
            root,
            &format!("worker.{WORKERS}.count"),
            three,
            &mut Vec::new(),
        );
    }
}

/// Complains about a path that leads to a member a group does not have: it would make one more
/// actor, which nobody means who writes `w-9`. Whatever the files declare themselves is meant.
fn beyond(root: &Node, path: &str, span: Span, declared: &[String]) -> Option<Diagnostic> {
    let mut parts = path.split('.');
    let (section, name) = (parts.next()?, parts.next()?);
    if !["worker", "task"].contains(&section) || declared.contains(&format!("{section}.{name}")) {
        return None;
    }
    let (group, index) = name.rsplit_once('-')?;
    let index = index.parse::<i64>().ok()?;
    let count = match root.find(&[section, group]) {
        Some(entry) => match entry.locate(&["count"]).map(|count| &count.node.value) {
            Some(Value::Integer(count)) => *count,
            // It stands for a number that is not known yet, or is wrong by itself.
            Some(_) => return None,
            None => 1,
        },
        None => return None,
    };
    if (0..count).contains(&index) {
        return None;
    }
    let message = format!("`{group}` has no member `{name}`");
    let help = match count {
        1 => format!("write `{section}.{group}`: it is alone"),
        count => format!("its members are `{group}-0` to `{group}-{}`", count - 1),
    };
    Some(Diagnostic::error(span, message).help(help))
}

/// Gives entries that are named like a member of a group what the group has.
///
/// `[worker.w]` with `count = 3` and `[worker.w-1]` with `behaviour = "liar"` make `w-1` a liar
/// that is otherwise like `w-0`.
fn refine_members(root: &mut Node) {
    let Value::Table(sections) = &mut root.value else {
        return;
    };
    for section in ["worker", "task"] {
        let Some(entry) = sections.get_mut(section) else {
            continue;
        };
        let Value::Table(entries) = &mut entry.node.value else {
            continue;
        };
        let refined: Vec<(String, Node)> = entries
            .iter()
            .filter_map(|(name, entry)| {
                let group = &entries.get(group_of(name, entries)?)?.node;
                let mut base = group.clone();
                if let Value::Table(table) = &mut base.value {
                    table.shift_remove("count");
                }
                let path = [section, name.as_str()];
                Some((name.clone(), merge_entry(base, entry.node.clone(), &path)))
            })
            .collect();
        for (name, node) in refined {
            if let Some(entry) = entries.get_mut(&name) {
                entry.node = node;
            }
        }
    }
}

/// Puts one named entry on top of another, key by key.
fn merge_entry(base: Node, over: Node, path: &[&str; 2]) -> Node {
    let is_table = over.as_table().is_some();
    if is_table {
        merge(base, over, &path[..1])
    } else {
        over
    }
}

/// Returns the group a name is a member of, if its table says so.
fn group_of<'n>(name: &'n str, entries: &Table) -> Option<&'n str> {
    let (group, index) = name.rsplit_once('-')?;
    let index = index.parse::<i64>().ok()?;
    match entries.get(group)?.node.locate(&["count"])?.node.value {
        Value::Integer(count) if (0..count).contains(&index) => Some(group),
        Value::Integer(_)
        | Value::Text(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::List(_)
        | Value::Table(_) => None,
    }
}
