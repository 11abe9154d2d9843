use super::header::{Header, NumberFormat};
use crate::Samples;
use crate::bytes::{Bytes, WINDOW_BYTES};
use crate::stored::Placed;
use crate::warnings::Warnings;
use std::io;

/// Where the numbers of a file lie, and what they stand for.
#[derive(Debug)]
pub(crate) struct Signals {
    format: NumberFormat,
    is_big_endian: bool,
    is_vectorised: bool,
    /// What one stored unit is, in the unit of each channel.
    resolutions: Vec<f64>,
    /// Channels in the file.
    stored: usize,
    /// Samples of each channel in a file that holds channel after channel.
    points: usize,
    /// Samples that all channels have.
    complete: usize,
}

impl Signals {
    pub(crate) fn of(header: &Header, data_bytes: usize, warnings: &mut Warnings) -> Self {
        let width = header.format.bytes();
        let stored = header.channels.len() + header.hidden;
        let numbers = data_bytes / width;
        let there = numbers / stored;
        let left = data_bytes - there * stored * width;
        if let Some(announced) = header.points.filter(|p| *p != there) {
            warnings.push(format!("the header announces {announced} samples; the file is as long as {there}"));
        } else if left > 0 {
            warnings.push(format!("the last {left} bytes are not a complete sample and were not read"));
        }
        let points = match header.points {
            Some(announced) if header.is_vectorised && announced > 0 => announced,
            _ => there,
        };
        // Of a file that is cut off, those samples are complete that the last channel still has.
        let last = numbers.saturating_sub(points.saturating_mul(stored - 1)).min(points);
        Self {
            format: header.format,
            is_big_endian: header.is_big_endian,
            is_vectorised: header.is_vectorised,
            resolutions: header.resolutions.clone(),
            stored,
            points,
            complete: if header.is_vectorised { last } else { there },
        }
    }

    /// All complete samples, `[samples × channels]`, of a file that is in memory. Wide numbers are kept as doubles;
    /// single precision tells all others apart.
    pub(crate) fn all(&self, data: &[u8]) -> Samples {
        match self.format {
            NumberFormat::Int32 | NumberFormat::Float64 => {
                let mut values = vec![0.0; self.complete * self.channels()];
                self.decode(data, &mut values, |v| v);
                Samples::F64(values)
            }
            NumberFormat::Int16 | NumberFormat::Uint16 | NumberFormat::Float32 => {
                let mut values = vec![0.0; self.complete * self.channels()];
                self.decode(data, &mut values, |v| v as f32);
                Samples::F32(values)
            }
        }
    }

    fn decode<V>(&self, data: &[u8], values: &mut [V], cast: impl Fn(f64) -> V) {
        if !self.is_vectorised {
            return self.decode_rows(data, values, cast);
        }
        let width = self.format.bytes();
        for (c, resolution) in self.resolutions.iter().enumerate() {
            let Some(column) = data.get(c.saturating_mul(self.points).saturating_mul(width)..) else { continue };
            let places = values.get_mut(c..).unwrap_or_default().iter_mut().step_by(self.channels());
            self.decode_numbers(column, places, |v, place| *place = cast(v * resolution));
        }
    }

    /// Decodes samples of all channels into `[samples × channels]`.
    fn decode_rows<V>(&self, rows: &[u8], values: &mut [V], cast: impl Fn(f64) -> V) {
        let row_bytes = self.stored * self.format.bytes();
        for (row, places) in rows.chunks_exact(row_bytes).zip(values.chunks_exact_mut(self.channels())) {
            let places = places.iter_mut().zip(&self.resolutions);
            self.decode_numbers(row, places, |v, (place, resolution)| *place = cast(v * resolution));
        }
    }

    /// Puts numbers into places, until either is used up.
    #[inline]
    fn decode_numbers<P>(&self, bytes: &[u8], places: impl Iterator<Item = P>, put: impl Fn(f64, P)) {
        match self.format {
            NumberFormat::Int16 => self.numbers(bytes, places, |b| i16::from_le_bytes(b).into(), put),
            NumberFormat::Uint16 => self.numbers(bytes, places, |b| u16::from_le_bytes(b).into(), put),
            NumberFormat::Int32 => self.numbers(bytes, places, |b| i32::from_le_bytes(b).into(), put),
            NumberFormat::Float32 => self.numbers(bytes, places, |b| f32::from_le_bytes(b).into(), put),
            NumberFormat::Float64 => self.numbers(bytes, places, f64::from_le_bytes, put),
        }
    }

    #[inline]
    fn numbers<P, const N: usize>(
        &self,
        bytes: &[u8],
        places: impl Iterator<Item = P>,
        number: impl Fn([u8; N]) -> f64,
        put: impl Fn(f64, P),
    ) {
        let pairs = places.zip(bytes.as_chunks::<N>().0);
        if self.is_big_endian {
            pairs.for_each(|(place, bytes)| {
                let mut bytes = *bytes;
                bytes.reverse();
                put(number(bytes), place);
            });
        } else {
            pairs.for_each(|(place, bytes)| put(number(*bytes), place));
        }
    }
}

impl Placed for Signals {
    fn count(&self) -> usize {
        self.complete
    }

    fn channels(&self) -> usize {
        self.resolutions.len()
    }

    fn read(&self, bytes: &mut dyn Bytes, from: usize, into: &mut Vec<f32>) -> io::Result<()> {
        let width = self.format.bytes();
        let row_bytes = self.stored * width;
        let samples = (WINDOW_BYTES / row_bytes).clamp(1, self.complete - from);
        let (before, count) = (into.len(), self.channels());
        into.resize(before + samples * count, 0.0);
        if !self.is_vectorised {
            let rows = bytes.get(from * row_bytes..(from + samples) * row_bytes)?;
            self.decode_rows(rows, &mut into[before..], |v| v as f32);
            return Ok(());
        }
        for (c, resolution) in self.resolutions.iter().enumerate() {
            let first = (c * self.points + from) * width;
            let column = bytes.get_alone(first..first + samples * width)?;
            let places = into[before + c..].iter_mut().step_by(count);
            self.decode_numbers(column, places, |v, place| *place = (v * resolution) as f32);
        }
        Ok(())
    }
}
