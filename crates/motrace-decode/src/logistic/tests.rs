use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn problem(trials: usize, size: usize, classes: usize, seed: u64) -> (DMatrix<f64>, Vec<usize>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels: Vec<usize> = (0..trials).map(|i| (i * 7 / 3) % classes).collect();
    let x = DMatrix::from_fn(trials, size, |i, j| rng.random_range(-1.0..1.0) + 0.5 * f64::from(j == labels[i]));
    (x, labels)
}

/// The objective by its definition.
fn objective(x: &DMatrix<f64>, labels: &[usize], found: &Logits, classes: usize, settings: LogisticSettings) -> f64 {
    let first = usize::from(classes == 2);
    let penalty: f64 = found.weights.rows(first, classes - first).norm_squared();
    let loss: f64 = (0..labels.len())
        .map(|i| -found.probabilities(&x.row(i).iter().copied().collect::<Vec<_>>())[labels[i]].ln())
        .sum();
    0.5 * penalty + settings.loss_weight * loss
}

#[test]
fn no_neighbour_is_better() -> Result<(), TrainError> {
    for (classes, size, has_intercept, loss_weight) in
        [(2, 3, true, 1.0), (2, 50, false, 10.0), (3, 4, true, 0.3), (4, 60, true, 100.0)]
    {
        let (x, labels) = problem(30, size, classes, classes as u64);
        let settings = LogisticSettings { loss_weight, has_intercept };
        let found = logistic_regression(&x, &labels, classes, settings)?;
        let best = objective(&x, &labels, &found, classes, settings);
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        for _ in 0..200 {
            let mut other = found.clone();
            let first = usize::from(classes == 2);
            for class in first..classes {
                other.weights.row_mut(class).iter_mut().for_each(|w| *w += 1e-3 * rng.random_range(-1.0..1.0));
                other.biases[class] += if has_intercept { 1e-3 * rng.random_range(-1.0..1.0) } else { 0.0 };
            }
            assert!(objective(&x, &labels, &other, classes, settings) > best - 1e-12 * best.abs());
        }
        assert!(has_intercept || found.biases.iter().all(|b| *b == 0.0));
    }
    Ok(())
}

#[test]
fn classes_that_are_far_apart_still_end() -> Result<(), TrainError> {
    let x = DMatrix::from_fn(20, 2, |i, j| if i % 2 == j { 1e4 } else { -1e4 });
    let labels: Vec<usize> = (0..20).map(|i| i % 2).collect();
    let settings = LogisticSettings { loss_weight: 1.0, has_intercept: true };
    let found = logistic_regression(&x, &labels, 2, settings)?;
    assert!(found.probabilities(&[-1e4, 1e4])[1] > 0.99);
    Ok(())
}

#[test]
fn nonsense_is_refused() {
    let (mut x, labels) = problem(12, 2, 2, 1);
    for loss_weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(logistic_regression(&x, &labels, 2, LogisticSettings { loss_weight, has_intercept: true }).is_err());
    }
    x[(3, 1)] = f64::NAN;
    let settings = LogisticSettings { loss_weight: 1.0, has_intercept: true };
    assert!(logistic_regression(&x, &labels, 2, settings).is_err());
}
