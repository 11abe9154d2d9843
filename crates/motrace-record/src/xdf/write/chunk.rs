//! The insides of chunks.

use motrace_core::SampleValues;

/// Writes the samples of a chunk: a stamp each, and the values of all channels.
pub(super) fn put_samples(into: &mut Vec<u8>, stamps: &[f64], values: &SampleValues, channels: usize) {
    match values {
        SampleValues::Float32(v) => put_numbers(into, stamps, v, channels, |x| x.to_le_bytes()),
        SampleValues::Double64(v) => put_numbers(into, stamps, v, channels, |x| x.to_le_bytes()),
        SampleValues::Int8(v) => put_numbers(into, stamps, v, channels, |x| x.to_le_bytes()),
        SampleValues::Int16(v) => put_numbers(into, stamps, v, channels, |x| x.to_le_bytes()),
        SampleValues::Int32(v) => put_numbers(into, stamps, v, channels, |x| x.to_le_bytes()),
        SampleValues::Int64(v) => put_numbers(into, stamps, v, channels, |x| x.to_le_bytes()),
        SampleValues::Text(v) => {
            put_length(into, stamps.len());
            for (stamp, row) in stamps.iter().zip(v.chunks_exact(channels)) {
                put_stamp(into, *stamp);
                row.iter().for_each(|text| put_text(into, text));
            }
        }
    }
}

/// Writes the samples of a chunk of numbers.
pub(super) fn put_numbers<T: Copy, const N: usize>(
    into: &mut Vec<u8>,
    stamps: &[f64],
    values: &[T],
    channels: usize,
    bytes: impl Fn(T) -> [u8; N],
) {
    put_length(into, stamps.len());
    for (stamp, row) in stamps.iter().zip(values.chunks_exact(channels)) {
        put_stamp(into, *stamp);
        into.extend(row.iter().flat_map(|x| bytes(*x)));
    }
}

/// Writes a string with its length.
pub(super) fn put_text(into: &mut Vec<u8>, text: &[u8]) {
    put_length(into, text.len());
    into.extend_from_slice(text);
}

pub(super) fn put_length(into: &mut Vec<u8>, length: usize) {
    match (u8::try_from(length), u32::try_from(length)) {
        (Ok(short), _) => into.extend([1, short]),
        (_, Ok(long)) => {
            into.push(4);
            into.extend(long.to_le_bytes());
        }
        _ => {
            into.push(8);
            into.extend((length as u64).to_le_bytes());
        }
    }
}

pub(super) fn put_stamp(into: &mut Vec<u8>, stamp: f64) {
    into.push(8);
    into.extend(stamp.to_le_bytes());
}
