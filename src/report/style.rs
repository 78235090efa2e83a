//! The colours of text reports, chosen by the caller.

use anstyle::{AnsiColor, Style};

/// How each kind of word looks.
#[derive(Copy, Clone, Debug, Default)]
pub struct Styles {
    /// Titles and the heads of tables.
    pub title: Style,
    /// Names of tasks, workers, accounts.
    pub name: Style,
    /// Amounts of money.
    pub money: Style,
    /// What went well.
    pub good: Style,
    /// What went wrong.
    pub bad: Style,
    /// What deserves a look.
    pub warn: Style,
    /// Times and other things to look at only when needed.
    pub faint: Style,
}

impl Styles {
    /// No colour at all: the plain format, and `NO_COLOR`.
    pub const fn plain() -> Self {
        let none = Style::new();
        Self {
            title: none,
            name: none,
            money: none,
            good: none,
            bad: none,
            warn: none,
            faint: none,
        }
    }

    /// The sixteen colours of every terminal, readable on dark and on light ground.
    pub const fn coloured() -> Self {
        let plain = Style::new();
        Self {
            title: plain.bold(),
            name: AnsiColor::Cyan.on_default(),
            money: AnsiColor::Magenta.on_default(),
            good: AnsiColor::Green.on_default(),
            bad: AnsiColor::Red.on_default().bold(),
            warn: AnsiColor::Yellow.on_default(),
            faint: plain.dimmed(),
        }
    }
}

/// Returns `text` in `style`, reset after it.
pub(super) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
