//! The texts a scenario was read from, and places in them. Rule: a place always names its file.

use std::path::{Path, PathBuf};

/// A stretch of one source file, in bytes.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Which of the [`Sources`].
    pub file: u16,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// One text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file it came from, or the name of a built-in scenario.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}

/// All texts of one scenario: the file itself first, then what it includes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a text and returns its number, or none when there are too many.
    pub(crate) fn add(&mut self, path: &Path, text: &str) -> Option<u16> {
        let file = u16::try_from(self.0.len()).ok()?;
        self.0.push(Source {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        Some(file)
    }

    /// Returns the source a span lies in.
    pub fn source(&self, span: Span) -> Option<&Source> {
        self.0.get(usize::from(span.file))
    }

    /// Returns the text of a span; empty when it lies outside its file.
    pub fn text(&self, span: Span) -> &str {
        self.source(span)
            .and_then(|source| source.text.get(span.start..span.end))
            .unwrap_or("")
    }

    /// Returns where a span begins.
    pub fn position(&self, span: Span) -> Position {
        let text = self.source(span).map_or("", |source| &source.text);
        let mut start = span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// Returns the source that was asked for: the file itself.
    pub fn first(&self) -> Option<&Source> {
        self.0.first()
    }

    /// Returns the source read from `path`.
    pub fn find(&self, path: &Path) -> Option<&Source> {
        self.0.iter().find(|source| source.path == path)
    }

    /// Returns all texts, the file itself first.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// Returns how many texts there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add(Path::new("a.toml"), "x\n± y\n").unwrap();
        let at = |start| {
            let position = sources.position(Span {
                file,
                start,
                end: start,
            });
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (2, 1));
        assert_eq!(at(5), (2, 3)); // `±` takes two bytes
        assert_eq!(at(99), (3, 1));
    }
}
