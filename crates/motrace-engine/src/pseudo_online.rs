//! Pseudo-online evaluation: a recording, idle time and all, goes through the engine; what would have been detected?
//!
//! A [`DecisionStream`] holds the sliding decisions of a recording and its cues, a [`Detector`] finds events in it, and
//! [`score_events`] says how they fall: in the imagery of a trial the first event is a hit or of the wrong class, in idle
//! time each one is a false alarm. [`pseudo_online`] does the whole course: it trains on one part, chooses the threshold within
//! that part, by decoders that had not seen what they decide, and scores another part.

mod chance;
mod course;
mod detector;
mod error;
mod outcomes;
mod part;
mod periods;
mod result;
mod score;
mod stream;
#[cfg(test)]
mod tests;
mod threshold;

pub use chance::{ChanceFigure, EventChance};
pub use course::pseudo_online;
pub use detector::{Detection, Detector};
pub use error::PseudoOnlineError;
pub use part::{Part, chronological_parts};
pub use periods::Timing;
pub use result::{PseudoOnline, PseudoOnlineSettings};
pub use score::{Estimate, EventScore};
pub use stream::{CuedTrial, DecisionStream, Step};
pub use threshold::{OperatingPoint, ThresholdRule};

use motrace_decode::metrics::Resampling;
use outcomes::{Outcomes, Scored};
use score::Classes;

/// What counts as an event, and when one is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventSettings {
    /// When a person imagines and when they idle.
    pub timing: Timing,
    /// See [`Detector::dwell_secs`].
    pub dwell_secs: f64,
    /// See [`Detector::refractory_secs`].
    pub refractory_secs: f64,
    /// For intervals and chance levels.
    pub resampling: Resampling,
}

impl EventSettings {
    /// The usual settings for imagery of this length and sliding windows of this length: dwells of 0.25 s, nothing for 2 s
    /// after an event.
    #[must_use]
    pub fn usual(imagery_secs: f64, sliding_secs: f64) -> Self {
        Self {
            timing: Timing { imagery_secs, after_secs: sliding_secs },
            dwell_secs: 0.25,
            refractory_secs: 2.0,
            resampling: Resampling::default(),
        }
    }

    /// The detector with this threshold.
    #[must_use]
    pub fn detector(&self, threshold: f64) -> Detector {
        Detector { threshold, dwell_secs: self.dwell_secs, refractory_secs: self.refractory_secs }
    }

    /// Checks that everything is possible.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn check(&self) -> Result<(), PseudoOnlineError> {
        let figures = [
            ("imagery", self.timing.imagery_secs, 0.1),
            ("the time after imagery", self.timing.after_secs, 0.0),
            ("the dwell time", self.dwell_secs, 0.0),
            ("the refractory time", self.refractory_secs, 0.0),
        ];
        match figures.into_iter().find(|(_, secs, least)| !(*secs >= *least && *secs <= 600.0)) {
            Some((what, secs, least)) => Err(PseudoOnlineError::Duration { what, secs, least }),
            None => Ok(()),
        }
    }
}

/// Scores what a detector finds in streams of decisions between so many classes; each stream is one recording.
///
/// Only decisions against which nothing speaks are time that is watched: imagery and idling are as long as there are such.
#[must_use]
pub fn score_events(
    streams: &[DecisionStream],
    detector: &Detector,
    classes: usize,
    settings: &EventSettings,
) -> EventScore {
    let scored = prepared(streams, settings);
    let classes = Classes::of(streams, classes);
    let chance = EventChance::of(&scored, detector, classes, settings.resampling);
    EventScore::of(&Outcomes::of(&scored, detector), detector, classes, settings.resampling, chance)
}

/// What each of many thresholds gives in these streams, from the lowest to the highest. Empty without trials or idle time.
///
/// It is for looking at: a threshold that is chosen by it must not be scored on the same streams.
#[must_use]
pub fn operating_curve(streams: &[DecisionStream], settings: &EventSettings) -> Vec<OperatingPoint> {
    threshold::operating_curve(&prepared(streams, settings), settings)
}

/// The threshold that a rule chooses by these streams, with what it gives in them; a given one is no choice.
///
/// # Errors
/// Where there are no trials or no idle time to choose by, or the threshold is given.
pub fn choose_threshold(
    streams: &[DecisionStream],
    rule: ThresholdRule,
    settings: &EventSettings,
) -> Result<OperatingPoint, PseudoOnlineError> {
    let curve = operating_curve(streams, settings);
    threshold::best(&curve, rule).ok_or(PseudoOnlineError::NothingToChooseBy)
}

fn prepared<'a>(streams: &'a [DecisionStream], settings: &EventSettings) -> Vec<Scored<'a>> {
    streams.iter().map(|stream| Scored::new(stream, settings.timing)).collect()
}

/// No more rounds than this are made.
const MOST_ROUNDS: usize = 100_000;

fn rounds(resampling: Resampling) -> usize {
    resampling.rounds.clamp(1, MOST_ROUNDS)
}
