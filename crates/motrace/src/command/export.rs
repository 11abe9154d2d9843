//! `motrace export`

use crate::arguments::ExportArguments;
use crate::failure::Failure;
use crate::output::say;
use crate::setup;
use motrace_net::to_torch_safetensors;
use std::fs;
use std::io::Write;

/// Writes a model's network for PyTorch.
pub fn run(arguments: &ExportArguments) -> Result<(), Failure> {
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
    let path = &arguments.output;
    let file = if arguments.force { fs::File::create(path) } else { fs::File::create_new(path) };
    let written = file.and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    written.map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::failed(format_args!(
            "{} exists already; give another name, or --force to replace it",
            path.display()
        )),
        _ => Failure::failed(format_args!("{}: {e}", path.display())),
    })?;
    say(&format!("weights     {}", path.display()));
    Ok(())
}
