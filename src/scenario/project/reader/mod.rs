//! Reads the object notation people write in `iexec.js` and `iexec.json`.
//!
//! A superset of JSON5: `module.exports =`, comments, unquoted keys, any quotes, trailing commas,
//! texts joined by `+`, and a bare list of members without braces. Rule: nothing is evaluated, and
//! every value keeps its place in the text, so that whoever refuses it can show where it stands.

mod code;
mod scalar;

use std::ops::Range;

/// The deepest nesting read: project files have four levels.
const DEPTH_MAX: usize = 64;

/// A value and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) span: Range<usize>,
}

/// What can be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
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
pub(super) struct Member {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Node,
}

/// What cannot be read, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct ReadError {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// Reads a whole file.
///
/// # Errors
///
/// [`ReadError`] at the first thing that cannot be read.
pub(super) fn read(text: &str) -> Result<Node, ReadError> {
    let mut reader = Reader { text, at: 0 };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    if let Some(at) = text.find('\0') {
        let help = "is this the right file? if it is UTF-16, save it as UTF-8";
        return Err(error(
            at..at + 1,
            "this is no text: it has a NUL byte here",
            help,
        ));
    }
    if reader.rest().starts_with("#!") {
        reader.at += reader.rest().find('\n').unwrap_or(reader.rest().len());
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
        return Err(error(
            reader.here(),
            "there is more text after the end of the project",
            "remove it, or a `}` stands too early; only one object is read, and no code is run",
        ));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
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
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                let Some(end) = comment.find("*/") else {
                    let span = self.at..self.at + 2;
                    return Err(error(span, "this comment never ends", "close it with `*/`"));
                };
                self.at += 2 + end + 2;
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
        let preambles: [&[&str]; 3] = [
            &["module", ".", "exports", "="],
            &["exports", "="],
            &["export", "default"],
        ];
        for words in preambles {
            if self.skip_words(words)? {
                self.refuse_list()?;
                return self.refuse_computed();
            }
        }
        self.refuse_list()?;
        self.refuse_parts()?;
        let word_end = self.rest().find(|char| !is_word(char));
        let word = &self.rest()[..word_end.unwrap_or(self.rest().len())];
        let code = ["const", "let", "var", "function", "require", "import"];
        let is_key = self.rest()[word.len()..].trim_start().starts_with(':');
        if code.contains(&word) && !is_key {
            return Err(error(
                self.at..self.at + word.len(),
                "this is code, and no code is run",
                "write the project as one object: `module.exports = { … }`",
            ));
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
        while let Some(member) = self.member(0)? {
            members.push(member);
            if !self.eat(',') {
                break;
            }
            self.skip_blanks()?;
        }
        if members.is_empty() {
            return Err(error(
                self.here(),
                "there is no project here",
                "write `module.exports = { app: { … }, order: { … } }`",
            ));
        }
        let span = start..self.at;
        let value = Value::Object(members);
        Ok(Node { value, span })
    }

    fn value(&mut self, depth: usize) -> Result<Node, ReadError> {
        if depth > DEPTH_MAX {
            let help = "project files have four levels";
            return Err(error(self.here(), "this is nested too deeply", help));
        }
        let start = self.at;
        self.refuse_operator()?;
        let value = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"' | '\'' | '`') => self.joined_text()?,
            Some('-' | '+' | '.' | '0'..='9') => self.number()?,
            Some(char) if is_word(char) => self.word()?,
            _ => {
                return Err(error(
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
                return Err(unclosed(open, '}'));
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
                return Err(unclosed(open, ']'));
            }
            items.push(self.value(depth + 1)?);
            if !self.eat(',') && self.peek() != Some(']') {
                return Err(self.missing_comma(open, ']'));
            }
            self.skip_blanks()?;
        }
        Ok(Value::List(items))
    }

    fn missing_comma(&self, open: Range<usize>, close: char) -> ReadError {
        if self.at == self.text.len() {
            return unclosed(open, close);
        }
        if let Some(code) = self.computed_on() {
            return code;
        }
        if let Some(late) = self.closed_late() {
            return late;
        }
        let help = format!(
            "put a `,` between two members and `{close}` after the last; or a quote is missing further left"
        );
        error(self.here(), "a comma is missing before this", &help)
    }

    /// The text that ends right here, if it went on beyond a comma: what was to be the quote after
    /// the next `:` has closed it.
    fn closed_late(&self) -> Option<ReadError> {
        let before = &self.text[..self.at];
        let quote = before
            .chars()
            .next_back()
            .filter(|last| "'\"".contains(*last))?;
        let inner = &before[..before.len() - 1];
        let opened = inner.rfind(quote)?;
        let (word, after) = inner[opened + 1..].split_once(',')?;
        let is_next_member = after.trim_end().ends_with(':') && !after.contains('\n');
        let help = format!("close it before the comma: {quote}{word}{quote}");
        let span = opened..opened + 1 + word.len();
        is_next_member.then(|| error(span, "this text has no closing quote", &help))
    }

    /// Reads one `key: value`; `None` at the end of the text.
    fn member(&mut self, depth: usize) -> Result<Option<Member>, ReadError> {
        let start = self.at;
        self.refuse_computed_key()?;
        let key = match self.peek() {
            None => return Ok(None),
            Some('"' | '\'' | '`') => self.text()?,
            Some(char) if is_word(char) => self.take_word().to_owned(),
            Some(_) => {
                return Err(error(
                    self.here(),
                    "a key is missing here",
                    "write `key: value`, such as `cmdline: '--help'`",
                ));
            }
        };
        let key_span = start..self.at;
        self.skip_blanks()?;
        if !self.eat(':') {
            self.refuse_code_of(&key, &key_span)?;
            let help = self.key_without_value(&key);
            return Err(error(key_span, "this key has no `:` and no value", &help));
        }
        self.skip_blanks()?;
        let node = self.value(depth)?;
        Ok(Some(Member {
            key,
            key_span,
            node,
        }))
    }

    /// What to write where `key` is not followed by a colon.
    fn key_without_value(&self, key: &str) -> String {
        match self.peek() {
            Some('=') => "write `:` instead of `=`".to_owned(),
            Some('{') if key.starts_with("0x") => {
                "remove it: a project begins with its `{`".to_owned()
            }
            Some(quote @ ('"' | '\'')) => {
                format!("a quote is missing before it: write {quote}{key}{quote}: …")
            }
            _ => match key.split_once(':') {
                Some((name, _)) => format!("a quote is missing: write \"{}\": …", name.trim()),
                None => format!("write `{key}: …`"),
            },
        }
    }
}

fn error(span: Range<usize>, message: &str, help: &str) -> ReadError {
    ReadError {
        span,
        message: message.to_owned(),
        help: help.to_owned(),
    }
}

fn unclosed(open: Range<usize>, close: char) -> ReadError {
    let help = format!("add the missing `{close}`");
    error(open, "this is never closed", &help)
}

/// Whether a key or a keyword may contain `char` without quotes.
fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}
