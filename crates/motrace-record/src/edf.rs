//! EDF (Kemp 1992), EDF+ (Kemp and Olivan 2003) and their 24-bit relatives BDF and BDF+: reading, and writing in [`write`].
//!
//! Signals are grouped by sampling rate, each group a stream; annotations become a text stream. Time 0 is the
//! start that the header gives. Discontinuous files keep their gaps. Plain files have no annotations; their trigger line
//! gives the markers.

mod annotations;
mod header;
mod onsets;
mod signals;
mod status;
pub(crate) mod write;

use crate::bytes::{Bytes, Unreadable};
use crate::recording::Contents;
use crate::stored::{Outline, Placed};
use crate::stream::FileEvent;
use crate::timeline::Timeline;
use crate::warnings::Warnings;
use crate::{EventDetail, Format, RecordedStream};
use annotations::Annotation;
use header::Header;
use motrace_core::{Channel, Role, StreamInfo, Unit};
use onsets::Onsets;
use signals::Signals;
use std::io;
use std::sync::Arc;

/// Records longer than this are not read whole for the sake of their annotations.
const FAR_BYTES: usize = 1 << 14;

/// Everything but the samples of an EDF or BDF file, and where those are.
pub(crate) fn outline(bytes: &mut impl Bytes, format: Format) -> Result<Outline, Unreadable> {
    let mut warnings = Warnings::default();
    let extent = Header::extent(bytes.first(256)?);
    let header = Header::parse(bytes.first(extent)?, format, &mut warnings)?;
    let records = count_records(&header, bytes.len() - header.bytes, &mut warnings);
    let has_annotations = header.signals.iter().any(|s| s.is_annotations);
    let mut annotations = Vec::new();
    let onsets = if has_annotations {
        let onsets = read_annotations(bytes, &header, records, &mut annotations)?;
        onsets.remark(&mut warnings);
        onsets
    } else {
        Onsets::even(header.record_secs, records)
    };

    let mut rates: Vec<usize> = Vec::new();
    for signal in header.signals.iter().filter(|s| !s.is_annotations && s.samples > 0) {
        if !rates.contains(&signal.samples) {
            rates.push(signal.samples);
        }
    }
    let mut streams = Vec::new();
    let mut signals: Vec<(Arc<dyn Placed>, Timeline)> = Vec::new();
    for samples_per_record in rates {
        let id = streams.len() as u32 + 1;
        let of_rate = Signals::of(&header, samples_per_record, records);
        let (stream, timeline) = signal_stream(id, &of_rate, &onsets);
        streams.push(stream);
        signals.push((Arc::new(of_rate), timeline));
    }
    let id = streams.len() as u32 + 1;
    if has_annotations {
        annotations.sort_by(|a, b| a.onset_secs.total_cmp(&b.onset_secs));
        streams.push(annotation_stream(id, annotations, format));
    } else {
        streams.extend(status::markers(id, &header, bytes, &onsets, &mut warnings)?);
    }
    if streams.is_empty() {
        return Err("its header announces no signals".into());
    }
    let contents = Contents { streams, warnings, start: header.start, version: header.version, ..Contents::default() };
    Ok(Outline { contents, signals })
}

/// Annotations, and when records begin: the first list of the first annotation signal tells.
fn read_annotations(
    bytes: &mut impl Bytes,
    header: &Header,
    records: usize,
    into: &mut Vec<Annotation>,
) -> io::Result<Onsets> {
    let mut onsets = Onsets::new(header.record_secs);
    for record in 0..records {
        let mut onset = None;
        for (number, signal) in header.signals.iter().filter(|s| s.is_annotations).enumerate() {
            let range = header.in_record(record, signal.bytes());
            // Between lists that lie far apart nothing is wanted.
            let lists = if header.record_bytes > FAR_BYTES { bytes.get_alone(range)? } else { bytes.get(range)? };
            let given = annotations::read(lists, number == 0, into);
            onset = onset.or(given);
        }
        onsets.push(onset);
    }
    Ok(onsets)
}

/// How many complete records there are; the file's size decides, not the header.
fn count_records(header: &Header, data_bytes: usize, warnings: &mut Warnings) -> usize {
    if header.record_bytes == 0 {
        return 0;
    }
    let complete = data_bytes / header.record_bytes;
    let left = data_bytes % header.record_bytes;
    match header.records {
        None => warnings
            .push(format!("the number of records is not given (the recording was not closed); {complete} are there")),
        Some(announced) if announced != complete => {
            warnings.push(format!("the header announces {announced} records; {complete} are there and were read"));
        }
        Some(_) => {}
    }
    if left > 0 {
        warnings.push(format!("the last {left} bytes are not a complete record and were not read"));
    }
    complete
}

/// The description of a stream, without samples and stamps, and when its samples are.
fn signal_stream(id: u32, signals: &Signals, onsets: &Onsets) -> (RecordedStream, Timeline) {
    let channels: Vec<Channel> = signals
        .signals
        .iter()
        .map(|s| {
            let (label, unit) = (s.label.clone(), Unit::parse(&s.unit));
            let role = match Role::infer("", &label) {
                // Temperature, pressure, saturation: whatever it is called, it is no brain signal.
                Role::Eeg if matches!(unit, Unit::Other(_)) => Role::Aux,
                role => role,
            };
            Channel { label, role, unit }
        })
        .collect();
    let samples = signals.samples;
    let rate_hz = samples as f64 / onsets.record_secs;
    let timeline = Timeline::Records {
        onsets: onsets.onsets.clone(),
        record_secs: onsets.record_secs,
        samples,
        rate_hz,
        count: onsets.records * samples,
    };
    let kind = if channels.iter().any(|c| c.role == Role::Eeg) { "EEG" } else { "Misc" };
    let info = StreamInfo {
        name: format!("signals at {rate_hz} Hz"),
        kind: kind.into(),
        rate_hz,
        channels,
        ..StreamInfo::default()
    };
    let stream = RecordedStream {
        id,
        gaps: onsets.gaps(samples, rate_hz),
        rate_between_gaps_hz: rate_hz,
        effective_rate_hz: timeline.effective_rate_hz(rate_hz),
        resolutions: signals.signals.iter().map(|s| Some(s.resolution())).collect(),
        ..RecordedStream::empty(info)
    };
    (stream, timeline)
}

fn annotation_stream(id: u32, annotations: Vec<Annotation>, format: Format) -> RecordedStream {
    let events = annotations.into_iter().map(|a| FileEvent {
        time_secs: a.onset_secs,
        duration_secs: a.duration_secs,
        text: a.text,
        detail: EventDetail::default(),
    });
    RecordedStream::of_events(id, format!("{} Annotations", format.name()), events.collect())
}
