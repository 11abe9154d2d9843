//! GDF, the General Data Format for biosignals (Schlögl 2006, versions 1.x and 2.x): reading.
//!
//! Signals are grouped by sampling rate, each group a stream; the event table becomes a stream of markers whose texts
//! are decimal event codes. Samples at or beyond the limits of the converter are missing or saturated, and `NaN`, as
//! BioSig reads them. Where a new run begins (event 32766), a gap of unknown length is noted.

mod codes;
mod events;
mod header;
mod kind;
mod physical;
mod signals;

pub use codes::event_name;

use crate::RecordedStream;
use crate::bytes::{Bytes, Unreadable};
use crate::recording::Contents;
use crate::stored::{Outline, Placed};
use crate::stream::Stretch;
use crate::timeline::Timeline;
use crate::warnings::Warnings;
use header::Header;
use motrace_core::{Channel, Role, StreamInfo};
use signals::Signals;
use std::sync::Arc;

/// Everything but the samples of a GDF file, and where those are.
pub(crate) fn outline(bytes: &mut impl Bytes) -> Result<Outline, Unreadable> {
    let mut warnings = Warnings::default();
    let extent = Header::extent(bytes.first(256)?);
    let file_bytes = bytes.len();
    let header = Header::parse(bytes.first(extent)?, file_bytes, &mut warnings)?;
    let records = count_records(&header, file_bytes - header.bytes, &mut warnings);

    // Behind an unfinished recording there is no event table.
    let is_complete = header.records.is_some_and(|announced| header.record_bytes == 0 || announced == records);
    let fastest_hz = header.signals.iter().map(|s| header.rate_hz(s)).fold(0.0, f64::max);
    let table = if is_complete {
        let begin = header.bytes + records * header.record_bytes;
        let rest = file_bytes - begin;
        let length = events::length(bytes.get(begin..begin + rest.min(8))?, header.version);
        let table = bytes.get(begin..begin + rest.min(length))?;
        events::read(table, header.version, fastest_hz, &header.texts, &mut warnings)
    } else {
        events::Table::default()
    };

    let mut rates: Vec<usize> = Vec::new();
    for signal in header.signals.iter().filter(|s| s.samples > 0) {
        if !rates.contains(&signal.samples) {
            rates.push(signal.samples);
        }
    }
    let sparse = header.signals.iter().filter(|s| s.samples == 0).count();
    if sparse > 0 {
        warnings.push(format!("{sparse} channels have no regular samples and were not read"));
    }
    let mut streams = Vec::new();
    let mut signals: Vec<(Arc<dyn Placed>, Timeline)> = Vec::new();
    for samples in rates {
        let id = streams.len() as u32 + 1;
        let of_rate = Signals::of(&header, samples, records);
        let (stream, timeline) = signal_stream(id, &of_rate, header.rate_hz(&of_rate.signals[0]), &table.new_runs_secs);
        streams.push(stream);
        signals.push((Arc::new(of_rate), timeline));
    }
    if streams.is_empty() && table.events.is_empty() {
        return Err("its header announces no signals, and it holds no events".into());
    }
    if !table.events.is_empty() {
        streams.push(RecordedStream::of_events(streams.len() as u32 + 1, "GDF events".into(), table.events));
    }
    let contents = Contents {
        streams,
        warnings,
        start: header.start,
        version: format!("GDF {:.2}", header.version),
        written_by: header.written_by,
    };
    Ok(Outline { contents, signals })
}

/// How many complete records there are; the file's size decides where it holds fewer than the header announces.
fn count_records(header: &Header, data_bytes: usize, warnings: &mut Warnings) -> usize {
    let complete = data_bytes.checked_div(header.record_bytes).unwrap_or(0);
    match header.records {
        None => {
            warnings.push(format!(
                "the number of records is not given (the recording was not closed); {complete} are there, without events"
            ));
            complete
        }
        Some(_) if header.record_bytes == 0 => 0,
        Some(announced) if announced > complete => {
            warnings.push(format!(
                "the header announces {announced} records; {complete} are there and were read; the events are missing"
            ));
            complete
        }
        Some(announced) => announced,
    }
}

/// The description of a stream, without samples and stamps, and when its samples are.
fn signal_stream(id: u32, signals: &Signals, rate_hz: f64, new_runs_secs: &[f64]) -> (RecordedStream, Timeline) {
    let channels: Vec<Channel> = signals.signals.iter().map(|s| s.channel.clone()).collect();
    let kind = if channels.iter().any(|c| c.role == Role::Eeg) { "EEG" } else { "Misc" };
    let info = StreamInfo {
        name: format!("signals at {rate_hz} Hz"),
        kind: kind.into(),
        rate_hz,
        channels,
        ..StreamInfo::default()
    };
    let count = signals.count();
    let mut firsts: Vec<usize> = new_runs_secs
        .iter()
        .map(|secs| (secs * rate_hz - 1e-6).ceil() as usize)
        .filter(|first| (1..count).contains(first))
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    let stretches: Vec<Stretch> =
        std::iter::once(0).chain(firsts).map(|first| Stretch { first, start_secs: first as f64 / rate_hz }).collect();
    let (mut stream, timeline) = RecordedStream::sampled(id, info, &stretches, count);
    stream.resolutions = signals.signals.iter().map(|s| s.resolution()).collect();
    if signals.signals.iter().any(|s| s.position.is_some()) {
        stream.positions = signals.signals.iter().map(|s| s.position).collect();
    }
    (stream, timeline)
}
