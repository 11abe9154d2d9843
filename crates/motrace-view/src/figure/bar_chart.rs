use super::plot::{Axis, Plot, TITLE, Tone, title};
use super::svg::{Anchor, INK, Svg, TextStyle, fit};
use crate::palette::Rgb;
use motrace_core::clean_text;

/// One bar of a [`BarChart`].
#[derive(Debug, Clone, Default)]
pub struct Bar {
    /// What it is.
    pub name: String,
    /// How long it is.
    pub value: f64,
    /// Its value in words, at its end.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

/// Horizontal bars, one below the other.
#[derive(Debug, Clone, Default)]
pub struct BarChart {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// The axis of the values; it begins at 0 where it has no range.
    pub x: Axis,
    /// The bars, from above.
    pub bars: Vec<Bar>,
    /// Values to compare with, named above.
    pub marks: Vec<(f64, String, Tone)>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 130.0;
const ROW: f64 = 26.0;

impl BarChart {
    /// The chart as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let top = TITLE + if self.marks.is_empty() { 6.0 } else { 20.0 };
        let plot_height = ROW * self.bars.len().max(1) as f64;
        let height = top + plot_height + 52.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, 24.0, WIDTH - 48.0);
        let values = self.bars.iter().map(|b| b.value).chain(self.marks.iter().map(|m| m.0)).chain([0.0]);
        let plot = Plot {
            place: [LEFT, top, WIDTH - LEFT - RIGHT, plot_height],
            x: self.x.resolve(values),
            // No vertical axis: the rows have names.
            y: Axis::new("").from_to(1.0, 1.0 + 1e-9).resolve(std::iter::empty()),
        };
        let [x, y, w, h] = plot.place;
        for (value, text) in plot.x.ticks(8) {
            let at = plot.x_at(value);
            svg.line((at, y), (at, y + h), super::plot::GRID, 0.8);
            svg.text((at, y + h + 17.0), &text, TextStyle::new(10.5).anchor(Anchor::Middle));
        }
        let label = fit(&clean_text(&self.x.label, 160), 11.0, w);
        let quiet = TextStyle::new(11.0).colour(super::svg::MUTED).anchor(Anchor::Middle);
        svg.text((x + w / 2.0, y + h + 36.0), &label, quiet);
        for (i, bar) in self.bars.iter().enumerate() {
            let middle = y + (i as f64 + 0.5) * ROW;
            let name = fit(&clean_text(&bar.name, 80), 12.0, LEFT - 34.0);
            svg.text((x - 10.0, middle + 4.2), &name, TextStyle::new(12.0).anchor(Anchor::End));
            let (from, to) = (plot.x_at(0.0_f64.max(plot.x.low)), plot.x_at(bar.value));
            if bar.value.is_finite() {
                svg.rect([from.min(to), middle - 8.0, (to - from).abs(), 16.0], bar.tone.colour());
            }
            let end = if bar.value.is_finite() { to.max(from) } else { from };
            let text = fit(&clean_text(&bar.text, 60), 11.0, WIDTH - end - 14.0);
            svg.text((end + 7.0, middle + 4.0), &text, TextStyle::new(11.0));
        }
        svg.line((x, y), (x, y + h), INK, 1.0);
        for (value, name, tone) in &self.marks {
            let at = plot.x_at(*value);
            svg.line((at, y - 3.0), (at, y + h), tone.colour(), 1.4);
            let style = TextStyle::new(10.5).bold().colour(tone.colour()).anchor(Anchor::Middle);
            svg.text((at, y - 7.0), &fit(&clean_text(name, 80), 10.5, 300.0), style);
        }
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }
}
