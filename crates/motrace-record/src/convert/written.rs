//! What is written of a recording, as the comparison expects to find it again.

use super::course::Course;
use crate::RecordedStream;
use crate::edf::write::Encoding;

/// One regular stream.
#[derive(Debug, Clone)]
pub(crate) struct WrittenStream {
    /// Its place in the source.
    pub(crate) source: usize,
    pub(crate) course: Course,
    /// The rate that the file says.
    pub(crate) rate_hz: f64,
    /// The labels that the file says.
    pub(crate) labels: Vec<String>,
    /// How each channel is stored; empty where samples are stored as they are.
    pub(crate) encodings: Vec<Encoding>,
    /// How many samples of each channel lie beyond the limits.
    pub(crate) clipped: Vec<u64>,
    /// How many samples of each channel are not numbers.
    pub(crate) missing: Vec<u64>,
    /// How many samples fill the last record.
    pub(crate) padding: usize,
}

impl WrittenStream {
    pub(crate) fn of(source: usize, stream: &RecordedStream, course: Course) -> Self {
        let channels = stream.info.channels.len();
        Self {
            source,
            course,
            rate_hz: stream.info.rate_hz,
            labels: Vec::with_capacity(channels),
            encodings: Vec::new(),
            clipped: vec![0; channels],
            missing: vec![0; channels],
            padding: 0,
        }
    }
}

/// One marker, at the time at which the target has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WrittenEvent {
    pub(crate) time_secs: f64,
    pub(crate) duration_secs: Option<f64>,
    pub(crate) text: String,
    /// Its type, in BrainVision.
    pub(crate) kind: String,
    /// The channel it concerns.
    pub(crate) channel: Option<usize>,
}
