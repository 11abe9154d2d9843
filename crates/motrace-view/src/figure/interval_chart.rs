use super::plot::{Axis, GRID, Key, LEGEND_ROW, Plot, TITLE, Tone, legend, legend_rows, title};
use super::svg::{Anchor, INK, MUTED, Svg, TextStyle, fit};
use crate::palette::Rgb;
use motrace_core::clean_text;

/// A figure with the interval that it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// The figure.
    pub value: f64,
    /// From where to where it may as well be, at 95 %.
    pub interval: Option<[f64; 2]>,
}

impl Measured {
    /// A figure with its interval.
    #[must_use]
    pub const fn new(value: f64, low: f64, high: f64) -> Self {
        Self { value, interval: Some([low, high]) }
    }

    /// All its numbers.
    pub(crate) fn numbers(self) -> impl Iterator<Item = f64> {
        std::iter::once(self.value).chain(self.interval.into_iter().flatten())
    }
}

/// Figures that belong together, one for each series: those of a subject, say.
#[derive(Debug, Clone, Default)]
pub struct IntervalGroup {
    /// What they belong to.
    pub name: String,
    /// One for each series; none leaves its place empty.
    pub values: Vec<Option<Measured>>,
    /// What chance reaches.
    pub chance: Option<[f64; 2]>,
    /// Whether it stands apart from those below, like a mean above all.
    pub is_apart: bool,
}

/// Horizontal bars with their intervals, in groups, before the band that chance reaches.
#[derive(Debug, Clone, Default)]
pub struct IntervalChart {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// The axis of the values; it begins at 0 where it has no range.
    pub x: Axis,
    /// The names of the series.
    pub series: Vec<String>,
    /// What the band is called.
    pub chance: String,
    /// The groups, from above. More than [`MOST_BARS`] bars are not drawn; a line says so.
    pub groups: Vec<IntervalGroup>,
}

/// So many bars are drawn at most.
pub const MOST_BARS: usize = 600;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 78.0;
const GAP: f64 = 11.0;
/// What chance reaches.
const CHANCE: Rgb = Rgb::new(0xdc, 0xdf, 0xe4);

impl IntervalChart {
    /// The chart as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let series = self.groups.iter().map(|group| group.values.len()).max().unwrap_or(0).max(1);
        let shown = self.groups.len().min((MOST_BARS / series).max(1));
        let groups = self.groups.get(..shown).unwrap_or_default();
        let bar = if shown * series > 60 { 9.0 } else { 13.0 };
        let row = bar * series as f64 + GAP;
        let apart = groups.iter().filter(|group| group.is_apart).count() as f64 * GAP;

        let keys = self.keys(groups);
        let legend_height = LEGEND_ROW * legend_rows(WIDTH - 48.0, &keys) as f64;
        let top = TITLE + 8.0 + legend_height;
        let plot_height = row * shown.max(1) as f64 + apart;
        let more = self.groups.len() - shown;
        let height = top + plot_height + 50.0 + if more > 0 { 18.0 } else { 0.0 };
        let mut svg = Svg::new(WIDTH, height);
        let white = Rgb::new(255, 255, 255);
        svg.rect([0.0, 0.0, WIDTH, height], white);
        title(&mut svg, &self.title, 24.0, WIDTH - 48.0);
        legend(&mut svg, (24.0, TITLE + 12.0), WIDTH - 48.0, &keys);
        let numbers = groups.iter().flat_map(|group| {
            group.values.iter().flatten().flat_map(|m| m.numbers()).chain(group.chance.into_iter().flatten())
        });
        let plot = Plot {
            place: [LEFT, top, WIDTH - LEFT - RIGHT, plot_height],
            x: self.x.resolve(numbers.chain([0.0])),
            y: Axis::new("").from_to(0.0, 1.0).resolve(std::iter::empty()),
        };
        let mut y = top;
        for group in groups {
            if let Some([low, high]) = group.chance.filter(|band| band.iter().all(|v| v.is_finite())) {
                let (from, to) = (plot.x_at(low.min(high)), plot.x_at(low.max(high)));
                svg.rect([from, y, (to - from).max(1.0), row], CHANCE);
            }
            y += row;
            if group.is_apart {
                svg.line((24.0, y + GAP / 2.0), (WIDTH - RIGHT, y + GAP / 2.0), GRID, 1.2);
                y += GAP;
            }
        }
        self.axis(&mut svg, &plot);
        y = top;
        for group in groups {
            let style = TextStyle::new(12.0).anchor(Anchor::End);
            let style = if group.is_apart { style.bold() } else { style };
            let name = fit(&clean_text(&group.name, 80), 12.0, LEFT - 34.0);
            svg.text((LEFT - 10.0, y + row / 2.0 + 4.2), &name, style);
            for (place, measured) in group.values.iter().enumerate() {
                if let Some(measured) = measured {
                    let above = y + GAP / 2.0 + place as f64 * bar;
                    self.bar(&mut svg, &plot, [above, bar], *measured, Tone::Series(place).colour());
                }
            }
            y += row + if group.is_apart { GAP } else { 0.0 };
        }
        svg.line((LEFT, top), (LEFT, top + plot_height), INK, 1.0);
        if more > 0 {
            let words = format!("and {more} more, which are in the table");
            svg.text((LEFT, height - 10.0), &words, TextStyle::new(11.0).colour(MUTED));
        }
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }

    fn keys(&self, groups: &[IntervalGroup]) -> Vec<(Key, String)> {
        let named = self.series.iter().enumerate().filter(|(_, name)| !name.is_empty());
        let mut keys: Vec<(Key, String)> =
            named.map(|(place, name)| (Key::Area(Tone::Series(place).colour()), name.clone())).collect();
        if !self.chance.is_empty() && groups.iter().any(|group| group.chance.is_some()) {
            keys.push((Key::Area(CHANCE), self.chance.clone()));
        }
        keys
    }

    fn axis(&self, svg: &mut Svg, plot: &Plot) {
        let [x, y, w, h] = plot.place;
        for (value, text) in plot.x.ticks(8) {
            let at = plot.x_at(value);
            svg.line((at, y), (at, y + h), GRID, 0.8);
            svg.text((at, y + h + 17.0), &text, TextStyle::new(10.5).anchor(Anchor::Middle));
        }
        let quiet = TextStyle::new(11.0).colour(MUTED).anchor(Anchor::Middle);
        svg.text((x + w / 2.0, y + h + 36.0), &fit(&clean_text(&self.x.label, 160), 11.0, w), quiet);
    }

    fn bar(&self, svg: &mut Svg, plot: &Plot, [above, bar]: [f64; 2], measured: Measured, colour: Rgb) {
        if !measured.value.is_finite() {
            return;
        }
        let (from, to) = (plot.x_at(0.0_f64.max(plot.x.low)), plot.x_at(measured.value));
        let middle = above + bar / 2.0;
        svg.rect([from.min(to), above + 1.0, (to - from).abs(), bar - 2.0], colour);
        let mut end = from.max(to);
        if let Some([low, high]) = measured.interval.filter(|ends| ends.iter().all(|v| v.is_finite())) {
            let (low, high) = (plot.x_at(low), plot.x_at(high));
            whisker(svg, [low, high], middle, bar * 0.26);
            end = end.max(high);
        }
        let text = self.x.described(measured.value);
        svg.text((end + 6.0, middle + 3.6), &text, TextStyle::new((bar - 1.5).min(10.5)).colour(MUTED));
    }
}

/// An interval, dark before a bar of any colour and before the ground.
pub(super) fn whisker(svg: &mut Svg, [low, high]: [f64; 2], middle: f64, reach: f64) {
    let white = Rgb::new(255, 255, 255);
    svg.line((low, middle), (high, middle), white, 2.6);
    svg.line((low, middle), (high, middle), INK, 1.3);
    for end in [low, high] {
        svg.line((end, middle - reach), (end, middle + reach), INK, 1.3);
    }
}
