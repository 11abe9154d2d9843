use super::bank::{Bank, BankedEpochs};
use super::enough::check_enough;
use super::fitting::{Fitted, Fitting};
use super::overlap::Overlaps;
use super::survey::{Survey, collect};
use super::{TrainSettings, TrainingError, Tuning};
use crate::{EpochCollector, Preparation, RecordingStamp, SkipReason, Tape};
use motrace_core::Trial;
use motrace_decode::{CrossValidation, CspLdaSettings, TrainError, TrialPrediction};

/// All that training does to recordings: the final decoder on all trials, and one for each fold.
pub(super) struct Course {
    pub outcome: Outcome,
    pub validation: Option<CrossValidation>,
    pub fold_tunings: Vec<Tuning>,
    /// All trials that can be trained on or tested.
    pub tested: Numbered,
    /// Cues without such a trial.
    pub left_out: LeftOut,
    /// What deserves a look, in words.
    pub warnings: Vec<String>,
}

/// What training on all trials gave.
pub(super) struct Outcome {
    pub tuning: Tuning,
    pub fitted: Fitted,
    pub banked: BankedEpochs,
}

/// One decoder to be trained.
struct Task {
    /// Its fold and the trials it is tested on; none for the final decoder.
    test: Option<(usize, Vec<usize>)>,
    train: Vec<usize>,
    tuning: Tuning,
}

impl Course {
    pub fn run(
        recordings: &[(RecordingStamp, &Tape)],
        preparation: &Preparation,
        settings: &TrainSettings,
        decoder: &CspLdaSettings,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, TrainingError> {
        let (mut survey, mut bank) = (None, None);
        let collectors = if settings.choose_band || settings.choose_window.is_some() {
            let (seen, collectors) = Survey::new(recordings, preparation, settings)?;
            survey = Some(seen);
            collectors
        } else {
            collect(recordings, preparation, None, false)?
        };
        let (tested, left_out) = trials_of(&collectors);
        if survey.is_none() {
            bank = Some(Bank::of(collectors, preparation));
        }
        let labels: Vec<usize> = tested.iter().map(|(_, trial)| trial.class).collect();
        check_enough(&labels, preparation, &left_out)?;

        // A survey reads two samples more of each trial.
        let overlaps = Overlaps::of(&tested, if survey.is_some() { 2 } else { 0 }, 0);
        let (mut tasks, apart) = tasks(&overlaps, &tested, preparation, settings)?;
        let warnings = overlaps.warning(recordings, apart).into_iter().collect();
        let mut steps = Steps { done: 0, of: tasks.len() * (1 + usize::from(survey.is_some())), progress };
        steps.take(0);
        if let Some(survey) = &mut survey {
            for task in &mut tasks {
                task.tuning = survey.choose(&task.train)?;
                steps.take(1);
            }
        }
        let searched_secs = survey.map_or(preparation.window_secs, Survey::into_searched_secs);

        let fold_tunings: Vec<Tuning> = tasks.iter().filter(|t| t.test.is_some()).map(|t| t.tuning.clone()).collect();
        let mut predictions = Vec::with_capacity(tested.len());
        let mut outcome = None;
        // Band by band, so that no more than one set of epochs is in memory; the final decoder's comes first.
        while let Some(Task { tuning, .. }) = tasks.first() {
            let tuned = tuning.applied_to(preparation);
            let bank = match bank.take() {
                Some(bank) => bank,
                None => Bank::collect(recordings, &tuned, searched_secs)?,
            };
            let (mut now, later): (Vec<_>, Vec<_>) =
                tasks.into_iter().partition(|task| task.tuning.band_hz == tuned.filter.band_hz);
            tasks = later;
            while let Some(Task { tuning, .. }) = now.first() {
                let tuning = tuning.clone();
                let (same, others): (Vec<_>, Vec<_>) = now.into_iter().partition(|task| task.tuning == tuning);
                now = others;
                let banked = bank.epochs(&tested, &tuning.applied_to(preparation));
                let fitting = Fitting::new(&banked, settings, decoder, tuning.window_secs)?;
                let fitted = fit_all(&fitting, same, fold_tunings.len(), &mut predictions, &mut steps)?;
                if let Some(fitted) = fitted {
                    outcome = Some(Outcome { tuning, fitted, banked });
                }
            }
        }
        let outcome = outcome.ok_or(TrainingError::NoRecording)?;
        let validation = settings.folds.map(|_| CrossValidation::of(2, predictions));
        Ok(Self { outcome, validation, fold_tunings, tested, left_out, warnings })
    }
}

/// Trials, each with its recording.
type Numbered = Vec<(usize, Trial)>;
/// Trials without an epoch, each with its recording.
type LeftOut = Vec<(usize, Trial, SkipReason)>;

/// The trials with an epoch, and the others.
fn trials_of(collectors: &[EpochCollector]) -> (Numbered, LeftOut) {
    let numbered = || collectors.iter().enumerate();
    let kept = numbered().flat_map(|(group, c)| c.kept().iter().map(move |trial| (group, trial.clone()))).collect();
    let left_out = numbered()
        .flat_map(|(group, c)| c.left_out().iter().map(move |(trial, reason)| (group, trial.clone(), *reason)))
        .collect();
    (kept, left_out)
}

/// The final decoder first, then one for each fold, with what is configured; and how many trials are left out of the folds
/// because they overlap a test trial.
fn tasks(
    overlaps: &Overlaps<'_>,
    trials: &[(usize, Trial)],
    preparation: &Preparation,
    settings: &TrainSettings,
) -> Result<(Vec<Task>, usize), TrainError> {
    let tuning = Tuning::of(preparation);
    let mut tasks = vec![Task { test: None, train: (0..trials.len()).collect(), tuning: tuning.clone() }];
    let groups: Vec<usize> = trials.iter().map(|(group, _)| *group).collect();
    let test_sets = settings.folds.map(|folds| folds.test_sets(&groups)).transpose()?.unwrap_or_default();
    let mut left_out = 0;
    for (fold, test) in test_sets.into_iter().enumerate() {
        let train = overlaps.apart_from(&test);
        left_out += trials.len() - test.len() - train.len();
        tasks.push(Task { test: Some((fold, test)), train, tuning: tuning.clone() });
    }
    Ok((tasks, left_out))
}

/// Trains and tests decoders that read the same epochs; gives the final one where it is among them.
fn fit_all(
    fitting: &Fitting<'_>,
    tasks: Vec<Task>,
    folds: usize,
    predictions: &mut Vec<TrialPrediction>,
    steps: &mut Steps,
) -> Result<Option<Fitted>, TrainError> {
    let mut of_all = None;
    for Task { test, train, .. } in tasks {
        let fitted = fitting.fit(&train);
        match test {
            None => of_all = Some(fitted?),
            Some((fold, trials)) => {
                let in_fold = |source| TrainError::InFold { fold: fold + 1, folds, source: Box::new(source) };
                let decoder = fitted.map_err(in_fold)?.decoder;
                predictions.extend(fitting.predict(&decoder, fold, &trials));
            }
        }
        steps.take(1);
    }
    Ok(of_all)
}

/// How far it has come.
struct Steps<'a> {
    done: usize,
    of: usize,
    progress: &'a mut dyn FnMut(usize, usize),
}

impl Steps<'_> {
    fn take(&mut self, count: usize) {
        self.done += count;
        (self.progress)(self.done, self.of);
    }
}
