//! Decisions and relevances as plain numbers in the recording, for those who read it with other programs.

use motrace_core::{Channel, Decision, DecisionKind, Role, SampleFormat, StreamInfo, Unit};
use motrace_record::{ClockOffset, RecordError, StreamHandle, XdfWriter};
use std::collections::VecDeque;

/// The name and type of the stream of decisions.
pub const DECISIONS: &str = "motrace-decisions";
/// The name and type of the stream of relevances.
pub const RELEVANCE: &str = "motrace-relevance";

/// What a row of the stream of decisions holds. Of more than two classes `probability` is that of the class decided for, and the
/// number of that class and the probability of each follow.
const COLUMNS: [&str; 8] = ["value", "probability", "frozen_value", "kind", "trial", "start", "end", "veto"];
/// Stamps remembered, in seconds: relevances come late.
const REMEMBERED_SECS: f64 = 60.0;

/// The streams of numbers.
pub struct Numbers {
    decisions: StreamHandle,
    /// With its channel count; announced with the first relevance.
    relevance: Option<(StreamHandle, usize)>,
    source_id: String,
    class_names: Vec<String>,
    relevance_labels: Vec<String>,
    offsets: Option<ClockOffset>,
    stamps: Stamps,
    row: Vec<f64>,
}

impl Numbers {
    /// Announces the stream of decisions.
    pub fn create(
        writer: &mut XdfWriter,
        signal: &StreamInfo,
        class_names: &[String],
        relevance_labels: &[String],
    ) -> Result<Self, RecordError> {
        let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
        if class_names.len() > 2 {
            columns.push("class".to_owned());
            columns.extend(class_names.iter().map(|name| format!("probability {name}")));
        }
        let info = described(DECISIONS, &signal.source_id, columns.iter().map(String::as_str));
        let classes: Vec<String> = class_names.iter().enumerate().map(|(n, name)| format!("{n} {name}")).collect();
        let metadata = [
            ("classes", classes.join(", ")),
            ("kinds", "0 sliding, 1 trial".to_owned()),
            ("veto_bits", "1 gap, 2 bad sample, 4 filters settling, 8 stale".to_owned()),
            ("window", "from sample `start` to before sample `end` of the signal, counted from 0".to_owned()),
            ("stamps", "the last sample of the window, by the clock of the signal".to_owned()),
        ];
        let metadata: Vec<(&str, &str)> = metadata.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let decisions = writer.add_stream_of(&info, SampleFormat::Double64, &metadata)?;
        Ok(Self {
            decisions,
            relevance: None,
            source_id: signal.source_id.clone(),
            class_names: class_names.to_vec(),
            relevance_labels: relevance_labels.to_vec(),
            offsets: None,
            stamps: Stamps::new(signal.rate_hz),
            row: Vec::new(),
        })
    }

    /// Samples were written: their stamps, of the first one from this index on.
    pub fn note_stamps(&mut self, first: u64, stamps: &[f64]) {
        self.stamps.note(first, stamps);
    }

    /// These streams are stamped by the signal's clock, so they share its offsets.
    pub fn write_clock_offset(&mut self, writer: &mut XdfWriter, offset: ClockOffset) -> Result<(), RecordError> {
        self.offsets = Some(offset);
        writer.write_clock_offset(self.decisions, offset)?;
        self.relevance.map_or(Ok(()), |(relevance, _)| writer.write_clock_offset(relevance, offset))
    }

    /// Writes a decision.
    pub fn write_decision(&mut self, writer: &mut XdfWriter, decision: &Decision) -> Result<(), RecordError> {
        let (kind, trial) = match decision.kind {
            DecisionKind::Sliding => (0.0, f64::NAN),
            DecisionKind::Trial(number) => (1.0, number as f64),
        };
        let frozen = decision.frozen_value.unwrap_or(f64::NAN);
        let (start, end) = (decision.start as f64, decision.end as f64);
        let veto = f64::from(decision.veto.bits());
        let probability = decision.probabilities.of(decision.favoured_class()).unwrap_or(f64::NAN);
        self.row.clear();
        self.row.extend([decision.value, probability, frozen, kind, trial, start, end, veto]);
        if self.class_names.len() > 2 {
            self.row.push(decision.class() as f64);
            self.row.extend((0..self.class_names.len()).map(|c| decision.probabilities.of(c).unwrap_or(f64::NAN)));
        }
        writer.write_samples_f64(self.decisions, &[self.stamps.of_window(decision)], &self.row)
    }

    /// Writes the relevance of a decision, PATTERN per channel.
    pub fn write_relevance(
        &mut self,
        writer: &mut XdfWriter,
        decision: &Decision,
        pattern_per_channel: &[f64],
    ) -> Result<(), RecordError> {
        let stream = match self.relevance {
            Some((stream, channels)) if channels == pattern_per_channel.len() => stream,
            _ => self.announce_relevance(writer, pattern_per_channel.len())?,
        };
        let row: Vec<f32> = pattern_per_channel.iter().map(|x| *x as f32).collect();
        writer.write_samples(stream, &[self.stamps.of_window(decision)], &row)
    }

    fn announce_relevance(&mut self, writer: &mut XdfWriter, channels: usize) -> Result<StreamHandle, RecordError> {
        let numbered: Vec<String> = (1..=channels).map(|n| n.to_string()).collect();
        let labels = if self.relevance_labels.len() == channels { &self.relevance_labels } else { &numbered };
        let info = described(RELEVANCE, &self.source_id, labels.iter().map(String::as_str));
        let sign = match self.class_names.as_slice() {
            [first, second] => format!("negative for {first}, positive for {second}"),
            _ => "positive for the class decided for, negative against it".to_owned(),
        };
        let metadata = [("view", "PATTERN, summed over the window"), ("sign", sign.as_str())];
        let stream = writer.add_stream_of(&info, SampleFormat::Float32, &metadata)?;
        if let Some(offset) = self.offsets {
            writer.write_clock_offset(stream, offset)?;
        }
        self.relevance = Some((stream, channels));
        Ok(stream)
    }
}

fn described<'a>(name: &str, source_id: &str, labels: impl Iterator<Item = &'a str>) -> StreamInfo {
    let channel = |label: &str| Channel { label: label.to_owned(), role: Role::Aux, unit: Unit::Unspecified };
    StreamInfo {
        name: name.to_owned(),
        kind: name.to_owned(),
        source_id: format!("{source_id}-{name}"),
        channels: labels.map(channel).collect(),
        ..StreamInfo::default()
    }
}

/// The stamps of the newest samples.
struct Stamps {
    period_secs: f64,
    most: usize,
    /// Runs of samples that follow each other, each with the index of its first one.
    runs: VecDeque<(u64, Vec<f64>)>,
    count: usize,
}

impl Stamps {
    fn new(rate_hz: f64) -> Self {
        let period_secs = if rate_hz > 0.0 { 1.0 / rate_hz } else { 0.0 };
        Self { period_secs, most: (rate_hz * REMEMBERED_SECS) as usize, runs: VecDeque::new(), count: 0 }
    }

    fn note(&mut self, first: u64, stamps: &[f64]) {
        if stamps.is_empty() {
            return;
        }
        self.count += stamps.len();
        self.runs.push_back((first, stamps.to_vec()));
        while self.count > self.most && self.runs.len() > 1 {
            self.count -= self.runs.pop_front().map_or(0, |(_, run)| run.len());
        }
    }

    /// The stamp of the last sample of a decision's window.
    fn of_window(&self, decision: &Decision) -> f64 {
        self.at(decision.end.saturating_sub(1))
    }

    /// The stamp of a sample; reckoned from the nearest one where it is not among those that are remembered.
    fn at(&self, index: u64) -> f64 {
        let after = self.runs.partition_point(|(first, _)| *first <= index);
        let Some((first, run)) = self.runs.get(after.saturating_sub(1)) else { return 0.0 };
        let known = index.saturating_sub(*first).min(run.len() as u64 - 1);
        let Some(stamp) = usize::try_from(known).ok().and_then(|at| run.get(at)) else { return 0.0 };
        stamp + (index as f64 - (first + known) as f64) * self.period_secs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_its_own_stamp_or_one_reckoned_from_the_nearest() {
        let mut stamps = Stamps::new(100.0);
        assert_eq!(stamps.at(5), 0.0);
        stamps.note(0, &[10.0, 10.01, 10.02]);
        stamps.note(3, &[12.0, 12.01]);
        for (index, stamp) in [(0, 10.0), (2, 10.02), (3, 12.0), (4, 12.01), (6, 12.03)] {
            assert!((stamps.at(index) - stamp).abs() < 1e-9, "{index}: {}", stamps.at(index));
        }
        for chunk in 1..2000_u64 {
            stamps.note(chunk * 5, &[20.0; 5]);
        }
        assert!(stamps.count <= 6005, "{} are remembered", stamps.count);
        assert!((stamps.at(0) - (20.0 - 0.01 * stamps.runs[0].0 as f64)).abs() < 1e-6);
    }
}
