use crate::{EngineError, Missed, Model, WindowBuffer};
use motrace_core::{Decision, DecisionKind, Gap, Relevance, StreamInfo};
use motrace_decode::Discriminant;
use ndarray::Array2;

mod explainer;
mod network;

pub use explainer::WindowExplainer;

/// The explanation of a decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traced<'a> {
    /// Its relevance.
    pub relevance: &'a Relevance,
    /// The relevance of what the calibration model says about the same window: for trials, while the decoder adapts.
    pub frozen: Option<&'a Relevance>,
}

/// Traces decisions back to channels and time, away from the deadline.
///
/// It is pushed the same samples and gaps as the [`crate::Decider`], keeps the filtered channels for as long as the
/// decider keeps its powers, and explains a decision from the window it was made of. Where the decider adapts, it is
/// told so in the order of the decisions. It allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct Tracer {
    buffer: WindowBuffer,
    explainer: WindowExplainer,
    frozen: WindowExplainer,
    trial: Place,
    sliding: Place,
    frozen_relevance: Relevance,
}

/// Where a window of one length goes, and its relevance.
#[derive(Debug, Clone)]
struct Place {
    /// `[channels, samples]`, as it is prepared.
    window: Array2<f64>,
    relevance: Relevance,
}

impl Tracer {
    /// A tracer for a stream, whose first sample has the index 0.
    ///
    /// # Errors
    /// Where the stream does not fit the model.
    pub fn new(model: &Model, info: &StreamInfo) -> Result<Self, EngineError> {
        Self::starting_at(model, info, 0)
    }

    /// A tracer that starts in the midst of a stream, as [`crate::Decider::starting_at`] does.
    ///
    /// # Errors
    /// Where the stream does not fit the model.
    pub fn starting_at(model: &Model, info: &StreamInfo, first: u64) -> Result<Self, EngineError> {
        let preparation = &model.preparation;
        let buffer = WindowBuffer::new(preparation, info, first)?;
        let channels = preparation.channels.len();
        let (trial, sliding) = (preparation.window_samples(), preparation.sliding_samples());
        let explainer = WindowExplainer::new(model)?;
        let place =
            |samples| Place { window: Array2::zeros((channels, samples)), relevance: explainer.empty_for(samples) };
        Ok(Self {
            buffer,
            trial: place(trial),
            sliding: place(sliding),
            frozen_relevance: explainer.empty_for(trial),
            frozen: explainer.clone(),
            explainer,
        })
    }

    /// The index of the next sample.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.buffer.next_index()
    }

    /// Lets a tracer that was pushed nothing yet begin at this sample.
    pub(crate) fn begin_at(&mut self, first: u64) {
        self.buffer.begin_at(first);
    }

    /// The next samples; see [`crate::Decider::push`].
    pub fn push(&mut self, samples: &[f32]) {
        self.buffer.push(samples);
    }

    pub(crate) fn push_frame(&mut self, frame: &[f32]) {
        self.buffer.push_frame(frame);
    }

    /// Samples are missing before the next one; see [`crate::Decider::gap`].
    pub fn gap(&mut self, gap: &Gap) {
        self.buffer.gap(gap);
    }

    /// The decisions that follow were made with this; see [`crate::Outcome::Adapted`].
    pub fn set_discriminant(&mut self, discriminant: &Discriminant) {
        self.explainer.set_discriminant(discriminant);
    }

    /// Explains a decision, if its window is there.
    ///
    /// # Errors
    /// Why the window is not there.
    pub fn trace(&mut self, decision: &Decision) -> Result<Traced<'_>, Missed> {
        let is_trial = matches!(decision.kind, DecisionKind::Trial(_));
        let Place { window, relevance } = if is_trial { &mut self.trial } else { &mut self.sliding };
        self.buffer.copy_window(decision.start, window.view_mut())?;
        self.explainer.explain_into(window.view(), decision, relevance);
        let frozen = decision.frozen_value.filter(|_| is_trial).map(|value| {
            let frozen = Decision { value, ..*decision };
            self.frozen.explain_into(window.view(), &frozen, &mut self.frozen_relevance);
            &self.frozen_relevance
        });
        Ok(Traced { relevance, frozen })
    }

    /// The window of a decision as the decoder read it, `[channels, samples]`: in volts, or as [`crate::InputStage`] makes it.
    ///
    /// # Errors
    /// Why the window is not there.
    pub fn window(&mut self, decision: &Decision) -> Result<&Array2<f64>, Missed> {
        let is_trial = matches!(decision.kind, DecisionKind::Trial(_));
        let Place { window, .. } = if is_trial { &mut self.trial } else { &mut self.sliding };
        self.buffer.copy_window(decision.start, window.view_mut())?;
        Ok(window)
    }
}
