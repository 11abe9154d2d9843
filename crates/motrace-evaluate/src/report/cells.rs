use super::resampled::figures;
use super::{Cell, Chance, CurvePoint, Metric, MetricFigure, ReportSettings, TestedTrial};
use crate::plan::Plan;
use crate::results::{FoldResult, JobResult};
use crate::{DecoderId, Protocol};
use motrace_decode::metrics::{ClassPrediction, Confusion, Resampling, chance_interval, wilson_interval};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The jobs of one decoder on one subject under one protocol.
struct Group<'a> {
    subject: &'a str,
    protocol: Protocol,
    decoder: DecoderId,
    results: Vec<&'a JobResult>,
}

/// One cell for each subject, decoder and protocol of which there is a result: by protocol, subject and decoder.
pub(super) fn cells(plan: &Plan, results: &[JobResult], settings: ReportSettings) -> Vec<Cell> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for planned in &plan.jobs {
        let job = &planned.job;
        let Some(result) = results.iter().find(|result| result.key == planned.key) else { continue };
        let known = groups
            .iter_mut()
            .find(|g| g.subject == job.subject && g.protocol == job.protocol && g.decoder == job.decoder);
        match known {
            Some(group) => group.results.push(result),
            None => groups.push(Group {
                subject: &job.subject,
                protocol: job.protocol,
                decoder: job.decoder,
                results: vec![result],
            }),
        }
    }
    let place = |protocol| plan.protocols.iter().position(|p| *p == protocol);
    groups.sort_by_key(|group| place(group.protocol));
    let threads = match settings.threads {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        threads => threads,
    };
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Cell)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = groups.get(place) else { return };
            if let Some(cell) = cell(group, plan.classes.len(), settings.resampling) {
                found.lock().unwrap_or_else(PoisonError::into_inner).push((place, cell));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(groups.len().max(1)) {
            scope.spawn(work);
        }
        work();
    });
    let mut cells = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    cells.sort_by_key(|(place, _)| *place);
    cells.into_iter().map(|(_, cell)| cell).collect()
}

/// What the folds say that are trained on as many trials as there are: all of them, but for a learning curve.
fn cell(group: &Group<'_>, classes: usize, resampling: Resampling) -> Option<Cell> {
    let all: Vec<&FoldResult> = group.results.iter().flat_map(|result| &result.folds).collect();
    let is_curve = matches!(group.protocol, Protocol::LearningCurve { .. });
    let most = all.iter().map(|fold| fold.calibration_trials).max()?;
    let folds: Vec<&FoldResult> =
        all.iter().copied().filter(|fold| !is_curve || fold.calibration_trials == most).collect();
    let repeats = folds.iter().map(|fold| fold.repeat).max()? + 1;
    let by_repeat: Vec<Vec<ClassPrediction>> =
        (0..repeats).map(|repeat| predictions(folds.iter().copied().filter(|fold| fold.repeat == repeat))).collect();
    let trials = by_repeat.iter().map(Vec::len).max()?;
    if trials == 0 {
        return None;
    }
    let metrics =
        averaged(&by_repeat.iter().map(|own| figures(own, classes, resampling)).collect::<Vec<Vec<MetricFigure>>>());
    let accuracy = metrics.iter().find(|figure| figure.metric == Metric::Accuracy)?.value;
    let guess = Confusion::of_predictions(by_repeat.first()?, classes).guess();
    let chance = chance_interval(trials, guess);
    let mut confusion = vec![vec![0; classes]; classes];
    for own in &by_repeat {
        for (to, from) in
            confusion.iter_mut().flatten().zip(Confusion::of_predictions(own, classes).counts.iter().flatten())
        {
            *to += from;
        }
    }
    let tested = folds.iter().flat_map(|fold| {
        fold.predictions.iter().map(|prediction| TestedTrial {
            repeat: fold.repeat,
            fold: fold.fold,
            prediction: prediction.clone(),
        })
    });
    let trial_secs = group.results.first()?.subject.trial_secs;
    let bits = metrics.iter().find(|figure| figure.metric == Metric::WolpawBits).map(|figure| figure.value);
    Some(Cell {
        subject: group.subject.to_owned(),
        protocol: group.protocol,
        decoder: group.decoder,
        trials,
        repeats,
        is_better_than_chance: chance.is_exceeded_by(accuracy),
        chance: Chance { level: chance.level, low: chance.low, high: chance.high, upper_bound: chance.upper_bound },
        bits_per_minute: bits.zip(trial_secs).map(|(bits, secs)| bits * 60.0 / secs),
        metrics,
        confusion,
        fold_accuracies: folds
            .iter()
            .filter(|fold| !fold.predictions.is_empty())
            .map(|fold| share_right(&predictions(std::iter::once(*fold))))
            .collect(),
        choices: folds.iter().filter_map(|fold| fold.choice.clone()).collect(),
        artefacts: folds.iter().map(|fold| fold.artefacts as f64).sum::<f64>() / folds.len().max(1) as f64,
        learning_curve: if is_curve { curve(&all) } else { Vec::new() },
        predictions: tested.collect(),
        seconds: group.results.iter().map(|result| result.seconds).sum(),
    })
}

fn predictions<'a>(folds: impl Iterator<Item = &'a FoldResult>) -> Vec<ClassPrediction> {
    let mut all = Vec::new();
    for fold in folds {
        for prediction in &fold.predictions {
            all.push(prediction.as_class_prediction(all.len(), fold.fold));
        }
    }
    all
}

fn share_right(predictions: &[ClassPrediction]) -> f64 {
    predictions.iter().filter(|p| p.is_right()).count() as f64 / predictions.len().max(1) as f64
}

/// The mean of each figure, its interval and its chance level over repeats. The interval is that of one repeat: the same
/// trials shuffled again are no more trials.
fn averaged(repeats: &[Vec<MetricFigure>]) -> Vec<MetricFigure> {
    let mean = |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let ends = |intervals: Vec<[f64; 2]>| {
        let low = mean(intervals.iter().map(|interval| interval[0]).collect());
        low.zip(mean(intervals.iter().map(|interval| interval[1]).collect())).map(|(low, high)| [low, high])
    };
    Metric::ALL
        .into_iter()
        .filter_map(|metric| {
            let own: Vec<&MetricFigure> = repeats.iter().flatten().filter(|figure| figure.metric == metric).collect();
            Some(MetricFigure {
                metric,
                value: mean(own.iter().map(|figure| figure.value).collect())?,
                interval: ends(own.iter().filter_map(|figure| figure.interval).collect()),
                chance: mean(own.iter().filter_map(|figure| figure.chance).collect()),
                chance_interval: ends(own.iter().filter_map(|figure| figure.chance_interval).collect()),
                p_value: mean(own.iter().filter_map(|figure| figure.p_value).collect()),
            })
        })
        .collect()
}

/// A point for each number of trials to train on.
fn curve(folds: &[&FoldResult]) -> Vec<CurvePoint> {
    let mut sizes: Vec<usize> = folds.iter().map(|fold| fold.calibration_trials).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
        .into_iter()
        .map(|size| {
            let own = || folds.iter().copied().filter(move |fold| fold.calibration_trials == size);
            let predictions = predictions(own());
            let right = predictions.iter().filter(|prediction| prediction.is_right()).count();
            CurvePoint {
                calibration_trials: size,
                calibration_minutes: own().find_map(|fold| fold.calibration_minutes),
                accuracy: share_right(&predictions),
                interval: wilson_interval(right, predictions.len()),
                trials: predictions.len(),
                subjects: 1,
            }
        })
        .collect()
}
