use crate::{Decider, EngineError, Missed, Model, Outcome, SkipReason, Traced, Tracer};
use motrace_core::{Decision, Gap, Marker, Relevance, StreamInfo, Trial};
use motrace_decode::Adaptation;
use std::collections::VecDeque;

/// Which decisions are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Explain {
    /// None.
    None,
    /// Those at the end of trials.
    #[default]
    Trials,
    /// All.
    All,
}

impl Explain {
    /// Whether this decision is among them.
    #[must_use]
    pub fn includes(self, decision: &Decision) -> bool {
        match self {
            Self::None => false,
            Self::Trials => matches!(decision.kind, motrace_core::DecisionKind::Trial(_)),
            Self::All => true,
        }
    }
}

/// What an [`Engine`] has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// A decision; with its trial where it belongs to one, and its relevance where it is explained.
    Decision {
        /// The decision.
        decision: Decision,
        /// The trial whose window it was made from.
        trial: Option<Trial>,
        /// Its relevance, where the policy asks for one and its window was there.
        relevance: Option<&'a Relevance>,
        /// The relevance of what the calibration model says: for explained trials, while the decoder adapts.
        frozen: Option<&'a Relevance>,
    },
    /// A decision that should have been explained and could not be. Its [`Event::Decision`] follows.
    NotExplained(Decision, Missed),
    /// A trial that gets no decision.
    Skipped(Trial, SkipReason),
}

/// Something other than the stream that decisions depend on, and that a session's recording says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// The decoder adapts at these rates, or no longer does; see [`Decider::set_adaptation`].
    Adaptation(Option<Adaptation>),
    /// The samples up to this one did not reach the decoder.
    NotDecoded {
        /// The first one that did.
        until: u64,
    },
}

/// Decider and tracer in one, for replay: a pure function of the stream and of the changes scheduled in it.
#[derive(Debug, Clone)]
pub struct Engine {
    decider: Decider,
    explaining: Explaining,
    changes: VecDeque<(u64, Change)>,
    stream_channels: usize,
    next: u64,
    first: u64,
}

#[derive(Debug, Clone)]
struct Explaining {
    tracer: Tracer,
    which: Explain,
}

impl Engine {
    /// An engine for a stream.
    ///
    /// # Errors
    /// Where the stream does not fit the model.
    pub fn new(model: &Model, info: &StreamInfo, explain: Explain) -> Result<Self, EngineError> {
        Self::starting_at(model, info, explain, 0)
    }

    /// An engine that is pushed a stream from its first sample on but starts to decode at `first`, as a
    /// live session does whose model came after calibration. Cues before that are counted, not decoded.
    ///
    /// # Errors
    /// Where the stream does not fit the model.
    pub fn starting_at(model: &Model, info: &StreamInfo, explain: Explain, first: u64) -> Result<Self, EngineError> {
        let decider = Decider::starting_at(model, info, first)?;
        let tracer = Tracer::starting_at(model, info, first)?;
        let explaining = Explaining { tracer, which: explain };
        Ok(Self { decider, explaining, changes: VecDeque::new(), stream_channels: info.channels.len(), next: 0, first })
    }

    /// The index of the next sample.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.next
    }

    /// Makes a change right before the sample `from` is pushed, after all markers and gaps before it: that is where a
    /// live session makes it too. One that is due already is made before the next sample.
    pub fn schedule(&mut self, from: u64, change: Change) {
        let place = self.changes.partition_point(|(at, _)| *at <= from);
        self.changes.insert(place, (from, change));
    }

    /// The next samples, interleaved `[samples, channels of the stream]`, in the stream's units.
    pub fn push(&mut self, samples: &[f32], emit: &mut impl FnMut(Event)) {
        for frame in samples.chunks_exact(self.stream_channels) {
            while self.changes.front().is_some_and(|(from, _)| *from <= self.next) {
                let Some((_, change)) = self.changes.pop_front() else { break };
                self.change(change, emit);
            }
            self.next += 1;
            // Behind where the decider is: before its start, or in a stretch that it did not get.
            if self.next <= self.decider.next_index() {
                continue;
            }
            let Self { decider, explaining, .. } = self;
            if explaining.which != Explain::None {
                explaining.tracer.push_frame(frame);
            }
            decider.push_frame(frame, &mut |outcome| explaining.tell(outcome, emit));
        }
    }

    /// A marker; see [`Decider::marker`].
    pub fn marker(&mut self, marker: &Marker, emit: &mut impl FnMut(Event)) {
        let Self { decider, explaining, .. } = self;
        decider.marker(marker, &mut |outcome| explaining.tell(outcome, emit));
    }

    /// Samples are missing before the next one; see [`Decider::gap`].
    pub fn gap(&mut self, gap: &Gap, emit: &mut impl FnMut(Event)) {
        self.next = self.next.max(gap.index);
        if self.next < self.first || (self.next == self.first && self.first > 0) {
            return;
        }
        self.break_at(gap, emit);
    }

    fn break_at(&mut self, gap: &Gap, emit: &mut impl FnMut(Event)) {
        let Self { decider, explaining, .. } = self;
        if explaining.which != Explain::None {
            explaining.tracer.gap(gap);
        }
        decider.gap(gap, &mut |outcome| explaining.tell(outcome, emit));
    }

    fn change(&mut self, change: Change, emit: &mut impl FnMut(Event)) {
        match change {
            Change::Adaptation(adaptation) => {
                self.decider.set_adaptation(adaptation);
                if let Some(discriminant) = self.decider.discriminant() {
                    self.explaining.tracer.set_discriminant(discriminant);
                }
            }
            Change::NotDecoded { until } if until > self.next.max(self.first) => {
                self.break_at(&Gap { index: until, missing_samples: 0, length_secs: 0.0 }, emit);
            }
            Change::NotDecoded { .. } => {}
        }
    }

    /// The stream is over.
    pub fn finish(&mut self, emit: &mut impl FnMut(Event)) {
        let Self { decider, explaining, .. } = self;
        decider.finish(&mut |outcome| explaining.tell(outcome, emit));
    }
}

impl Explaining {
    fn tell(&mut self, outcome: Outcome, emit: &mut impl FnMut(Event)) {
        let (decision, trial) = match outcome {
            Outcome::Sliding(decision) => (decision, None),
            Outcome::Trial(decision, trial) => (decision, Some(trial)),
            Outcome::Skipped(trial, reason) => return emit(Event::Skipped(trial, reason)),
            Outcome::Adapted(discriminant) => return self.tracer.set_discriminant(discriminant),
        };
        let mut explained = None;
        if self.which.includes(&decision) {
            match self.tracer.trace(&decision) {
                Ok(traced) => explained = Some(traced),
                Err(missed) => emit(Event::NotExplained(decision, missed)),
            }
        }
        emit(Event::Decision {
            decision,
            trial,
            relevance: explained.map(|traced| traced.relevance),
            frozen: explained.and_then(|traced: Traced| traced.frozen),
        });
    }
}
