use super::{Adaptation, Adapter};
use crate::{CspLda, CspLdaSettings, Epochs, POWER_FLOOR, simulated::mixed_epochs};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

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

/// The published equations, with matrices and an inverse.
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
        Self {
            mean: (of(0) + of(1)) / 2.0,
            covariance: within + &difference * difference.transpose() / 4.0,
            difference,
        }
    }

    fn adapt(&mut self, powers: &[f64], rates: Adaptation) {
        let x = DVector::from_iterator(powers.len(), powers.iter().map(|p| p.ln()));
        self.mean = &self.mean * (1.0 - rates.bias_rate) + &x * rates.bias_rate;
        let d = &x - &self.mean;
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

#[test]
fn a_shift_of_all_log_powers_is_made_up_for() {
    let decoder = trained();
    let mut adapter = adapter(&decoder);
    adapter.set_rates(Adaptation { bias_rate: 0.05, covariance_rate: 0.02 });
    // A shift along the weights is what hurts.
    let scale: f64 = decoder.weights.iter().map(|w| w.abs()).sum();
    let shifted: Vec<(usize, Vec<f64>)> = trials(&decoder, 120, 0.0, 5)
        .into_iter()
        .map(|(class, powers)| {
            let moved = powers.iter().zip(&decoder.weights).map(|(p, w)| p * (2.0 * w.signum() / scale).exp());
            (class, moved.collect())
        })
        .collect();
    let (mut frozen_right, mut right, mut late) = (0, 0, 0);
    for (trial, (class, powers)) in shifted.iter().enumerate() {
        if trial >= 60 {
            let decided = |value: f64| usize::from(value > 0.0);
            late += 1;
            frozen_right += usize::from(decided(adapter.trained().value_from_powers(powers)) == *class);
            right += usize::from(decided(adapter.current().value_from_powers(powers)) == *class);
        }
        adapter.adapt(powers);
    }
    let share = |n: usize| n as f64 / f64::from(late);
    assert!(share(frozen_right) <= 0.65, "the calibration model is thrown off: {}", share(frozen_right));
    assert!(share(right) >= 0.9, "the adapted one is not: {}", share(right));
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
    fn it_follows_the_published_equations(
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
