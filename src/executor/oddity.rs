//! What lies in a program's folder and is no file: never taken, only told of. The digests of
//! neither era know it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    Files,
    computed::COMPUTED_FILE,
    digest::{CALLBACK_FILE, CONSENSUS_FILE},
};

/// So many of them are remembered, besides those where a declaration should be.
const KEPT_MAX: usize = 100;

/// The most characters of a link's target that are shown.
const TARGET_SHOWN: usize = 100;

/// Something that is neither a regular file nor a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oddity {
    /// A symbolic link, and where it leads.
    Link(String),
    /// A named pipe.
    Pipe,
    /// A device.
    Device,
    /// A socket.
    Socket,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link(target) => return write!(f, "a link to {target:?}"),
            Self::Pipe => "a named pipe",
            Self::Device => "a device",
            Self::Socket => "a socket",
        })
    }
}

/// What a program left that is not taken, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Oddities(BTreeMap<String, Oddity>);

impl Oddities {
    /// Notes what lies at `path`; of very many, only those that matter most are remembered.
    pub fn note(&mut self, path: &str, oddity: Oddity) {
        let matters = [CONSENSUS_FILE, CALLBACK_FILE, COMPUTED_FILE].contains(&path);
        if !matters && self.0.len() >= KEPT_MAX {
            return;
        }
        let oddity = match oddity {
            Oddity::Link(target) => Oddity::Link(target.chars().take(TARGET_SHOWN).collect()),
            other @ (Oddity::Pipe | Oddity::Device | Oddity::Socket) => other,
        };
        self.0.insert(path.to_owned(), oddity);
    }

    /// Whether there is nothing of the kind.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what is wrong with the file at `path` that should declare a result, if something is
    /// there and it declares nothing: in words that follow the file's name.
    pub(super) fn fault(&self, files: &Files, path: &str) -> Option<String> {
        if let Some(oddity) = self.0.get(path) {
            return Some(format!("is {oddity}, and only a regular file counts"));
        }
        if files.has_directory(path) {
            return Some("is a folder, and only a regular file counts".to_owned());
        }
        let content = files.get(path)?;
        content.is_empty().then(|| "is empty".to_owned())
    }

    /// Returns what is in the way at `path` or above it.
    pub(super) fn on_the_way(&self, path: &str) -> Option<(&str, &Oddity)> {
        let ends = path.match_indices('/').map(|(at, _)| at);
        let mut above = ends.chain([path.len()]).map(|end| &path[..end]);
        above.find_map(|place| {
            let (place, oddity) = self.0.get_key_value(place)?;
            Some((place.as_str(), oddity))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_those_that_should_declare_a_result_are_never_forgotten() {
        let mut oddities = Oddities::default();
        for number in 0..2 * KEPT_MAX {
            oddities.note(&format!("a{number:03}"), Oddity::Pipe);
        }
        oddities.note("z", Oddity::Socket);
        oddities.note(COMPUTED_FILE, Oddity::Link("é".repeat(10_000)));
        assert_eq!(oddities.0.len(), KEPT_MAX + 1);
        let fault = oddities.fault(&Files::new(), COMPUTED_FILE).unwrap();
        assert!(fault.starts_with("is a link to \"éé"), "{fault}");
        assert!(fault.chars().count() < 200, "{fault}");
    }

    #[test]
    fn what_lies_above_a_path_is_in_its_way() {
        let mut oddities = Oddities::default();
        oddities.note("out/link", Oddity::Link("/data".into()));
        let found = |path: &str| oddities.on_the_way(path).map(|(place, _)| place.to_owned());
        assert_eq!(found("out/link/a/b"), Some("out/link".into()));
        assert_eq!(found("out/link"), Some("out/link".into()));
        assert_eq!(found("out/linked"), None);
        assert_eq!(found("out"), None);
    }
}
