//! Heat maps: a measure over two axes, a field per cell.

use plotters::{
    drawing::IntoDrawingArea as _,
    element::{Rectangle, Text},
    prelude::SVGBackend,
    style::{
        Color as _,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{
    Axis, Sheet, Unit,
    frame::{HEIGHT, WIDTH, axes, framed, words},
    ink::{Ink, coloured},
    marks::Marks,
    plot::Drawn,
    value::short,
};

/// The faintest and the strongest a field may be; beyond, its number could not be read.
const HEAT: (f64, f64) = (0.05, 0.62);

/// A field: its place on both axes, what its cell comes to, and the cell's place among those run.
struct Field {
    place: (usize, usize),
    mean: Option<f64>,
    cell: usize,
}

/// A measure over two axes.
pub(super) struct Heat<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) measure: usize,
    /// The axis to the right and the axis upwards.
    pub(super) axes: (usize, usize),
    /// The cells, all equal on every other axis.
    pub(super) cells: Vec<usize>,
}

impl Heat<'_> {
    fn fields(&self) -> Vec<Field> {
        let fields = self.cells.iter().filter_map(|index| {
            let place = &self.sheet.cells.get(index)?.place;
            let found = self.sheet.estimate(*index, self.measure);
            Some(Field {
                place: (place[self.axes.0], place[self.axes.1]),
                mean: found.map(|found| found.mean),
                cell: self.sheet.cells.range(..index).count(),
            })
        });
        fields.collect()
    }

    /// Draws the map as SVG.
    ///
    /// # Errors
    ///
    /// When what draws cannot: its own error.
    pub(super) fn draw(&self) -> Drawn {
        let [right, up] = [self.axes.0, self.axes.1].map(|at| &self.sheet.axes[at]);
        let unit = self.sheet.measures[self.measure].unit;
        let fields = self.fields();
        let means = || fields.iter().filter_map(|field| field.mean);
        let strongest = means().fold(0.0_f64, |most, mean| most.max(mean.abs()));
        let is_signed = means().any(|mean| mean < 0.0);
        let (columns, rows) = (right.labels.len() as f64, up.labels.len() as f64);
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
            let mut chart = framed(&area).build_cartesian_2d(
                Marks::over(&places(right), 0.5),
                Marks::over(&places(up), 0.5),
            )?;
            let along = |x: &f64| label(right, *x);
            let upward = |y: &f64| label(up, *y);
            let mut mesh = chart.configure_mesh();
            axes(&mut mesh, (&right.name, &up.name));
            mesh.disable_mesh()
                .x_label_formatter(&along)
                .y_label_formatter(&upward)
                .draw()?;
            // A number must fit its field: about eight signs of it, and one line.
            let is_told = columns <= 14.0 && rows <= 16.0;
            let size = if columns <= 9.0 { 23 } else { 18 };
            for field in &fields {
                let (x, y) = (field.place.0 as f64, field.place.1 as f64);
                let (ink, share) = match field.mean {
                    None => (Ink::Line, 0.3),
                    Some(mean) => {
                        let ink = match (is_signed, mean < 0.0) {
                            (false, _) => Ink::Heat,
                            (true, true) => Ink::Loss,
                            (true, false) => Ink::Gain,
                        };
                        let share = mean.abs() / strongest.max(1e-12);
                        (ink, HEAT.0 + share * (HEAT.1 - HEAT.0))
                    }
                };
                let corners = [(x - 0.48, y + 0.47), (x + 0.48, y - 0.47)];
                let style = ink.of(field.cell).mix(share).filled();
                chart
                    .plotting_area()
                    .draw(&Rectangle::new(corners, style))?;
                if is_told && let Some(mean) = field.mean {
                    let style = words(size, Ink::Text).pos(Pos::new(HPos::Center, VPos::Center));
                    let text = Text::new(told(unit, mean), (x, y), style);
                    chart.plotting_area().draw(&text)?;
                }
            }
            area.present()?;
        }
        Ok(coloured(&svg))
    }
}

fn told(unit: Unit, mean: f64) -> String {
    match unit {
        Unit::Share => format!("{} %", short((mean * 1000.0).round() / 10.0)),
        Unit::Rlc | Unit::Count | Unit::Words => short(mean),
        Unit::Seconds | Unit::Bytes => unit.write(mean),
    }
}

fn places(axis: &Axis) -> Vec<f64> {
    (0..axis.labels.len()).map(|at| at as f64).collect()
}

fn label(axis: &Axis, place: f64) -> String {
    let at = (0..axis.labels.len()).find(|at| (*at as f64 - place).abs() < 1e-9);
    at.map_or_else(String::new, |at| axis.labels[at].clone())
}
