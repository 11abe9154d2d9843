use crate::{About, ChannelMap, EngineError, EpochsError, Model, Preparation, RecordingStamp, SkipReason, Tape};
use crate::{collect_epochs, stack_epochs};
use motrace_core::{ChannelQuality, Montage, Trial};
use motrace_decode::{CrossValidation, CspLda, CspLdaSettings, Epochs, Folds, TrainError, cross_validate};
use motrace_signal::assess;
use ndarray::Array2;
use thiserror::Error;

/// How a model is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainSettings {
    /// How the decoder is fitted.
    pub decoder: CspLdaSettings,
    /// How it is validated; not at all where this is `None`.
    pub folds: Option<Folds>,
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
    /// The epochs it was trained on.
    pub epochs: Epochs,
    /// The trial of each epoch.
    pub trials: Vec<Trial>,
    /// Trials that were left out: the recording they are in, counted from 0, and why.
    pub left_out: Vec<(usize, Trial, SkipReason)>,
    /// Channels that were left out, because they carried no signal in some recording.
    pub excluded: Vec<ChannelQuality>,
}

/// Why a model cannot be trained.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// There is nothing to train on.
    #[error("no recording to train on")]
    NoRecording,
    /// A recording does not fit.
    #[error("{recording}: {source}")]
    Recording {
        /// Which one.
        recording: String,
        /// What is wrong with it.
        source: EpochsError,
    },
    /// Too few channels carry a signal.
    #[error("only {left} of {channels} channels carry a signal ({excluded} do not); at least 2 are needed")]
    Channels {
        /// Usable channels.
        left: usize,
        /// Selected channels.
        channels: usize,
        /// The others and their state.
        excluded: String,
    },
    /// The preparation is impossible.
    #[error(transparent)]
    Preparation(#[from] EngineError),
    /// The decoder cannot be trained on these epochs.
    #[error(transparent)]
    Decoder(#[from] TrainError),
}

/// The channels of a preparation that carry no signal on a tape: flat, railed or not finite.
///
/// # Errors
/// Where the stream does not fit.
pub fn unusable_channels(preparation: &Preparation, tape: &Tape) -> Result<Vec<ChannelQuality>, EngineError> {
    let map = ChannelMap::resolve(preparation, tape.info())?;
    let (samples, width) = (tape.len() as usize, map.stream_channels.max(1));
    let volts = Array2::from_shape_fn((map.places.len(), samples), |(channel, sample)| {
        f64::from(tape.samples()[sample * width + map.places[channel]]) * map.scales_volts[channel]
    });
    let qualities = assess(volts.view(), &preparation.channels, preparation.rate_hz);
    Ok(qualities.into_iter().filter(|quality| quality.condition.is_unusable()).collect())
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
    let left_out: Vec<_> = collectors
        .iter()
        .enumerate()
        .flat_map(|(group, c)| c.left_out().iter().map(move |(trial, reason)| (group, trial.clone(), *reason)))
        .collect();

    let mut decoder = CspLda::fit(&epochs, &settings.decoder)?;
    let validation =
        settings.folds.map(|folds| cross_validate(&epochs, &settings.decoder, folds, progress)).transpose()?;
    if let Some(gain) = validation.as_ref().and_then(unseen_logit_gain) {
        decoder.logit_gain = gain;
    }
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
    let trials = collectors.iter().flat_map(|c| c.kept().iter().cloned()).collect();
    Ok(Trained { model, validation, epochs, trials, left_out, excluded })
}

fn without_unusable(
    recordings: &[(RecordingStamp, &Tape)],
    preparation: &Preparation,
) -> Result<(Preparation, Vec<ChannelQuality>), TrainingError> {
    let mut excluded: Vec<ChannelQuality> = Vec::new();
    for (stamp, tape) in recordings {
        let unusable = unusable_channels(preparation, tape)
            .map_err(|e| TrainingError::Recording { recording: stamp.name.clone(), source: e.into() })?;
        for quality in unusable {
            if !excluded.iter().any(|known| known.label == quality.label) {
                excluded.push(quality);
            }
        }
    }
    let labels = preparation.channels.labels();
    let left: Vec<&String> = labels.iter().filter(|label| !excluded.iter().any(|q| q.label == **label)).collect();
    if left.len() < 2 {
        return Err(TrainingError::Channels {
            left: left.len(),
            channels: labels.len(),
            excluded: excluded
                .iter()
                .map(|q| format!("{} is {}", q.label, q.condition.name()))
                .collect::<Vec<_>>()
                .join(", "),
        });
    }
    let preparation = Preparation { channels: Montage::new(left), ..preparation.clone() };
    Ok((preparation, excluded))
}

/// The slope from output to log-odds, from trials that the decoder had not seen: (m₁ − m₀) / s², with the class
/// means and the pooled variance of the outputs of a cross-validation.
///
/// On the trials it was fitted to, a decoder of many channels and few trials looks surer than it is, and so would
/// its probabilities. `None` where there are too few trials to tell.
fn unseen_logit_gain(validation: &CrossValidation) -> Option<f64> {
    let of_class = |class| validation.predictions.iter().filter(move |p| p.truth == class).map(|p| p.value);
    let moments = |class| {
        let count = of_class(class).count() as f64;
        let mean = of_class(class).sum::<f64>() / count;
        (count, mean, of_class(class).map(|v| (v - mean).powi(2)).sum::<f64>())
    };
    let ((n0, m0, s0), (n1, m1, s1)) = (moments(0), moments(1));
    let variance = (s0 + s1) / (n0 + n1 - 2.0);
    let gain = ((m1 - m0) / variance).max(0.0);
    (n0 >= 3.0 && n1 >= 3.0 && gain.is_finite()).then_some(gain)
}

fn described(folds: Folds) -> String {
    match folds {
        Folds::Chronological(count) => format!("chronological {count}-fold"),
        Folds::LeaveOneGroupOut => "leave one recording out".to_owned(),
    }
}
