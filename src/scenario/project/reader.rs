//! Reads the object notation people write in `iexec.js` and `iexec.json`.
//!
//! A superset of JSON5: `module.exports =`, comments, unquoted keys, any quotes, trailing commas,
//! strings joined by `+`, and a bare list of members without braces. Nothing is evaluated. Every
//! value keeps its place in the text, so that whoever refuses it can show where it stands.

use std::ops::Range;

/// The deepest nesting read: project files have four levels.
const DEPTH_MAX: usize = 64;

/// A value and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Range<usize>,
}

/// What can be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// As written, so that no digit is lost.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// One `key: value`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) node: Node,
}

/// What cannot be read, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ReadError {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Reads a whole file.
///
/// # Errors
///
/// [`ReadError`] at the first thing that cannot be read.
pub(crate) fn read(text: &str) -> Result<Node, ReadError> {
    let mut reader = Reader { text, at: 0 };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    reader.skip_blanks()?;
    reader.skip_preamble()?;
    let node = if reader.peek() == Some('{') {
        reader.value(0)?
    } else {
        reader.bare_members()?
    };
    reader.skip_blanks()?;
    while reader.eat(';') {
        reader.skip_blanks()?;
    }
    if reader.at < text.len() {
        return Err(reader.error(
            reader.at..text.len().min(reader.at + 1),
            "there is more text after the end of the project",
            "remove it; only one object can be read, and no code is run",
        ));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn error(&self, span: Range<usize>, message: &str, help: &str) -> ReadError {
        ReadError {
            span,
            message: message.to_owned(),
            help: help.to_owned(),
        }
    }

    /// The character under the cursor, for an error.
    fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    fn skip_blanks(&mut self) -> Result<(), ReadError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let Some(end) = trimmed.find("*/") else {
                    let span = self.at..self.at + 2;
                    return Err(self.error(span, "this comment never ends", "close it with `*/`"));
                };
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    /// Skips `"use strict";`, then `module.exports =` or `export default`.
    fn skip_preamble(&mut self) -> Result<(), ReadError> {
        for directive in ["'use strict'", "\"use strict\""] {
            if self.rest().starts_with(directive) {
                self.at += directive.len();
                self.skip_blanks()?;
                self.eat(';');
                self.skip_blanks()?;
            }
        }
        for words in [&["module", ".", "exports", "="][..], &["exports", "="], &["export", "default"]] {
            if self.skip_words(words)? {
                return Ok(());
            }
        }
        for code in ["const ", "let ", "var ", "function ", "require", "import "] {
            if self.rest().starts_with(code) {
                let span = self.at..self.at + code.trim_end().len();
                return Err(self.error(
                    span,
                    "this is code, and no code is run",
                    "write the project as one object: `module.exports = { … }`",
                ));
            }
        }
        Ok(())
    }

    /// Skips `words` if all of them follow, blanks between them allowed.
    fn skip_words(&mut self, words: &[&str]) -> Result<bool, ReadError> {
        let start = self.at;
        for word in words {
            if !self.rest().starts_with(word) {
                self.at = start;
                return Ok(false);
            }
            self.at += word.len();
            self.skip_blanks()?;
        }
        Ok(true)
    }

    /// Reads members up to the end of the text, as in a fragment pasted from a page.
    fn bare_members(&mut self) -> Result<Node, ReadError> {
        let start = self.at;
        let mut members = Vec::new();
        while self.at < self.text.len() {
            let Some(member) = self.member(0)? else { break };
            members.push(member);
            if !self.eat(',') {
                break;
            }
            self.skip_blanks()?;
        }
        if members.is_empty() {
            return Err(self.error(
                self.here(),
                "there is no project here",
                "write `module.exports = { app: { … }, order: { … } }`",
            ));
        }
        let span = start..self.at;
        Ok(Node { value: Value::Object(members), span })
    }

    fn value(&mut self, depth: usize) -> Result<Node, ReadError> {
        if depth > DEPTH_MAX {
            return Err(self.error(self.here(), "this is nested too deeply", "flatten it"));
        }
        let start = self.at;
        let value = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"' | '\'' | '`') => self.joined_text()?,
            Some('-' | '+' | '.' | '0'..='9') => self.number()?,
            Some(char) if is_word(char) => self.word()?,
            _ => {
                return Err(self.error(
                    self.here(),
                    "a value is missing here",
                    "write a text in quotes, a number, or an object in braces",
                ));
            }
        };
        let span = start..self.at;
        self.skip_blanks()?;
        Ok(Node { value, span })
    }

    fn object(&mut self, depth: usize) -> Result<Value, ReadError> {
        let open = self.here();
        self.eat('{');
        self.skip_blanks()?;
        let mut members = Vec::new();
        while !self.eat('}') {
            let Some(member) = self.member(depth + 1)? else {
                return Err(self.unclosed(open, '}'));
            };
            members.push(member);
            if !self.eat(',') && self.peek() != Some('}') {
                return Err(self.missing_comma(open, '}'));
            }
            self.skip_blanks()?;
        }
        Ok(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Value, ReadError> {
        let open = self.here();
        self.eat('[');
        self.skip_blanks()?;
        let mut items = Vec::new();
        while !self.eat(']') {
            if self.at == self.text.len() {
                return Err(self.unclosed(open, ']'));
            }
            items.push(self.value(depth + 1)?);
            if !self.eat(',') && self.peek() != Some(']') {
                return Err(self.missing_comma(open, ']'));
            }
            self.skip_blanks()?;
        }
        Ok(Value::List(items))
    }

    fn unclosed(&self, open: Range<usize>, close: char) -> ReadError {
        self.error(open, "this is never closed", &format!("add the missing `{close}`"))
    }

    fn missing_comma(&self, open: Range<usize>, close: char) -> ReadError {
        if self.at == self.text.len() {
            return self.unclosed(open, close);
        }
        let help = format!("put a `,` between two members, or `{close}` after the last");
        self.error(self.here(), "a comma is missing before this", &help)
    }

    /// Reads one `key: value`; `None` at the end of the text.
    fn member(&mut self, depth: usize) -> Result<Option<Member>, ReadError> {
        let start = self.at;
        let key = match self.peek() {
            None => return Ok(None),
            Some('"' | '\'' | '`') => self.text()?,
            Some(char) if is_word(char) => self.take_word().to_owned(),
            Some(_) => {
                return Err(self.error(
                    self.here(),
                    "a key is missing here",
                    "write `key: value`, such as `cmdline: '--help'`",
                ));
            }
        };
        let key_span = start..self.at;
        self.skip_blanks()?;
        if !self.eat(':') {
            let help = if self.peek() == Some('=') {
                "write `:` instead of `=`".to_owned()
            } else {
                format!("write `{key}: …`")
            };
            return Err(self.error(key_span, "this key has no `:` and no value", &help));
        }
        self.skip_blanks()?;
        let node = self.value(depth)?;
        Ok(Some(Member { key, key_span, node }))
    }

    /// Reads texts joined by `+`.
    fn joined_text(&mut self) -> Result<Value, ReadError> {
        let mut text = self.text()?;
        loop {
            let end = self.at;
            self.skip_blanks()?;
            if !self.eat('+') {
                self.at = end;
                return Ok(Value::Text(text));
            }
            self.skip_blanks()?;
            if !matches!(self.peek(), Some('"' | '\'' | '`')) {
                return Err(self.error(
                    self.here(),
                    "only a text in quotes can follow `+`",
                    "write the whole text in quotes; no code is run",
                ));
            }
            text.push_str(&self.text()?);
        }
    }

    fn text(&mut self) -> Result<String, ReadError> {
        let start = self.at;
        let quote = self.peek().unwrap_or('"');
        self.eat(quote);
        let mut text = String::new();
        loop {
            let Some(char) = self.peek() else {
                return Err(self.unclosed_text(start, quote));
            };
            self.at += char.len_utf8();
            match char {
                _ if char == quote => return Ok(text),
                '\n' if quote != '`' => return Err(self.unclosed_text(start, quote)),
                '$' if quote == '`' && self.peek() == Some('{') => {
                    return Err(self.error(
                        self.at - 1..self.at + 1,
                        "this is code, and no code is run",
                        "write the value itself",
                    ));
                }
                '\\' => self.escape(&mut text)?,
                _ => text.push(char),
            }
        }
    }

    fn unclosed_text(&self, start: usize, quote: char) -> ReadError {
        let line_end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |length| start + length);
        let line = self.text[start..line_end].trim_end().trim_end_matches(',');
        let help = format!("close it: {line}{quote}");
        self.error(start..start + line.len(), "this text has no closing quote", &help)
    }

    fn escape(&mut self, text: &mut String) -> Result<(), ReadError> {
        let start = self.at - 1;
        let Some(char) = self.peek() else {
            return Ok(());
        };
        self.at += char.len_utf8();
        let digits = match char {
            '\n' => return Ok(()),
            'x' => 2,
            'u' => 4,
            _ => {
                text.push(control(char).unwrap_or(char));
                return Ok(());
            }
        };
        let hex = self.rest().get(..digits).unwrap_or_default();
        let code = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
        let Some(char) = code else {
            let help = "write the character itself";
            return Err(self.error(start..self.at, "this escape is no character", help));
        };
        self.at += digits;
        text.push(char);
        Ok(())
    }

    fn number(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        let length = self
            .rest()
            .find(|char: char| !(char.is_ascii_alphanumeric() || "+-._".contains(char)))
            .unwrap_or(self.rest().len());
        self.at += length;
        let text = &self.text[start..self.at];
        let plain = text.replace('_', "");
        let hex = plain.strip_prefix("0x").is_some_and(|digits| {
            !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit())
        });
        if !hex && plain.parse::<f64>().is_err() {
            let help = "write a number, or a text in quotes";
            return Err(self.error(start..self.at, "this is not a number", help));
        }
        Ok(Value::Number(plain))
    }

    fn word(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        let word = self.take_word().to_owned();
        match word.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" | "undefined" => Ok(Value::Null),
            _ => Err(self.error(
                start..self.at,
                "this is neither a text nor a number",
                &format!("put it in quotes: '{word}'"),
            )),
        }
    }

    fn take_word(&mut self) -> &str {
        let start = self.at;
        let length = self.rest().find(|char| !is_word(char));
        self.at += length.unwrap_or(self.rest().len());
        &self.text[start..self.at]
    }
}

/// Whether a key or a keyword may contain `char` without quotes.
fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

/// The control character an escape stands for.
fn control(char: char) -> Option<char> {
    match char {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        '0' => Some('\0'),
        _ => None,
    }
}
