use super::header::{Header, Signal};
use crate::bytes::{Bytes, READ_BYTES, WINDOW_BYTES};
use crate::stored::Placed;
use crate::whole::interleave;
use std::io;

/// The signals of one rate, and where they are in the file.
#[derive(Debug)]
pub(crate) struct Signals {
    pub(crate) signals: Vec<Signal>,
    /// Samples in each record.
    pub(crate) samples: usize,
    /// Where the first record begins.
    begin: usize,
    records: usize,
    record_bytes: usize,
    sample_bytes: usize,
}

impl Signals {
    pub(crate) fn of(header: &Header, samples: usize, records: usize) -> Self {
        let is_one = |s: &&Signal| !s.is_annotations && s.samples == samples;
        Self {
            signals: header.signals.iter().filter(is_one).cloned().collect(),
            samples,
            begin: header.bytes,
            records,
            record_bytes: header.record_bytes,
            sample_bytes: header.sample_bytes,
        }
    }

    /// Decodes whole records into `[samples × channels]`, as many as both hold.
    fn decode<V: Copy + Default>(&self, records: &[u8], values: &mut [V], cast: impl Fn(f32) -> V + Copy) {
        let count = self.channels();
        let rows_of_records = values.chunks_exact_mut(self.samples * count);
        for (record, rows) in records.chunks_exact(self.record_bytes).zip(rows_of_records) {
            interleave(rows, count, |channel, first, into| {
                let signal = &self.signals[channel];
                let bytes = &record[signal.bytes()][first * self.sample_bytes..];
                self.decode_column(signal, bytes, into, cast);
            });
        }
    }

    #[inline]
    fn decode_column<V>(&self, signal: &Signal, bytes: &[u8], column: &mut [V], cast: impl Fn(f32) -> V) {
        match self.sample_bytes {
            2 => column.iter_mut().zip(bytes.as_chunks::<2>().0).for_each(|(v, b)| {
                *v = cast(signal.scale(i32::from(i16::from_le_bytes(*b))));
            }),
            _ => column.iter_mut().zip(bytes.as_chunks::<3>().0).for_each(|(v, [a, b, c])| {
                *v = cast(signal.scale(i32::from_le_bytes([0, *a, *b, *c]) >> 8));
            }),
        }
    }

    fn read_as<V: Copy + Default>(
        &self,
        bytes: &mut dyn Bytes,
        from: usize,
        into: &mut [V],
        cast: impl Fn(f32) -> V + Copy,
    ) -> io::Result<()> {
        let (record, offset) = (from / self.samples, from % self.samples);
        let begin = self.begin + record * self.record_bytes;
        let (samples, count) = (into.len() / self.channels(), self.channels());
        if self.record_bytes <= WINDOW_BYTES && offset == 0 && samples.is_multiple_of(self.samples) {
            let records = samples / self.samples;
            self.decode(bytes.get(begin..begin + records * self.record_bytes)?, into, cast);
            return Ok(());
        }
        // A part of a long record.
        let mut column = vec![V::default(); samples];
        for (c, signal) in self.signals.iter().enumerate() {
            let first = begin + signal.bytes().start + offset * self.sample_bytes;
            self.decode_column(signal, bytes.get_alone(first..first + samples * self.sample_bytes)?, &mut column, cast);
            into[c..].iter_mut().step_by(count).zip(&column).for_each(|(place, value)| *place = *value);
        }
        Ok(())
    }
}

impl Placed for Signals {
    fn count(&self) -> usize {
        self.records * self.samples
    }

    fn channels(&self) -> usize {
        self.signals.len()
    }

    fn unit(&self) -> usize {
        self.samples
    }

    fn block(&self, from: usize) -> usize {
        let (record, offset) = (from / self.samples, from % self.samples);
        if self.record_bytes <= WINDOW_BYTES && offset == 0 {
            return (READ_BYTES / self.record_bytes).clamp(1, self.records - record) * self.samples;
        }
        (WINDOW_BYTES / (self.channels() * self.sample_bytes)).clamp(1, self.samples - offset)
    }

    fn read_f32(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f32]) -> io::Result<()> {
        self.read_as(bytes, from, into, |v| v)
    }

    fn read_f64(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f64]) -> io::Result<()> {
        self.read_as(bytes, from, into, f64::from)
    }
}
