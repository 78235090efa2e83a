//! Curves: a measure along an axis, with how sure one may be of it.

use std::error::Error;

use plotters::{
    coord::{cartesian::Cartesian2d, types::RangedCoordf64},
    drawing::{DrawingArea, IntoDrawingArea as _},
    element::{Circle, PathElement, Polygon},
    prelude::SVGBackend,
    style::{Color as _, ShapeStyle},
};

use super::{
    Axis, Estimate, Sheet, Unit,
    frame::{HEIGHT, WIDTH, axes, framed},
    ink::{CURVES, Ink, coloured},
    marks::Marks,
    value::short,
};

/// A drawing, or why there is none.
pub(super) type Drawn = Result<String, Box<dyn Error>>;

/// A point of a curve.
struct Point {
    x: f64,
    found: Estimate,
    /// Its cell, as its place among those that were run.
    cell: usize,
}

/// What is drawn in one picture.
pub(super) struct Curves<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) measure: usize,
    /// The axis along which they run.
    pub(super) along: usize,
    /// The cells of each curve, in the order of the axis.
    pub(super) curves: Vec<Vec<usize>>,
}

impl Curves<'_> {
    fn points(&self, cells: &[usize]) -> Vec<Point> {
        let axis = &self.sheet.axes[self.along];
        let points = cells.iter().filter_map(|index| {
            let place = self.sheet.cells.get(index)?.place[self.along];
            Some(Point {
                x: position(axis, place),
                found: self.sheet.estimate(*index, self.measure)?,
                cell: self.sheet.cells.range(..index).count(),
            })
        });
        points.collect()
    }

    /// Draws the curves as SVG.
    ///
    /// # Errors
    ///
    /// When what draws cannot: its own error.
    pub(super) fn draw(&self) -> Drawn {
        let axis = &self.sheet.axes[self.along];
        let unit = self.sheet.measures[self.measure].unit;
        let curves: Vec<Vec<Point>> = self.curves.iter().map(|cells| self.points(cells)).collect();
        let (bottom, top) = extent(unit, curves.iter().flatten().map(|point| &point.found));
        let ends: Vec<f64> = (0..axis.labels.len())
            .map(|at| position(axis, at))
            .collect();
        let (first, last) = ends.iter().fold((f64::MAX, f64::MIN), |(low, high), x| {
            (low.min(*x), high.max(*x))
        });
        let room = ((last - first) * 0.03).max(0.1);
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
            let mut chart =
                framed(&area).build_cartesian_2d(Marks::over(&ends, room), bottom..top)?;
            let name = |x: &f64| name_at(axis, *x);
            let height = |y: &f64| height_at(unit, *y);
            let mut mesh = chart.configure_mesh();
            axes(&mut mesh, (&axis.name, y_name(unit)));
            mesh.disable_x_mesh()
                .y_max_light_lines(0)
                .y_labels(6)
                .bold_line_style(Ink::Line.color().stroke_width(2))
                .x_label_formatter(&name)
                .y_label_formatter(&height)
                .draw()?;
            if bottom < 0.0 {
                let line = vec![(first - room, 0.0), (last + room, 0.0)];
                chart
                    .plotting_area()
                    .draw(&PathElement::new(line, Ink::Dim.color().stroke_width(2)))?;
            }
            let is_line = axis.numbers.is_some();
            let curves = (0_u8..).zip(curves.iter().take(CURVES));
            for (at, points) in curves.clone() {
                for (element, style) in intervals(points, Ink::Curve(at), is_line) {
                    let area = chart.plotting_area();
                    match is_line {
                        true => area.draw(&Polygon::new(element, style))?,
                        false => area.draw(&PathElement::new(element, style))?,
                    }
                }
            }
            for (at, points) in curves {
                draw_curve(chart.plotting_area(), points, Ink::Curve(at), is_line)?;
            }
            area.present()?;
        }
        Ok(coloured(&svg))
    }
}

/// A line through the means where the axis has numbers, and a dot for each.
fn draw_curve(
    area: &DrawingArea<SVGBackend<'_>, Cartesian2d<Marks, RangedCoordf64>>,
    points: &[Point],
    ink: Ink,
    is_line: bool,
) -> Result<(), Box<dyn Error>> {
    let places = points.iter().map(|point| (point.x, point.found.mean));
    if is_line {
        let style = ink.color().stroke_width(5);
        area.draw(&PathElement::new(places.clone().collect::<Vec<_>>(), style))?;
    }
    for (place, point) in places.zip(points) {
        area.draw(&Circle::new(place, 11, Ink::Card.color().filled()))?;
        area.draw(&Circle::new(place, 8, ink.of(point.cell).filled()))?;
    }
    Ok(())
}

/// How sure one may be: a band along a line, a bar at each point where there is no line.
fn intervals(points: &[Point], ink: Ink, is_line: bool) -> Vec<(Vec<(f64, f64)>, ShapeStyle)> {
    if !is_line {
        let bar = |point: &Point| {
            let ends = vec![(point.x, point.found.low), (point.x, point.found.high)];
            (ends, ink.color().mix(0.5).stroke_width(4))
        };
        return points.iter().map(bar).collect();
    }
    let above = points.iter().map(|point| (point.x, point.found.high));
    let below = points.iter().rev().map(|point| (point.x, point.found.low));
    vec![(above.chain(below).collect(), ink.color().mix(0.14).filled())]
}

/// Where a value lies along its axis: at its number, or at its place in the list.
fn position(axis: &Axis, at: usize) -> f64 {
    let number = axis.numbers.as_ref().and_then(|numbers| numbers.get(at));
    number.copied().unwrap_or(at as f64)
}

/// The label of the value nearest to a place.
fn name_at(axis: &Axis, x: f64) -> String {
    let at = (0..axis.labels.len()).find(|at| (position(axis, *at) - x).abs() < 1e-9);
    at.map_or_else(String::new, |at| axis.labels[at].clone())
}

/// What the vertical axis measures.
fn y_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "share",
        Unit::Rlc => "RLC",
        Unit::Seconds => "time",
        Unit::Bytes => "size",
        Unit::Count | Unit::Words => "count",
    }
}

fn height_at(unit: Unit, y: f64) -> String {
    match unit {
        Unit::Rlc | Unit::Count | Unit::Words => short(y),
        Unit::Share | Unit::Seconds | Unit::Bytes => unit.write(y),
    }
}

/// From where to where the vertical axis reaches: nothing is always on it, and a share's axis ends
/// at a round share.
fn extent<'a>(unit: Unit, found: impl Iterator<Item = &'a Estimate>) -> (f64, f64) {
    let (low, high) = found.fold((0.0_f64, 0.0_f64), |(low, high), found| {
        (low.min(found.low), high.max(found.high))
    });
    if unit == Unit::Share {
        let round = [0.1, 0.2, 0.5, 1.0];
        let top = round.into_iter().find(|top| high <= *top);
        return (0.0, top.unwrap_or(1.0) * 1.01);
    }
    let room = ((high - low) * 0.06).max(1e-9);
    (if low < 0.0 { low - room } else { 0.0 }, high + room)
}
