//! What has to hold of every recording that a reader gives, whatever bytes it was given.

use motrace_record::{RecordError, RecordedStream, Recording, Samples, Summary};
use std::path::Path;

/// Reads a file whose first bytes are replaced by those of a format, and checks what comes of it.
pub fn read_as(magic: &[u8], data: &[u8]) {
    let mut bytes = data.to_vec();
    bytes.resize(bytes.len().max(magic.len()), 0);
    bytes[..magic.len()].copy_from_slice(magic);
    check(Recording::parse(Path::new("fuzzed"), &bytes), bytes.len());
}

/// Checks that what was read is consistent and no larger than the file warrants, and that it can be looked at.
pub fn check(recording: Result<Recording, RecordError>, bytes: usize) {
    let recording = match recording {
        Ok(recording) => recording,
        Err(error) => {
            assert!(error.to_string().len() < 2000, "a message without end");
            return;
        }
    };
    let held: usize = recording.streams.iter().map(held).sum();
    assert!(held < 64 * bytes + (8 << 20), "{held} bytes are held of a file of {bytes}");
    for stream in &recording.streams {
        let count = stream.sample_count();
        assert_eq!(stream.samples.len(), count * stream.info.channels.len());
        assert!(stream.arrival_secs.is_empty() || stream.arrival_secs.len() == count);
        for detail in [stream.durations_secs.len(), stream.event_details.len()] {
            assert!(detail == 0 || detail == stream.samples.len());
        }
        assert!(stream.positions.is_empty() || stream.positions.len() == stream.info.channels.len());
        assert!(stream.gaps.iter().all(|g| g.index < count as u64 && g.length_secs >= 0.0));
        assert!(stream.gaps.is_sorted_by_key(|g| g.index));
    }
    if let Some(signal) = recording.streams.iter().find(|s| !s.info.is_text) {
        assert!(recording.markers(signal).iter().all(|m| m.index <= signal.sample_count() as u64));
    }
    let _ = (recording.events(), recording.session_events(), Summary::of(&recording));
}

fn held(stream: &RecordedStream) -> usize {
    let samples = match &stream.samples {
        Samples::Text(texts) => texts.iter().map(|t| t.capacity() + 24).sum(),
        numbers => numbers.len() * 8,
    };
    samples
        + 16 * stream.sample_count()
        + 96 * stream.info.channels.len()
        + stream.event_details.iter().map(|d| d.name.capacity() + 64).sum::<usize>()
}
