//! A window that is explained from its moments alone is explained as its samples are.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/random_decoder.rs"]
mod random_decoder;

use motrace_core::{Decision, DecisionKind, Probabilities, Veto, View};
use motrace_explain::CspExplainer;
use ndarray::Array2;
use proptest::prelude::*;
use random_decoder::{random_decoder, random_window};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn moments_are_enough(
        seed: u64, channels in 1_usize..24, components in 1_usize..8, samples in 1_usize..300,
    ) {
        let decoder = random_decoder(seed, channels, components.min(channels));
        let window = random_window(seed ^ 1, channels, samples);
        let decision = Decision {
            kind: DecisionKind::Sliding,
            start: 0,
            end: samples as u64,
            value: decoder.value(window.view()),
            probabilities: Probabilities::of_two(0.5),
            veto: Veto::NONE,
            frozen_value: None,
        };
        let mut explainer = CspExplainer::new(&decoder, &[], samples);
        let whole = explainer.explain(window.view(), &decision);
        let second = window.dot(&window.t()) / samples as f64;
        let found = explainer.explain_moments(second.view());
        let scale = whole.components.iter().map(|r| r.abs()).sum::<f64>().max(1.0);
        prop_assert!((found.value - whole.ledger.value).abs() < 1e-9 * scale);
        prop_assert_eq!(found.offset, whole.ledger.offset);
        for view in View::ALL {
            let slow = whole.per_channel(view);
            let magnitude = whole.view(view).iter().map(|r| r.abs()).sum::<f64>().max(1.0);
            for (a, b) in found.view(view).iter().zip(&slow) {
                prop_assert!((a - b).abs() < 1e-9 * magnitude, "{view:?}: {a} {b}");
            }
            prop_assert!((found.view(view).iter().sum::<f64>() - (found.value - found.offset)).abs() < 1e-9 * magnitude);
        }
        prop_assert!(found.conservation_error() < 1e-9 * scale * channels as f64);
    }
}

#[test]
fn moments_of_other_channels_have_no_explanation() {
    let decoder = random_decoder(1, 4, 2);
    let found = CspExplainer::new(&decoder, &[], 10).explain_moments(Array2::zeros((5, 5)).view());
    assert!(found.value.is_nan() && found.views.iter().flatten().all(|r| r.is_nan()) && found.views[0].len() == 4);
    assert!(found.conservation_error().is_nan());
    // No power at all is strong evidence, not a failure.
    let silent = CspExplainer::new(&decoder, &[], 10).explain_moments(Array2::zeros((4, 4)).view());
    assert!(silent.conservation_error() < 1e-9 * silent.value.abs().max(1.0));
}
