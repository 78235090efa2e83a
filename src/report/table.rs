//! Text tables: columns as wide as their widest cell, colours not counted.

use std::io::{self, Write};

use anstyle::Style;

use super::style::{Styles, paint};

/// A cell: its text and how it looks.
pub(super) struct Cell {
    text: String,
    style: Style,
    right: bool,
}

impl Cell {
    pub(super) fn new(text: impl ToString, style: Style) -> Self {
        Self {
            text: text.to_string(),
            style,
            right: false,
        }
    }

    pub(super) fn plain(text: impl ToString) -> Self {
        Self::new(text, Style::new())
    }

    /// Puts the text at the right edge: numbers.
    pub(super) fn right(mut self) -> Self {
        self.right = true;
        self
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// Writes a head and rows, indented by two. The head of a column lies above its text.
pub(super) fn write_table(
    out: &mut dyn Write,
    styles: &Styles,
    head: &[&str],
    rows: &[Vec<Cell>],
) -> io::Result<()> {
    let mut widths: Vec<usize> = head.iter().map(|text| text.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let heads = head.iter().enumerate().map(|(at, text)| {
        let cell = Cell::new(text, styles.faint);
        match rows.first().and_then(|row| row.get(at)) {
            Some(first) if first.right => cell.right(),
            _ => cell,
        }
    });
    write_row(out, &widths, &heads.collect::<Vec<_>>())?;
    for row in rows {
        write_row(out, &widths, row)?;
    }
    Ok(())
}

fn write_row(out: &mut dyn Write, widths: &[usize], cells: &[Cell]) -> io::Result<()> {
    let last = cells.len().saturating_sub(1);
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let room = " ".repeat(width.saturating_sub(cell.width()));
        let text = paint(cell.style, &cell.text);
        match (cell.right, at == last) {
            (true, _) => write!(out, "  {room}{text}")?,
            (false, true) => write!(out, "  {text}")?,
            (false, false) => write!(out, "  {text}{room}")?,
        }
    }
    writeln!(out)
}
