use super::header::{Header, NumberFormat, Scale};
use crate::bytes::{Bytes, READ_BYTES};
use crate::stored::Placed;
use std::io;

/// Where the samples of a file lie, and what they stand for.
#[derive(Debug)]
pub(crate) struct Signals {
    format: NumberFormat,
    scales: Vec<Scale>,
    /// Where the first sample begins.
    begin: usize,
    samples: usize,
    signal_bytes: usize,
    /// Numbers and states of a sample.
    row_bytes: usize,
}

impl Signals {
    pub(crate) fn of(header: &Header, samples: usize) -> Self {
        Self {
            format: header.format,
            scales: header.scales.clone(),
            begin: header.bytes,
            samples,
            signal_bytes: header.signal_bytes(),
            row_bytes: header.row_bytes(),
        }
    }

    fn rows<V, const N: usize>(
        &self,
        rows: &[u8],
        into: &mut [V],
        number: impl Fn([u8; N]) -> f64,
        cast: impl Fn(f64) -> V,
    ) {
        for (row, places) in rows.chunks_exact(self.row_bytes).zip(into.chunks_exact_mut(self.scales.len())) {
            let numbers = row[..self.signal_bytes].as_chunks::<N>().0;
            for ((place, b), scale) in places.iter_mut().zip(numbers).zip(&self.scales) {
                // The offset is in units of the converter.
                *place = cast((number(*b) - scale.offset) * scale.gain);
            }
        }
    }

    fn read_as<V>(
        &self,
        bytes: &mut dyn Bytes,
        from: usize,
        into: &mut [V],
        cast: impl Fn(f64) -> V,
    ) -> io::Result<()> {
        let samples = into.len() / self.scales.len();
        let begin = self.begin + from * self.row_bytes;
        let rows = bytes.get(begin..begin + samples * self.row_bytes)?;
        match self.format {
            NumberFormat::Int16 => self.rows(rows, into, |b| i16::from_le_bytes(b).into(), cast),
            NumberFormat::Int32 => self.rows(rows, into, |b| i32::from_le_bytes(b).into(), cast),
            NumberFormat::Float32 => self.rows(rows, into, |b| f32::from_le_bytes(b).into(), cast),
        }
        Ok(())
    }
}

impl Placed for Signals {
    fn count(&self) -> usize {
        self.samples
    }

    fn channels(&self) -> usize {
        self.scales.len()
    }

    fn block(&self, from: usize) -> usize {
        (READ_BYTES / self.row_bytes).clamp(1, self.samples - from)
    }

    fn is_wide(&self) -> bool {
        matches!(self.format, NumberFormat::Int32)
    }

    fn read_f32(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f32]) -> io::Result<()> {
        self.read_as(bytes, from, into, |v| v as f32)
    }

    fn read_f64(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f64]) -> io::Result<()> {
        self.read_as(bytes, from, into, |v| v)
    }
}
