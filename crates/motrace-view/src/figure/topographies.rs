use super::colour_bar;
use super::head;
use super::number::signed;
use super::svg::{Anchor, MUTED, Svg, TextStyle, fit};
use crate::palette::{Rgb, max_abs, nice_limit};
use motrace_core::clean_text;

/// Whether maps side by side share a colour scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// One scale for all, so that sizes compare.
    #[default]
    Shared,
    /// One each, for maps whose scale means nothing, such as spatial patterns.
    Each,
}

/// Scalp maps side by side: class means of relevance, or a model's spatial patterns.
#[derive(Debug, Clone)]
pub struct TopographyFigure<'a> {
    /// What it is.
    pub title: String,
    /// Where it comes from; may be empty.
    pub subtitle: String,
    /// A name and one value per channel for each map.
    pub maps: Vec<(String, Vec<f64>)>,
    /// Labels of the channels, in order.
    pub labels: &'a [String],
    /// The values' unit.
    pub unit: String,
    /// Whether the maps share a colour scale.
    pub scale: Scale,
}

const MARGIN: f64 = 36.0;
const RADIUS: f64 = 124.0;
const CELL: f64 = 356.0;
const ROW: f64 = 386.0;
const BAR: f64 = 78.0;
const PER_ROW: usize = 4;

impl TopographyFigure<'_> {
    /// The figure as SVG: up to four maps in a row, each with its four largest channels named under it.
    #[must_use]
    pub fn svg(&self) -> String {
        let interpolator = head::interpolator(self.labels);
        let columns = self.maps.len().clamp(1, PER_ROW);
        let rows = self.maps.len().div_ceil(PER_ROW).max(1);
        let each = self.scale == Scale::Each;
        let cell = if each { CELL + BAR } else { CELL };
        let width = 2.0 * MARGIN + columns as f64 * cell + if each { 0.0 } else { BAR };
        let top = if self.subtitle.is_empty() { 66.0 } else { 86.0 };
        let height = top + rows as f64 * ROW + 14.0;
        let mut svg = Svg::new(width, height);
        svg.rect([0.0, 0.0, width, height], Rgb::new(255, 255, 255));
        let room = width - 2.0 * MARGIN;
        svg.text((MARGIN, 44.0), &fit(&clean_text(&self.title, 200), 19.0, room), TextStyle::new(19.0).bold());
        svg.text(
            (MARGIN, 66.0),
            &fit(&clean_text(&self.subtitle, 240), 12.0, room),
            TextStyle::new(12.0).colour(MUTED),
        );

        let shared = nice_limit(max_abs(self.maps.iter().flat_map(|(_, values)| values)));
        let unit = clean_text(&self.unit, 40);
        for (i, (name, values)) in self.maps.iter().enumerate() {
            let (column, row) = (i % PER_ROW, i / PER_ROW);
            let x = MARGIN + column as f64 * cell + CELL / 2.0;
            let y = top + row as f64 * ROW;
            let centre = (x, y + 32.0 + 1.13 * RADIUS);
            let limit = if each { nice_limit(max_abs(values)) } else { shared };
            svg.text(
                (x, y + 16.0),
                &fit(&clean_text(name, 80), 15.0, CELL),
                TextStyle::new(15.0).bold().anchor(Anchor::Middle),
            );
            head::draw(&mut svg, centre, RADIUS, &interpolator, values, limit);
            let largest = fit(&self.largest(values), 11.5, CELL);
            svg.text((x, y + ROW - 24.0), &largest, TextStyle::new(11.5).colour(MUTED).anchor(Anchor::Middle));
            if each {
                colour_bar::draw(&mut svg, (x + CELL / 2.0 + 14.0, centre.1 - 95.0), 190.0, limit, &unit);
            }
        }
        if !each {
            let x = MARGIN + columns as f64 * cell + 18.0;
            colour_bar::draw(&mut svg, (x, top + 32.0 + 1.13 * RADIUS - 95.0), 190.0, shared, &unit);
        }
        svg.finish(&clean_text(&self.title, 200))
    }

    /// The four channels of largest magnitude with their values.
    fn largest(&self, values: &[f64]) -> String {
        let mut order: Vec<usize> =
            (0..values.len().min(self.labels.len())).filter(|&i| values[i].is_finite()).collect();
        order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
        let named = order.iter().take(4).map(|&i| format!("{} {}", clean_text(&self.labels[i], 12), signed(values[i])));
        named.collect::<Vec<_>>().join("  ·  ")
    }
}
