mod figures;

pub use figures::{ClassRelevance, FoldCourse, FoldFigures, FoldPattern, FoldRelevance};

use crate::{DecoderId, Protocol};
use motrace_decode::metrics::ClassPrediction;
use motrace_engine::PseudoOnline;
use serde::{Deserialize, Serialize};

/// A part of an evaluation that is done at one go: one decoder, one protocol, one of its test sets on one subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Job {
    /// The subject that is tested.
    pub subject: String,
    /// How trials are divided.
    pub protocol: Protocol,
    /// The decoder.
    pub decoder: DecoderId,
    /// Which part, from 0.
    pub part: usize,
    /// Of how many.
    pub parts: usize,
}

/// What a job found. It is kept as one small file, and a report is made of nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobResult {
    /// Which form this is in: [`JobResult::FORMAT`].
    pub format: u32,
    /// The digest of everything that the result follows from.
    pub key: String,
    /// The job.
    pub job: Job,
    /// The subject's recordings and trials.
    pub subject: SubjectSummary,
    /// What was trained and tested; several for a learning curve.
    pub folds: Vec<FoldResult>,
    /// What was detected with idle time included, of [`Protocol::PseudoOnline`], which has no folds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudo_online: Option<Box<PseudoOnline>>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl JobResult {
    /// Other forms are not understood.
    pub const FORMAT: u32 = 1;
}

/// A subject's recordings, and what was made of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectSummary {
    /// What the subject is called.
    pub subject: String,
    /// Its recordings, in their order.
    pub recordings: Vec<RecordingSummary>,
    /// The channels that were decoded.
    pub channels: Vec<String>,
    /// Channels that were left out because they carry no signal, and in which recording.
    pub excluded_channels: Vec<String>,
    /// The sampling rate, in hertz.
    pub rate_hz: f64,
    /// How many trials of each class can be used.
    pub trials: Vec<usize>,
    /// Trials that cannot.
    pub left_out: Vec<LeftOutTrial>,
    /// From one cue to the next, in seconds: the median.
    pub trial_secs: Option<f64>,
    /// What deserves a look.
    pub warnings: Vec<String>,
}

/// A recording of a subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordingSummary {
    /// What it is called.
    pub name: String,
    /// The digest of its content.
    pub sha256: String,
    /// Its session, where that is known.
    pub session: Option<String>,
    /// How many of its trials can be used.
    pub trials: usize,
    /// How long it is.
    pub minutes: f64,
    /// Whether it is for testing only.
    pub is_test: bool,
}

/// A trial that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutTrial {
    /// The recording.
    pub recording: String,
    /// Its number there, from 1.
    pub trial: usize,
    /// Why.
    pub reason: String,
}

/// A decoder that was trained, and what it says of trials that it has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    /// Which seed of a protocol that shuffles.
    pub repeat: usize,
    /// Which test set.
    pub fold: usize,
    /// How many trials were to be trained on, artefacts among them.
    pub calibration_trials: usize,
    /// How long it takes to record as many, in minutes without breaks between runs; unknown for a single trial.
    pub calibration_minutes: Option<f64>,
    /// How many of them were left out as artefacts.
    pub artefacts: usize,
    /// What was chosen by nested validation.
    pub choice: Option<Choice>,
    /// One for each test trial.
    pub predictions: Vec<Prediction>,
    /// What time courses, patterns and relevance maps are drawn from, where that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<FoldFigures>,
}

/// What nested validation chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The band, in hertz; `None` for a filter bank.
    pub band_hz: Option<[f64; 2]>,
    /// The window, in seconds after the cue.
    pub window_secs: [f64; 2],
    /// What else was chosen, in words: `2 patterns`.
    pub setting: String,
    /// How many were chosen among.
    pub candidates: usize,
    /// What the inner validation, on training trials alone, found for it. The best of many, so it flatters.
    pub inner_accuracy: f64,
}

/// What a decoder says of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The recording, by its place among the subject's.
    pub recording: usize,
    /// The trial's number in it, from 1.
    pub trial: usize,
    /// Its class, from 0.
    pub truth: usize,
    /// The probability of each class.
    pub probabilities: Vec<f64>,
}

impl Prediction {
    /// The same as metrics take it.
    #[must_use]
    pub fn as_class_prediction(&self, place: usize, fold: usize) -> ClassPrediction {
        ClassPrediction { trial: place, fold, truth: self.truth, probabilities: self.probabilities.clone() }
    }
}
