mod channels;
mod error;
mod fitting;

pub use channels::unusable_channels;
pub use error::TrainingError;

use crate::{About, EngineError, Model, Preparation, RecordingStamp, SkipReason, Tape, collect_epochs, stack_epochs};
use channels::without_unusable;
use fitting::{Fitting, unseen_logit_gain};
use motrace_core::{ChannelQuality, Trial};
use motrace_decode::{
    ArtefactTrial, CrossValidation, CspLdaSettings, Epochs, Folds, Noise, OffChannel, cross_validate_with,
};
use ndarray::Axis;

/// How a model is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainSettings {
    /// How the decoder is fitted.
    pub decoder: CspLdaSettings,
    /// How it is validated; not at all where this is `None`.
    pub folds: Option<Folds>,
    /// Whether trials in which channels vary unusually are left out of training ([`TrialVariances::artefacts`]). In a
    /// validation this is decided within each fold, by its training trials alone, and every test trial counts.
    ///
    /// [`TrialVariances::artefacts`]: motrace_decode::TrialVariances::artefacts
    pub reject_artefacts: bool,
    /// The seed to note, where the data was simulated.
    pub seed: Option<u64>,
    /// The version of motrace to note.
    pub motrace_version: String,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            decoder: CspLdaSettings::default(),
            folds: Some(Folds::Chronological(5)),
            reject_artefacts: true,
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
/// common average could spread them. `progress` hears how many folds of how many are done.
///
/// # Errors
/// What is wrong with a recording, or with the epochs.
pub fn train(
    recordings: &[(RecordingStamp, &Tape)],
    preparation: &Preparation,
    settings: &TrainSettings,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Trained, TrainingError> {
    if recordings.is_empty() {
        return Err(TrainingError::NoRecording);
    }
    preparation.check().map_err(EngineError::from)?;
    let (preparation, excluded) = without_unusable(recordings, preparation)?;

    let mut collectors = Vec::with_capacity(recordings.len());
    for (stamp, tape) in recordings {
        let collector = collect_epochs(&mut tape.play(4096), &preparation)
            .map_err(|source| TrainingError::Recording { recording: stamp.name.clone(), source })?;
        collectors.push(collector);
    }
    let epochs = stack_epochs(&collectors, &preparation);
    let numbered = || collectors.iter().enumerate();
    let tested: Vec<(usize, Trial)> =
        numbered().flat_map(|(group, c)| c.kept().iter().map(move |trial| (group, trial.clone()))).collect();
    let mut left_out: Vec<(usize, Trial, SkipReason)> = numbered()
        .flat_map(|(group, c)| c.left_out().iter().map(move |(trial, reason)| (group, trial.clone(), *reason)))
        .collect();

    let fitting = Fitting::new(&epochs, settings)?;
    let all: Vec<usize> = (0..epochs.trials()).collect();
    let fitted = fitting.fit(&all)?;
    let mut decoder = fitted.decoder;
    let validate = |folds| {
        cross_validate_with(&epochs.labels, &epochs.groups, folds, progress, |train| {
            let fitted = fitting.fit(train)?;
            let fitting = &fitting;
            Ok(move |trial| fitting.value(&fitted.decoder, trial))
        })
    };
    let validation = settings.folds.map(validate).transpose()?;
    if let Some(gain) = validation.as_ref().and_then(unseen_logit_gain) {
        decoder.logit_gain = gain;
    }

    let labels = preparation.channels.labels();
    let label = |channel: usize| labels.get(channel).cloned().unwrap_or_default();
    let rejected = fitted.artefacts.trials;
    let artefacts: Vec<Artefact> = rejected.iter().map(|artefact| named(artefact, &tested, label)).collect();
    let noisy_channels = fitted.artefacts.channels.iter().map(|c| (label(c.channel), c.noise)).collect();
    left_out.extend(artefacts.iter().map(|a| (a.recording, a.trial.clone(), SkipReason::Artefact)));
    left_out.sort_by_key(|(recording, trial, _)| (*recording, trial.number));
    let kept: Vec<usize> = all.into_iter().filter(|t| rejected.iter().all(|a| a.trial != *t)).collect();
    let epochs = if rejected.is_empty() { epochs } else { selected(&epochs, &kept) };
    let trials = kept.iter().map(|&trial| tested[trial].1.clone()).collect();

    let of_class = |class| epochs.labels.iter().filter(|&&label| label == class).count();
    let about = About {
        recordings: recordings.iter().map(|(stamp, _)| stamp.clone()).collect(),
        trained_trials: [of_class(0), of_class(1)],
        left_out_trials: left_out.len(),
        seed: settings.seed,
        validation: settings.folds.map_or_else(String::new, described),
        accuracy: validation.as_ref().map(|v| v.accuracy),
        chance_interval: validation.as_ref().map(|v| [v.chance.low, v.chance.high]),
        motrace_version: settings.motrace_version.clone(),
        excluded_channels: excluded.iter().map(|q| format!("{} ({})", q.label, q.condition.name())).collect(),
    };
    let model = Model { preparation, decoder, about };
    model.check()?;
    Ok(Trained { model, validation, tested, epochs, trials, left_out, artefacts, noisy_channels, excluded })
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

fn described(folds: Folds) -> String {
    match folds {
        Folds::Chronological(count) => format!("chronological {count}-fold"),
        Folds::LeaveOneGroupOut => "leave one recording out".to_owned(),
    }
}
