use motrace_decode::CspLdaSettings;
use motrace_explain::network::Composite;
use motrace_net::Architecture;
use motrace_net::training::TrainingSettings;

/// Which decoder is trained, and how.
#[derive(Debug, Clone, PartialEq)]
pub enum DecoderSettings {
    /// Common spatial patterns, log-power, shrinkage LDA.
    CspLda(CspLdaSettings),
    /// A small network.
    Network(Box<NetworkSettings>),
}

impl Default for DecoderSettings {
    fn default() -> Self {
        Self::CspLda(CspLdaSettings::default())
    }
}

/// How a network is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSettings {
    /// What it is made of.
    pub architecture: Architecture,
    /// How it learns. Where trials are longer than the window of sliding decisions, crops of that length are cut from them,
    /// whatever is said here of their length.
    pub training: TrainingSettings,
    /// By which rules its decisions are explained.
    pub composite: Composite,
}

impl NetworkSettings {
    /// The usual settings of a network.
    #[must_use]
    pub fn new(architecture: Architecture) -> Self {
        Self { architecture, training: TrainingSettings::default(), composite: Composite::default() }
    }
}
