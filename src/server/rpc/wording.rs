//! What is wrong with an argument, in the words of the wire: no types of ours, no places in a text
//! the caller never saw.

use serde_json::Error;

/// What the readers of arguments call things, and what a client calls them. A phrase that is part
/// of another comes after it.
const PHRASES: [(&str, &str); 23] = [
    (
        "20 bytes, represented as a hex string of length 40, an array of u8, or raw bytes",
        "20 bytes in hex",
    ),
    (
        "32 bytes, represented as a hex string of length 64, an array of u8, or raw bytes",
        "32 bytes in hex",
    ),
    (
        "a variable number of bytes represented as a hex string, an array of u8, or raw bytes",
        "bytes in hex",
    ),
    (
        "Invalid variadic value or array type: data did not match any variant of untagged enum Variadic",
        "expected one value in hex or an array of them",
    ),
    (
        "data did not match any variant of untagged enum Wish",
        "expected a timestamp, or an object of timestamp and blocks",
    ),
    (
        "data did not match any variant of untagged enum GethDebugTracerType",
        "expected the name of a tracer",
    ),
    (
        "data did not match any variant of untagged enum StrOrVal",
        "expected types, primaryType, domain and message, or their JSON as a string",
    ),
    ("a 1 byte hex string", "at most 1 byte in hex"),
    ("a 8 byte hex string", "at most 8 bytes in hex"),
    ("a 16 byte hex string", "at most 16 bytes in hex"),
    ("a 32 byte hex string", "at most 32 bytes in hex"),
    ("a valid hex string", "bytes in hex"),
    (
        "Block identifier following EIP-1898",
        "a block number in hex, a tag, or an object of blockNumber or blockHash",
    ),
    ("Filter object", "an object"),
    ("invalid type: sequence", "invalid type: array"),
    ("invalid type: map", "invalid type: object"),
    ("expected a sequence", "expected an array"),
    ("expected f64", "expected a number"),
    ("expected u8", "expected a byte"),
    ("expected u64", "expected a whole number"),
    ("expected usize", "expected a whole number"),
    ("expected a tuple of size 2", "expected an array of 2"),
    ("unknown variant", "unknown value"),
];

/// Most characters of a complaint: it quotes what the client sent.
const LENGTH_MAX: usize = 400;

/// Returns what is wrong with the argument `text`, and in which member of it if it is an object.
pub(super) fn complaint(error: &Error, text: &str) -> String {
    let mut words = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    if let Some(without) = words.strip_suffix(&place) {
        words.truncate(without.len());
    }
    for (theirs, ours) in PHRASES {
        words = words.replace(theirs, ours);
    }
    for of_ours in ["expected struct ", "data did not match any variant"] {
        if let Some(start) = words.find(of_ours) {
            let plain = if of_ours.starts_with("expected") {
                "expected an object"
            } else {
                "it has none of the forms it may have"
            };
            words.replace_range(start.., plain);
        }
    }
    let told = match member(text, error.line(), error.column()) {
        Some(member) => format!("{member}: {words}"),
        None => words,
    };
    if told.chars().nth(LENGTH_MAX).is_none() {
        return told;
    }
    told.chars().take(LENGTH_MAX).chain(['…']).collect()
}

/// Returns the name of the last member that begins before a place of a JSON text; none if there is
/// no such place, or no member before it.
fn member(text: &str, line: usize, column: usize) -> Option<&str> {
    let before = text
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len);
    let end = (before.sum::<usize>() + column).min(text.len());
    let bytes = text.as_bytes().get(..end)?;
    let (mut at, mut last) = (0, None);
    while at < end {
        if bytes[at] != b'"' {
            at += 1;
            continue;
        }
        let start = at + 1;
        at = start;
        while at < end && bytes[at] != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        let closed = at.min(end);
        at += 1;
        let follows = bytes.get(at..).unwrap_or_default();
        let next = follows.iter().find(|byte| !byte.is_ascii_whitespace());
        if next == Some(&b':') {
            last = text.get(start..closed);
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256, Bytes, U64, U256};
    use alloy_rpc_types::{Filter, TransactionRequest};
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::server::rpc::slot::Slot;

    fn said<T: DeserializeOwned>(text: &str) -> String {
        let error = serde_json::from_str::<T>(text).map(drop).unwrap_err();
        complaint(&error, text)
    }

    #[test]
    fn the_member_that_is_wrong_is_named() {
        for (text, expected) in [
            (
                r#"{"from":"0x0000000000000000000000000000000000000001","gas":"x"}"#,
                "gas: invalid value: string \"x\", expected at most 8 bytes in hex",
            ),
            (
                "{\n \"to\" : 5}",
                "to: invalid type: integer `5`, expected 20 bytes in hex",
            ),
            (
                r#"{"data":"a\"b\":"}"#,
                "data: invalid value: string \"a\\\"b\\\":\", expected bytes in hex",
            ),
            ("{", "EOF while parsing an object"),
            ("5", "invalid type: integer `5`, expected an object"),
        ] {
            assert_eq!(said::<TransactionRequest>(text), expected);
        }
    }

    #[test]
    fn nothing_of_the_reader_is_told() {
        let said = [
            said::<Address>("5"),
            said::<Address>("\"0x12\""),
            said::<B256>("{}"),
            said::<Bytes>("[[]]"),
            said::<U64>("\"0x1ffffffffffffffffff\""),
            said::<U256>("-1"),
            said::<Vec<f64>>("\"a\""),
            said::<Filter>(r#"{"address":5}"#),
            said::<Filter>(r#"{"topics":[5]}"#),
            said::<Filter>("[]"),
            said::<Slot>("\"zz\""),
        ];
        for said in said {
            for theirs in ["at line", "untagged", "struct", "u8", "sequence", "f64"] {
                assert!(!said.contains(theirs), "{said}");
            }
        }
    }

    #[test]
    fn what_is_quoted_is_cut() {
        let told = said::<Address>(&format!("\"{}\"", "é".repeat(5_000)));
        let told = told.chars().count();
        assert!(told <= LENGTH_MAX + 1, "{told}");
        let text = format!("{{\"{}\":5}}", "to".repeat(5_000));
        let told = said::<alloy_eips::BlockId>(&text).chars().count();
        assert_eq!(told, LENGTH_MAX + 1);
    }

    #[test]
    fn any_text_is_looked_through_without_harm() {
        for text in ["", "\"", "\"\\", "{\"a", "{\"\u{e9}\":1", "\"\\u00e9\":\""] {
            for column in 0..12 {
                let _ = member(text, 1, column);
                let _ = member(text, 3, column);
            }
        }
    }
}
