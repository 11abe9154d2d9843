use super::header::{Header, Signal};
use crate::bytes::{Bytes, READ_BYTES, WINDOW_BYTES};
use crate::stored::Placed;
use crate::whole::interleave;
use motrace_core::clean_text;
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

    /// Decodes whole records into `[samples × channels]`, as many as both hold.
    fn decode<V: Copy + Default>(&self, records: &[u8], values: &mut [V], cast: impl Fn(f64) -> V + Copy) {
        let count = self.channels();
        let records = records.chunks_exact(self.record_bytes);
        if self.is_one_row {
            let (kind, begin) = (self.signals[0].kind, self.signals[0].bytes().start);
            for (record, row) in records.zip(values.chunks_exact_mut(count)) {
                let places = row.iter_mut().zip(&self.signals);
                kind.decode(&record[begin..], places, |raw, (place, signal)| *place = cast(signal.scale.of(raw)));
            }
            return;
        }
        for (record, rows) in records.zip(values.chunks_exact_mut(self.samples * count)) {
            interleave(rows, count, |channel, first, into| {
                let Signal { kind, scale, .. } = &self.signals[channel];
                let bytes = &record[self.signals[channel].bytes()][first * kind.bytes()..];
                kind.decode(bytes, into.iter_mut(), |raw, place| *place = cast(scale.of(raw)));
            });
        }
    }

    fn read_as<V: Copy + Default>(
        &self,
        bytes: &mut dyn Bytes,
        from: usize,
        into: &mut [V],
        cast: impl Fn(f64) -> V + Copy,
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
        for (c, signal) in self.signals.iter().enumerate() {
            let width = signal.kind.bytes();
            let first = begin + signal.bytes().start + offset * width;
            let stored = bytes.get_alone(first..first + samples * width)?;
            let column = into[c..].iter_mut().step_by(count);
            signal.kind.decode(stored, column, |raw, place| *place = cast(signal.scale.of(raw)));
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
        let width = self.signals.iter().map(|s| s.kind.bytes()).max().unwrap_or(1);
        (WINDOW_BYTES / (self.channels() * width)).clamp(1, self.samples - offset)
    }

    fn is_wide(&self) -> bool {
        !self.signals.iter().all(|s| s.kind.fits_f32())
    }

    fn may_miss(&self) -> bool {
        true
    }

    fn remark_missing(&self, missing: &[usize]) -> Option<String> {
        let of_channels = self.signals.iter().zip(missing).filter(|(_, count)| **count > 0);
        let names: Vec<String> =
            of_channels.take(12).map(|(s, count)| format!("{} {count}", clean_text(&s.channel.label, 20))).collect();
        Some(format!(
            "{} samples are missing or at the limits of the converter, and not numbers ({})",
            missing.iter().sum::<usize>(),
            names.join(", ")
        ))
    }

    fn read_f32(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f32]) -> io::Result<()> {
        self.read_as(bytes, from, into, |v| v as f32)
    }

    fn read_f64(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f64]) -> io::Result<()> {
        self.read_as(bytes, from, into, |v| v)
    }
}
