//! Single values of a project file: texts, amounts, counts, addresses. Rule: the SDK wrote numbers
//! as numbers and as texts, so both are read, and nothing is rounded.

use super::{
    notes::{Field, Notes, Read, kind},
    reader::Value,
};
use crate::amount::Nrlc;

impl Field<'_> {
    /// Returns `value` as read from this field.
    pub(super) fn read<T>(&self, value: T, notes: &Notes) -> Read<T> {
        Read {
            value,
            field: self.name.clone(),
            line: notes.line(self.node.span.start),
            span: self.node.span.clone(),
        }
    }

    /// Says that the field is not used.
    pub(super) fn ignore(&self, reason: &str, notes: &mut Notes) {
        notes.ignore(&self.name, self.node, reason);
    }

    /// Reads a text; a number is the text it is written as.
    pub(super) fn text(&self, notes: &mut Notes) -> Option<Read<String>> {
        self.plain("a text", "write a text in quotes", notes)
    }

    /// Reads a text or a number, where `wanted` should be.
    fn plain(&self, wanted: &str, help: &str, notes: &mut Notes) -> Option<Read<String>> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) => Some(self.read(text.clone(), notes)),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Object(_) => {
                let is = kind(&self.node.value);
                let message = format!("`{}` is {is}, not {wanted}", self.name);
                notes.refuse(&self.node.span, message, help);
                None
            }
        }
    }

    /// Reads a text; none, and a note, when there is nothing in it.
    pub(super) fn filled(&self, notes: &mut Notes) -> Option<Read<String>> {
        let read = self.text(notes)?;
        if read.value.trim().is_empty() {
            self.ignore("it is empty", notes);
            return None;
        }
        Some(read)
    }

    /// Reads a whole number, written as a number or as a text.
    pub(super) fn whole(&self, notes: &mut Notes) -> Option<Read<u64>> {
        self.digits(
            "write digits only, such as 10; at most 18446744073709551615",
            notes,
        )
    }

    /// Reads a whole number; `help` says what is wanted where there is none.
    pub(super) fn digits(&self, help: &str, notes: &mut Notes) -> Option<Read<u64>> {
        let read = self.plain("a number", help, notes)?;
        let digits = read.value.trim();
        let number = match digits.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => digits.parse::<u64>().ok(),
        };
        let Some(number) = number else {
            let message = format!("`{}` is not a whole number", shortened(&read.value));
            notes.refuse(&self.node.span, message, help);
            return None;
        };
        Some(read.with(number))
    }

    /// Reads an amount of nRLC: a bare number, or a text with its unit as the later SDK takes it.
    pub(super) fn nrlc(&self, notes: &mut Notes) -> Option<Read<Nrlc>> {
        if let Value::Text(text) = &self.node.value
            && let Some(amount) = with_unit(text)
        {
            return Some(self.read(amount, notes));
        }
        if let Value::Number(number) | Value::Text(number) = &self.node.value
            && number.contains('.')
            && number.trim().parse::<f64>().is_ok()
        {
            let message = format!("`{}` is not a price: nRLC cannot be parted", number.trim());
            let help = "prices are whole nRLC; 1 RLC is 1000000000 nRLC";
            notes.refuse(&self.node.span, message, help);
            return None;
        }
        let read = match &self.node.value {
            Value::Number(_) | Value::Text(_) => self.whole(notes)?,
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Object(_) => {
                let help = "write whole nRLC, such as 10, or an amount, such as \"1 RLC\"";
                self.digits(help, notes)?
            }
        };
        Some(read.with(Nrlc(read.value)))
    }

    /// Reads an address or name on the chain; none when it is the empty address.
    pub(super) fn address(&self, notes: &mut Notes) -> Option<Read<String>> {
        let read = self.text(notes)?;
        let text = read.value.trim();
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let is_empty = digits.chars().all(|char| char == '0');
        (!is_empty).then_some(read)
    }
}

/// Reads `10 nRLC`, `1 RLC`, or the same in the SDK's lower case.
fn with_unit(text: &str) -> Option<Nrlc> {
    let text = text.trim();
    let at = text.find(|char: char| char.is_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "nrlc" => "nRLC",
        "rlc" => "RLC",
        _ => return None,
    };
    format!("{} {unit}", number.trim()).parse().ok()
}

/// Returns a text short enough for a message.
pub(super) fn shortened(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    if text.chars().count() <= 60 {
        return text;
    }
    let cut: String = text.chars().take(59).collect();
    cut + "…"
}
