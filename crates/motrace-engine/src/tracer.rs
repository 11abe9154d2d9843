use crate::{EngineError, Missed, Model, WindowBuffer};
use motrace_core::{Decision, Gap, Relevance, StreamInfo};
use motrace_explain::CspExplainer;
use ndarray::Array2;

/// Traces decisions back to channels and time, away from the deadline.
///
/// It is pushed the same samples and gaps as the [`crate::Decider`], keeps the filtered channels for as long as the
/// decider keeps its powers, and explains a decision from the window it was made of. It allocates nothing
/// after construction.
#[derive(Debug, Clone)]
pub struct Tracer {
    buffer: WindowBuffer,
    explainer: CspExplainer,
    window: Array2<f64>,
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
        if model.decoder.channels() != channels {
            return Err(EngineError::Shape { channels, decoder: model.decoder.channels() });
        }
        let samples = preparation.window_samples();
        let explainer = CspExplainer::new(&model.decoder, preparation.channels.labels(), samples);
        Ok(Self { buffer, explainer, window: Array2::zeros((channels, samples)) })
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

    /// A relevance of the right size, to be filled by [`Self::trace`].
    #[must_use]
    pub fn empty(&self) -> Relevance {
        self.explainer.empty()
    }

    /// Explains a decision, if its window is there.
    ///
    /// # Errors
    /// Why the window is not there; `out` is unchanged then.
    pub fn trace(&mut self, decision: &Decision, out: &mut Relevance) -> Result<(), Missed> {
        self.buffer.copy_window(decision.start, self.window.view_mut())?;
        self.explainer.explain_into(self.window.view(), decision, out);
        Ok(())
    }

    /// The window of a decision as the decoder read it, `[channels, samples]` in volts.
    ///
    /// # Errors
    /// Why the window is not there.
    pub fn window(&mut self, decision: &Decision) -> Result<&Array2<f64>, Missed> {
        self.buffer.copy_window(decision.start, self.window.view_mut())?;
        Ok(&self.window)
    }
}
