use crate::warnings::Warnings;
use motrace_core::Gap;

/// When each record begins.
#[derive(Debug)]
pub(crate) struct Onsets {
    pub(crate) secs: Vec<f64>,
    /// Records before which time is missing, and how much.
    breaks: Vec<(usize, f64)>,
}

/// Differences below this are how onsets are rounded, in seconds.
const ROUNDING_SECS: f64 = 1e-3;

/// The onsets of all records. Those that are not given, or would lie before the end of the record before them,
/// follow their predecessor.
pub(crate) fn of_records(given: &[Option<f64>], record_secs: f64, warnings: &mut Warnings) -> Onsets {
    let mut onsets = Onsets { secs: Vec::with_capacity(given.len()), breaks: Vec::new() };
    let mut backward = 0;
    // The last break and the records since; counting from there keeps rounding from adding up.
    let (mut base, mut since) = (given.first().copied().flatten().unwrap_or(0.0), 0_usize);
    for (record, onset) in given.iter().enumerate() {
        let mut expected = base + since as f64 * record_secs;
        if let Some(onset) = onset {
            let late = onset - expected;
            if late > ROUNDING_SECS {
                onsets.breaks.push((record, late));
                (base, since, expected) = (*onset, 0, *onset);
            } else if late < -ROUNDING_SECS {
                backward += 1;
            }
        }
        onsets.secs.push(expected);
        since += 1;
    }
    if backward > 0 {
        warnings
            .push(format!("{backward} records claim to begin before their predecessor ends; they are put behind it"));
    }
    if !onsets.breaks.is_empty() {
        let lost: f64 = onsets.breaks.iter().map(|(_, secs)| secs).sum();
        warnings.push(format!("the recording is interrupted {} times, {lost:.3} s in all", onsets.breaks.len()));
    }
    onsets
}

impl Onsets {
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
        let given = [Some(0.5), Some(1.5004), None, Some(3.5), Some(10.0), Some(11.0), Some(11.5)];
        let onsets = of_records(&given, 1.0, &mut warnings);
        assert_eq!(onsets.secs, [0.5, 1.5, 2.5, 3.5, 10.0, 11.0, 12.0]);
        assert_eq!(onsets.gaps(250, 250.0), [Gap { index: 1000, missing_samples: 1375, length_secs: 5.5 }]);
        assert_eq!(warnings.into_list().len(), 2);
    }
}
