//! Whether what was written, read again, is what it was made from.

use super::report::{Compared, ConvertedChannel, ConvertedStream};
use super::written::{WrittenEvent, WrittenStream};
use super::xdf;
use crate::edf::write::Stored;
use crate::{RecordedEvent, RecordedStream, Recording, Samples};
use motrace_core::{Unit, clean_text};
use std::collections::BTreeMap;

/// What the comparison says of all streams and markers; an error names the first difference that is not expected.
pub(super) struct Comparison {
    pub(super) compared: Compared,
    pub(super) streams: Vec<ConvertedStream>,
}

/// Compares the streams of EDF, BDF or BrainVision.
pub(super) fn signals(
    source: &Recording,
    streams: &[WrittenStream],
    events: &[WrittenEvent],
    again: &Recording,
) -> Result<Comparison, String> {
    let mut compared = Compared::default();
    let mut converted = Vec::with_capacity(streams.len());
    let mut found = again.streams.iter().filter(|s| !s.info.is_text);
    for written in streams {
        let Some(stream) = source.streams.get(written.source) else { continue };
        let name = clean_text(&stream.info.name, 40);
        let read = found.next().ok_or_else(|| format!("stream {name:?} is not in it"))?;
        converted
            .push(signal(stream, written, read, &mut compared).map_err(|what| format!("stream {name:?}: {what}"))?);
    }
    let period = streams.first().map_or(1.0, |s| 1.0 / s.rate_hz);
    let mut notes = again.events();
    // The segments of BrainVision are not markers of the source.
    notes.retain(|e| {
        !(e.text == "New Segment" && e.detail.name.is_empty() && again.format == crate::Format::BrainVision)
    });
    markers(events, &notes, period, &mut compared)?;
    Ok(Comparison { compared, streams: converted })
}

fn signal(
    stream: &RecordedStream,
    written: &WrittenStream,
    read: &RecordedStream,
    compared: &mut Compared,
) -> Result<ConvertedStream, String> {
    let channels = stream.info.channels.len();
    let count = stream.sample_count();
    if read.info.channels.len() != channels || read.sample_count() != count + written.padding {
        return Err(format!(
            "{} channels and {} samples are there, {channels} and {} were written",
            read.info.channels.len(),
            read.sample_count(),
            count + written.padding
        ));
    }
    if (read.info.rate_hz / written.rate_hz - 1.0).abs() > 1e-9 {
        return Err(format!("its rate is {} Hz, {} Hz were written", read.info.rate_hz, written.rate_hz));
    }
    for (stretch, number) in written.course.stretches.iter().zip(0..) {
        let begins = read.time_of_index(stretch.first as u64);
        let is_there = number == 0 || read.gaps.iter().any(|g| g.index == stretch.first as u64);
        if !is_there || (begins - stretch.written_secs).abs() > 0.5 / written.rate_hz {
            return Err(format!("the pause before sample {} is not where it was", stretch.first));
        }
    }
    let mut converted = Vec::with_capacity(channels);
    for (c, channel) in stream.info.channels.iter().enumerate() {
        let label = written.labels.get(c).cloned().unwrap_or_default();
        let found = &read.info.channels[c].label;
        if *found != label {
            return Err(format!("channel {} is called {:?}, not {label:?}", c + 1, clean_text(found, 40)));
        }
        let encoding = written.encodings.get(c);
        let mut largest = 0.0_f64;
        for i in 0..count {
            let at = i * channels + c;
            let value = stream.samples.value(at).unwrap_or(f64::NAN);
            let again = read.samples.value(at).unwrap_or(f64::NAN);
            compared.values += 1;
            let Some(encoding) = encoding else {
                let single = value as f32;
                if single.to_bits() != (again as f32).to_bits() && !(single.is_nan() && again.is_nan()) {
                    return Err(format!(
                        "sample {i} of channel {:?} is {again}, {single} was written",
                        clean_text(&label, 20)
                    ));
                }
                if value.is_finite() {
                    let difference = (again - value).abs();
                    largest = largest.max(difference);
                    compared.changed += u64::from(difference > 0.0);
                }
                continue;
            };
            let expected = value * encoding.factor;
            let difference = (again - expected).abs();
            match encoding.store(value) {
                Stored::Kept(_) => {
                    // Half a step, and what single precision rounds.
                    if difference.is_nan()
                        || difference > 0.52 * encoding.step.abs() + 3e-7 * expected.abs().max(again.abs())
                    {
                        return Err(format!(
                            "sample {i} of channel {:?} is {again}, further than half a step from {expected}",
                            clean_text(&label, 20)
                        ));
                    }
                    largest = largest.max(difference);
                    compared.changed += u64::from(difference > 1e-6 * encoding.step.abs());
                }
                Stored::Clipped(_) | Stored::Missing(_) => compared.changed += 1,
            }
        }
        let unit = encoding.map_or(&channel.unit, |e| &e.unit);
        if unit.in_volts() != read.info.channels[c].unit.in_volts() {
            return Err(format!("channel {:?} has another unit", clean_text(&label, 20)));
        }
        let step = encoding.map(|e| e.step.abs());
        converted.push(ConvertedChannel {
            label,
            source_label: channel.label.clone(),
            unit: unit.name().to_owned(),
            step,
            step_volts: step.zip(unit.in_volts()).map(|(step, volts)| step * volts),
            largest_difference: largest,
            clipped: written.clipped[c],
            not_numbers: written.missing[c],
        });
    }
    Ok(ConvertedStream {
        name: stream.info.name.clone(),
        samples: count,
        filled_samples: written.padding,
        rate_hz: written.rate_hz,
        gaps: written.course.stretches.len().saturating_sub(1),
        channels: converted,
    })
}

/// Compares markers: for each text as many, each within a sample of where it belongs.
fn markers(
    written: &[WrittenEvent],
    read: &[RecordedEvent],
    period_secs: f64,
    compared: &mut Compared,
) -> Result<(), String> {
    let mut expected: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut found: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    written.iter().for_each(|e| expected.entry(&e.text).or_default().push(e.time_secs));
    read.iter().for_each(|e| found.entry(&e.text).or_default().push(e.time_secs));
    for (text, times) in &mut expected {
        let nothing = &mut Vec::new();
        let again = found.get_mut(text).unwrap_or(nothing);
        let shown = clean_text(text, 60);
        if times.len() != again.len() {
            return Err(format!("{} markers {shown:?} are there, {} were written", again.len(), times.len()));
        }
        times.sort_by(f64::total_cmp);
        again.sort_by(f64::total_cmp);
        for (before, after) in times.iter().zip(again.iter()) {
            let shift = (after - before).abs() / period_secs;
            if shift > 1.0 + 1e-6 {
                return Err(format!("a marker {shown:?} is at {after} s, it was written at {before} s"));
            }
            compared.largest_marker_shift_samples = compared.largest_marker_shift_samples.max(shift);
            compared.markers += 1;
        }
    }
    match found.keys().find(|text| !expected.contains_key(*text)) {
        Some(text) => Err(format!("a marker {:?} is there that was not written", clean_text(text, 60))),
        None => Ok(()),
    }
}

/// Compares the streams of XDF, which are the same but for what XML does to names.
pub(super) fn streams(source: &Recording, places: &[usize], again: &Recording) -> Result<Comparison, String> {
    let mut compared = Compared::default();
    let mut converted = Vec::with_capacity(places.len());
    for (number, stream) in places.iter().filter_map(|p| source.streams.get(*p)).enumerate() {
        let name = clean_text(&stream.info.name, 40);
        let read = again.streams.get(number).ok_or_else(|| format!("stream {name:?} is not in it"))?;
        if read.samples.len() != stream.samples.len() || !is_same(&stream.samples, &read.samples) {
            return Err(format!("stream {name:?}: its samples are others"));
        }
        let (ours, theirs) = (xdf::stamps(stream), xdf::stamps(read));
        if ours.len() != theirs.len() || ours.iter().zip(theirs).any(|(a, b)| (a - b).abs() > 1e-12) {
            return Err(format!("stream {name:?}: its times are others"));
        }
        if read.info.rate_hz != stream.info.rate_hz || read.info.channels.len() != stream.info.channels.len() {
            return Err(format!("stream {name:?}: its rate or its channels are others"));
        }
        compared.values += if stream.info.is_text { 0 } else { stream.samples.len() as u64 };
        compared.markers += if stream.info.is_text { stream.samples.len() as u64 } else { 0 };
        let channels = stream.info.channels.iter().zip(&read.info.channels).map(|(ours, theirs)| ConvertedChannel {
            label: theirs.label.clone(),
            source_label: ours.label.clone(),
            unit: ours.unit.name().to_owned(),
            step: None,
            step_volts: None,
            largest_difference: 0.0,
            clipped: 0,
            not_numbers: 0,
        });
        converted.push(ConvertedStream {
            name: stream.info.name.clone(),
            samples: stream.sample_count(),
            filled_samples: 0,
            rate_hz: stream.info.rate_hz,
            gaps: stream.gaps.len(),
            channels: channels.collect(),
        });
    }
    Ok(Comparison { compared, streams: converted })
}

/// Whether all values are the same, to the bit.
fn is_same(a: &Samples, b: &Samples) -> bool {
    match (a, b) {
        (Samples::F32(a), Samples::F32(b)) => a.iter().map(|v| v.to_bits()).eq(b.iter().map(|v| v.to_bits())),
        (Samples::F64(a), Samples::F64(b)) => a.iter().map(|v| v.to_bits()).eq(b.iter().map(|v| v.to_bits())),
        (a, b) => a == b,
    }
}

/// What of the channels reads otherwise than it was.
pub(super) fn channels(stream: &RecordedStream, read: &RecordedStream, lost: &mut super::Losses) {
    let pairs = || stream.info.channels.iter().zip(&read.info.channels);
    let roles = pairs().filter(|(a, b)| a.role != b.role).count();
    lost.count(roles, "channels are told by their labels: that they are no EEG, or of which other kind, is lost");
    let units: Vec<String> = pairs()
        .filter(|(a, b)| a.unit != b.unit)
        .map(|(a, b)| {
            let shown = |unit: &Unit| clean_text(&unit.to_string(), 20);
            format!("{} {} → {}", clean_text(&a.label, 20), shown(&a.unit), shown(&b.unit))
        })
        .collect();
    if !units.is_empty() {
        let more = units.len().saturating_sub(4);
        let list = units.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        lost.push(format!("units are written otherwise: {list}{rest}"));
    }
    let labels: Vec<String> = pairs()
        .filter(|(a, b)| a.label.trim() != b.label)
        .map(|(a, b)| format!("{:?} → {:?}", clean_text(&a.label, 40), clean_text(&b.label, 40)))
        .collect();
    if !labels.is_empty() {
        let more = labels.len().saturating_sub(8);
        let list = labels.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        lost.push(format!("labels are written otherwise: {list}{rest}"));
    }
    let positions = stream.positions.iter().filter(|p| p.is_some()).count();
    if read.positions.is_empty() {
        lost.count(positions, "positions of electrodes are lost");
    }
}
