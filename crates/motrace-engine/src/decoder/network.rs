use crate::{EngineError, Preparation};
use motrace_explain::network::{Composite, NetworkReference};
use motrace_net::training::{SeedReport, TrainingSettings};
use motrace_net::{Architecture, Network, Shape};

/// A network that decodes, with all that is needed to run and to explain it.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkDecoder {
    /// What it is made of.
    pub architecture: Architecture,
    /// The network as it was trained, batch norms and all. It reads windows of the length of sliding decisions.
    pub network: Network<f32>,
    /// From one window in a longer trial to the next, in samples of the stream; the trial's value is the mean over them.
    pub crop_stride_samples: usize,
    /// The slope from the differences of its outputs to log-odds, from trials that it had not seen.
    pub logit_gain: f64,
    /// By which rules its decisions are explained.
    pub composite: Composite,
    /// What explanations need to know of the training windows, where the rules ask for it.
    pub reference: Option<NetworkReference>,
    /// How it was trained; `None` where it was not trained here.
    pub training: Option<NetworkTraining>,
}

/// How a network was trained.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkTraining {
    /// The settings.
    pub settings: TrainingSettings,
    /// The seed that was kept.
    pub seed: u64,
    /// How each seed went.
    pub reports: Vec<SeedReport>,
}

impl NetworkDecoder {
    /// Checks that it reads what is prepared, tells its classes apart, and can be merged without changing what it says.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, preparation: &Preparation) -> Result<(), EngineError> {
        let network = |e: motrace_net::NetError| EngineError::Network(e.to_string());
        let samples = preparation.sliding_samples();
        let wanted = Shape::window(preparation.channels.len(), preparation.input.values(samples, preparation.rate_hz));
        let found = self.network.input();
        if found != wanted {
            return Err(EngineError::Window { wanted, found });
        }
        if preparation.window_samples() < samples {
            return Err(EngineError::TrialTooShort { trial: preparation.window_samples(), window: samples });
        }
        let (classes, decoder) = (preparation.classes.len(), self.network.classes());
        if decoder != classes {
            return Err(EngineError::Classes { classes, decoder, title: self.architecture.title() });
        }
        if !self.logit_gain.is_finite() || self.crop_stride_samples == 0 {
            return Err(EngineError::Network("its logit gain or the stride of its crops is impossible".to_owned()));
        }
        self.network.check().map_err(network)?;
        self.network.merged().map_err(network)?;
        Ok(())
    }
}
