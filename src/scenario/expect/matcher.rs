//! Matchers: what a value must be. Rule: a matcher is read for the kind of value it will meet, so
//! that money is never compared with minutes.

use std::{fmt, time::Duration};

use regex::Regex;

use super::{Operand, words::words};
use crate::{
    amount::NrlcChange,
    log::{Ratio, TaskStatus, WorkerState},
    scenario::{
        document::{Diagnostic, Node, Reader, Value, listed, nearest},
        unit::{Percent, Size, Unit},
    },
};

/// The kind of a value.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A count.
    Number,
    /// An amount of money, or a gain or loss.
    Money,
    /// A span of time.
    Duration,
    /// A share of a whole.
    Share,
    /// A size in bytes.
    Size,
    /// True or false.
    Flag,
    /// A text.
    Text,
    /// The status of a task.
    Status,
    /// The state of a worker.
    State,
    /// Several texts in no order.
    Texts,
}

impl Kind {
    /// Returns the words values of this kind are of; none where anything may stand.
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Status => Some(words::<TaskStatus>()),
            Self::State => Some(words::<WorkerState>()),
            Self::Flag => Some(&["true", "false"]),
            Self::Number
            | Self::Money
            | Self::Duration
            | Self::Share
            | Self::Size
            | Self::Text
            | Self::Texts => None,
        }
    }

    /// Returns what one value of this kind is called.
    pub(super) fn one(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Money => "an amount of money",
            Self::Duration => "a duration",
            Self::Share => "a share",
            Self::Size => "a size",
            Self::Flag => "true or false",
            Self::Text | Self::Texts => "a text",
            Self::Status => "a status of a task",
            Self::State => "a state of a worker",
        }
    }

    /// Returns what values of this kind are called.
    pub fn what(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Money => "amounts of money",
            Self::Duration => "durations",
            Self::Share => "shares",
            Self::Size => "sizes",
            Self::Flag => "true or false",
            Self::Text => "texts",
            Self::Status => "statuses",
            Self::State => "states",
            Self::Texts => "lists of texts",
        }
    }

    fn spellings(self) -> [&'static str; 2] {
        match self {
            Self::Money => ["# RLC", "# nRLC"],
            Self::Duration => <Duration as Unit>::SPELLINGS,
            Self::Share => ["#%", "#.5%"],
            Self::Size => Size::SPELLINGS,
            Self::Number => ["#", ">= #"],
            Self::Flag => ["true", "false"],
            Self::Text | Self::Status | Self::State | Self::Texts => ["text", "~ regex"],
        }
    }

    /// Says how a value of this kind would be written, given what was written instead.
    fn help(self, written: &str) -> String {
        if let (Self::Status | Self::State, Some(words)) = (self, self.words()) {
            return format!("there is {}", listed(words));
        }
        if written.contains("..") && self.is_ordered() {
            return "a range is written `least .. most`, each with its unit".to_owned();
        }
        let number = written.trim_start_matches(|char: char| !char.is_ascii_digit());
        let number = if number.parse::<f64>().is_ok() {
            number
        } else {
            "3"
        };
        let [one, other] = self.spellings().map(|text| text.replace('#', number));
        format!("write \"{one}\" or \"{other}\"")
    }

    fn is_ordered(self) -> bool {
        match self {
            Self::Number | Self::Money | Self::Duration | Self::Share | Self::Size => true,
            Self::Flag | Self::Text | Self::Status | Self::State | Self::Texts => false,
        }
    }

    /// Reads a value of this kind.
    pub(super) fn parse(self, text: &str) -> Result<Operand, String> {
        let text = text.trim();
        let unit = |wrong: crate::scenario::unit::UnitError| wrong.to_string();
        match self {
            Self::Number => text.parse().map(Operand::Number),
            Self::Money => {
                let read = text.parse::<NrlcChange>();
                read.map(Operand::money).map_err(|wrong| wrong.to_string())
            }
            Self::Duration => <Duration as Unit>::parse(text)
                .map(Operand::duration)
                .map_err(unit),
            Self::Share => Percent::parse(text).map(Operand::share).map_err(unit),
            Self::Size => Size::parse(text)
                .map(|size| Operand::Size(size.0.into()))
                .map_err(unit),
            Self::Flag => match text {
                "true" => Ok(Operand::Flag(true)),
                "false" => Ok(Operand::Flag(false)),
                _ => Err(format!(
                    "`{text}` is neither true nor false, which are written without quotes"
                )),
            },
            Self::Status | Self::State => match self.words() {
                Some(words) if !words.contains(&text) => {
                    let near = nearest(text, words.iter().copied());
                    let near = near.map(|near| format!("; did you mean `{near}`?"));
                    let near = near.unwrap_or_default();
                    Err(format!("`{text}` is not {}{near}", self.one()))
                }
                Some(_) | None => Ok(Operand::Text(text.to_owned())),
            },
            Self::Text | Self::Texts => Ok(Operand::Text(text.to_owned())),
        }
    }
}

/// How two values are compared.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Less.
    Less,
    /// Less or the same.
    AtMost,
    /// More.
    More,
    /// More or the same.
    AtLeast,
}

impl Operator {
    /// The longer signs first, so that `<=` is not read as `<`.
    const SIGNS: [(&'static str, Self); 4] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Less),
        (">", Self::More),
    ];

    fn sign(self) -> &'static str {
        let known = Self::SIGNS.iter().find(|(_, operator)| *operator == self);
        known.map_or("", |(sign, _)| sign)
    }
}

/// What a value must be.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Anything, as long as there is something: `"any"`.
    Any,
    /// This.
    Is(Operand),
    /// Anything but this: `"!= x"`.
    IsNot(Operand),
    /// On one side of this: `"< 5m"`.
    Compare(Operator, Operand),
    /// Between these, both included: `"10m .. 12m"`.
    Between(Operand, Operand),
    /// Found by a regular expression: `"~ ^Hello"`.
    Matches(Regex),
    /// Exactly these, in any order.
    Set(Vec<Operand>),
}

impl PartialEq for Matcher {
    /// Two matchers are equal when they are written the same.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Matcher {
    /// Reads a matcher for values of `kind`.
    pub(crate) fn read(node: &Node, kind: Kind, reader: &mut Reader<'_>) -> Option<Self> {
        let read = match &node.value {
            Value::Text(text) => Self::parse(text, kind),
            Value::Integer(_) | Value::Float(_) if kind == Kind::Number => {
                kind.parse(&node.scalar()?).map(Self::Is)
            }
            Value::Boolean(yes) if kind == Kind::Flag => Ok(Self::Is(Operand::Flag(*yes))),
            Value::List(list) => {
                let items = list.iter().map(|item| match item.scalar() {
                    Some(text) => kind.parse(&text),
                    None => Err(format!("expected a value, found {}", item.kind())),
                });
                items.collect::<Result<Vec<_>, _>>().map(Self::Set)
            }
            Value::Integer(_) | Value::Float(_) if kind.is_ordered() => {
                let number = node.scalar()?;
                Err(format!(
                    "`{number}` has no unit; the values are {}",
                    kind.what()
                ))
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Table(_) => Err(
                format!("{} cannot be compared with {}", kind.what(), node.kind()),
            ),
        };
        match read {
            Ok(matcher) => Some(matcher),
            Err(wrong) => {
                let help = kind.help(&node.scalar().unwrap_or_default());
                reader.complain(Diagnostic::error(node.span, wrong).help(help));
                None
            }
        }
    }

    /// Reads the text of a matcher for values of `kind`.
    ///
    /// # Errors
    ///
    /// What is wrong, in words.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, String> {
        let trimmed = text.trim();
        if trimmed == "any" {
            return Ok(Self::Any);
        }
        if let Some(regex) = trimmed.strip_prefix('~') {
            if kind.is_ordered() || kind == Kind::Flag {
                return Err(format!("{} have no letters to look for", kind.what()));
            }
            let regex = Regex::new(regex.trim())
                .map_err(|wrong| format!("this is not a regular expression: {wrong}"))?;
            let words = kind.words().unwrap_or_default();
            if !words.is_empty() && !words.iter().any(|word| regex.is_match(word)) {
                return Err(format!("{} is never `~ {regex}`", kind.one()));
            }
            return Ok(Self::Matches(regex));
        }
        if let Some(rest) = trimmed.strip_prefix("!=") {
            return kind.parse(rest).map(Self::IsNot);
        }
        if !kind.is_ordered() {
            if kind == Kind::Text {
                // A text is compared with its blanks.
                return Ok(Self::Is(Operand::Text(text.to_owned())));
            }
            let one = kind.parse(text)?;
            return Ok(match kind == Kind::Texts {
                true => Self::Set(vec![one]),
                false => Self::Is(one),
            });
        }
        for (sign, operator) in Operator::SIGNS {
            if let Some(rest) = trimmed.strip_prefix(sign) {
                return kind
                    .parse(rest)
                    .map(|operand| Self::Compare(operator, operand));
            }
        }
        if let Some((least, most)) = trimmed.split_once("..") {
            let (least, most) = (kind.parse(least)?, kind.parse(most)?);
            if least > most {
                return Err(format!("`{text}` ends before it begins"));
            }
            return Ok(Self::Between(least, most));
        }
        kind.parse(trimmed).map(Self::Is)
    }

    /// Returns whether it demands exactly zero.
    pub fn is_zero(&self) -> bool {
        let least = |operand: &Operand| *operand == Operand::Number(Ratio::ZERO);
        match self {
            Self::Is(operand) | Self::Compare(Operator::AtMost, operand) => least(operand),
            Self::Compare(Operator::Less, operand) => *operand <= Operand::Number(Ratio::ONE),
            Self::Between(_, most) => least(most),
            Self::Set(all) => all.iter().all(least),
            Self::Any
            | Self::IsNot(_)
            | Self::Compare(Operator::More | Operator::AtLeast, _)
            | Self::Matches(_) => false,
        }
    }

    /// Returns whether one value fits.
    pub fn accepts(&self, found: &Operand) -> bool {
        if *found == Operand::Nothing {
            return false;
        }
        match self {
            Self::Any => true,
            Self::Is(wanted) => found == wanted,
            Self::IsNot(wanted) => found != wanted,
            Self::Compare(operator, bound) => match operator {
                Operator::Less => found < bound,
                Operator::AtMost => found <= bound,
                Operator::More => found > bound,
                Operator::AtLeast => found >= bound,
            },
            Self::Between(least, most) => least <= found && found <= most,
            Self::Matches(regex) => match found {
                Operand::Text(text) => regex.is_match(text),
                Operand::Texts(texts) => texts.iter().any(|text| regex.is_match(text)),
                Operand::Number(_)
                | Operand::Money(_)
                | Operand::Duration(_)
                | Operand::Share(_)
                | Operand::Size(_)
                | Operand::Flag(_)
                | Operand::Nothing => false,
            },
            Self::Set(wanted) => {
                let Operand::Texts(texts) = found else {
                    return wanted.contains(found);
                };
                let mut wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
                wanted.sort();
                wanted.dedup();
                *texts == wanted
            }
        }
    }

    /// Writes it as a file would.
    pub(crate) fn write(&self) -> Node {
        let plain = |operand: &Operand| -> Node {
            match operand {
                Operand::Number(number) => write_number(*number),
                Operand::Flag(yes) => Value::Boolean(*yes).into(),
                Operand::Money(_)
                | Operand::Duration(_)
                | Operand::Share(_)
                | Operand::Size(_)
                | Operand::Text(_)
                | Operand::Texts(_)
                | Operand::Nothing => Node::text(operand.to_string()),
            }
        };
        match self {
            Self::Is(operand) => plain(operand),
            Self::Set(all) => Value::List(all.iter().map(plain).collect()).into(),
            Self::Any
            | Self::IsNot(_)
            | Self::Compare(..)
            | Self::Between(..)
            | Self::Matches(_) => Node::text(self.to_string()),
        }
    }
}

/// Writes a number so that it is read as the same: as a text where neither an integer nor a float
/// of the file can hold it.
fn write_number(number: Ratio) -> Node {
    let whole = number.whole().and_then(|whole| i64::try_from(whole).ok());
    let float = number.to_f64();
    match whole {
        Some(whole) => Value::Integer(whole).into(),
        None if float.to_string().parse() == Ok(number) => Value::Float(float).into(),
        None => Node::text(number.decimal(18).0),
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Is(operand) => write!(f, "{operand}"),
            Self::IsNot(operand) => write!(f, "!= {operand}"),
            Self::Compare(operator, bound) => write!(f, "{} {bound}", operator.sign()),
            Self::Between(least, most) => write!(f, "{least} .. {most}"),
            Self::Matches(regex) => write!(f, "~ {regex}"),
            Self::Set(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", all.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str, kind: Kind, found: &str) -> bool {
        let found = kind.parse(found).unwrap();
        Matcher::parse(text, kind).unwrap().accepts(&found)
    }

    #[test]
    fn values_are_compared_in_their_own_unit() {
        assert!(accepts("< 5m", Kind::Duration, "299s"));
        assert!(!accepts("< 5m", Kind::Duration, "300s"));
        assert!(accepts("10m .. 12m", Kind::Duration, "12m"));
        assert!(accepts("> 0.33 RLC", Kind::Money, "0.330000001 RLC"));
        assert!(accepts("-0.3 RLC", Kind::Money, "-0.3 RLC"));
        assert!(accepts(">= 9_950", Kind::Number, "9950"));
        assert!(accepts(">= 99.9%", Kind::Share, "99.9%"));
        assert!(accepts("!= FAILED", Kind::Status, "COMPLETED"));
        assert!(accepts("~ ^Hello", Kind::Text, "Hello, world!"));
    }

    #[test]
    fn a_bare_number_is_refused_where_a_unit_is_needed() {
        assert!(Matcher::parse("< 5", Kind::Duration).is_err());
        assert!(Matcher::parse("1", Kind::Money).is_err());
        assert!(Matcher::parse("12m .. 10m", Kind::Duration).is_err());
        assert!(
            Matcher::parse("COMPLETE", Kind::Status)
                .unwrap_err()
                .contains("COMPLETED")
        );
        assert!(Matcher::parse("~ (", Kind::Text).is_err());
    }

    #[test]
    fn only_what_demands_zero_is_zero() {
        let zero = |text| Matcher::parse(text, Kind::Number).unwrap().is_zero();
        assert!(zero("0") && zero("<= 0") && zero("< 1") && zero("0 .. 0"));
        assert!(!zero("1") && !zero("<= 1") && !zero(">= 0") && !zero("any"));
    }
}
