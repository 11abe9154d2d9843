use super::svg::{Svg, px};
use crate::palette::Rgb;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Fills the place `[x, y, width, height]` with `columns` cells a row, coloured row by row.
///
/// Cells are shapes and not an embedded picture: nothing smooths them, and neighbours of one colour become
/// one shape. `attributes` go to the group that holds them.
pub(super) fn draw(svg: &mut Svg, place: [f64; 4], columns: usize, colours: &[Rgb], attributes: &str) {
    let Some(rows) = colours.len().checked_div(columns).filter(|rows| *rows > 0) else {
        return;
    };
    let mut paths: BTreeMap<Rgb, String> = BTreeMap::new();
    for (row, line) in colours.chunks_exact(columns).enumerate() {
        let mut column = 0;
        for run in line.chunk_by(|a, b| a == b) {
            let length = run.len();
            let _ = write!(paths.entry(run[0]).or_default(), "M{column} {row}h{length}v1h-{length}z");
            column += length;
        }
    }
    let [x, y, width, height] = place;
    // Five decimals, since the scale is multiplied by the number of cells.
    let (across, down) = (width / columns as f64, height / rows as f64);
    svg.raw(&format!(
        "<g {attributes}><g transform=\"translate({} {}) scale({across:.5} {down:.5})\" shape-rendering=\"crispEdges\">",
        px(x),
        px(y)
    ));
    for (colour, path) in paths {
        svg.raw(&format!("<path fill=\"{}\" d=\"{path}\"/>", colour.hex()));
    }
    svg.raw("</g></g>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_colour_become_one_shape() {
        let (a, b) = (Rgb::new(1, 2, 3), Rgb::new(4, 5, 6));
        let mut svg = Svg::new(10.0, 10.0);
        draw(&mut svg, [0.0, 0.0, 9.0, 6.0], 3, &[a, a, b, b, a, a], "");
        let text = svg.finish("");
        assert!(text.contains("<path fill=\"#010203\" d=\"M0 0h2v1h-2zM1 1h2v1h-2z\"/>"), "{text}");
        assert!(text.contains("<path fill=\"#040506\" d=\"M2 0h1v1h-1zM0 1h1v1h-1z\"/>"), "{text}");
        let mut empty = Svg::new(10.0, 10.0);
        draw(&mut empty, [0.0; 4], 0, &[], "");
        draw(&mut empty, [0.0; 4], 3, &[a], "");
        assert!(!empty.finish("").contains("<path"));
    }
}
