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
use crate::stored::{Outline, Placed};
use crate::stream::Stretch;
use crate::warnings::Warnings;
use header::Header;
use motrace_core::{Role, StreamInfo};
use signals::Signals;
use std::sync::Arc;

/// Everything but the samples of a `.dat` file, and where those are.
pub(crate) fn outline(bytes: &mut impl Bytes) -> Result<Outline, Unreadable> {
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
    let contents = Contents { streams, warnings, start: header.start, version, written_by };
    let signals: Arc<dyn Placed> = Arc::new(signals);
    Ok(Outline { contents, signals: vec![(signals, timeline)] })
}
