//! Whether the explanation follows the decoder: flipping, random parameters, noise.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/simulated.rs"]
mod simulated;

use motrace_core::View;
use motrace_decode::CspLda;
use motrace_explain::CspExplainer;
use motrace_explain::checks::{
    FlippingSettings, binned, flipping, gradient_times_input, max_sensitivity, mean_absolute_rank_correlation,
    random_flipping, randomised_filters, randomised_weights, rank_correlation,
};
use motrace_sim::Imagery;
use ndarray::Array2;
use simulated::{decision, explain_all, simulate};

/// 100 ms at 250 Hz.
const PATCH_SAMPLES: usize = 25;

#[test]
fn replacing_what_is_relevant_undoes_the_decision() {
    let classes = [Imagery::BothHands, Imagery::Feet];
    let decoder = simulate(11, classes, 60, 1.0).decoder();
    let data = simulate(111, classes, 60, 1.0);
    let windows = data.windows();
    let views: Vec<_> = windows.iter().map(|w| w.view()).collect();
    let settings = FlippingSettings { patch_samples: PATCH_SAMPLES, steps: 20, seed: 7 };
    let score = |w: ndarray::ArrayView2<f64>| decoder.value(w);
    let gain = |maps: &[Array2<f64>]| {
        let maps: Vec<_> = maps.iter().map(|m| m.view()).collect();
        flipping(&views, &data.epochs.labels, &maps, &settings, score).unwrap().relevance_gain()
    };
    let randoms: Vec<f64> = (0..4)
        .map(|seed| {
            random_flipping(&views, &data.epochs.labels, &FlippingSettings { seed, ..settings.clone() }, score)
                .unwrap()
                .relevance_gain()
        })
        .collect();
    let baseline: Vec<Array2<f64>> = windows.iter().map(|w| gradient_times_input(&decoder, w.view())).collect();
    let baseline = gain(&baseline);
    // A mean over orders: the gain of a single random order is noise around 0.
    let random = randoms.iter().sum::<f64>() / randoms.len() as f64;
    let largest_random = randoms.iter().fold(0.0_f64, |m, r| m.max(r.abs()));
    println!("gain: random {random:.2} (each {randoms:.2?}), gradient × input {baseline:.2}");
    let relevance = explain_all(&decoder, &windows);
    for view in View::ALL {
        let maps: Vec<Array2<f64>> = relevance.iter().map(|r| r.view(view).to_owned()).collect();
        let gain = gain(&maps);
        println!("{}: {gain:.2}", view.name());
        assert!(gain >= 10.0 * largest_random && gain >= baseline, "{view:?}: {gain}");
        // ±0.5 where an explanation gains 20.
        assert!(random.abs() <= gain * 0.5 / 20.0, "{random} against {gain}");
    }
}

/// Mean |Spearman| and |mean Spearman| of a view between a decoder and randomised ones.
fn agreement(
    windows: &[Array2<f64>],
    decoder: &CspLda,
    view: View,
    randomise: impl Fn(&CspLda, u64) -> CspLda,
) -> (f64, f64) {
    const MODELS: u64 = 60;
    let own = explain_all(decoder, windows);
    let (mut absolute, mut signed) = (0.0, 0.0);
    for seed in 0..MODELS {
        let others = explain_all(&randomise(decoder, seed), windows);
        let pairs = || own.iter().zip(&others).map(|(a, b)| (a.view(view), b.view(view)));
        absolute += mean_absolute_rank_correlation(pairs(), PATCH_SAMPLES) / MODELS as f64;
        for (a, b) in pairs() {
            signed += rank_correlation(binned(a, PATCH_SAMPLES).view(), binned(b, PATCH_SAMPLES).view())
                / (MODELS as usize * windows.len()) as f64;
        }
    }
    (absolute, signed.abs())
}

#[test]
fn another_model_gets_another_map() {
    let data = simulate(12, [Imagery::BothHands, Imagery::Feet], 60, 1.0);
    let decoder = data.decoder();
    let windows = &data.windows()[..10];
    // A map is Σ_k w_k M_k. Two random sets of 6 weights on the same M_k have a mean |cosine| of 0.34 by geometry
    // alone, whatever the explanation does, so after the weights only the signed mean can vanish; filters and all
    // can. SOURCE gives all channels of a component one sign at a time, which leaves it fewer independent bins.
    for (view, most_absolute) in [(View::Input, 0.1), (View::Pattern, 0.1), (View::Source, 0.15)] {
        let (absolute, signed) = agreement(windows, &decoder, view, randomised_weights);
        println!("{}: weights |ρ| {absolute:.3}, ρ {signed:.3}", view.name());
        assert!(signed <= 0.2 && absolute <= 0.5, "{view:?} after the weights: {absolute}, {signed}");
        let (absolute, signed) = agreement(windows, &decoder, view, randomised_filters);
        println!("{}: filters |ρ| {absolute:.3}, ρ {signed:.3}", view.name());
        assert!(signed <= 0.1 && absolute <= most_absolute, "{view:?} after all: {absolute}, {signed}");
    }
}

#[test]
fn a_little_noise_changes_little() {
    let data = simulate(13, [Imagery::BothHands, Imagery::Feet], 60, 1.0);
    let decoder = data.decoder();
    let windows = data.windows();
    for view in View::ALL {
        let mut explainer = CspExplainer::new(&decoder, &[], 500);
        let max = windows.iter().take(40).enumerate().fold(0.0_f64, |max, (i, window)| {
            max.max(max_sensitivity(window.view(), 0.01, 10, i as u64, |x| {
                explainer.explain(x, &decision(0.0)).view(view).to_owned()
            }))
        });
        println!("{}: max-sensitivity {max:.4}", view.name());
        assert!(max <= 0.05, "{view:?}: {max}");
    }
}
