//! Numbers as they are written in a report, and what to be careful about.

use super::figures::ReportFigures;
use super::timing::LIMIT_SECS;
use crate::output::{duration, percent};

/// Delays of decisions beyond this are worth a word, in microseconds.
const SLOW_MICROS: f64 = 100_000.0;
/// A channel that is bad for more than this share of the session is named.
const BAD_SHARE: f64 = 0.1;

/// An interval of shares: `84.1 to 96.2 %`.
pub fn interval([low, high]: [f64; 2]) -> String {
    format!("{:.1} to {:.1} %", low * 100.0, high * 100.0)
}

/// A number and its noun: `1 trial`, `12 trials`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A moment of a session: `0:07`, `12:30`.
pub fn moment(secs: f64) -> String {
    let whole = if secs.is_finite() && secs > 0.0 { secs as u64 } else { 0 };
    if whole >= 3600 {
        format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
    } else {
        format!("{}:{:02}", whole / 60, whole % 60)
    }
}

/// Words as a list: `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// What to be careful about before believing a session, most important first.
pub fn warnings(figures: &ReportFigures) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(why) = &figures.broken_off {
        all.push(format!("The session was ended early: {why}."));
    }
    if let Some(score) = figures.feedback.as_ref().filter(|s| !s.better_than_chance) {
        all.push(format!(
            "{} of {} right is not better than chance: guessing alone reaches {} in 95 of 100 such sessions.",
            percent(score.accuracy),
            count(score.trials, "trial"),
            interval(score.chance_interval)
        ));
    }
    if let (Some(adaptation), Some(ours), Some(frozen)) =
        (figures.adaptation.filter(|a| a.is_worse), &figures.feedback, &figures.frozen)
    {
        all.push(format!(
            "Adaptation did harm: {} right with it, {} had the calibration model stayed as it was ({} trials against {}). \
             Lower its rates, or switch it off ([adaptation] in the configuration).",
            percent(ours.accuracy),
            percent(frozen.accuracy),
            adaptation.adapted_alone,
            adaptation.frozen_alone
        ));
    }
    for rim in figures.rim.iter().filter(|rim| rim.is_high) {
        let trials: Vec<String> = rim.highest.iter().map(|(number, _)| number.to_string()).collect();
        all.push(format!(
            "{:.0} % of the relevance for {} lies on frontal and temporal sites, where eyes and muscles show; those \
             sites are {:.0} % of the channels. Look at {} {}.",
            rim.share * 100.0,
            rim.class,
            rim.share_of_channels * 100.0,
            if trials.len() == 1 { "trial" } else { "trials" },
            list(&trials)
        ));
    }
    if let Some(replay) = figures.replay.filter(|r| r.same_values < r.trials || r.same_relevances < r.relevances) {
        all.push(format!(
            "The recording does not replay to what the session decided: {} of {} values and {} of {} relevances are the \
             same. The maps below are those of the replay.",
            replay.same_values, replay.trials, replay.same_relevances, replay.relevances
        ));
    }
    for (what, times) in [("Cues", &figures.cues), ("What was shown", &figures.presentation)] {
        if let Some(times) = times.as_ref().filter(|t| !t.is_in_time) {
            all.push(format!(
                "{what} came late: the 99th percentile of the delay is {}, and at most {} is wanted.",
                duration(times.p99_secs),
                duration(LIMIT_SECS)
            ));
            break;
        }
    }
    let missing: u64 = figures.gaps.iter().map(|g| g.missing_samples).sum();
    if !figures.gaps.is_empty() {
        all.push(format!("The stream has {}, with {missing} samples missing.", count(figures.gaps.len(), "gap")));
    }
    if figures.not_decoded_samples > 0 {
        all.push(format!("{} samples did not reach the decoder in time.", figures.not_decoded_samples));
    }
    if let Some(latency) = figures.latency.filter(|l| l.p99_micros > SLOW_MICROS) {
        all.push(format!(
            "Decisions were slow: the 99th percentile of the latency is {}.",
            duration(latency.p99_micros * 1e-6)
        ));
    }
    let bad: Vec<String> = figures
        .quality
        .iter()
        .filter(|channel| channel.is_decoded && channel.bad_share > BAD_SHARE)
        .map(|channel| {
            format!("{} ({} for {:.0} % of the time)", channel.label, channel.condition, channel.bad_share * 100.0)
        })
        .collect();
    if !bad.is_empty() {
        let were = if bad.len() == 1 { "A decoded channel was" } else { "Decoded channels were" };
        all.push(format!("{were} not good: {}.", list(&bad)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!((moment(7.9), moment(750.0), moment(3661.0)), ("0:07".into(), "12:30".into(), "1:01:01".into()));
        assert_eq!(interval([0.8413, 0.9]), "84.1 to 90.0 %");
        assert_eq!(count(1, "gap"), "1 gap");
    }
}
