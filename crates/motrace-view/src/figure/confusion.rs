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
    pub classes: [String; 2],
    /// `counts[cue][decided]`
    pub counts: [[usize; 2]; 2],
}

const WIDTH: f64 = 420.0;
const LEFT: f64 = 122.0;
const TOP: f64 = TITLE + 48.0;
const CELL: [f64; 2] = [134.0, 74.0];
const RIGHT_HUE: Rgb = Rgb::new(0x0b, 0x72, 0x6b);
const WRONG_HUE: Rgb = Rgb::new(0xc2, 0x78, 0x03);

impl ConfusionFigure {
    /// The table as SVG, 420 wide.
    #[must_use]
    pub fn svg(&self) -> String {
        let height = TOP + 2.0 * CELL[1] + 30.0;
        let mut svg = Svg::new(WIDTH, height);
        let white = Rgb::new(255, 255, 255);
        svg.rect([0.0, 0.0, WIDTH, height], white);
        title(&mut svg, &self.title, 24.0, WIDTH - 48.0);
        let quiet = TextStyle::new(11.0).colour(MUTED);
        svg.text((LEFT + CELL[0], TOP - 26.0), "decided for", quiet.anchor(Anchor::Middle));
        svg.upward_text((34.0, TOP + CELL[1]), "cue", quiet.anchor(Anchor::Middle));
        for (cue, row) in self.counts.iter().enumerate() {
            let y = TOP + cue as f64 * CELL[1];
            let name = |class: usize, room: f64| fit(&clean_text(&self.classes[class], 40), 12.0, room);
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
        for i in 0..3 {
            let (x, y) = (LEFT + f64::from(i) * CELL[0], TOP + f64::from(i) * CELL[1]);
            svg.line((x, TOP), (x, TOP + 2.0 * CELL[1]), white, 2.0);
            svg.line((LEFT, y), (LEFT + 2.0 * CELL[0], y), white, 2.0);
        }
        svg.frame([LEFT, TOP, 2.0 * CELL[0], 2.0 * CELL[1]], MUTED);
        svg.finish_described(&clean_text(&self.title, 200), &clean_text(&self.description, 1000))
    }
}
