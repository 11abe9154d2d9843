use super::{EvaluationPage, LearningPoint};
use crate::figure::{
    Axis, Captioned, ConfusionFigure, Difference, DifferenceChart, IntervalChart, IntervalGroup, Line, LineChart,
    LineLook, Measured, Shade, Tone,
};

const CHANCE: &str = "chance, 95 %";
/// Of more courses than this only the first has its interval drawn.
const MOST_BANDS: usize = 2;

/// Per-subject accuracy with intervals.
pub(super) fn accuracy(page: &EvaluationPage) -> Option<Captioned> {
    let subjects = page.subjects.iter().map(|subject| IntervalGroup {
        name: subject.name.clone(),
        values: subject.accuracy.clone(),
        chance: subject.chance,
        is_apart: false,
    });
    let mut groups: Vec<IntervalGroup> = subjects.collect();
    if groups.len() > 1 && page.mean.iter().any(Option::is_some) {
        // First, so that it is there however many subjects there are.
        let mean = IntervalGroup { name: "mean".into(), values: page.mean.clone(), chance: None, is_apart: true };
        groups.insert(0, mean);
    }
    if groups.iter().all(|group| group.values.iter().all(Option::is_none)) {
        return None;
    }
    let chart = IntervalChart {
        title: "Accuracy".into(),
        description: format!("accuracy of {} for {} subjects", page.decoders.join(", "), page.subjects.len()),
        x: Axis::new("right decisions").from_to(0.0, 1.0).percent(),
        series: page.decoders.clone(),
        chance: CHANCE.into(),
        groups,
    };
    let sentence = "Right decisions on trials that the decoder had not seen, with intervals at 95 %. In the grey band an accuracy is \
                    no better than guessing on so many trials.";
    Some((chart.svg(), sentence.to_owned()))
}

/// Paired differences between decoders.
pub(super) fn differences(page: &EvaluationPage) -> Option<Captioned> {
    if page.differences.is_empty() {
        return None;
    }
    let rows = page.differences.iter().map(|pair| Difference {
        name: format!("{} − {}", page.decoder(pair.first), page.decoder(pair.second)),
        difference: pair.difference,
        note: [pair.p_value.map(p_value), Some(pair.pairs.clone())]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
    });
    let chart = DifferenceChart {
        title: "Differences between decoders".into(),
        description: "paired differences of accuracy".into(),
        x: Axis::new("difference of accuracy").percent(),
        rows: rows.collect(),
    };
    let sentence = "The first decoder's accuracy minus the second's on the same trials or subjects, with the interval at 95 %; \
                    green where it does not hold 0. p is of the paired permutation test, not corrected for how many \
                    comparisons there are.";
    Some((chart.svg(), sentence.to_owned()))
}

/// A p-value in words.
pub(super) fn p_value(p: f64) -> String {
    match p {
        p if p.is_nan() => "p –".to_owned(),
        p if p < 0.001 => "p < .001".to_owned(),
        p => format!("p = {p:.3}").replace("= 0.", "= ."),
    }
}

/// What a learning curve runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Trials,
    Minutes,
}

/// Learning curves.
pub(super) fn learning(page: &EvaluationPage, amount: Amount) -> Option<Captioned> {
    let place = |point: &LearningPoint| if amount == Amount::Trials { point.trials } else { point.minutes };
    let all = page.learning.iter().flat_map(|curve| &curve.points).map(place);
    let furthest = all.filter(|v| v.is_finite()).fold(0.0, f64::max);
    let lines = page.learning.iter().map(|curve| {
        // A little apart, so that no bar hides another.
        let aside = 0.005 * furthest * (curve.decoder as f64 - 0.5 * (page.decoders.len() as f64 - 1.0));
        let points: Vec<(f64, Measured)> =
            curve.points.iter().map(|point| (place(point) + aside, point.accuracy)).collect();
        Line { look: LineLook::Bars, ..line(page.decoder(curve.decoder), curve.decoder, &points) }
    });
    let lines: Vec<Line> = lines.filter(|line| line.points.iter().flatten().all(|v| v.is_finite())).collect();
    if lines.iter().all(|line| line.points.is_empty()) {
        return None;
    }
    let (title, label) = match amount {
        Amount::Trials => ("Accuracy against the number of calibration trials", "trials trained on"),
        Amount::Minutes => ("Accuracy against the length of calibration", "minutes of recording trained on"),
    };
    let chart = LineChart {
        title: title.into(),
        description: format!("learning curves of {} decoders", lines.len()),
        x: Axis::new(label).from_to(0.0, furthest * 1.04),
        y: accuracy_axis(),
        lines,
        levels: chance(page),
        ..LineChart::default()
    };
    let sentence = match amount {
        Amount::Trials => {
            "How many calibration trials a decoder needs. Where the curve is still rising, more would help."
        }
        Amount::Minutes => "The same against how long the calibration took to record, pauses included.",
    };
    Some((chart.svg(), sentence.to_owned()))
}

/// Accuracy over the trial.
pub(super) fn course(page: &EvaluationPage) -> Option<Captioned> {
    let mut lines: Vec<Line> =
        page.courses.iter().map(|course| line(page.decoder(course.decoder), course.decoder, &course.points)).collect();
    // More bands than two hide each other.
    let has_all_bands = lines.len() <= MOST_BANDS;
    if !has_all_bands {
        lines.iter_mut().skip(1).for_each(|line| line.spread.clear());
    }
    if lines.iter().all(|line| line.points.is_empty()) {
        return None;
    }
    let window = page.window_secs.map(|[from, to]| Shade { name: "decoded window".into(), from, to });
    let chart = LineChart {
        title: "Accuracy over the trial".into(),
        description: format!("accuracy over time of {} decoders", lines.len()),
        x: Axis::new("seconds after the cue, end of the sliding window"),
        y: accuracy_axis(),
        lines,
        levels: chance(page),
        spans: window.into_iter().collect(),
        marks: vec![(0.0, "cue".into())],
        ..LineChart::default()
    };
    let sentence = "Decisions of a sliding window whose end moves through the trial. Before the cue accuracy has to be chance; if it \
                    is not, something leaks.";
    let banded = page.courses.first().filter(|_| !has_all_bands).map(|first| page.decoder(first.decoder));
    let interval =
        banded.map_or_else(String::new, |name| format!(" The coloured band is the interval of {name} alone."));
    Some((chart.svg(), format!("{sentence} {}{interval}", page.course_note).trim_end().to_owned()))
}

/// Confusion of each decoder.
pub(super) fn confusions(page: &EvaluationPage) -> Vec<Captioned> {
    let drawn = page.confusions.iter().filter(|confusion| !confusion.counts.is_empty()).map(|confusion| {
        let name = page.decoder(confusion.decoder);
        let total: usize = confusion.counts.iter().flatten().sum();
        let figure = ConfusionFigure {
            title: name.clone(),
            description: format!("confusion of {name}"),
            classes: page.classes.clone(),
            counts: confusion.counts.clone(),
        };
        (figure.svg(), format!("{total} decisions of {name}."))
    });
    drawn.collect()
}

/// Hits against false alarms at all thresholds.
pub(super) fn operating(page: &EvaluationPage) -> Option<Captioned> {
    let (mut lines, mut chosen) = (Vec::new(), Vec::new());
    let mut furthest = 0.0_f64;
    for found in page.pseudo_online.iter().filter(|found| found.curve.len() > 1) {
        // A decoder is named once, however many subjects there are.
        let is_named = lines.iter().any(|line: &Line| line.tone == Tone::Series(found.decoder));
        let name = if is_named { String::new() } else { page.decoder(found.decoder) };
        let rate = found.false_alarms_per_minute.map_or(0.0, |rate| rate.value);
        furthest = furthest.max(3.0 * rate).max(4.0);
        let tone = Tone::Series(found.decoder);
        lines.push(Line { name, tone, points: found.curve.clone(), ..Line::default() });
        chosen.push(Line { tone, look: LineLook::Dots, points: vec![[rate, found.hit_rate.value]], ..Line::default() });
    }
    if lines.is_empty() {
        return None;
    }
    let most = lines.iter().flat_map(|line| &line.points).map(|point| point[0]).fold(0.0, f64::max);
    let chart = LineChart {
        title: "Hits against false alarms".into(),
        description: "operating curves of the detectors".into(),
        x: Axis::new("false alarms per minute of idle time").from_to(0.0, furthest.min(most.max(1.0))),
        y: Axis::new("hits").from_to(0.0, 1.0).percent(),
        lines: lines.into_iter().chain(chosen).map(|line| within(line, furthest)).collect(),
        ..LineChart::default()
    };
    let sentence = "What other thresholds would have given; a dot is the one that was chosen, on other trials.";
    Some((chart.svg(), sentence.to_owned()))
}

/// The points of a line up to here.
fn within(mut line: Line, furthest: f64) -> Line {
    line.points.retain(|point| point[0] <= furthest);
    line
}

fn line(name: String, decoder: usize, points: &[(f64, Measured)]) -> Line {
    let ends = |(_, measured): &(f64, Measured)| measured.interval.unwrap_or([measured.value; 2]);
    Line {
        name,
        tone: Tone::Series(decoder),
        points: points.iter().map(|(x, measured)| [*x, measured.value]).collect(),
        spread: points.iter().map(ends).collect(),
        ..Line::default()
    }
}

fn accuracy_axis() -> Axis {
    Axis::new("right decisions").from_to(0.0, 1.0).percent()
}

fn chance(page: &EvaluationPage) -> Vec<Shade> {
    page.chance.map(|[from, to]| Shade { name: CHANCE.into(), from, to }).into_iter().collect()
}
