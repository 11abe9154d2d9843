use super::{PseudoOnlineError, Timing};
use crate::{Preparation, RecordingStamp, Tape};

/// A stretch of a recording.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The recording.
    pub stamp: &'a RecordingStamp,
    /// Its stream.
    pub tape: &'a Tape,
    /// The first sample of the stretch.
    pub from: u64,
    /// One past its last sample.
    pub until: u64,
}

impl<'a> Part<'a> {
    /// All of a recording.
    #[must_use]
    pub fn whole(stamp: &'a RecordingStamp, tape: &'a Tape) -> Self {
        Self { stamp, tape, from: 0, until: tape.len() }
    }

    /// The cues in the stretch, in the order of their samples, each with the number of its trial; those of trials that count.
    pub(super) fn cues(&self, preparation: &Preparation) -> Vec<(u64, usize)> {
        let classed = self.tape.markers().filter(|marker| preparation.class_of(marker).is_some());
        let mut cues: Vec<(u64, usize)> = classed.enumerate().map(|(n, marker)| (marker.index, n + 1)).collect();
        cues.retain(|(cue, number)| (self.from..self.until).contains(cue) && !self.tape.discarded().contains(number));
        cues.sort_unstable();
        cues
    }
}

/// Parts recordings, in their order, into a first part with this fraction of the trials, rounded up, and the rest.
///
/// The border in the recording that holds it lies where the last trial of the first part and the time after its imagery
/// are over, or at the next cue if that comes first: idle time between two trials belongs to the second part.
///
/// # Errors
/// Where one of the parts would be without trials.
pub fn chronological_parts<'a>(
    recordings: &'a [(RecordingStamp, Tape)],
    preparation: &Preparation,
    fraction: f64,
    timing: Timing,
) -> Result<(Vec<Part<'a>>, Vec<Part<'a>>), PseudoOnlineError> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(PseudoOnlineError::Fraction(fraction));
    }
    let wholes: Vec<Part<'a>> = recordings.iter().map(|(stamp, tape)| Part::whole(stamp, tape)).collect();
    let cues: Vec<Vec<(u64, usize)>> = wholes.iter().map(|part| part.cues(preparation)).collect();
    let trials: usize = cues.iter().map(Vec::len).sum();
    let mut first_trials = (fraction * trials as f64).ceil() as usize;
    if trials < 2 || first_trials >= trials {
        return Err(PseudoOnlineError::TooFewTrials { trials, least: 2.max(first_trials + 1) });
    }
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for (part, cues) in wholes.iter().zip(&cues) {
        let border = match first_trials {
            0 => 0,
            here if here < cues.len() => border(cues, here, part, preparation.rate_hz, timing),
            _ => part.until,
        };
        first_trials = first_trials.saturating_sub(cues.len());
        if border > 0 {
            first.push(Part { until: border, ..*part });
        }
        if border < part.until {
            rest.push(Part { from: border, ..*part });
        }
    }
    Ok((first, rest))
}

/// Where the first `count` trials of a part are over.
pub(super) fn border(cues: &[(u64, usize)], count: usize, part: &Part<'_>, rate_hz: f64, timing: Timing) -> u64 {
    let after = ((timing.imagery_secs + timing.after_secs) * rate_hz).round().max(1.0) as u64;
    let last = count.checked_sub(1).and_then(|n| cues.get(n)).map_or(part.from, |(cue, _)| *cue);
    let next = cues.get(count).map_or(part.until, |(cue, _)| *cue);
    last.saturating_add(after).min(next).min(part.until)
}
