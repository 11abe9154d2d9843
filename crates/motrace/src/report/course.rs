//! How right the decisions are, by their time in the trial and by the trial's place in the session.

use super::figures::TimePoint;
use super::material::Sliding;
use super::trials::ReportTrial;
use motrace_decode::metrics::{TimedAccuracy, accuracy_over_time, running_accuracy};

/// Steps of the time in the trial, in seconds.
const STEP_SECS: f64 = 0.1;
/// How far before the cue it begins, in seconds.
const BEFORE_SECS: f64 = 1.0;
/// How far after the cue it ends at most, in seconds.
const AFTER_SECS: f64 = 10.0;

/// The share of trials whose latest decision is right, at each moment around the cue.
///
/// A decision belongs to the moment at which its window ends. Vetoed decisions do not count, and neither does a
/// trial at a moment at which it has no decision within the last step, or at which the next one is about to begin.
pub fn over_time(trials: &[&ReportTrial], sliding: &[Sliding], rate_hz: f64, window_end_secs: f64) -> Vec<TimePoint> {
    if rate_hz <= 0.0 || sliding.is_empty() {
        return Vec::new();
    }
    let samples = |secs: f64| (secs * rate_hz).round() as u64;
    let cues: Vec<u64> = trials.iter().filter_map(|t| t.cue).collect();
    let between = cues.windows(2).filter_map(|w| Some(w[1].checked_sub(w[0])? as f64 / rate_hz)).collect();
    let spacing_secs = super::scores::median(between).unwrap_or(AFTER_SECS);
    // Times are counted from before the cue, so that it is seen where chance ends; where trials follow each other
    // quickly, the end of the decoded window comes first.
    let room_secs = spacing_secs - window_end_secs - 2.0 * STEP_SECS;
    let before = samples(((room_secs / STEP_SECS).round() * STEP_SECS).clamp(0.0, BEFORE_SECS));
    let begins: Vec<(usize, u64)> =
        trials.iter().filter_map(|t| Some((t.class?, t.cue?.checked_sub(before)?))).collect();
    let until = spacing_secs.clamp(1.0, BEFORE_SECS + AFTER_SECS);
    let clear = || sliding.iter().filter(|s| !s.is_vetoed);
    let accuracy =
        |decisions: &[(u64, f64)]| accuracy_over_time(decisions, &begins, samples(until), samples(STEP_SECS).max(1));
    let ours = accuracy(&clear().map(|s| (s.end, s.value)).collect::<Vec<_>>());
    let frozen = accuracy(&clear().filter_map(|s| Some((s.end, s.frozen_value?))).collect::<Vec<_>>());
    let right = |timed: &TimedAccuracy| (timed.accuracy.unwrap_or(0.0) * timed.trials as f64).round() as usize;
    ours.iter()
        .zip(&frozen)
        .map(|(ours, frozen)| TimePoint {
            secs: (ours.after_cue as f64 - before as f64) / rate_hz,
            trials: ours.trials,
            right: right(ours),
            frozen_trials: frozen.trials,
            frozen_right: right(frozen),
        })
        .collect()
}

/// The share of right decisions over the trials so far, after each of them: as decided, and as the frozen model
/// would have decided (where that is known for all of them).
pub fn so_far(trials: &[&ReportTrial]) -> (Vec<f64>, Vec<f64>) {
    let right: Vec<bool> = trials.iter().map(|t| t.is_right() == Some(true)).collect();
    let frozen: Vec<bool> = trials.iter().map_while(|t| Some(usize::from(t.frozen_value? > 0.0) == t.class?)).collect();
    let of_all = |is_right: &[bool]| running_accuracy(is_right, usize::MAX);
    (of_all(&right), if frozen.len() == right.len() { of_all(&frozen) } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(class: usize, cue: u64) -> ReportTrial {
        ReportTrial { class: Some(class), cue: Some(cue), decided: Some(class), ..ReportTrial::default() }
    }

    #[test]
    fn decisions_are_counted_where_their_windows_end() {
        // A hundred samples a second, ten decisions; right from 0.5 s after either cue on.
        let trials = [trial(1, 1000), trial(0, 1500)];
        let sliding: Vec<Sliding> = (80..200)
            .map(|at| {
                let value = if (105..150).contains(&at) { 1.0 } else { -1.0 };
                Sliding { end: at * 10, value, frozen_value: (at < 120).then_some(1.0), is_vetoed: at == 110 }
            })
            .collect();
        let points = over_time(&trials.iter().collect::<Vec<_>>(), &sliding, 100.0, 2.5);
        let at = |secs: f64| points.iter().find(|p| (p.secs - secs).abs() < 1e-9).unwrap_or_else(|| panic!("{secs}"));
        assert_eq!((at(0.4).trials, at(0.4).right), (2, 1));
        assert_eq!((at(0.5).trials, at(0.5).right), (2, 2));
        assert_eq!((at(0.5).frozen_trials, at(0.5).frozen_right), (1, 1));
        // The vetoed one does not count.
        assert_eq!((at(1.0).trials, at(1.0).right), (1, 1));
        assert_eq!((at(-0.5).trials, at(-0.5).right), (2, 0));
        assert!(points.iter().all(|p| p.secs > -1.0 && p.secs <= 4.0 + 1e-9));
    }

    #[test]
    fn shares_so_far_are_running_means() {
        let mut trials = [trial(0, 1), trial(1, 2), trial(1, 3)];
        trials[1].decided = Some(0);
        let (shares, frozen) = so_far(&trials.iter().collect::<Vec<_>>());
        assert_eq!(shares, [1.0, 0.5, 2.0 / 3.0]);
        assert!(frozen.is_empty());
        trials.iter_mut().for_each(|t| t.frozen_value = Some(1.0));
        assert_eq!(so_far(&trials.iter().collect::<Vec<_>>()).1, [0.0, 0.5, 2.0 / 3.0]);
    }
}
