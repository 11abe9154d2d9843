use crate::front_end::{FrontEnd, veto_of};
use crate::projection::LANES;
use crate::sample_ring::{Missed, SampleRing};
use crate::trial_queue::TrialQueue;
use crate::{ChannelMap, EngineError, Model, SkipReason};
use motrace_core::{Decision, DecisionKind, Gap, Marker, StreamInfo, Trial, Veto};
use motrace_decode::{Adaptation, Adapter, CspLda, Discriminant};

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
/// Scale, channel selection, reference and spatial filters are one matrix, so only the decoder's
/// components are filtered; their squares are kept for as long as a marker may be late, and a decision is
/// the mean of those of its window. Additions are always made in the order of the samples, whatever
/// the chunks they came in, so decisions are a function of the stream alone, bit for bit.
///
/// With an [`Adaptation`] the decoder learns from each trial that nothing speaks against, after its decision was
/// made; what it has learnt holds from the next decision on, so decisions still are a function of the stream alone.
///
/// Nothing here allocates, locks or makes a system call after construction.
#[derive(Debug, Clone)]
pub struct Decider {
    decoder: CspLda,
    /// What adapts, where the decoder can; at rest until it is asked to.
    adapter: Option<Box<Adapter>>,
    adaptation: Option<Adaptation>,
    front_end: FrontEnd,
    squares: SampleRing,
    powers: Vec<f64>,
    trials: TrialQueue,
    classes: [crate::ClassSpec; 2],
    stream_channels: usize,
    sliding: u64,
    hop: u64,
    next_hop: u64,
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
        preparation.check()?;
        let map = ChannelMap::resolve(preparation, info)?;
        let front_end = FrontEnd::new(preparation, &map, Some(model.decoder.filters.view()))?;
        let width = front_end.padded_outputs();
        let hop = preparation.hop_samples();
        Ok(Self {
            decoder: model.decoder.clone(),
            adapter: Adapter::new(&model.decoder).map(Box::new),
            adaptation: None,
            squares: SampleRing::new(width, preparation.retained_samples(), first),
            powers: vec![0.0; width],
            front_end,
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
        self.squares.next()
    }

    /// How many cues there were.
    #[must_use]
    pub fn cues(&self) -> usize {
        self.trials.cues()
    }

    /// Lets the decoder adapt from the next decision on, at these rates; or lets the calibration model decide again.
    ///
    /// While it adapts, decisions carry what the calibration model says too. Other rates take up where it is;
    /// rates of 0 hold it there. Gives the rates that hold, see [`Adapter::set_rates`]; `None` for decoders of more
    /// than [`Discriminant::MOST_COMPONENTS`] components, which cannot adapt.
    pub fn set_adaptation(&mut self, adaptation: Option<Adaptation>) -> Option<Adaptation> {
        let adapter = self.adapter.as_mut()?;
        self.adaptation = adaptation.map(|rates| adapter.set_rates(rates));
        if self.adaptation.is_none() {
            adapter.reset();
            self.decoder.set_discriminant(adapter.current());
        }
        self.adaptation
    }

    /// The rates at which the decoder adapts, while it does.
    #[must_use]
    pub fn adaptation(&self) -> Option<Adaptation> {
        self.adaptation
    }

    /// What decisions are made with now; `None` for decoders that cannot adapt.
    #[must_use]
    pub fn discriminant(&self) -> Option<&Discriminant> {
        self.adapter.as_ref().map(|adapter| adapter.current())
    }

    /// Lets a decider that was pushed nothing yet begin at this sample, and takes over the cues of the one
    /// before it. It allocates nothing.
    pub(crate) fn begin_at(&mut self, first: u64, before: &mut TrialQueue) {
        self.squares.begin_at(first);
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
        let (components, flags) = self.front_end.step(frame);
        for (square, value) in self.squares.slot().iter_mut().zip(components) {
            *square = value * value;
        }
        self.squares.advance(flags);
        let end = self.squares.next();
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
        self.front_end.gap();
        if gap.index > self.squares.next() {
            self.squares.skip_to(gap.index);
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
        while let Some(trial) = self.trials.take_due(self.squares.next()) {
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

    /// Learns from the trial just decided, whose powers are still there.
    fn adapt(&mut self, decision: &Decision) -> Option<&Discriminant> {
        let adapter = self.adapter.as_mut().filter(|_| self.adaptation.is_some() && decision.veto.is_clear())?;
        if !adapter.adapt(&self.powers[..self.decoder.components()]) {
            return None;
        }
        self.decoder.set_discriminant(adapter.current());
        Some(adapter.current())
    }

    /// `None` where samples of the window were lost.
    fn decide(&mut self, kind: DecisionKind, start: u64, end: u64) -> Result<Option<Decision>, Missed> {
        let stretch = self.squares.stretch(start, end)?;
        let Some(mut veto) = veto_of(stretch.flags) else { return Ok(None) };
        mean_rows(stretch.values, &mut self.powers);
        let powers = &self.powers[..self.decoder.components()];
        let mut value = self.decoder.value_from_powers(powers);
        let frozen = self.adapter.as_ref().filter(|_| self.adaptation.is_some());
        let frozen_value = frozen.map(|adapter| adapter.trained().value_from_powers(powers));
        if !value.is_finite() {
            value = 0.0;
            veto = veto.and(Veto::BAD_SAMPLE);
        }
        let probability = self.decoder.probability(value);
        let frozen_value = frozen_value.map(|value| if value.is_finite() { value } else { 0.0 });
        Ok(Some(Decision { kind, start, end, value, probability, veto, frozen_value }))
    }
}

/// The mean of rows, `[samples, width]` in two parts, added up in their order; the width is whole lanes.
fn mean_rows(parts: [&[f64]; 2], mean: &mut [f64]) {
    let width = mean.len();
    let rows = (parts[0].len() + parts[1].len()) / width.max(1);
    for (block, mean) in mean.chunks_exact_mut(LANES).enumerate() {
        let mut sums = [0.0; LANES];
        for part in parts {
            for row in part.chunks_exact(width) {
                for (sum, value) in sums.iter_mut().zip(&row[block * LANES..(block + 1) * LANES]) {
                    *sum += value;
                }
            }
        }
        for (mean, sum) in mean.iter_mut().zip(sums) {
            *mean = sum / rows as f64;
        }
    }
}
