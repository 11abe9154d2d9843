//! The configuration: one TOML file per use, every key checked.

mod checks;
mod decoder;

pub use decoder::{DecoderConfig, DecoderKind, EnvelopeConfig};

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything a configuration file can say. Each part has a default but for the classes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Which stream carries the EEG, and what it does not say of itself.
    pub stream: StreamConfig,
    /// Which channels are decoded, and against which reference.
    pub channels: ChannelConfig,
    /// The causal filter before the decoder.
    pub filter: FilterConfig,
    /// Cues, classes and the window that is decoded after a cue.
    pub trials: TrialConfig,
    /// The decoder.
    pub decoder: DecoderConfig,
    /// What training decides by itself.
    pub training: TrainingConfig,
    /// When decisions are made.
    pub decisions: DecisionConfig,
    /// How a model is validated.
    pub validation: ValidationConfig,
    /// Where LSL streams are looked for and announced.
    pub lsl: LslConfig,
    /// The simulated person of `motrace stream sim` and of the demo.
    pub simulation: SimulationConfig,
    /// The course of a session: cues, runs, feedback.
    pub session: motrace_session::Protocol,
    /// How the decoder goes on learning without labels.
    pub adaptation: AdaptationConfig,
    /// Where sessions are kept, and what is recorded.
    pub recording: RecordingConfig,
}

/// `[stream]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StreamConfig {
    /// The stream's name; any name where it is left out.
    pub name: Option<String>,
    /// The stream's type; `EEG` first, else the only regular stream, where it is left out.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The stream's source id.
    pub source_id: Option<String>,
    /// The name of the marker stream. Where it is left out: the one called like the signal with `-markers` behind it,
    /// else every marker stream on the network.
    pub markers: Option<String>,
    /// The channels' labels in order, where the stream has none or wrong ones.
    pub labels: Option<Vec<String>>,
    /// The unit of the samples, where the stream has none or a wrong one: `microvolts`, `millivolts`, `volts`, `nanovolts`.
    pub unit: Option<String>,
    /// Channels (by label) that are not EEG, with their role: `EOG`, `EMG`, `ECG`, `trigger`, `aux`.
    pub roles: std::collections::BTreeMap<String, String>,
}

/// `[channels]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelConfig {
    /// The channels to decode, by label; every EEG channel where it is left out.
    #[serde(rename = "use")]
    pub used: Option<Vec<String>>,
    /// Channels to leave out, by label.
    pub exclude: Vec<String>,
    /// The reference.
    pub reference: ReferenceConfig,
}

/// `reference = …`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceConfig {
    /// As recorded.
    #[default]
    None,
    /// Common average of the decoded channels.
    Average,
    /// Each channel against its nearest neighbours.
    SmallLaplacian,
}

/// `[filter]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilterConfig {
    /// Pass band in hertz. Where it is left out: 8 to 30 for CSP + LDA, 4 to 38 for EEGNet and ShallowConvNet, 9 to 13 for the
    /// perceptron on envelopes.
    pub band_hz: Option<[f64; 2]>,
    /// Order of the Butterworth filter, 1 to 5 is usual.
    pub order: usize,
    /// Frequency of the mains notch in hertz; none where it is left out.
    pub notch_hz: Option<f64>,
}

impl Default for FilterConfig {
    fn default() -> Self {
        Self { band_hz: None, order: 4, notch_hz: None }
    }
}

/// `[trials]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialConfig {
    /// The window that is decoded, in seconds after the cue.
    pub window_secs: [f64; 2],
    /// The classes, `[[trials.classes]]`: two, or up to eight for networks.
    pub classes: Vec<ClassConfig>,
}

impl Default for TrialConfig {
    fn default() -> Self {
        Self { window_secs: [0.5, 2.5], classes: Vec::new() }
    }
}

/// `[[trials.classes]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassConfig {
    /// What it is called: `left`, `fists`, `rest`, …
    pub name: String,
    /// The markers that are its cue.
    pub markers: Vec<String>,
}

/// `[training]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// Whether trials in which channels vary unusually are left out of training.
    pub reject_artefacts: bool,
    /// Whether the band is chosen by the trials, in place of `[filter] band_hz`.
    pub choose_band: bool,
    /// Whether the window is chosen by the trials, in place of `[trials] window_secs`.
    pub choose_window: bool,
    /// Between which times after the cue a window is chosen, in seconds. From the cue to the end of the imagery, as
    /// `[session.calibration.timing]` has it, where it is left out.
    pub window_range_secs: Option<[f64; 2]>,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self { reject_artefacts: true, choose_band: false, choose_window: false, window_range_secs: None }
    }
}

/// `[decisions]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionConfig {
    /// Time from one decision to the next, in seconds.
    pub every_secs: f64,
    /// The length of the window that a sliding decision is made from, in seconds; that of a trial's window where it
    /// is left out. Feedback wants a short one: 1 s is usual.
    pub window_secs: Option<f64>,
}

impl Default for DecisionConfig {
    fn default() -> Self {
        Self { every_secs: 0.04, window_secs: None }
    }
}

/// `[validation]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationConfig {
    /// How trials are parted into training and test.
    pub scheme: ValidationScheme,
    /// Number of folds of the chronological scheme.
    pub folds: usize,
}

impl Default for ValidationConfig {
    fn default() -> Self {
        Self { scheme: ValidationScheme::Chronological, folds: 5 }
    }
}

/// `scheme = …`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidationScheme {
    /// Blocks of trials in the order they were recorded.
    Chronological,
    /// Each recording is the test set once.
    LeaveOneRecordingOut,
}

/// `[lsl]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LslConfig {
    /// How far streams are looked for: `machine`, `link` (this network segment) or `site`. LSL's own settings
    /// (`LSLAPICFG`, `lsl_api.cfg`) hold where it is left out.
    pub scope: Option<LslScope>,
    /// Only streams of the same session are seen.
    pub session_id: Option<String>,
}

/// `scope = …`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LslScope {
    /// This machine only.
    Machine,
    /// This network segment.
    Link,
    /// The whole site.
    Site,
}

/// `[simulation]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulationConfig {
    /// The seed; the same seed gives the same bits.
    pub seed: u64,
    /// Trials of each class before the simulated session ends.
    pub trials_per_class: usize,
    /// How strongly imagery changes the rhythms: 1 is a good subject, 0 imagines nothing.
    pub signal_strength: f64,
    /// Sampling rate in hertz.
    pub rate_hz: f64,
    /// The electrodes, all of the 10-10 system; 22 over the motor cortex where they are left out.
    pub labels: Option<Vec<String>>,
    /// The mu rhythm of a hand area at rest, at the electrode above it: rms in volts.
    pub rhythm_volts: f64,
    /// By which part imagery grows stronger over the first 40 trials.
    pub learning: f64,
    /// Blinks per minute; twice as many in the pauses of a session.
    pub blinks_per_minute: f64,
    /// Times the jaw is clenched, per minute; twice as often in the pauses of a session.
    pub clenches_per_minute: f64,
}

impl Default for SimulationConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            trials_per_class: 20,
            signal_strength: 1.0,
            rate_hz: 250.0,
            labels: None,
            rhythm_volts: 8e-6,
            learning: 0.05,
            blinks_per_minute: 10.0,
            clenches_per_minute: 0.5,
        }
    }
}

/// `[adaptation]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptationConfig {
    /// Whether the decoder adapts in runs with feedback.
    pub enabled: bool,
    /// The share of each trial in the pooled mean (Vidaurre et al. 2011).
    pub bias_rate: f64,
    /// The share of each trial in the pooled covariance; 0 leaves it as it was trained.
    pub covariance_rate: f64,
}

impl Default for AdaptationConfig {
    fn default() -> Self {
        Self { enabled: true, bias_rate: 0.05, covariance_rate: 0.02 }
    }
}

/// `[recording]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingConfig {
    /// The folder in which each session has one of its own.
    pub folder: String,
    /// Whether every other stream on the network is recorded beside the session's own.
    pub all_streams: bool,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self { folder: "sessions".to_owned(), all_streams: true }
    }
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// A usage failure that names the file, the line and the key.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let size =
            std::fs::metadata(path).map_err(|e| Failure::usage(format_args!("configuration {shown}: {e}")))?.len();
        if size > 1 << 20 {
            return Err(Failure::usage(format_args!(
                "configuration {shown} is {size} bytes long; this is no configuration"
            )));
        }
        let text =
            std::fs::read_to_string(path).map_err(|e| Failure::usage(format_args!("configuration {shown}: {e}")))?;
        Self::parse(&text).map_err(|e| Failure::usage(format_args!("configuration {shown}: {e}")))
    }

    /// Parses and checks a configuration.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        config.check()?;
        Ok(config)
    }

    /// The pass band, in hertz: what is configured, or what is usual for the decoder.
    #[must_use]
    pub fn band_hz(&self) -> [f64; 2] {
        self.filter.band_hz.unwrap_or(match self.decoder.kind {
            DecoderKind::CspLda => [8.0, 30.0],
            DecoderKind::EegNet | DecoderKind::Shallow => [4.0, 38.0],
            DecoderKind::Mlp => [9.0, 13.0],
        })
    }

    /// The length of a sliding decision's window, in seconds, which is that of a network's window too.
    #[must_use]
    pub fn sliding_secs(&self) -> f64 {
        let [start, end] = self.trials.window_secs;
        let crops = self.decoder.training.crops.filter(|_| self.decoder.kind != DecoderKind::CspLda);
        self.decisions.window_secs.or(crops.map(|crops| crops.length_secs)).unwrap_or(end - start)
    }
}
