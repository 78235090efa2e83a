//! A sentence about an event: words with their kinds, how it sounds, and who wants to hear it.

use std::borrow::Cow;

use super::style::{Styles, paint};
use crate::amount::Nrlc;

/// How much is told.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Only what must not be missed: broken laws.
    Quiet,
    /// The story: deals, votes, payments, faults.
    #[default]
    Normal,
    /// Also who computes, who is asked, scores.
    Verbose,
    /// Every record.
    All,
}

impl Detail {
    /// Returns the detail asked for by `-q` and by how many `-v`; quiet wins.
    pub const fn of(quiet: bool, verbose: u8) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, 0) => Self::Normal,
            (false, 1) => Self::Verbose,
            (false, 2..) => Self::All,
        }
    }
}

/// How a sentence sounds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
    Warn,
    Faint,
}

impl Tone {
    /// The word for it in a page's style sheet.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Faint => "faint",
        }
    }
}

enum Word {
    Text(Cow<'static, str>),
    Name(String),
    Money(String),
}

/// A sentence about an event.
pub(super) struct Phrase {
    pub(super) detail: Detail,
    pub(super) tone: Tone,
    words: Vec<Word>,
}

impl Phrase {
    pub(super) fn new(detail: Detail, tone: Tone) -> Self {
        Self {
            detail,
            tone,
            words: Vec::new(),
        }
    }

    /// Adds words that are the same in every such sentence.
    pub(super) fn say(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.words.push(Word::Text(text.into()));
        self
    }

    pub(super) fn name(mut self, name: &str) -> Self {
        self.words.push(Word::Name(one_line(name)));
        self
    }

    /// Adds names, separated by commas and `and`.
    pub(super) fn names<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        let last = names.len().saturating_sub(1);
        for (at, name) in names.iter().enumerate() {
            self = match at {
                0 => self,
                at if at == last => self.say(" and "),
                _ => self.say(", "),
            };
            self = self.name(name);
        }
        self
    }

    /// Adds the price of an order.
    pub(super) fn price(self, price: Nrlc) -> Self {
        match price {
            Nrlc::ANY_PRICE => self.money("any price"),
            price => self.money(price),
        }
    }

    pub(super) fn money(mut self, amount: impl ToString) -> Self {
        self.words.push(Word::Money(amount.to_string()));
        self
    }

    /// Adds text from outside: one line of it, control characters left out.
    pub(super) fn quote(self, text: &str) -> Self {
        self.say(one_line(text))
    }

    /// Returns the sentence without colours.
    pub(super) fn plain(&self) -> String {
        let words = self.words.iter().map(|word| match word {
            Word::Text(text) => text.as_ref(),
            Word::Name(text) | Word::Money(text) => text.as_str(),
        });
        words.collect()
    }

    /// Returns the sentence in colours.
    pub(super) fn painted(&self, styles: &Styles) -> String {
        let ground = match self.tone {
            Tone::Plain => anstyle::Style::new(),
            Tone::Good => styles.good,
            Tone::Bad => styles.bad,
            Tone::Warn => styles.warn,
            Tone::Faint => styles.faint,
        };
        let words = self.words.iter().map(|word| match word {
            Word::Text(text) => paint(ground, text),
            Word::Name(text) => paint(styles.name, text),
            Word::Money(text) => paint(styles.money, text),
        });
        words.collect()
    }
}

/// The longest text taken over from outside into one line.
const QUOTE_MAX: usize = 160;

/// The first line of `text`, shortened, without anything a terminal would obey.
pub(super) fn one_line(text: &str) -> String {
    let first = text.trim().lines().next().unwrap_or_default();
    let mut line: String = first
        .chars()
        .filter(|char| !char.is_control())
        .take(QUOTE_MAX)
        .collect();
    if first.chars().nth(QUOTE_MAX).is_some() || text.trim().lines().nth(1).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_print_cannot_steer_the_terminal() {
        assert_eq!(one_line("\x1b[31mred\nsecond"), "[31mred…");
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), QUOTE_MAX + 1);
        assert_eq!(one_line(""), "");
    }

    #[test]
    fn a_sentence_without_colours_has_no_escapes() {
        let phrase = Phrase::new(Detail::Normal, Tone::Good)
            .names(["a", "b", "c"])
            .say(" earn ")
            .money("3 RLC");
        assert_eq!(phrase.plain(), "a, b and c earn 3 RLC");
        assert_eq!(phrase.painted(&Styles::plain()), phrase.plain());
        assert!(
            phrase
                .painted(&Styles::coloured())
                .contains("\x1b[32m earn \x1b[0m")
        );
    }
}
