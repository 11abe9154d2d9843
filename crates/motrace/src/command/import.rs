//! `motrace import`

use super::train::save;
use crate::arguments::ImportArguments;
use crate::config::{Config, DecoderKind};
use crate::failure::Failure;
use crate::figures;
use crate::output::{self, say};
use crate::recordings::Loaded;
use crate::setup;
use motrace_core::{Channel, Role, StreamInfo, Unit};
use motrace_engine::{Imported, RecordingStamp, Tape, import_network};
use motrace_net::{Architecture, TorchNetwork};
use serde_json::json;

/// Makes a network of PyTorch a model, with what the configuration says of the stream it is for.
pub fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let mut config = Config::read(&arguments.config)?;
    setup::classes(&config)?;
    if arguments.output.exists() && !arguments.force {
        return Err(Failure::failed(format_args!(
            "{} exists already; give another name, or --force to replace it",
            arguments.output.display()
        )));
    }
    let weights = arguments.weights.display();
    let torch = TorchNetwork::load(&arguments.weights).map_err(|e| match e {
        e @ motrace_net::TorchError::Io { .. } => Failure::from(e),
        e => Failure::failed(format_args!("{weights}: {e}")),
    })?;
    adapt(&mut config, &torch).map_err(|e| {
        Failure::usage(format_args!("{weights} with the configuration {}: {e}", arguments.config.display()))
    })?;

    let mut tapes: Vec<(RecordingStamp, Tape)> = Vec::new();
    let mut first_info = None;
    for path in &arguments.recordings {
        let loaded = Loaded::open(path, &config)?;
        tapes.push((loaded.stamp()?, loaded.tape()?));
        first_info.get_or_insert(loaded.info);
    }
    let info = match first_info {
        Some(info) => info,
        None => described(&config, &torch)?,
    };
    let preparation = setup::preparation(&config, &info, &[])?;
    let recordings: Vec<_> = tapes.iter().map(|(stamp, tape)| (stamp.clone(), tape)).collect();
    let imported =
        import_network(&torch, &preparation, config.decoder.explanation, &recordings, env!("CARGO_PKG_VERSION"))
            .map_err(|e| Failure::failed(format_args!("{weights}: {e}")))?;
    save(&imported.model, &arguments.output, arguments.force)?;
    if arguments.json { output::json(&as_json(&torch, &imported)) } else { report(arguments, &torch, &imported) }
}

/// Fills in what the configuration leaves open and the network says.
fn adapt(config: &mut Config, torch: &TorchNetwork) -> Result<(), Failure> {
    let values_per_sec = match &torch.architecture {
        Some(Architecture::Mlp(_)) => {
            config.decoder.kind = DecoderKind::Mlp;
            config.decoder.envelope.values_per_sec
        }
        Some(Architecture::EegNet(_)) => {
            config.decoder.kind = DecoderKind::EegNet;
            torch.rate_hz
        }
        _ => {
            config.decoder.kind = DecoderKind::Shallow;
            torch.rate_hz
        }
    };
    if config.channels.used.is_none() {
        config.channels.used.clone_from(&torch.channel_names);
    }
    if config.decisions.window_secs.is_none() {
        config.decisions.window_secs = Some(torch.network.input().samples as f64 / values_per_sec);
    }
    config.check().map_err(Failure::usage)
}

/// The stream that the network is for, where no recording says it.
fn described(config: &Config, torch: &TorchNetwork) -> Result<StreamInfo, Failure> {
    if config.decoder.kind == DecoderKind::Mlp {
        return Err(Failure::usage(
            "a network that reads envelopes does not say the stream's sampling rate: give a recording with -r",
        ));
    }
    let labels = config.stream.labels.as_ref().or(config.channels.used.as_ref()).ok_or_else(|| {
        Failure::usage(
            "neither the weights nor the configuration name the channels: give [channels] use in the network's order, or a recording with -r",
        )
    })?;
    let unit = config.stream.unit.as_deref().map_or(Unit::Microvolts, Unit::parse);
    let channel = |label: &String| Channel { label: label.clone(), role: Role::Eeg, unit: unit.clone() };
    Ok(StreamInfo {
        name: "EEG".to_owned(),
        kind: "EEG".to_owned(),
        rate_hz: torch.rate_hz,
        channels: labels.iter().map(channel).collect(),
        ..StreamInfo::default()
    })
}

fn report(arguments: &ImportArguments, torch: &TorchNetwork, imported: &Imported) -> Result<(), Failure> {
    let model = &imported.model;
    say(&format!("decoder     {}", figures::described(model)));
    say(&format!(
        "weights     {} of PyTorch; its outputs come out here within {:.0e} of the largest",
        torch.class,
        torch.difference.max(1e-16)
    ));
    if let Some(network) = model.decoder.network() {
        super::info::network::show(network, model.preparation.input.values_per_sec(model.preparation.rate_hz));
    }
    if let Some([right, of]) = imported.right {
        say(&format!(
            "trials      {right} of {of} decided right; whether it was trained on some of them, motrace cannot know"
        ));
    } else {
        output::warn(
            "no recording was given (-r): nothing says that stream and preparation are those it was trained with",
        );
    }
    say(&format!("model       {}", arguments.output.display()));
    Ok(())
}

fn as_json(torch: &TorchNetwork, imported: &Imported) -> serde_json::Value {
    json!({
        "class": torch.class,
        "decoder": imported.model.decoder.kind(),
        "classes": imported.model.preparation.class_names(),
        "channels": imported.model.preparation.channels.labels(),
        "rate_hz": imported.model.preparation.rate_hz,
        "difference_from_pytorch": torch.difference,
        "trials": imported.right.map(|[right, of]| json!({ "right": right, "of": of })),
        "network": super::info::network::as_json(&imported.model),
    })
}
