use super::{Cell, Comparison, CurvePoint, Mean, Metric, MetricFigure};
use crate::plan::Plan;
use crate::{DecoderId, Protocol};
use motrace_decode::metrics::{Resampling, central_share, paired_permutation_test};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// What each decoder reaches over subjects.
pub(super) fn means(plan: &Plan, cells: &[Cell], resampling: Resampling) -> Vec<Mean> {
    let of_decoders = |protocol| plan.decoders.iter().map(move |decoder| (protocol, *decoder));
    plan.protocols
        .iter()
        .flat_map(|protocol| of_decoders(*protocol))
        .filter_map(|(protocol, decoder)| mean(&of(cells, protocol, decoder), protocol, decoder, resampling))
        .collect()
}

fn of(cells: &[Cell], protocol: Protocol, decoder: DecoderId) -> Vec<&Cell> {
    cells.iter().filter(|cell| cell.protocol == protocol && cell.decoder == decoder).collect()
}

fn mean(cells: &[&Cell], protocol: Protocol, decoder: DecoderId, resampling: Resampling) -> Option<Mean> {
    let subjects = cells.len();
    if subjects == 0 {
        return None;
    }
    let rights: Vec<Vec<f64>> = cells.iter().map(|cell| rights(cell).into_values().collect()).collect();
    let interval = interval_of_mean(&rights, resampling);
    let metrics = Metric::ALL.into_iter().filter_map(|metric| {
        let values: Vec<f64> = cells.iter().filter_map(|cell| cell.value(metric)).collect();
        (values.len() == subjects).then(|| MetricFigure {
            metric,
            value: average(&values),
            interval: if metric == Metric::Accuracy { interval } else { None },
            chance: None,
            chance_interval: None,
            p_value: None,
        })
    });
    let accuracies: Vec<f64> = cells.iter().filter_map(|cell| cell.value(Metric::Accuracy)).collect();
    let centre = average(&accuracies);
    let deviation =
        (accuracies.iter().map(|a| (a - centre).powi(2)).sum::<f64>() / (accuracies.len().max(2) - 1) as f64).sqrt();
    Some(Mean {
        protocol,
        decoder,
        subjects,
        better_than_chance: cells.iter().filter(|cell| cell.is_better_than_chance).count(),
        metrics: metrics.collect(),
        accuracy_deviation: (subjects > 1).then_some(deviation),
        learning_curve: curve(cells),
    })
}

/// The points that all subjects have in common: beyond them, a curve would change because others are in it.
fn curve(cells: &[&Cell]) -> Vec<CurvePoint> {
    let [first, others @ ..] = cells else { return Vec::new() };
    first
        .learning_curve
        .iter()
        .filter_map(|point| {
            let own = |cell: &&Cell| {
                cell.learning_curve.iter().find(|p| p.calibration_trials == point.calibration_trials).copied()
            };
            let mut points = vec![*point];
            for cell in others {
                points.push(own(cell)?);
            }
            let over = |value: fn(&CurvePoint) -> f64| average(&points.iter().map(value).collect::<Vec<_>>());
            let minutes: Option<Vec<f64>> = points.iter().map(|p| p.calibration_minutes).collect();
            let count = points.len() as f64;
            // Independent errors of the subjects' accuracies add up in squares.
            let half =
                points.iter().map(|p| ((p.interval[1] - p.interval[0]) / 2.0).powi(2)).sum::<f64>().sqrt() / count;
            let accuracy = over(|p| p.accuracy);
            let interval = if points.len() == 1 {
                point.interval
            } else {
                [(accuracy - half).max(0.0), (accuracy + half).min(1.0)]
            };
            Some(CurvePoint {
                calibration_trials: point.calibration_trials,
                calibration_minutes: minutes.map(|minutes| average(&minutes)),
                accuracy,
                interval,
                trials: points.iter().map(|p| p.trials).sum(),
                subjects: points.len(),
            })
        })
        .collect()
}

/// Each decoder beside the first one, on the subjects that both were tested on.
pub(super) fn comparisons(plan: &Plan, cells: &[Cell], resampling: Resampling) -> Vec<Comparison> {
    let Some((&first, others)) = plan.decoders.split_first() else { return Vec::new() };
    plan.protocols
        .iter()
        .flat_map(|protocol| others.iter().map(move |decoder| (*protocol, *decoder)))
        .filter_map(|(protocol, decoder)| compare(cells, protocol, first, decoder, resampling))
        .collect()
}

fn compare(
    cells: &[Cell],
    protocol: Protocol,
    first: DecoderId,
    decoder: DecoderId,
    resampling: Resampling,
) -> Option<Comparison> {
    let references = of(cells, protocol, first);
    let mut by_subject: Vec<(String, f64)> = Vec::new();
    let mut pairs: Vec<Vec<[f64; 2]>> = Vec::new();
    for cell in of(cells, protocol, decoder) {
        let Some(reference) = references.iter().find(|reference| reference.subject == cell.subject) else { continue };
        let (ours, theirs) = (rights(cell), rights(reference));
        let own: Vec<[f64; 2]> = ours.iter().filter_map(|(trial, right)| Some([*right, *theirs.get(trial)?])).collect();
        if !own.is_empty() {
            by_subject.push((cell.subject.clone(), average(&own.iter().map(|[a, b]| a - b).collect::<Vec<_>>())));
            pairs.push(own);
        }
    }
    let subjects = pairs.len();
    if subjects == 0 {
        return None;
    }
    // Each subject counts the same, whatever the number of its trials; the mean over all is then the mean over subjects.
    let total: usize = pairs.iter().map(Vec::len).sum();
    let weighted = |side: usize| -> Vec<f64> {
        let of_subject = |own: &Vec<[f64; 2]>| {
            let weight = total as f64 / (subjects * own.len()) as f64;
            own.iter().map(|pair| pair[side] * weight).collect::<Vec<f64>>()
        };
        pairs.iter().flat_map(of_subject).collect()
    };
    let test = paired_permutation_test(&weighted(0), &weighted(1), resampling)?;
    let differences: Vec<Vec<f64>> = pairs.iter().map(|own| own.iter().map(|[a, b]| a - b).collect()).collect();
    let means: Vec<f64> = by_subject.iter().map(|(_, difference)| *difference).collect();
    let over_subjects = paired_permutation_test(&means, &vec![0.0; subjects], resampling);
    Some(Comparison {
        protocol,
        first,
        decoder,
        difference: average(&means),
        interval: interval_of_mean(&differences, resampling)?,
        p_value: test.p_value,
        by_subject,
        p_value_over_subjects: over_subjects.filter(|_| subjects > 1).map(|test| test.p_value),
    })
}

/// How often each trial was decided right, by recording and number: a share where it was tested several times.
fn rights(cell: &Cell) -> BTreeMap<(usize, usize), f64> {
    let mut counts: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for tested in &cell.predictions {
        let prediction = &tested.prediction;
        let (right, all) = counts.entry((prediction.recording, prediction.trial)).or_default();
        *right += f64::from(u8::from(prediction.as_class_prediction(0, 0).is_right()));
        *all += 1.0;
    }
    counts.into_iter().map(|(trial, (right, all))| (trial, right / all)).collect()
}

/// The interval at 95 % of the mean over subjects of their means, with values drawn anew within each subject.
pub(super) fn interval_of_mean(subjects: &[Vec<f64>], resampling: Resampling) -> Option<[f64; 2]> {
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let mut means: Vec<f64> = (0..resampling.rounds.clamp(1, 100_000))
        .map(|_| {
            let sum: f64 = subjects
                .iter()
                .map(|own| (0..own.len()).map(|_| own[rng.random_range(0..own.len())]).sum::<f64>() / own.len() as f64)
                .sum();
            sum / subjects.len() as f64
        })
        .collect();
    central_share(&mut means)
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
