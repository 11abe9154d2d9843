//! BrainVision recordings: a header and a marker file, both text, and a file of numbers.
//!
//! Signals become one stream, markers another. Each `New Segment` marker behind the first begins a stretch of its own:
//! the gap before it is as long as the dates of the segments say, and of unknown length where they say nothing.

mod header;
mod markers;
mod sections;
mod siblings;
mod signals;
mod write;

pub(crate) use siblings::{Siblings, header_beside, open};
pub(crate) use write::Layout;

use crate::bytes::Unreadable;
use crate::recording::Contents;
use crate::stored::{Placed, Stored, StoredSamples};
use crate::stream::Stretch;
use crate::timeline::Timeline;
use crate::warnings::Warnings;
use crate::{RecordedStream, field};
use header::Header;
use markers::Marker;
use motrace_core::{Role, StreamInfo};
use signals::Signals;
use std::path::Path;
use std::sync::Arc;

/// Reads everything that can be read from the contents of the files.
pub(crate) fn read(header: &[u8], data: &[u8], markers: Option<&[u8]>) -> Result<Contents, Unreadable> {
    let (mut contents, signals, timeline) = outline(header, data.len(), markers)?;
    if let Some(stream) = contents.streams.first_mut() {
        stream.samples = signals.all(data);
        stream.stamps_secs = timeline.into_stamps();
    }
    Ok(contents)
}

/// The same, but for the samples and stamps of the signals, which stay in the file at `data_path`.
pub(crate) fn outline_of(
    header: &[u8],
    data_path: &Path,
    data_bytes: usize,
    markers: Option<&[u8]>,
) -> Result<(Contents, Vec<Stored>), Unreadable> {
    let (contents, signals, timeline) = outline(header, data_bytes, markers)?;
    let samples = StoredSamples::Placed(data_path.to_owned(), Arc::new(signals));
    Ok((contents, vec![Stored { timeline, samples }]))
}

/// Everything but the samples, where those are, and when. The signals are the first stream.
fn outline(
    header: &[u8],
    data_bytes: usize,
    markers: Option<&[u8]>,
) -> Result<(Contents, Signals, Timeline), Unreadable> {
    let mut warnings = Warnings::default();
    let header = Header::parse(&field::decoded(header), &mut warnings)?;
    let markers = match markers {
        Some(bytes) => markers::parse(&field::decoded(bytes), &mut warnings),
        None => {
            warnings.push("it has no marker file; it is read without markers");
            Vec::new()
        }
    };
    let signals = Signals::of(&header, data_bytes, &mut warnings);
    let stretches = stretches(&markers, header.rate_hz);
    if stretches.len() > 1 {
        warnings.push(format!("the recording is interrupted {} times (New Segment)", stretches.len() - 1));
    }
    let resolutions = header.stored();
    let channels = header.channels;
    let kind = if channels.iter().any(|c| c.role == Role::Eeg) { "EEG" } else { "Misc" };
    let info = StreamInfo {
        name: format!("signals at {} Hz", header.rate_hz),
        kind: kind.into(),
        rate_hz: header.rate_hz,
        channels,
        ..StreamInfo::default()
    };
    let (mut signal, timeline) = RecordedStream::sampled(1, info, &stretches, signals.count());
    signal.positions = header.positions;
    signal.resolutions = resolutions;
    let start = markers.iter().find(|m| m.is_new_segment()).and_then(|m| m.date.map(|d| d.text()));
    let mut streams = vec![signal];
    if !markers.is_empty() {
        let time = |sample: usize| {
            let stretch = stretches.iter().rev().find(|s| s.first <= sample).unwrap_or(&stretches[0]);
            stretch.start_secs + (sample - stretch.first) as f64 / header.rate_hz
        };
        let mut events: Vec<_> = markers.into_iter().map(|m| m.into_event(time, header.rate_hz)).collect();
        events.sort_by(|a, b| a.time_secs.total_cmp(&b.time_secs));
        streams.push(RecordedStream::of_events(2, "BrainVision markers".into(), events));
    }
    let (version, written_by) = (header.version, header.written_by);
    Ok((Contents { streams, warnings, start, version, written_by }, signals, timeline))
}

/// The stretches that `New Segment` markers begin, by their first samples.
fn stretches(markers: &[Marker], rate_hz: f64) -> Vec<Stretch> {
    let mut segments: Vec<&Marker> = markers.iter().filter(|m| m.is_new_segment()).collect();
    segments.sort_by_key(|m| m.sample);
    let mut stretches = vec![Stretch { first: 0, start_secs: 0.0 }];
    let mut before = segments.iter().find(|m| m.sample == 0).and_then(|m| m.date);
    for segment in segments.into_iter().filter(|m| m.sample > 0) {
        let last = stretches[stretches.len() - 1];
        if segment.sample == last.first {
            continue;
        }
        let mut start_secs = last.start_secs + (segment.sample - last.first) as f64 / rate_hz;
        // A date that lies before the end of the last segment says nothing about the pause.
        if let Some(passed) = before.zip(segment.date).map(|(a, b)| b.secs_since(a)) {
            start_secs = start_secs.max(last.start_secs + passed);
        }
        before = segment.date;
        stretches.push(Stretch { first: segment.sample, start_secs });
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(line: &str) -> Marker {
        let text = format!("[Marker Infos]\nMk1={line}\n");
        markers::parse(&text, &mut Warnings::default()).remove(0)
    }

    #[test]
    fn dates_of_segments_tell_how_long_a_pause_was() {
        let markers = [
            segment("New Segment,,1,1,0,20240101120000000000"),
            segment("Stimulus,S  1,5,1,0"),
            segment("New Segment,,11,1,0,20240101120002500000"),
            segment("New Segment,,21,1,0,20240101120002500001"),
            segment("New Segment,,31,1,0"),
        ];
        let found: Vec<_> = stretches(&markers, 10.0).iter().map(|s| (s.first, s.start_secs)).collect();
        assert_eq!(found, [(0, 0.0), (10, 2.5), (20, 3.5), (30, 4.5)]);
    }
}
