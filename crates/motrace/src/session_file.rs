//! `session.json`: what happened in a session, beside its recording.
//!
//! The recording says what was measured and `decisions.jsonl` what was decided; this file says what the session
//! was about: its steps, its trials, how they ended, and how well everything kept to its time. Whatever is
//! not known is left out, so that a session that was broken off still has one.

use crate::failure::Failure;
use motrace_engine::{LatencyBin, LatencyFigures, LiveCounters};
use motrace_session::{FeedbackKind, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The version of the file that is written, and the newest one that is read.
pub const SESSION_FILE_VERSION: u32 = 1;
/// A larger file is no session.
const MAX_BYTES: u64 = 256 << 20;

/// A session, as its folder keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionFile {
    /// The version of this file.
    pub version: u32,
    /// What the session is called.
    pub name: String,
    /// When it began, in UTC, for example `2026-11-23T09:30:00Z`.
    pub started: String,
    /// When it ended.
    pub ended: Option<String>,
    /// Why it ended early, in words; nothing where it went to its end.
    pub broken_off: Option<String>,
    /// The version of motrace that ran it.
    pub motrace_version: String,
    /// The name of the configuration it was started with.
    pub config_name: String,
    /// The seed of the order of the cues and of the pauses.
    pub seed: Option<u64>,
    /// The names of the classes, class 0 first.
    pub class_names: Vec<String>,
    /// The stream that was decoded.
    pub stream: Option<StreamRecord>,
    /// What was done, in order.
    pub steps: Vec<StepRecord>,
    /// The trials of all runs, in order.
    pub trials: Vec<TrialResult>,
    /// When what was to be drawn, and when it was.
    pub presentation: PresentationTimes,
    /// What the calibration gave.
    pub validation: Option<ValidationRecord>,
    /// How the decoder adapted.
    pub adaptation: Option<AdaptationRecord>,
    /// The screens that showed it, in words: `this terminal`, `motrace screen on lab-2, 120 × 40`.
    pub screens: Vec<String>,
    /// The channels, each time they were looked at.
    pub quality: Vec<QualityCheck>,
    /// How long decisions took after the arrival of their newest sample.
    pub latency: Option<LatencyFigures>,
    /// The same as a histogram.
    pub latency_bins: Vec<LatencyBin>,
    /// What the engine counted.
    pub counters: Option<LiveCounters>,
    /// What else was counted, by its name in words: `markers that came too late`.
    pub other_counts: BTreeMap<String, u64>,
    /// What was said while it ran, in order.
    pub messages: Vec<MessageRecord>,
}

impl Default for SessionFile {
    fn default() -> Self {
        Self {
            version: SESSION_FILE_VERSION,
            name: String::new(),
            started: String::new(),
            ended: None,
            broken_off: None,
            motrace_version: env!("CARGO_PKG_VERSION").to_owned(),
            config_name: String::new(),
            seed: None,
            class_names: Vec::new(),
            stream: None,
            steps: Vec::new(),
            trials: Vec::new(),
            presentation: PresentationTimes::default(),
            validation: None,
            adaptation: None,
            screens: Vec::new(),
            quality: Vec::new(),
            latency: None,
            latency_bins: Vec::new(),
            counters: None,
            other_counts: BTreeMap::new(),
            messages: Vec::new(),
        }
    }
}

/// The stream that was decoded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamRecord {
    /// Its name.
    pub name: String,
    /// Its content type.
    pub kind: String,
    /// The computer it came from.
    pub host: String,
    /// Its source id.
    pub source_id: String,
    /// Its nominal rate, in hertz.
    pub rate_hz: f64,
    /// The rate at which samples came, in hertz.
    pub measured_rate_hz: Option<f64>,
    /// The unit of its samples, in words.
    pub unit: String,
    /// The labels of all its channels.
    pub labels: Vec<String>,
    /// How far its clock was known, in seconds.
    pub clock_error_secs: Option<f64>,
}

/// One step of a session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepRecord {
    /// What the operator saw: `Calibration, run 2 of 2`.
    pub name: String,
    /// What kind it is.
    pub kind: StepKind,
    /// How feedback looked, in a run with feedback.
    pub feedback: Option<FeedbackKind>,
    /// The number of the run; runs count from 1 over the whole session, calibration and feedback alike.
    pub run: Option<usize>,
    /// The sample it began at.
    pub start: u64,
    /// One past the sample it ended at; nothing where it did not end.
    pub end: Option<u64>,
    /// Whether the operator ended it early.
    pub was_skipped: bool,
}

/// What a step of a session is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Streams, montage, signals and clocks are looked at.
    #[default]
    Checks,
    /// Sitting still.
    Baseline,
    /// Cues, to train on.
    Calibration,
    /// The decoder is trained and looked at.
    Training,
    /// A run with feedback.
    Feedback,
    /// A break or a pause.
    Break,
}

/// A trial and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrialResult {
    /// The number that the engine gave it, from 1 over the whole session; nothing where it never saw the cue.
    pub number: Option<usize>,
    /// The number of its run, as in [`StepRecord::run`].
    pub run: usize,
    /// The class of its cue.
    pub class: usize,
    /// The sample of its cue.
    pub cue: u64,
    /// The class decided for at the end of its window.
    pub decided: Option<usize>,
    /// The decision's value, in decision units.
    pub value: Option<f64>,
    /// What the frozen model of the calibration says of the same window.
    pub frozen_value: Option<f64>,
    /// How the game ended.
    pub outcome: Option<Outcome>,
    /// Why it does not count, in words; nothing where it counts.
    pub left_out: Option<String>,
}

/// When what was to be drawn and when it was: three lists of the same length.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PresentationTimes {
    /// When it was due, in seconds of the session's LSL clock.
    pub due_secs: Vec<f64>,
    /// When it was on the screen, in seconds of the same clock; nothing where that was never heard.
    pub shown_secs: Vec<Option<f64>>,
    /// What it was: `cue`, `fixation`, `feedback`.
    pub what: Vec<String>,
}

impl PresentationTimes {
    /// Adds one.
    pub fn push(&mut self, what: &str, due_secs: f64, shown_secs: Option<f64>) {
        self.what.push(what.to_owned());
        self.due_secs.push(due_secs);
        self.shown_secs.push(shown_secs);
    }

    /// What was shown, with its delay in seconds where that is known.
    pub fn delays(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        self.what.iter().zip(&self.due_secs).zip(&self.shown_secs).map(|((what, due), shown)| {
            (what.as_str(), shown.map(|shown| shown - due).filter(|delay| delay.is_finite()))
        })
    }
}

/// What the calibration gave: the decoder's worth on trials that it had not seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ValidationRecord {
    /// The share of trials decided right.
    pub accuracy: Option<f64>,
    /// Its interval at 95 %.
    pub accuracy_interval: Option<[f64; 2]>,
    /// The accuracies that guessing reaches in 95 of 100 such calibrations.
    pub chance_interval: Option<[f64; 2]>,
    /// Trials that were validated on.
    pub trials: usize,
    /// How, in words: `chronological 5-fold`.
    pub scheme: String,
    /// The accuracy in each fold.
    pub fold_accuracies: Vec<f64>,
    /// The band of the decoder, in hertz.
    pub band_hz: Option<[f64; 2]>,
    /// The window of the decoder, in seconds after the cue.
    pub window_secs: Option<[f64; 2]>,
    /// Whether band and window were chosen automatically, inside the folds.
    pub was_chosen: bool,
    /// Trials that were not trained on, with the reason.
    pub rejected: Vec<RejectedTrial>,
    /// Channels that carried no signal, with the reason.
    pub excluded_channels: Vec<String>,
}

/// A calibration trial that was not trained on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RejectedTrial {
    /// Its number, as in [`TrialResult::number`].
    pub number: usize,
    /// Why, in words.
    pub why: String,
}

/// How the decoder went on learning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdaptationRecord {
    /// Whether it did, in runs with feedback.
    pub enabled: bool,
    /// The share of each trial in the pooled mean.
    pub bias_rate: f64,
    /// The share of each trial in the pooled covariance.
    pub covariance_rate: f64,
}

/// The channels as they were at some moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QualityCheck {
    /// The occasion: `before the session`, `after run 2`.
    pub what: String,
    /// The sample at which it was.
    pub at: u64,
    /// The channels.
    pub channels: Vec<ChannelCheck>,
}

/// A channel as it was at some moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelCheck {
    /// Its label.
    pub label: String,
    /// `good`, `noisy`, `flat`, `railed` or `not finite`.
    pub condition: String,
    /// Root mean square around its mean, in volts.
    pub rms_volts: Option<f64>,
    /// Its mean, in volts.
    pub mean_volts: Option<f64>,
}

impl From<&motrace_core::ChannelQuality> for ChannelCheck {
    fn from(quality: &motrace_core::ChannelQuality) -> Self {
        let finite = |v: f64| v.is_finite().then_some(v);
        Self {
            label: quality.label.clone(),
            condition: quality.condition.name().to_owned(),
            rms_volts: finite(quality.rms_volts),
            mean_volts: finite(quality.mean_volts),
        }
    }
}

/// Something that was said while the session ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageRecord {
    /// The newest sample at that moment.
    pub at: u64,
    /// Whether it warns.
    pub is_warning: bool,
    /// What was said.
    pub text: String,
}

impl SessionFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, is no session, or comes from a newer version of motrace.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let failed = |e: std::io::Error| Failure::failed(format_args!("reading {shown}: {e}"));
        let size = std::fs::metadata(path).map_err(failed)?.len();
        if size > MAX_BYTES {
            return Err(Failure::failed(format_args!("{shown} is {size} bytes long; this is no session")));
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let file: Self = serde_json::from_str(&text)
            .map_err(|e| Failure::failed(format_args!("{shown} is damaged, or is no session: {e}")))?;
        if file.version > SESSION_FILE_VERSION {
            return Err(Failure::failed(format_args!(
                "{shown} has version {}; this motrace reads up to {SESSION_FILE_VERSION}: use a newer one",
                file.version
            )));
        }
        Ok(file)
    }

    /// Writes the file, replacing the one that is there: all of it or nothing, so that it can be written after
    /// every run.
    ///
    /// # Errors
    /// Where it cannot be written; what was there before is then still there.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        let failed = |e: std::io::Error| Failure::failed(format_args!("writing {}: {e}", path.display()));
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".part");
        let part = path.with_file_name(name);
        let text = serde_json::to_string_pretty(self)?;
        let mut file = std::fs::File::create(&part).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        drop(file);
        std::fs::rename(&part, path).map_err(failed)
    }

    /// The runs with feedback, in order.
    pub fn feedback_runs(&self) -> impl Iterator<Item = &StepRecord> {
        self.steps.iter().filter(|step| step.kind == StepKind::Feedback)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let mut session = SessionFile {
            name: "left-right \u{1b}[31m".into(),
            class_names: vec!["left".into(), "right".into()],
            trials: vec![TrialResult {
                number: Some(1),
                run: 1,
                outcome: Some(Outcome::Timeout),
                ..TrialResult::default()
            }],
            steps: vec![StepRecord {
                kind: StepKind::Feedback,
                feedback: Some(FeedbackKind::Pong),
                run: Some(1),
                ..StepRecord::default()
            }],
            ..SessionFile::default()
        };
        session.presentation.push("cue", 1.0, Some(1.004));
        session.presentation.push("cue", 2.0, None);
        // A channel that is not finite has no rms; the file must read back all the same.
        session.quality.push(QualityCheck {
            channels: vec![ChannelCheck { rms_volts: None, ..ChannelCheck::default() }],
            ..QualityCheck::default()
        });
        session.save(&path).unwrap();
        assert_eq!(SessionFile::read(&path).unwrap(), session);
        session.name = "again".into();
        session.save(&path).unwrap();
        assert_eq!(SessionFile::read(&path).unwrap().name, "again");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let delays: Vec<Option<f64>> = session.presentation.delays().map(|(_, delay)| delay).collect();
        assert!((delays[0].unwrap() - 0.004).abs() < 1e-12 && delays[1].is_none());
    }

    #[test]
    fn an_empty_session_is_one_and_a_newer_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(SessionFile::read(&path).unwrap(), SessionFile::default());
        std::fs::write(&path, r#"{"version": 99, "later": true}"#).unwrap();
        assert!(SessionFile::read(&path).unwrap_err().to_string().contains("newer"));
        std::fs::write(&path, "[1, 2").unwrap();
        assert!(SessionFile::read(&path).unwrap_err().to_string().contains("damaged"));
    }
}
