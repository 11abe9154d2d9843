use crate::SourceFile;
use serde::Serialize;

/// What a conversion did: what was written, what of the source the target does not hold, and how the two compare.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conversion {
    /// The recording that was read.
    pub from: String,
    /// Its format.
    pub from_format: &'static str,
    /// The format that was written, with its variant: `EDF+C`, `BDF+D`, `XDF`, `BrainVision`.
    pub format: String,
    /// Every file that was written.
    pub files: Vec<SourceFile>,
    /// The streams that were written, without those of markers where they are not streams of their own.
    pub streams: Vec<ConvertedStream>,
    /// How many markers were written.
    pub markers: usize,
    /// What is the same in both, in sentences.
    pub kept: Vec<String>,
    /// What is not, in sentences; empty where the conversion is without loss.
    pub lost: Vec<String>,
    /// What the comparison found.
    pub compared: Compared,
}

/// The comparison of what was written, read again, with its source.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Compared {
    /// How many values were compared.
    pub values: u64,
    /// How many of them differ at all.
    pub changed: u64,
    /// How many markers were compared.
    pub markers: u64,
    /// The largest distance of a marker from where it was, in samples.
    pub largest_marker_shift_samples: f64,
}

/// One stream that was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConvertedStream {
    /// Its name in the source.
    pub name: String,
    /// How many samples it has, without those that fill the last record.
    pub samples: usize,
    /// How many samples fill the last record of EDF or BDF.
    pub filled_samples: usize,
    /// Its rate in hertz as the target says it; 0 for irregular streams.
    pub rate_hz: f64,
    /// How many pauses it has.
    pub gaps: usize,
    /// Its channels.
    pub channels: Vec<ConvertedChannel>,
}

/// One channel that was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConvertedChannel {
    /// Its label in the target.
    pub label: String,
    /// Its label in the source.
    pub source_label: String,
    /// The unit of the figures below.
    pub unit: String,
    /// What one stored unit is; absent where floating-point numbers are stored.
    pub step: Option<f64>,
    /// The same in volts; absent where the unit is no voltage.
    pub step_volts: Option<f64>,
    /// The largest difference between a value and its source, those left out that follow.
    pub largest_difference: f64,
    /// How many values lay beyond the limits, and stand at them.
    pub clipped: u64,
    /// How many values were not numbers, and stand at the lower limit.
    pub not_numbers: u64,
}
