use super::Timing;
use crate::{Event, Preparation};
use motrace_core::{Decision, DecisionKind, Trial};

/// A sliding decision, as far as a detector looks at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The first sample of its window.
    pub start: u64,
    /// One past the last sample of its window: when it is made.
    pub end: u64,
    /// The class it decides for.
    pub class: usize,
    /// The probability of that class.
    pub confidence: f64,
    /// Whether nothing speaks against it: no gap, bad sample or settling filter.
    pub is_clear: bool,
}

impl From<&Decision> for Step {
    fn from(decision: &Decision) -> Self {
        Self {
            start: decision.start,
            end: decision.end,
            class: decision.class(),
            confidence: decision.confidence(),
            is_clear: decision.veto.is_clear(),
        }
    }
}

/// A cue of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CuedTrial {
    /// Counts from 1 within the recording.
    pub number: usize,
    /// The class, from 0.
    pub class: usize,
    /// The sample of the cue.
    pub cue: u64,
    /// Whether it is scored; one that is not is no idle time either.
    pub counts: bool,
}

/// The sliding decisions over one recording, or over a stretch of it, and the cues in it.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionStream {
    /// The sampling rate, in hertz.
    pub rate_hz: f64,
    /// From one sliding decision to the next, in samples.
    pub hop_samples: u64,
    /// The decisions, in their order.
    pub steps: Vec<Step>,
    /// The cues of the classes, in the order of their samples.
    pub trials: Vec<CuedTrial>,
    /// The samples of cues for something that is neither a class nor idling.
    pub other_cues: Vec<u64>,
    /// The class that means idling, where one does: it makes no events, and its trials are idle time.
    pub idle_class: Option<usize>,
    left_out: Vec<usize>,
}

impl DecisionStream {
    /// Nothing decided yet.
    #[must_use]
    pub fn new(rate_hz: f64, hop_samples: u64) -> Self {
        let (steps, trials, other_cues, left_out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { rate_hz, hop_samples: hop_samples.max(1), steps, trials, other_cues, idle_class: None, left_out }
    }

    /// For what an engine with this preparation decides.
    #[must_use]
    pub fn of(preparation: &Preparation) -> Self {
        Self::new(preparation.rate_hz, preparation.hop_samples())
    }

    /// Takes what an engine says.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Decision { decision, trial, .. } => {
                if decision.kind == DecisionKind::Sliding {
                    self.steps.push(decision.into());
                }
                if let Some(trial) = trial {
                    self.add_trial(trial);
                }
            }
            Event::Skipped(trial, _) => self.add_trial(trial),
            Event::NotExplained(..) => {}
        }
    }

    /// Does not score a trial, whether it comes before or after this.
    pub fn leave_out(&mut self, number: usize) {
        self.left_out.push(number);
        self.trials.iter_mut().filter(|trial| trial.number == number).for_each(|trial| trial.counts = false);
    }

    fn add_trial(&mut self, trial: &Trial) {
        let counts = !self.left_out.contains(&trial.number);
        let place = self.trials.partition_point(|before| before.cue <= trial.cue);
        let cued = CuedTrial { number: trial.number, class: trial.class, cue: trial.cue, counts };
        self.trials.insert(place, cued);
    }

    /// What lies between two samples: the decisions whose windows do, and the trials whose cues do. Other trials are not
    /// scored, but remain no idle time.
    #[must_use]
    pub fn between(mut self, from: u64, until: u64) -> Self {
        self.steps.retain(|step| step.start >= from && step.end <= until);
        for trial in &mut self.trials {
            trial.counts &= (from..until).contains(&trial.cue);
        }
        self
    }

    /// The sample at which the first half of the trials that count, rounded up, are over; `None` for fewer than two.
    pub(super) fn middle(&self, timing: Timing) -> Option<u64> {
        let cues: Vec<u64> = self.trials.iter().filter(|trial| trial.counts).map(|trial| trial.cue).collect();
        let first = cues.len().div_ceil(2);
        let (last, next) = (cues.get(first.checked_sub(1)?)?, cues.get(first)?);
        Some(last.saturating_add(self.samples(timing.imagery_secs + timing.after_secs)).min(*next))
    }

    /// Whether there is anything to score.
    pub(super) fn has_trials(&self) -> bool {
        self.trials.iter().any(|trial| trial.counts && Some(trial.class) != self.idle_class)
    }

    /// How many samples this is in seconds.
    pub(crate) fn secs(&self, samples: u64) -> f64 {
        samples as f64 / self.rate_hz
    }

    /// How many samples there are in so many seconds.
    pub(crate) fn samples(&self, secs: f64) -> u64 {
        (secs * self.rate_hz).round().max(0.0) as u64
    }
}
