//! What the frames of a run file say, apart from the log.

use std::time::Duration;

use alloy_primitives::B256;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{log::view::Measured, scenario::Overrides};

/// What a run was: all that is known before it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of `emulate` that ran it.
    pub emulate: String,
    /// The scenario as the user named it: a file, or the name of a built-in one.
    pub scenario: String,
    /// The number all chance derives from.
    pub seed: u64,
    /// What `--with` gave, in order.
    pub vars: Vec<(String, String)>,
    /// What `--set` gave, in order; `--seed`, `--until` and `--timeout` are among them.
    pub sets: Vec<(String, String)>,
    /// Whether a program made the scenario: what it says lies on no line of a file then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_made: bool,
}

impl Header {
    /// Returns the changes to the scenario that did not come from its files.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            vars: self.vars.clone(),
            sets: self.sets.clone(),
            flags: Vec::new(),
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How many records its log has.
    pub records: u64,
    /// The digest of its log.
    pub digest: B256,
    /// The number of the chain's last block.
    pub height: u64,
    /// The hash of the chain's last block.
    pub head: B256,
    /// What the machine spent; expectations about that see these numbers again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ns: Option<u64>,
    /// The most memory used, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

impl End {
    /// Returns what the machine spent on the run.
    pub fn measured(&self) -> Measured {
        Measured {
            wall: self.wall_ns.map(Duration::from_nanos),
            memory: self.memory,
        }
    }
}

/// The first line of a frame that holds a text of the scenario.
#[derive(Serialize, Deserialize)]
pub(super) struct SourceHead {
    pub(super) path: String,
}

/// The first line of a frame that holds an input.
#[derive(Serialize, Deserialize)]
pub(super) struct InputHead {
    pub(super) uri: String,
}

/// The first line of a frame that holds contracts.
#[derive(Serialize, Deserialize)]
pub(super) struct ContractsHead {
    pub(super) name: String,
}

/// Returns a line of JSON and the bytes after it as one frame's content.
pub(super) fn with_head(head: &impl Serialize, bytes: &[u8]) -> Vec<u8> {
    let mut content = serde_json::to_vec(head).expect("texts and numbers have a JSON form");
    content.push(b'\n');
    content.extend_from_slice(bytes);
    content
}

/// Splits a frame's content into its line of JSON and the bytes after it.
pub(super) fn split_head<T: DeserializeOwned>(content: &[u8]) -> Result<(T, &[u8]), String> {
    let end = content.iter().position(|byte| *byte == b'\n');
    let (head, rest) = end
        .and_then(|end| content.split_at_checked(end + 1))
        .ok_or("it has no first line")?;
    let head = serde_json::from_slice(head).map_err(|error| error.to_string())?;
    Ok((head, rest))
}
