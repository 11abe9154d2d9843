use super::figures::p_value;
use super::{EvaluationPage, PseudoOnlineFigures};
use crate::figure::{Block, Measured};

/// Every figure of every subject and decoder.
pub(super) fn metrics(page: &EvaluationPage) -> Option<Block> {
    let table = &page.metrics;
    if table.rows.is_empty() {
        return None;
    }
    let mut head = vec!["".to_owned(), "decoder".to_owned(), "trials".to_owned()];
    head.extend(table.metrics.iter().map(|column| column.name.clone()));
    let has_chance = table.rows.iter().any(|row| !row.chance.is_empty());
    if has_chance {
        head.push("by chance".to_owned());
    }
    let rows = table.rows.iter().map(|row| {
        let mut cells = vec![row.subject.clone(), row.decoder.clone(), row.trials.to_string()];
        cells.extend(table.metrics.iter().enumerate().map(|(place, column)| {
            let value = row.values.get(place).copied().flatten();
            value.map_or_else(|| "–".to_owned(), |value| measured(value, column.is_percent))
        }));
        if has_chance {
            cells.push(row.chance.clone());
        }
        cells
    });
    let caption = "All figures, with their intervals at 95 %.".to_owned();
    Some(Block::Table { caption, head, rows: rows.collect() })
}

/// Differences between decoders.
pub(super) fn differences(page: &EvaluationPage) -> Option<Block> {
    if page.differences.is_empty() {
        return None;
    }
    let rows = page.differences.iter().map(|pair| {
        vec![
            format!("{} − {}", page.decoder(pair.first), page.decoder(pair.second)),
            measured(pair.difference, true),
            pair.p_value.map_or_else(|| "–".to_owned(), p_value),
            pair.pairs.clone(),
        ]
    });
    Some(Block::Table {
        caption: String::new(),
        head: ["", "difference of accuracy", "chance", "compared"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    })
}

/// What detectors found.
pub(super) fn pseudo_online(page: &EvaluationPage) -> Option<Block> {
    if page.pseudo_online.is_empty() {
        return None;
    }
    let row = |found: &PseudoOnlineFigures| {
        let chance = found.hit_rate_by_chance.map_or_else(|| "–".to_owned(), share);
        vec![
            found.subject.clone(),
            page.decoder(found.decoder),
            found.trials.to_string(),
            measured(found.hit_rate, true),
            chance,
            measured(found.wrong_rate, true),
            found.false_alarms_per_minute.map_or_else(|| "–".to_owned(), |rate| measured(rate, false)),
            format!("{:.1}", found.idle_minutes),
            found
                .time_to_hit_secs
                .map_or_else(|| "–".to_owned(), |[low, median, high]| format!("{median:.2} ({low:.2} to {high:.2})")),
            measured(found.wolpaw_bits_per_minute, false),
            measured(found.nykopp_bits_per_minute, false),
            if found.threshold > 1.0 { "none".to_owned() } else { share(found.threshold) },
        ]
    };
    let head = [
        "",
        "decoder",
        "trials",
        "hits",
        "hits at other times",
        "wrong class",
        "false alarms per idle minute",
        "idle minutes",
        "seconds to a hit (quartiles)",
        "bits/min (Wolpaw)",
        "bits/min (Nykopp)",
        "threshold",
    ];
    Some(Block::Table {
        caption: "Sliding decisions through the engine, idle time included.".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: page.pseudo_online.iter().map(row).collect(),
    })
}

fn share(value: f64) -> String {
    measured(Measured { value, interval: None }, true)
}

/// A figure with its interval in words.
pub(super) fn measured(measured: Measured, is_percent: bool) -> String {
    let word = |value: f64| match is_percent {
        _ if !value.is_finite() => "–".to_owned(),
        _ if value.abs() >= 1e6 => format!("{value:.1e}"),
        true => format!("{:.1} %", 100.0 * value + 0.0),
        false if value.abs() >= 100.0 => format!("{:.0}", value + 0.0),
        false => format!("{:.2}", value + 0.0),
    };
    let text = match measured.interval {
        // The unit is said once.
        Some(interval) => {
            let [low, high] = interval.map(|end| word(end).trim_end_matches(" %").to_owned());
            format!("{} ({low} to {high})", word(measured.value))
        }
        None => word(measured.value),
    };
    text.replace('-', "−")
}
