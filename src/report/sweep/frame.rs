//! What is around every picture: its size, the room for its axes, and how they look.

use plotters::{
    chart::{ChartBuilder, MeshStyle},
    coord::{Shift, ranged1d::Ranged},
    drawing::DrawingArea,
    prelude::SVGBackend,
    style::{Color as _, IntoTextStyle as _, TextStyle},
};

use super::ink::Ink;

/// Drawings are made twice as large as they are shown: what draws rounds to whole points.
pub(super) const HEIGHT: u32 = 660;
/// Two stand beside each other where there is room.
pub(super) const WIDTH: u32 = 1120;

/// Where a picture is drawn.
pub(super) type Paper<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Returns a chart with room for the words beside its axes.
pub(super) fn framed<'a, 'b, 's>(paper: &'a Paper<'s>) -> ChartBuilder<'a, 'b, SVGBackend<'s>> {
    let mut chart = ChartBuilder::on(paper);
    chart
        .margin_top(18)
        .margin_right(24)
        .x_label_area_size(92)
        .y_label_area_size(128);
    chart
}

/// Makes axes look as they do everywhere, and gives them their names.
pub(super) fn axes<X: Ranged, Y: Ranged>(
    mesh: &mut MeshStyle<'_, '_, X, Y, SVGBackend<'_>>,
    (right, up): (&str, &str),
) {
    mesh.axis_style(Ink::Line.color().stroke_width(2))
        .set_all_tick_mark_size(8)
        .label_style(words(23, Ink::Dim))
        .axis_desc_style(words(24, Ink::Text))
        .x_desc(right)
        .y_desc(up);
}

/// Words in a picture.
pub(super) fn words(size: u32, ink: Ink) -> TextStyle<'static> {
    // The backend takes a quarter off.
    let size = f64::from(size) * 1.24;
    let font = ("system-ui, sans-serif", size).with_color(ink.color());
    font.into_text_style(&(1, 1))
}
