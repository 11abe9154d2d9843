//! What a configuration says of the decoder.

use motrace_explain::network::Composite;
use motrace_net::training::TrainingSettings;
use motrace_net::{Architecture, EegNet, Mlp, ShallowConvNet};
use serde::{Deserialize, Serialize};

/// `[decoder]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecoderConfig {
    /// The kind of decoder.
    pub kind: DecoderKind,
    /// Spatial patterns on each side of the spectrum, of CSP + LDA.
    pub patterns_per_side: usize,
    /// The share of each new sample in the moving mean and variance by which channels are standardised for networks.
    pub standardise_factor: f64,
    /// By which rules a network's decisions are explained: a name, or a rule for each type of layer.
    pub explanation: Composite,
    /// The sizes of EEGNet.
    pub eegnet: EegNet,
    /// The sizes of ShallowConvNet.
    pub shallow: ShallowConvNet,
    /// The sizes of the perceptron.
    pub mlp: Mlp,
    /// The envelopes that the perceptron reads.
    pub envelope: EnvelopeConfig,
    /// How networks learn.
    pub training: TrainingSettings,
}

/// `[decoder.envelope]`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvelopeConfig {
    /// Up to where envelopes follow changes, in hertz.
    pub low_pass_hz: f64,
    /// How many values of a second the network reads.
    pub values_per_sec: f64,
}

impl Default for EnvelopeConfig {
    fn default() -> Self {
        Self { low_pass_hz: 5.0, values_per_sec: 100.0 }
    }
}

impl Default for DecoderConfig {
    fn default() -> Self {
        Self {
            kind: DecoderKind::CspLda,
            patterns_per_side: 3,
            standardise_factor: motrace_signal::MovingStandardiser::USUAL_FACTOR,
            explanation: Composite::default(),
            eegnet: EegNet::default(),
            shallow: ShallowConvNet::default(),
            mlp: Mlp::default(),
            envelope: EnvelopeConfig::default(),
            training: TrainingSettings::default(),
        }
    }
}

impl DecoderConfig {
    /// The network, where the decoder is one.
    #[must_use]
    pub fn architecture(&self) -> Option<Architecture> {
        match self.kind {
            DecoderKind::CspLda => None,
            DecoderKind::EegNet => Some(Architecture::EegNet(self.eegnet.clone())),
            DecoderKind::Shallow => Some(Architecture::Shallow(self.shallow.clone())),
            DecoderKind::Mlp => Some(Architecture::Mlp(self.mlp.clone())),
        }
    }
}

/// `kind = …`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum DecoderKind {
    /// Common spatial patterns, log-power, shrinkage LDA.
    CspLda,
    /// EEGNet (Lawhern et al. 2018).
    #[serde(rename = "eegnet")]
    #[value(name = "eegnet")]
    EegNet,
    /// ShallowConvNet (Schirrmeister et al. 2017).
    Shallow,
    /// A multilayer perceptron on band-power envelopes (Sturm et al. 2016).
    Mlp,
}
