use crate::DecoderId;
use crate::material::{Candidate, INNER_FOLDS};
use crate::pipelines::Variant;
use motrace_decode::metrics::{ClassPrediction, Metric};
use motrace_decode::{Folds, TrainError, TrialSet};
use std::cmp::Ordering;

/// One of those to choose among.
pub(super) struct Contender<'a> {
    pub candidate: &'a Candidate,
    pub variant: &'a Variant,
}

/// What the inner validation says of an option.
struct Score {
    accuracy: f64,
    log_loss: f64,
}

impl Score {
    /// Better is greater: by accuracy, and where that is the same by log loss.
    fn compare(&self, other: &Self) -> Ordering {
        self.accuracy.total_cmp(&other.accuracy).then(other.log_loss.total_cmp(&self.log_loss))
    }
}

/// The best option by a cross-validation within the training trials, and its accuracy there; the first of equals, and the
/// only one without any validation. `None` where there is none.
///
/// # Errors
/// What makes the first option, the configured one, impossible. Others that are impossible are passed over.
pub(super) fn best(
    options: &[Contender<'_>],
    decoder: DecoderId,
    train: &[usize],
) -> Result<Option<(usize, Option<f64>)>, TrainError> {
    if options.len() < 2 {
        return Ok((!options.is_empty()).then_some((0, None)));
    }
    let blocks = Folds::Chronological(INNER_FOLDS.min(train.len())).test_sets(&vec![0; train.len()])?;
    let test_sets: Vec<Vec<usize>> =
        blocks.into_iter().map(|block| block.into_iter().map(|place| train[place]).collect()).collect();
    let mut best: Option<(usize, Score)> = None;
    for (place, option) in options.iter().enumerate() {
        let score = match score(option, decoder, train, &test_sets) {
            Ok(score) => score,
            Err(error) if place == 0 => return Err(error),
            Err(_) => continue,
        };
        if best.as_ref().is_none_or(|(_, known)| score.compare(known) == Ordering::Greater) {
            best = Some((place, score));
        }
    }
    Ok(best.map(|(place, score)| (place, Some(score.accuracy))))
}

fn score(
    option: &Contender<'_>,
    decoder: DecoderId,
    train: &[usize],
    test_sets: &[Vec<usize>],
) -> Result<Score, TrainError> {
    let set: &TrialSet = option.candidate.set_for(decoder);
    let mut predictions: Vec<ClassPrediction> = Vec::with_capacity(train.len());
    for (fold, test) in test_sets.iter().enumerate() {
        let inner: Vec<usize> = train.iter().copied().filter(|trial| test.binary_search(trial).is_err()).collect();
        let fitted = option.variant.pipeline.fit(set, &inner)?;
        for &trial in test {
            let probabilities = fitted.probabilities(set, trial)?;
            predictions.push(ClassPrediction { trial, fold, truth: set.labels()[trial], probabilities });
        }
    }
    let of = |metric: Metric| metric.of(&predictions, set.classes());
    Ok(Score {
        accuracy: of(Metric::BalancedAccuracy).unwrap_or(0.0),
        log_loss: of(Metric::LogLoss).unwrap_or(f64::INFINITY),
    })
}
