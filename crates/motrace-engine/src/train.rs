mod bank;
mod channels;
mod checkpoints;
mod course;
mod decoder_settings;
mod enough;
mod error;
mod fitting;
mod import;
mod logit_gain;
mod network;
mod network_trials;
mod overlap;
mod sites;
mod survey;
mod tuning;

pub use channels::unusable_channels;
pub use checkpoints::TrainingCheckpoints;
pub use decoder_settings::{DecoderSettings, NetworkSettings};
pub use error::TrainingError;
pub use import::{ImportError, Imported, import_network};
pub use tuning::Tuning;

use crate::{About, Decoder, EngineError, Model, Preparation, RecordingStamp, SkipReason, Tape};
use channels::without_unusable;
use course::{Course, Outcome};
use logit_gain::unseen_logit_gain;
use motrace_core::{ChannelQuality, Trial};
use motrace_decode::{ArtefactTrial, Artefacts, CrossValidation, Epochs, Folds, Noise, OffChannel};
use motrace_net::training::Progress;
use ndarray::Axis;
use network::NetworkCourse;
use std::ops::ControlFlow;

/// How a model is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainSettings {
    /// Which decoder is fitted, and how.
    pub decoder: DecoderSettings,
    /// How it is validated; not at all where this is `None`.
    pub folds: Option<Folds>,
    /// Whether trials in which channels vary unusually are left out of training ([`TrialVariances::artefacts`]). In a
    /// validation this is decided within each fold, by its training trials alone, and every test trial counts.
    ///
    /// [`TrialVariances::artefacts`]: motrace_decode::TrialVariances::artefacts
    pub reject_artefacts: bool,
    /// Whether the band is chosen by the trials and their labels, within each fold for validation and once on all
    /// trials for the model ([`LogPowers::band_hz`]). The configured band stays where no frequency tells the classes
    /// apart.
    ///
    /// [`LogPowers::band_hz`]: motrace_decode::LogPowers::band_hz
    pub choose_band: bool,
    /// Between which times after the cue, in seconds, the window is chosen likewise
    /// ([`LogPowers::interval_secs`](motrace_decode::LogPowers::interval_secs)); not at all where this is `None`.
    /// Trials have to be without gaps over all of it.
    pub choose_window: Option<[f64; 2]>,
    /// The seed to note, where the data was simulated.
    pub seed: Option<u64>,
    /// The version of motrace to note.
    pub motrace_version: String,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            decoder: DecoderSettings::default(),
            folds: Some(Folds::Chronological(5)),
            reject_artefacts: true,
            choose_band: false,
            choose_window: None,
            seed: None,
            motrace_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// A model, and what its training found.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// What it is worth on trials it has not seen, where that was asked for.
    pub validation: Option<CrossValidation>,
    /// The band and the window of the model, and whether they were chosen.
    pub tuning: Tuning,
    /// Those of each fold of the validation: how much they agree says how far the choice can be trusted.
    pub fold_tunings: Vec<Tuning>,
    /// The trials of the validation's predictions, in their order, with their recording, counted from 0. Artefacts are
    /// among them: a live decoder meets them too.
    pub tested: Vec<(usize, Trial)>,
    /// The epochs it was trained on.
    pub epochs: Epochs,
    /// The trial of each epoch.
    pub trials: Vec<Trial>,
    /// Trials that were left out: the recording they are in, counted from 0, and why.
    pub left_out: Vec<(usize, Trial, SkipReason)>,
    /// What was wrong with those of them that were left out as artefacts.
    pub artefacts: Vec<Artefact>,
    /// Channels that are off in so many trials, or so much louder than the others, that they had better be left out.
    /// They were not; whoever trains decides.
    pub noisy_channels: Vec<(String, Noise)>,
    /// Channels that were left out, because they carried no signal in some recording.
    pub excluded: Vec<ChannelQuality>,
    /// What else deserves a look, in words.
    pub warnings: Vec<String>,
}

/// How far a training has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrainStep<'a> {
    /// Decoders, or steps towards them, are done.
    Part {
        /// How many.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// A network has seen all its trials once more.
    Epoch {
        /// Which network: 0 for the one that is kept, then one for each fold of the validation.
        part: usize,
        /// How many networks there are.
        parts: usize,
        /// How it went.
        progress: &'a Progress,
    },
    /// Networks have come so far that it had better be kept: with each seed that ends, and from time to time. Given these
    /// checkpoints, the same training goes on from here.
    Checkpoint(&'a TrainingCheckpoints),
}

/// A trial that was not trained on because channels vary unusually in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Artefact {
    /// The recording it is in, counted from 0.
    pub recording: usize,
    /// The trial.
    pub trial: Trial,
    /// These channels, by their labels, the most unusual first, and the standard deviation of each over the usual one.
    pub channels: Vec<(String, f64)>,
}

impl Artefact {
    /// The channels in words: `C3, FC3 vary 6× as much as usual`, the most unusual three of them by name.
    #[must_use]
    pub fn described(&self) -> String {
        let named: Vec<&str> = self.channels.iter().take(3).map(|(label, _)| label.as_str()).collect();
        let more = match self.channels.len() - named.len() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let verb = if self.channels.len() == 1 { "varies" } else { "vary" };
        let ratio = self.channels.first().map_or(1.0, |(_, ratio)| *ratio);
        let times = match ratio {
            r if r >= 9.5 => format!("{r:.0}\u{d7} as much as"),
            r if r >= 1.0 => format!("{r:.1}\u{d7} as much as"),
            r if r >= 0.01 => format!("{:.0} % of", 100.0 * r),
            _ => "less than 1 % of".to_owned(),
        };
        format!("{}{more} {verb} {times} usual", named.join(", "))
    }
}

/// Trains a model on recordings, in their order.
///
/// Channels that carry no signal in any one recording are taken out of the preparation first, before a
/// common average could spread them. Where band or window are to be chosen, or artefacts to be rejected, a validation
/// does so within each fold anew, by its training trials alone. `progress` hears how many steps of how many are done.
///
/// # Errors
/// What is wrong with a recording, or with the epochs.
pub fn train(
    recordings: &[(RecordingStamp, &Tape)],
    preparation: &Preparation,
    settings: &TrainSettings,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Trained, TrainingError> {
    train_with(recordings, preparation, settings, &mut TrainingCheckpoints::default(), &mut |step| {
        if let TrainStep::Part { done, of } = step {
            progress(done, of);
        }
        ControlFlow::Continue(())
    })
}

/// The same, told of each epoch of a network, interrupted where `on` says so, and gone on with from checkpoints.
///
/// After [`TrainingError::Interrupted`] the checkpoints hold what was done; the same training, given them, goes on from
/// there to the same bits.
///
/// # Errors
/// What is wrong with a recording, with the epochs, or with the checkpoints.
pub fn train_with(
    recordings: &[(RecordingStamp, &Tape)],
    preparation: &Preparation,
    settings: &TrainSettings,
    checkpoints: &mut TrainingCheckpoints,
    on: &mut dyn FnMut(TrainStep<'_>) -> ControlFlow<()>,
) -> Result<Trained, TrainingError> {
    if recordings.is_empty() {
        return Err(TrainingError::NoRecording);
    }
    preparation.check().map_err(EngineError::from)?;
    let (preparation, excluded) = without_unusable(recordings, preparation)?;
    let course = match &settings.decoder {
        DecoderSettings::CspLda(decoder) => {
            if preparation.classes.len() != 2 {
                return Err(motrace_decode::TrainError::TwoClassesOnly { classes: preparation.classes.len() }.into());
            }
            let mut progress = |done, of| {
                let _ = on(TrainStep::Part { done, of });
            };
            of_csp_lda(Course::run(recordings, &preparation, settings, decoder, &mut progress)?, &preparation)
        }
        DecoderSettings::Network(network) => {
            of_network(NetworkCourse::run(recordings, &preparation, settings, network, checkpoints, on)?, preparation)
        }
    };
    finished(recordings, settings, excluded, course)
}

/// What training gave, of whatever decoder.
struct Results {
    preparation: Preparation,
    decoder: Decoder,
    validation: Option<CrossValidation>,
    /// From trials that the decoder had not seen, where there are enough of them.
    logit_gain: Option<f64>,
    tuning: Tuning,
    fold_tunings: Vec<Tuning>,
    tested: Vec<(usize, Trial)>,
    /// Those of them that were trained on.
    trained: Vec<usize>,
    artefacts: Artefacts,
    left_out: Vec<(usize, Trial, SkipReason)>,
    /// One for each trial.
    epochs: Epochs,
    warnings: Vec<String>,
}

fn of_csp_lda(course: Course, preparation: &Preparation) -> Results {
    let Course { outcome, validation, fold_tunings, tested, mut left_out, warnings } = course;
    let Outcome { tuning, fitted, banked } = outcome;
    let preparation = tuning.applied_to(preparation);
    let tested: Vec<(usize, Trial)> =
        tested.into_iter().map(|(group, trial)| (group, with_window(trial, &preparation))).collect();
    let settling = tested.iter().zip(&banked.settling).filter(|(_, settling)| **settling);
    left_out.extend(settling.map(|((group, trial), _)| (*group, trial.clone(), SkipReason::Settling)));
    Results {
        preparation,
        decoder: fitted.decoder.into(),
        logit_gain: validation.as_ref().and_then(unseen_logit_gain),
        validation,
        tuning,
        fold_tunings,
        tested,
        trained: fitted.trained,
        artefacts: fitted.artefacts,
        left_out,
        epochs: banked.epochs,
        warnings,
    }
}

fn of_network(course: NetworkCourse, preparation: Preparation) -> Results {
    Results {
        tuning: Tuning::of(&preparation),
        preparation,
        decoder: Decoder::Network(Box::new(course.decoder)),
        validation: course.validation,
        logit_gain: course.logit_gain,
        fold_tunings: Vec::new(),
        tested: course.tested,
        trained: course.trained,
        artefacts: course.artefacts,
        left_out: course.left_out,
        epochs: course.trials.epochs,
        warnings: course.warnings,
    }
}

fn finished(
    recordings: &[(RecordingStamp, &Tape)],
    settings: &TrainSettings,
    excluded: Vec<ChannelQuality>,
    results: Results,
) -> Result<Trained, TrainingError> {
    let Results { preparation, mut decoder, validation, tuning, fold_tunings, tested, mut left_out, .. } = results;
    let labels = preparation.channels.labels();
    let label = |channel: usize| labels.get(channel).cloned().unwrap_or_default();
    let artefacts: Vec<Artefact> = results.artefacts.trials.iter().map(|a| named(a, &tested, label)).collect();
    let noisy_channels = results.artefacts.channels.iter().map(|c| (label(c.channel), c.noise)).collect();
    left_out.extend(artefacts.iter().map(|a| (a.recording, a.trial.clone(), SkipReason::Artefact)));
    left_out.sort_by_key(|(recording, trial, _)| (*recording, trial.number));
    let epochs = match results.trained.len() == tested.len() {
        true => results.epochs,
        false => selected(&results.epochs, &results.trained),
    };
    let trials = results.trained.iter().map(|&trial| tested[trial].1.clone()).collect();

    if let Some(gain) = results.logit_gain {
        decoder.set_logit_gain(gain);
    }
    let of_class = |class| epochs.labels.iter().filter(|&&label| label == class).count();
    let about = About {
        recordings: recordings.iter().map(|(stamp, _)| stamp.clone()).collect(),
        trained_trials: (0..preparation.classes.len()).map(of_class).collect(),
        left_out_trials: left_out.len(),
        seed: settings.seed,
        validation: settings.folds.map_or_else(String::new, |folds| described(folds, settings)),
        accuracy: validation.as_ref().map(|v| v.accuracy),
        chance_interval: validation.as_ref().map(|v| [v.chance.low, v.chance.high]),
        motrace_version: settings.motrace_version.clone(),
        excluded_channels: excluded.iter().map(|q| format!("{} ({})", q.label, q.condition.name())).collect(),
    };
    let model = Model { preparation, decoder, about };
    model.check()?;
    Ok(Trained {
        model,
        validation,
        tuning,
        fold_tunings,
        tested,
        epochs,
        trials,
        left_out,
        artefacts,
        noisy_channels,
        excluded,
        warnings: results.warnings,
    })
}

/// The trial with the window that is decoded in the end.
fn with_window(trial: Trial, preparation: &Preparation) -> Trial {
    let start = trial.cue.saturating_add_signed(preparation.window_offset_samples());
    Trial { start, end: start + preparation.window_samples() as u64, ..trial }
}

fn named(artefact: &ArtefactTrial, trials: &[(usize, Trial)], label: impl Fn(usize) -> String) -> Artefact {
    let (recording, trial) = trials[artefact.trial].clone();
    let channels = artefact.channels.iter().map(|&OffChannel { channel, ratio }| (label(channel), ratio)).collect();
    Artefact { recording, trial, channels }
}

fn selected(epochs: &Epochs, trials: &[usize]) -> Epochs {
    Epochs {
        data: epochs.data.select(Axis(0), trials),
        labels: trials.iter().map(|&trial| epochs.labels[trial]).collect(),
        class_names: epochs.class_names.clone(),
        groups: trials.iter().map(|&trial| epochs.groups[trial]).collect(),
    }
}

fn described(folds: Folds, settings: &TrainSettings) -> String {
    let folds = match folds {
        Folds::Chronological(count) => format!("chronological {count}-fold"),
        Folds::LeaveOneGroupOut => "leave one recording out".to_owned(),
    };
    if matches!(settings.decoder, DecoderSettings::Network(_)) {
        return format!("{folds} (the network trained anew in each fold, from one seed)");
    }
    match (settings.choose_band, settings.choose_window.is_some()) {
        (false, false) => folds,
        (true, false) => format!("{folds} (band chosen in each fold)"),
        (false, true) => format!("{folds} (window chosen in each fold)"),
        (true, true) => format!("{folds} (band and window chosen in each fold)"),
    }
}
