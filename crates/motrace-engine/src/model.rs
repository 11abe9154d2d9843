use crate::{Decoder, EngineError, Preparation};

mod csp_lda;
mod digest;
mod file;
mod header;
mod network;

pub use file::ModelFileError;

/// A trained decoder with all that is needed to use it, and to refuse to.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What lies between a stream and the decoder.
    pub preparation: Preparation,
    /// The decoder.
    pub decoder: Decoder,
    /// Where it comes from.
    pub about: About,
}

/// Where a model comes from, and what it is worth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// The recordings it was trained on, in order.
    pub recordings: Vec<RecordingStamp>,
    /// How many trials of each class it was trained on; empty where it was trained elsewhere.
    pub trained_trials: Vec<usize>,
    /// How many trials of those recordings were left out.
    pub left_out_trials: usize,
    /// The seed, where the data was simulated.
    pub seed: Option<u64>,
    /// How it was validated, in words; empty where it was not.
    pub validation: String,
    /// The accuracy of that validation, between 0 and 1.
    pub accuracy: Option<f64>,
    /// The 95 % interval within which guessing would lie, for as many trials.
    pub chance_interval: Option<[f64; 2]>,
    /// The version of motrace that trained it.
    pub motrace_version: String,
    /// Channels that were left out because they carried no signal, with the reason.
    pub excluded_channels: Vec<String>,
}

/// A recording's identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingStamp {
    /// Its file name.
    pub name: String,
    /// The SHA-256 of the file, in hexadecimal; empty where there is no file.
    pub sha256: String,
}

impl Model {
    /// Checks that its parts belong together and hold only finite numbers.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), EngineError> {
        self.preparation.check()?;
        self.decoder.check(&self.preparation)
    }
}
