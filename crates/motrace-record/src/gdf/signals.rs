use super::header::{Header, Signal};
use crate::Samples;
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
    /// Whether records hold one sample of signals that are stored alike, behind each other.
    is_one_row: bool,
}

impl Signals {
    pub(crate) fn of(header: &Header, samples: usize, records: usize) -> Self {
        let signals: Vec<Signal> = header.signals.iter().filter(|s| s.samples == samples).cloned().collect();
        let are_neighbours =
            |pair: &[Signal]| pair[0].kind == pair[1].kind && pair[0].bytes().end == pair[1].bytes().start;
        Self {
            is_one_row: samples == 1 && signals.windows(2).all(are_neighbours),
            signals,
            samples,
            begin: header.bytes,
            records,
            record_bytes: header.record_bytes,
        }
    }

    /// All samples, `[samples × channels]`, of a file that is in memory. Wide numbers are kept as doubles; single
    /// precision tells all others apart.
    pub(crate) fn all(&self, bytes: &[u8]) -> Samples {
        let records = bytes.get(self.begin..).unwrap_or_default();
        let count = self.count() * self.channels();
        if self.signals.iter().all(|s| s.kind.fits_f32()) {
            let mut values = vec![0.0; count];
            self.decode(records, &mut values, |v| v as f32);
            Samples::F32(values)
        } else {
            let mut values = vec![0.0; count];
            self.decode(records, &mut values, |v| v);
            Samples::F64(values)
        }
    }

    /// Decodes whole records into `[samples × channels]`, as many as both hold.
    fn decode<V: Default>(&self, records: &[u8], values: &mut [V], cast: impl Fn(f64) -> V + Copy) {
        let count = self.channels();
        let records = records.chunks_exact(self.record_bytes);
        if self.is_one_row {
            let (kind, begin) = (self.signals[0].kind, self.signals[0].bytes().start);
            for (record, row) in records.zip(values.chunks_exact_mut(count)) {
                let mut scales = self.signals.iter().map(|s| s.scale);
                kind.decode(&record[begin..], row.iter_mut(), |raw| {
                    scales.next().map_or_else(V::default, |scale| cast(scale.of(raw)))
                });
            }
            return;
        }
        for (record, rows) in records.zip(values.chunks_exact_mut(self.samples * count)) {
            // A record holds channel after channel: a few samples of all of them at a time stay in the cache.
            for (block, rows) in rows.chunks_mut(BLOCK_SAMPLES * count).enumerate() {
                for (c, signal) in self.signals.iter().enumerate() {
                    let bytes = &record[signal.bytes()][block * BLOCK_SAMPLES * signal.kind.bytes()..];
                    signal.kind.decode(bytes, rows[c..].iter_mut().step_by(count), |raw| cast(signal.scale.of(raw)));
                }
            }
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
            let stored = bytes.get(begin..begin + records * self.record_bytes)?;
            self.decode(stored, &mut into[before..], |v| v as f32);
            return Ok(());
        }
        // A part of a long record.
        let width = self.signals.iter().map(|s| s.kind.bytes()).max().unwrap_or(1);
        let samples = (WINDOW_BYTES / (count * width)).clamp(1, self.samples - offset);
        into.resize(before + samples * count, 0.0);
        for (c, signal) in self.signals.iter().enumerate() {
            let width = signal.kind.bytes();
            let first = begin + signal.bytes().start + offset * width;
            let stored = bytes.get_alone(first..first + samples * width)?;
            let column = into[before + c..].iter_mut().step_by(count);
            signal.kind.decode(stored, column, |raw| signal.scale.of(raw) as f32);
        }
        Ok(())
    }
}
