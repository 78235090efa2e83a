//! `computed.json`, the file by which a modern program says what its result is.
//!
//! The digests are those of the workers since 2020, byte for byte, weaknesses included: names are
//! not hashed, and nothing below a sub-directory is.

use alloy_primitives::{B256, Bytes, hex, keccak256};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Files, Oddities};

/// The file's name below `/iexec_out`.
pub(super) const COMPUTED_FILE: &str = "computed.json";

/// The most characters the name of an output file may have.
const NAME_CHARS_MAX: usize = 31;

/// Why a program's outputs do not say what its result is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ComputedError {
    /// There is no such file.
    #[error("the program left no /iexec_out/computed.json")]
    Missing,
    /// It is there and declares nothing, for what it is.
    #[error("computed.json {0}")]
    NotAFile(String),
    /// It is not a JSON object of the right shape.
    #[error("computed.json is not as it should be: {0}")]
    Malformed(String),
    /// It names neither a path nor callback data.
    #[error("computed.json has no \"deterministic-output-path\" and no \"callback-data\"")]
    Nothing,
    /// The deal wants callback data and there is none.
    #[error("the deal has a callback contract, but computed.json has no \"callback-data\"")]
    NoCallback,
    /// The callback data is not hexadecimal.
    #[error("\"callback-data\" must be bytes in hexadecimal such as \"0x2a\", not {0:?}")]
    CallbackNotHex(String),
    /// The path is not below `/iexec_out`.
    #[error("\"deterministic-output-path\" must lie in /iexec_out, {0:?} does not")]
    OutsideOutput(String),
    /// There is nothing at the path.
    #[error("\"deterministic-output-path\" names {0:?}, where there is nothing")]
    NoSuchPath(String),
    /// What lies at the path, or above it, is not taken.
    #[error(
        "\"deterministic-output-path\" names {path:?}, but {place:?} is {what}; only regular files and folders count, so the file itself must lie there"
    )]
    NotTaken {
        /// The path.
        path: String,
        /// The part of it that is at fault.
        place: String,
        /// What is there.
        what: String,
    },
    /// An output file has a name that result archives of the modern contract cannot hold.
    #[error("the output file name {0:?} has more than {NAME_CHARS_MAX} characters")]
    NameTooLong(String),
}

/// What `computed.json` may hold; other keys are ignored.
struct Computed {
    deterministic_output_path: Option<String>,
    callback_data: Option<String>,
}

impl Computed {
    /// Reads the file; of keys written again the last counts, and what writes texts as UTF-8 with a
    /// mark before them is no mistake.
    fn read(text: &[u8]) -> Result<Self, ComputedError> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let wrong = |what: String| Err(ComputedError::Malformed(what));
        if text.trim_ascii().is_empty() {
            return wrong(
                "it is empty; {\"deterministic-output-path\": \"/iexec_out/…\"} is wanted".into(),
            );
        }
        let members = match serde_json::from_slice(text) {
            Ok(Value::Object(members)) => members,
            Ok(other) => return wrong(format!("it is {}, not an object", kind(&other))),
            Err(error) => return wrong(format!("it is not JSON: {error}")),
        };
        let text = |key: &str| match members.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => {
                let message = format!("\"{key}\" is {}, not a text", kind(other));
                Err(ComputedError::Malformed(message))
            }
        };
        Ok(Self {
            deterministic_output_path: text("deterministic-output-path")?,
            callback_data: text("callback-data")?,
        })
    }
}

/// What a value is, with its article.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What the result is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Computed5 {
    /// Files, by their digest.
    Path(B256),
    /// Data for the callback contract.
    Callback(Bytes),
}

/// Reads what the result in `outputs`, the content of `/iexec_out`, is.
///
/// With `callback` it must be callback data; without, callback data counts only when no path is
/// named.
pub(super) fn read(
    outputs: &Files,
    oddities: &Oddities,
    callback: bool,
) -> Result<Computed5, ComputedError> {
    let text = outputs.get(COMPUTED_FILE);
    let text = text.ok_or_else(|| match oddities.fault(outputs, COMPUTED_FILE) {
        Some(fault) => ComputedError::NotAFile(fault),
        None => ComputedError::Missing,
    })?;
    let computed = Computed::read(text)?;
    for (path, _) in outputs.iter() {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(ComputedError::NameTooLong(name.into()));
        }
    }
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let data = given(computed.callback_data);
    let path = given(computed.deterministic_output_path);
    match (path, data) {
        (_, Some(data)) if callback => callback_data(&data),
        _ if callback => Err(ComputedError::NoCallback),
        (Some(path), _) => digest_at((outputs, oddities), &path).map(Computed5::Path),
        (None, Some(data)) => callback_data(&data),
        (None, None) => Err(ComputedError::Nothing),
    }
}

/// Reads bytes in hexadecimal, with or without `0x`.
pub(super) fn hex_bytes(text: &str) -> Option<Bytes> {
    hex::decode(text.trim()).ok().map(Bytes::from)
}

fn callback_data(text: &str) -> Result<Computed5, ComputedError> {
    hex_bytes(text)
        .map(Computed5::Callback)
        .ok_or_else(|| ComputedError::CallbackNotHex(text.into()))
}

fn digest_at((outputs, oddities): (&Files, &Oddities), path: &str) -> Result<B256, ComputedError> {
    let outside = || ComputedError::OutsideOutput(path.into());
    let segments: Vec<&str> = path
        .strip_prefix('/')
        .ok_or_else(outside)?
        .split('/')
        .filter(|segment| !matches!(*segment, "" | "."))
        .collect();
    let (Some(&"iexec_out"), false) = (segments.first(), segments.contains(&"..")) else {
        return Err(outside());
    };
    let below = segments[1..].join("/");
    if let Some(content) = outputs.get(&below) {
        return Ok(B256::from_slice(&Sha256::digest(content)));
    }
    if below.is_empty() || outputs.has_directory(&below) {
        return Ok(directory_digest(outputs, &below));
    }
    if let Some((place, what)) = oddities.on_the_way(&below) {
        return Err(ComputedError::NotTaken {
            path: path.into(),
            place: format!("/iexec_out/{place}"),
            what: what.to_string(),
        });
    }
    Err(ComputedError::NoSuchPath(path.into()))
}

/// The Keccak-256 of the SHA-256 of each file directly in `directory`, in the order of names.
fn directory_digest(outputs: &Files, directory: &str) -> B256 {
    let mut hashes = Vec::new();
    for (path, content) in outputs.iter() {
        let (parent, _) = path.rsplit_once('/').unwrap_or(("", path));
        if parent == directory {
            hashes.extend_from_slice(&Sha256::digest(content));
        }
    }
    keccak256(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(outputs: &Files, callback: bool) -> Result<Computed5, ComputedError> {
        super::read(outputs, &Oddities::default(), callback)
    }

    fn outputs(json: &str, files: &[(&str, &str)]) -> Files {
        let mut outputs = Files::new();
        outputs
            .insert("computed.json", json.as_bytes().to_vec())
            .unwrap();
        for (path, content) in files {
            outputs.insert(path, content.as_bytes().to_vec()).unwrap();
        }
        outputs
    }

    fn digest(path: &str, files: &[(&str, &str)]) -> String {
        let json = format!(r#"{{"deterministic-output-path": "{path}", "task-id": "0x1"}}"#);
        match read(&outputs(&json, files), false).unwrap() {
            Computed5::Path(digest) => hex::encode(digest),
            Computed5::Callback(data) => panic!("callback {data}"),
        }
    }

    #[test]
    fn a_file_is_its_sha256() {
        assert_eq!(
            digest("/iexec_out/a.txt", &[("a.txt", "aaaa")]),
            "61be55a8e2f6b4e172338bddf184d6dbee29c98853e0a0485ecee7f27b9af0b4"
        );
    }

    #[test]
    fn a_directory_is_the_keccak_of_its_files_and_nothing_below_counts() {
        let two = "d0fd36cdda1e875fd3e37be727163518702914d5fe3e1c08438b05504d792fc0";
        let files = [("d/a.txt", "aaaa"), ("d/b.txt", "bbb"), ("d/sub/c", "any")];
        assert_eq!(digest("/iexec_out/d", &files), two);
        assert_eq!(digest("/iexec_out//d/./", &files[..2]), two);
        assert_eq!(
            digest("/iexec_out/d", &files[..1]),
            "2b3cf88574c798cc24465ce3db13d0b15cef5cd23785e6e4be1dc584caaa997b"
        );
        let mut empty = outputs(r#"{"deterministic-output-path": "/iexec_out/e"}"#, &[]);
        empty.insert_directory("e").unwrap();
        let Ok(Computed5::Path(digest)) = read(&empty, false) else {
            panic!("no digest")
        };
        // The Keccak-256 of nothing.
        let nothing = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(hex::encode(digest), nothing);
    }

    #[test]
    fn callback_data_is_taken_when_wanted_or_when_nothing_else_is_named() {
        let both = r#"{"deterministic-output-path": "/iexec_out/a", "callback-data": "0x01"}"#;
        let files = outputs(both, &[("a", "")]);
        let data = Computed5::Callback(Bytes::from_static(&[1]));
        assert_eq!(read(&files, true), Ok(data.clone()));
        assert!(matches!(read(&files, false), Ok(Computed5::Path(_))));
        let alone = outputs(r#"{"callback-data": "0x01"}"#, &[]);
        assert_eq!(read(&alone, false), Ok(data));
        assert!(hex::encode(keccak256([1])).starts_with("5fe7f977"));
    }

    #[test]
    fn what_says_nothing_is_an_error_with_a_name() {
        let error = |json: &str, callback| read(&outputs(json, &[]), callback).unwrap_err();
        assert_eq!(read(&Files::new(), false), Err(ComputedError::Missing));
        assert!(matches!(error("[", false), ComputedError::Malformed(_)));
        assert_eq!(error("{}", false), ComputedError::Nothing);
        assert_eq!(
            error(r#"{"callback-data": ""}"#, false),
            ComputedError::Nothing
        );
        assert_eq!(error("{}", true), ComputedError::NoCallback);
        let json = r#"{"callback-data": "42 apples"}"#;
        assert!(matches!(
            error(json, false),
            ComputedError::CallbackNotHex(_)
        ));
        for path in ["/etc/passwd", "iexec_out/a", "/iexec_out/../etc", "/"] {
            let json = format!(r#"{{"deterministic-output-path": "{path}"}}"#);
            let outside = ComputedError::OutsideOutput(path.into());
            assert_eq!(error(&json, false), outside);
        }
        let json = r#"{"deterministic-output-path": "/iexec_out/none"}"#;
        assert!(matches!(error(json, false), ComputedError::NoSuchPath(_)));
    }

    #[test]
    fn a_file_of_another_shape_says_which_it_has() {
        let wrong = |json: &str| read(&outputs(json, &[]), false).unwrap_err().to_string();
        for (json, said) in [
            ("", "it is empty"),
            ("  ", "it is empty"),
            ("[]", "it is a list, not an object"),
            ("\"x\"", "it is a text, not an object"),
            ("{}x", "it is not JSON: "),
            (
                r#"{"deterministic-output-path": 5}"#,
                "\"deterministic-output-path\" is a number, not a text",
            ),
            (
                r#"{"callback-data": ["0x"]}"#,
                "\"callback-data\" is a list, not a text",
            ),
        ] {
            let told = wrong(json);
            let begin = "computed.json is not as it should be: ";
            assert!(told.starts_with(begin) && told.contains(said), "{told}");
            // The words of a parser about types of this program help no author.
            assert!(!told.contains("struct"), "{told}");
        }
        // A mark before the text and a key written again are no mistakes.
        let json = "\u{feff}{\"deterministic-output-path\": \"/no\", \"deterministic-output-path\": \"/iexec_out/a\"}";
        assert!(read(&outputs(json, &[("a", "")]), false).is_ok());
    }

    #[test]
    fn a_file_name_of_32_characters_fails_the_task() {
        let json = r#"{"deterministic-output-path": "/iexec_out"}"#;
        let (fits, long) = ("n".repeat(31), "n".repeat(32));
        assert!(read(&outputs(json, &[(&fits, "")]), false).is_ok());
        assert!(matches!(
            read(&outputs(json, &[(&long, "")]), false),
            Err(ComputedError::NameTooLong(_))
        ));
    }
}
