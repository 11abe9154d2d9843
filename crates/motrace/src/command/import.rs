//! `motrace import`

use super::train::save;
use crate::arguments::ImportArguments;
use crate::config::{Config, DecoderKind};
use crate::failure::Failure;
use crate::figures;
use crate::new_file;
use crate::output::{self, say};
use crate::recordings::Loaded;
use crate::setup;
use motrace_core::{Channel, Role, StreamInfo, Unit, clean_text};
use motrace_engine::{ImportError, Imported, Preparation, RecordingStamp, Tape, import_network};
use motrace_net::{Architecture, TorchNetwork};
use serde_json::json;
use std::path::PathBuf;

/// Makes a network of PyTorch a model, with what the configuration says of the stream it is for.
pub fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let mut config = Config::read(&arguments.config)?;
    setup::classes(&config)?;
    let read = [&arguments.weights, &arguments.config].into_iter().chain(&arguments.recordings);
    new_file::check_other(&arguments.output, read.map(PathBuf::as_path))?;
    new_file::check_place(&arguments.output, arguments.force)?;
    let weights = arguments.weights.display();
    let torch = TorchNetwork::load(&arguments.weights).map_err(|e| match e {
        e @ motrace_net::TorchError::Io { .. } => Failure::from(e),
        e => Failure::failed(format_args!("{weights}: {e}")),
    })?;
    let with_config = || format!("{weights} with the configuration {}", arguments.config.display());
    let names_are_its_own = config.channels.used.is_none() && torch.channel_names.is_some();
    adapt(&mut config, &torch).map_err(|why| match why {
        Failure::Usage(e) => Failure::usage(format_args!("{}: {e}", with_config())),
        Failure::Failed(e) => Failure::failed(format_args!("{}: {e}", with_config())),
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
    if names_are_its_own {
        check_labels(&torch, &info).map_err(|e| Failure::failed(format_args!("{weights}: {e}")))?;
    }
    let preparation = setup::preparation(&config, &info, &[])?;
    check_fit(&config, &torch, &preparation).map_err(|e| Failure::failed(format_args!("{}: {e}", with_config())))?;
    let recordings: Vec<_> = tapes.iter().map(|(stamp, tape)| (stamp.clone(), tape)).collect();
    let imported =
        import_network(&torch, &preparation, config.decoder.explanation, &recordings, env!("CARGO_PKG_VERSION"))
            .map_err(|e| {
                let how = if matches!(e, ImportError::NeedsTrials(_)) { "; give them with -r REC" } else { "" };
                Failure::failed(format_args!("{weights}: {e}{how}"))
            })?;
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
        let secs = torch.network.input().samples as f64 / values_per_sec;
        let [start, end] = config.trials.window_secs;
        if secs > end - start + 1e-9 {
            return Err(Failure::failed(format_args!(
                "the network reads windows of {}, and those of the trials are shorter: [trials] window_secs = [{start}, {end}]; make \
                 them as long as the trials it was trained on",
                windows(torch, values_per_sec)
            )));
        }
        config.decisions.window_secs = Some(secs);
    }
    config.check().map_err(Failure::usage)
}

/// `500 values at 250 Hz (2 s)`
fn windows(torch: &TorchNetwork, values_per_sec: f64) -> String {
    let samples = torch.network.input().samples;
    format!("{samples} values at {values_per_sec} Hz ({} s)", samples as f64 / values_per_sec)
}

/// The channels that the weights name have to be in the recording.
fn check_labels(torch: &TorchNetwork, info: &StreamInfo) -> Result<(), String> {
    let names = torch.channel_names.iter().flatten();
    let missing: Vec<&str> = names.filter(|name| info.channel_index(name).is_none()).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let there: Vec<&str> = info.channels.iter().map(|channel| channel.label.as_str()).collect();
    Err(format!(
        "this file names channels of the network that the stream does not have: {}; it has {}. If they are the same under other \
         names, give these with [stream] labels in the configuration",
        clean_text(&missing.join(" "), 200),
        clean_text(&there.join(" "), 400)
    ))
}

/// What the network reads has to be what the configuration makes of the stream.
fn check_fit(config: &Config, torch: &TorchNetwork, preparation: &Preparation) -> Result<(), String> {
    let (input, reads_envelopes) = (torch.network.input(), config.decoder.kind == DecoderKind::Mlp);
    let (channels, rate_hz) = (preparation.channels.len(), preparation.input.values_per_sec(preparation.rate_hz));
    if channels != input.rows {
        return Err(format!(
            "the network reads {} channels, and {channels} are selected: select those it was trained with, in its order, by \
             [channels] use in the configuration",
            input.rows
        ));
    }
    if (rate_hz - torch.rate_hz).abs() > 1e-6 * torch.rate_hz {
        return Err(if reads_envelopes {
            format!(
                "the network reads {} values per second, and [decoder.envelope] values_per_sec = {rate_hz}: set that to {0}",
                torch.rate_hz
            )
        } else {
            format!(
                "the network reads {} Hz, and the stream has {rate_hz} Hz: give recordings of {0} Hz, or train the network at \
                 {rate_hz} Hz",
                torch.rate_hz
            )
        });
    }
    let samples = preparation.input.values(preparation.sliding_samples(), preparation.rate_hz);
    if samples != input.samples {
        return Err(format!(
            "the network reads windows of {}, and [decisions] window_secs = {} makes {samples}: leave that out, or set it to {}",
            windows(torch, rate_hz),
            config.sliding_secs(),
            input.samples as f64 / rate_hz
        ));
    }
    Ok(())
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
