mod cells;
mod comparisons;
mod courses;
mod pseudo_online;
mod relevance;
mod resampled;

pub use courses::{Course, CoursePoint};
pub use pseudo_online::{PseudoOnlineCell, PseudoOnlineMean};
pub use relevance::{MeanRelevance, Patterns, Relevance};

use crate::plan::Plan;
use crate::results::{Choice, JobResult, Prediction, SubjectSummary};
use crate::{DecoderId, Protocol};
use motrace_decode::metrics::{Metric, Resampling};
use serde::{Deserialize, Serialize};

/// What an evaluation found: everything that tables, files and figures are made of, and nothing that needs the recordings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of motrace.
    pub motrace_version: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The configured band, in hertz.
    pub band_hz: Option<[f64; 2]>,
    /// The configured window, in seconds after the cue.
    pub window_secs: [f64; 2],
    /// What was chosen by nested validation in each training set.
    pub selected: Vec<String>,
    /// The seed by which labels were permuted, where they were: whatever is found then is chance.
    pub permutation_seed: Option<u64>,
    /// The decoders, the one that others are compared with first.
    pub decoders: Vec<DecoderId>,
    /// The protocols.
    pub protocols: Vec<Protocol>,
    /// The subjects, with their recordings and trials.
    pub subjects: Vec<SubjectSummary>,
    /// What each decoder reaches on each subject under each protocol.
    pub cells: Vec<Cell>,
    /// The same over subjects.
    pub means: Vec<Mean>,
    /// Each decoder beside the first one.
    pub comparisons: Vec<Comparison>,
    /// What each decoder detects in each subject's recordings, idle time included.
    #[serde(default)]
    pub pseudo_online: Vec<PseudoOnlineCell>,
    /// The same over subjects.
    #[serde(default)]
    pub pseudo_online_means: Vec<PseudoOnlineMean>,
    /// Accuracy over the time in the trial, under the [headline](crate::headline()), where that was kept.
    #[serde(default)]
    pub courses: Vec<Course>,
    /// Where decisions come from, of decoders that can be explained; likewise.
    #[serde(default)]
    pub relevance: Vec<Relevance>,
    /// Scalp patterns of decoders that have them; likewise.
    #[serde(default)]
    pub patterns: Vec<Patterns>,
    /// What deserves a look.
    pub warnings: Vec<String>,
}

/// What one decoder reaches on one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The subject.
    pub subject: String,
    /// How trials were divided.
    pub protocol: Protocol,
    /// The decoder.
    pub decoder: DecoderId,
    /// How many trials were tested.
    pub trials: usize,
    /// How often each was, with another division each time; figures are means over these.
    pub repeats: usize,
    /// What guessing reaches on as many trials.
    pub chance: Chance,
    /// Whether the accuracy is better than that, one-sided at 5 %.
    pub is_better_than_chance: bool,
    /// All figures, each with its interval and its chance level. Of a learning curve they are those of its last point.
    pub metrics: Vec<MetricFigure>,
    /// Wolpaw's information transfer rate, one decision for each trial.
    pub bits_per_minute: Option<f64>,
    /// `[truth][decided]`, summed over repeats.
    pub confusion: Vec<Vec<usize>>,
    /// The share of right decisions within each test set.
    pub fold_accuracies: Vec<f64>,
    /// What nested validation chose for each test set.
    pub choices: Vec<Choice>,
    /// How many training trials were left out as artefacts, in the mean over test sets.
    pub artefacts: f64,
    /// Accuracy against the number of trials to train on.
    pub learning_curve: Vec<CurvePoint>,
    /// Every decision; of a learning curve, those of its last point.
    pub predictions: Vec<TestedTrial>,
    /// How long training and testing took, in seconds of one core.
    pub seconds: f64,
}

impl Cell {
    /// The value of a metric, where it has one.
    #[must_use]
    pub fn value(&self, metric: Metric) -> Option<f64> {
        self.figure(metric).map(|figure| figure.value)
    }

    /// A metric with its interval, where it has a value.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<&MetricFigure> {
        self.metrics.iter().find(|figure| figure.metric == metric)
    }
}

/// A trial, and what a decoder that had not seen it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestedTrial {
    /// Which seed of a protocol that shuffles.
    pub repeat: usize,
    /// Which test set.
    pub fold: usize,
    /// Trial and probabilities.
    #[serde(flatten)]
    pub prediction: Prediction,
}

/// What guessing reaches, from the binomial distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// The accuracy of always naming the most frequent class.
    pub level: f64,
    /// Guessing falls below this in at most 2.5 % of experiments.
    pub low: f64,
    /// Guessing exceeds this in at most 2.5 %.
    pub high: f64,
    /// Guessing exceeds this in at most 5 %.
    pub upper_bound: f64,
}

/// A metric with what chance does to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MetricFigure {
    /// Which.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// At 95 %, from how few trials there are: Wilson's for the accuracy and what follows from it, else bootstrap.
    pub interval: Option<[f64; 2]>,
    /// Its mean where predictions have nothing to do with the classes, by permutation.
    pub chance: Option<f64>,
    /// Chance lies beyond these in 2.5 % each.
    pub chance_interval: Option<[f64; 2]>,
    /// How likely chance alone is at least as good.
    pub p_value: Option<f64>,
}

/// A point of a learning curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// How many trials were to be trained on.
    pub calibration_trials: usize,
    /// How long it takes to record as many, in minutes without breaks between runs.
    pub calibration_minutes: Option<f64>,
    /// The share of right decisions.
    pub accuracy: f64,
    /// Its interval at 95 %: Wilson's for one subject, bootstrap within subjects for several.
    pub interval: [f64; 2],
    /// How many trials were tested.
    pub trials: usize,
    /// How many subjects are in it.
    pub subjects: usize,
}

/// What one decoder reaches over subjects, each counting the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// How trials were divided.
    pub protocol: Protocol,
    /// The decoder.
    pub decoder: DecoderId,
    /// How many subjects.
    pub subjects: usize,
    /// How many of them the decoder is better than chance on.
    pub better_than_chance: usize,
    /// The means. Intervals are for other trials of these subjects, not for other subjects, and there for the accuracy only.
    pub metrics: Vec<MetricFigure>,
    /// The standard deviation of the accuracy over subjects; none for one.
    pub accuracy_deviation: Option<f64>,
    /// The mean learning curve, over the subjects that have each point.
    pub learning_curve: Vec<CurvePoint>,
}

/// A decoder beside the first one, on the same trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How trials were divided.
    pub protocol: Protocol,
    /// The decoder that others are compared with.
    pub first: DecoderId,
    /// The decoder that is compared.
    pub decoder: DecoderId,
    /// How much more accurate it is, in the mean over subjects.
    pub difference: f64,
    /// The difference's interval at 95 %: trials drawn anew within each subject, in pairs (bootstrap).
    pub interval: [f64; 2],
    /// By turning the sign of the difference of each trial (paired permutation test, two-sided).
    pub p_value: f64,
    /// The difference for each subject.
    pub by_subject: Vec<(String, f64)>,
    /// The same test over subjects in place of trials: whether it holds for other people. None for one subject.
    pub p_value_over_subjects: Option<f64>,
}

/// How intervals and chance levels are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportSettings {
    /// How often trials are drawn anew, and from which seed.
    pub resampling: Resampling,
    /// How many threads compute; 0 for one per core. The result does not depend on it.
    pub threads: usize,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self { resampling: Resampling { rounds: 1000, seed: 0 }, threads: 0 }
    }
}

impl Report {
    /// Adds up what jobs found. Results of jobs that are not in the plan are left out; jobs without a result are no reason
    /// to fail, and what they would have tested is missing.
    #[must_use]
    pub fn of(plan: &Plan, results: &[JobResult], settings: ReportSettings) -> Self {
        let cells = cells::cells(plan, results, settings);
        let mut subjects: Vec<SubjectSummary> = Vec::new();
        for result in results {
            if !subjects.iter().any(|known| known.subject == result.subject.subject) {
                subjects.push(result.subject.clone());
            }
        }
        let mut warnings = plan.warnings.clone();
        for subject in &subjects {
            warnings.extend(subject.warnings.iter().map(|warning| format!("subject {}: {warning}", subject.subject)));
        }
        let pseudo_online = pseudo_online::cells(plan, results);
        warnings.extend(pseudo_online.iter().filter_map(PseudoOnlineCell::warning));
        Self {
            motrace_version: plan.motrace_version.clone(),
            classes: plan.classes.clone(),
            band_hz: plan.band_hz,
            window_secs: plan.window_secs,
            selected: plan.selected.clone(),
            permutation_seed: plan.permutation_seed,
            decoders: plan.decoders.clone(),
            protocols: plan.protocols.clone(),
            means: comparisons::means(plan, &cells, settings.resampling),
            comparisons: comparisons::comparisons(plan, &cells, settings.resampling),
            pseudo_online_means: pseudo_online::means(plan, &pseudo_online),
            pseudo_online,
            courses: courses::courses(plan, results, settings),
            relevance: relevance::relevance(plan, results),
            patterns: relevance::patterns(plan, results),
            subjects,
            cells,
            warnings,
        }
    }
}
