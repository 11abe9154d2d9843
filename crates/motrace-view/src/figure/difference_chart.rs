use super::interval_chart::{Measured, whisker};
use super::plot::{Axis, GRID, Plot, TITLE, title};
use super::svg::{Anchor, INK, MUTED, Svg, TextStyle, fit};
use crate::palette::Rgb;
use motrace_core::clean_text;

/// One row of a [`DifferenceChart`].
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// What is compared with what.
    pub name: String,
    /// By how much the first is larger.
    pub difference: Measured,
    /// What else there is to say, at the end: how likely it is by chance.
    pub note: String,
}

/// Differences with their intervals, one below the other, around 0.
#[derive(Debug, Clone, Default)]
pub struct DifferenceChart {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// The axis of the differences; it reaches as far to both sides where it has no range.
    pub x: Axis,
    /// The rows, from above.
    pub rows: Vec<Difference>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 300.0;
const RIGHT: f64 = 190.0;
const ROW: f64 = 28.0;
/// Further from 0 than chance is likely to go.
const CLEAR: Rgb = Rgb::new(0x0b, 0x72, 0x6b);

impl DifferenceChart {
    /// The chart as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let top = TITLE + 10.0;
        let plot_height = ROW * self.rows.len().max(1) as f64;
        let height = top + plot_height + 50.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, 24.0, WIDTH - 48.0);
        let reach = self.rows.iter().flat_map(|row| row.difference.numbers()).filter(|v| v.is_finite());
        let reach = 1.08 * reach.fold(0.0_f64, |reach, v| reach.max(v.abs()));
        let reach = if reach > 0.0 { reach } else { 1.0 };
        let x = match self.x.range {
            Some(_) => self.x.clone(),
            None => self.x.clone().from_to(-reach, reach),
        };
        let plot = Plot {
            place: [LEFT, top, WIDTH - LEFT - RIGHT, plot_height],
            x: x.resolve(std::iter::empty()),
            y: Axis::new("").from_to(0.0, 1.0).resolve(std::iter::empty()),
        };
        let [left, y, w, h] = plot.place;
        for (value, text) in plot.x.ticks(6) {
            let at = plot.x_at(value);
            svg.line((at, y), (at, y + h), GRID, 0.8);
            svg.text((at, y + h + 17.0), &text, TextStyle::new(10.5).anchor(Anchor::Middle));
        }
        svg.line((left, y + h), (left + w, y + h), INK, 1.0);
        svg.line((plot.x_at(0.0), y), (plot.x_at(0.0), y + h), INK, 1.0);
        let quiet = TextStyle::new(11.0).colour(MUTED);
        let label = fit(&clean_text(&self.x.label, 160), 11.0, w);
        svg.text((left + w / 2.0, y + h + 36.0), &label, quiet.anchor(Anchor::Middle));
        for (i, row) in self.rows.iter().enumerate() {
            let middle = y + (i as f64 + 0.5) * ROW;
            let name = fit(&clean_text(&row.name, 120), 12.0, LEFT - 34.0);
            svg.text((LEFT - 12.0, middle + 4.2), &name, TextStyle::new(12.0).anchor(Anchor::End));
            let interval = row.difference.interval.filter(|ends| ends.iter().all(|v| v.is_finite()));
            if let Some([low, high]) = interval {
                whisker(&mut svg, [plot.x_at(low), plot.x_at(high)], middle, 4.5);
            }
            if row.difference.value.is_finite() {
                let is_clear = interval.is_some_and(|[low, high]| low > 0.0 || high < 0.0);
                let colour = if is_clear { CLEAR } else { MUTED };
                svg.circle(
                    (plot.x_at(row.difference.value), middle),
                    5.0,
                    &format!("fill=\"{}\" stroke=\"#ffffff\" stroke-width=\"1\"", colour.hex()),
                );
            }
            let note = fit(&clean_text(&row.note, 80), 11.0, RIGHT - 36.0);
            svg.text((left + w + 16.0, middle + 4.0), &note, quiet);
        }
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }
}
