//! Texts, numbers and words. Rule: what is almost a text is answered with the text it should be.

use super::{ReadError, Reader, Value, error, is_word};

impl<'a> Reader<'a> {
    /// Reads texts joined by `+`.
    pub(super) fn joined_text(&mut self) -> Result<Value, ReadError> {
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
                return Err(error(
                    self.here(),
                    "only a text in quotes can follow `+`",
                    "write the whole text in quotes; no code is run",
                ));
            }
            text.push_str(&self.text()?);
        }
    }

    /// Reads one text in quotes.
    pub(super) fn text(&mut self) -> Result<String, ReadError> {
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
                '\n' | '\r' if quote != '`' => return Err(self.unclosed_text(start, quote)),
                '$' if quote == '`' && self.peek() == Some('{') => {
                    return Err(error(
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

    /// Complains about a text that does not end on its line, and completes it.
    fn unclosed_text(&self, start: usize, quote: char) -> ReadError {
        let rest = &self.text[start..];
        let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let line = line
            .trim_end()
            .trim_end_matches([',', ';', '}', ']'])
            .trim_end();
        let help = format!("close it: {line}{quote}");
        let span = start..start + line.len().max(1);
        error(span, "this text has no closing quote", &help)
    }

    fn escape(&mut self, text: &mut String) -> Result<(), ReadError> {
        let start = self.at - 1;
        let Some(char) = self.peek() else {
            // The text ends within its last character: whoever reads on complains about that.
            return Ok(());
        };
        self.at += char.len_utf8();
        let code = match char {
            // A line that goes on.
            '\n' => return Ok(()),
            '\r' => {
                self.eat('\n');
                return Ok(());
            }
            'x' => self.hex(2),
            'u' => self.unicode(),
            _ => {
                text.push(control(char).unwrap_or(char));
                return Ok(());
            }
        };
        let Some(char) = code.and_then(char::from_u32) else {
            let help = "write the character itself";
            let end = self.at.max(start + 2).min(self.text.len());
            return Err(error(start..end, "this escape is no character", help));
        };
        text.push(char);
        Ok(())
    }

    /// Reads what follows `\u`: `{…}`, or four digits, or two times four of them.
    fn unicode(&mut self) -> Option<u32> {
        if self.eat('{') {
            let length = self.rest().find('}').filter(|length| *length <= 6)?;
            let code = self.hex(length);
            self.eat('}');
            return code;
        }
        let high = self.hex(4)?;
        let is_pair = (0xd800..0xdc00).contains(&high) && self.rest().starts_with("\\u");
        if !is_pair {
            return Some(high);
        }
        self.at += 2;
        let low = self.hex(4).filter(|low| (0xdc00..0xe000).contains(low))?;
        Some(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    }

    /// Reads so many hexadecimal digits.
    fn hex(&mut self, digits: usize) -> Option<u32> {
        let hex = self.rest().get(..digits)?;
        if !hex.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        self.at += digits;
        u32::from_str_radix(hex, 16).ok()
    }

    pub(super) fn number(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        let rest = self.rest();
        let length =
            rest.find(|char: char| !(char.is_ascii_alphanumeric() || "+-._".contains(char)));
        self.at += length.unwrap_or(rest.len());
        let text = &self.text[start..self.at];
        let plain = text.replace('_', "");
        let hex = plain.strip_prefix("0x").is_some_and(|digits| {
            !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit())
        });
        if !hex && !plain.parse::<f64>().is_ok_and(f64::is_finite) {
            let quoted = self.quoted_line(start);
            let help = format!("write a number, or a text in quotes: {quoted}");
            return Err(error(start..self.at, "this is not a number", &help));
        }
        Ok(Value::Number(plain))
    }

    pub(super) fn word(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        match self.take_word() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" | "undefined" => Ok(Value::Null),
            "NaN" | "Infinity" => Err(error(
                start..self.at,
                "no field of a project has this value",
                "write digits only, such as 10",
            )),
            word => {
                self.refuse_expression(word, start)?;
                let help = format!("put it in quotes: {}", self.quoted_line(start));
                let message = "this is neither a text in quotes nor a number";
                Err(error(start..self.at, message, &help))
            }
        }
    }

    /// What stands from `start` to the end of its line, as the text it was probably meant to be.
    fn quoted_line(&self, start: usize) -> String {
        let rest = &self.text[start..];
        let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let bare = line.trim_end().trim_end_matches([',', ';', '}', ']']);
        let bare = bare.trim_end().trim_end_matches(['\'', '"', '`']);
        // Other quotes within it mean that the line goes on with something else.
        let bare = &bare[..bare.find(['\'', '"', '`']).unwrap_or(bare.len())];
        format!("'{}'", bare.trim_end())
    }

    pub(super) fn take_word(&mut self) -> &'a str {
        let start = self.at;
        let length = self.rest().find(|char| !is_word(char));
        self.at += length.unwrap_or(self.rest().len());
        &self.text[start..self.at]
    }
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
