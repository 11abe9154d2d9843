use crate::InputStage;
use motrace_core::{MAX_CLASSES, Marker, Montage, Unit};
use motrace_signal::{FilterSpec, Reference};
use thiserror::Error;

/// A sample of this size or larger is no measurement, in volts: no amplifier reaches it.
///
/// Offsets of DC amplifiers do reach 0.2 V with good signal on top, so size alone does not tell a rail.
pub const IMPOSSIBLE_VOLTS: f64 = 1.0;

/// A channel that stands still beyond this is at the end of its amplifier's range, in volts.
pub const RAIL_VOLTS: f64 = 0.1;

/// Standing still beyond [`RAIL_VOLTS`] means: this many repetitions. Signal on an offset repeats its value once
/// now and then.
pub const RAIL_REPEATS: u32 = 3;

/// A channel that repeats exactly the same value for this long counts as stuck, in seconds.
pub const STUCK_SECS: f64 = 0.2;

/// Everything that lies between a stream and the decoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Preparation {
    /// The channels that are decoded, in the decoder's order.
    pub channels: Montage,
    /// The unit of the streams this was made for. A stream in another unit of voltage is scaled; one
    /// without a unit is refused.
    pub unit: Unit,
    /// The sampling rate, in hertz.
    pub rate_hz: f64,
    /// The reference, applied to the decoded channels.
    pub reference: Reference,
    /// The causal filter.
    pub filter: FilterSpec,
    /// What is made of the filtered channels.
    pub input: InputStage,
    /// The window of a trial, in seconds after its cue.
    pub window_secs: [f64; 2],
    /// The length of a sliding decision's window, in seconds. A short one answers sooner, a long one is surer.
    pub sliding_secs: f64,
    /// The classes, two to [`MAX_CLASSES`], and the markers that are their cues.
    pub classes: Vec<ClassSpec>,
    /// Time from one sliding decision to the next, in seconds.
    pub hop_secs: f64,
}

/// A class, and the markers that are its cue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassSpec {
    /// What it is called.
    pub name: String,
    /// The texts of the markers that are its cue.
    pub markers: Vec<String>,
}

impl ClassSpec {
    /// A class with its markers.
    pub fn new<S: Into<String>>(name: impl Into<String>, markers: impl IntoIterator<Item = S>) -> Self {
        Self { name: name.into(), markers: markers.into_iter().map(Into::into).collect() }
    }

    /// Whether a marker is this class's cue: the same text after trimming, or the same decimal number
    /// (`2.000000000000000` is `2`).
    #[must_use]
    pub fn has_cue(&self, text: &str) -> bool {
        let text = text.trim();
        self.markers.iter().any(|wanted| {
            let wanted = wanted.trim();
            wanted == text || decimal(wanted).is_some_and(|w| decimal(text) == Some(w))
        })
    }
}

/// The value of a plain decimal number; `None` for `inf`, `nan` and words.
fn decimal(text: &str) -> Option<f64> {
    let starts_like_one = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    starts_like_one.then(|| text.parse::<f64>().ok()).flatten().filter(|v| v.is_finite())
}

/// What makes a preparation impossible.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PreparationError {
    /// No channel is named.
    #[error("no channel is selected: name at least two EEG channels")]
    NoChannels,
    /// More channels than any amplifier has.
    #[error("{0} channels are selected; at most {max} are possible", max = motrace_core::StreamInfo::MAX_CHANNELS)]
    TooManyChannels(usize),
    /// A channel is named twice.
    #[error("channel {0} is selected twice")]
    ChannelTwice(String),
    /// The sampling rate is impossible.
    #[error("a sampling rate of {0} Hz is not possible: 1 to {max} Hz are", max = motrace_core::StreamInfo::MAX_RATE_HZ)]
    Rate(f64),
    /// The window is impossible.
    #[error(
        "the window of {0} to {1} s after the cue is not possible: it has to hold at least 10 samples, last at most 60 s and lie within an hour of the cue"
    )]
    Window(f64, f64),
    /// The window of sliding decisions is impossible.
    #[error(
        "a window of {0} s for sliding decisions is not possible: it has to hold at least 10 samples and last at most 60 s"
    )]
    Sliding(f64),
    /// The time between decisions is impossible.
    #[error("a decision each {0} s is not possible: at least one sample and at most 60 s are")]
    Hop(f64),
    /// A class has no name or no marker, or they cannot be told apart.
    #[error("{0}")]
    Classes(String),
    /// The filter cannot be made.
    #[error("the filter cannot be made: {0}")]
    Filter(String),
    /// The input stage cannot be made.
    #[error("the input stage cannot be made: {0}")]
    Input(String),
    /// The reference cannot be made.
    #[error("the reference cannot be made: {0}")]
    Reference(String),
    /// The window's buffer would be too large.
    #[error("{channels} channels at {rate_hz} Hz need a buffer of {mebibytes} MiB; at most 512 MiB are accepted")]
    Buffer {
        /// Selected channels.
        channels: usize,
        /// The sampling rate.
        rate_hz: f64,
        /// What they would take.
        mebibytes: u64,
    },
}

impl Preparation {
    /// How much of the past is kept for markers that arrive late, in seconds.
    pub const HISTORY_SECS: f64 = 10.0;

    /// The window's length, in samples.
    #[must_use]
    pub fn window_samples(&self) -> usize {
        ((self.window_secs[1] - self.window_secs[0]) * self.rate_hz).round().max(0.0) as usize
    }

    /// The length of a sliding decision's window, in samples.
    #[must_use]
    pub fn sliding_samples(&self) -> usize {
        (self.sliding_secs * self.rate_hz).round().max(0.0) as usize
    }

    /// The window's first sample, counted from the cue.
    #[must_use]
    pub fn window_offset_samples(&self) -> i64 {
        (self.window_secs[0] * self.rate_hz).round() as i64
    }

    /// From one sliding decision to the next, in samples.
    #[must_use]
    pub fn hop_samples(&self) -> u64 {
        (self.hop_secs * self.rate_hz).round().max(1.0) as u64
    }

    /// How many samples of the past are kept: the longest window and ten seconds more.
    #[must_use]
    pub fn retained_samples(&self) -> usize {
        self.window_samples().max(self.sliding_samples()) + (Self::HISTORY_SECS * self.rate_hz).ceil() as usize
    }

    /// The names of the classes.
    #[must_use]
    pub fn class_names(&self) -> Vec<&str> {
        self.classes.iter().map(|class| class.name.as_str()).collect()
    }

    /// The class that a marker is the cue of, if any.
    #[must_use]
    pub fn class_of(&self, marker: &Marker) -> Option<usize> {
        self.classes.iter().position(|class| class.has_cue(&marker.text))
    }

    /// Checks that all parts are possible together.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn check(&self) -> Result<(), PreparationError> {
        let labels = self.channels.labels();
        if labels.is_empty() {
            return Err(PreparationError::NoChannels);
        }
        if labels.len() > motrace_core::StreamInfo::MAX_CHANNELS {
            return Err(PreparationError::TooManyChannels(labels.len()));
        }
        let mut sorted: Vec<&String> = labels.iter().collect();
        sorted.sort();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(PreparationError::ChannelTwice(pair[0].clone()));
        }
        if !(1.0..=motrace_core::StreamInfo::MAX_RATE_HZ).contains(&self.rate_hz) {
            return Err(PreparationError::Rate(self.rate_hz));
        }
        let [start, end] = self.window_secs;
        let possible = start.abs() <= 3600.0 && end - start > 0.0 && end - start <= 60.0;
        if !possible || self.window_samples() < 10 {
            return Err(PreparationError::Window(start, end));
        }
        if !(self.sliding_secs > 0.0 && self.sliding_secs <= 60.0) || self.sliding_samples() < 10 {
            return Err(PreparationError::Sliding(self.sliding_secs));
        }
        if !(self.hop_secs > 0.0 && self.hop_secs <= 60.0) || (self.hop_secs * self.rate_hz).round() < 1.0 {
            return Err(PreparationError::Hop(self.hop_secs));
        }
        let bytes = self.retained_samples() as f64 * (labels.len() + 8) as f64 * 8.0;
        if bytes > 512.0 * 1024.0 * 1024.0 {
            let mebibytes = (bytes / 1024.0 / 1024.0) as u64;
            return Err(PreparationError::Buffer { channels: labels.len(), rate_hz: self.rate_hz, mebibytes });
        }
        self.check_classes()?;
        self.filter.design(self.rate_hz).map_err(|e| PreparationError::Filter(e.to_string()))?;
        self.input.check(self.rate_hz)
    }

    fn check_classes(&self) -> Result<(), PreparationError> {
        let count = self.classes.len();
        if !(2..=MAX_CLASSES).contains(&count) {
            return Err(PreparationError::Classes(format!(
                "{count} classes are named: 2 to {MAX_CLASSES} can be told apart"
            )));
        }
        if let Some(nameless) = self.classes.iter().position(|c| c.name.trim().is_empty()) {
            return Err(PreparationError::Classes(format!("class {} has no name", nameless + 1)));
        }
        let pairs = || self.classes.iter().enumerate().flat_map(|(n, a)| self.classes[..n].iter().map(move |b| (b, a)));
        let both = if count == 2 { "both classes" } else { "two classes" };
        if let Some((a, _)) = pairs().find(|(a, b)| a.name == b.name) {
            return Err(PreparationError::Classes(format!("{both} are called {:?}", a.name)));
        }
        if let Some(class) = self.classes.iter().find(|c| c.markers.is_empty()) {
            return Err(PreparationError::Classes(format!("class {:?} has no marker as its cue", class.name)));
        }
        if let Some(shared) = pairs().find_map(|(a, b)| a.markers.iter().find(|m| b.has_cue(m))) {
            return Err(PreparationError::Classes(format!("marker {shared:?} is the cue of {both}")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_match_by_text_and_by_number() {
        let class = ClassSpec::new("left", ["2", "T1"]);
        for text in ["2", " 2 ", "2.000000000000000", "T1", "T1\n"] {
            assert!(class.has_cue(text), "{text:?}");
        }
        for text in ["22", "2.5", "t1", "", "T12", "inf", "nan"] {
            assert!(!class.has_cue(text), "{text:?}");
        }
        assert!(!ClassSpec::new("x", ["nan"]).has_cue("NaN"), "words match as text only");
    }
}
