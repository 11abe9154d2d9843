use super::plot::{Axis, Key, LEGEND_ROW, Plot, TITLE, Tone, legend, legend_rows, title};
use super::svg::{Anchor, INK, MUTED, Svg, TextStyle, fit, px, text_width};
use crate::palette::Rgb;
use motrace_core::clean_text;
use std::fmt::Write;

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineLook {
    /// As a line, its spread as a band.
    #[default]
    Band,
    /// As a line through dots, its spread as a bar at each: for few points.
    Bars,
    /// As dots alone, large.
    Dots,
}

/// One line of a [`LineChart`].
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Its colour.
    pub tone: Tone,
    /// Whether it is dashed.
    pub is_dashed: bool,
    /// How it is drawn.
    pub look: LineLook,
    /// Its points, from left to right; it breaks where a value is not finite.
    pub points: Vec<[f64; 2]>,
    /// From where to where it may as well be, at each point; may be empty.
    pub spread: Vec<[f64; 2]>,
}

/// A grey band behind the lines: between two values, or between two places.
#[derive(Debug, Clone)]
pub struct Shade {
    /// What it is.
    pub name: String,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

/// Lines over a common axis, with bands behind them.
#[derive(Debug, Clone, Default)]
pub struct LineChart {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines.
    pub lines: Vec<Line>,
    /// Bands between two values, such as what chance reaches; named in the legend.
    pub levels: Vec<Shade>,
    /// Bands whose height follows the horizontal axis: name, and place, lower and upper end of each point.
    pub regions: Vec<(String, Vec<[f64; 3]>)>,
    /// Bands between two places, such as runs; named at their upper end.
    pub spans: Vec<Shade>,
    /// Single places, such as the cue; named at their upper end.
    pub marks: Vec<(f64, String)>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 26.0;
const PLOT: f64 = 232.0;

/// What chance reaches.
const CHANCE: Rgb = Rgb::new(0xdc, 0xdf, 0xe4);
/// Every other span.
const SPAN: Rgb = Rgb::new(0xf5, 0xf6, 0xf8);

impl LineChart {
    /// The chart as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let has_names = !self.spans.is_empty() || !self.marks.is_empty();
        let keys = self.keys();
        let more_rows = legend_rows(WIDTH - LEFT, &keys).saturating_sub(1) as f64;
        let top = TITLE + 26.0 + LEGEND_ROW * more_rows + if has_names { 16.0 } else { 0.0 };
        let height = top + PLOT + 52.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, LEFT - 54.0, WIDTH - LEFT);
        let place = [LEFT, top, WIDTH - LEFT - RIGHT, PLOT];
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let spreads = || self.lines.iter().flat_map(|line| &line.spread).flatten();
        let levels = || self.levels.iter().flat_map(|s| [s.from, s.to]);
        let regions = || self.regions.iter().flat_map(|(_, r)| r);
        let plot = Plot {
            place,
            x: self.x.resolve(points().map(|p| p[0]).chain(regions().map(|r| r[0]))),
            y: self.y.resolve(
                points().map(|p| p[1]).chain(spreads().copied()).chain(levels()).chain(regions().map(|r| r[1])),
            ),
        };
        self.backgrounds(&mut svg, &plot);
        plot.axes(&mut svg, &self.x.label, &self.y.label);
        self.names_above(&mut svg, &plot);
        for line in &self.lines {
            draw(&mut svg, &plot, line);
        }
        legend(&mut svg, (LEFT - 54.0, TITLE + 12.0), WIDTH - LEFT, &keys);
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }

    fn backgrounds(&self, svg: &mut Svg, plot: &Plot) {
        let [x, y, w, h] = plot.place;
        for (i, span) in self.spans.iter().enumerate() {
            let (from, to) = (plot.x_at(span.from).max(x), plot.x_at(span.to).min(x + w));
            if i % 2 == 0 && to > from {
                svg.rect([from, y, to - from, h], SPAN);
            }
        }
        for level in &self.levels {
            let (upper, lower) = (plot.y_at(level.to).max(y), plot.y_at(level.from).min(y + h));
            svg.rect([x, upper, w, (lower - upper).max(1.0)], CHANCE);
        }
        for (_, region) in &self.regions {
            let upper = region.iter().map(|r| (r[0], r[2]));
            let lower = region.iter().rev().map(|r| (r[0], r[1]));
            area(svg, plot, upper.chain(lower), &format!("fill=\"{}\"", CHANCE.hex()));
        }
    }

    fn names_above(&self, svg: &mut Svg, plot: &Plot) {
        let [x, y, w, h] = plot.place;
        for span in &self.spans {
            let (from, to) = (plot.x_at(span.from).max(x), plot.x_at(span.to).min(x + w));
            if to - from > 24.0 {
                let name = fit(&clean_text(&span.name, 60), 10.5, to - from - 4.0);
                let style = TextStyle::new(10.5).colour(MUTED).anchor(Anchor::Middle);
                svg.text(((from + to) / 2.0, y - 5.0), &name, style);
            }
        }
        let mut taken = f64::NEG_INFINITY;
        for (value, name) in &self.marks {
            let at = plot.x_at(*value);
            if !(x..=x + w).contains(&at) {
                continue;
            }
            svg.line((at, y), (at, y + h), INK, 0.9);
            let name = fit(&clean_text(name, 60), 10.5, 200.0);
            let half = text_width(&name, 10.5) / 2.0;
            let middle = at.clamp(x + half - 30.0, x + w - half);
            if middle - half > taken + 4.0 {
                svg.text((middle, y - 5.0), &name, TextStyle::new(10.5).anchor(Anchor::Middle));
                taken = middle + half;
            }
        }
    }

    fn keys(&self) -> Vec<(Key, String)> {
        let lines = self.lines.iter().filter(|line| !line.name.is_empty());
        let levels = self.levels.iter().map(|l| &l.name).chain(self.regions.iter().map(|(name, _)| name));
        lines
            .map(|line| (Key::Line(line.tone.colour(), line.is_dashed), line.name.clone()))
            .chain(levels.filter(|name| !name.is_empty()).map(|name| (Key::Area(CHANCE), name.clone())))
            .collect()
    }
}

fn draw(svg: &mut Svg, plot: &Plot, line: &Line) {
    let colour = line.tone.colour().hex();
    let usable = |point: &[f64; 2]| point.iter().all(|v| v.is_finite());
    if line.look != LineLook::Band {
        return draw_dots(svg, plot, line);
    }
    if line.spread.len() == line.points.len() {
        let both: Vec<([f64; 2], [f64; 2])> = line
            .points
            .iter()
            .zip(&line.spread)
            .map(|(p, s)| (*p, *s))
            .filter(|(p, s)| usable(p) && usable(s))
            .collect();
        let upper = both.iter().map(|(p, s)| (p[0], s[1]));
        let lower = both.iter().rev().map(|(p, s)| (p[0], s[0]));
        area(svg, plot, upper.chain(lower), &format!("fill=\"{colour}\" fill-opacity=\"0.13\""));
    }
    let dashes = if line.is_dashed { "stroke-dasharray=\"5 3\"" } else { "" };
    for part in line.points.split(|point| !usable(point)) {
        let places: Vec<(f64, f64)> = part.iter().map(|p| (plot.x_at(p[0]), plot.y_at(p[1]))).collect();
        match places[..] {
            [] => {}
            [only] => svg.circle(only, 2.4, &format!("fill=\"{colour}\"")),
            _ => svg.polyline(
                places,
                &format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.9\" stroke-linejoin=\"round\" {dashes}"),
            ),
        }
    }
}

/// Dots, with what there is of a line and of bars.
fn draw_dots(svg: &mut Svg, plot: &Plot, line: &Line) {
    let colour = line.tone.colour();
    let usable = |point: &[f64; 2]| point.iter().all(|v| v.is_finite());
    if line.look == LineLook::Bars {
        for (point, ends) in line.points.iter().zip(&line.spread).filter(|(p, s)| usable(p) && usable(s)) {
            let (at, [low, high]) = (plot.x_at(point[0]), ends.map(|end| plot.y_at(end)));
            svg.line((at, low), (at, high), colour, 1.2);
            for end in [low, high] {
                svg.line((at - 3.0, end), (at + 3.0, end), colour, 1.2);
            }
        }
        let places = line.points.iter().filter(|p| usable(p)).map(|p| (plot.x_at(p[0]), plot.y_at(p[1])));
        svg.polyline(places, &format!("fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"", colour.hex()));
    }
    let radius = if line.look == LineLook::Dots { 5.0 } else { 3.0 };
    for point in line.points.iter().filter(|p| usable(p)) {
        let paint = format!("fill=\"{}\" stroke=\"#ffffff\" stroke-width=\"1\"", colour.hex());
        svg.circle((plot.x_at(point[0]), plot.y_at(point[1])), radius, &paint);
    }
}

/// The area within a closed outline.
fn area(svg: &mut Svg, plot: &Plot, outline: impl Iterator<Item = (f64, f64)>, paint: &str) {
    let mut path = String::new();
    for (x, y) in outline {
        let step = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{step}{} {}", px(plot.x_at(x)), px(plot.y_at(y)));
    }
    if !path.is_empty() {
        svg.raw(&format!("<path d=\"{path}Z\" {paint}/>"));
    }
}
