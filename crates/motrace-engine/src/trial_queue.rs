use crate::Preparation;
use motrace_core::{Marker, Trial};

/// This many cues can wait for the end of their windows at the same time.
const CAPACITY: usize = 64;

/// Why a trial has no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// Its window lies, at least in part, before the samples that are kept: the marker came too late, or
    /// the cue was before the decoder started.
    NotRetained,
    /// Samples of its window were lost between acquisition and decoder.
    Lost,
    /// The stream ended before its window did.
    Incomplete,
    /// Too many cues were waiting already.
    TooManyWaiting,
    /// Its window touches a gap (such trials are decided, but not trained on).
    Gap,
    /// Its window has samples that are not numbers, railed or stuck (decided, but not trained on).
    BadSample,
    /// The filters had not settled (decided, but not trained on).
    Settling,
    /// Channels vary unusually in it (decided, but not trained on).
    Artefact,
    /// It counts not: it was broken off or repeated (decided, but not trained on).
    Discarded,
}

impl SkipReason {
    /// The reason in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotRetained => "its window is no longer, or was never, in the buffer",
            Self::Lost => "samples were lost",
            Self::Incomplete => "the stream ended within its window",
            Self::TooManyWaiting => "too many cues at once",
            Self::Gap => "gap",
            Self::BadSample => "bad sample",
            Self::Discarded => "it was broken off, or counts not for another reason",
            Self::Settling => "filters settling",
            Self::Artefact => "artefact",
        }
    }
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Turns cues into trials, numbers them from 1, and keeps them until their windows are complete.
#[derive(Debug, Clone)]
pub(crate) struct TrialQueue {
    offset: i64,
    window: u64,
    waiting: Vec<Trial>,
    cues: usize,
    next_due: u64,
}

impl TrialQueue {
    pub fn new(preparation: &Preparation) -> Self {
        Self {
            offset: preparation.window_offset_samples(),
            window: preparation.window_samples() as u64,
            waiting: Vec::with_capacity(CAPACITY),
            cues: 0,
            next_due: u64::MAX,
        }
    }

    /// How many cues there were.
    pub fn cues(&self) -> usize {
        self.cues
    }

    /// Takes over the count of cues from another queue, and those that wait, with this queue's own window.
    pub fn take_over(&mut self, other: &mut Self) {
        self.cues = other.cues;
        for mut trial in other.waiting.drain(..) {
            let start = i64::try_from(trial.cue).ok().and_then(|cue| u64::try_from(cue.checked_add(self.offset)?).ok());
            trial.start = start.unwrap_or(0);
            trial.end = trial.start.saturating_add(self.window);
            self.next_due = self.next_due.min(trial.end);
            self.waiting.push(trial);
        }
        other.next_due = u64::MAX;
    }

    /// Takes a cue of a class.
    pub fn add(&mut self, class: usize, marker: &Marker) -> Result<(), (Trial, SkipReason)> {
        self.cues += 1;
        let start = i64::try_from(marker.index).ok().and_then(|cue| u64::try_from(cue.checked_add(self.offset)?).ok());
        let trial = Trial {
            number: self.cues,
            class,
            cue: marker.index,
            start: start.unwrap_or(0),
            end: start.unwrap_or(0).saturating_add(self.window),
        };
        if start.is_none() {
            return Err((trial, SkipReason::NotRetained));
        }
        if self.waiting.len() == CAPACITY {
            return Err((trial, SkipReason::TooManyWaiting));
        }
        self.next_due = self.next_due.min(trial.end);
        self.waiting.push(trial);
        Ok(())
    }

    /// Whether a window is complete once `end` samples are there.
    pub fn is_due(&self, end: u64) -> bool {
        self.next_due <= end
    }

    /// The next trial whose window is complete, the one that ends first.
    pub fn take_due(&mut self, end: u64) -> Option<Trial> {
        let (place, _) = self
            .waiting
            .iter()
            .enumerate()
            .filter(|(_, trial)| trial.end <= end)
            .min_by_key(|(_, trial)| (trial.end, trial.number))?;
        let trial = self.waiting.remove(place);
        self.next_due = self.waiting.iter().map(|t| t.end).min().unwrap_or(u64::MAX);
        Some(trial)
    }
}
