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

pub(crate) use siblings::{Opened, header_beside, open};
pub(crate) use write::Layout;

use crate::bytes::Unreadable;
use crate::recording::Contents;
use crate::stored::{Outline, Placed};
use crate::stream::Stretch;
use crate::warnings::Warnings;
use crate::{RecordedStream, field};
use header::Header;
use markers::Marker;
use motrace_core::{Role, StreamInfo};
use signals::Signals;
use std::sync::Arc;

/// Everything but the samples, and where those are in the file of signals. The signals are the first stream.
pub(crate) fn outline(header: &[u8], data_bytes: usize, markers: Option<&[u8]>) -> Result<Outline, Unreadable> {
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
    let contents = Contents { streams, warnings, start, version, written_by };
    let signals: Arc<dyn Placed> = Arc::new(signals);
    Ok(Outline { contents, signals: vec![(signals, timeline)] })
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
