use super::channel_time::{Binned, Panel, STRIP};
use super::plot::{Axis, Plot, TITLE, title};
use super::svg::{Anchor, INK, MUTED, Svg, TextStyle, fit, px};
use super::{mosaic, number};
use crate::palette::{Rgb, max_abs, nice_limit};
use motrace_core::clean_text;
use ndarray::{Array2, ArrayView2};

/// Relevance over channels and time, one map per class, on one scale.
#[derive(Debug, Clone)]
pub struct ChannelTimeFigure<'a> {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// Names and maps (`[channels, samples]`, in decision units); two fit side by side.
    pub maps: Vec<(String, ArrayView2<'a, f64>)>,
    /// Labels of the channels, in order.
    pub labels: &'a [String],
    /// Samples per second.
    pub rate_hz: f64,
    /// Start of the window in seconds after the cue (negative: before it).
    pub window_start_secs: f64,
}

const WIDTH: f64 = 960.0;

impl ChannelTimeFigure<'_> {
    /// The figure as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let rows = self.maps.len().div_ceil(2).max(1);
        let map_height = (self.labels.len() as f64 * 10.0).clamp(120.0, 640.0);
        let row_height = 34.0 + STRIP + map_height + 48.0;
        let height = TITLE + rows as f64 * row_height;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, 24.0, WIDTH - 48.0);
        let binned: Vec<Binned> = self.maps.iter().map(|(_, map)| Binned::new(*map, self.rate_hz)).collect();
        let limit = nice_limit(max_abs(binned.iter().flat_map(|b| b.values.iter())));
        let strip = max_abs(&binned.iter().flat_map(|b| b.sums()).collect::<Vec<f64>>());
        let column = (WIDTH - 48.0) / 2.0;
        for (i, ((name, _), binned)) in self.maps.iter().zip(&binned).enumerate() {
            let x = 24.0 + (i % 2) as f64 * column;
            let y = TITLE + (i / 2) as f64 * row_height;
            svg.text(
                (x + 46.0, y + 18.0),
                &fit(&clean_text(name, 80), 13.0, column - 60.0),
                TextStyle::new(13.0).bold(),
            );
            let panel = Panel {
                place: [x + 46.0, y + 30.0 + STRIP, column - 46.0 - 92.0, map_height],
                labels: self.labels,
                start_secs: self.window_start_secs,
            };
            panel.draw_to(&mut svg, binned, limit, strip);
        }
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }
}

/// A positive value of every channel over time: the size of the signal, on a logarithmic scale.
#[derive(Debug, Clone, Default)]
pub struct ChannelCourse<'a> {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// `[channels, columns]`; what is not positive and finite is drawn as missing.
    pub values: Array2<f64>,
    /// Which of them are remarkable; same shape, or empty.
    pub flagged: Vec<bool>,
    /// Labels of the channels, in order.
    pub labels: &'a [String],
    /// The horizontal axis, from the left edge of the first column to the right edge of the last.
    pub x: Axis,
    /// Ends of the colour scale.
    pub range: [f64; 2],
    /// The values' unit.
    pub unit: String,
}

/// Light to dark, of no class.
fn ramp(share: f64) -> Rgb {
    let share = share.clamp(0.0, 1.0);
    let (light, middle, dark) = (Rgb::new(0xf1, 0xf5, 0xf4), Rgb::new(0x6f, 0xa8, 0xa3), Rgb::new(0x0b, 0x3b, 0x46));
    if share < 0.5 { light.mix(middle, share * 2.0) } else { middle.mix(dark, share * 2.0 - 1.0) }
}

impl ChannelCourse<'_> {
    /// The figure as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        const LEFT: f64 = 78.0;
        const RIGHT: f64 = 110.0;
        let (channels, columns) = self.values.dim();
        let row = if channels > 40 { 9.0 } else { 13.0 };
        let map_height = (channels as f64 * row).clamp(60.0, 1200.0);
        let top = TITLE + 8.0;
        let height = top + map_height + 52.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, 24.0, WIDTH - 48.0);
        let place = [LEFT, top, WIDTH - LEFT - RIGHT, map_height];
        let [x, y, w, h] = place;
        let scale = Axis::new("").log().from_to(self.range[0], self.range[1]).resolve(std::iter::empty());
        let missing = Rgb::new(0xff, 0xff, 0xff);
        let colours: Vec<Rgb> = self
            .values
            .iter()
            .map(|v| if v.is_finite() && *v > 0.0 { ramp((scale.share(*v) * 48.0).round() / 48.0) } else { missing })
            .collect();
        mosaic::draw(&mut svg, place, columns, &colours, "");
        let (across, down) = (w / columns.max(1) as f64, h / channels.max(1) as f64);
        if self.flagged.len() == self.values.len() {
            self.outlines(&mut svg, (x, y), (across, down));
        }
        svg.frame(place, MUTED);
        let size = (down - 0.5).clamp(7.5, 10.0);
        let every = (8.0 / down).ceil().max(1.0) as usize;
        for (i, label) in self.labels.iter().take(channels).enumerate().step_by(every) {
            let at = y + (i as f64 + 0.5) * down + 0.36 * size;
            svg.text(
                (x - 6.0, at),
                &fit(&clean_text(label, 24), size, LEFT - 30.0),
                TextStyle::new(size).anchor(Anchor::End),
            );
        }
        let plot = Plot { place, x: self.x.resolve(std::iter::empty()), y: scale };
        for (value, text) in plot.x.ticks(9) {
            let at = plot.x_at(value);
            svg.line((at, y + h), (at, y + h + 4.0), INK, 0.8);
            svg.text((at, y + h + 17.0), &text, TextStyle::new(10.5).anchor(Anchor::Middle));
        }
        let quiet = TextStyle::new(11.0).colour(MUTED).anchor(Anchor::Middle);
        svg.text((x + w / 2.0, y + h + 36.0), &fit(&clean_text(&self.x.label, 160), 11.0, w), quiet);
        self.bar(&mut svg, &plot);
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }

    /// A frame around each remarkable stretch of a channel.
    fn outlines(&self, svg: &mut Svg, (x, y): (f64, f64), (across, down): (f64, f64)) {
        let columns = self.values.ncols().max(1);
        for (channel, line) in self.flagged.chunks(columns).enumerate() {
            let mut column = 0;
            for run in line.chunk_by(|a, b| a == b) {
                if run[0] {
                    let place = [
                        x + column as f64 * across,
                        y + channel as f64 * down + 0.6,
                        run.len() as f64 * across,
                        down - 1.2,
                    ];
                    svg.raw(&format!(
                        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"/>",
                        px(place[0]),
                        px(place[1]),
                        px(place[2]),
                        px(place[3]),
                        Rgb::new(0xe0, 0x8a, 0x00).hex()
                    ));
                }
                column += run.len();
            }
        }
    }

    fn bar(&self, svg: &mut Svg, plot: &Plot) {
        let [x, y, w, h] = plot.place;
        let (left, height) = (x + w + 36.0, h.min(170.0));
        let upper = y + (h - height) / 2.0;
        for i in 0..48 {
            let share = 1.0 - (f64::from(i) + 0.5) / 48.0;
            svg.rect([left, upper + f64::from(i) * height / 48.0, 11.0, height / 48.0 + 0.4], ramp(share));
        }
        svg.frame([left, upper, 11.0, height], MUTED);
        for (value, _) in plot.y.ticks((height / 22.0) as usize) {
            let at = upper + (1.0 - plot.y.share(value)) * height;
            svg.line((left + 11.0, at), (left + 15.0, at), INK, 0.8);
            svg.text((left + 18.0, at + 3.5), &number::tick(value), TextStyle::new(10.0));
        }
        let style = TextStyle::new(10.0).colour(MUTED).anchor(Anchor::Middle);
        svg.upward_text(
            (left - 6.0, upper + height / 2.0),
            &fit(&clean_text(&self.unit, 60), 10.0, height + 20.0),
            style,
        );
    }
}
