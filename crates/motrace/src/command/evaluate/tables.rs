//! What was found, as tables on the terminal.

use super::pseudo_online;
use crate::output::{percent, say};
use motrace_decode::metrics::Metric;
use motrace_evaluate::{Cell, Comparison, Mean, Protocol, Report};

/// Prints everything that a person wants to see at once; `--json` and `--csv` have the rest.
pub fn show(report: &Report) {
    head(report);
    for &protocol in &report.protocols {
        let cells: Vec<&Cell> = report.cells.iter().filter(|cell| cell.protocol == protocol).collect();
        let means: Vec<&Mean> = report.means.iter().filter(|mean| mean.protocol == protocol).collect();
        if cells.is_empty() {
            continue;
        }
        say(&format!("\n{protocol}"));
        accuracies(report, &cells, &means);
        say("");
        figures(report, protocol, &means);
        if matches!(protocol, Protocol::LearningCurve { .. }) {
            curves(&means);
        }
        choices(&cells);
    }
    pseudo_online::show(report);
}

fn head(report: &Report) {
    let band = report.band_hz.map_or_else(|| "unfiltered".into(), |[low, high]| format!("{low} to {high} Hz"));
    let [start, end] = report.window_secs;
    say(&format!("classes     {}", report.classes.join(", ")));
    say(&format!("decoding    {band}, {start} to {end} s after the cue"));
    if !report.selected.is_empty() {
        say(&format!("chosen      {} (by validation within each training set)", report.selected.join(", ")));
    }
    if let Some(seed) = report.permutation_seed {
        say(&format!("PERMUTED    labels were permuted with seed {seed}: what follows is chance, or a leak"));
    }
    for subject in &report.subjects {
        let counts: Vec<String> =
            subject.trials.iter().zip(&report.classes).map(|(count, class)| format!("{count} {class}")).collect();
        let left_out = match subject.left_out.len() {
            0 => String::new(),
            count => {
                let mut reasons: Vec<&str> = subject.left_out.iter().map(|trial| trial.reason.as_str()).collect();
                reasons.sort_unstable();
                reasons.dedup();
                format!("; {count} left out ({})", reasons.join(", "))
            }
        };
        let excluded = match subject.excluded_channels.as_slice() {
            [] => String::new(),
            labels => format!("; without {}", labels.join(", ")),
        };
        say(&format!(
            "subject     {}: {} recording(s), {}, {} channels at {} Hz{left_out}{excluded}",
            subject.subject,
            subject.recordings.len(),
            counts.join(", "),
            subject.channels.len(),
            subject.rate_hz
        ));
    }
}

/// A line for each subject, a column for each decoder.
fn accuracies(report: &Report, cells: &[&Cell], means: &[&Mean]) {
    let mut rows = vec![vec!["accuracy, %".to_owned(), "trials".to_owned(), "chance".to_owned()]];
    rows[0].extend(means.iter().map(|mean| mean.decoder.to_string()));
    let mut is_any_chance = false;
    for subject in &report.subjects {
        let own: Vec<&&Cell> = cells.iter().filter(|cell| cell.subject == subject.subject).collect();
        let Some(first) = own.first() else { continue };
        let chance = format!("{:.0}\u{2013}{:.0}", 100.0 * first.chance.low, 100.0 * first.chance.high);
        let mut row = vec![subject.subject.clone(), first.trials.to_string(), chance];
        row.extend(means.iter().map(|mean| {
            let cell = own.iter().find(|cell| cell.decoder == mean.decoder);
            let figure = cell.and_then(|cell| Some((cell, cell.figure(Metric::Accuracy)?)));
            figure.map_or_else(String::new, |(cell, figure)| {
                is_any_chance |= !cell.is_better_than_chance;
                let mark = if cell.is_better_than_chance { "" } else { " *" };
                format!("{}{mark}", with_interval(figure.value, figure.interval))
            })
        }));
        rows.push(row);
    }
    if means.iter().any(|mean| mean.subjects > 1) {
        let mut row = vec!["mean".to_owned(), String::new(), String::new()];
        row.extend(means.iter().map(|mean| {
            let figure = mean.metrics.iter().find(|figure| figure.metric == Metric::Accuracy);
            figure.map_or_else(String::new, |figure| with_interval(figure.value, figure.interval))
        }));
        rows.push(row);
    }
    aligned(&rows);
    say("  [95 % interval]; chance: 95 % of guessing on as many trials");
    if is_any_chance {
        say("  * not better than chance (one-sided, 5 %)");
    }
}

/// A line for each decoder, a column for each figure, and how it compares with the first.
fn figures(report: &Report, protocol: Protocol, means: &[&Mean]) {
    let head = ["decoder", "balanced", "\u{3ba}", "AUC", "log loss", "calib. error", "bits/trial", "above chance"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let first = report.decoders.first().map(ToString::to_string).unwrap_or_default();
    if means.len() > 1 {
        rows[0].push(format!("against {first}"));
    }
    for mean in means {
        let value = |key| mean.metrics.iter().find(|figure| figure.metric == key).map(|figure| figure.value);
        let number = |key, digits: usize| value(key).map_or_else(|| "\u{2013}".into(), |v| format!("{v:.digits$}"));
        let mut row = vec![
            mean.decoder.to_string(),
            value(Metric::BalancedAccuracy).map_or_else(|| "\u{2013}".into(), percent),
            number(Metric::Kappa, 2),
            number(Metric::RocAuc, 3),
            number(Metric::LogLoss, 3),
            number(Metric::CalibrationError, 3),
            number(Metric::WolpawBits, 2),
            format!("{} of {}", mean.better_than_chance, mean.subjects),
        ];
        let compared = report.comparisons.iter().find(|c| c.protocol == protocol && c.decoder == mean.decoder);
        row.extend(compared.map(difference));
        rows.push(row);
    }
    aligned(&rows);
    if means.len() > 1 {
        say(
            "  difference in percentage points [95 % interval, bootstrap of pairs within subjects], paired permutation test over trials",
        );
    }
}

fn difference(comparison: &Comparison) -> String {
    let points = |share: f64| format!("{:+.1}", 100.0 * share + 0.0);
    let over =
        comparison.p_value_over_subjects.map_or_else(String::new, |p| format!("; over subjects p {}", p_value(p)));
    format!(
        "{} [{}, {}], p {}{over}",
        points(comparison.difference),
        points(comparison.interval[0]),
        points(comparison.interval[1]),
        p_value(comparison.p_value)
    )
}

pub(super) fn p_value(p: f64) -> String {
    if p < 0.0005 { "< .001".into() } else { format!("{p:.3}").trim_start_matches('0').to_owned() }
}

/// The mean learning curves: a line for each number of trials, a column for each decoder.
fn curves(means: &[&Mean]) {
    let Some(longest) = means.iter().max_by_key(|mean| mean.learning_curve.len()) else { return };
    let mut rows = vec![vec!["trained on".to_owned(), "minutes".to_owned()]];
    rows[0].extend(means.iter().map(|mean| mean.decoder.to_string()));
    for point in &longest.learning_curve {
        let minutes = point.calibration_minutes.map_or_else(String::new, |minutes| format!("{minutes:.1}"));
        let mut row = vec![format!("{} trials", point.calibration_trials), minutes];
        row.extend(means.iter().map(|mean| {
            let own = mean.learning_curve.iter().find(|p| p.calibration_trials == point.calibration_trials);
            own.map_or_else(String::new, |own| with_interval(own.accuracy, Some(own.interval)))
        }));
        rows.push(row);
    }
    say("");
    aligned(&rows);
    if longest.learning_curve.is_empty() {
        say("  the subjects have no number of trials in common; --json has the curve of each");
    }
}

/// What was chosen, where anything was.
fn choices(cells: &[&Cell]) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for cell in cells.iter().filter(|cell| !cell.choices.is_empty()) {
        let told: Vec<String> = cell
            .choices
            .iter()
            .map(|choice| {
                let band = choice.band_hz.map(|[low, high]| format!("{low}\u{2013}{high} Hz"));
                let [start, end] = choice.window_secs;
                let setting = (!choice.setting.is_empty()).then(|| choice.setting.clone());
                [band, Some(format!("{start}\u{2013}{end} s")), setting]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        rows.push(vec![cell.subject.clone(), cell.decoder.to_string(), told.join(" | ")]);
    }
    if !rows.is_empty() {
        say("\nchosen in each fold");
        aligned(&rows);
    }
}

/// `81.4 [74.2, 87.0]`, in percent.
pub(super) fn with_interval(share: f64, interval: Option<[f64; 2]>) -> String {
    let number = |share: f64| format!("{:.1}", 100.0 * share + 0.0);
    interval
        .map_or_else(|| number(share), |[low, high]| format!("{} [{}, {}]", number(share), number(low), number(high)))
}

/// Prints rows with their columns below each other.
pub(super) fn aligned(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        say(format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end());
    }
}
