//! Seeded trials for tests: sources whose power depends on the class, mixed into the channels.

use crate::Epochs;
use ndarray::{Array3, Axis};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A number from about a normal distribution (the sum of 12 uniform ones).
fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| rng.random_range(-0.5..0.5)).sum()
}

/// White noise of about 10 µV in every channel, classes alternating, four groups.
pub(crate) fn noise_epochs(trials: usize, channels: usize, samples: usize, seed: u64) -> Epochs {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Epochs {
        data: Array3::from_shape_simple_fn((trials, channels, samples), || 1e-5 * normal(&mut rng)),
        labels: (0..trials).map(|t| t % 2).collect(),
        class_names: vec!["left".into(), "right".into()],
        groups: (0..trials).map(|t| t * 4 / trials.max(1)).collect(),
    }
}

/// As many sources as channels, mixed at random; source 0 is stronger in class 0, source 1 in class 1.
/// Every source's power varies from trial to trial.
pub(crate) fn mixed_epochs(trials: usize, channels: usize, samples: usize, contrast: f64, seed: u64) -> Epochs {
    let mut epochs = noise_epochs(trials, channels, samples, seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 1_000_000);
    let mixing = ndarray::Array2::from_shape_simple_fn((channels, channels), || normal(&mut rng));
    for (trial, &label) in epochs.labels.iter().enumerate() {
        let mut sources = epochs.data.index_axis_mut(Axis(0), trial);
        for (source, mut row) in sources.outer_iter_mut().enumerate() {
            let favoured = if source == label { contrast } else { 1.0 };
            row *= favoured * (0.2 * normal(&mut rng)).exp();
        }
        let mixed = mixing.dot(&sources);
        sources.assign(&mixed);
    }
    epochs
}

/// As many sources as channels, mixed at random; in trials of class k, source k is stronger by `contrast`. Classes come
/// in a mixed order.
pub(crate) fn class_epochs(
    trials: usize,
    channels: usize,
    samples: usize,
    classes: usize,
    contrast: f64,
    seed: u64,
) -> Epochs {
    let mut epochs = noise_epochs(trials, channels, samples, seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 2_000_000);
    epochs.labels = (0..trials).map(|trial| (trial + trial / classes) % classes).collect();
    epochs.class_names = (0..classes).map(|class| format!("class {class}")).collect();
    let near = ndarray::Array2::from_shape_simple_fn((channels, channels), || 0.3 * normal(&mut rng));
    let mixing = near + ndarray::Array2::<f64>::eye(channels);
    for (trial, &label) in epochs.labels.iter().enumerate() {
        let mut sources = epochs.data.index_axis_mut(Axis(0), trial);
        for (source, mut row) in sources.outer_iter_mut().enumerate() {
            let favoured = if source == label { contrast } else { 1.0 };
            row *= favoured * (0.15 * normal(&mut rng)).exp();
        }
        let mixed = mixing.dot(&sources);
        sources.assign(&mixed);
    }
    epochs
}
