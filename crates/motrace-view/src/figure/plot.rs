use super::number::tick;
use super::svg::{Anchor, INK, MUTED, Svg, TextStyle, fit, text_width};
use crate::palette::{Ground, Rgb, diverging};
use motrace_core::clean_text;

/// The colour of a line, a bar or a mark, by what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// What the figure is about.
    #[default]
    Ink,
    /// What it is compared with.
    Muted,
    /// Class 0, as in every map.
    First,
    /// Class 1, as in every map.
    Second,
    /// A second thing beside the first, of no class.
    Accent,
    /// What to be careful about.
    Amber,
    /// One of several things side by side that are no classes, counted from 0. Colours come round after eight.
    Series(usize),
}

/// Colours for things side by side, apart from the blue and red of classes. Neighbours differ in lightness too.
const SERIES: [Rgb; 8] = [
    Rgb::new(0x0b, 0x72, 0x6b),
    Rgb::new(0xd4, 0x8a, 0x0c),
    Rgb::new(0x6d, 0x4a, 0x9c),
    Rgb::new(0x7f, 0xa8, 0x2f),
    Rgb::new(0x9a, 0x4f, 0x1e),
    Rgb::new(0x4b, 0xa3, 0xb8),
    Rgb::new(0xb8, 0x4d, 0x8c),
    Rgb::new(0x4a, 0x52, 0x60),
];

impl Tone {
    pub(super) fn colour(self) -> Rgb {
        match self {
            Self::Ink => INK,
            Self::Muted => Rgb::new(0x8d, 0x95, 0xa1),
            Self::First => diverging(-0.75, Ground::Light),
            Self::Second => diverging(0.75, Ground::Light),
            Self::Accent => Rgb::new(0x0b, 0x72, 0x6b),
            Self::Amber => Rgb::new(0xc2, 0x78, 0x03),
            Self::Series(place) => SERIES[place % SERIES.len()],
        }
    }
}

/// An axis of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    /// What it measures, with its unit.
    pub label: String,
    /// Where it begins and ends; as far as the data goes where it is left out.
    pub range: Option<[f64; 2]>,
    /// Whether it shows shares as percentages.
    pub is_percent: bool,
    /// Whether it is logarithmic.
    pub is_log: bool,
}

impl Axis {
    /// A linear axis that is as long as the data needs.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// The same from here to there.
    #[must_use]
    pub fn from_to(mut self, low: f64, high: f64) -> Self {
        self.range = Some([low, high]);
        self
    }

    /// The same for shares between 0 and 1, written as percentages.
    #[must_use]
    pub fn percent(mut self) -> Self {
        self.is_percent = true;
        self
    }

    /// The same, logarithmic.
    #[must_use]
    pub fn log(mut self) -> Self {
        self.is_log = true;
        self
    }

    /// A value on it in words: a share as a percentage, with one decimal.
    pub(super) fn described(&self, value: f64) -> String {
        match self.is_percent {
            true if value.abs() < 1e4 => format!("{:.1} %", value * 100.0 + 0.0).replace('-', "−"),
            _ => super::number::number(value),
        }
    }

    /// The axis for these values.
    pub(super) fn resolve(&self, values: impl Iterator<Item = f64>) -> Scale {
        let usable = |v: f64| v.is_finite() && (!self.is_log || v > 0.0);
        let [mut low, mut high] = match self.range {
            Some([low, high]) if usable(low) && usable(high) => [low, high],
            _ => values
                .filter(|v| usable(*v))
                .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]),
        };
        if !low.is_finite() || !high.is_finite() {
            [low, high] = if self.is_log { [1.0, 10.0] } else { [0.0, 1.0] };
        }
        if high <= low {
            let reach = if self.is_log { low } else { low.abs().max(1.0) * 0.5 };
            [low, high] = if self.is_log { [low / 3.0, low * 3.0] } else { [low - reach, low + reach] };
        }
        Scale { low, high, is_log: self.is_log, is_percent: self.is_percent }
    }
}

/// An axis with its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    is_log: bool,
    is_percent: bool,
}

impl Scale {
    /// Where a value lies between the ends, 0 to 1; beyond them where it is beyond.
    pub(super) fn share(&self, value: f64) -> f64 {
        if self.is_log {
            (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// Round values between the ends, at most about `wanted`, with their labels.
    pub(super) fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let values = if self.is_log { self.log_ticks(wanted) } else { self.linear_ticks(wanted) };
        values
            .into_iter()
            .map(|v| (v, if self.is_percent { format!("{} %", tick((v * 1e6).round() / 1e4)) } else { tick(v) }))
            .collect()
    }

    fn linear_ticks(&self, wanted: usize) -> Vec<f64> {
        let rough = (self.high - self.low) / wanted.max(1) as f64;
        if !(rough.is_finite() && rough > 0.0) {
            return Vec::new();
        }
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|s| s * decade).find(|s| *s >= rough * 0.999);
        let step = step.unwrap_or(10.0 * decade);
        let first = (self.low / step - 1e-9).ceil();
        (0..=2 * wanted)
            .map(|i| (first + i as f64) * step)
            .take_while(|v| *v <= self.high + 1e-9 * step)
            .map(|v| (v / step).round() * step)
            .collect()
    }

    fn log_ticks(&self, wanted: usize) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let inside = |steps: &[f64]| -> Vec<f64> {
            (first..=last)
                .flat_map(|e| steps.iter().map(move |s| s * 10_f64.powi(e)))
                .filter(|v| (-1e-6..=1.0 + 1e-6).contains(&self.share(*v)))
                .collect()
        };
        let all = [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]].map(inside);
        let fits = all.iter().find(|ticks| ticks.len() <= wanted).or(all.last()).cloned().unwrap_or_default();
        if fits.len() > 2 * wanted {
            let every = fits.len().div_ceil(wanted.max(1));
            return fits.into_iter().step_by(every).collect();
        }
        fits
    }
}

/// A rectangle with two axes.
pub(super) struct Plot {
    /// x, y, width and height of the data's area, without labels.
    pub place: [f64; 4],
    pub x: Scale,
    pub y: Scale,
}

impl Plot {
    pub(super) fn x_at(&self, value: f64) -> f64 {
        self.place[0] + self.x.share(value).clamp(-0.01, 1.01) * self.place[2]
    }

    pub(super) fn y_at(&self, value: f64) -> f64 {
        self.place[1] + (1.0 - self.y.share(value).clamp(-0.01, 1.01)) * self.place[3]
    }

    /// Grid lines, ticks and labels of both axes.
    pub(super) fn axes(&self, svg: &mut Svg, x_label: &str, y_label: &str) {
        let [x, y, w, h] = self.place;
        for (value, text) in self.y.ticks((h / 42.0).max(2.0) as usize) {
            let at = self.y_at(value);
            svg.line((x, at), (x + w, at), GRID, 0.8);
            svg.text((x - 8.0, at + 3.8), &text, TextStyle::new(10.5).anchor(Anchor::End));
        }
        for (value, text) in self.x.ticks((w / 84.0).max(2.0) as usize) {
            let at = self.x_at(value);
            svg.line((at, y + h), (at, y + h + 4.0), INK, 0.8);
            svg.text((at, y + h + 17.0), &text, TextStyle::new(10.5).anchor(Anchor::Middle));
        }
        svg.line((x, y + h), (x + w, y + h), INK, 1.0);
        let quiet = TextStyle::new(11.0).colour(MUTED).anchor(Anchor::Middle);
        svg.text((x + w / 2.0, y + h + 36.0), &fit(&clean_text(x_label, 160), 11.0, w), quiet);
        if !y_label.is_empty() {
            svg.upward_text((x - 48.0, y + h / 2.0), &fit(&clean_text(y_label, 120), 11.0, h + 24.0), quiet);
        }
    }
}

/// Grid lines.
pub(super) const GRID: Rgb = Rgb::new(0xe7, 0xe9, 0xed);

/// Height of a figure's title.
pub(super) const TITLE: f64 = 40.0;

/// A figure's title, at its upper left.
pub(super) fn title(svg: &mut Svg, text: &str, left: f64, width: f64) {
    svg.text((left, 27.0), &fit(&clean_text(text, 200), 15.0, width), TextStyle::new(15.0).bold());
}

/// What a legend shows beside a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    Line(Rgb, bool),
    Area(Rgb),
}

/// Names with their keys, in rows from the left.
pub(super) fn legend(svg: &mut Svg, (x, y): (f64, f64), width: f64, entries: &[(Key, String)]) {
    for ([column, row], (key, name)) in legend_places(width, entries).into_iter().zip(entries) {
        let (left, y) = (x + column, y + row * LEGEND_ROW);
        match *key {
            Key::Line(colour, is_dashed) => {
                let dashes = if is_dashed { "stroke-dasharray=\"5 3\"" } else { "" };
                svg.polyline(
                    [(left, y - 4.0), (left + 20.0, y - 4.0)],
                    &format!("fill=\"none\" stroke=\"{}\" stroke-width=\"2.2\" {dashes}", colour.hex()),
                );
            }
            Key::Area(colour) => svg.rect([left + 2.0, y - 10.0, 16.0, 11.0], colour),
        }
        svg.text((left + 26.0, y), &legend_name(name, width), TextStyle::new(11.0));
    }
}

/// From one row of a legend to the next.
pub(super) const LEGEND_ROW: f64 = 17.0;

/// How many rows a legend has.
pub(super) fn legend_rows(width: f64, entries: &[(Key, String)]) -> usize {
    legend_places(width, entries).last().map_or(0, |[_, row]| *row as usize + 1)
}

fn legend_name(name: &str, width: f64) -> String {
    fit(&clean_text(name, 80), 11.0, width - 26.0)
}

/// How far to the right each entry begins, and in which row.
fn legend_places(width: f64, entries: &[(Key, String)]) -> Vec<[f64; 2]> {
    let (mut left, mut row) = (0.0, 0.0);
    let place = |(_, name): &(Key, String)| {
        let room = 26.0 + text_width(&legend_name(name, width), 11.0);
        if left > 0.0 && left + room > width + 1.0 {
            (left, row) = (0.0, row + 1.0);
        }
        let here = [left, row];
        left += room + 18.0;
        here
    };
    entries.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(scale: &Scale, wanted: usize) -> Vec<String> {
        scale.ticks(wanted).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round() {
        let percent = Axis::new("accuracy").from_to(0.0, 1.0).percent().resolve(std::iter::empty());
        assert_eq!(labels(&percent, 5), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        let time = Axis::new("s").resolve([-1.0, 4.2].into_iter());
        assert_eq!(labels(&time, 6), ["−1", "0", "1", "2", "3", "4"]);
        let log = Axis::new("ms").log().resolve([0.02, 30.0, -1.0, f64::NAN].into_iter());
        assert_eq!((log.low, log.high), (0.02, 30.0));
        assert_eq!(labels(&log, 10), ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20"]);
        // Short of a round value there is none, however short.
        let narrow = Axis::new("").log().from_to(5.1e8, 9.995e8).resolve(std::iter::empty());
        assert!(narrow.ticks(6).is_empty());
    }

    proptest! {
        #[test]
        fn there_are_ticks_within_any_axis(low in -1e9_f64..1e9, length in 1e-6_f64..1e9, log: bool) {
            let low = if log { low.abs().max(1e-3) } else { low };
            let axis = Axis { is_log: log, ..Axis::new("").from_to(low, low + length) };
            let scale = axis.resolve(std::iter::empty());
            let ticks = scale.ticks(6);
            prop_assert!(ticks.len() <= 13);
            for (value, _) in ticks {
                prop_assert!((-1e-3..=1.001).contains(&scale.share(value)), "{}", value);
            }
        }

        #[test]
        fn any_values_make_an_axis(values in prop::collection::vec(prop::num::f64::ANY, 0..5), log: bool) {
            let scale = Axis { is_log: log, ..Axis::new("") }.resolve(values.into_iter());
            prop_assert!(scale.low.is_finite() && scale.high > scale.low);
        }
    }
}
