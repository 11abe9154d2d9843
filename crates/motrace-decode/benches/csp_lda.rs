//! Training and single decisions at the size of BCI Competition IV 2a: 288 trials × 22 channels × 500 samples.

use divan::{Bencher, black_box};
use motrace_decode::{CspLda, CspLdaSettings, Epochs, Folds, cross_validate};
use ndarray::Array3;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

fn epochs(trials: usize, channels: usize, samples: usize) -> Epochs {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut data = Array3::from_shape_simple_fn((trials, channels, samples), || rng.random_range(-1e-5..1e-5));
    for (trial, mut window) in data.outer_iter_mut().enumerate() {
        window.row_mut(trial % 2).map_inplace(|x| *x *= 1.5);
    }
    Epochs {
        data,
        labels: (0..trials).map(|t| t % 2).collect(),
        class_names: vec!["left".into(), "right".into()],
        groups: vec![0; trials],
    }
}

fn model(epochs: &Epochs) -> CspLda {
    match CspLda::fit(epochs, &CspLdaSettings::default()) {
        Ok(model) => model,
        Err(error) => panic!("{error}"),
    }
}

#[divan::bench]
fn fit(bencher: Bencher) {
    let epochs = epochs(288, 22, 500);
    bencher.bench_local(|| model(black_box(&epochs)));
}

#[divan::bench]
fn fit_64_channels(bencher: Bencher) {
    let epochs = epochs(45, 64, 320);
    bencher.bench_local(|| model(black_box(&epochs)));
}

#[divan::bench]
fn cross_validate_10_folds(bencher: Bencher) {
    let epochs = epochs(288, 22, 500);
    let settings = CspLdaSettings::default();
    bencher.bench_local(|| {
        cross_validate(black_box(&epochs), &settings, Folds::Chronological(10), &mut |_, _| ()).map(|cv| cv.accuracy)
    });
}

#[divan::bench]
fn value_from_powers(bencher: Bencher) {
    let model = model(&epochs(40, 22, 500));
    let powers: Vec<f64> = model.root_log_power.iter().map(|p| 1.1 * p.exp()).collect();
    bencher.bench_local(|| model.value_from_powers(black_box(&powers)));
}

#[divan::bench]
fn value(bencher: Bencher) {
    let epochs = epochs(40, 22, 500);
    let model = model(&epochs);
    bencher.bench_local(|| model.value(black_box(epochs.data.index_axis(ndarray::Axis(0), 3))));
}
