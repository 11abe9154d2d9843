use super::channel_time::{Binned, Panel};
use super::number::signed;
use super::svg::{AMBER, Anchor, INK, MUTED, RULE, Svg, TextStyle, fit};
use super::{colour_bar, head, ledger};
use crate::palette::{Ground, Rgb, diverging, max_abs, nice_limit};
use crate::topography::ScalpInterpolator;
use motrace_core::{Decision, Relevance, View, clean_text};

/// One decision, explained: header, the views that are there as scalp map and channel × time map, ledger, warnings.
#[derive(Debug, Clone)]
pub struct TrialFigure<'a> {
    /// What it is, for example the recording and the trial's number.
    pub title: String,
    /// Where it comes from: model, montage, window.
    pub subtitle: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Labels of the relevance's channels, in order.
    pub labels: &'a [String],
    /// The decision.
    pub decision: Decision,
    /// The class of the trial's cue, where there is one.
    pub truth: Option<usize>,
    /// Its relevance.
    pub relevance: &'a Relevance,
    /// Samples per second.
    pub rate_hz: f64,
    /// Start of the window in seconds after the cue (negative: before it).
    pub window_start_secs: f64,
    /// What to be careful about.
    pub warnings: Vec<String>,
}

const WIDTH: f64 = 1400.0;
const MARGIN: f64 = 36.0;
const GAP: f64 = 30.0;
const COLUMN: f64 = (WIDTH - 2.0 * MARGIN - 2.0 * GAP) / 3.0;
const HEADER: f64 = 128.0;
const HEAD_RADIUS: f64 = 112.0;
/// Where the channel × time maps begin.
const MAP_TOP: f64 = 492.0;
/// Room for channel labels to the left of a map, and for its colour bar to the right.
const LABELS: f64 = 48.0;
const BAR: f64 = 74.0;

impl TrialFigure<'_> {
    /// The figure as SVG, 1400 wide and about 930 high (higher for more than 24 channels).
    ///
    /// Builds the montage's interpolator anew; for many figures of one montage use [`svg_with`](Self::svg_with).
    #[must_use]
    pub fn svg(&self) -> String {
        self.svg_with(&Self::interpolator(self.labels))
    }

    /// The interpolator to hand to [`svg_with`](Self::svg_with), once per montage.
    #[must_use]
    pub fn interpolator(labels: &[String]) -> ScalpInterpolator {
        head::interpolator(labels)
    }

    /// The figure as SVG with an interpolator made by [`interpolator`](Self::interpolator).
    #[must_use]
    pub fn svg_with(&self, map: &ScalpInterpolator) -> String {
        let channels = self.relevance.input.nrows();
        let map_height = (channels as f64 * 9.6).clamp(150.0, 660.0);
        let ledger_top = MAP_TOP + map_height + 66.0;
        let height = ledger_top + ledger::HEIGHT + 18.0;
        let mut svg = Svg::new(WIDTH, height);
        svg.rect([0.0, 0.0, WIDTH, height], Rgb::new(255, 255, 255));
        self.header(&mut svg);
        for (i, view) in self.relevance.views().enumerate() {
            let x = MARGIN + i as f64 * (COLUMN + GAP);
            self.view(&mut svg, x, view, map, map_height);
        }
        let block = |i: f64| (MARGIN + i * (COLUMN + GAP), ledger_top);
        ledger::sums(&mut svg, block(0.0), COLUMN, &self.relevance.ledger);
        ledger::checks(&mut svg, block(1.0), COLUMN, self.relevance);
        ledger::warnings(&mut svg, block(2.0), COLUMN, &self.all_warnings(map));
        svg.finish(&clean_text(&self.title, 200))
    }

    fn all_warnings(&self, map: &ScalpInterpolator) -> Vec<String> {
        let mut all: Vec<String> = self.warnings.iter().map(|w| clean_text(w, 400)).collect();
        if !map.unplaced().is_empty() {
            let list = clean_text(&map.unplaced().join(", "), 60);
            all.push(format!("not on the scalp maps, for want of a 10-10 place: {list}"));
        }
        all
    }

    fn class_name(&self, class: usize) -> String {
        self.classes.get(class).map_or_else(|| format!("class {class}"), |name| clean_text(name, 40))
    }

    fn header(&self, svg: &mut Svg) {
        const CARD: f64 = 560.0;
        let room = WIDTH - 2.0 * MARGIN - CARD - 24.0;
        svg.text((MARGIN, 52.0), &fit(&clean_text(&self.title, 200), 22.0, room), TextStyle::new(22.0).bold());
        svg.text(
            (MARGIN, 76.0),
            &fit(&clean_text(&self.subtitle, 240), 12.5, room),
            TextStyle::new(12.5).colour(MUTED),
        );
        let mut x = MARGIN;
        for (class, value) in [(0, -0.75), (1, 0.75)] {
            svg.rect([x, 91.0, 12.0, 12.0], diverging(value, Ground::Light));
            let says = match (self.decision.is_of_two(), class) {
                (true, _) => format!("speaks for {}", self.class_name(class)),
                (false, 0) => format!("speaks against {}", self.class_name(self.relevance.class)),
                (false, _) => format!("speaks for {}", self.class_name(self.relevance.class)),
            };
            let text = fit(&says, 12.0, room / 2.0 - 40.0);
            svg.text((x + 18.0, 101.0), &text, TextStyle::new(12.0));
            x += 34.0 + super::svg::text_width(&text, 12.0);
        }
        self.card(svg, WIDTH - MARGIN - CARD, CARD);
        svg.line((MARGIN, HEADER - 8.0), (WIDTH - MARGIN, HEADER - 8.0), RULE, 1.0);
    }

    /// The decision: class, truth, value, probability, reasons not to trust it.
    fn card(&self, svg: &mut Svg, x: f64, width: f64) {
        let class = self.decision.class();
        let is_first = self.decision.is_of_two() && class == 0;
        let colour = diverging(if is_first { -1.0 } else { 1.0 }, Ground::Light);
        svg.text((x, 38.0), "decided for", TextStyle::new(11.0).colour(MUTED));
        let name = fit(&self.class_name(class), 26.0, 250.0);
        svg.text((x, 68.0), &name, TextStyle::new(26.0).bold().colour(colour));
        let truth = match self.truth {
            None => "no cue".to_owned(),
            Some(truth) => {
                let mark = if truth == class { "✓" } else { "✗" };
                format!("cue: {} {mark}", self.class_name(truth))
            }
        };
        svg.text((x, 90.0), &fit(&truth, 12.5, 260.0), TextStyle::new(12.5));

        let (left, right) = (x + 280.0, x + width);
        svg.text((left, 38.0), "decision value", TextStyle::new(11.0).colour(MUTED));
        svg.text((right, 38.0), &signed(self.decision.value), TextStyle::new(13.0).bold().anchor(Anchor::End));
        let of = self.decision.favoured_class();
        let p = self.decision.probabilities.of(of).unwrap_or(f64::NAN);
        let of = fit(&format!("probability of {}", self.class_name(of)), 11.0, 200.0);
        svg.text((left, 60.0), &of, TextStyle::new(11.0).colour(MUTED));
        let shown = if p.is_finite() { format!("{p:.3}") } else { "–".to_owned() };
        svg.text((right, 60.0), &shown, TextStyle::new(13.0).bold().anchor(Anchor::End));
        // From even odds outwards, so that the bar's direction is the decision's; of more than two classes from nothing, with
        // a line where guessing is.
        let bar = right - left;
        let classes = self.decision.probabilities.classes();
        let even = left + bar / classes.max(2) as f64;
        let middle = if classes == 2 { even } else { left };
        svg.rect([left, 67.0, bar, 8.0], Rgb::new(0xec, 0xee, 0xf1));
        let end = left + bar * if p.is_finite() { p.clamp(0.0, 1.0) } else { 0.5 };
        svg.rect([middle.min(end), 67.0, (end - middle).abs(), 8.0], colour);
        svg.line((even, 64.0), (even, 78.0), INK, 1.0);
        if classes > 2 {
            let all = self.decision.probabilities.all().iter().enumerate();
            let others: Vec<String> = all
                .filter(|(other, _)| *other != class)
                .map(|(other, p)| format!("{} {:.0} %", self.class_name(other), 100.0 * p))
                .collect();
            svg.text((left, 112.0), &fit(&others.join(" \u{b7} "), 11.0, bar), TextStyle::new(11.0).colour(MUTED));
        }
        let reasons = self.decision.veto.reasons();
        if reasons.is_empty() {
            svg.text((left, 96.0), "no veto", TextStyle::new(12.0).colour(MUTED));
        } else {
            let text = format!("veto: {}", reasons.join(", "));
            svg.text((left, 96.0), &text, TextStyle::new(12.0).bold().colour(AMBER));
        }
    }

    fn view(&self, svg: &mut Svg, x: f64, view: View, map: &ScalpInterpolator, map_height: f64) {
        let map_width = COLUMN - LABELS - BAR;
        let left = x + LABELS;
        svg.text((x, HEADER + 18.0), view.name(), TextStyle::new(15.0).bold());
        let offset = super::svg::text_width(view.name(), 16.5) + 12.0;
        svg.text((x + offset, HEADER + 18.0), view.meaning(), TextStyle::new(12.0).colour(MUTED));

        let values = self.relevance.per_channel(view);
        let limit = nice_limit(max_abs(&values));
        let centre = (left + map_width / 2.0, HEADER + 30.0 + 1.14 * HEAD_RADIUS);
        head::draw(svg, centre, HEAD_RADIUS, map, &values, limit);
        let bar = (left + map_width + 20.0, centre.1 - 85.0);
        colour_bar::draw(svg, bar, 170.0, limit, "decision units");

        let panel = Panel {
            place: [left, MAP_TOP, map_width, map_height],
            labels: self.labels,
            start_secs: self.window_start_secs,
        };
        panel.draw(svg, &Binned::new(self.relevance.view(view), self.rate_hz));
    }
}
