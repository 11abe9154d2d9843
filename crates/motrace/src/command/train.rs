//! `motrace train`

mod checkpoint;
mod course;
mod tuning;

use crate::arguments::TrainArguments;
use crate::config::Config;
use crate::failure::Failure;
use crate::figures::{self, Relevance};
use crate::new_file;
use crate::output::{self, percent, say};
use crate::recordings::{self, Loaded};
use crate::setup;
use motrace_engine::{Artefact, Model, RecordingStamp, Tape, TrainSettings, Trained, TrainingError};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Trains a model, validates it, and says what it is worth.
pub fn run(arguments: &TrainArguments) -> Result<(), Failure> {
    let mut config = Config::read(&arguments.config)?;
    if let Some(kind) = arguments.decoder {
        config.decoder.kind = kind;
        config.check().map_err(|e| {
            Failure::usage(format_args!("--decoder with the configuration {}: {e}", arguments.config.display()))
        })?;
    }
    setup::check_decoder(&config)?;
    let recordings = recordings::wanted_in_folders(&arguments.recordings, &arguments.bids)?;
    check_places(arguments, &recordings)?;
    let reading = output::progress("reading recordings", recordings.len() as u64);
    let mut tapes: Vec<(RecordingStamp, Tape)> = Vec::new();
    let mut first_info = None;
    for path in &recordings {
        let loaded = Loaded::open(path, &config)?;
        tapes.push((loaded.stamp()?, loaded.tape()?));
        first_info.get_or_insert(loaded.info);
        reading.inc(1);
    }
    reading.finish_and_clear();
    recordings::refuse_twice(tapes.iter().map(|(stamp, _)| stamp))?;
    let info = first_info.ok_or_else(|| Failure::usage("no recording is given"))?;
    let preparation = setup::preparation(&config, &info, &[])?;

    if !tapes.iter().flat_map(|(_, tape)| tape.markers()).any(|m| preparation.class_of(m).is_some()) {
        let named = preparation.classes.iter().map(|class| format!("{} ({})", class.name, class.markers.join(", ")));
        let cues = named.collect::<Vec<_>>().join(" or ");
        return Err(Failure::failed(with_markers(&format!("no cue of {cues} was found"), &tapes)));
    }
    let mut settings = setup::training(&config);
    settings.reject_artefacts = (settings.reject_artefacts || arguments.reject_artefacts) && !arguments.keep_artefacts;
    settings.choose_band |= arguments.choose_band;
    if arguments.choose_window {
        settings.choose_window = Some(setup::window_range_secs(&config));
    }
    if arguments.no_validation {
        settings.folds = None;
    }
    let recordings: Vec<_> = tapes.iter().map(|(stamp, tape)| (stamp.clone(), tape)).collect();
    let mut course = course::Course::new(&settings, arguments.output.as_deref())?;
    let trained = course.train(&recordings, &preparation, &settings, |error| match lacks_trials(error) {
        true => with_markers(&error.to_string(), &tapes),
        false => error.to_string(),
    })?;

    if let Some(path) = &arguments.output {
        save(&trained.model, path, arguments.force).map_err(|why| course.kept(&why))?;
    }
    course.is_done()?;
    let relevance = course.relevance(&trained)?;
    if let Some(path) = &arguments.figure {
        figures::write(path, &figures::class_means(&trained, &relevance), "class means")?;
    }
    if arguments.json {
        output::json(&as_json(&trained, &relevance))
    } else {
        report(&trained, &relevance, &settings, arguments);
        Ok(())
    }
}

/// Checks before training that all that it gives can be written, over nothing that is read.
fn check_places(arguments: &TrainArguments, recordings: &[PathBuf]) -> Result<(), Failure> {
    let read = || recordings.iter().chain([&arguments.config]).map(PathBuf::as_path);
    if let Some(path) = &arguments.output {
        new_file::check_other(path, read())?;
        new_file::check_place(path, arguments.force)?;
    }
    if let Some(path) = &arguments.figure {
        figures::check_ending(path)?;
        if arguments.output.as_ref() == Some(path) {
            return Err(Failure::usage("-o and --figure name the same file: give each its own"));
        }
        new_file::check_place(path, false)?;
    }
    Ok(())
}

/// Saves a model; an old one is replaced in one step, so that there always is a whole one.
pub(super) fn save(model: &Model, path: &Path, replace: bool) -> Result<(), Failure> {
    new_file::write(path, &model.to_bytes()?, replace)
}

/// Whether trials were looked for and too few found.
fn lacks_trials(error: &TrainingError) -> bool {
    matches!(error, TrainingError::Decoder(error) if error.is_lack_of_trials())
}

/// Where too few trials were found, the markers that are there help to find out why.
fn with_markers(message: &str, tapes: &[(RecordingStamp, Tape)]) -> String {
    let mut texts: Vec<&str> = tapes.iter().flat_map(|(_, tape)| tape.markers()).map(|m| m.text.as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    let shown: Vec<String> = texts.iter().take(20).map(|t| format!("{:?}", motrace_core::clean_text(t, 30))).collect();
    let there = if shown.is_empty() { "none".into() } else { shown.join(" ") };
    format!("{message}\nmarkers in the recordings: {there}")
}

fn report(trained: &Trained, relevance: &Relevance, settings: &TrainSettings, arguments: &TrainArguments) {
    let (model, epochs) = (&trained.model, &trained.epochs);
    let preparation = &model.preparation;
    let names = preparation.class_names();
    say(&format!(
        "recordings  {}",
        model.about.recordings.iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ")
    ));
    say(&format!("decoder     {}", figures::described(model)));
    if let Some(line) = tuning::band(trained, settings) {
        say(&format!("band        {line}"));
    }
    if let Some(line) = tuning::window(trained, settings) {
        say(&format!("window      {line}"));
    }
    if !trained.excluded.is_empty() {
        let list: Vec<_> = trained.excluded.iter().map(|q| format!("{} ({})", q.label, q.condition.name())).collect();
        say(&format!("left out    {} channel(s) without a signal: {}", list.len(), list.join(", ")));
    }
    let counts: Vec<String> =
        model.about.trained_trials.iter().zip(&names).map(|(count, name)| format!("{count} {name}")).collect();
    say(&format!("trials      {}: {}{}", epochs.labels.len(), counts.join(", "), left_out(trained)));
    for artefact in &trained.artefacts {
        say(&format!("            {}", described(artefact, trained)));
    }
    for (label, noise) in &trained.noisy_channels {
        say(&format!("noisy       {label} {noise}; [channels] exclude leaves it out"));
    }
    if let Some(v) = &trained.validation {
        say(&format!("validation  {}", model.about.validation));
        say(&format!(
            "            {} right (95 % interval {} to {}), \u{3ba} {:.2}{}",
            percent(v.accuracy),
            percent(v.accuracy_interval[0]),
            percent(v.accuracy_interval[1]),
            v.kappa,
            v.auc.map_or_else(String::new, |auc| format!(", AUC {auc:.3}"))
        ));
        say(&format!(
            "            chance: {} to {} for {} trials (binomial, 95 %); {}",
            percent(v.chance.low),
            percent(v.chance.high),
            v.predictions.len(),
            if v.chance.is_exceeded_by(v.accuracy) {
                "this is better than chance"
            } else {
                "this is NOT better than chance"
            }
        ));
        output::confusion(&names, &v.confusion.counts);
        if model.decoder.csp_lda().is_some() && preparation.channels.len() < 8 {
            output::warn("fewer than 8 channels: spatial filters have little to work with");
        }
    }
    if let Some(network) = model.decoder.network() {
        super::info::network::show(network, preparation.input.values_per_sec(preparation.rate_hz));
    }
    for warning in &trained.warnings {
        output::warn(warning);
    }
    for (class, mean) in relevance.per_class.iter().enumerate() {
        let name = names.get(class).copied().unwrap_or_default();
        say(&format!("relevance   {name:8} {}", figures::largest(preparation.channels.labels(), mean, 6)));
    }
    if let Some(path) = &arguments.output {
        say(&format!("model       {}", path.display()));
    }
}

/// `trial 17 (left): C3, FC3 vary 6× as much as usual`, with the recording where there are several.
fn described(artefact: &Artefact, trained: &Trained) -> String {
    let recordings = &trained.model.about.recordings;
    let recording = match recordings.get(artefact.recording) {
        Some(stamp) if recordings.len() > 1 => format!("recording {} ({}), ", artefact.recording + 1, stamp.name),
        _ => String::new(),
    };
    let class = trained.model.preparation.class_names().get(artefact.trial.class).copied().unwrap_or_default();
    format!("{recording}trial {} ({class}): {}", artefact.trial.number, artefact.described())
}

fn left_out(trained: &Trained) -> String {
    if trained.left_out.is_empty() {
        return String::new();
    }
    let mut reasons: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (_, _, reason) in &trained.left_out {
        *reasons.entry(reason.to_string()).or_default() += 1;
    }
    let list: Vec<String> = reasons.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
    format!("; {} left out ({})", trained.left_out.len(), list.join(", "))
}

fn as_json(trained: &Trained, relevance: &Relevance) -> serde_json::Value {
    let model = &trained.model;
    let mut all = json!({
        "decoder": model.decoder.kind(),
        "classes": model.preparation.class_names(),
        "channels": model.preparation.channels.labels(),
        "rate_hz": model.preparation.rate_hz,
        "window_secs": model.preparation.window_secs,
        "band_hz": trained.tuning.band_hz,
        "band_is_chosen": trained.tuning.band_is_chosen,
        "window_is_chosen": trained.tuning.window_is_chosen,
        "folds": trained.fold_tunings.iter().map(|tuning| json!({
            "band_hz": tuning.band_hz,
            "band_is_chosen": tuning.band_is_chosen,
            "window_secs": tuning.window_secs,
            "window_is_chosen": tuning.window_is_chosen,
        })).collect::<Vec<_>>(),
        "recordings": model.about.recordings,
        "trials": model.about.trained_trials,
        "left_out": trained.left_out.iter().map(|(recording, trial, reason)| json!({
            "recording": recording, "trial": trial.number, "reason": reason.to_string(),
        })).collect::<Vec<_>>(),
        "artefacts": trained.artefacts.iter().map(|artefact| json!({
            "recording": artefact.recording,
            "trial": artefact.trial.number,
            "class": artefact.trial.class,
            "channels": artefact.channels.iter().map(|(label, ratio)| json!({
                "label": label,
                "standard_deviation_over_usual": ratio.is_finite().then_some(ratio),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "noisy_channels": trained.noisy_channels.iter().map(|(label, noise)| json!({
            "label": label, "noise": noise.to_string(),
        })).collect::<Vec<_>>(),
        "excluded_channels": model.about.excluded_channels,
        "validation": trained.validation.as_ref().map(|v| json!({
            "scheme": model.about.validation,
            "accuracy": v.accuracy,
            "accuracy_interval": v.accuracy_interval,
            "fold_accuracies": v.fold_accuracies,
            "kappa": v.kappa,
            "auc": v.auc,
            "confusion": v.confusion.counts,
            "chance_interval": [v.chance.low, v.chance.high],
            "better_than_chance": v.chance.is_exceeded_by(v.accuracy),
        })),
        "network": model.decoder.network().map(|_| super::info::network::as_json(model)),
        "warnings": trained.warnings,
    });
    all[format!("mean_{}_relevance", relevance.view.name().to_lowercase())] =
        json!({ "unit": "decision value", "per_class": relevance.per_class });
    all
}
