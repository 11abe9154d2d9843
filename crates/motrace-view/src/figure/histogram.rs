use super::plot::{Axis, Plot, TITLE, Tone, title};
use super::svg::{Anchor, Svg, TextStyle, fit, text_width};
use crate::palette::Rgb;
use motrace_core::clean_text;

/// How often which values occur.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// The axis of the values; it reaches from the first bin to the last where it has no range.
    pub x: Axis,
    /// What is counted: `decisions`.
    pub counted: String,
    /// From, to, and how many.
    pub bins: Vec<(f64, f64, u64)>,
    /// Values to compare with, named at their upper end: a percentile, a limit.
    pub marks: Vec<(f64, String, Tone)>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 26.0;
const PLOT: f64 = 168.0;
const ROW: f64 = 15.0;

impl Histogram {
    /// Counts values in about `wanted` bins of a round width.
    #[must_use]
    pub fn count(values: &[f64], wanted: usize) -> Vec<(f64, f64, u64)> {
        let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let low = finite.iter().copied().fold(f64::INFINITY, f64::min);
        let high = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if finite.is_empty() {
            return Vec::new();
        }
        let rough = ((high - low) / wanted.max(1) as f64).max(1e-9);
        let decade = 10_f64.powf(rough.log10().floor());
        let width = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|s| s * decade).find(|w| *w >= rough);
        let width = width.unwrap_or(10.0 * decade);
        let first = (low / width).floor();
        let count = (((high / width).floor() - first) as usize).min(10 * wanted.max(1)) + 1;
        let mut bins: Vec<(f64, f64, u64)> =
            (0..count).map(|i| ((first + i as f64) * width, (first + i as f64 + 1.0) * width, 0)).collect();
        for value in finite {
            let place = ((value / width).floor() - first).max(0.0) as usize;
            bins[place.min(count - 1)].2 += 1;
        }
        bins
    }

    /// The histogram as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let values = self.bins.iter().flat_map(|(from, to, _)| [*from, *to]);
        let x = self.x.resolve(values.chain(self.marks.iter().map(|m| m.0)));
        let most = self.bins.iter().map(|b| b.2).max().unwrap_or(0).max(1);
        let y = Axis::new("").from_to(0.0, most as f64 * 1.04).resolve(std::iter::empty());
        let (rows, places) = self.rows(&x);
        let top = TITLE + 6.0 + rows as f64 * ROW;
        let height = top + PLOT + 52.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, LEFT - 54.0, WIDTH - LEFT);
        let plot = Plot { place: [LEFT, top, WIDTH - LEFT - RIGHT, PLOT], x, y };
        plot.axes(&mut svg, &self.x.label, &format!("number of {}", self.counted));
        for &(from, to, count) in &self.bins {
            if count == 0 || to < plot.x.low || from > plot.x.high {
                continue;
            }
            let (left, right) = (plot.x_at(from), plot.x_at(to));
            // Even a single one is seen.
            let height = (top + PLOT - plot.y_at(count as f64)).max(1.5);
            let width = (right - left - 1.0).max(1.0);
            svg.rect([left + 0.5, top + PLOT - height, width, height], Rgb::new(0x5b, 0x66, 0x75));
        }
        for ((value, name, tone), (row, label_x)) in self.marks.iter().zip(places) {
            let at = plot.x_at(*value);
            let baseline = TITLE + ROW * (row as f64 + 1.0) - 3.0;
            svg.line((at, baseline + 3.0), (at, top + PLOT), tone.colour(), 1.4);
            let style = TextStyle::new(10.5).colour(tone.colour()).bold().anchor(Anchor::Middle);
            svg.text((label_x, baseline), &fit(&clean_text(name, 80), 10.5, 360.0), style);
        }
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }

    /// How many rows the names of the marks need, and row and middle of each.
    fn rows(&self, x: &super::plot::Scale) -> (usize, Vec<(usize, f64)>) {
        let width = WIDTH - LEFT - RIGHT;
        let mut order: Vec<usize> = (0..self.marks.len()).collect();
        order.sort_by(|&a, &b| self.marks[b].0.total_cmp(&self.marks[a].0));
        let mut places = vec![(0, 0.0); self.marks.len()];
        // From the right, each name in the lowest row where it meets neither another name nor a line below one.
        let mut limits: Vec<f64> = Vec::new();
        for i in order {
            let at = LEFT + x.share(self.marks[i].0).clamp(-0.01, 1.01) * width;
            let half = text_width(&clean_text(&self.marks[i].1, 80), 11.0).min(372.0) / 2.0;
            let middle = at.clamp(LEFT - 40.0 + half, (WIDTH - 8.0 - half).max(LEFT));
            let row = limits.iter().position(|limit| middle + half + 6.0 < *limit).unwrap_or(limits.len());
            if row == limits.len() {
                limits.push(f64::INFINITY);
            }
            for limit in &mut limits[..=row] {
                *limit = limit.min(middle - half).min(at);
            }
            places[i] = (row, middle);
        }
        let rows = limits.len();
        // Row 0 is the lowest one: lines go down from names without crossing those of earlier rows.
        (rows, places.into_iter().map(|(row, middle)| (rows - 1 - row, middle)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_is_in_its_bin(values in prop::collection::vec(-1e3_f64..1e3, 1..60), wanted in 1_usize..50) {
            let bins = Histogram::count(&values, wanted);
            prop_assert!(bins.len() <= wanted + 2);
            prop_assert_eq!(bins.iter().map(|b| b.2).sum::<u64>(), values.len() as u64);
            for (from, to, count) in bins {
                let slack = (to - from) * 1e-6;
                let sure = values.iter().filter(|v| **v >= from + slack && **v < to - slack).count() as u64;
                let most = values.iter().filter(|v| **v >= from - slack && **v < to + slack).count() as u64;
                prop_assert!(sure <= count && count <= most);
            }
        }
    }

    #[test]
    fn nothing_makes_no_bins() {
        assert!(Histogram::count(&[f64::NAN, f64::INFINITY], 10).is_empty());
        assert_eq!(Histogram::count(&[3.0, 3.0], 10).iter().map(|b| b.2).sum::<u64>(), 2);
    }
}
