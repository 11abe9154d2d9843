//! BCI2000 `.dat` files, versions 1.0 and 1.1: reading.
//!
//! Each sample is followed by the states of the system at that moment. Signals become one stream, in physical units;
//! a change of a state becomes a marker such as `TargetCode=1`.

mod header;
mod states;

use crate::recording::Contents;
use crate::stream::Stretch;
use crate::warnings::Warnings;
use crate::{RecordedStream, Samples};
use header::{Header, NumberFormat};
use motrace_core::{Role, StreamInfo};

/// Reads everything that can be read from a `.dat` file.
pub(crate) fn read(bytes: &[u8]) -> Result<Contents, String> {
    let mut warnings = Warnings::default();
    let header = Header::parse(bytes, &mut warnings)?;
    let data = &bytes[header.bytes..];
    let row_bytes = header.signal_bytes() + header.state_bytes;
    let left = data.len() % row_bytes;
    if left > 0 {
        warnings.push(format!("the last {left} bytes are not a complete sample and were not read"));
    }
    // Wide numbers are kept as they are; single precision tells all others apart.
    let samples = match header.format {
        NumberFormat::Int16 => {
            Samples::F32(scaled(&header, data, |b: [u8; 2]| f64::from(i16::from_le_bytes(b)), |v| v as f32))
        }
        NumberFormat::Float32 => {
            Samples::F32(scaled(&header, data, |b: [u8; 4]| f64::from(f32::from_le_bytes(b)), |v| v as f32))
        }
        NumberFormat::Int32 => {
            Samples::F64(scaled(&header, data, |b: [u8; 4]| f64::from(i32::from_le_bytes(b)), |v| v))
        }
    };
    let resolutions = header.stored();
    let events = states::changes(&header, data, &mut warnings);
    let kind = if header.channels.iter().any(|c| c.role == Role::Eeg) { "EEG" } else { "Misc" };
    let info = StreamInfo {
        name: format!("signals at {} Hz", header.rate_hz),
        kind: kind.into(),
        rate_hz: header.rate_hz,
        channels: header.channels,
        ..StreamInfo::default()
    };
    let whole = [Stretch { first: 0, start_secs: 0.0 }];
    let mut signal = RecordedStream::sampled(1, info, samples, &whole);
    signal.resolutions = resolutions;
    let mut streams = vec![signal];
    if !events.is_empty() {
        streams.push(RecordedStream::of_events(2, "BCI2000 states".into(), events));
    }
    Ok(Contents { streams, warnings, start: header.start, version: header.version, written_by: header.written_by })
}

/// All samples, `[samples × channels]`, in the unit of each channel.
fn scaled<V, const N: usize>(
    header: &Header,
    data: &[u8],
    number: impl Fn([u8; N]) -> f64,
    cast: impl Fn(f64) -> V,
) -> Vec<V> {
    let row_bytes = header.signal_bytes() + header.state_bytes;
    let mut values = Vec::with_capacity(data.len() / row_bytes * header.channels.len());
    for row in data.chunks_exact(row_bytes) {
        let numbers = row[..header.signal_bytes()].as_chunks::<N>().0;
        values.extend(numbers.iter().zip(&header.scales).map(|(b, scale)| {
            // The offset is in units of the converter.
            cast((number(*b) - scale.offset) * scale.gain)
        }));
    }
    values
}
