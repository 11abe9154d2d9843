//! BCI2000 `.dat` files, versions 1.0 and 1.1: reading.
//!
//! Each sample is followed by the states of the system at that moment. Signals become one stream, in physical units;
//! a change of a state becomes a marker such as `TargetCode=1`.

mod header;
mod signals;
mod states;

use crate::RecordedStream;
use crate::bytes::{Bytes, Unreadable};
use crate::recording::Contents;
use crate::stored::{Placed, Stored, StoredSamples};
use crate::stream::Stretch;
use crate::timeline::Timeline;
use crate::warnings::Warnings;
use header::Header;
use motrace_core::{Role, StreamInfo};
use signals::Signals;
use std::path::Path;
use std::sync::Arc;

/// Reads everything that can be read from a `.dat` file.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Contents, Unreadable> {
    let (mut contents, signals, timeline) = outline(&mut bytes)?;
    if let Some(stream) = contents.streams.first_mut() {
        stream.samples = signals.all(bytes);
        stream.stamps_secs = timeline.into_stamps();
    }
    Ok(contents)
}

/// The same, but for the samples and stamps of the signals, which stay in the file at `path`.
pub(crate) fn outline_of(bytes: &mut impl Bytes, path: &Path) -> Result<(Contents, Vec<Stored>), Unreadable> {
    let (contents, signals, timeline) = outline(bytes)?;
    Ok((contents, vec![Stored { timeline, samples: StoredSamples::Placed(path.to_owned(), Arc::new(signals)) }]))
}

/// Everything but the samples, where those are, and when. The signals are the first stream.
fn outline(bytes: &mut impl Bytes) -> Result<(Contents, Signals, Timeline), Unreadable> {
    let mut warnings = Warnings::default();
    let extent = Header::extent(bytes.first(Header::FIRST_LINE_BYTES)?);
    let header = Header::parse(bytes.first(extent)?, &mut warnings)?;
    let data_bytes = bytes.len() - header.bytes;
    let left = data_bytes % header.row_bytes();
    if left > 0 {
        warnings.push(format!("the last {left} bytes are not a complete sample and were not read"));
    }
    let resolutions = header.stored();
    let signals = Signals::of(&header, data_bytes / header.row_bytes());
    let events = states::changes(&header, bytes, signals.count(), &mut warnings)?;
    let kind = if header.channels.iter().any(|c| c.role == Role::Eeg) { "EEG" } else { "Misc" };
    let info = StreamInfo {
        name: format!("signals at {} Hz", header.rate_hz),
        kind: kind.into(),
        rate_hz: header.rate_hz,
        channels: header.channels,
        ..StreamInfo::default()
    };
    let whole = [Stretch { first: 0, start_secs: 0.0 }];
    let (mut signal, timeline) = RecordedStream::sampled(1, info, &whole, signals.count());
    signal.resolutions = resolutions;
    let mut streams = vec![signal];
    if !events.is_empty() {
        streams.push(RecordedStream::of_events(2, "BCI2000 states".into(), events));
    }
    let (version, written_by) = (header.version, header.written_by);
    Ok((Contents { streams, warnings, start: header.start, version, written_by }, signals, timeline))
}
