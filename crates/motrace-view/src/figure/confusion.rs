use super::plot::{TITLE, title};
use super::svg::{Anchor, INK, MUTED, Svg, TextStyle, fit};
use crate::palette::Rgb;
use motrace_core::clean_text;

/// How often which class was decided for, given the class of the cue.
#[derive(Debug, Clone)]
pub struct ConfusionFigure {
    /// What it is.
    pub title: String,
    /// What there is to see, for those who cannot see it.
    pub description: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// `counts[cue][decided]`
    pub counts: Vec<Vec<usize>>,
}

const LEFT: f64 = 122.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = TITLE + 48.0;
const CELL: [f64; 2] = [134.0, 74.0];
const RIGHT_HUE: Rgb = Rgb::new(0x0b, 0x72, 0x6b);
const WRONG_HUE: Rgb = Rgb::new(0xc2, 0x78, 0x03);

impl ConfusionFigure {
    /// The table as SVG, 420 wide for two classes.
    #[must_use]
    pub fn svg(&self) -> String {
        let classes = self.counts.len();
        let side = classes as f64;
        let (table, height) = ([side * CELL[0], side * CELL[1]], TOP + side * CELL[1] + 30.0);
        let width = LEFT + table[0] + RIGHT;
        let mut svg = Svg::new(width, height);
        let white = Rgb::new(255, 255, 255);
        svg.rect([0.0, 0.0, width, height], white);
        title(&mut svg, &self.title, 24.0, width - 48.0);
        let quiet = TextStyle::new(11.0).colour(MUTED);
        svg.text((LEFT + table[0] / 2.0, TOP - 26.0), "decided for", quiet.anchor(Anchor::Middle));
        svg.upward_text((34.0, TOP + table[1] / 2.0), "cue", quiet.anchor(Anchor::Middle));
        for (cue, row) in self.counts.iter().enumerate() {
            let y = TOP + cue as f64 * CELL[1];
            let name = |class: usize, room: f64| {
                self.classes.get(class).map_or_else(String::new, |name| fit(&clean_text(name, 40), 12.0, room))
            };
            let x = LEFT + cue as f64 * CELL[0];
            svg.text(
                (x + CELL[0] / 2.0, TOP - 8.0),
                &name(cue, CELL[0] - 8.0),
                TextStyle::new(12.0).bold().anchor(Anchor::Middle),
            );
            svg.text(
                (LEFT - 10.0, y + CELL[1] / 2.0 + 4.0),
                &name(cue, LEFT - 52.0),
                TextStyle::new(12.0).bold().anchor(Anchor::End),
            );
            let total: usize = row.iter().sum();
            for (decided, &count) in row.iter().enumerate() {
                let x = LEFT + decided as f64 * CELL[0];
                let share = count as f64 / total.max(1) as f64;
                let hue = if cue == decided { RIGHT_HUE } else { WRONG_HUE };
                svg.rect(
                    [x, y, CELL[0], CELL[1]],
                    white.mix(hue, if cue == decided { 0.04 + 0.9 * share } else { 0.04 + 0.6 * share }),
                );
                let ink = if share > 0.88 && cue == decided { white } else { INK };
                let middle = x + CELL[0] / 2.0;
                let large = TextStyle::new(24.0).bold().colour(ink).anchor(Anchor::Middle);
                svg.text((middle, y + 38.0), &count.to_string(), large);
                let small = TextStyle::new(11.0).colour(ink).anchor(Anchor::Middle);
                let words =
                    if total == 0 { "no trials".to_owned() } else { format!("{:.0} % of the cues", share * 100.0) };
                svg.text((middle, y + 57.0), &words, small);
            }
        }
        for i in 0..=classes {
            let (x, y) = (LEFT + i as f64 * CELL[0], TOP + i as f64 * CELL[1]);
            svg.line((x, TOP), (x, TOP + table[1]), white, 2.0);
            svg.line((LEFT, y), (LEFT + table[0], y), white, 2.0);
        }
        svg.frame([LEFT, TOP, table[0], table[1]], MUTED);
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }
}
