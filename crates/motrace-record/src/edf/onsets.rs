use crate::timeline::{RecordOnset, onset_secs};
use crate::warnings::Warnings;
use motrace_core::Gap;

/// When each record begins.
#[derive(Debug)]
pub(crate) struct Onsets {
    /// Of those records that do not follow on their predecessors; counting from there keeps rounding from adding up.
    pub(crate) onsets: Vec<RecordOnset>,
    pub(crate) record_secs: f64,
    /// How many records there are.
    pub(crate) records: usize,
    /// Records before which time is missing, and how much.
    breaks: Vec<(usize, f64)>,
    /// How many claim to begin too early.
    backward: usize,
}

/// Differences below this are how onsets are rounded, in seconds.
const ROUNDING_SECS: f64 = 1e-3;

impl Onsets {
    pub(crate) fn new(record_secs: f64) -> Self {
        Self { onsets: Vec::new(), record_secs, records: 0, breaks: Vec::new(), backward: 0 }
    }

    /// Records that follow on each other from 0 on.
    pub(crate) fn even(record_secs: f64, records: usize) -> Self {
        Self { onsets: vec![RecordOnset { record: 0, secs: 0.0 }], records, ..Self::new(record_secs) }
    }

    /// The next record. If its onset is not given, or lies before the end of the record before it, it follows its
    /// predecessor.
    pub(crate) fn push(&mut self, given: Option<f64>) {
        let record = self.records;
        self.records += 1;
        if record == 0 {
            self.onsets.push(RecordOnset { record, secs: given.unwrap_or(0.0) });
            return;
        }
        let Some(onset) = given else { return };
        let late = onset - self.secs(record);
        if late > ROUNDING_SECS {
            self.breaks.push((record, late));
            self.onsets.push(RecordOnset { record, secs: onset });
        } else if late < -ROUNDING_SECS {
            self.backward += 1;
        }
    }

    /// Says what is wrong with them.
    pub(crate) fn remark(&self, warnings: &mut Warnings) {
        if self.backward > 0 {
            warnings.push(format!(
                "{} records claim to begin before their predecessor ends; they are put behind it",
                self.backward
            ));
        }
        if !self.breaks.is_empty() {
            let lost: f64 = self.breaks.iter().map(|(_, secs)| secs).sum();
            warnings.push(format!("the recording is interrupted {} times, {lost:.3} s in all", self.breaks.len()));
        }
    }

    /// When a record begins.
    pub(crate) fn secs(&self, record: usize) -> f64 {
        onset_secs(&self.onsets, self.record_secs, record)
    }

    /// The gaps of a stream with this many samples in each record.
    pub(crate) fn gaps(&self, samples: usize, rate_hz: f64) -> Vec<Gap> {
        self.breaks
            .iter()
            .map(|(record, length_secs)| Gap {
                index: (record * samples) as u64,
                missing_samples: (length_secs * rate_hz).round() as u64,
                length_secs: *length_secs,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interruptions_are_gaps_and_rounding_is_not() {
        let mut warnings = Warnings::default();
        let mut onsets = Onsets::new(1.0);
        for given in [Some(0.5), Some(1.5004), None, Some(3.5), Some(10.0), Some(11.0), Some(11.5)] {
            onsets.push(given);
        }
        onsets.remark(&mut warnings);
        let secs: Vec<f64> = (0..onsets.records).map(|record| onsets.secs(record)).collect();
        assert_eq!(secs, [0.5, 1.5, 2.5, 3.5, 10.0, 11.0, 12.0]);
        assert_eq!(onsets.gaps(250, 250.0), [Gap { index: 1000, missing_samples: 1375, length_secs: 5.5 }]);
        assert_eq!(warnings.into_list().len(), 2);
    }
}
