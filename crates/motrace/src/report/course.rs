//! How right the decisions are, by their time in the trial and by the trial's place in the session.

use super::figures::TimePoint;
use super::material::Sliding;
use super::trials::ReportTrial;

/// Steps of the time in the trial, in seconds.
const STEP_SECS: f64 = 0.1;
/// How far before the cue it begins, in seconds.
const BEFORE_SECS: f64 = 1.0;
/// How far after the cue it ends at most, in seconds.
const AFTER_SECS: f64 = 10.0;

/// The share of trials whose latest decision is right, at each moment after the cue.
///
/// A decision belongs to the moment at which its window ends. Vetoed decisions do not count, and neither does a
/// trial at a moment at which it has no decision within the last step, or at which the next cue has come.
pub fn over_time(trials: &[&ReportTrial], sliding: &[Sliding], rate_hz: f64) -> Vec<TimePoint> {
    if rate_hz <= 0.0 || sliding.is_empty() {
        return Vec::new();
    }
    let cues: Vec<u64> = trials.iter().filter_map(|t| t.cue).collect();
    let between =
        super::scores::median(cues.windows(2).filter_map(|w| Some(w[1].checked_sub(w[0])? as f64 / rate_hz)).collect());
    let until = between.map_or(AFTER_SECS, |secs| secs - BEFORE_SECS).clamp(1.0, AFTER_SECS);
    let steps = ((until + BEFORE_SECS) / STEP_SECS).round() as usize;
    (0..=steps)
        .map(|step| {
            let secs = step as f64 * STEP_SECS - BEFORE_SECS;
            let mut point = TimePoint { secs, trials: 0, right: 0, frozen_trials: 0, frozen_right: 0 };
            for trial in trials {
                let (Some(class), Some(cue)) = (trial.class, trial.cue) else { continue };
                let next = cues.partition_point(|c| *c <= cue);
                let at = cue as f64 + secs * rate_hz + 0.5;
                if cues.get(next).is_some_and(|next| at > *next as f64) || at < 0.0 {
                    continue;
                }
                let Some(latest) = latest(sliding, at as u64, (STEP_SECS * rate_hz).ceil() as u64) else { continue };
                point.trials += 1;
                point.right += usize::from(usize::from(latest.value > 0.0) == class);
                if let Some(value) = latest.frozen_value {
                    point.frozen_trials += 1;
                    point.frozen_right += usize::from(usize::from(value > 0.0) == class);
                }
            }
            point
        })
        .collect()
}

/// The latest decision that nothing speaks against, whose window ends at `at` or up to `within` samples before it.
fn latest(sliding: &[Sliding], at: u64, within: u64) -> Option<&Sliding> {
    let after = sliding.partition_point(|s| s.end <= at);
    sliding[..after].iter().rev().take_while(|s| s.end + within >= at).find(|s| !s.is_vetoed)
}

/// The share of right decisions over the trials so far, after each of them: as decided, and as the frozen model
/// would have decided (where that is known for all of them).
pub fn so_far(trials: &[&ReportTrial]) -> (Vec<f64>, Vec<f64>) {
    let (mut right, mut frozen_right) = (0, 0);
    let has_frozen = trials.iter().all(|t| t.frozen_value.is_some());
    let (mut shares, mut frozen) = (Vec::new(), Vec::new());
    for (i, trial) in trials.iter().enumerate() {
        let count = (i + 1) as f64;
        right += usize::from(trial.is_right() == Some(true));
        shares.push(f64::from(right as u32) / count);
        if let (true, Some(value), Some(class)) = (has_frozen, trial.frozen_value, trial.class) {
            frozen_right += usize::from(usize::from(value > 0.0) == class);
            frozen.push(f64::from(frozen_right as u32) / count);
        }
    }
    (shares, frozen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(class: usize, cue: u64) -> ReportTrial {
        ReportTrial { class: Some(class), cue: Some(cue), decided: Some(class), ..ReportTrial::default() }
    }

    #[test]
    fn decisions_are_counted_where_their_windows_end() {
        // Ten samples a second, a decision each; right from 0.5 s after either cue on.
        let trials = [trial(1, 100), trial(0, 150)];
        let sliding: Vec<Sliding> = (80..200)
            .map(|end| {
                let value = if (105..150).contains(&end) { 1.0 } else { -1.0 };
                Sliding { end, value, frozen_value: None, is_vetoed: end == 110 }
            })
            .collect();
        let points = over_time(&trials.iter().collect::<Vec<_>>(), &sliding, 10.0);
        let at = |secs: f64| points.iter().find(|p| (p.secs - secs).abs() < 1e-9).unwrap_or_else(|| panic!("{secs}"));
        assert_eq!((points.len(), points[0].secs), (51, -1.0));
        assert_eq!((at(0.4).trials, at(0.4).right), (2, 1));
        assert_eq!((at(0.5).trials, at(0.5).right), (2, 2));
        // The vetoed decision does not count; the one before it still does.
        assert_eq!((at(1.0).trials, at(1.0).right), (2, 2));
        assert_eq!((at(-0.5).trials, at(-0.5).right), (2, 0));
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
