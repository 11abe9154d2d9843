//! Networks from PyTorch and to it, as safetensors files.
//!
//! A short Python script (`tests/scripts/export_braindecode.py`) writes the weights of braindecode's EEGNet and
//! ShallowFBCSPNet, or of a plain sequence of known modules, as the modules use them: constraints such as max-norm
//! resolved. What cannot be seen from their shapes, such as padding, is in the file's metadata; and so that nothing has to be
//! taken on trust, the file holds a few windows and what PyTorch makes of them, which has to come out here too.

mod error;
mod export;
mod import;
mod layout;
mod modules;
mod probe;
mod tensors;

pub use error::TorchError;
pub use export::to_torch_safetensors;

use crate::{Architecture, Network, Shape};
use modules::Module;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where the metadata of a file says what it holds, as JSON.
const DESCRIPTION: &str = "motrace";
/// The version of that.
const FORMAT: u32 = 1;
/// Windows that go through the network, `[windows, channels, samples]`.
const PROBE_WINDOWS: &str = "motrace.windows";
/// What PyTorch makes of them, `[windows, classes]`.
const PROBE_OUTPUTS: &str = "motrace.outputs";

/// A network that was made in PyTorch, and what it says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct TorchNetwork {
    /// The network.
    pub network: Network<f32>,
    /// The name of its Python class.
    pub class: String,
    /// What it is, where it has exactly the layers of one of ours.
    pub architecture: Option<Architecture>,
    /// The sampling rate of its windows.
    pub rate_hz: f64,
    /// The names of its classes, in the order of its outputs.
    pub classes: Vec<String>,
    /// The names of its channels, in the order of a window's rows, where they are known.
    pub channel_names: Option<Vec<String>>,
    /// The largest difference from what PyTorch says of the windows in the file, relative to its largest output.
    pub difference: f64,
}

impl TorchNetwork {
    /// What in a file's metadata describes such a network; nothing else has it.
    pub const METADATA_KEY: &'static str = DESCRIPTION;

    /// Checks that windows of `[channels, samples]` at `rate_hz` are what it is for.
    ///
    /// # Errors
    /// Which of these differs, and what the network wants.
    pub fn check_input(&self, channels: usize, samples: usize, rate_hz: f64) -> Result<(), TorchError> {
        let Shape { rows, samples: own_samples, .. } = self.network.input();
        let differs = |what, own: f64, given: f64| Err(TorchError::Input { what, own, given });
        if channels != rows {
            return differs("channels", rows as f64, channels as f64);
        }
        if (rate_hz - self.rate_hz).abs() > 1e-6 * self.rate_hz {
            return differs("hertz", self.rate_hz, rate_hz);
        }
        if samples != own_samples {
            return differs("samples in a window", own_samples as f64, samples as f64);
        }
        Ok(())
    }
}

/// What the metadata says.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    format: u32,
    class: String,
    channels: usize,
    samples: usize,
    rate_hz: f64,
    classes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel_names: Option<Vec<String>>,
    modules: Vec<Module>,
    /// With which arguments the Python class makes such a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    config: Option<Map<String, Value>>,
}
