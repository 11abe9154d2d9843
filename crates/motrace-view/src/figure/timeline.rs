use super::plot::{Axis, Key, Plot, TITLE, Tone, legend, title};
use super::svg::{Anchor, INK, MUTED, RULE, Svg, TextStyle, fit, text_width};
use crate::palette::Rgb;
use motrace_core::clean_text;

/// A stretch on a lane of a [`Timeline`].
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// Where it begins.
    pub from: f64,
    /// Where it ends; it is seen even where that is the same place.
    pub to: f64,
    /// What it is; shown inside where there is room.
    pub name: String,
    /// Its colour.
    pub tone: Tone,
}

/// One row of a [`Timeline`].
#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// What happens on it.
    pub name: String,
    /// Whether its stretches are large named blocks; small marks otherwise.
    pub has_blocks: bool,
    /// What happened.
    pub stretches: Vec<Stretch>,
}

/// What happened when, on lanes over a common axis of time.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// The axis of time.
    pub x: Axis,
    /// The lanes, from above.
    pub lanes: Vec<Lane>,
    /// What the colours of the marks mean.
    pub key: Vec<(Tone, String)>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 26.0;
const BLOCK: f64 = 34.0;
const MARK: f64 = 24.0;

impl Timeline {
    /// The timeline as SVG, 960 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let top = TITLE + if self.key.is_empty() { 6.0 } else { 30.0 };
        let of_lane = |lane: &Lane| if lane.has_blocks { BLOCK } else { MARK };
        let lanes_height: f64 = self.lanes.iter().map(of_lane).sum::<f64>().max(MARK);
        let height = top + lanes_height + 52.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        title(&mut svg, &self.title, 24.0, WIDTH - 48.0);
        let entries: Vec<(Key, String)> =
            self.key.iter().map(|(tone, name)| (Key::Area(tone.colour()), name.clone())).collect();
        legend(&mut svg, (24.0, TITLE + 12.0), WIDTH - 48.0, &entries);
        let ends = self.lanes.iter().flat_map(|lane| &lane.stretches).flat_map(|s| [s.from, s.to]);
        let plot = Plot {
            place: [LEFT, top, WIDTH - LEFT - RIGHT, lanes_height],
            x: self.x.resolve(ends),
            y: Axis::new("").resolve(std::iter::empty()),
        };
        let [x, y, w, h] = plot.place;
        for (value, text) in plot.x.ticks(9) {
            let at = plot.x_at(value);
            svg.line((at, y), (at, y + h), super::plot::GRID, 0.8);
            svg.text((at, y + h + 17.0), &text, TextStyle::new(10.5).anchor(Anchor::Middle));
        }
        let quiet = TextStyle::new(11.0).colour(MUTED).anchor(Anchor::Middle);
        svg.text((x + w / 2.0, y + h + 36.0), &fit(&clean_text(&self.x.label, 160), 11.0, w), quiet);
        let mut upper = y;
        for lane in &self.lanes {
            let row = of_lane(lane);
            let name = fit(&clean_text(&lane.name, 60), 11.5, LEFT - 34.0);
            svg.text((x - 10.0, upper + row / 2.0 + 4.0), &name, TextStyle::new(11.5).anchor(Anchor::End));
            for stretch in &lane.stretches {
                draw(&mut svg, &plot, stretch, (upper, row), lane.has_blocks);
            }
            upper += row;
            svg.line((x, upper), (x + w, upper), RULE, 0.8);
        }
        svg.line((x, y + h), (x + w, y + h), INK, 1.0);
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }
}

fn draw(svg: &mut Svg, plot: &Plot, stretch: &Stretch, (upper, row): (f64, f64), is_block: bool) {
    let (left, right) = (plot.x_at(stretch.from), plot.x_at(stretch.to));
    let colour = stretch.tone.colour();
    if !is_block {
        // However short, it has to be seen.
        let width = (right - left).max(2.0);
        return svg.rect([left - if right - left < 2.0 { 1.0 } else { 0.0 }, upper + 4.0, width, row - 8.0], colour);
    }
    let width = (right - left - 1.0).max(1.0);
    svg.rect([left + 0.5, upper + 3.0, width, row - 6.0], Rgb::new(255, 255, 255).mix(colour, 0.22));
    svg.rect([left + 0.5, upper + 3.0, width.min(3.0), row - 6.0], colour);
    let name = clean_text(&stretch.name, 60);
    let short = fit(&name, 10.5, width - 10.0);
    // Half a word says less than none.
    if text_width(&short, 10.5) <= width - 8.0 && short.chars().count() * 2 > name.chars().count().min(12) {
        svg.text((left + 7.0, upper + row / 2.0 + 4.0), &short, TextStyle::new(10.5));
    }
}
