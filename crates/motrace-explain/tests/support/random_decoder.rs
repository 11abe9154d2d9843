//! Decoders and windows without any brain in them.
#![allow(dead_code, reason = "shared by several test binaries")]

use motrace_decode::CspLda;
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// White noise through a random mixture, about 10 µV.
pub fn random_window(seed: u64, channels: usize, samples: usize) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mixture = Array2::from_shape_fn((channels, channels), |_| normal(&mut rng));
    let white = Array2::from_shape_fn((channels, samples), |_| 1e-5 * normal(&mut rng));
    mixture.dot(&white) / (channels as f64).sqrt()
}

/// A decoder with random filters and weights, whose patterns follow from its covariance as they must.
pub fn random_decoder(seed: u64, channels: usize, components: usize) -> CspLda {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mixture = Array2::from_shape_fn((channels, channels), |_| normal(&mut rng));
    let covariance = (mixture.dot(&mixture.t()) / channels as f64 + Array2::<f64>::eye(channels) * 0.1) * 1e-10;
    // Filters that are orthonormal under C̄ (Gram–Schmidt), as CSP's are.
    let mut filters = Array2::from_shape_fn((components, channels), |_| normal(&mut rng));
    for k in 0..components {
        for j in 0..k {
            let overlap = filters.row(k).dot(&covariance).dot(&filters.row(j));
            let other = filters.row(j).to_owned();
            filters.row_mut(k).scaled_add(-overlap, &other);
        }
        let norm = filters.row(k).dot(&covariance).dot(&filters.row(k)).sqrt();
        filters.row_mut(k).mapv_inplace(|w| w / norm);
    }
    let mut patterns = filters.dot(&covariance); // WC̄Wᵀ = 1
    for k in 0..components {
        let largest = patterns.row(k).iter().fold(0.0, |m: f64, a| if a.abs() > m.abs() { *a } else { m });
        patterns.row_mut(k).mapv_inplace(|a| a / largest);
        filters.row_mut(k).mapv_inplace(|w| w * largest);
    }
    let weights: Vec<f64> = (0..components).map(|_| normal(&mut rng)).collect();
    let root_log_power: Vec<f64> = (0..components)
        .map(|k| filters.row(k).dot(&covariance).dot(&filters.row(k)).ln() + 0.5 * normal(&mut rng))
        .collect();
    let class = |step: f64| root_log_power.iter().zip(&weights).map(|(r, w)| r + step * w.signum()).collect();
    let f0 = 0.1 * normal(&mut rng);
    CspLda {
        bias: f0 - weights.iter().zip(&root_log_power).map(|(w, r)| w * r).sum::<f64>(),
        class_log_power: [class(-0.5), class(0.5)],
        logit_gain: 2.0,
        eigenvalues: vec![0.5; components],
        mean_covariance: covariance,
        feature_covariance: None,
        filters,
        patterns,
        weights,
        root_log_power,
    }
}
