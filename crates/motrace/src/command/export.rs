//! `motrace export`

use crate::arguments::ExportArguments;
use crate::failure::Failure;
use crate::new_file;
use crate::output::say;
use crate::setup;
use motrace_net::to_torch_safetensors;

/// Writes a model's network for PyTorch.
pub fn run(arguments: &ExportArguments) -> Result<(), Failure> {
    let path = &arguments.output;
    new_file::check_other(path, [arguments.model.as_path()])?;
    let model = setup::model(&arguments.model)?;
    let Some(decoder) = model.decoder.network() else {
        return Err(Failure::failed(format_args!(
            "{} is {}: only networks can be given to PyTorch",
            arguments.model.display(),
            model.decoder.title()
        )));
    };
    let preparation = &model.preparation;
    let rate_hz = preparation.input.values_per_sec(preparation.rate_hz);
    let classes = crate::session_feed::names_of(preparation);
    let bytes = to_torch_safetensors(&decoder.network, rate_hz, &classes, Some(preparation.channels.labels()))?;
    new_file::write(path, &bytes, arguments.force)?;
    say(&format!("weights     {}", path.display()));
    Ok(())
}
