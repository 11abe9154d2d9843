use super::header::{Header, Signal};
use crate::bytes::{Bytes, WINDOW_BYTES};
use crate::stored::Placed;
use std::io;

/// Samples of all channels that are put in order at a time.
const BLOCK_SAMPLES: usize = 32;

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

    /// All samples, `[samples × channels]`, of a file that is in memory.
    pub(crate) fn all(&self, bytes: &[u8]) -> Vec<f32> {
        let mut values = vec![0.0; self.count() * self.channels()];
        self.decode(bytes.get(self.begin..).unwrap_or_default(), &mut values);
        values
    }

    /// Decodes whole records into `[samples × channels]`, as many as both hold.
    fn decode(&self, records: &[u8], values: &mut [f32]) {
        let count = self.channels();
        let rows_of_records = values.chunks_exact_mut(self.samples * count);
        for (record, rows) in records.chunks_exact(self.record_bytes).zip(rows_of_records) {
            // A record holds channel after channel: a few samples of all of them at a time stay in the cache.
            for (block, rows) in rows.chunks_mut(BLOCK_SAMPLES * count).enumerate() {
                for (c, signal) in self.signals.iter().enumerate() {
                    let bytes = &record[signal.bytes()][block * BLOCK_SAMPLES * self.sample_bytes..];
                    self.decode_column(signal, bytes, rows[c..].iter_mut().step_by(count));
                }
            }
        }
    }

    #[inline]
    fn decode_column<'a>(&self, signal: &Signal, bytes: &[u8], column: impl Iterator<Item = &'a mut f32>) {
        match self.sample_bytes {
            2 => column.zip(bytes.as_chunks::<2>().0).for_each(|(v, b)| {
                *v = signal.scale(i32::from(i16::from_le_bytes(*b)));
            }),
            _ => column.zip(bytes.as_chunks::<3>().0).for_each(|(v, [a, b, c])| {
                *v = signal.scale(i32::from_le_bytes([0, *a, *b, *c]) >> 8);
            }),
        }
    }
}

impl Placed for Signals {
    fn count(&self) -> usize {
        self.records * self.samples
    }

    fn channels(&self) -> usize {
        self.signals.len()
    }

    fn read(&self, bytes: &mut dyn Bytes, from: usize, into: &mut Vec<f32>) -> io::Result<()> {
        let (record, offset) = (from / self.samples, from % self.samples);
        let begin = self.begin + record * self.record_bytes;
        let (before, count) = (into.len(), self.channels());
        if self.record_bytes <= WINDOW_BYTES && offset == 0 {
            let records = (WINDOW_BYTES / self.record_bytes).min(self.records - record);
            into.resize(before + records * self.samples * count, 0.0);
            self.decode(bytes.get(begin..begin + records * self.record_bytes)?, &mut into[before..]);
            return Ok(());
        }
        // A part of a long record.
        let samples = (WINDOW_BYTES / (count * self.sample_bytes)).clamp(1, self.samples - offset);
        into.resize(before + samples * count, 0.0);
        for (c, signal) in self.signals.iter().enumerate() {
            let first = begin + signal.bytes().start + offset * self.sample_bytes;
            let stored = bytes.get_alone(first..first + samples * self.sample_bytes)?;
            self.decode_column(signal, stored, into[before + c..].iter_mut().step_by(count));
        }
        Ok(())
    }
}
