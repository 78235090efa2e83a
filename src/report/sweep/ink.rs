//! Colours that follow the page: what draws knows numbers only, so each colour stands for a
//! variable of the style sheet, and a mark may carry the cell it stands for.

use plotters::style::RGBColor;

/// A colour of the page.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Text.
    Text,
    /// Axes and their words.
    Dim,
    /// Lines one looks through.
    Line,
    /// The ground.
    Card,
    /// One of several curves.
    Curve(u8),
    /// A heat that only rises.
    Heat,
    /// A gain.
    Gain,
    /// A loss.
    Loss,
}

/// How many curves can be told apart.
pub(super) const CURVES: usize = 8;

/// The cell of marks that stand for none.
const NO_CELL: u16 = u16::MAX;

impl Ink {
    /// Returns the number that stands for this colour.
    pub(super) fn color(self) -> RGBColor {
        self.of(usize::from(NO_CELL))
    }

    /// Returns the number that stands for this colour on the mark of a cell, given as its place
    /// among the cells that were run.
    pub(super) fn of(self, cell: usize) -> RGBColor {
        let [high, low] = u16::try_from(cell).unwrap_or(NO_CELL).to_be_bytes();
        let code = match self {
            Self::Text => 1,
            Self::Dim => 2,
            Self::Line => 3,
            Self::Card => 4,
            Self::Heat => 5,
            Self::Gain => 6,
            Self::Loss => 7,
            Self::Curve(at) => 16 + at % CURVES as u8,
        };
        RGBColor(code, high, low)
    }

    /// Returns the style sheet's word for a code.
    fn variable(code: u8) -> String {
        match code {
            1 => "ink".to_owned(),
            2 => "dim".to_owned(),
            3 => "line".to_owned(),
            4 => "card".to_owned(),
            5 => "c0".to_owned(),
            6 => "good".to_owned(),
            7 => "bad".to_owned(),
            _ => format!("c{}", code.saturating_sub(16)),
        }
    }
}

/// Replaces the numbers in a drawing by the colours they stand for, and marks with a cell get it
/// as `data-cell`.
pub(super) fn coloured(svg: &str) -> String {
    let mut parts = svg.split("=\"#");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part
            .get(..6)
            .and_then(|six| u32::from_str_radix(six, 16).ok());
        let Some((number, rest)) = number.zip(part.get(7..)) else {
            whole.push_str("=\"#");
            whole.push_str(part);
            continue;
        };
        let [_, code, high, low] = number.to_be_bytes();
        whole.push_str(&format!("=\"var(--{})\"", Ink::variable(code)));
        let cell = u16::from_be_bytes([high, low]);
        if cell != NO_CELL {
            whole.push_str(&format!(" data-cell=\"{cell}\""));
        }
        whole.push_str(rest);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_colours_and_marks_know_their_cell() {
        let hex = |RGBColor(red, green, blue): RGBColor| format!("#{red:02X}{green:02X}{blue:02X}");
        let svg = format!(
            "<circle fill=\"{}\" r=\"2\"/><rect stroke=\"{}\"/>",
            hex(Ink::Curve(2).of(300)),
            hex(Ink::Dim.color())
        );
        assert_eq!(
            coloured(&svg),
            "<circle fill=\"var(--c2)\" data-cell=\"300\" r=\"2\"/><rect stroke=\"var(--dim)\"/>"
        );
    }
}
