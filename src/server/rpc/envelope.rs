//! The JSON-RPC 2.0 envelope: text in, calls out; answers in, text out. Ids are echoed letter by letter.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{
    error::{Answer, RpcError},
    params::Params,
};

/// One message: a single call, or several to be answered in order.
#[derive(Debug)]
pub enum Message {
    /// One call, or what is wrong with it.
    Single(Parsed),
    /// A batch; each member stands or falls alone.
    Batch(Vec<Parsed>),
}

/// A call, or the error to answer in its place.
pub type Parsed = Result<Call, Malformed>;

/// A call that was understood.
#[derive(Clone, Debug)]
pub struct Call {
    /// What to do.
    pub method: String,
    /// With what.
    pub params: Params,
    /// How the caller will recognise the answer; none for a notification.
    pub id: Option<Id>,
}

/// An id as its JSON text: a string, a number or `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(Box<str>);

/// A member that is no call.
#[derive(Clone, Debug)]
pub struct Malformed {
    /// The id, when one could be read.
    pub id: Id,
    /// What is wrong.
    pub error: RpcError,
}

impl Id {
    /// The id of an answer to something without a readable id.
    pub fn null() -> Self {
        Self("null".into())
    }

    fn read(raw: &RawValue) -> Option<Self> {
        let text = raw.get();
        let fits = text == "null"
            || text
                .starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit());
        fits.then(|| Self(text.into()))
    }
}

/// A call's members as they came: whatever else is wrong, its id is to be found.
#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// Keeps `null` apart from absence: a call with id `null` is answered, one without id is not.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// Reads a message.
///
/// A batch longer than `batch_max` is refused whole.
///
/// # Errors
/// The error to answer with id `null` when the text is not JSON, an empty batch, or too large a one.
pub fn parse(text: &[u8], batch_max: usize) -> Result<Message, RpcError> {
    let unreadable = |_| RpcError::invalid_request("Invalid request");
    let text = std::str::from_utf8(text).map_err(|_| unreadable(()))?;
    if !text.trim_start().starts_with('[') {
        let whole: &RawValue = serde_json::from_str(text).map_err(|_| unreadable(()))?;
        return Ok(Message::Single(parse_call(whole.get())));
    }
    let members: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| unreadable(()))?;
    if members.is_empty() {
        return Err(unreadable(()));
    }
    if members.len() > batch_max {
        return Err(RpcError::invalid_request(format!(
            "batch too large: {} calls, at most {batch_max} are allowed",
            members.len()
        )));
    }
    let calls = members.into_iter().map(|raw| parse_call(raw.get()));
    Ok(Message::Batch(calls.collect()))
}

fn parse_call(text: &str) -> Parsed {
    let malformed = |id: Option<Id>, message: &'static str| Malformed {
        id: id.unwrap_or_else(Id::null),
        error: RpcError::invalid_request(message),
    };
    let wire: Wire<'_> =
        serde_json::from_str(text).map_err(|_| malformed(None, "Invalid request"))?;
    let id = match wire.id.map(Id::read) {
        None => None,
        Some(Some(id)) => Some(id),
        Some(None) => return Err(malformed(None, "id must be a string, a number or null")),
    };
    if text_of(wire.jsonrpc).as_deref() != Some("2.0") {
        return Err(malformed(id, "Invalid request: jsonrpc must be \"2.0\""));
    }
    let Some(method) = text_of(wire.method) else {
        let message = match wire.method {
            None => "Invalid request: method is missing",
            Some(_) => "Invalid request: method must be a string",
        };
        return Err(malformed(id, message));
    };
    let params = match wire.params.map(Params::read) {
        None => Params::default(),
        Some(Ok(params)) => params,
        Some(Err(error)) => {
            let id = id.unwrap_or_else(Id::null);
            return Err(Malformed { id, error });
        }
    };
    Ok(Call {
        method: method.into_owned(),
        params,
        id,
    })
}

/// Returns the text of a JSON string; none if it is something else.
fn text_of(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let Text(text) = serde_json::from_str(raw?.get()).ok()?;
    Some(text)
}

/// Returns how many bytes the answer to the call `id` takes at most.
pub fn size(id: &Id, answer: &Answer) -> usize {
    // A character of a message may be escaped, and data is told in hex.
    let content = match answer {
        Ok(result) => result.bytes().len(),
        Err(error) => {
            6 * error.message.len() + 2 * error.data.as_ref().map_or(0, |data| data.len())
        }
    };
    id.0.len() + content + 96
}

/// Returns what stands before the result of the call `id`; behind it stands [`END`].
pub fn before(id: &Id) -> Vec<u8> {
    [BEGINNING, id.0.as_bytes(), RESULT].concat()
}

const BEGINNING: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":";
const RESULT: &[u8] = b",\"result\":";

/// What stands behind a result or an error.
pub const END: &[u8] = b"}";

/// Writes the answer to the call `id`.
pub fn write(out: &mut Vec<u8>, id: &Id, answer: &Answer) {
    out.extend_from_slice(BEGINNING);
    out.extend_from_slice(id.0.as_bytes());
    match answer {
        Ok(result) => {
            out.extend_from_slice(RESULT);
            out.extend_from_slice(result.bytes());
        }
        Err(error) => {
            out.extend_from_slice(b",\"error\":");
            serde_json::to_writer(&mut *out, error)
                .expect("an error object of strings and numbers always has a JSON form");
        }
    }
    out.extend_from_slice(END);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(text: &str) -> Parsed {
        match parse(text.as_bytes(), 10).unwrap() {
            Message::Single(parsed) => parsed,
            Message::Batch(_) => panic!("{text} is no batch"),
        }
    }

    #[test]
    fn an_id_comes_back_letter_by_letter() {
        for id in [
            "1",
            "0",
            "-7",
            "1.50",
            "1e3",
            "18446744073709551616",
            "\"a\\u0041\"",
            "null",
        ] {
            let call = single(&format!(
                "{{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":{id}}}"
            ));
            let mut out = Vec::new();
            write(
                &mut out,
                &call.unwrap().id.unwrap(),
                &crate::server::rpc::error::null(),
            );
            let text = String::from_utf8(out).unwrap();
            assert_eq!(
                text,
                format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":null}}")
            );
        }
    }

    #[test]
    fn a_call_without_id_is_a_notification_and_null_is_an_id() {
        assert!(
            single(r#"{"jsonrpc":"2.0","method":"m"}"#)
                .unwrap()
                .id
                .is_none()
        );
        let null = single(r#"{"jsonrpc":"2.0","method":"m","id":null}"#).unwrap();
        assert_eq!(null.id, Some(Id::null()));
    }

    #[test]
    fn ids_of_other_kinds_are_refused() {
        for id in ["true", "{}", "[1]"] {
            let text = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":{id}}}");
            let error = single(&text).unwrap_err().error;
            assert_eq!(error.code, RpcError::INVALID_REQUEST);
        }
    }

    #[test]
    fn a_malformed_call_keeps_its_id_when_it_has_one() {
        for text in [
            r#"{"method":"m","id":7}"#,
            r#"{"jsonrpc":2,"method":"m","id":7}"#,
            r#"{"jsonrpc":"2.0","method":5,"id":7}"#,
            r#"{"jsonrpc":"2.0","method":null,"id":7}"#,
            r#"{"jsonrpc":"2.0","method":{"id":8},"id":7}"#,
            r#"{"jsonrpc":"2.0","method":"m","params":5,"id":7}"#,
        ] {
            let wrong = single(text).unwrap_err();
            assert_eq!(wrong.id, Id("7".into()), "{text}");
        }
        let wrong = single(r#"{"id":1,"jsonrpc":"2.0","method":5}"#).unwrap_err();
        assert_eq!(wrong.error.code, RpcError::INVALID_REQUEST);
        let message = wrong.error.message;
        assert_eq!(message, "Invalid request: method must be a string");
    }

    #[test]
    fn an_empty_or_oversized_batch_is_refused_whole() {
        assert!(parse(b"[]", 10).is_err());
        let call = r#"{"jsonrpc":"2.0","method":"m","id":1}"#;
        let batch = format!("[{}]", [call; 11].join(","));
        let error = parse(batch.as_bytes(), 10).unwrap_err();
        assert!(error.message.contains("11 calls, at most 10"), "{error}");
    }

    #[test]
    fn a_bad_member_does_not_spoil_its_batch() {
        let text = br#" [1, {"jsonrpc":"2.0","method":"m","id":1}]"#;
        let Message::Batch(calls) = parse(text, 10).unwrap() else {
            panic!("a batch");
        };
        assert!(calls[0].is_err() && calls[1].is_ok());
    }
}
