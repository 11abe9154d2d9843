use super::header::{Header, NumberFormat, Scale};
use crate::Samples;
use crate::bytes::{Bytes, WINDOW_BYTES};
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

    /// All samples, `[samples × channels]`, of a file that is in memory. Wide numbers are kept as they are; single
    /// precision tells all others apart.
    pub(crate) fn all(&self, bytes: &[u8]) -> Samples {
        let rows = bytes.get(self.begin..).unwrap_or_default();
        match self.format {
            NumberFormat::Int32 => {
                let mut values = Vec::with_capacity(self.samples * self.scales.len());
                self.decode(rows, &mut values, |v| v);
                Samples::F64(values)
            }
            NumberFormat::Int16 | NumberFormat::Float32 => {
                let mut values = Vec::with_capacity(self.samples * self.scales.len());
                self.decode(rows, &mut values, |v| v as f32);
                Samples::F32(values)
            }
        }
    }

    fn decode<V>(&self, rows: &[u8], into: &mut Vec<V>, cast: impl Fn(f64) -> V) {
        match self.format {
            NumberFormat::Int16 => self.rows(rows, into, |b| i16::from_le_bytes(b).into(), cast),
            NumberFormat::Int32 => self.rows(rows, into, |b| i32::from_le_bytes(b).into(), cast),
            NumberFormat::Float32 => self.rows(rows, into, |b| f32::from_le_bytes(b).into(), cast),
        }
    }

    fn rows<V, const N: usize>(
        &self,
        rows: &[u8],
        into: &mut Vec<V>,
        number: impl Fn([u8; N]) -> f64,
        cast: impl Fn(f64) -> V,
    ) {
        for row in rows.chunks_exact(self.row_bytes) {
            let numbers = row[..self.signal_bytes].as_chunks::<N>().0;
            into.extend(numbers.iter().zip(&self.scales).map(|(b, scale)| {
                // The offset is in units of the converter.
                cast((number(*b) - scale.offset) * scale.gain)
            }));
        }
    }
}

impl Placed for Signals {
    fn count(&self) -> usize {
        self.samples
    }

    fn channels(&self) -> usize {
        self.scales.len()
    }

    fn read(&self, bytes: &mut dyn Bytes, from: usize, into: &mut Vec<f32>) -> io::Result<()> {
        let samples = (WINDOW_BYTES / self.row_bytes).clamp(1, self.samples - from);
        let begin = self.begin + from * self.row_bytes;
        let rows = bytes.get(begin..begin + samples * self.row_bytes)?;
        self.decode(rows, into, |v| v as f32);
        Ok(())
    }
}
