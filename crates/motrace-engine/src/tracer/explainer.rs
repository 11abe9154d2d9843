use super::network::NetworkWindowExplainer;
use crate::{Decoder, EngineError, Model};
use motrace_core::{Decision, Relevance};
use motrace_decode::Discriminant;
use motrace_explain::CspExplainer;
use ndarray::ArrayView2;

/// Explains the decisions of a model from the windows they were made of, whatever its decoder is.
#[derive(Debug, Clone)]
pub struct WindowExplainer(Kind);

#[derive(Debug, Clone)]
enum Kind {
    CspLda(Box<CspExplainer>),
    Network(Box<NetworkWindowExplainer>),
}

impl WindowExplainer {
    /// An explainer of a model's decisions.
    ///
    /// # Errors
    /// Where its parts do not belong together, or a layer has no rule.
    pub fn new(model: &Model) -> Result<Self, EngineError> {
        let preparation = &model.preparation;
        model.decoder.check(preparation)?;
        let longest = preparation.window_samples().max(preparation.sliding_samples());
        Ok(Self(match &model.decoder {
            Decoder::CspLda(decoder) => {
                Kind::CspLda(Box::new(CspExplainer::new(decoder, preparation.channels.labels(), longest)))
            }
            Decoder::Network(decoder) => Kind::Network(Box::new(NetworkWindowExplainer::new(decoder, preparation)?)),
        }))
    }

    /// A relevance for windows of so many samples, to be filled by [`Self::explain_into`].
    #[must_use]
    pub fn empty_for(&self, window_samples: usize) -> Relevance {
        match &self.0 {
            Kind::CspLda(explainer) => explainer.empty_for(window_samples),
            Kind::Network(explainer) => explainer.empty_for(window_samples),
        }
    }

    /// Explains one decision from its window, `[channels, samples]` as it is prepared, into a relevance that is reused. It
    /// allocates nothing where that comes from [`Self::empty_for`] or an earlier call with as many samples.
    pub fn explain_into(&mut self, window: ArrayView2<f64>, decision: &Decision, out: &mut Relevance) {
        match &mut self.0 {
            Kind::CspLda(explainer) => explainer.explain_into(window, decision, out),
            Kind::Network(explainer) => explainer.explain_into(window, decision, out),
        }
    }

    /// Explains the decisions of a decoder that has adapted; networks do not adapt.
    pub fn set_discriminant(&mut self, discriminant: &Discriminant) {
        match &mut self.0 {
            Kind::CspLda(explainer) => explainer.set_discriminant(discriminant),
            Kind::Network(_) => {}
        }
    }
}
