use super::header::{Header, NumberFormat};
use crate::bytes::{Bytes, READ_BYTES, WINDOW_BYTES};
use crate::stored::Placed;
use crate::warnings::Warnings;
use crate::whole::interleave;
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

    /// Decodes samples of all channels into `[samples × channels]`.
    fn decode_rows<V>(&self, rows: &[u8], values: &mut [V], cast: impl Fn(f64) -> V + Copy) {
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

    fn read_as<V: Copy + Default>(
        &self,
        bytes: &mut dyn Bytes,
        from: usize,
        into: &mut [V],
        cast: impl Fn(f64) -> V + Copy,
    ) -> io::Result<()> {
        let (width, count) = (self.format.bytes(), self.channels());
        let samples = into.len() / count;
        if !self.is_vectorised {
            let row_bytes = self.stored * width;
            let rows = bytes.get(from * row_bytes..(from + samples) * row_bytes)?;
            self.decode_rows(rows, into, cast);
            return Ok(());
        }
        // A piece of each channel, and then all of them in order.
        let mut pieces = Vec::with_capacity(count * samples * width);
        for c in 0..count {
            let first = (c * self.points + from) * width;
            pieces.extend_from_slice(bytes.get_alone(first..first + samples * width)?);
        }
        interleave(into, count, |channel, first, column| {
            let (piece, resolution) = (&pieces[(channel * samples + first) * width..], self.resolutions[channel]);
            self.decode_numbers(piece, column.iter_mut(), |v, place| *place = cast(v * resolution));
        });
        Ok(())
    }
}

impl Placed for Signals {
    fn count(&self) -> usize {
        self.complete
    }

    fn channels(&self) -> usize {
        self.resolutions.len()
    }

    fn block(&self, from: usize) -> usize {
        // What lies in as many places as there are channels is read in larger pieces.
        let bytes = if self.is_vectorised { WINDOW_BYTES } else { READ_BYTES };
        (bytes / (self.stored * self.format.bytes())).clamp(1, self.complete - from)
    }

    fn is_wide(&self) -> bool {
        matches!(self.format, NumberFormat::Int32 | NumberFormat::Float64)
    }

    fn read_f32(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f32]) -> io::Result<()> {
        self.read_as(bytes, from, into, |v| v as f32)
    }

    fn read_f64(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f64]) -> io::Result<()> {
        self.read_as(bytes, from, into, |v| v)
    }
}
