//! EDF (Kemp 1992), EDF+ (Kemp and Olivan 2003) and their 24-bit relatives BDF and BDF+: reading, and writing in [`write`].
//!
//! Signals are grouped by sampling rate, each group a stream; annotations become a text stream. Time 0 is the
//! start that the header gives. Discontinuous files keep their gaps. Plain files have no annotations; their trigger line
//! gives the markers.

mod annotations;
mod header;
mod onsets;
mod status;
pub(crate) mod write;

use crate::recording::Contents;
use crate::stream::FileEvent;
use crate::warnings::Warnings;
use crate::{EventDetail, Format, RecordedStream, Samples};
use annotations::Annotation;
use header::{Header, Signal};
use motrace_core::{Channel, Role, StreamInfo, Unit};

/// Samples of all channels that are put in order at a time.
const BLOCK_SAMPLES: usize = 32;

/// Reads everything that can be read from an EDF or BDF file.
pub(crate) fn read(bytes: &[u8], format: Format) -> Result<Contents, String> {
    let mut warnings = Warnings::default();
    let header = Header::parse(bytes, format, &mut warnings)?;
    let data = &bytes[header.bytes..];
    let records = count_records(&header, data, &mut warnings);
    let data = &data[..records * header.record_bytes];

    let mut annotations = Vec::new();
    let mut record_onsets = vec![None; records];
    if header.signals.iter().any(|s| s.is_annotations) {
        for (onset, record) in record_onsets.iter_mut().zip(data.chunks_exact(header.record_bytes.max(1))) {
            let mut channels = header.signals.iter().filter(|s| s.is_annotations);
            // The first list of the first annotation signal tells when the record begins.
            let first = channels.next().map(|s| &record[s.bytes()]);
            *onset = first.and_then(|tal| annotations::read(tal, true, &mut annotations));
            for signal in channels {
                annotations::read(&record[signal.bytes()], false, &mut annotations);
            }
        }
    }
    let onsets = onsets::of_records(&record_onsets, header.record_secs, &mut warnings);

    let mut rates: Vec<usize> = Vec::new();
    for signal in header.signals.iter().filter(|s| !s.is_annotations && s.samples > 0) {
        if !rates.contains(&signal.samples) {
            rates.push(signal.samples);
        }
    }
    let mut streams = Vec::new();
    for samples_per_record in rates {
        let id = streams.len() as u32 + 1;
        streams.push(signal_stream(id, samples_per_record, &header, data, &onsets));
    }
    if header.signals.iter().any(|s| s.is_annotations) {
        annotations.sort_by(|a, b| a.onset_secs.total_cmp(&b.onset_secs));
        streams.push(annotation_stream(streams.len() as u32 + 1, annotations, format));
    } else {
        let id = streams.len() as u32 + 1;
        streams.extend(status::markers(id, &header, data, &onsets.secs, &mut warnings));
    }
    if streams.is_empty() {
        return Err("its header announces no signals".into());
    }
    Ok(Contents { streams, warnings, start: header.start, version: header.version, ..Contents::default() })
}

/// How many complete records there are; the file's size decides, not the header.
fn count_records(header: &Header, data: &[u8], warnings: &mut Warnings) -> usize {
    if header.record_bytes == 0 {
        return 0;
    }
    let complete = data.len() / header.record_bytes;
    let left = data.len() % header.record_bytes;
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

fn signal_stream(id: u32, samples: usize, header: &Header, data: &[u8], onsets: &onsets::Onsets) -> RecordedStream {
    let signals: Vec<&Signal> = header.signals.iter().filter(|s| !s.is_annotations && s.samples == samples).collect();
    let channels: Vec<Channel> = signals
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
    let count = signals.len();
    let records = onsets.secs.len();
    let mut values = vec![0.0_f32; records * samples * count];
    for (record, rows) in data.chunks_exact(header.record_bytes).zip(values.chunks_exact_mut(samples * count)) {
        // A record holds channel after channel: a few samples of all of them at a time stay in the cache.
        for (block, rows) in rows.chunks_mut(BLOCK_SAMPLES * count).enumerate() {
            for (c, signal) in signals.iter().enumerate() {
                let column = rows[c..].iter_mut().step_by(count);
                let bytes = &record[signal.bytes()][block * BLOCK_SAMPLES * header.sample_bytes..];
                match header.sample_bytes {
                    2 => column.zip(bytes.as_chunks::<2>().0).for_each(|(v, b)| {
                        *v = signal.scale(i32::from(i16::from_le_bytes(*b)));
                    }),
                    _ => column.zip(bytes.as_chunks::<3>().0).for_each(|(v, [a, b, c])| {
                        *v = signal.scale(i32::from_le_bytes([0, *a, *b, *c]) >> 8);
                    }),
                }
            }
        }
    }
    let rate_hz = samples as f64 / header.record_secs;
    let stamps_secs: Vec<f64> =
        onsets.secs.iter().flat_map(|onset| (0..samples).map(move |i| onset + i as f64 / rate_hz)).collect();
    let kind = if channels.iter().any(|c| c.role == Role::Eeg) { "EEG" } else { "Misc" };
    let info = StreamInfo {
        name: format!("signals at {rate_hz} Hz"),
        kind: kind.into(),
        rate_hz,
        channels,
        ..StreamInfo::default()
    };
    let mut stream = RecordedStream {
        id,
        samples: Samples::F32(values),
        gaps: onsets.gaps(samples, rate_hz),
        rate_between_gaps_hz: rate_hz,
        stamps_secs,
        resolutions: signals.iter().map(|s| Some(s.resolution())).collect(),
        ..RecordedStream::empty(info)
    };
    let duration = stream.duration_secs();
    stream.effective_rate_hz = if duration > 0.0 { (stream.sample_count() - 1) as f64 / duration } else { rate_hz };
    stream
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
