use crate::{Event, SkipReason, StreamCount};
use hdrhistogram::Histogram;
use motrace_core::{Decision, Ledger, MAX_CLASSES, Relevance, Trial};
use motrace_decode::metrics::{Confusion, chance_interval, wilson_interval};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// Latencies, to the nanosecond up to a minute.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// Nothing measured yet.
    #[must_use]
    pub fn new() -> Self {
        // Three digits from 1 ns to 60 s: the bounds are fixed, so this cannot fail; if it did, a
        // histogram that grows takes its place.
        let histogram = Histogram::new_with_bounds(1, 60_000_000_000, 3).or_else(|_| Histogram::new(3));
        Self(histogram.unwrap_or_else(|_| unreachable!("three significant digits are possible")))
    }

    /// Counts one. It does not allocate.
    pub fn add(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(1));
    }

    /// Counts all of another.
    pub fn merge(&mut self, other: &Self) {
        // Both have the same bounds.
        let _ = self.0.add(&other.0);
    }

    /// The figures; `None` where nothing was measured.
    #[must_use]
    pub fn figures(&self) -> Option<LatencyFigures> {
        let micros = |nanos: u64| nanos as f64 / 1000.0;
        (!self.0.is_empty()).then(|| LatencyFigures {
            count: self.0.len(),
            p50_micros: micros(self.0.value_at_quantile(0.5)),
            p90_micros: micros(self.0.value_at_quantile(0.9)),
            p99_micros: micros(self.0.value_at_quantile(0.99)),
            max_micros: micros(self.0.max()),
        })
    }

    /// How many there are in each of ten bins a decade, from the shortest to the longest; empty where nothing
    /// was measured.
    #[must_use]
    pub fn bins(&self) -> Vec<LatencyBin> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let place = |nanos: u64| ((nanos.max(1) as f64).log10() * 10.0 + 1e-9).floor() as i32;
        let (first, last) = (place(self.0.min()), place(self.0.max()));
        let edge_micros = |place: i32| 10_f64.powf(f64::from(place) / 10.0 - 3.0);
        let mut bins: Vec<LatencyBin> = (first..=last)
            .map(|at| LatencyBin { from_micros: edge_micros(at), to_micros: edge_micros(at + 1), count: 0 })
            .collect();
        for value in self.0.iter_recorded() {
            let at = (place(value.value_iterated_to()) - first).clamp(0, last - first);
            bins[at as usize].count += value.count_at_value();
        }
        bins
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

/// Percentiles of a latency, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LatencyFigures {
    /// How many were measured.
    pub count: u64,
    /// The median.
    pub p50_micros: f64,
    /// The 90th percentile.
    pub p90_micros: f64,
    /// The 99th percentile.
    pub p99_micros: f64,
    /// The largest.
    pub max_micros: f64,
}

/// How many latencies lie between two durations, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LatencyBin {
    /// The shortest one that is counted here.
    pub from_micros: f64,
    /// The shortest one that is not counted here any more.
    pub to_micros: f64,
    /// How many there are.
    pub count: u64,
}

/// Decisions of trials against their truth, and everything else that is counted.
#[derive(Debug, Clone, Default)]
pub struct Score {
    confusion: Confusion,
    clear_confusion: Confusion,
    /// What the calibration model decides, and what the adapted one does, in the same trials.
    frozen_confusion: Confusion,
    adapted_confusion: Confusion,
    /// Trials that were counted: number, class, decision.
    counted: Vec<(usize, usize, Decision)>,
    left_out: BTreeSet<usize>,
    decisions: u64,
    vetoed: u64,
    explained: u64,
    not_explained: u64,
    skipped: Vec<(Trial, SkipReason)>,
    worst_conservation: f64,
    worst_path_difference: f64,
    largest_value: f64,
    latencies: Latencies,
}

impl Score {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts what an engine says.
    pub fn count(&mut self, event: &Event) {
        match event {
            Event::Decision { decision, trial, relevance, .. } => {
                self.decision(decision, trial.as_ref());
                if let Some(relevance) = relevance {
                    self.relevance(relevance);
                }
            }
            Event::NotExplained(..) => self.not_explained(),
            Event::Skipped(trial, reason) => self.skipped(trial.clone(), *reason),
        }
    }

    /// Counts a decision, with its trial where it belongs to one.
    pub fn decision(&mut self, decision: &Decision, trial: Option<&Trial>) {
        self.decisions += 1;
        self.vetoed += u64::from(!decision.veto.is_clear());
        self.largest_value = self.largest_value.max(decision.value.abs());
        if let Some(trial) = trial
            && trial.class < MAX_CLASSES
            && !self.left_out.contains(&trial.number)
        {
            self.counted.push((trial.number, trial.class, *decision));
            self.tally(trial.class, decision, Confusion::add);
        }
    }

    /// Counts a trial no longer, and not when it is decided later.
    pub fn leave_out(&mut self, number: usize) {
        self.left_out.insert(number);
        while let Some(place) = self.counted.iter().position(|(counted, ..)| *counted == number) {
            let (_, class, decision) = self.counted.swap_remove(place);
            self.tally(class, &decision, Confusion::remove);
        }
    }

    fn tally(&mut self, class: usize, decision: &Decision, change: impl Fn(&mut Confusion, usize, usize)) {
        change(&mut self.confusion, class, decision.class());
        if decision.veto.is_clear() {
            change(&mut self.clear_confusion, class, decision.class());
        }
        if let Some(frozen) = decision.frozen_class() {
            change(&mut self.frozen_confusion, class, frozen);
            change(&mut self.adapted_confusion, class, decision.class());
        }
    }

    /// Counts a relevance.
    pub fn relevance(&mut self, relevance: &Relevance) {
        self.ledger(&relevance.ledger);
    }

    /// Counts a relevance of which only the ledger is left.
    pub fn ledger(&mut self, ledger: &Ledger) {
        self.explained += 1;
        // A NaN is the worst error there is; `max` would drop it.
        let worse = |worst: f64, error: f64| if error.is_nan() { f64::INFINITY } else { worst.max(error) };
        self.worst_conservation = worse(self.worst_conservation, ledger.conservation_error());
        self.worst_path_difference = worse(self.worst_path_difference, ledger.path_difference);
    }

    /// Counts an explanation that could not be made.
    pub fn not_explained(&mut self) {
        self.not_explained += 1;
    }

    /// Counts a trial without a decision.
    pub fn skipped(&mut self, trial: Trial, reason: SkipReason) {
        self.skipped.push((trial, reason));
    }

    /// Counts how long a decision took.
    pub fn latency(&mut self, latency: Duration) {
        self.latencies.add(latency);
    }

    /// Counts how long many decisions took.
    pub fn latencies_of(&mut self, latencies: &Latencies) {
        self.latencies.merge(latencies);
    }

    /// How long decisions took.
    #[must_use]
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// Trials by their class and the class decided for.
    #[must_use]
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }

    /// Trials without a decision, and why.
    #[must_use]
    pub fn skipped_trials(&self) -> &[(Trial, SkipReason)] {
        &self.skipped
    }

    /// All figures.
    #[must_use]
    pub fn summary(&self, stream: StreamCount, class_names: &[&str], rate_hz: f64) -> ReplaySummary {
        let trials = self.confusion.total();
        let chance = (trials > 0).then(|| chance_interval(trials, self.confusion.guess()));
        let clear = self.clear_confusion.total();
        ReplaySummary {
            classes: class_names.iter().map(|name| (*name).to_owned()).collect(),
            rate_hz,
            seconds: stream.samples as f64 / rate_hz,
            stream,
            decisions: self.decisions,
            vetoed: self.vetoed,
            trials,
            skipped_trials: self.skipped.len(),
            accuracy: (trials > 0).then(|| self.confusion.accuracy()),
            accuracy_interval: (trials > 0).then(|| wilson_interval(self.confusion.correct(), trials)),
            kappa: (trials > 0).then(|| self.confusion.kappa()),
            confusion: self.confusion.clone().with_classes(class_names.len()).counts,
            chance_interval: chance.as_ref().map(|c| [c.low, c.high]),
            better_than_chance: chance.as_ref().map(|c| c.is_exceeded_by(self.confusion.accuracy())),
            clear_trials: clear,
            clear_accuracy: (clear > 0).then(|| self.clear_confusion.accuracy()),
            left_out_trials: self.left_out.len(),
            adapted_trials: self.adapted_confusion.total(),
            adapted_accuracy: (self.adapted_confusion.total() > 0).then(|| self.adapted_confusion.accuracy()),
            frozen_accuracy: (self.frozen_confusion.total() > 0).then(|| self.frozen_confusion.accuracy()),
            explained: self.explained,
            not_explained: self.not_explained,
            conservation_error: (self.explained > 0).then_some(self.worst_conservation),
            relative_conservation_error: (self.explained > 0 && self.largest_value > 0.0)
                .then(|| self.worst_conservation / self.largest_value),
            path_difference: (self.explained > 0).then_some(self.worst_path_difference),
            latency: self.latencies.figures(),
        }
    }
}

/// The figures of a replay or a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplaySummary {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The sampling rate, in hertz.
    pub rate_hz: f64,
    /// The length of what was received, in seconds.
    pub seconds: f64,
    /// What the source delivered.
    pub stream: StreamCount,
    /// Decisions of both kinds.
    pub decisions: u64,
    /// Decisions with a reason not to trust them.
    pub vetoed: u64,
    /// Trials that were decided.
    pub trials: usize,
    /// Trials that were not.
    pub skipped_trials: usize,
    /// The share of trials decided right.
    pub accuracy: Option<f64>,
    /// Its Wilson interval at 95 %.
    pub accuracy_interval: Option<[f64; 2]>,
    /// Cohen's κ.
    pub kappa: Option<f64>,
    /// Trials: `[class of the cue][class decided for]`.
    pub confusion: Vec<Vec<usize>>,
    /// The accuracies that guessing reaches in 95 of 100 such sessions.
    pub chance_interval: Option<[f64; 2]>,
    /// Whether guessing would reach that accuracy in less than 5 of 100 such sessions.
    pub better_than_chance: Option<bool>,
    /// Trials that nothing speaks against.
    pub clear_trials: usize,
    /// The share of those decided right.
    pub clear_accuracy: Option<f64>,
    /// Trials that were left out by hand; they count nowhere here.
    #[serde(default)]
    pub left_out_trials: usize,
    /// Trials that were decided while the decoder adapted.
    #[serde(default)]
    pub adapted_trials: usize,
    /// The share of those decided right.
    #[serde(default)]
    pub adapted_accuracy: Option<f64>,
    /// The share of those that the calibration model would have decided right.
    #[serde(default)]
    pub frozen_accuracy: Option<f64>,
    /// Decisions that were explained.
    pub explained: u64,
    /// Decisions that should have been explained and could not be.
    pub not_explained: u64,
    /// The largest |ΣR − (f − f₀)|.
    pub conservation_error: Option<f64>,
    /// The same over the largest |f|.
    pub relative_conservation_error: Option<f64>,
    /// The largest difference between a decision's value and the explanation's.
    pub path_difference: Option<f64>,
    /// How long decisions took.
    pub latency: Option<LatencyFigures>,
}
