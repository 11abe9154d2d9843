use super::colour_bar;
use super::mosaic;
use super::number::tick;
use super::svg::{Anchor, INK, MUTED, RULE, Svg, TextStyle, fit, px};
use crate::palette::{Ground, diverging, max_abs, nice_limit};
use ndarray::{Array2, ArrayView2};

/// Relevance summed in time bins, so that the bins add up to what the samples add up to.
pub(super) struct Binned {
    /// `[channels, bins]`
    pub values: Array2<f64>,
    /// Length of a bin.
    pub bin_secs: f64,
    /// Length of the window.
    pub window_secs: f64,
}

impl Binned {
    /// Sums `relevance` (`[channels, samples]`) in bins of a round length, about forty of them.
    pub(super) fn new(relevance: ArrayView2<'_, f64>, rate_hz: f64) -> Self {
        let (channels, samples) = relevance.dim();
        let rate_hz = if rate_hz.is_finite() && rate_hz > 0.0 { rate_hz } else { 1.0 };
        let window_secs = samples as f64 / rate_hz;
        let bin_secs = [0.01, 0.02, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .find(|bin| window_secs / bin <= 50.0)
            .unwrap_or(window_secs / 50.0)
            .max(1.0 / rate_hz);
        let bin_of = |sample: usize| ((sample as f64 + 0.5) / rate_hz / bin_secs) as usize;
        let bins = if samples == 0 { 0 } else { bin_of(samples - 1) + 1 };
        let mut values = Array2::zeros((channels, bins));
        for ((channel, sample), value) in relevance.indexed_iter() {
            values[[channel, bin_of(sample)]] += value;
        }
        Self { values, bin_secs, window_secs }
    }

    /// The sum over channels in each bin.
    pub(super) fn sums(&self) -> Vec<f64> {
        self.values.columns().into_iter().map(|c| c.sum()).collect()
    }
}

/// Where and how a channel × time map is drawn.
pub(super) struct Panel<'a> {
    /// x, y, width and height of the map itself, without its labels.
    pub place: [f64; 4],
    pub labels: &'a [String],
    /// The window's start relative to the cue, in seconds.
    pub start_secs: f64,
}

/// Height of the strip above the map that sums all channels.
pub(super) const STRIP: f64 = 34.0;

impl Panel<'_> {
    pub(super) fn draw(&self, svg: &mut Svg, binned: &Binned) {
        let limit = nice_limit(max_abs(binned.values.iter()));
        self.draw_to(svg, binned, limit, max_abs(&binned.sums()));
    }

    /// The same with given ends of the colours and of the strip above, for maps that are compared.
    pub(super) fn draw_to(&self, svg: &mut Svg, binned: &Binned, limit: f64, strip_limit: f64) {
        let [x, y, w, h] = self.place;
        let (channels, bins) = binned.values.dim();
        if binned.window_secs > 0.0 {
            // Bins run to the end of their length; the last may be cut by the window's end.
            let width = w * (bins as f64 * binned.bin_secs / binned.window_secs);
            let clip = format!("map-{}-{}-{}-{}", px(x), px(y), px(w), px(h)).replace('.', "_");
            svg.raw(&format!(
                "<clipPath id=\"{clip}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>",
                px(x),
                px(y),
                px(w),
                px(h)
            ));
            let colours: Vec<_> = binned.values.iter().map(|v| diverging(v / limit, Ground::Light)).collect();
            mosaic::draw(svg, [x, y, width, h], bins, &colours, &format!("clip-path=\"url(#{clip})\""));
        }
        svg.frame(self.place, MUTED);
        self.channel_axis(svg, channels);
        self.time_axis(svg, binned.window_secs);
        self.strip(svg, binned, strip_limit);
        let unit = format!("decision units per {} ms", tick(binned.bin_secs * 1e3));
        let height = h.min(200.0);
        colour_bar::draw(svg, (x + w + 20.0, y + (h - height) / 2.0), height, limit, &unit);
    }

    fn channel_axis(&self, svg: &mut Svg, channels: usize) {
        let [x, y, _, h] = self.place;
        let row = h / channels.max(1) as f64;
        let size = (row - 0.5).clamp(7.5, 10.0);
        let every = (8.0 / row).ceil().max(1.0) as usize;
        for (i, label) in self.labels.iter().take(channels).enumerate().step_by(every) {
            let at = y + (i as f64 + 0.5) * row;
            let style = TextStyle::new(size).anchor(Anchor::End);
            svg.text((x - 5.0, at + 0.36 * size), &fit(label, size, 42.0), style);
        }
    }

    fn time_axis(&self, svg: &mut Svg, window_secs: f64) {
        let [x, y, w, h] = self.place;
        if window_secs <= 0.0 || !self.start_secs.is_finite() {
            return;
        }
        let step = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
            .into_iter()
            .find(|step| window_secs / step <= 6.0)
            .unwrap_or(window_secs / 5.0);
        let first = (self.start_secs / step - 1e-9).ceil();
        for i in 0..12 {
            let time = (first + f64::from(i)) * step;
            let share = (time - self.start_secs) / window_secs;
            if share > 1.0 + 1e-9 {
                break;
            }
            let at = x + share * w;
            svg.line((at, y + h), (at, y + h + 4.0), INK, 0.8);
            svg.text((at, y + h + 15.0), &tick(time), TextStyle::new(10.0).anchor(Anchor::Middle));
        }
        let zero = -self.start_secs / window_secs;
        if zero > 0.0 && zero < 1.0 {
            svg.line((x + zero * w, y - STRIP), (x + zero * w, y + h), INK, 1.0);
        }
        svg.text(
            (x + w / 2.0, y + h + 30.0),
            "seconds after the cue",
            TextStyle::new(10.0).colour(MUTED).anchor(Anchor::Middle),
        );
    }

    /// The sum over channels as bars around a line, above the map.
    fn strip(&self, svg: &mut Svg, binned: &Binned, limit: f64) {
        let [x, y, w, _] = self.place;
        let sums = binned.sums();
        let (middle, reach) = (y - 6.0 - (STRIP - 8.0) / 2.0, (STRIP - 8.0) / 2.0);
        svg.line((x, middle), (x + w, middle), RULE, 0.8);
        if limit > 0.0 && binned.window_secs > 0.0 {
            let width = w * binned.bin_secs / binned.window_secs;
            for (i, sum) in sums.iter().enumerate() {
                let height = sum / limit * reach;
                let top = if height > 0.0 { middle - height } else { middle };
                let left = x + i as f64 * width;
                let bar = (x + w - left).min(width) * 0.86;
                svg.rect([left, top, bar, height.abs()], diverging(0.62 * sum.signum(), Ground::Light));
            }
        }
        svg.text((x - 5.0, middle + 3.5), "all", TextStyle::new(9.5).colour(MUTED).anchor(Anchor::End));
    }
}
