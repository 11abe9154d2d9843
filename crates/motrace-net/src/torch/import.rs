use super::tensors::{Tensors, shown};
use super::{DESCRIPTION, Description, FORMAT, TorchError, TorchNetwork, layout, modules, probe};
use crate::{Network, Shape};
use motrace_core::clean_text;
use safetensors::tensor::SafeTensors;
use std::fs;
use std::path::Path;

/// A larger file holds no network that runs live.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// A longer description is none.
const MAX_DESCRIPTION_BYTES: usize = 1 << 20;
/// Names of classes and channels are cut beyond this.
const MAX_NAME_CHARS: usize = 60;
/// Samples of a window and channels.
const MAX_EXTENT: usize = 1 << 20;

impl TorchNetwork {
    /// Reads weights that `export_braindecode.py` has written.
    ///
    /// # Errors
    /// What is wrong with the file. Memory is bounded by the file's size and by that of one window's activations.
    pub fn load(path: &Path) -> Result<Self, TorchError> {
        let io = |source| TorchError::Io { path: path.display().to_string(), source };
        let found = fs::metadata(path).map_err(io)?.len();
        if found > MAX_BYTES {
            return Err(TorchError::TooLarge { found, limit: MAX_BYTES });
        }
        Self::from_bytes(&fs::read(path).map_err(io)?)
    }

    /// Reads the bytes of such a file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TorchError> {
        let damaged = |e: safetensors::SafeTensorError| TorchError::Damaged(clean_text(&e.to_string(), 200));
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let mut tensors = Tensors::new(SafeTensors::deserialize(bytes).map_err(damaged)?);
        let text = metadata.metadata().as_ref().and_then(|strings| strings.get(DESCRIPTION));
        let description = described(text.ok_or(TorchError::NoDescription)?)?;
        tensors.all_resolved()?;

        let input = Shape::window(description.channels, description.samples);
        let layers = modules::layers(&description.modules, input, &mut tensors)?;
        let network = Network::new(input, layers)?;
        if network.classes() != description.classes.len() {
            let (outputs, names) = (network.classes(), description.classes.len());
            return Err(TorchError::Description(format!("it has {outputs} outputs and {names} names of classes")));
        }
        let difference = probe::compare(&network, &mut tensors)?;
        tensors.all_used()?;
        Ok(Self {
            architecture: layout::architecture(&network),
            network,
            class: clean_text(&description.class, MAX_NAME_CHARS),
            rate_hz: description.rate_hz,
            classes: names(&description.classes),
            channel_names: description.channel_names.as_deref().map(names),
            difference,
        })
    }
}

fn described(text: &str) -> Result<Description, TorchError> {
    let wrong = |why: String| TorchError::Description(why);
    if text.len() > MAX_DESCRIPTION_BYTES {
        return Err(wrong(format!("it is {} bytes long, more than {MAX_DESCRIPTION_BYTES}", text.len())));
    }
    /// Read first: other formats can have other fields.
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let json = |e: serde_json::Error| wrong(shown(&e.to_string()));
    let Format { format } = serde_json::from_str(text).map_err(json)?;
    if format != FORMAT {
        return Err(TorchError::Format(format));
    }
    let description: Description = serde_json::from_str(text).map_err(json)?;
    let Description { channels, samples, rate_hz, channel_names, .. } = &description;
    for (what, found) in [("channels", *channels), ("samples", *samples)] {
        if !(1..=MAX_EXTENT).contains(&found) {
            return Err(wrong(format!("it is for {found} {what}")));
        }
    }
    if !(rate_hz.is_finite() && *rate_hz > 0.0) {
        return Err(wrong(format!("its sampling rate is {rate_hz} Hz")));
    }
    if let Some(names) = channel_names
        && names.len() != *channels
    {
        return Err(wrong(format!("it is for {channels} channels and names {}", names.len())));
    }
    Ok(description)
}

fn names(given: &[String]) -> Vec<String> {
    given.iter().map(|name| clean_text(name, MAX_NAME_CHARS)).collect()
}
