//! Recordings that were replayed with idle time included: what is asked for, and what was found, in a table, a file, a page.

use super::spreadsheet::field;
use super::tables::{aligned, p_value, with_interval};
use crate::arguments::EvaluateArguments;
use crate::config::{Config, DecoderKind};
use crate::failure::Failure;
use crate::output::{percent, say};
use crate::pseudo_online::{self, has_one_class, rate_of_information};
use crate::setup;
use motrace_engine::{ChanceFigure, Estimate, EventScore, Preparation, PseudoOnlineError, ThresholdRule};
use motrace_evaluate::{Protocol, PseudoOnlineCell, PseudoOnlineMean, PseudoOnlineRecipe, Report};
use motrace_view::evaluation::PseudoOnlineFigures;
use motrace_view::figure::Measured;
use std::fmt::Write;

/// As much is trained on where nothing is said.
const USUAL_SHARE: f64 = 0.5;

/// How recordings are to be replayed, where that is asked for.
pub fn recipe(
    arguments: &EvaluateArguments,
    config: &Config,
    preparation: &Preparation,
    protocols: &[Protocol],
) -> Result<Option<PseudoOnlineRecipe>, Failure> {
    let given = arguments.detection.first_given().or(arguments.trained_share.map(|_| "--trained-share"));
    if !protocols.contains(&Protocol::PseudoOnline) {
        return match given {
            Some(option) => Err(Failure::usage(format_args!("{option} is for --protocol pseudo-online"))),
            None => Ok(None),
        };
    }
    let trained_share = arguments.trained_share.unwrap_or(USUAL_SHARE);
    if !(trained_share > 0.0 && trained_share < 1.0) {
        return Err(pseudo_online::failure(PseudoOnlineError::Fraction(trained_share)));
    }
    let detection = pseudo_online::settings(config, preparation.sliding_secs, &arguments.detection);
    detection.check_for(preparation).map_err(pseudo_online::failure)?;
    // A network says itself how it is trained.
    let mut own = config.clone();
    own.decoder.kind = DecoderKind::CspLda;
    Ok(Some(PseudoOnlineRecipe { trained_share, detection, training: setup::training(&own) }))
}

/// Prints a line for each subject and decoder, and what holds over subjects.
pub fn show(report: &Report) {
    let Some(first) = report.pseudo_online.first() else { return };
    say(&format!("\n{}", Protocol::PseudoOnline));
    say(&format!("  {}", detector(first)));
    let mut found = vec![words(["", "decoder", "trials", "hits, %", "at other times", "other classes", "wrong, %"])];
    let mut rates = vec![words([
        "",
        "decoder",
        "idle min",
        "false alarms/min",
        "at other times",
        "s to a hit",
        "bits/min (Wolpaw)",
        "(Nykopp)",
        "threshold",
    ])];
    for cell in &report.pseudo_online {
        found.push(hits(cell));
        rates.push(rates_of(cell));
    }
    let one_class = has_one_class(&first.found);
    let means = report.pseudo_online_means.iter().filter(|mean| mean.subjects > 1);
    for mean in means {
        found.push(mean_hits(mean, one_class));
        rates.push(mean_rates(mean, one_class));
    }
    aligned(&found);
    say(
        "  [95 % interval]; chance: the same events at other times, or trials with the classes of others (p by permutation)",
    );
    if report.pseudo_online.iter().any(|cell| !cell.is_better_than_chance) {
        say("  * not more hits than at other times (one-sided, 5 %)");
    }
    say("");
    aligned(&rates);
    say("  s to a hit: median (quartiles)");
}

/// What all of them have in common.
fn detector(first: &PseudoOnlineCell) -> String {
    let found = &first.found;
    let how = match found.rule {
        ThresholdRule::At(threshold) => format!("at {} or more", percent(threshold)),
        ThresholdRule::Youden => "at a threshold by Youden's index".to_owned(),
        ThresholdRule::FalseAlarmsPerMinute(most) => {
            format!("at a threshold for at most {most} false alarms per minute")
        }
    };
    let own = match found.rule {
        ThresholdRule::At(_) => "",
        _ => ", chosen where it was trained",
    };
    format!(
        "a class {how}{own}, for {} s, then none for {} s; imagery {} s after a cue, then {} s that count as neither{}",
        found.detector.dwell_secs,
        found.detector.refractory_secs,
        found.imagery_secs,
        found.after_secs,
        found.idle_class.as_ref().map_or_else(String::new, |class| format!("; {class} is idling"))
    )
}

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

fn shares(estimate: &Estimate) -> String {
    with_interval(estimate.value, Some(estimate.interval))
}

fn figure(estimate: &Estimate) -> String {
    let [low, high] = estimate.interval;
    format!("{:.2} [{low:.2}, {high:.2}]", estimate.value)
}

fn by_chance(figure: ChanceFigure) -> String {
    format!("{:.1} (p {})", 100.0 * figure.mean, p_value(figure.p_value))
}

fn known(text: Option<String>) -> String {
    text.unwrap_or_else(|| "\u{2013}".into())
}

fn hits(cell: &PseudoOnlineCell) -> Vec<String> {
    let score = &cell.found.score;
    let mark = if cell.is_better_than_chance { "" } else { " *" };
    vec![
        cell.subject.clone(),
        cell.decoder.to_string(),
        score.trials.to_string(),
        format!("{}{mark}", shares(&score.hit_rate)),
        known(score.chance.map(|chance| by_chance(chance.shifted_hit_rate))),
        known(score.chance.filter(|_| !has_one_class(&cell.found)).map(|c| by_chance(c.permuted_hit_rate))),
        shares(&score.wrong_rate),
    ]
}

fn rates_of(cell: &PseudoOnlineCell) -> Vec<String> {
    let score = &cell.found.score;
    let threshold = cell.found.detector.threshold;
    vec![
        cell.subject.clone(),
        cell.decoder.to_string(),
        format!("{:.1}", score.idle_minutes),
        known(score.false_alarms_per_minute.as_ref().map(figure)),
        known(
            score
                .chance
                .and_then(|c| c.shifted_false_alarms_per_minute)
                .map(|c| format!("{:.2} (p {})", c.mean, p_value(c.p_value))),
        ),
        seconds(score.time_to_hit_secs),
        known((!has_one_class(&cell.found)).then(|| figure(&score.wolpaw_bits_per_minute))),
        known((!has_one_class(&cell.found)).then(|| figure(&score.nykopp_bits_per_minute))),
        match threshold {
            _ if !cell.found.detector.can_detect() => "none would do".to_owned(),
            // Never more than it is.
            t if t < 1.0 && t > 0.999 => "> 99.9 %".to_owned(),
            t => percent(t),
        },
    ]
}

fn mean_hits(mean: &PseudoOnlineMean, one_class: bool) -> Vec<String> {
    vec![
        format!("mean of {}", mean.subjects),
        mean.decoder.to_string(),
        mean.trials.to_string(),
        shares(&mean.hit_rate),
        known(
            mean.hit_rate_at_other_times
                .map(|share| format!("{:.1} ({} of {} better)", 100.0 * share, mean.better_than_chance, mean.subjects)),
        ),
        known(mean.hit_rate_with_other_classes.filter(|_| !one_class).map(|share| format!("{:.1}", 100.0 * share))),
        shares(&mean.wrong_rate),
    ]
}

fn mean_rates(mean: &PseudoOnlineMean, one_class: bool) -> Vec<String> {
    vec![
        format!("mean of {}", mean.subjects),
        mean.decoder.to_string(),
        format!("{:.1}", mean.idle_minutes),
        known(mean.false_alarms_per_minute.as_ref().map(figure)),
        known(mean.false_alarms_at_other_times.map(|rate| format!("{rate:.2}"))),
        seconds(mean.time_to_hit_secs),
        known((!one_class).then(|| figure(&mean.wolpaw_bits_per_minute))),
        known((!one_class).then(|| figure(&mean.nykopp_bits_per_minute))),
        String::new(),
    ]
}

fn seconds(quartiles: Option<[f64; 3]>) -> String {
    known(quartiles.map(|[low, median, high]| format!("{median:.2} ({low:.2}\u{2013}{high:.2})")))
}

/// Adds every figure as a line of comma-separated values.
pub fn lines(text: &mut String, report: &Report) {
    let key = Protocol::PseudoOnline.key();
    let one_class = report.pseudo_online.first().is_some_and(|first| has_one_class(&first.found));
    for cell in &report.pseudo_online {
        let score = &cell.found.score;
        let start = format!("{key},{},{}", field(&cell.subject), field(&cell.decoder.to_string()));
        let trained: usize = cell.found.trained_trials.iter().sum();
        let start = format!("{start},{trained},,{}", score.trials);
        let chance = score.chance;
        for (name, estimate, by_chance) in [
            ("hit-rate", Some(score.hit_rate), chance.map(|c| c.shifted_hit_rate)),
            ("hit-rate-among-classes", Some(score.hit_rate), chance.map(|c| c.permuted_hit_rate)),
            ("wrong-rate", Some(score.wrong_rate), None),
            ("miss-rate", Some(score.miss_rate), None),
            (
                "false-alarms-per-minute",
                score.false_alarms_per_minute,
                chance.and_then(|c| c.shifted_false_alarms_per_minute),
            ),
            ("online-wolpaw-bits-per-minute", Some(score.wolpaw_bits_per_minute), None),
            (
                "online-nykopp-bits-per-minute",
                Some(score.nykopp_bits_per_minute),
                chance.map(|c| c.nykopp_bits_per_minute),
            ),
        ] {
            if let Some(estimate) = estimate.filter(|_| !(one_class && is_among_classes(name))) {
                line(text, &start, name, estimate, by_chance);
            }
        }
        plain(text, &start, score.time_to_hit_secs, &others(score, cell.found.detector.threshold));
    }
    for mean in &report.pseudo_online_means {
        let start = format!("{key},mean,{},,,{}", field(&mean.decoder.to_string()), mean.trials);
        for (name, estimate) in [
            ("hit-rate", Some(mean.hit_rate)),
            ("wrong-rate", Some(mean.wrong_rate)),
            ("miss-rate", Some(mean.miss_rate)),
            ("false-alarms-per-minute", mean.false_alarms_per_minute),
            ("online-wolpaw-bits-per-minute", Some(mean.wolpaw_bits_per_minute)),
            ("online-nykopp-bits-per-minute", Some(mean.nykopp_bits_per_minute)),
        ] {
            if let Some(estimate) = estimate.filter(|_| !(one_class && is_among_classes(name))) {
                line(text, &start, name, estimate, None);
            }
        }
        plain(text, &start, mean.time_to_hit_secs, &[("idle-minutes", mean.idle_minutes)]);
    }
}

/// Whether a figure says how classes are told from each other.
fn is_among_classes(name: &str) -> bool {
    name == "hit-rate-among-classes" || name.ends_with("bits-per-minute")
}

fn others(score: &EventScore, threshold: f64) -> [(&'static str, f64); 3] {
    [("idle-minutes", score.idle_minutes), ("imagery-minutes", score.imagery_minutes), ("threshold", threshold)]
}

fn line(text: &mut String, start: &str, name: &str, estimate: Estimate, chance: Option<ChanceFigure>) {
    let [low, high] = estimate.interval;
    let chance = chance
        .map_or_else(|| ",,,".to_owned(), |c| format!("{},{},{},{}", c.mean, c.interval[0], c.interval[1], c.p_value));
    let _ = writeln!(text, "{start},{name},{},{low},{high},{chance}", estimate.value);
}

/// Figures without an interval.
fn plain(text: &mut String, start: &str, quartiles: Option<[f64; 3]>, figures: &[(&str, f64)]) {
    let names = ["time-to-hit-lower-quartile-secs", "time-to-hit-secs", "time-to-hit-upper-quartile-secs"];
    let quartiles = quartiles.into_iter().flat_map(|values| names.into_iter().zip(values));
    for (name, value) in quartiles.chain(figures.iter().copied()) {
        let _ = writeln!(text, "{start},{name},{value},,,,,,");
    }
}

/// What everyone should know before the figures of the page.
pub fn introduction(report: &Report) -> Option<String> {
    let first = report.pseudo_online.first()?;
    Some(format!("As if it had been live: {}.", detector(first)))
}

/// The same for the page, that of each subject first.
pub fn figures(report: &Report) -> Vec<PseudoOnlineFigures> {
    let place = |decoder| report.decoders.iter().position(|known| *known == decoder).unwrap_or(0);
    let cells = report.pseudo_online.iter();
    let mut all: Vec<PseudoOnlineFigures> =
        cells.map(|cell| pseudo_online::for_page(&cell.found, place(cell.decoder), &cell.subject)).collect();
    let one_class = report.pseudo_online.first().is_some_and(|first| has_one_class(&first.found));
    let measured = |estimate: Estimate| Measured { value: estimate.value, interval: Some(estimate.interval) };
    let means = report.pseudo_online_means.iter().filter(|mean| mean.subjects > 1);
    all.extend(means.map(|mean| PseudoOnlineFigures {
        decoder: place(mean.decoder),
        subject: format!("mean of {}", mean.subjects),
        trials: mean.trials,
        idle_minutes: mean.idle_minutes,
        hit_rate: measured(mean.hit_rate),
        hit_rate_by_chance: mean.hit_rate_at_other_times,
        wrong_rate: measured(mean.wrong_rate),
        false_alarms_per_minute: mean.false_alarms_per_minute.map(measured),
        time_to_hit_secs: mean.time_to_hit_secs,
        wolpaw_bits_per_minute: rate_of_information(mean.wolpaw_bits_per_minute, one_class),
        nykopp_bits_per_minute: rate_of_information(mean.nykopp_bits_per_minute, one_class),
        threshold: f64::NAN,
        curve: Vec::new(),
    }));
    all
}
