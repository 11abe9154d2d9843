use super::plot::{TITLE, title};
use super::svg::{AMBER, Anchor, INK, MUTED, Svg, TextStyle, fit};
use super::{colour_bar, head};
use crate::palette::{Rgb, max_abs, nice_limit};
use crate::topography::ScalpInterpolator;
use motrace_core::clean_text;

/// What is known of the trial behind a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// It is not one trial, or nothing is known.
    #[default]
    None,
    /// Decided as the cue said.
    Right,
    /// Decided otherwise.
    Wrong,
    /// There is a reason not to trust it.
    Vetoed,
}

/// One map of a [`TopographyGrid`].
#[derive(Debug, Clone, Default)]
pub struct GridMap {
    /// Its name, above it.
    pub name: String,
    /// What else there is to say, below it.
    pub note: String,
    /// What is known of its trial.
    pub verdict: Verdict,
    /// One value per channel; none leaves its place empty.
    pub values: Vec<f64>,
}

/// Which maps of a [`TopographyGrid`] share a colour scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum GridScale {
    /// All, up to the largest value.
    #[default]
    Shared,
    /// All, up to this value; colours go no further.
    Limit(f64),
    /// Those of each column.
    EachColumn,
}

/// Scalp maps in rows and columns.
#[derive(Debug, Clone, Default)]
pub struct TopographyGrid<'a> {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// Labels of the channels, in order.
    pub labels: &'a [String],
    /// The values' unit.
    pub unit: String,
    /// Maps in a row.
    pub columns: usize,
    /// The maps, row by row.
    pub maps: Vec<GridMap>,
    /// Whether maps are small, without names of electrodes and contours: for many.
    pub is_small: bool,
    /// Which maps share a scale.
    pub scale: GridScale,
}

const MARGIN: f64 = 24.0;
const WIDTH: f64 = 960.0;

/// The sizes of a grid: radius of a head, height of a row, of the names above and of the notes below.
struct Sizes {
    radius: f64,
    row: f64,
    above: f64,
    below: f64,
    text: f64,
}

impl TopographyGrid<'_> {
    /// The interpolator to hand to [`svg_with`](Self::svg_with), once per montage.
    #[must_use]
    pub fn interpolator(labels: &[String]) -> ScalpInterpolator {
        head::interpolator(labels)
    }

    /// The grid as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        self.svg_with(&Self::interpolator(self.labels))
    }

    /// The grid as SVG, with an interpolator made by [`interpolator`](Self::interpolator).
    #[must_use]
    pub fn svg_with(&self, map: &ScalpInterpolator) -> String {
        let columns = self.columns.clamp(1, 16);
        let rows = self.maps.len().div_ceil(columns).max(1);
        let cell = (WIDTH - 2.0 * MARGIN) / columns as f64;
        let sizes = if self.is_small {
            let radius = (cell / 2.0 / 1.16).clamp(16.0, 40.0);
            Sizes { radius, row: 2.3 * radius + 36.0, above: 15.0, below: 0.0, text: 9.5 }
        } else {
            let radius = ((cell - 24.0) / 2.0 / 1.16).clamp(40.0, 104.0);
            // Electrodes below the ring lie beyond the circle.
            let reach = |sign: f64| map.electrodes().iter().map(|spot| sign * spot.y).fold(1.08, f64::max) - 1.08;
            let (above, below) = (22.0 + reach(1.0) * radius, reach(-1.0) * radius);
            Sizes { radius, row: 2.34 * radius + 36.0 + above + below, above, below, text: 12.0 }
        };
        let top = TITLE + 10.0;
        let bar_top = top + rows as f64 * sizes.row + 8.0;
        let height = bar_top + 52.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, MARGIN, WIDTH - 2.0 * MARGIN);
        let limits = self.limits(columns);
        // A map without values keeps its place empty, so that rows begin where they should.
        for (i, one) in self.maps.iter().enumerate().filter(|(_, one)| !one.values.is_empty()) {
            let (column, row) = (i % columns, i / columns);
            let x = MARGIN + (column as f64 + 0.5) * cell;
            let y = top + row as f64 * sizes.row;
            self.map(&mut svg, (x, y), cell, &sizes, map, one, limits[column]);
        }
        let unit = clean_text(&self.unit, 80);
        if self.scale == GridScale::EachColumn {
            for (column, limit) in limits.iter().enumerate() {
                let middle = MARGIN + (column as f64 + 0.5) * cell;
                colour_bar::draw_across(&mut svg, (middle, bar_top), (cell - 60.0).min(220.0), *limit, &unit);
            }
        } else {
            colour_bar::draw_across(&mut svg, (WIDTH / 2.0, bar_top), 260.0, limits[0], &unit);
        }
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }

    fn limits(&self, columns: usize) -> Vec<f64> {
        let of = |column: Option<usize>| {
            let maps = self.maps.iter().enumerate().filter(|(i, _)| column.is_none_or(|c| i % columns == c));
            nice_limit(max_abs(maps.flat_map(|(_, one)| &one.values)))
        };
        match self.scale {
            GridScale::Shared => vec![of(None); columns],
            GridScale::Limit(limit) => vec![nice_limit(limit); columns],
            GridScale::EachColumn => (0..columns).map(|column| of(Some(column))).collect(),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "place, size and content of one cell")]
    fn map(
        &self,
        svg: &mut Svg,
        (x, y): (f64, f64),
        cell: f64,
        sizes: &Sizes,
        map: &ScalpInterpolator,
        one: &GridMap,
        limit: f64,
    ) {
        let mark = match one.verdict {
            Verdict::None => None,
            Verdict::Right => Some(("✓", INK)),
            Verdict::Wrong => Some(("✗", AMBER)),
            Verdict::Vetoed => Some(("⚠", AMBER)),
        };
        let name = clean_text(&one.name, 80);
        let name = match mark {
            Some((glyph, _)) => format!("{} {glyph}", fit(&name, sizes.text, cell - 20.0)),
            None => fit(&name, sizes.text, cell - 6.0),
        };
        let ink = mark.map_or(INK, |(_, colour)| colour);
        let style = TextStyle::new(sizes.text).colour(ink).anchor(Anchor::Middle).bold();
        svg.text((x, y + sizes.text), &name, style);
        let centre = (x, y + sizes.above + 1.15 * sizes.radius);
        if self.is_small {
            head::draw_small(svg, centre, sizes.radius, map, &one.values, limit);
        } else {
            head::draw(svg, centre, sizes.radius, map, &one.values, limit);
        }
        if matches!(one.verdict, Verdict::Wrong | Verdict::Vetoed) {
            let dashes = if one.verdict == Verdict::Vetoed { "stroke-dasharray=\"3 2\"" } else { "" };
            let paint = format!("fill=\"none\" stroke=\"{}\" stroke-width=\"2\" {dashes}", AMBER.hex());
            svg.circle(centre, sizes.radius + 2.0, &paint);
        }
        let note = fit(&clean_text(&one.note, 80), sizes.text - 1.0, cell - 4.0);
        let below = centre.1 + 1.08 * sizes.radius + sizes.below + sizes.text + 1.0;
        svg.text((x, below), &note, TextStyle::new(sizes.text - 1.0).colour(MUTED).anchor(Anchor::Middle));
    }
}
