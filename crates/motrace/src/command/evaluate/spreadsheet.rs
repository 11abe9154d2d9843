//! Every figure as a line of comma-separated values.

use super::pseudo_online;
use motrace_evaluate::{MetricFigure, Report};
use std::fmt::Write;

const HEAD: &str = "protocol,subject,decoder,calibration_trials,calibration_minutes,trials,metric,value,low,high,chance,chance_low,chance_high,p_value\n";

/// The figures of each subject, of all subjects together (`mean`), the points of learning curves, and differences from the
/// first decoder.
pub fn of(report: &Report) -> String {
    let mut text = HEAD.to_owned();
    for cell in &report.cells {
        let start = [field(cell.protocol.key()), field(&cell.subject), field(&cell.decoder.to_string())].join(",");
        for figure in &cell.metrics {
            line(&mut text, &start, [String::new(), String::new(), cell.trials.to_string()], figure);
        }
        if let Some(rate) = cell.bits_per_minute {
            let _ = writeln!(text, "{start},,,{},wolpaw-bits-per-minute,{rate},,,,,,", cell.trials);
        }
        for point in &cell.learning_curve {
            let minutes = point.calibration_minutes.map_or_else(String::new, |minutes| minutes.to_string());
            let [low, high] = point.interval;
            let _ = writeln!(
                text,
                "{start},{},{minutes},{},curve-accuracy,{},{low},{high},,,,",
                point.calibration_trials, point.trials, point.accuracy
            );
        }
    }
    for mean in &report.means {
        let start = [field(mean.protocol.key()), "mean".to_owned(), field(&mean.decoder.to_string())].join(",");
        for figure in &mean.metrics {
            line(&mut text, &start, [String::new(), String::new(), String::new()], figure);
        }
    }
    for comparison in &report.comparisons {
        let [low, high] = comparison.interval;
        let _ = writeln!(
            text,
            "{},mean,{},,,,accuracy-minus-{},{},{low},{high},,,,{}",
            field(comparison.protocol.key()),
            field(&comparison.decoder.to_string()),
            comparison.first,
            comparison.difference,
            comparison.p_value
        );
    }
    pseudo_online::lines(&mut text, report);
    text
}

fn line(text: &mut String, start: &str, middle: [String; 3], figure: &MetricFigure) {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let ends = |interval: Option<[f64; 2]>| [0, 1].map(|end| number(interval.map(|i| i[end]))).join(",");
    let _ = writeln!(
        text,
        "{start},{},{},{},{},{},{},{}",
        middle.join(","),
        figure.metric.key(),
        figure.value,
        ends(figure.interval),
        number(figure.chance),
        ends(figure.chance_interval),
        number(figure.p_value)
    );
}

/// A text as a field: in quotes where it has to be.
pub(super) fn field(text: &str) -> String {
    // A spreadsheet would take these for a formula.
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_fields() {
        assert_eq!(field("S001"), "S001");
        assert_eq!(field("a,b \"c\""), "\"a,b \"\"c\"\"\"");
        assert_eq!(field("=1+1"), "'=1+1");
    }
}
