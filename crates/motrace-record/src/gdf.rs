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

pub use codes::event_name;

use crate::recording::Contents;
use crate::stream::Stretch;
use crate::warnings::Warnings;
use crate::{RecordedStream, Samples};
use header::{Header, Signal};
use motrace_core::{Channel, Role, StreamInfo, clean_text};

/// Samples of all channels that are put in order at a time.
const BLOCK_SAMPLES: usize = 32;

/// Reads everything that can be read from a GDF file.
pub(crate) fn read(bytes: &[u8]) -> Result<Contents, String> {
    let mut warnings = Warnings::default();
    let header = Header::parse(bytes, &mut warnings)?;
    let after_header = &bytes[header.bytes..];
    let records = count_records(&header, after_header, &mut warnings);
    let (data, rest) = after_header.split_at(records * header.record_bytes);

    // Behind an unfinished recording there is no event table.
    let is_complete = header.records.is_some_and(|announced| header.record_bytes == 0 || announced == records);
    let fastest_hz = header.signals.iter().map(|s| header.rate_hz(s)).fold(0.0, f64::max);
    let table = if is_complete {
        events::read(rest, header.version, fastest_hz, &header.texts, &mut warnings)
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
    for samples in rates {
        let id = streams.len() as u32 + 1;
        streams.push(signal_stream(id, samples, &header, data, &table.new_runs_secs, &mut warnings));
    }
    if streams.is_empty() && table.events.is_empty() {
        return Err("its header announces no signals, and it holds no events".into());
    }
    if !table.events.is_empty() {
        streams.push(RecordedStream::of_events(streams.len() as u32 + 1, "GDF events".into(), table.events));
    }
    Ok(Contents {
        streams,
        warnings,
        start: header.start,
        version: format!("GDF {:.2}", header.version),
        written_by: header.written_by,
    })
}

/// How many complete records there are; the file's size decides where it holds fewer than the header announces.
fn count_records(header: &Header, data: &[u8], warnings: &mut Warnings) -> usize {
    let complete = data.len().checked_div(header.record_bytes).unwrap_or(0);
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

fn signal_stream(
    id: u32,
    samples: usize,
    header: &Header,
    data: &[u8],
    new_runs_secs: &[f64],
    warnings: &mut Warnings,
) -> RecordedStream {
    let signals: Vec<&Signal> = header.signals.iter().filter(|s| s.samples == samples).collect();
    let rate_hz = header.rate_hz(signals[0]);
    let values = if signals.iter().all(|s| s.kind.fits_f32()) {
        Samples::F32(interleaved(&signals, header.record_bytes, data, |v| v as f32))
    } else {
        Samples::F64(interleaved(&signals, header.record_bytes, data, |v| v))
    };
    let missing = match &values {
        Samples::F32(v) => missing_by_channel(v, signals.len(), |v| v.is_nan()),
        Samples::F64(v) => missing_by_channel(v, signals.len(), |v| v.is_nan()),
        _ => Vec::new(),
    };
    let total: usize = missing.iter().sum();
    if total > 0 {
        let of_channels = signals.iter().zip(&missing).filter(|(_, count)| **count > 0);
        let names: Vec<String> =
            of_channels.take(12).map(|(s, count)| format!("{} {count}", clean_text(&s.channel.label, 20))).collect();
        warnings.push(format!(
            "{total} samples are missing or at the limits of the converter, and not numbers ({})",
            names.join(", ")
        ));
    }
    let channels: Vec<Channel> = signals.iter().map(|s| s.channel.clone()).collect();
    let kind = if channels.iter().any(|c| c.role == Role::Eeg) { "EEG" } else { "Misc" };
    let info = StreamInfo {
        name: format!("signals at {rate_hz} Hz"),
        kind: kind.into(),
        rate_hz,
        channels,
        ..StreamInfo::default()
    };
    let count = values.len() / signals.len();
    let mut firsts: Vec<usize> = new_runs_secs
        .iter()
        .map(|secs| (secs * rate_hz - 1e-6).ceil() as usize)
        .filter(|first| (1..count).contains(first))
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    let stretches: Vec<Stretch> =
        std::iter::once(0).chain(firsts).map(|first| Stretch { first, start_secs: first as f64 / rate_hz }).collect();
    let mut stream = RecordedStream::sampled(id, info, values, &stretches);
    stream.resolutions = signals.iter().map(|s| s.resolution()).collect();
    if signals.iter().any(|s| s.position.is_some()) {
        stream.positions = signals.iter().map(|s| s.position).collect();
    }
    stream
}

/// All samples of some signals, `[samples × signals]`.
fn interleaved<V: Clone + Default>(
    signals: &[&Signal],
    record_bytes: usize,
    data: &[u8],
    cast: impl Fn(f64) -> V + Copy,
) -> Vec<V> {
    let (count, samples) = (signals.len(), signals[0].samples);
    let records = data.len() / record_bytes;
    let mut values = vec![V::default(); records * samples * count];
    let is_one_row = samples == 1
        && signals.windows(2).all(|pair| pair[0].kind == pair[1].kind && pair[0].bytes().end == pair[1].bytes().start);
    if is_one_row {
        let (kind, begin) = (signals[0].kind, signals[0].bytes().start);
        for (record, row) in data.chunks_exact(record_bytes).zip(values.chunks_exact_mut(count)) {
            let mut scales = signals.iter().map(|s| s.scale);
            kind.decode(&record[begin..], row.iter_mut(), |raw| {
                scales.next().map_or_else(V::default, |scale| cast(scale.of(raw)))
            });
        }
        return values;
    }
    for (record, rows) in data.chunks_exact(record_bytes).zip(values.chunks_exact_mut(samples * count)) {
        // A record holds channel after channel: a few samples of all of them at a time stay in the cache.
        for (block, rows) in rows.chunks_mut(BLOCK_SAMPLES * count).enumerate() {
            for (c, signal) in signals.iter().enumerate() {
                let bytes = &record[signal.bytes()][block * BLOCK_SAMPLES * signal.kind.bytes()..];
                signal.kind.decode(bytes, rows[c..].iter_mut().step_by(count), |raw| cast(signal.scale.of(raw)));
            }
        }
    }
    values
}

/// How many samples of each channel are not numbers; nothing if all are.
fn missing_by_channel<V>(values: &[V], channels: usize, is_missing: impl Fn(&V) -> bool) -> Vec<usize> {
    if !values.iter().any(&is_missing) {
        return Vec::new();
    }
    let mut counts = vec![0; channels];
    for row in values.chunks_exact(channels) {
        counts.iter_mut().zip(row).for_each(|(count, value)| *count += usize::from(is_missing(value)));
    }
    counts
}
