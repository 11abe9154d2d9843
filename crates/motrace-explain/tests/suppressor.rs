//! Two channels: one with the signal and noise, one with the same noise only. The decoder reads the second to cancel
//! the noise in the first; that channel knows nothing of the class.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/simulated.rs"]
mod simulated;

use motrace_core::View;
use motrace_decode::{CspLda, CspLdaSettings, Epochs};
use motrace_explain::warnings;
use ndarray::Array3;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use simulated::explain_all;

const SAMPLES: usize = 300;

fn epochs(seed: u64, trials: usize) -> Epochs {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = move || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let labels: Vec<usize> = (0..trials).map(|i| i % 2).collect();
    let mut data = Array3::zeros((trials, 2, SAMPLES));
    for (i, class) in labels.iter().enumerate() {
        let signal = [4e-6, 2e-6][*class];
        for t in 0..SAMPLES {
            let noise = 18e-6 * normal();
            data[[i, 0, t]] = signal * normal() + noise;
            data[[i, 1, t]] = noise + 0.1e-6 * normal();
        }
    }
    Epochs { data, labels, class_names: vec!["strong".into(), "weak".into()], groups: vec![0; trials] }
}

#[test]
fn a_channel_that_only_cancels_noise_gets_no_pattern_relevance_and_a_warning() {
    // So many trials that C̄ itself knows the pattern of the signal to better than one percent.
    let decoder = CspLda::fit(&epochs(1, 5000), &CspLdaSettings { patterns_per_side: 1 }).unwrap();
    let cancels = decoder.filters.outer_iter().zip(&decoder.weights).max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let filter = cancels.unwrap().0;
    assert!((filter[0] + filter[1]).abs() < 0.02 * filter[0].abs(), "the decoder subtracts the noise: {filter}");

    let test = epochs(2, 400);
    let windows: Vec<_> = test.data.outer_iter().map(|w| w.to_owned()).collect();
    let relevance = explain_all(&decoder, &windows);
    // Summed over time and averaged over the trials of a class; the share of the channel without signal.
    let share = |view: View, class: usize| {
        let mut sums = [0.0; 2];
        for (r, _) in relevance.iter().zip(&test.labels).filter(|(_, c)| **c == class) {
            for (sum, channel) in sums.iter_mut().zip(r.per_channel(view)) {
                *sum += channel;
            }
        }
        sums[1].abs() / (sums[0].abs() + sums[1].abs())
    };
    for class in 0..2 {
        let (input, pattern) = (share(View::Input, class), share(View::Pattern, class));
        println!("class {class}: INPUT {input:.4}, PATTERN {pattern:.4}");
        assert!(pattern <= 0.01, "PATTERN {pattern}");
        assert!(input <= 0.15, "INPUT {input}");
    }
    let warned = relevance.iter().filter(|r| warnings(&r.ledger).iter().any(|w| w.contains("INPUT"))).count();
    println!("warned in {warned} of {} trials", relevance.len());
    assert!(warned * 10 >= relevance.len() * 9, "warned in {warned} of {}", relevance.len());
}
