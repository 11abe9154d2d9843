use crate::stream::Stretch;
use motrace_core::Gap;

/// When the samples of a stream are, in seconds: as a rule rather than as a list, where they follow one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Timeline {
    /// Sampled at one rate in each stretch.
    Stretches { stretches: Vec<Stretch>, rate_hz: f64, count: usize },
    /// Records of as many samples each, which have onsets of their own.
    Records { onsets: Vec<RecordOnset>, record_secs: f64, samples: usize, rate_hz: f64, count: usize },
    /// On a line in each stretch.
    Lines { lines: Vec<Line>, count: usize },
    /// One by one.
    Listed(Vec<f64>),
}

/// From this record on, each begins where its predecessor ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordOnset {
    pub(crate) record: usize,
    pub(crate) secs: f64,
}

/// Samples that rise evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// The first of them.
    pub(crate) first: usize,
    pub(crate) start_secs: f64,
    pub(crate) period_secs: f64,
}

/// When a record begins; `onsets` are those of records that do not follow on their predecessors.
pub(crate) fn onset_secs(onsets: &[RecordOnset], record_secs: f64, record: usize) -> f64 {
    let before = onsets.partition_point(|o| o.record <= record).checked_sub(1).and_then(|i| onsets.get(i));
    before.map_or(0.0, |o| o.secs + (record - o.record) as f64 * record_secs)
}

impl Timeline {
    /// Samples at one rate in each of the stretches, which begin at sample 0, and the gaps between them: time is missing
    /// there, or an unknown one where the next begins no later than it would without a break.
    pub(crate) fn sampled(stretches: &[Stretch], rate_hz: f64, count: usize) -> (Self, Vec<Gap>) {
        let mut kept: Vec<Stretch> = Vec::with_capacity(stretches.len());
        let mut gaps = Vec::new();
        for (number, stretch) in stretches.iter().enumerate() {
            let end = stretches.get(number + 1).map_or(count, |next| next.first.min(count));
            if end <= stretch.first {
                continue;
            }
            if let Some(before) = kept.last() {
                let last = before.start_secs + (stretch.first - 1 - before.first) as f64 / rate_hz;
                let late_secs = stretch.start_secs - last - 1.0 / rate_hz;
                // What is left of rounding is no pause.
                let length_secs = if late_secs > 1e-6 { late_secs } else { 0.0 };
                let missing_samples = (length_secs * rate_hz).round() as u64;
                gaps.push(Gap { index: stretch.first as u64, missing_samples, length_secs });
            }
            kept.push(*stretch);
        }
        (Self::Stretches { stretches: kept, rate_hz, count }, gaps)
    }

    /// How many samples there are.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Stretches { count, .. } | Self::Records { count, .. } | Self::Lines { count, .. } => *count,
            Self::Listed(stamps) => stamps.len(),
        }
    }

    /// The time of a sample that is there.
    pub(crate) fn at(&self, index: usize) -> f64 {
        match self {
            Self::Stretches { stretches, rate_hz, .. } => {
                let stretch = stretches.partition_point(|s| s.first <= index).checked_sub(1).map(|i| stretches[i]);
                stretch.map_or(0.0, |s| s.start_secs + (index - s.first) as f64 / rate_hz)
            }
            Self::Records { onsets, record_secs, samples, rate_hz, .. } => {
                onset_secs(onsets, *record_secs, index / samples) + (index % samples) as f64 / rate_hz
            }
            Self::Lines { lines, .. } => {
                let line = lines.partition_point(|l| l.first <= index).checked_sub(1).map(|i| lines[i]);
                line.map_or(0.0, |l| l.start_secs + l.period_secs * (index - l.first) as f64)
            }
            Self::Listed(stamps) => stamps.get(index).copied().unwrap_or(0.0),
        }
    }

    pub(crate) fn first(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.at(0))
    }

    pub(crate) fn last(&self) -> Option<f64> {
        self.count().checked_sub(1).map(|last| self.at(last))
    }

    /// The times of all samples.
    pub(crate) fn into_stamps(self) -> Vec<f64> {
        let count = self.count();
        let mut stamps = Vec::with_capacity(count);
        // As `at` computes them, without looking for the stretch of each.
        match self {
            Self::Stretches { stretches, rate_hz, .. } => {
                for (i, stretch) in stretches.iter().enumerate() {
                    let end = stretches.get(i + 1).map_or(count, |next| next.first);
                    stamps.extend((0..end - stretch.first).map(|i| stretch.start_secs + i as f64 / rate_hz));
                }
            }
            Self::Records { onsets, record_secs, samples, rate_hz, .. } => {
                for record in 0..count / samples {
                    let onset = onset_secs(&onsets, record_secs, record);
                    stamps.extend((0..samples).map(|i| onset + i as f64 / rate_hz));
                }
            }
            Self::Lines { lines, .. } => {
                for (i, line) in lines.iter().enumerate() {
                    let end = lines.get(i + 1).map_or(count, |next| next.first);
                    stamps.extend((0..end - line.first).map(|i| line.start_secs + line.period_secs * i as f64));
                }
            }
            Self::Listed(listed) => return listed,
        }
        stamps
    }

    /// Samples per second from the first to the last; the given rate where they have no duration.
    pub(crate) fn effective_rate_hz(&self, rate_hz: f64) -> f64 {
        match (self.first(), self.last()) {
            (Some(first), Some(last)) if last - first > 0.0 => (self.count() - 1) as f64 / (last - first),
            _ => rate_hz,
        }
    }

    /// Whether no sample is before its predecessor.
    pub(crate) fn is_sorted(&self) -> bool {
        let is_continued = |first: usize| first == 0 || self.at(first - 1) <= self.at(first);
        match self {
            Self::Stretches { stretches, .. } => stretches.iter().all(|s| is_continued(s.first)),
            // Records are put behind their predecessors; rounding can make two stamps change places.
            Self::Records { samples, count, .. } => (1..count / samples).all(|r| is_continued(r * samples)),
            Self::Lines { lines, .. } => lines.iter().all(|l| l.period_secs >= 0.0 && is_continued(l.first)),
            Self::Listed(stamps) => stamps.is_sorted(),
        }
    }

    /// The first sample that is not before `time_secs`; the number of samples if all are.
    pub(crate) fn index_of_time(&self, time_secs: f64, is_sorted: bool) -> u64 {
        let count = self.count();
        if !is_sorted {
            return (0..count).find(|i| self.at(*i) >= time_secs).unwrap_or(count) as u64;
        }
        let (mut before, mut behind) = (0, count);
        while before < behind {
            let middle = before + (behind - before) / 2;
            if self.at(middle) < time_secs {
                before = middle + 1;
            } else {
                behind = middle;
            }
        }
        before as u64
    }

    /// The time of a sample, extrapolated at the measured rate beyond the last one.
    pub(crate) fn time_of_index(&self, index: u64, rate_hz: f64) -> f64 {
        let period = if rate_hz > 0.0 { 1.0 / rate_hz } else { 0.0 };
        let count = self.count();
        match (usize::try_from(index).ok().filter(|i| *i < count), self.last()) {
            (Some(index), _) => self.at(index),
            (None, Some(last)) => last + (index - count as u64 + 1) as f64 * period,
            (None, None) => index as f64 * period,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_rule_gives_what_its_list_gives(
            lengths in prop::collection::vec((1..40_usize, -0.3..2.0_f64), 1..6),
            rate in 1.0..500.0_f64,
            which in 0..3,
            wanted in -1.0..20.0_f64,
        ) {
            let (mut first, mut start) = (0, 0.25);
            let mut stretches = Vec::new();
            for (length, pause) in &lengths {
                stretches.push(Stretch { first, start_secs: start });
                first += length;
                start += *length as f64 / rate + pause;
            }
            let count = first;
            let line = |s: &Stretch| Line { first: s.first, start_secs: s.start_secs, period_secs: 1.0 / rate };
            let timeline = match which {
                0 => Timeline::sampled(&stretches, rate, count).0,
                1 => Timeline::Lines { lines: stretches.iter().map(line).collect(), count },
                _ => {
                    let onsets = lengths.iter().enumerate().map(|(i, (_, pause))| RecordOnset {
                        record: 2 * i,
                        secs: 3.0 * i as f64 + pause,
                    });
                    let records = 2 * lengths.len();
                    let onsets = onsets.collect();
                    Timeline::Records { onsets, record_secs: 7.0 / rate, samples: 7, rate_hz: rate, count: 7 * records }
                }
            };
            let stamps = timeline.clone().into_stamps();
            prop_assert_eq!(stamps.len(), timeline.count());
            for (i, stamp) in stamps.iter().enumerate() {
                prop_assert_eq!(stamp.to_bits(), timeline.at(i).to_bits());
            }
            let is_sorted = stamps.is_sorted();
            prop_assert_eq!(timeline.is_sorted(), is_sorted);
            let listed = stamps.iter().position(|t| *t >= wanted).unwrap_or(stamps.len()) as u64;
            prop_assert_eq!(timeline.index_of_time(wanted, is_sorted), listed);
        }
    }
}
