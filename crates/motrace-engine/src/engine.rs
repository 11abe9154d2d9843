use crate::{Decider, EngineError, Missed, Model, Outcome, SkipReason, Tracer};
use motrace_core::{Decision, Gap, Marker, Relevance, StreamInfo, Trial};

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
    },
    /// A decision that should have been explained and could not be. Its [`Event::Decision`] follows.
    NotExplained(Decision, Missed),
    /// A trial that gets no decision.
    Skipped(Trial, SkipReason),
}

/// Decider and tracer in one, for replay: a pure function of the stream.
#[derive(Debug, Clone)]
pub struct Engine {
    decider: Decider,
    tracer: Tracer,
    relevance: Relevance,
    explain: Explain,
    stream_channels: usize,
    next: u64,
    first: u64,
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
        let relevance = tracer.empty();
        let stream_channels = info.channels.len();
        Ok(Self { decider, tracer, relevance, explain, stream_channels, next: 0, first })
    }

    /// The index of the next sample.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.next
    }

    /// The next samples, interleaved `[samples, channels of the stream]`, in the stream's units.
    pub fn push(&mut self, samples: &[f32], emit: &mut impl FnMut(Event)) {
        for frame in samples.chunks_exact(self.stream_channels) {
            self.next += 1;
            if self.next <= self.first {
                continue;
            }
            if self.explain != Explain::None {
                self.tracer.push_frame(frame);
            }
            let Self { decider, tracer, relevance, explain, .. } = self;
            decider.push_frame(frame, &mut |outcome| tell(outcome, tracer, relevance, *explain, emit));
        }
    }

    /// A marker; see [`Decider::marker`].
    pub fn marker(&mut self, marker: &Marker, emit: &mut impl FnMut(Event)) {
        let Self { decider, tracer, relevance, explain, .. } = self;
        decider.marker(marker, &mut |outcome| tell(outcome, tracer, relevance, *explain, emit));
    }

    /// Samples are missing before the next one; see [`Decider::gap`].
    pub fn gap(&mut self, gap: &Gap, emit: &mut impl FnMut(Event)) {
        self.next = self.next.max(gap.index);
        if self.next < self.first || (self.next == self.first && self.first > 0) {
            return;
        }
        if self.explain != Explain::None {
            self.tracer.gap(gap);
        }
        let Self { decider, tracer, relevance, explain, .. } = self;
        decider.gap(gap, &mut |outcome| tell(outcome, tracer, relevance, *explain, emit));
    }

    /// The stream is over.
    pub fn finish(&mut self, emit: &mut impl FnMut(Event)) {
        self.decider.finish(&mut |outcome| {
            if let Outcome::Skipped(trial, reason) = outcome {
                emit(Event::Skipped(trial, reason));
            }
        });
    }
}

fn tell(
    outcome: Outcome,
    tracer: &mut Tracer,
    relevance: &mut Relevance,
    explain: Explain,
    emit: &mut impl FnMut(Event),
) {
    let (decision, trial) = match outcome {
        Outcome::Sliding(decision) => (decision, None),
        Outcome::Trial(decision, trial) => (decision, Some(trial)),
        Outcome::Skipped(trial, reason) => return emit(Event::Skipped(trial, reason)),
    };
    let mut explained = None;
    if explain.includes(&decision) {
        match tracer.trace(&decision, relevance) {
            Ok(()) => explained = Some(&*relevance),
            Err(missed) => emit(Event::NotExplained(decision, missed)),
        }
    }
    emit(Event::Decision { decision, trial, relevance: explained });
}
