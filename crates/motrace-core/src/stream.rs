use crate::{Montage, Unit};
use thiserror::Error;

/// What a channel measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// Brain signal; the only role that is decoded.
    #[default]
    Eeg,
    /// Eye movement.
    Eog,
    /// Muscle.
    Emg,
    /// Heart.
    Ecg,
    /// Trigger line, counter or marker channel.
    Trigger,
    /// Anything else: acceleration, temperature, auxiliary inputs.
    Aux,
}

impl Role {
    /// Reads a declared channel type such as `EEG`, `eog`, `ACC`; where none is declared, the label decides.
    #[must_use]
    pub fn infer(declared: &str, label: &str) -> Self {
        let of = |text: &str| {
            let text = text.trim().to_ascii_lowercase();
            let starts = |prefixes: &[&str]| prefixes.iter().any(|p| text.starts_with(p));
            if starts(&["eog", "heog", "veog", "vheo"]) {
                Some(Self::Eog)
            } else if starts(&["emg"]) {
                Some(Self::Emg)
            } else if starts(&["ecg", "ekg"]) {
                Some(Self::Ecg)
            } else if starts(&["trig", "stim", "status", "marker", "counter", "sync", "dig"]) {
                Some(Self::Trigger)
            } else if starts(&["aux", "acc", "gyr", "temp", "misc", "resp", "gsr", "bat", "oxy", "event"]) {
                Some(Self::Aux)
            } else if starts(&["eeg"]) {
                Some(Self::Eeg)
            } else {
                None
            }
        };
        of(declared).or_else(|| of(label)).unwrap_or(Self::Eeg)
    }

    /// Reads a role as the configuration names it: `EEG`, `EOG`, `EMG`, `ECG`, `trigger`, `aux`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Eeg, Self::Eog, Self::Emg, Self::Ecg, Self::Trigger, Self::Aux]
            .into_iter()
            .find(|role| role.name().eq_ignore_ascii_case(name.trim()))
    }

    /// The name used in stream metadata and in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eeg => "EEG",
            Self::Eog => "EOG",
            Self::Emg => "EMG",
            Self::Ecg => "ECG",
            Self::Trigger => "trigger",
            Self::Aux => "aux",
        }
    }
}

/// One channel of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// The label as declared, for example `Fc5.`; empty where none is.
    pub label: String,
    /// What it measures.
    pub role: Role,
    /// The unit of its samples.
    pub unit: Unit,
}

impl Channel {
    /// A channel whose role follows from its label.
    #[must_use]
    pub fn new(label: impl Into<String>, unit: Unit) -> Self {
        let label = label.into();
        Self { role: Role::infer("", &label), label, unit }
    }
}

/// What is known of a stream before its first sample, whether it comes over LSL or from a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamInfo {
    /// The stream's name.
    pub name: String,
    /// Its content type, `EEG` or `Markers` for instance.
    pub kind: String,
    /// The device behind it, stable over restarts where the vendor sets it.
    pub source_id: String,
    /// The identity of this one outlet; empty for files.
    pub uid: String,
    /// The computer it comes from; empty for files.
    pub host: String,
    /// Nominal sampling rate in hertz; 0 for irregular streams such as markers.
    pub rate_hz: f64,
    /// One entry per channel.
    pub channels: Vec<Channel>,
    /// Whether samples are strings.
    pub is_text: bool,
}

/// Why a stream is refused before anything is allocated for it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum StreamLimitError {
    /// No channels, or more than any amplifier has.
    #[error("the stream declares {0} channels; 1 to {max} are accepted", max = StreamInfo::MAX_CHANNELS)]
    Channels(usize),
    /// Not a number, negative, or faster than any amplifier.
    #[error("the stream declares a rate of {0} Hz; 0 (irregular) to {max} Hz are accepted", max = StreamInfo::MAX_RATE_HZ)]
    Rate(f64),
    /// The buffer it would need is too large.
    #[error(
        "{channels} channels at {rate_hz} Hz for {buffer_secs} s need {mebibytes} MiB; at most 256 MiB are accepted"
    )]
    Buffer {
        /// Declared channels.
        channels: usize,
        /// Declared rate.
        rate_hz: f64,
        /// Length of the buffer asked for.
        buffer_secs: f64,
        /// What it would take.
        mebibytes: u64,
    },
}

impl StreamInfo {
    /// More channels than this are refused.
    pub const MAX_CHANNELS: usize = 4096;
    /// Faster streams than this are refused.
    pub const MAX_RATE_HZ: f64 = 100_000.0;
    /// A stream's buffer may take this much.
    pub const MAX_BUFFER_BYTES: f64 = 256.0 * 1024.0 * 1024.0;

    /// Checks the declared size against the limits, for f32 samples buffered for `buffer_secs`.
    ///
    /// # Errors
    /// A [`StreamLimitError`] that names what is out of bounds.
    pub fn check_limits(channels: usize, rate_hz: f64, buffer_secs: f64) -> Result<(), StreamLimitError> {
        if channels == 0 || channels > Self::MAX_CHANNELS {
            return Err(StreamLimitError::Channels(channels));
        }
        if !(0.0..=Self::MAX_RATE_HZ).contains(&rate_hz) {
            return Err(StreamLimitError::Rate(rate_hz));
        }
        let bytes = channels as f64 * rate_hz * buffer_secs * 4.0;
        if bytes > Self::MAX_BUFFER_BYTES {
            let mebibytes = (bytes / 1024.0 / 1024.0) as u64;
            return Err(StreamLimitError::Buffer { channels, rate_hz, buffer_secs, mebibytes });
        }
        Ok(())
    }

    /// Whether samples come irregularly, as markers do.
    #[must_use]
    pub fn is_irregular(&self) -> bool {
        self.rate_hz == 0.0
    }

    /// The EEG channels' labels, as a montage.
    #[must_use]
    pub fn montage(&self) -> Montage {
        Montage::new(self.channels.iter().filter(|c| c.role == Role::Eeg).map(|c| c.label.as_str()))
    }

    /// The position of the channel with this label (`T3` finds `T7`, `Fc5.` finds `FC5`).
    #[must_use]
    pub fn channel_index(&self, label: &str) -> Option<usize> {
        let wanted = crate::canonical_label(label);
        self.channels.iter().position(|c| crate::canonical_label(&c.label) == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_streams_are_refused() {
        assert!(StreamInfo::check_limits(64, 1000.0, 60.0).is_ok());
        assert!(StreamInfo::check_limits(1, 0.0, 60.0).is_ok());
        assert_eq!(StreamInfo::check_limits(2_000_000_000, 250.0, 1.0), Err(StreamLimitError::Channels(2_000_000_000)));
        assert_eq!(StreamInfo::check_limits(8, 1e12, 1.0), Err(StreamLimitError::Rate(1e12)));
        assert!(matches!(StreamInfo::check_limits(8, f64::NAN, 1.0), Err(StreamLimitError::Rate(_))));
        assert!(matches!(StreamInfo::check_limits(4096, 100_000.0, 60.0), Err(StreamLimitError::Buffer { .. })));
    }

    #[test]
    fn roles_follow_type_then_label() {
        assert_eq!(Role::infer("EEG", "EOG1"), Role::Eeg);
        assert_eq!(Role::infer("", "EOG1"), Role::Eog);
        assert_eq!(Role::infer("", "STATUS"), Role::Trigger);
        assert_eq!(Role::infer("accelerometer", "X"), Role::Aux);
        assert_eq!(Role::infer("", "C3"), Role::Eeg);
    }
}
