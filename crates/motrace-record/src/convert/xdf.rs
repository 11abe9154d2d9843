//! Writing XDF: every stream as it is, with its stamps.

use super::start::Start;
use crate::{RecordError, RecordedStream, Recording, Samples, XdfWriter};
use motrace_core::SampleValues;
use std::path::Path;
use std::time::SystemTime;

/// Samples in a chunk.
const CHUNK: usize = 1024;

/// Writes all streams. Stamps are in the recording's clock, so the file needs no clock offsets.
pub(super) fn write(
    path: &Path,
    recording: &Recording,
    streams: &[usize],
    start: Option<Start>,
) -> Result<(), RecordError> {
    let mut writer = XdfWriter::create_dated(path, start.map_or_else(SystemTime::now, Start::as_time))?;
    for stream in streams.iter().filter_map(|place| recording.streams.get(*place)) {
        let channels = stream.info.channels.len();
        let metadata = [("converted_from", recording.format.name()), ("sha256", recording.sha256.as_str())];
        let nothing = values(&stream.samples, 0..0);
        let handle = writer.add_stream_of(&stream.info, nothing.format(), &metadata)?;
        let stamps = stamps(stream);
        for first in (0..stream.sample_count()).step_by(CHUNK) {
            let end = (first + CHUNK).min(stream.sample_count());
            let stamps: Vec<f64> = stamps[first..end].iter().map(|t| written_stamp(*t)).collect();
            writer.write_values(handle, &stamps, &values(&stream.samples, first * channels..end * channels))?;
            // Chunks come as fast as they are converted; the time of the samples decides when a boundary is due.
            writer.flush_if_due(stamps[0])?;
        }
    }
    writer.finish()
}

/// The stamps of a stream as they are written: as they were measured where that is known.
pub(super) fn stamps(stream: &RecordedStream) -> &[f64] {
    if stream.arrival_secs.len() == stream.stamps_secs.len() { &stream.arrival_secs } else { &stream.stamps_secs }
}

/// A stamp of 0 says that there is none.
fn written_stamp(stamp: f64) -> f64 {
    if stamp == 0.0 { f64::MIN_POSITIVE } else { stamp }
}

fn values(samples: &Samples, range: std::ops::Range<usize>) -> SampleValues {
    match samples {
        Samples::F32(v) => SampleValues::Float32(v[range].to_vec()),
        Samples::F64(v) => SampleValues::Double64(v[range].to_vec()),
        Samples::I8(v) => SampleValues::Int8(v[range].to_vec()),
        Samples::I16(v) => SampleValues::Int16(v[range].to_vec()),
        Samples::I32(v) => SampleValues::Int32(v[range].to_vec()),
        Samples::I64(v) => SampleValues::Int64(v[range].to_vec()),
        Samples::Text(v) => SampleValues::Text(v[range].iter().map(|t| t.as_bytes().to_vec()).collect()),
    }
}
