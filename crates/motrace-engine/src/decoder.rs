use crate::{EngineError, InputStage, Preparation};
use motrace_decode::CspLda;

mod logits;
mod network;
mod reader;

pub use logits::Logits;
pub use network::{NetworkDecoder, NetworkTraining};
pub use reader::NetworkReader;
pub(crate) use reader::WindowInput;

/// What decides: a closed list, so that everything that is done with decoders is an exhaustive match.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a model, and CSP + LDA is the usual one")]
pub enum Decoder {
    /// Common spatial patterns, log-power, shrinkage LDA.
    CspLda(CspLda),
    /// A small network.
    Network(Box<NetworkDecoder>),
}

impl Decoder {
    /// Its name on the command line and in files.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CspLda(_) => "csp-lda",
            Self::Network(network) => network.architecture.name(),
        }
    }

    /// Its name in the field.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::CspLda(_) => "CSP + LDA".to_owned(),
            Self::Network(network) => network.architecture.title(),
        }
    }

    /// How many classes it tells apart.
    #[must_use]
    pub fn classes(&self) -> usize {
        match self {
            Self::CspLda(_) => 2,
            Self::Network(network) => network.network.classes(),
        }
    }

    /// How many channels it reads.
    #[must_use]
    pub fn channels(&self) -> usize {
        match self {
            Self::CspLda(decoder) => decoder.channels(),
            Self::Network(network) => network.network.input().rows,
        }
    }

    /// The decoder of spatial patterns, where it is one.
    #[must_use]
    pub fn csp_lda(&self) -> Option<&CspLda> {
        match self {
            Self::CspLda(decoder) => Some(decoder),
            Self::Network(_) => None,
        }
    }

    /// The network, where it is one.
    #[must_use]
    pub fn network(&self) -> Option<&NetworkDecoder> {
        match self {
            Self::CspLda(_) => None,
            Self::Network(network) => Some(network),
        }
    }

    /// Whether it can go on learning without labels. Networks cannot: what is known of adapting linear decoders safely
    /// does not hold for them.
    #[must_use]
    pub fn can_adapt(&self) -> bool {
        match self {
            Self::CspLda(decoder) => motrace_decode::Adapter::new(decoder).is_some(),
            Self::Network(_) => false,
        }
    }

    /// The slope from its outputs to log-odds.
    #[must_use]
    pub fn logit_gain(&self) -> f64 {
        match self {
            Self::CspLda(decoder) => decoder.logit_gain,
            Self::Network(network) => network.logit_gain,
        }
    }

    pub(crate) fn set_logit_gain(&mut self, gain: f64) {
        match self {
            Self::CspLda(decoder) => decoder.logit_gain = gain,
            Self::Network(network) => network.logit_gain = gain,
        }
    }

    /// Checks that it goes with a preparation, and that its numbers are finite.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, preparation: &Preparation) -> Result<(), EngineError> {
        let channels = preparation.channels.len();
        if self.channels() != channels {
            return Err(EngineError::Shape { channels, decoder: self.channels() });
        }
        let classes = preparation.classes.len();
        if self.classes() != classes {
            return Err(EngineError::Classes { classes, decoder: self.classes(), title: self.title() });
        }
        match self {
            Self::CspLda(_) if preparation.input != InputStage::Filtered => Err(EngineError::Input),
            Self::CspLda(_) => Ok(()),
            Self::Network(network) => network.check(preparation),
        }
    }
}

impl From<CspLda> for Decoder {
    fn from(decoder: CspLda) -> Self {
        Self::CspLda(decoder)
    }
}
