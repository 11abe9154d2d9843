use crate::sample_ring::Missed;
use crate::trial_queue::TrialQueue;
use crate::{ChannelMap, Decoder, EngineError, Logits, Model, SkipReason};
use motrace_core::{Decision, DecisionKind, Gap, Marker, StreamInfo, Trial, Veto};
use motrace_decode::{Adaptation, Discriminant};

mod csp_lda;
mod network;

use csp_lda::CspLdaPath;
use network::NetworkPath;

/// What a [`Decider`] has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<'a> {
    /// The regular decision of a hop.
    Sliding(Decision),
    /// The decision at the end of a trial's window.
    Trial(Decision, Trial),
    /// A trial that gets no decision, and why.
    Skipped(Trial, SkipReason),
    /// The decoder has learnt from the trial just decided: the decisions that follow are made like this.
    Adapted(&'a Discriminant),
}

impl Outcome<'_> {
    /// The decision, if it is one.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Sliding(decision) | Self::Trial(decision, _) => Some(decision),
            Self::Skipped(..) | Self::Adapted(_) => None,
        }
    }

    /// The trial, if it belongs to one.
    #[must_use]
    pub fn trial(&self) -> Option<&Trial> {
        match self {
            Self::Trial(_, trial) | Self::Skipped(trial, _) => Some(trial),
            Self::Sliding(_) | Self::Adapted(_) => None,
        }
    }
}

/// The deadline path: samples in, decisions out.
///
/// What a decision needs of the past is kept for as long as a marker may be late: of CSP + LDA the squares of its
/// components, of a network the channels as it reads them. Additions are always made in the order of the samples, whatever
/// the chunks they came in, so decisions are a function of the stream alone, bit for bit.
///
/// With an [`Adaptation`] CSP + LDA learns from each trial that nothing speaks against, after its decision was
/// made; what it has learnt holds from the next decision on, so decisions still are a function of the stream alone.
///
/// Nothing here allocates, locks or makes a system call after construction.
#[derive(Debug, Clone)]
pub struct Decider {
    path: Path,
    logit_gain: f64,
    trials: TrialQueue,
    classes: Vec<crate::ClassSpec>,
    stream_channels: usize,
    sliding: u64,
    hop: u64,
    next_hop: u64,
}

/// What lies between samples and values.
#[derive(Debug, Clone)]
enum Path {
    CspLda(Box<CspLdaPath>),
    Network(Box<NetworkPath>),
}

/// What a window says.
struct Evidence {
    logits: Logits,
    frozen_value: Option<f64>,
    veto: Veto,
}

impl Path {
    fn next(&self) -> u64 {
        match self {
            Self::CspLda(path) => path.next(),
            Self::Network(path) => path.next(),
        }
    }

    fn push_frame(&mut self, frame: &[f32]) {
        match self {
            Self::CspLda(path) => path.push_frame(frame),
            Self::Network(path) => path.push_frame(frame),
        }
    }

    fn gap(&mut self, gap: &Gap) {
        match self {
            Self::CspLda(path) => path.gap(gap.index),
            Self::Network(path) => path.gap(gap),
        }
    }

    fn evidence(&mut self, start: u64, end: u64) -> Result<Evidence, Missed> {
        match self {
            Self::CspLda(path) => path.evidence(start, end),
            Self::Network(path) => path.evidence(start, end),
        }
    }
}

impl Decider {
    /// A decider for a stream, whose first sample has the index 0.
    ///
    /// # Errors
    /// Where the stream does not fit the model.
    pub fn new(model: &Model, info: &StreamInfo) -> Result<Self, EngineError> {
        Self::starting_at(model, info, 0)
    }

    /// A decider that starts in the midst of a stream: its first sample has the index `first`.
    ///
    /// # Errors
    /// Where the stream does not fit the model.
    pub fn starting_at(model: &Model, info: &StreamInfo, first: u64) -> Result<Self, EngineError> {
        let preparation = &model.preparation;
        model.check()?;
        let map = ChannelMap::resolve(preparation, info)?;
        let path = match &model.decoder {
            Decoder::CspLda(decoder) => Path::CspLda(Box::new(CspLdaPath::new(decoder, preparation, &map, first)?)),
            Decoder::Network(decoder) => Path::Network(Box::new(NetworkPath::new(decoder, preparation, info, first)?)),
        };
        let hop = preparation.hop_samples();
        Ok(Self {
            path,
            logit_gain: model.decoder.logit_gain(),
            trials: TrialQueue::new(preparation),
            classes: preparation.classes.clone(),
            stream_channels: map.stream_channels,
            sliding: preparation.sliding_samples() as u64,
            hop,
            next_hop: (first / hop + 1) * hop,
        })
    }

    /// The index of the next sample.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.path.next()
    }

    /// How many cues there were.
    #[must_use]
    pub fn cues(&self) -> usize {
        self.trials.cues()
    }

    /// Lets the decoder adapt from the next decision on, at these rates; or lets the calibration model decide again.
    ///
    /// While it adapts, decisions carry what the calibration model says too. Other rates take up where it is;
    /// rates of 0 hold it there. Gives the rates that hold, see [`Adapter::set_rates`](motrace_decode::Adapter::set_rates);
    /// `None` for decoders that cannot adapt: those of more than [`Discriminant::MOST_COMPONENTS`] components, and networks.
    pub fn set_adaptation(&mut self, adaptation: Option<Adaptation>) -> Option<Adaptation> {
        match &mut self.path {
            Path::CspLda(path) => path.set_adaptation(adaptation),
            Path::Network(_) => None,
        }
    }

    /// The rates at which the decoder adapts, while it does.
    #[must_use]
    pub fn adaptation(&self) -> Option<Adaptation> {
        match &self.path {
            Path::CspLda(path) => path.adaptation(),
            Path::Network(_) => None,
        }
    }

    /// What decisions are made with now; `None` for decoders that cannot adapt.
    #[must_use]
    pub fn discriminant(&self) -> Option<&Discriminant> {
        match &self.path {
            Path::CspLda(path) => path.discriminant(),
            Path::Network(_) => None,
        }
    }

    /// Lets a decider that was pushed nothing yet begin at this sample, and takes over the cues of the one
    /// before it. It allocates nothing.
    pub(crate) fn begin_at(&mut self, first: u64, before: &mut TrialQueue) {
        match &mut self.path {
            Path::CspLda(path) => path.begin_at(first),
            Path::Network(path) => path.begin_at(first),
        }
        self.next_hop = (first / self.hop + 1) * self.hop;
        self.trials.take_over(before);
    }

    pub(crate) fn trials_mut(&mut self) -> &mut TrialQueue {
        &mut self.trials
    }

    /// The next samples, interleaved `[samples, channels of the stream]`, in the stream's units. A last
    /// sample that is not whole is ignored.
    pub fn push(&mut self, samples: &[f32], emit: &mut impl FnMut(Outcome<'_>)) {
        for frame in samples.chunks_exact(self.stream_channels) {
            self.push_frame(frame, emit);
        }
    }

    /// One sample of all channels.
    pub(crate) fn push_frame(&mut self, frame: &[f32], emit: &mut impl FnMut(Outcome<'_>)) {
        self.path.push_frame(frame);
        let end = self.path.next();
        if end == self.next_hop {
            self.next_hop += self.hop;
            if let Some(start) = end.checked_sub(self.sliding)
                && let Ok(Some(decision)) = self.decide(DecisionKind::Sliding, start, end)
            {
                emit(Outcome::Sliding(decision));
            }
        }
        if self.trials.is_due(end) {
            self.decide_due(emit);
        }
    }

    /// A marker. Its cue may lie before samples that were pushed already.
    pub fn marker(&mut self, marker: &Marker, emit: &mut impl FnMut(Outcome<'_>)) {
        let Some(class) = self.classes.iter().position(|class| class.has_cue(&marker.text)) else { return };
        match self.trials.add(class, marker) {
            Ok(()) => self.decide_due(emit),
            Err((trial, reason)) => emit(Outcome::Skipped(trial, reason)),
        }
    }

    /// Samples are missing before the next one: the filters start anew.
    ///
    /// Where the gap's index lies ahead of the next sample, the samples between exist, but did not come
    /// here; windows that would need them have no decision.
    pub fn gap(&mut self, gap: &Gap, emit: &mut impl FnMut(Outcome<'_>)) {
        let is_ahead = gap.index > self.path.next();
        self.path.gap(gap);
        if is_ahead {
            self.next_hop = self.next_hop.max((gap.index / self.hop + 1) * self.hop);
            self.decide_due(emit);
        }
    }

    /// The stream is over: trials whose window is not complete are given up.
    pub fn finish(&mut self, emit: &mut impl FnMut(Outcome<'_>)) {
        while let Some(trial) = self.trials.take_due(u64::MAX) {
            emit(Outcome::Skipped(trial, SkipReason::Incomplete));
        }
    }

    fn decide_due(&mut self, emit: &mut impl FnMut(Outcome<'_>)) {
        while let Some(trial) = self.trials.take_due(self.path.next()) {
            match self.decide(DecisionKind::Trial(trial.number), trial.start, trial.end) {
                Ok(Some(decision)) => {
                    emit(Outcome::Trial(decision, trial));
                    if let Some(discriminant) = self.adapt(&decision) {
                        emit(Outcome::Adapted(discriminant));
                    }
                }
                Ok(None) => emit(Outcome::Skipped(trial, SkipReason::Lost)),
                Err(_) => emit(Outcome::Skipped(trial, SkipReason::NotRetained)),
            }
        }
    }

    /// Learns from the trial just decided.
    fn adapt(&mut self, decision: &Decision) -> Option<&Discriminant> {
        match &mut self.path {
            Path::CspLda(path) => path.adapt(decision),
            Path::Network(_) => None,
        }
    }

    /// `None` where samples of the window were lost.
    fn decide(&mut self, kind: DecisionKind, start: u64, end: u64) -> Result<Option<Decision>, Missed> {
        let Evidence { mut logits, frozen_value, mut veto } = match self.path.evidence(start, end) {
            Err(Missed::Lost) => return Ok(None),
            found => found?,
        };
        if !logits.is_finite() {
            logits = logits.silent();
            veto = veto.and(Veto::BAD_SAMPLE);
        }
        let (value, probabilities) = (logits.value(), logits.probabilities(self.logit_gain));
        let frozen_value = frozen_value.map(|value| if value.is_finite() { value } else { 0.0 });
        Ok(Some(Decision { kind, start, end, value, probabilities, veto, frozen_value }))
    }
}
