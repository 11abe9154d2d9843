use super::header::{Header, NumberFormat};
use crate::Samples;
use crate::warnings::Warnings;

/// Reads all complete samples.
pub(crate) fn read(header: &Header, data: &[u8], warnings: &mut Warnings) -> Samples {
    // Wide numbers are kept as they are; single precision tells all others apart.
    match header.format {
        NumberFormat::Int16 => {
            Samples::F32(ordered(header, data, warnings, |b: [u8; 2]| f64::from(i16::from_le_bytes(b)), |v| v as f32))
        }
        NumberFormat::Uint16 => {
            Samples::F32(ordered(header, data, warnings, |b: [u8; 2]| f64::from(u16::from_le_bytes(b)), |v| v as f32))
        }
        NumberFormat::Float32 => {
            Samples::F32(ordered(header, data, warnings, |b: [u8; 4]| f64::from(f32::from_le_bytes(b)), |v| v as f32))
        }
        NumberFormat::Int32 => {
            Samples::F64(ordered(header, data, warnings, |b: [u8; 4]| f64::from(i32::from_le_bytes(b)), |v| v))
        }
        NumberFormat::Float64 => Samples::F64(ordered(header, data, warnings, f64::from_le_bytes, |v| v)),
    }
}

/// All samples, `[samples × channels]`, in the unit of each channel.
fn ordered<V: Clone + Default, const N: usize>(
    header: &Header,
    data: &[u8],
    warnings: &mut Warnings,
    number: impl Fn([u8; N]) -> f64,
    cast: impl Fn(f64) -> V,
) -> Vec<V> {
    debug_assert_eq!(N, header.format.bytes());
    let (channels, stored) = (header.channels.len(), header.channels.len() + header.hidden);
    let numbers = data.as_chunks::<N>().0;
    let value = |bytes: [u8; N], resolution: f64| {
        let bytes = if header.is_big_endian { reversed(bytes) } else { bytes };
        cast(number(bytes) * resolution)
    };
    let there = numbers.len() / stored;
    let points = match header.points {
        Some(announced) if header.is_vectorised && announced > 0 => announced,
        _ => there,
    };
    if let Some(announced) = header.points.filter(|p| *p != there) {
        warnings.push(format!("the header announces {announced} samples; the file is as long as {there}"));
    } else if data.len() != there * stored * N {
        warnings.push(format!(
            "the last {} bytes are not a complete sample and were not read",
            data.len() - there * stored * N
        ));
    }
    if !header.is_vectorised {
        let mut values = Vec::with_capacity(there * channels);
        for row in numbers.chunks_exact(stored) {
            values.extend(row.iter().zip(&header.resolutions).map(|(b, resolution)| value(*b, *resolution)));
        }
        return values;
    }
    // Of a file that is cut off, those samples are complete that the last channel still has.
    let complete = numbers.len().saturating_sub(points.saturating_mul(stored - 1)).min(points);
    let mut values = vec![V::default(); complete * channels];
    for (c, resolution) in header.resolutions.iter().enumerate() {
        let Some(column) = numbers.get(c.saturating_mul(points)..) else { continue };
        for (place, bytes) in values[c.min(complete * channels)..].iter_mut().step_by(channels).zip(column) {
            *place = value(*bytes, *resolution);
        }
    }
    values
}

fn reversed<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes.reverse();
    bytes
}
