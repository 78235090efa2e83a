//! The project file of the iExec SDK, `iexec.js` or `iexec.json`, as a scenario.
//!
//! Every form is read: the first one with `work`, that of 2018 with `order.buy`, and those of today
//! with `multiaddr` and `requestorder`. Rule: nothing is guessed and nothing is dropped in silence.
//! A field becomes a value of the scenario, or is [ignored with a reason](Project::ignored), or is
//! refused where it stands with what to write instead.

mod adopt;
mod app;
mod notes;
mod order;
mod page;
mod params;
mod parts;
mod reader;
mod scalar;

use std::path::{Path, PathBuf};

pub(super) use adopt::adopt;
pub use notes::Ignored;

use self::{
    notes::{Notes, place},
    parts::Parts,
    reader::{Node, Value},
};
use super::{
    Diagnostics, Scenario, Sources,
    document::{Diagnostic, Span},
};

/// The largest project file that is read, in bytes: real ones have a few thousand.
const TEXT_MAX: usize = 64 << 10;

/// Words beside which there are keys: no line of such a file is shown.
const SECRETS: [&str; 3] = ["privateKey", "mnemonic", "jwtoken"];

/// A project file that was read and understood.
#[derive(Clone, Debug)]
pub struct Project {
    path: PathBuf,
    parts: Parts,
    ignored: Vec<Ignored>,
}

impl Project {
    /// Reads the text of the project file at `path`.
    ///
    /// # Errors
    ///
    /// What cannot be read or is missing, each with its place and what to write.
    pub fn read(text: &str, path: &Path) -> Result<Self, Diagnostics> {
        let mut sources = Sources::default();
        if text.len() > TEXT_MAX {
            let message = format!("{} is larger than {} KiB", path.display(), TEXT_MAX >> 10);
            let help = "a project file has a few hundred bytes: is this one?";
            return Err(unshown(path, message, help));
        }
        sources.add(path, text);
        let mut notes = Notes::new(text);
        let node = match reader::read(text) {
            Ok(node) => node,
            Err(error) if SECRETS.iter().any(|word| text.contains(word)) => {
                let line = notes.line(error.span.start);
                let message = format!("line {line}: {}", error.message);
                let help = "correct that line; it is not shown, since there are keys in this file";
                return Err(unshown(path, message, help));
            }
            Err(error) => {
                let one = Diagnostic::error(place(&error.span), error.message).help(error.help);
                return Err(Diagnostics::new(sources, vec![one]));
            }
        };
        if let Some(what) = stranger(&node) {
            let message = format!("this is {what}, not a project file");
            let help = "the project file of the SDK is called iexec.json or iexec.js";
            return Err(unshown(path, message, help));
        }
        let parts = Parts::read(&node, &mut notes);
        let ignored = notes.finish(sources.clone())?;
        let Some(parts) = parts else {
            let one = Diagnostic::error(place(&node.span), "this is not a project file");
            return Err(Diagnostics::new(sources, vec![one]));
        };
        Ok(Self {
            path: path.to_owned(),
            parts,
            ignored,
        })
    }

    /// Returns the fields that do not become part of the scenario, in the order of the file.
    pub fn ignored(&self) -> &[Ignored] {
        &self.ignored
    }

    /// Returns the ignored fields in sentences: those with the same reason together.
    pub fn ignored_by_reason(&self) -> Vec<String> {
        let groups = page::by_reason(&self.ignored).into_iter();
        groups
            .map(|(fields, reason)| {
                format!("not used: {}: {reason}", fields.replace(page::GLUE, " "))
            })
            .collect()
    }

    /// Writes the project as a scenario file, with a comment for every value.
    pub fn to_toml(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        page::write(&self.parts, &self.ignored, &name.to_string_lossy())
    }

    /// Returns the scenario the project stands for.
    ///
    /// # Errors
    ///
    /// What is wrong with the file [`Project::to_toml`] writes; nothing is known to be.
    pub fn scenario(&self) -> Result<Scenario, Diagnostics> {
        Scenario::parse(&self.to_toml(), &self.path)
    }
}

/// Complains about a file without showing any of it.
fn unshown(path: &Path, message: String, help: impl Into<String>) -> Diagnostics {
    let mut named = Sources::default();
    named.add(path, "");
    let one = Diagnostic::error(Span::default(), message).help(help);
    Diagnostics::new(named, vec![one])
}

/// Says which other file of the SDK this is, if it is one.
fn stranger(node: &Node) -> Option<&'static str> {
    let Value::Object(members) = &node.value else {
        return None;
    };
    let has = |names: &[&str]| {
        let mut keys = members.iter().map(|member| member.key.as_str());
        keys.any(|key| names.iter().any(|name| key.eq_ignore_ascii_case(name)))
    };
    if has(&["app", "order", "work", "buyConf"]) {
        return None;
    }
    let [key, words, token] = SECRETS;
    if has(&[key, words, "crypto"]) {
        return Some("a wallet");
    }
    if has(&[token]) {
        return Some("an account");
    }
    has(&["chains"]).then_some("a list of networks")
}
