use crate::{
    CspLda, CspLdaSettings, Epochs, TrainError,
    metrics::{ChanceInterval, Confusion, chance_interval, roc_auc, wilson_interval},
    moments::TrialMoments,
};

/// How trials are divided into training and test sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folds {
    /// As many contiguous blocks of trials in the order of recording; each is the test set once.
    ///
    /// Neighbouring trials resemble each other, so shuffled folds flatter a decoder; blocks do not.
    Chronological(usize),
    /// Each recording is the test set once.
    LeaveOneGroupOut,
}

/// A trial and what a decoder that had not seen it made of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialPrediction {
    /// The trial, from 0.
    pub trial: usize,
    /// The fold that it was tested in, from 0.
    pub fold: usize,
    /// Its class.
    pub truth: usize,
    /// The class decided for.
    pub predicted: usize,
    /// What the decoder says, as [`motrace_core::Decision::value`] is meant.
    pub value: f64,
}

/// What a cross-validation found.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    /// One prediction for each trial, in the order of the trials.
    pub predictions: Vec<TrialPrediction>,
    /// The share of right decisions over all trials.
    pub accuracy: f64,
    /// The share of right decisions within each fold.
    pub fold_accuracies: Vec<f64>,
    /// The mean of the classes' shares of right decisions.
    pub balanced_accuracy: f64,
    /// Cohen's κ.
    pub kappa: f64,
    /// The area under the receiver operating characteristic of all outputs together. Each fold scales its
    /// outputs to class means at ±1, which makes them comparable. `None` where an output is not a number, and for more than
    /// two classes.
    pub auc: Option<f64>,
    /// Decisions by true class.
    pub confusion: Confusion,
    /// The Wilson interval of the accuracy at 95 %.
    pub accuracy_interval: [f64; 2],
    /// What guessing reaches on as many trials; always deciding for the more frequent class is the guess.
    pub chance: ChanceInterval,
}

impl Folds {
    /// The test trials of each fold.
    ///
    /// # Errors
    /// [`TrainError::Folds`] for fewer than two folds, or more folds than trials.
    pub fn test_sets(self, groups: &[usize]) -> Result<Vec<Vec<usize>>, TrainError> {
        let trials = groups.len();
        match self {
            Self::Chronological(count) if count < 2 => {
                Err(TrainError::Folds(format!("{count} fold(s) leave nothing to train on; use at least 2")))
            }
            Self::Chronological(count) if count > trials => {
                Err(TrainError::Folds(format!("{count} folds need at least as many trials, and there are {trials}")))
            }
            Self::Chronological(count) => {
                // The first folds take one trial more where the division leaves a rest.
                let (size, rest) = (trials / count, trials % count);
                let start = |fold: usize| fold * size + fold.min(rest);
                Ok((0..count).map(|fold| (start(fold)..start(fold + 1)).collect()).collect())
            }
            Self::LeaveOneGroupOut => {
                let mut names = groups.to_vec();
                names.sort_unstable();
                names.dedup();
                if names.len() < 2 {
                    return Err(TrainError::Folds(format!(
                        "all trials come from {} recording(s), and leaving one out needs at least 2; use chronological folds",
                        names.len()
                    )));
                }
                Ok(names.iter().map(|name| (0..trials).filter(|&trial| groups[trial] == *name).collect()).collect())
            }
        }
    }
}

/// Tests [`CspLda`] on trials it was not trained on: filters, patterns and discriminant are refitted in
/// each fold. `progress` hears how many folds of how many are done.
///
/// # Errors
/// Whatever [`CspLda::fit`] and [`Folds::test_sets`] refuse; [`TrainError::InFold`] where only the
/// training set of a fold is unfit.
pub fn cross_validate(
    epochs: &Epochs,
    settings: &CspLdaSettings,
    folds: Folds,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<CrossValidation, TrainError> {
    epochs.check_two_classes()?;
    let moments = TrialMoments::of(epochs)?;
    cross_validate_with(&epochs.labels, &epochs.groups, folds, progress, |train| {
        let model = CspLda::fit_trials(&moments, epochs, train, settings)?;
        let moments = &moments;
        Ok(move |trial| model.value_of_trial(moments, trial))
    })
}

/// Tests any decoder on trials it was not trained on.
///
/// `fit` is given the training trials of a fold, ascending, and returns a function from a trial's number
/// to the decoder's output: positive for class 1. It must look at no other trial while it trains.
///
/// # Errors
/// [`TrainError::Shape`] where labels and groups differ in number, [`TrainError::Folds`], and whatever
/// `fit` returns, as [`TrainError::InFold`].
pub fn cross_validate_with<P: Fn(usize) -> f64>(
    labels: &[usize],
    groups: &[usize],
    folds: Folds,
    progress: &mut dyn FnMut(usize, usize),
    mut fit: impl FnMut(&[usize]) -> Result<P, TrainError>,
) -> Result<CrossValidation, TrainError> {
    if labels.len() != groups.len() {
        return Err(TrainError::Shape(format!(
            "{} labels and {} recordings must be as many",
            labels.len(),
            groups.len()
        )));
    }
    let test_sets = folds.test_sets(groups)?;
    let count = test_sets.len();
    let mut predictions = Vec::with_capacity(labels.len());
    progress(0, count);
    for (fold, test) in test_sets.iter().enumerate() {
        let train: Vec<usize> = (0..labels.len()).filter(|trial| test.binary_search(trial).is_err()).collect();
        let value_of = fit(&train).map_err(|source| TrainError::InFold {
            fold: fold + 1,
            folds: count,
            source: Box::new(source),
        })?;
        predictions.extend(test.iter().map(|&trial| TrialPrediction::new(trial, fold, labels[trial], value_of(trial))));
        progress(fold + 1, count);
    }
    Ok(CrossValidation::of(2, predictions))
}

impl TrialPrediction {
    /// What the output of a decoder of two classes on a trial says.
    #[must_use]
    pub fn new(trial: usize, fold: usize, truth: usize, value: f64) -> Self {
        Self { trial, fold, truth, predicted: usize::from(value > 0.0), value }
    }
}

impl CrossValidation {
    /// Adds up the predictions of all folds, whatever their order, between so many classes.
    #[must_use]
    pub fn of(classes: usize, mut predictions: Vec<TrialPrediction>) -> Self {
        predictions.sort_by_key(|prediction| prediction.trial);
        let folds = predictions.iter().map(|p| p.fold + 1).max().unwrap_or(0);
        let of_fold = |fold| {
            Confusion::of(classes, predictions.iter().filter(|p| p.fold == fold).map(|p| (p.truth, p.predicted)))
        };
        let fold_accuracies = (0..folds).map(|fold| of_fold(fold).accuracy()).collect();
        let confusion = Confusion::of(classes, predictions.iter().map(|p| (p.truth, p.predicted)));
        let total = confusion.total();
        let (values, truth): (Vec<f64>, Vec<usize>) = predictions.iter().map(|p| (p.value, p.truth)).unzip();
        Self {
            accuracy: confusion.accuracy(),
            fold_accuracies,
            balanced_accuracy: confusion.balanced_accuracy(),
            kappa: confusion.kappa(),
            auc: if classes == 2 { roc_auc(&values, &truth) } else { None },
            accuracy_interval: wilson_interval(confusion.correct(), total),
            chance: chance_interval(total, confusion.guess()),
            confusion,
            predictions,
        }
    }
}

#[cfg(test)]
mod tests;
