//! What the text of an input means: where it lies, what it is called, what it must hash to.

use std::path::PathBuf;

use alloy_primitives::B256;

use super::InputError;

/// The most bytes a file name may have.
const NAME_BYTES_MAX: usize = 255;

/// The name of a file whose URI gives none.
const NAME_FALLBACK: &str = "input";

/// Where an input lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// On this machine; relative paths begin at the scenario.
    File(PathBuf),
    /// On the network.
    Http,
}

impl Source {
    /// Reads `uri`, which has no pin any more.
    pub(super) fn parse(uri: &str) -> Result<Self, InputError> {
        let wrong = |reason| InputError::Uri {
            uri: uri.into(),
            reason,
        };
        if uri.is_empty() {
            return Err(wrong("it is empty"));
        }
        if uri.chars().any(char::is_control) {
            return Err(wrong("it holds a control character"));
        }
        let Some((scheme, rest)) = scheme_of(uri) else {
            return Ok(Self::File(uri.into()));
        };
        match scheme.as_str() {
            "http" | "https" if host_of(rest).is_empty() => Err(wrong("it names no host")),
            "http" | "https" => Ok(Self::Http),
            "file" => {
                let path = match rest.strip_prefix("//") {
                    Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
                    None => rest,
                };
                if rest.starts_with("//") && !path.starts_with('/') {
                    return Err(wrong("a file: URI names no host; write file:///path"));
                }
                let path =
                    percent_decode(path).ok_or_else(|| wrong("its %-codes are not UTF-8"))?;
                match path.is_empty() || path.contains('\0') {
                    true => Err(wrong("it names no file")),
                    false => Ok(Self::File(path.into())),
                }
            }
            _ => Err(wrong(
                "only http, https, file and relative paths are understood",
            )),
        }
    }
}

/// Splits `#sha256=HEX` off `uri`.
pub(super) fn split_pin(uri: &str) -> Result<(&str, Option<B256>), InputError> {
    let Some((bare, pin)) = uri.rsplit_once("#sha256=") else {
        return Ok((uri, None));
    };
    let hash = pin.parse::<B256>().map_err(|_| InputError::Uri {
        uri: uri.into(),
        reason: "#sha256= wants 64 hexadecimal digits",
    })?;
    Ok((bare, Some(hash)))
}

/// Returns the name of the file at `uri`: the last part of its path, or `input` when that is not
/// a file's name.
pub(super) fn file_name(uri: &str) -> Result<String, InputError> {
    let path = match Source::parse(uri)? {
        Source::File(_) if scheme_of(uri).is_none() => return Ok(plain_name(uri)),
        Source::File(path) => return Ok(plain_name(&path.to_string_lossy())),
        Source::Http => uri,
    };
    let rest = scheme_of(path).map_or(path, |(_, rest)| rest);
    let rest = rest.trim_start_matches('/');
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (_, path) = rest[..end].split_once('/').unwrap_or(("", ""));
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = percent_decode(last).unwrap_or_default();
    Ok(match name.contains(['/', '\\']) {
        true => NAME_FALLBACK.into(),
        false => plain_name(&name),
    })
}

fn plain_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let odd = matches!(name, "" | "." | "..")
        || name.len() > NAME_BYTES_MAX
        || name.chars().any(char::is_control);
    match odd {
        true => NAME_FALLBACK.into(),
        false => name.into(),
    }
}

/// The scheme in lower case and what follows its colon.
fn scheme_of(uri: &str) -> Option<(String, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let letters = |char: char| char.is_ascii_alphanumeric() || "+-.".contains(char);
    let first = scheme.chars().next()?;
    (first.is_ascii_alphabetic() && scheme.chars().all(letters))
        .then(|| (scheme.to_ascii_lowercase(), rest))
}

/// The host in what follows `http:`, with port and user.
fn host_of(rest: &str) -> &str {
    let rest = rest.strip_prefix("//").unwrap_or_default();
    &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())]
}

/// None when the result is not UTF-8 or a `%` is not followed by two digits.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? << 4 | digit()?) as u8
            }
            plain => plain,
        };
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_as_the_last_part_of_its_path() {
        let name = |uri| file_name(uri).unwrap();
        let video = "http://techslides.com/demos/sample-videos/small.mp4";
        assert_eq!(name(video), "small.mp4");
        assert_eq!(name("https://host:8080/a%20b.zip?x=/y#z"), "a b.zip");
        assert_eq!(name("fixtures/books.zip"), "books.zip");
        assert_eq!(name("file:///data/iris%2ecsv"), "iris.csv");
        assert_eq!(name("100%.txt"), "100%.txt");
    }

    #[test]
    fn a_name_that_is_none_becomes_input() {
        let long = format!("http://host/{}", "n".repeat(256));
        for uri in [
            "http://host",
            "http://host/",
            "http://host/..",
            "http://host/%2e%2e",
            "http://host/a%2f..%2fb",
            "http://host/a%5cb",
            "http://host/a%00",
            "http://host/%ff",
            "http://host?x=/etc/passwd",
            &long,
        ] {
            assert_eq!(file_name(uri).unwrap(), "input", "{uri}");
        }
    }

    #[test]
    fn only_three_schemes_are_understood() {
        assert_eq!(Source::parse("HTTPS://host/a").unwrap(), Source::Http);
        let local = Source::File("/data/a b".into());
        assert_eq!(Source::parse("file:///data/a%20b").unwrap(), local);
        assert_eq!(Source::parse("file://localhost/data/a%20b").unwrap(), local);
        for uri in [
            "",
            "ftp://host/a",
            "xw://a",
            "data:,x",
            "http://",
            "http:/a",
            "file://host/a",
            "file:",
            "file:///%zz",
            "a\nb",
        ] {
            assert!(Source::parse(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_pin_is_split_off() {
        let hex = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        let uri = format!("http://host/a#sha256={hex}");
        let (bare, pin) = split_pin(&uri).unwrap();
        assert_eq!((bare, pin), ("http://host/a", Some(hex.parse().unwrap())));
        assert_eq!(split_pin("a#b").unwrap(), ("a#b", None));
        assert!(split_pin("a#sha256=12").is_err());
    }
}
