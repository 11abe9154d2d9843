use super::{Adaptation, Adapter};
use crate::{CspLda, CspLdaSettings, Epochs, POWER_FLOOR, simulated::mixed_epochs};
use nalgebra::{DMatrix, DVector};
use ndarray::Array2;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn fit(epochs: &Epochs) -> CspLda {
    CspLda::fit(epochs, &CspLdaSettings::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn trained() -> CspLda {
    fit(&mixed_epochs(40, 7, 80, 2.0, 3))
}

fn adapter(decoder: &CspLda) -> Adapter {
    Adapter::new(decoder).unwrap_or_else(|| panic!("it can adapt"))
}

/// Log-powers of trials of both classes in turn, all shifted alike, deterministic.
fn trials(decoder: &CspLda, count: usize, shift: f64, seed: u64) -> Vec<(usize, Vec<f64>)> {
    let mut state = seed;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..count)
        .map(|trial| {
            let class = trial % 2;
            let logs = decoder.class_log_power[class].iter().map(|mean| mean + shift + 0.5 * noise());
            (class, logs.map(f64::exp).collect())
        })
        .collect()
}

/// The equations, with matrices and an inverse.
struct Slow {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
    difference: DVector<f64>,
}

impl Slow {
    fn new(decoder: &CspLda) -> Self {
        let of = |class: usize| DVector::from_column_slice(&decoder.class_log_power[class]);
        let difference = of(1) - of(0);
        let within = decoder.feature_covariance.as_ref().unwrap_or_else(|| panic!("it is known"));
        let within = DMatrix::from_fn(within.nrows(), within.ncols(), |i, j| within[[i, j]]);
        Self { mean: (of(0) + of(1)) / 2.0, covariance: within, difference }
    }

    fn adapt(&mut self, powers: &[f64], rates: Adaptation) {
        let x = DVector::from_iterator(powers.len(), powers.iter().map(|p| p.ln()));
        self.mean = &self.mean * (1.0 - rates.bias_rate) + &x * rates.bias_rate;
        let d = &x - &self.mean;
        let side = if self.weights().dot(&d) < 0.0 { -0.5 } else { 0.5 };
        let d = d - &self.difference * side;
        let inverse = self.covariance.clone().try_inverse().unwrap_or_else(|| panic!("singular"));
        let distance = d.dot(&(inverse * &d));
        let d = d * (x.len() as f64 / distance).sqrt().min(1.0);
        self.covariance = &self.covariance * (1.0 - rates.covariance_rate) + &d * d.transpose() * rates.covariance_rate;
    }

    fn weights(&self) -> DVector<f64> {
        let inverse = self.covariance.clone().try_inverse().unwrap_or_else(|| panic!("singular"));
        let direction = inverse * &self.difference;
        let distance = direction.dot(&self.difference);
        direction * (2.0 / distance)
    }

    fn value(&self, powers: &[f64]) -> f64 {
        let weights = self.weights();
        powers.iter().enumerate().map(|(k, p)| weights[k] * (p.ln() - self.mean[k])).sum()
    }
}

#[test]
fn the_covariance_is_that_of_the_trained_weights() {
    let decoder = trained();
    let weights = Slow::new(&decoder).weights();
    for (slow, trained) in weights.iter().zip(&decoder.weights) {
        assert!((slow - trained).abs() <= 1e-9 * weights.amax(), "{slow} {trained}");
    }
}

#[test]
fn nothing_moves_without_trials_or_rates() {
    let decoder = trained();
    let mut adapter = adapter(&decoder);
    assert_eq!(adapter.current(), adapter.trained());
    let (_, powers) = &trials(&decoder, 1, 3.0, 1)[0];
    assert!(!adapter.adapt(powers), "it is at rest until it has rates");
    assert_eq!(adapter.current(), adapter.trained());
    assert_eq!(adapter.trained().value_from_powers(powers).to_bits(), decoder.value_from_powers(powers).to_bits());
}

#[test]
fn weights_stay_exactly_without_a_covariance_rate() {
    let decoder = trained();
    let mut adapter = adapter(&decoder);
    adapter.set_rates(Adaptation { bias_rate: 0.1, covariance_rate: 0.0 });
    let mut adapted = decoder.clone();
    for (_, powers) in trials(&decoder, 30, 1.0, 2) {
        assert!(adapter.adapt(&powers));
        adapted.set_discriminant(adapter.current());
        assert!(adapted.offset().abs() < 1e-12);
    }
    assert_eq!(adapter.current().weights(), decoder.weights);
    assert_ne!(adapter.current().bias(), decoder.bias);
    adapter.reset();
    assert_eq!(adapter.current(), adapter.trained());
}

/// A decoder whose classes lie so far apart on each component, in standard deviations of log-powers that are
/// independent of each other.
fn decoder_of(differences: &[f64]) -> CspLda {
    const SD: f64 = 0.3;
    let decoder = trained();
    let components = decoder.components();
    assert_eq!(components, differences.len());
    let within = |i: usize, j: usize| if i == j { SD * SD } else { 0.0 };
    let side = |sign: f64| {
        let means = decoder.root_log_power.iter().zip(differences);
        means.map(|(root, d)| root + sign * SD * d / 2.0).collect::<Vec<f64>>()
    };
    let total: f64 = differences.iter().map(|d| d * d).sum();
    let weights: Vec<f64> = differences.iter().map(|d| 2.0 * d / (SD * total)).collect();
    let bias = -weights.iter().zip(&decoder.root_log_power).map(|(w, root)| w * root).sum::<f64>();
    CspLda {
        class_log_power: [side(-1.0), side(1.0)],
        weights,
        bias,
        feature_covariance: Some(Array2::from_shape_fn((components, components), |(i, j)| within(i, j))),
        ..decoder
    }
}

/// Trials of `truth`, all shifted by this much along the weights of `decoder`; the shares decided right by it as it was
/// trained and as it adapts, after 60 trials.
fn shares_right(decoder: &CspLda, truth: &CspLda, shift: f64, seed: u64) -> (f64, f64) {
    let mut adapter = adapter(decoder);
    adapter.set_rates(Adaptation { bias_rate: 0.05, covariance_rate: 0.02 });
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = move || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let scale: f64 = decoder.weights.iter().map(|w| w.abs()).sum();
    let (mut frozen, mut adapted, mut counted) = (0, 0, 0);
    for trial in 0..260 {
        let class = trial % 2;
        let logs = truth.class_log_power[class].iter().zip(&decoder.weights);
        let powers: Vec<f64> =
            logs.map(|(mean, w)| (mean + 0.3 * normal() + shift * w.signum() / scale).exp()).collect();
        if trial >= 60 {
            let is_right = |value: f64| u32::from(usize::from(value > 0.0) == class);
            counted += 1;
            frozen += is_right(adapter.trained().value_from_powers(&powers));
            adapted += is_right(adapter.current().value_from_powers(&powers));
        }
        assert!(adapter.adapt(&powers));
    }
    (f64::from(frozen) / f64::from(counted), f64::from(adapted) / f64::from(counted))
}

#[test]
fn a_shift_of_all_log_powers_is_made_up_for() {
    let decoder = decoder_of(&[-2.5, -1.0, 0.5, 0.5, 1.0, 2.5]);
    for seed in 0..5 {
        let (frozen, adapted) = shares_right(&decoder, &decoder, 2.0, seed);
        assert!(frozen <= 0.65, "the calibration model is thrown off: {frozen}");
        assert!(adapted >= 0.9, "the adapted one is not: {adapted}");
    }
}

/// With few calibration trials of many channels, the inner components differ between the classes in calibration only.
#[test]
fn a_difference_that_calibration_made_up_does_no_harm() {
    let decoder = decoder_of(&[-4.0, -2.5, -2.5, 2.5, 2.5, 4.0]);
    let truth = decoder_of(&[-3.5, 0.0, 0.0, 0.0, 0.0, 3.5]);
    for seed in 0..5 {
        let (frozen, adapted) = shares_right(&decoder, &truth, 0.0, seed);
        assert!(frozen >= 0.9, "{frozen}");
        assert!(adapted >= frozen - 0.02, "{adapted} adapted, {frozen} frozen");
    }
}

#[test]
fn what_no_brain_does_is_not_learnt_from() {
    let decoder = trained();
    let mut adapter = adapter(&decoder);
    adapter.set_rates(Adaptation { bias_rate: 0.5, covariance_rate: 0.5 });
    let good: Vec<f64> = decoder.root_log_power.iter().map(|log| log.exp()).collect();
    for bad in [f64::NAN, f64::INFINITY, 0.0, -1.0, good[0] * POWER_FLOOR * 0.5] {
        let mut powers = good.clone();
        powers[0] = bad;
        assert!(!adapter.adapt(&powers), "{bad}");
    }
    assert!(!adapter.adapt(&good[1..]), "another number of components");
    assert_eq!(adapter.current(), adapter.trained());
    assert!(adapter.adapt(&good));
}

#[test]
fn a_decoder_without_its_covariance_adapts_its_bias_only() {
    let decoder = CspLda { feature_covariance: None, ..trained() };
    let mut adapter = adapter(&decoder);
    let rates = adapter.set_rates(Adaptation { bias_rate: 2.0, covariance_rate: 0.3 });
    assert_eq!(rates, Adaptation { bias_rate: 0.5, covariance_rate: 0.0 });
    for (_, powers) in trials(&decoder, 10, 1.0, 2) {
        assert!(adapter.adapt(&powers));
    }
    assert_eq!(adapter.current().weights(), decoder.weights);
    let nothing = adapter.set_rates(Adaptation { bias_rate: f64::NAN, covariance_rate: -1.0 });
    assert_eq!(nothing, Adaptation { bias_rate: 0.0, covariance_rate: 0.0 });
}

#[test]
fn more_components_than_are_held_do_not_adapt() {
    let small = trained();
    let weights = vec![1.0; 33];
    let large = CspLda { root_log_power: weights.clone(), weights, ..small };
    assert!(large.discriminant().is_none() && Adapter::new(&large).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn it_follows_its_equations(
        seed in 0_u64..1000,
        bias_rate in 0.0..0.5_f64,
        covariance_rate in 0.001..0.5_f64,
        shift in -2.0..2.0_f64,
    ) {
        let decoder = trained();
        let rates = Adaptation { bias_rate, covariance_rate };
        let (mut fast, mut slow) = (adapter(&decoder), Slow::new(&decoder));
        fast.set_rates(rates);
        for (_, powers) in trials(&decoder, 25, shift, seed) {
            prop_assert!(fast.adapt(&powers));
            slow.adapt(&powers, rates);
            let (a, b) = (fast.current().value_from_powers(&powers), slow.value(&powers));
            prop_assert!((a - b).abs() <= 1e-8 * (1.0 + b.abs()), "{a} {b}");
            let scored: f64 = fast.current().weights().iter().zip(slow.difference.iter()).map(|(w, d)| w * d).sum();
            prop_assert!((scored - 2.0).abs() <= 1e-9, "the class means stay at ±1");
        }
    }
}
