//! What was found, as a page that can be read without motrace.

mod maps;

use super::pseudo_online;
use motrace_decode::metrics::Metric;
use motrace_evaluate::{Cell, Comparison, DecoderId, Mean, MetricFigure, Protocol, Report, headline};
use motrace_view::evaluation::{
    DecoderConfusion, EvaluationPage, LearningCurve, LearningPoint, MetricColumn, MetricRow, MetricTable,
    PairedDifference, SubjectAccuracy,
};
use motrace_view::figure::Measured;

/// The page of a report, one HTML file. Figures are of the first protocol that is neither a learning curve nor pseudo-online, the
/// table has all of them.
pub fn of(report: &Report) -> String {
    page(report).html()
}

fn page(report: &Report) -> EvaluationPage {
    let headline = headline(&report.protocols).or(report.protocols.first().copied());
    let of_headline = |protocol: Protocol| Some(protocol) == headline;
    let place = |decoder: DecoderId| report.decoders.iter().position(|known| *known == decoder).unwrap_or(0);
    let cells: Vec<&Cell> = report.cells.iter().filter(|cell| of_headline(cell.protocol)).collect();
    let mut mean = vec![None; report.decoders.len()];
    for of_decoder in report.means.iter().filter(|mean| of_headline(mean.protocol)) {
        mean[place(of_decoder.decoder)] = accuracy(&of_decoder.metrics);
    }
    let pooled: usize =
        cells.iter().filter(|cell| Some(&cell.decoder) == report.decoders.first()).map(|c| c.trials).sum();
    EvaluationPage {
        title: format!("Decoding {}", report.classes.join(" and ")),
        subtitle: headline.map_or_else(String::new, |protocol| protocol.to_string()),
        introduction: introduction(report),
        warnings: warnings(report),
        decoders: report.decoders.iter().map(ToString::to_string).collect(),
        classes: report.classes.clone(),
        subjects: report.subjects.iter().filter_map(|s| subject(report, &cells, &s.subject)).collect(),
        mean,
        metrics: table(report),
        differences: report
            .comparisons
            .iter()
            .filter(|comparison| of_headline(comparison.protocol))
            .map(|comparison| difference(comparison, place(comparison.decoder), place(comparison.first), pooled))
            .collect(),
        learning: report
            .means
            .iter()
            .filter(|mean| !mean.learning_curve.is_empty())
            .map(|mean| curve(mean, place(mean.decoder)))
            .collect(),
        courses: maps::courses(report, &place),
        course_note: maps::course_note(report),
        window_secs: Some(report.window_secs),
        chance: maps::chance(report),
        confusions: confusions(report, &cells, &place),
        pseudo_online: pseudo_online::figures(report),
        map_notes: maps::notes(report),
        maps: maps::maps(report),
        facts: facts(report),
    }
}

fn measured(figure: &MetricFigure) -> Measured {
    Measured { value: figure.value, interval: figure.interval }
}

fn accuracy(metrics: &[MetricFigure]) -> Option<Measured> {
    metrics.iter().find(|figure| figure.metric == Metric::Accuracy).map(measured)
}

fn introduction(report: &Report) -> Vec<String> {
    let trials: usize = report.subjects.iter().flat_map(|subject| &subject.trials).sum();
    let [start, end] = report.window_secs;
    let band = report.band_hz.map_or_else(String::new, |[low, high]| format!(", {low} to {high} Hz"));
    let guessing = match report.cells.is_empty() {
        true => "",
        false => "; the grey band is what guessing reaches on as many trials in 95 % of experiments",
    };
    let mut lines = vec![
        format!(
            "{} of {} subject{}, {start} to {end} s after the cue{band}. Bars and brackets are intervals at 95 %{guessing}.",
            count(trials, "trial"),
            report.subjects.len(),
            if report.subjects.len() == 1 { "" } else { "s" },
        ),
        "Everything that learns was trained without the trials it is tested on.".to_owned(),
    ];
    lines.extend(pseudo_online::introduction(report));
    if !report.selected.is_empty() {
        let chosen = report.selected.join(", ");
        lines.push(format!("Chosen by validation within each training set: {chosen}."));
    }
    lines
}

fn warnings(report: &Report) -> Vec<String> {
    let permuted = report
        .permutation_seed
        .map(|seed| format!("The labels were permuted (seed {seed}): whatever is found here is chance, or a leak."));
    permuted.into_iter().chain(report.warnings.iter().cloned()).collect()
}

fn subject(report: &Report, cells: &[&Cell], name: &str) -> Option<SubjectAccuracy> {
    let own: Vec<&&Cell> = cells.iter().filter(|cell| cell.subject == name).collect();
    let first = own.first()?;
    let of = |decoder: &DecoderId| own.iter().find(|c| c.decoder == *decoder).and_then(|c| accuracy(&c.metrics));
    Some(SubjectAccuracy {
        name: name.to_owned(),
        trials: first.trials,
        chance: Some([first.chance.low, first.chance.high]),
        accuracy: report.decoders.iter().map(of).collect(),
    })
}

fn table(report: &Report) -> MetricTable {
    let titled = |protocol: Protocol, name: &str| match report.protocols.as_slice() {
        [_] => name.to_owned(),
        _ => format!("{name}, {protocol}"),
    };
    let values = |metrics: &[MetricFigure]| {
        let of = |key: &Metric| metrics.iter().find(|figure| figure.metric == *key).map(measured);
        Metric::ALL.iter().map(of).collect::<Vec<_>>()
    };
    let mut rows: Vec<MetricRow> = report
        .cells
        .iter()
        .map(|cell| MetricRow {
            subject: titled(cell.protocol, &cell.subject),
            decoder: cell.decoder.to_string(),
            trials: cell.trials,
            values: values(&cell.metrics),
            chance: format!("{:.0}–{:.0} %", 100.0 * cell.chance.low, 100.0 * cell.chance.high),
        })
        .collect();
    rows.extend(report.means.iter().filter(|mean| mean.subjects > 1).map(|mean| {
        let of_mean = |cell: &&Cell| cell.protocol == mean.protocol && cell.decoder == mean.decoder;
        MetricRow {
            subject: titled(mean.protocol, &format!("mean of {}", mean.subjects)),
            decoder: mean.decoder.to_string(),
            trials: report.cells.iter().filter(of_mean).map(|cell| cell.trials).sum(),
            values: values(&mean.metrics),
            chance: format!("{} of {} better", mean.better_than_chance, mean.subjects),
        }
    }));
    let is_percent = |key: &Metric| matches!(key, Metric::Accuracy | Metric::BalancedAccuracy);
    let column = |key: &Metric| MetricColumn { name: title(*key).to_owned(), is_percent: is_percent(key) };
    MetricTable { metrics: Metric::ALL.iter().map(column).collect(), rows }
}

fn title(key: Metric) -> &'static str {
    match key {
        Metric::Accuracy => "accuracy",
        Metric::BalancedAccuracy => "balanced accuracy",
        Metric::Kappa => "κ",
        Metric::RocAuc => "AUC",
        Metric::LogLoss => "log loss",
        Metric::CalibrationError => "calibration error",
        Metric::WolpawBits => "bits/trial (Wolpaw)",
        Metric::NykoppBits => "bits/trial (Nykopp)",
    }
}

fn difference(comparison: &Comparison, first: usize, second: usize, pooled: usize) -> PairedDifference {
    let subjects = comparison.by_subject.len();
    let pairs = match comparison.p_value_over_subjects {
        Some(p) => format!("{} of {}; over subjects p = {p:.3}", count(pooled, "trial"), count(subjects, "subject")),
        None => count(pooled, "trial"),
    };
    let [low, high] = comparison.interval;
    let difference = Measured::new(comparison.difference, low, high);
    PairedDifference { first, second, difference, p_value: Some(comparison.p_value), pairs }
}

fn curve(mean: &Mean, decoder: usize) -> LearningCurve {
    let points = mean.learning_curve.iter().map(|point| LearningPoint {
        trials: point.calibration_trials as f64,
        minutes: point.calibration_minutes.unwrap_or(f64::NAN),
        accuracy: Measured { value: point.accuracy, interval: Some(point.interval) },
    });
    LearningCurve { decoder, points: points.collect() }
}

/// Summed over subjects.
fn confusions(report: &Report, cells: &[&Cell], place: &impl Fn(DecoderId) -> usize) -> Vec<DecoderConfusion> {
    let classes = report.classes.len();
    let of = |decoder: &DecoderId| {
        let mut counts = vec![vec![0; classes]; classes];
        for cell in cells.iter().filter(|cell| cell.decoder == *decoder) {
            for (sums, own) in counts.iter_mut().zip(&cell.confusion) {
                sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            }
        }
        DecoderConfusion { decoder: place(*decoder), counts }
    };
    report.decoders.iter().map(of).filter(|confusion| confusion.counts.iter().flatten().any(|n| *n > 0)).collect()
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let mut facts = vec![("motrace".to_owned(), report.motrace_version.clone())];
    facts.extend(report.protocols.iter().map(|protocol| ("protocol".to_owned(), protocol.to_string())));
    facts.extend(report.decoders.iter().map(|decoder| (decoder.to_string(), decoder.title())));
    for subject in &report.subjects {
        let recordings: Vec<&str> = subject.recordings.iter().map(|recording| recording.name.as_str()).collect();
        let channels = count(subject.channels.len(), "channel");
        let words = format!("{}; {channels} at {} Hz", recordings.join(", "), subject.rate_hz);
        facts.push((format!("subject {}", subject.subject), words));
    }
    facts.extend(maps::facts(report));
    facts
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
