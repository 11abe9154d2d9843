use super::enough::{check_enough, with_left_out};
use super::logit_gain::{most_likely_gain, unseen_logit_gain};
use super::network_trials::NetworkTrials;
use super::overlap::Overlaps;
use super::survey::collect;
use super::{NetworkSettings, TrainSettings, TrainStep, TrainingCheckpoints, TrainingError};
use crate::{
    EpochCollector, Logits, NetworkDecoder, NetworkReader, NetworkTraining, Preparation, RecordingStamp, SkipReason,
    Tape,
};
use motrace_core::Trial;
use motrace_decode::{Artefacts, CrossValidation, TrialPrediction, TrialVariances, check_trials};
use motrace_explain::network::NetworkReference;
use motrace_net::training::{Checkpoint, Crops, Start, TrainedNetwork, Trainer, TrainingSettings};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// No more than this is lost where a training is killed, beside the epoch it stands in.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(30);
/// Crops follow one another by this part of their length, where nothing is said.
const CROP_STRIDE: f64 = 0.25;

/// What the training of a network gave.
pub(super) struct NetworkCourse {
    pub decoder: NetworkDecoder,
    pub validation: Option<CrossValidation>,
    /// From the outputs of the validation.
    pub logit_gain: Option<f64>,
    pub trials: NetworkTrials,
    /// The trials that it was trained on.
    pub trained: Vec<usize>,
    pub artefacts: Artefacts,
    /// All trials that can be trained on or tested, each with its recording.
    pub tested: Vec<(usize, Trial)>,
    pub left_out: Vec<(usize, Trial, SkipReason)>,
    pub warnings: Vec<String>,
}

/// What all parts of a training share.
struct Fitting<'a> {
    settings: &'a NetworkSettings,
    training: TrainingSettings,
    trials: &'a NetworkTrials,
    variances: Option<TrialVariances>,
    parts: usize,
}

impl NetworkCourse {
    /// Trains the network on all trials, and anew for each fold of a validation.
    pub fn run(
        recordings: &[(RecordingStamp, &Tape)],
        preparation: &Preparation,
        settings: &TrainSettings,
        network: &NetworkSettings,
        checkpoints: &mut TrainingCheckpoints,
        on: &mut dyn FnMut(TrainStep<'_>) -> ControlFlow<()>,
    ) -> Result<Self, TrainingError> {
        if settings.choose_band || settings.choose_window.is_some() {
            return Err(TrainingError::NothingToChoose);
        }
        let training = training_settings(preparation, &network.training)?;
        let margin = training.margin_samples(preparation.rate_hz);
        let collectors = collect(recordings, &widened(preparation, margin), None, false)?;
        let (tested, left_out) = trials_of(&collectors, margin);
        let labels: Vec<usize> = tested.iter().map(|(_, trial)| trial.class).collect();
        check_enough(&labels, preparation, &left_out)?;
        let groups: Vec<usize> = tested.iter().map(|(group, _)| *group).collect();
        let trials = NetworkTrials::new(&collectors, preparation, labels, margin);
        drop(collectors);

        let test_sets = settings.folds.map(|folds| folds.test_sets(&groups)).transpose()?.unwrap_or_default();
        let fitting = Fitting {
            settings: network,
            training,
            trials: &trials,
            variances: settings.reject_artefacts.then(|| TrialVariances::of(&trials.epochs)),
            parts: 1 + test_sets.len(),
        };
        let all: Vec<usize> = (0..tested.len()).collect();
        let (kept, trained, artefacts) = fitting.fit(0, &all, checkpoints, on)?;
        let mut predictions = Vec::with_capacity(tested.len());
        let mut unseen = Vec::with_capacity(tested.len());
        let overlaps = Overlaps::of(&tested, 0, margin as u64);
        let (mut apart, mut worse) = (0, 0);
        for (fold, test) in test_sets.iter().enumerate() {
            let train = overlaps.apart_from(test);
            apart += tested.len() - test.len() - train.len();
            let (network, ..) = fitting.fit(1 + fold, &train, checkpoints, on).map_err(|e| match e {
                TrainingError::Interrupted => e,
                source => TrainingError::InFold { fold: fold + 1, folds: test_sets.len(), source: Box::new(source) },
            })?;
            worse += usize::from(is_worse_than_nothing(&network, preparation).is_some());
            let mut reader = NetworkReader::new(&fitting.decoder(network, preparation), preparation)?;
            for &trial in test {
                let truth = trials.epochs.labels[trial];
                let logits = reader.logits(trials.epochs.data.index_axis(ndarray::Axis(0), trial));
                let logits = logits.unwrap_or(Logits::of_two(f64::NAN));
                let (predicted, value) = (logits.class(), logits.value());
                predictions.push(TrialPrediction { trial, fold, truth, predicted, value });
                unseen.push((truth, logits));
            }
        }
        let mut warnings: Vec<String> = kept.warnings.iter().map(|w| in_words(*w, preparation)).collect();
        warnings.extend(overlaps.warning(recordings, apart));
        warnings.extend(is_worse_than_nothing(&kept, preparation));
        if worse > 0 {
            warnings.push(format!(
                "in {worse} of {} folds the best loss is above that of knowing nothing: the validation says little of this network",
                test_sets.len()
            ));
        }
        let mut decoder = fitting.decoder(kept, preparation);
        decoder.reference = fitting.reference(&decoder, &trained)?;
        let classes = preparation.classes.len();
        let validation = settings.folds.map(|_| CrossValidation::of(classes, predictions));
        let logit_gain = match (&validation, classes) {
            (Some(validation), 2) => unseen_logit_gain(validation),
            _ => most_likely_gain(&unseen),
        };
        drop(fitting);
        Ok(Self { decoder, validation, logit_gain, trials, trained, artefacts, tested, left_out, warnings })
    }
}

impl Fitting<'_> {
    /// Trains on these trials but for the artefacts among them; goes on where it was interrupted.
    fn fit(
        &self,
        part: usize,
        trials: &[usize],
        checkpoints: &mut TrainingCheckpoints,
        on: &mut dyn FnMut(TrainStep<'_>) -> ControlFlow<()>,
    ) -> Result<(TrainedNetwork, Vec<usize>, Artefacts), TrainingError> {
        let artefacts = self.variances.as_ref().map(|variances| variances.artefacts(trials)).unwrap_or_default();
        let is_kept = |trial: &usize| artefacts.trials.binary_search_by_key(trial, |a| a.trial).is_err();
        let trained: Vec<usize> = trials.iter().copied().filter(is_kept).collect();
        if !artefacts.trials.is_empty() {
            let labels: Vec<usize> = trained.iter().map(|&trial| self.trials.epochs.labels[trial]).collect();
            let names: Vec<&str> = self.trials.epochs.class_names.iter().map(String::as_str).collect();
            let left_out = vec![SkipReason::Artefact; artefacts.trials.len()];
            check_trials(&labels, &names).map_err(|e| with_left_out(e, &left_out, [0.0; 2]))?;
        }
        let selected = self.trials.selected(&trained);
        let mut settings = self.training.clone();
        if part > 0 {
            settings.seeds.truncate(1);
        }
        let mut trainer = Trainer::new(&self.settings.architecture, &selected, &settings, Start::Drawn)?;
        if let Some(bytes) = checkpoints.part(part) {
            trainer.resume(&Checkpoint::from_bytes(bytes).map_err(motrace_net::training::TrainingError::from)?)?;
        }
        let mut kept_at = Instant::now();
        while let Some(progress) = trainer.advance()? {
            let mut stop = on(TrainStep::Epoch { part, parts: self.parts, progress: &progress }).is_break();
            if stop || progress.ended.is_some() || kept_at.elapsed() >= CHECKPOINT_INTERVAL {
                checkpoints.keep(part, bytes_of(&trainer)?);
                stop |= on(TrainStep::Checkpoint(checkpoints)).is_break();
                kept_at = Instant::now();
            }
            // Where all seeds are done, it stops between this part and the next, if there is one.
            if stop && !(progress.ended.is_some() && progress.seed_number == progress.seeds) {
                return Err(TrainingError::Interrupted);
            }
        }
        let stop = on(TrainStep::Part { done: part + 1, of: self.parts }).is_break();
        if stop && part + 1 < self.parts {
            return Err(TrainingError::Interrupted);
        }
        Ok((trainer.finish()?, trained, artefacts))
    }

    fn decoder(&self, trained: TrainedNetwork, preparation: &Preparation) -> NetworkDecoder {
        NetworkDecoder {
            architecture: self.settings.architecture.clone(),
            network: trained.network,
            crop_stride_samples: crop_stride_samples(preparation, self.training.crops),
            // Cross-entropy makes the differences of the outputs log-odds, as far as it has seen.
            logit_gain: 1.0,
            composite: self.settings.composite,
            reference: None,
            training: Some(NetworkTraining {
                settings: self.training.clone(),
                seed: trained.seed,
                reports: trained.reports,
            }),
        }
    }

    fn reference(
        &self,
        decoder: &NetworkDecoder,
        trained: &[usize],
    ) -> Result<Option<NetworkReference>, TrainingError> {
        let network = |e: motrace_net::NetError| TrainingError::Network(e.into());
        let merged = decoder.network.merged().map_err(network)?;
        let (windows, labels) = self.trials.windows(merged.input(), trained);
        NetworkReference::fit(&merged, &windows, &labels).map_err(|e| TrainingError::Explanation(e.to_string()))
    }
}

/// From one window of a trial to the next.
pub(super) fn crop_stride_samples(preparation: &Preparation, crops: Option<Crops>) -> usize {
    let stride_secs = crops.map_or(preparation.sliding_secs, |crops| crops.stride_secs);
    ((stride_secs * preparation.rate_hz).round() as usize).max(1)
}

fn bytes_of(trainer: &Trainer<'_>) -> Result<Vec<u8>, TrainingError> {
    Ok(trainer.checkpoint().to_bytes().map_err(motrace_net::training::TrainingError::from)?)
}

/// Windows of the length of sliding decisions are cut from longer trials.
fn training_settings(
    preparation: &Preparation,
    training: &TrainingSettings,
) -> Result<TrainingSettings, TrainingError> {
    let (trial, window) = (preparation.window_samples(), preparation.sliding_samples());
    if window > trial {
        return Err(crate::EngineError::TrialTooShort { trial, window }.into());
    }
    let length_secs = preparation.sliding_secs;
    let stride_secs = training.crops.map_or(CROP_STRIDE * length_secs, |crops| crops.stride_secs);
    let crops = (window < trial).then_some(Crops { length_secs, stride_secs });
    let settings = TrainingSettings { crops, ..training.clone() };
    settings.check()?;
    let reads_all = preparation.input.values_per_sec(preparation.rate_hz) == preparation.rate_hz;
    if settings.augmentations.time_shift_secs > 0.0 && !reads_all {
        return Err(TrainingError::NoShift);
    }
    Ok(settings)
}

/// With so many samples more before and after the window of a trial.
fn widened(preparation: &Preparation, margin: usize) -> Preparation {
    let margin_secs = margin as f64 / preparation.rate_hz;
    let [start, end] = preparation.window_secs;
    Preparation { window_secs: [start - margin_secs, end + margin_secs], ..preparation.clone() }
}

type Numbered = Vec<(usize, Trial)>;
type LeftOut = Vec<(usize, Trial, SkipReason)>;

/// The trials with an epoch, with their own window, and the others.
fn trials_of(collectors: &[EpochCollector], margin: usize) -> (Numbered, LeftOut) {
    let own = |trial: &Trial| {
        let margin = margin as u64;
        Trial { start: trial.start + margin, end: trial.end - margin, ..trial.clone() }
    };
    let numbered = || collectors.iter().enumerate();
    let kept = numbered().flat_map(|(group, c)| c.kept().iter().map(move |trial| (group, own(trial)))).collect();
    let left_out = numbered()
        .flat_map(|(group, c)| c.left_out().iter().map(move |(trial, reason)| (group, trial.clone(), *reason)))
        .collect();
    (kept, left_out)
}

/// What to say where the weights that are kept have a larger loss than if all classes were always as likely.
fn is_worse_than_nothing(trained: &TrainedNetwork, preparation: &Preparation) -> Option<String> {
    let report = trained.reports.iter().find(|report| report.seed == trained.seed)?;
    let (what, score) = match report.validation {
        Some(score) => ("validation loss", score),
        None => ("loss", report.training?),
    };
    let nothing = (preparation.classes.len() as f64).ln();
    (score.loss > nothing).then(|| {
        format!(
            "the {what} of the network that is kept is {:.3} at best, above the {nothing:.3} of knowing nothing: it learnt \
             nothing that holds; look at its trials, and take a smaller [decoder.training] learning_rate",
            score.loss
        )
    })
}

fn in_words(warning: motrace_net::training::TrainingWarning, preparation: &Preparation) -> String {
    use motrace_net::training::TrainingWarning::{ConstantChannel, NotValidated};
    match warning {
        ConstantChannel { channel } => {
            let label = preparation.channels.labels().get(channel).map_or("?", String::as_str);
            format!("{label} is constant in all trials: the network learns nothing from it")
        }
        NotValidated { class } => {
            let names = preparation.class_names();
            let name = names.get(class).copied().unwrap_or("?");
            let others = if names.len() == 2 { "the other class" } else { "the other classes" };
            format!("no trial of {name} is among the last, which say when to stop: what is kept may favour {others}")
        }
    }
}
