//! What the explanation of any decoder must be, on random decoders and random windows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/random_decoder.rs"]
mod random_decoder;
#[path = "support/slow.rs"]
mod slow;

use motrace_core::{Decision, DecisionKind, Relevance, Veto, View};
use motrace_decode::CspLda;
use motrace_explain::{CspExplainer, warnings};
use ndarray::{Array2, ArrayView2, Axis, ShapeBuilder};
use proptest::prelude::*;
use random_decoder::{random_decoder, random_window};

fn decision(value: f64) -> Decision {
    Decision {
        kind: DecisionKind::Sliding,
        start: 1000,
        end: 1500,
        value,
        probabilities: motrace_core::Probabilities::of_two(0.5),
        veto: Veto::NONE,
        frozen_value: None,
    }
}

fn explain(decoder: &CspLda, window: ArrayView2<f64>) -> Relevance {
    CspExplainer::new(decoder, &[], window.ncols()).explain(window, &decision(decoder.value(window)))
}

/// The largest difference of two maps, relative to the largest value of the first.
fn difference(a: ArrayView2<f64>, b: ArrayView2<f64>) -> f64 {
    let largest = a.iter().fold(f64::MIN_POSITIVE, |m, v| v.abs().max(m));
    a.iter().zip(b).fold(0.0, |m: f64, (x, y)| m.max((x - y).abs())) / largest
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn every_view_sums_to_the_decision(
        seed: u64, channels in 1_usize..24, components in 1_usize..8, samples in 1_usize..300,
    ) {
        let decoder = random_decoder(seed, channels, components.min(channels));
        let window = random_window(seed ^ 1, channels, samples);
        let relevance = explain(&decoder, window.view());
        let evidence = decoder.value(window.view()) - decoder.offset();
        // Relative to the evidence that was added up: cancellation of its parts is not an error of the sum.
        let scale: f64 = relevance.components.iter().map(|r| r.abs()).sum::<f64>().max(1.0);
        for view in View::ALL {
            prop_assert!((relevance.view(view).sum() - evidence).abs() <= 1e-12 * scale * cancellation(&relevance, view));
        }
        prop_assert!(relevance.ledger.conservation_error() <= 1e-12 * scale * cancellation(&relevance, View::Input));
        prop_assert!((relevance.components.iter().sum::<f64>() - evidence).abs() <= 1e-12 * scale);
        prop_assert!(relevance.ledger.path_difference <= 1e-12 * scale);
    }

    #[test]
    fn it_equals_the_definition_written_out(
        seed: u64, channels in 1_usize..24, components in 1_usize..8, samples in 1_usize..300,
    ) {
        let decoder = random_decoder(seed, channels, components.min(channels));
        let window = random_window(seed ^ 2, channels, samples);
        let fast = explain(&decoder, window.view());
        let slow = slow::explain(&decoder, window.view());
        prop_assume!(fast.components.iter().zip(&decoder.weights).all(|(r, w)| (r / w).abs() > 1e-3));
        for (view, map) in View::ALL.into_iter().zip(&slow.views) {
            prop_assert!(difference(map.view(), fast.view(view)) <= 1e-12, "{view:?}");
        }
        for (a, b) in slow.components.iter().zip(&fast.components) {
            prop_assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0));
        }
    }

    #[test]
    fn the_sign_of_the_data_does_not_matter(seed: u64, samples in 1_usize..200) {
        let decoder = random_decoder(seed, 9, 4);
        let window = random_window(seed ^ 3, 9, samples);
        let relevance = explain(&decoder, window.view());
        let flipped = explain(&decoder, (-&window).view());
        for view in View::ALL {
            prop_assert!(difference(relevance.view(view), flipped.view(view)) <= 1e-12);
        }
    }

    #[test]
    fn memory_layout_does_not_matter(seed: u64) {
        let decoder = random_decoder(seed, 7, 4);
        let window = random_window(seed ^ 4, 7, 90);
        let mut by_column = Array2::zeros((7, 90).f());
        by_column.assign(&window);
        let relevance = explain(&decoder, window.view());
        prop_assert_eq!(&relevance, &explain(&decoder, by_column.view()));
        let mut reused = Relevance { input: by_column, ..relevance.clone() };
        CspExplainer::new(&decoder, &[], 30)
            .explain_into(window.view(), &decision(decoder.value(window.view())), &mut reused);
        prop_assert_eq!(reused, relevance);
    }
}

/// Σ|R|/|Σ|R_k||: how much larger the pieces are than what they add up to.
fn cancellation(relevance: &Relevance, view: View) -> f64 {
    let pieces: f64 = relevance.view(view).iter().map(|r| r.abs()).sum();
    let whole: f64 = relevance.components.iter().map(|r| r.abs()).sum::<f64>().max(1.0);
    (pieces / whole).max(1.0)
}

#[test]
fn there_is_no_jump_where_the_series_takes_over() {
    let decoder = random_decoder(11, 6, 3);
    let window = random_window(12, 6, 250);
    // One filter; the window is scaled so that its power passes the switch at p = p̄(1 ± 1e-4).
    let decoder = CspLda {
        filters: decoder.filters.row(0).insert_axis(Axis(0)).to_owned(),
        patterns: decoder.patterns.row(0).insert_axis(Axis(0)).to_owned(),
        weights: vec![1.3],
        root_log_power: vec![-24.0],
        class_log_power: [vec![-24.5], vec![-23.5]],
        eigenvalues: vec![0.5],
        ..decoder
    };
    let source = decoder.filters.dot(&window);
    let power = source.iter().map(|s| s * s).sum::<f64>() / 250.0;
    let at_ratio = |ratio: f64| {
        let scaled = &window * ((-24.0_f64).exp() * ratio / power).sqrt();
        explain(&decoder, scaled.view())
    };
    for side in [-1.0, 1.0] {
        let inside = at_ratio(1.0 + side * 1e-4 * (1.0 - 1e-10));
        let outside = at_ratio(1.0 + side * 1e-4 * (1.0 + 1e-10));
        for view in View::ALL {
            assert!(difference(inside.view(view), outside.view(view)) <= 1e-9);
        }
        let conserved = |r: &Relevance| (r.ledger.total[0].unwrap() - r.components[0]).abs();
        assert!(conserved(&inside) < 1e-12 && conserved(&outside) < 1e-12);
    }
}

#[test]
fn windows_that_cannot_be_explained_say_so() {
    let decoder = random_decoder(21, 5, 2);
    let mut explainer = CspExplainer::new(&decoder, &["C3".to_owned()], 40);
    for window in [Array2::zeros((4, 40)), Array2::zeros((5, 0)), Array2::from_elem((5, 40), f64::NAN)] {
        let relevance = explainer.explain(window.view(), &decision(0.3));
        assert!(warnings(&relevance.ledger)[0].contains("not finite"));
    }
    // No power is the decoder's floor: far, finite and conserved.
    let dead =
        explainer.explain(Array2::zeros((5, 40)).view(), &decision(decoder.value(Array2::zeros((5, 40)).view())));
    assert!(dead.ledger.conservation_error() < 1e-11 && dead.ledger.path_difference < 1e-11, "{:?}", dead.ledger);
    assert!(dead.input.iter().all(|r| r.is_finite()));
}

#[test]
fn a_decoder_whose_patterns_are_not_its_own_leaks_visibly() {
    let mut decoder = random_decoder(31, 5, 2);
    decoder.patterns *= 1.01;
    let window = random_window(32, 5, 100);
    let relevance = explain(&decoder, window.view());
    assert!(relevance.ledger.conservation_error() > 1e-6);
    assert!(warnings(&relevance.ledger).iter().any(|w| w.contains("does not add up")));
}

#[test]
fn the_ledger_knows_the_rim() {
    let decoder = random_decoder(41, 3, 2);
    let labels: Vec<String> = ["Fp1", "C3", "T4"].map(str::to_owned).to_vec();
    let window = random_window(42, 3, 100);
    let relevance = CspExplainer::new(&decoder, &labels, 100).explain(window.view(), &decision(0.0));
    let per_channel: Vec<f64> = relevance.per_channel(View::Pattern).iter().map(|r| r.abs()).collect();
    let share = (per_channel[0] + per_channel[2]) / per_channel.iter().sum::<f64>();
    assert!((relevance.ledger.rim_share - share).abs() < 1e-12);
    assert_eq!((relevance.start, relevance.end), (1000, 1500));
}
