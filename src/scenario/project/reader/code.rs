//! JavaScript that computes what it exports. Rule: none of it is run; whoever wrote some is told so
//! where it stands, and what to write instead.

use std::ops::Range;

use super::{ReadError, Reader, error, is_word};

const CODE: &str = "this is code, and no code is run";
const VALUE: &str = "write the value itself: a text in quotes, a number, or an object in braces";
const WHOLE: &str = "write the project as one object: `module.exports = { … }`";

/// Words that begin an expression, or are one.
const WORDS: [&str; 17] = [
    "async",
    "await",
    "class",
    "delete",
    "function",
    "global",
    "globalThis",
    "import",
    "new",
    "process",
    "require",
    "super",
    "this",
    "throw",
    "typeof",
    "void",
    "yield",
];

/// Words before a key that make a function of it.
const ACCESSORS: [&str; 4] = ["get", "set", "async", "static"];

impl Reader<'_> {
    /// Refuses a project that is what an expression comes to: the text goes on behind
    /// `module.exports =`.
    pub(super) fn refuse_computed(&self) -> Result<(), ReadError> {
        let word = self.next_word();
        let after = self.rest()[word.len()..].trim_start();
        let is_called = !word.is_empty() && after.starts_with(['.', '(', '=', '?', ';']);
        let is_name = !word.is_empty() && after.is_empty();
        if is_called || is_name || WORDS.contains(&word) || self.rest().starts_with('(') {
            return Err(self.code(word.len().max(1), WHOLE));
        }
        Ok(())
    }

    /// Refuses a list where the whole project should be.
    pub(super) fn refuse_list(&self) -> Result<(), ReadError> {
        match self.rest().starts_with('[') {
            true => Err(error(
                self.at..self.at + 1,
                "this is a list, and a project is an object",
                "write its parts by name, in braces: `{ \"app\": { … }, \"order\": { … } }`",
            )),
            false => Ok(()),
        }
    }

    /// Refuses a project that is put together: `exports.app = …`.
    pub(super) fn refuse_parts(&self) -> Result<(), ReadError> {
        let word = self.next_word();
        let is_part = self.rest()[word.len()..].starts_with('.');
        match ["module", "exports"].contains(&word) && is_part {
            true => Err(self.code(word.len(), WHOLE)),
            false => Ok(()),
        }
    }

    /// Refuses what begins with an operator where a value should be.
    pub(super) fn refuse_operator(&self) -> Result<(), ReadError> {
        let rest = self.rest();
        if rest.starts_with("...") {
            return Err(self.code(3, VALUE));
        }
        match rest.starts_with(['(', '!', '~']) {
            true => Err(self.code(1, VALUE)),
            false => Ok(()),
        }
    }

    /// Refuses a spread, and a key that is computed.
    pub(super) fn refuse_computed_key(&self) -> Result<(), ReadError> {
        if self.rest().starts_with("...") {
            return Err(self.code(3, "write the members themselves: `key: value`"));
        }
        match self.rest().starts_with('[') {
            true => Err(self.code(1, "write the key itself: `key: value`")),
            false => Ok(()),
        }
    }

    /// Refuses functions, and keys that stand for a variable of their name.
    pub(super) fn refuse_code_of(&self, key: &str, span: &Range<usize>) -> Result<(), ReadError> {
        let is_quoted = self.text[span.clone()].starts_with(['"', '\'', '`']);
        let next = self.peek();
        let is_function = next == Some('(')
            || ACCESSORS.contains(&key) && next.is_some_and(|next| is_word(next) || next == '*');
        let is_call = next == Some('.') && !is_quoted;
        if is_function || is_call {
            return Err(error(
                span.clone(),
                CODE,
                "write `key: value` with the value itself",
            ));
        }
        let is_variable = !is_quoted && matches!(next, Some(',' | '}'));
        let begins = key.starts_with(|char: char| is_word(char) && !char.is_ascii_digit());
        if is_variable && begins {
            let message = "this stands for a variable, and no code is run";
            return Err(error(
                span.clone(),
                message,
                &format!("write `{key}: …` with its value"),
            ));
        }
        Ok(())
    }

    /// Refuses a word that is no value but the beginning of an expression.
    pub(super) fn refuse_expression(&self, word: &str, start: usize) -> Result<(), ReadError> {
        let after = self.rest();
        let is_call = after.starts_with('(') || after.trim_start().starts_with("=>");
        let builtin = ["JSON", "Math", "Number", "Object", "String", "Date"].contains(&word);
        let is_code = WORDS.contains(&word) || is_call || builtin && after.starts_with('.');
        match is_code {
            true => Err(error(start..self.at, CODE, VALUE)),
            false => Ok(()),
        }
    }

    /// Complains about an expression that goes on behind a value.
    pub(super) fn computed_on(&self) -> Option<ReadError> {
        let goes_on = self
            .rest()
            .starts_with(['.', '(', '+', '*', '%', '?', '&', '|', '<', '>']);
        goes_on.then(|| {
            let help = "write the value itself; a quote within a text needs a `\\` before it";
            self.code(1, help)
        })
    }

    fn code(&self, length: usize, help: &str) -> ReadError {
        error(self.at..self.at + length, CODE, help)
    }

    fn next_word(&self) -> &str {
        let rest = self.rest();
        &rest[..rest.find(|char| !is_word(char)).unwrap_or(rest.len())]
    }
}
