use super::outcomes::{Outcomes, Scored};
use super::{Detector, EventSettings};
use motrace_decode::metrics::quantile;
use serde::{Deserialize, Serialize};

/// How the threshold of a detector is found, always on other decisions than those that are scored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdRule {
    /// It is given: a probability.
    At(f64),
    /// The one with most hits among those with at most so many false alarms in a minute of idling.
    FalseAlarmsPerMinute(f64),
    /// The one with the largest Youden index: the hit rate minus the share of idle stretches, about as long as imagery, with an
    /// event in them.
    Youden,
}

/// What a threshold gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The threshold: a probability.
    pub threshold: f64,
    /// The share of trials whose first event is of their class.
    pub hit_rate: f64,
    /// The share of trials whose first event is of another class.
    pub wrong_rate: f64,
    /// Events in a minute of idling.
    pub false_alarms_per_minute: f64,
    /// The hit rate minus the share of idle stretches, about as long as imagery, with an event in them; `None` where there is no
    /// such stretch.
    pub youden: Option<f64>,
}

/// How many thresholds are tried.
const CANDIDATES: usize = 150;

/// What each of a choice of thresholds gives, from the lowest to the highest, which detects nothing; empty without trials
/// or without idle time.
pub(super) fn operating_curve(streams: &[Scored<'_>], settings: &EventSettings) -> Vec<OperatingPoint> {
    let thresholds = candidates(streams);
    let points = thresholds.into_iter().filter_map(|threshold| {
        let outcomes = Outcomes::of(streams, &settings.detector(threshold));
        let false_alarms_per_minute = outcomes.false_alarms_per_minute()?;
        let trials = outcomes.trials.len();
        let alarmed = outcomes.alarmed_pieces as f64 / outcomes.idle_pieces as f64;
        (trials > 0).then(|| OperatingPoint {
            threshold,
            hit_rate: outcomes.hit_rate(),
            wrong_rate: outcomes.wrong() as f64 / trials as f64,
            false_alarms_per_minute,
            youden: (outcomes.idle_pieces > 0).then(|| outcomes.hit_rate() - alarmed),
        })
    });
    points.collect()
}

/// The best point of a curve after a rule; `None` where there is none to choose from. Of equally good ones the highest.
pub(super) fn best(curve: &[OperatingPoint], rule: ThresholdRule) -> Option<OperatingPoint> {
    let worth = |point: &OperatingPoint| match rule {
        ThresholdRule::Youden => point.youden.unwrap_or(f64::NEG_INFINITY),
        ThresholdRule::At(_) | ThresholdRule::FalseAlarmsPerMinute(_) => point.hit_rate,
    };
    let allowed = |point: &&OperatingPoint| match rule {
        ThresholdRule::At(_) => false,
        ThresholdRule::FalseAlarmsPerMinute(most) => point.false_alarms_per_minute <= most,
        ThresholdRule::Youden => point.youden.is_some(),
    };
    let by_worth = |a: &&OperatingPoint, b: &&OperatingPoint| worth(a).total_cmp(&worth(b));
    curve.iter().filter(allowed).max_by(|a, b| by_worth(a, b).then(a.threshold.total_cmp(&b.threshold))).copied()
}

/// Thresholds between probabilities that occur, denser where they are high: there a step changes more.
fn candidates(streams: &[Scored<'_>]) -> Vec<f64> {
    let mut seen: Vec<f64> = streams
        .iter()
        .flat_map(|scored| scored.stream.steps.iter().filter(|step| step.is_clear && step.confidence.is_finite()))
        .map(|step| step.confidence)
        .collect();
    seen.sort_by(f64::total_cmp);
    let share = |n: usize| 1.0 - (1.0 - n as f64 / (CANDIDATES - 1) as f64).powi(2);
    let mut thresholds: Vec<f64> = (0..CANDIDATES).map(|n| quantile(&seen, share(n)).unwrap_or(0.0)).collect();
    thresholds.push(NEVER);
    thresholds.dedup();
    thresholds
}

/// A threshold that no probability reaches.
pub(super) const NEVER: f64 = 2.0;

impl Detector {
    /// Whether it can detect anything at all.
    #[must_use]
    pub fn can_detect(&self) -> bool {
        self.threshold <= 1.0
    }
}
