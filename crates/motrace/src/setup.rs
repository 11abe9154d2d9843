//! From what a configuration says to what the engine needs.

use crate::config::{Config, DecoderKind, EnvelopeConfig, LslConfig, LslScope, ReferenceConfig, ValidationScheme};
use crate::failure::Failure;
use crate::keeper::OWN_SOURCE;
use crate::output::duration;
use motrace_core::{Channel, Montage, Role, StreamInfo, Unit, canonical_label, clean_text};
use motrace_decode::{CspLdaSettings, Folds};
use motrace_engine::{
    ClassSpec, DecoderSettings, InputStage, Model, ModelFileError, NetworkSettings, Preparation, TrainSettings,
    hop_duration,
};
use motrace_record::ReplayOverrides;
use motrace_signal::{FilterSpec, Reference};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The classes of a configuration.
pub fn classes(config: &Config) -> Result<Vec<ClassSpec>, Failure> {
    match config.trials.classes.as_slice() {
        classes @ [_, _, ..] => {
            Ok(classes.iter().map(|class| ClassSpec::new(&class.name, class.markers.clone())).collect())
        }
        _ => Err(Failure::usage(
            "the configuration names no classes; add two, for example\n  [[trials.classes]]\n  name = \"left\"\n  markers = [\"769\"]",
        )),
    }
}

/// The two classes of a configuration, for what is made for two: `what` says what that is.
pub fn two_classes(config: &Config, what: &str) -> Result<[ClassSpec; 2], Failure> {
    <[ClassSpec; 2]>::try_from(classes(config)?).map_err(|classes| {
        Failure::usage(format_args!(
            "the configuration names {} classes, and {what} for two; networks of more are trained by `motrace train` on \
             recordings, and decode with `motrace live -m`, `motrace replay` and `motrace view`",
            classes.len()
        ))
    })
}

/// The classes have to be as many as the decoder tells apart.
pub fn check_decoder(config: &Config) -> Result<(), Failure> {
    let count = classes(config)?.len();
    match config.decoder.kind {
        DecoderKind::CspLda if count != 2 => Err(Failure::usage(format_args!(
            "the configuration names {count} classes, and CSP + LDA tells two apart: name two of them, or train a network, which \
             decodes more (--decoder eegnet, shallow or mlp; [decoder] kind)"
        ))),
        _ => Ok(()),
    }
}

/// The preparation for a stream: its EEG channels as the configuration selects them, without the `unusable` ones.
pub fn preparation(config: &Config, info: &StreamInfo, unusable: &[String]) -> Result<Preparation, Failure> {
    let channels = channels(config, info, unusable)?;
    let unit = channels
        .labels()
        .first()
        .and_then(|label| info.channel_index(label))
        .and_then(|place| info.channels.get(place))
        .map_or(Unit::Unspecified, |c| c.unit.clone());
    let preparation = Preparation {
        channels,
        unit,
        rate_hz: info.rate_hz,
        reference: match config.channels.reference {
            ReferenceConfig::None => Reference::None,
            ReferenceConfig::Average => Reference::Average,
            ReferenceConfig::SmallLaplacian => Reference::SmallLaplacian,
        },
        filter: FilterSpec {
            band_hz: Some(config.band_hz()),
            order: config.filter.order,
            notch_hz: config.filter.notch_hz,
        },
        input: input_stage(config),
        window_secs: config.trials.window_secs,
        sliding_secs: config.sliding_secs(),
        classes: classes(config)?,
        hop_secs: config.decisions.every_secs,
    };
    preparation.check()?;
    Ok(preparation)
}

/// What is made of the channels for the decoder.
pub fn input_stage(config: &Config) -> InputStage {
    let factor = config.decoder.standardise_factor;
    match config.decoder.kind {
        DecoderKind::CspLda => InputStage::Filtered,
        DecoderKind::EegNet | DecoderKind::Shallow => InputStage::Standardised { factor },
        DecoderKind::Mlp => {
            let EnvelopeConfig { low_pass_hz, values_per_sec } = config.decoder.envelope;
            InputStage::Envelope { low_pass_hz, factor, values_per_sec }
        }
    }
}

/// How a configuration wants a model to be trained and validated.
pub fn training(config: &Config) -> TrainSettings {
    let folds = match config.validation.scheme {
        ValidationScheme::Chronological => Folds::Chronological(config.validation.folds),
        ValidationScheme::LeaveOneRecordingOut => Folds::LeaveOneGroupOut,
    };
    TrainSettings {
        decoder: match config.decoder.architecture() {
            None => DecoderSettings::CspLda(CspLdaSettings { patterns_per_side: config.decoder.patterns_per_side }),
            Some(architecture) => DecoderSettings::Network(Box::new(NetworkSettings {
                architecture,
                training: config.decoder.training.clone(),
                composite: config.decoder.explanation,
            })),
        },
        folds: Some(folds),
        reject_artefacts: config.training.reject_artefacts,
        choose_band: config.training.choose_band,
        choose_window: config.training.choose_window.then(|| window_range_secs(config)),
        ..TrainSettings::default()
    }
}

/// Between which times after the cue a window is chosen, in seconds.
pub fn window_range_secs(config: &Config) -> [f64; 2] {
    let timing = &config.session.calibration.timing;
    let imagery_secs = timing.end_at_secs - timing.cue_at_secs;
    config.training.window_range_secs.unwrap_or([0.0, imagery_secs.max(config.trials.window_secs[1])])
}

/// The channels a configuration selects from a stream.
fn channels(config: &Config, info: &StreamInfo, unusable: &[String]) -> Result<Montage, Failure> {
    let known = |label: &String| {
        info.channel_index(label).map(|_| canonical_label(label)).ok_or_else(|| {
            let available: Vec<&str> = info.channels.iter().map(|c| c.label.as_str()).collect();
            Failure::failed(format_args!(
                "the stream has no channel {:?} ([channels] in the configuration); it has {}",
                clean_text(label, 40),
                clean_text(&available.join(" "), 400)
            ))
        })
    };
    let excluded: Vec<String> = config.channels.exclude.iter().map(known).collect::<Result<_, _>>()?;
    let selected: Vec<String> = match &config.channels.used {
        Some(labels) => labels.iter().map(known).collect::<Result<_, _>>()?,
        None => info.channels.iter().filter(|c| c.role == Role::Eeg).map(|c| canonical_label(&c.label)).collect(),
    };
    if selected.iter().any(String::is_empty) {
        return Err(Failure::failed(
            "the stream's channels have no labels; give them in the configuration, [stream] labels = [\"C3\", \"Cz\", …], in the amplifier's order",
        ));
    }
    let left_out = |label: &String| excluded.contains(label) || unusable.iter().any(|u| canonical_label(u) == *label);
    let montage = Montage::new(selected.iter().filter(|l| !left_out(l)));
    if montage.len() < 2 {
        return Err(Failure::failed(format_args!(
            "{} of {} channels are left to decode; at least 2 are needed",
            montage.len(),
            selected.len()
        )));
    }
    Ok(montage)
}

/// What a configuration says about a stream that the stream does not say of itself.
pub fn overrides(config: &Config) -> ReplayOverrides {
    ReplayOverrides {
        labels: config.stream.labels.clone(),
        unit: config.stream.unit.as_deref().map(Unit::parse),
        roles: config.stream.roles.iter().filter_map(|(l, role)| Some((l.clone(), Role::parse(role)?))).collect(),
    }
}

/// The description of a stream of texts: one channel, irregular.
pub fn text_stream(name: &str, kind: &str, source_id: &str, label: &str) -> StreamInfo {
    StreamInfo {
        name: name.to_owned(),
        kind: kind.to_owned(),
        source_id: source_id.to_owned(),
        channels: vec![Channel { label: label.to_owned(), role: Role::Trigger, unit: Unit::Unspecified }],
        is_text: true,
        ..StreamInfo::default()
    }
}

/// What the source ids of all streams of this run of the program begin with, under this name; no other run has the same.
pub fn own_source_id(name: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{OWN_SOURCE}{name}-{:x}-{:x}", std::process::id(), now.as_millis())
}

/// Lets LSL look as far as the configuration says. What its own settings say holds where that says nothing.
pub fn lsl(config: &LslConfig) -> Result<(), Failure> {
    let Some(scope) = config.scope else { return Ok(()) };
    if std::env::var_os("LSLAPICFG").is_some() {
        return Ok(()); // the person at the keyboard knows better than the file
    }
    let scope = match scope {
        LslScope::Machine => motrace_lsl::Scope::Machine,
        LslScope::Link => motrace_lsl::Scope::Link,
        LslScope::Site => motrace_lsl::Scope::Site,
    };
    Ok(scope.apply(config.session_id.as_deref().unwrap_or("default"))?)
}

/// The second of the models that were given, to be looked at beside the first.
///
/// # Errors
/// Where there are more than two, or two where only one has a place.
pub fn second_model(models: &[PathBuf], has_place: bool) -> Result<Option<Model>, Failure> {
    match models {
        [] | [_] => Ok(None),
        [_, second] if has_place => model(second).map(Some),
        [_, _] => Err(Failure::usage("two models are shown side by side on the dashboard only; give -m once")),
        _ => Err(Failure::usage("at most two models can be looked at side by side: give -m once or twice")),
    }
}

/// Two models that are looked at side by side have to tell as many classes apart.
pub fn check_alike(first: &Model, second: &Model) -> Result<(), Failure> {
    let [ours, theirs] = [first, second].map(|model| model.preparation.classes.len());
    if ours == theirs {
        return Ok(());
    }
    Err(Failure::usage(format_args!(
        "the first model tells {ours} classes apart and the second {theirs}: their decisions cannot be compared"
    )))
}

/// Loads a model.
pub fn model(path: &Path) -> Result<Model, Failure> {
    Model::load(path).map_err(|e| match e {
        ModelFileError::Io { .. } => e.into(),
        other => Failure::failed(format_args!("model {}: {other}", path.display())),
    })
}

/// Says where a model takes long for its decisions on this machine, before it goes live.
///
/// # Errors
/// Where it could not keep up with a stream at all.
pub fn check_pace(model: &Model) -> Result<Option<String>, Failure> {
    let (took, hop) = (hop_duration(model)?.as_secs_f64(), model.preparation.hop_secs);
    let said = format!(
        "{} takes {} for a decision on this machine, and one is due each {}",
        model.decoder.title(),
        duration(took),
        duration(hop)
    );
    if took >= hop {
        return Err(Failure::failed(format_args!(
            "{said}: it cannot keep up; train with a longer [decisions] every_secs, a shorter window or a smaller network"
        )));
    }
    Ok((took > 0.5 * hop).then_some(said))
}
