//! What the explanation finds in a simulated brain whose truth is known.
//!
//! Decoders are trained on one recording and explained on another of the same person. Masses are those of the
//! evidence for the class in its class mean (relevance mass accuracy: positive relevance only).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/simulated.rs"]
mod simulated;

use motrace_core::{Relevance, View};
use motrace_explain::checks::{evidence_map, gradient_times_input, mean_map, relevance_mass, square_share, time_mass};
use motrace_sim::Imagery;
use ndarray::Array2;
use simulated::{Simulated, explain_all, simulate};

/// The evidence for a class in the mean map of its trials.
fn class_evidence(data: &Simulated, maps: &[Array2<f64>], class: usize) -> Array2<f64> {
    let of_class = maps.iter().zip(&data.epochs.labels).filter(|(_, c)| **c == class).map(|(map, _)| map.view());
    evidence_map(mean_map(of_class).unwrap().view(), class)
}

fn view_maps(relevance: &[Relevance], view: View) -> Vec<Array2<f64>> {
    relevance.iter().map(|r| r.view(view).to_owned()).collect()
}

#[test]
fn relevance_lies_on_the_true_channels_at_the_true_times() {
    let classes = [Imagery::BothHands, Imagery::Feet];
    let decoder = simulate(1, classes, 150, 1.0).decoder();
    let data = simulate(101, classes, 150, 1.0);
    let accuracy = data.accuracy(&decoder);
    assert!(accuracy > 0.9, "the decoder has to have found something: {accuracy}");
    let named = data.truth.discriminating_channels(classes[0], classes[1], 2);
    let channels: Vec<bool> = (0..data.epochs.channels()).map(|c| named.contains(&c)).collect();
    let chance = relevance_mass(Array2::ones((channels.len(), data.times.len())).view(), &channels, &data.times);
    let relevance = explain_all(&decoder, &data.windows());
    for (view, least) in [(View::Input, 0.65), (View::Pattern, 0.70)] {
        let maps = view_maps(&relevance, view);
        for class in 0..2 {
            let mass = relevance_mass(class_evidence(&data, &maps, class).view(), &channels, &data.times);
            println!("{} class {class}: mass {mass:.3}, chance {chance:.3}", view.name());
            assert!(mass >= least && mass >= 2.5 * chance, "{view:?} of class {class}: {mass}, chance {chance}");
        }
    }
}

#[test]
fn a_desynchronisation_is_found_when_it_happens() {
    let classes = [Imagery::Idle, Imagery::BothHands];
    let decoder = simulate(2, classes, 150, 1.5).decoder();
    let data = simulate(102, classes, 150, 1.5);
    let windows = data.windows();
    let relevance = explain_all(&decoder, &windows);
    for view in View::ALL {
        let evidence = class_evidence(&data, &view_maps(&relevance, view), 1);
        let mass = time_mass(evidence.view(), &data.times);
        println!("{}: time mass {mass:.3}", view.name());
        assert!(mass >= 0.85, "{view:?}: {mass}");
    }
    // Shares in proportion to s² put the evidence where power is left over.
    let control: Vec<Array2<f64>> = windows.iter().map(|w| square_share(&decoder, w.view())).collect();
    let mass = time_mass(class_evidence(&data, &control, 1).view(), &data.times);
    println!("control: time mass {mass:.3}");
    assert!(mass < 0.55, "the control must fail: {mass}");
}

#[test]
fn every_trial_is_conserved() {
    let data = simulate(3, [Imagery::LeftHand, Imagery::RightHand], 60, 1.0);
    let decoder = data.decoder();
    let relevance = explain_all(&decoder, &data.windows());
    let largest = relevance.iter().fold(0.0_f64, |m, r| m.max(r.ledger.value.abs()));
    for r in &relevance {
        assert!(r.ledger.conservation_error() / largest <= 1e-12);
        for (view, total) in View::ALL.into_iter().zip(r.ledger.total.map(Option::unwrap)) {
            assert!((r.view(view).sum() - total).abs() / largest <= 1e-12);
        }
        assert!(r.ledger.path_difference <= 1e-12 * largest);
    }
    println!("offset {:e}", decoder.offset());
}

#[test]
fn the_unit_of_the_data_does_not_matter() {
    let data = simulate(4, [Imagery::LeftHand, Imagery::RightHand], 40, 1.0);
    let windows = data.windows();
    let reference = explain_all(&data.decoder(), &windows);
    for scale in [1e-6, 1e3] {
        let mut scaled = simulate(4, [Imagery::LeftHand, Imagery::RightHand], 40, 1.0);
        scaled.epochs.data *= scale;
        let relevance = explain_all(&scaled.decoder(), &scaled.windows());
        for (a, b) in reference.iter().zip(&relevance) {
            for view in View::ALL {
                let largest = a.view(view).iter().fold(0.0_f64, |m, r| m.max(r.abs()));
                let apart = a.view(view).iter().zip(b.view(view)).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs()));
                assert!(apart / largest <= 1e-9, "{view:?} × {scale}: {}", apart / largest);
            }
        }
    }
}

#[test]
fn gradient_times_input_says_the_same_on_every_trial() {
    let data = simulate(5, [Imagery::LeftHand, Imagery::RightHand], 40, 1.0);
    let decoder = data.decoder();
    let sums: Vec<f64> = data.windows().iter().map(|w| gradient_times_input(&decoder, w.view()).sum()).collect();
    let mean = sums.iter().sum::<f64>() / sums.len() as f64;
    let spread = (sums.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / sums.len() as f64).sqrt();
    assert!(spread <= 1e-10, "{spread}");
    assert!((mean - 2.0 * decoder.weights.iter().sum::<f64>()).abs() <= 1e-10);
    // It is the gradient: compared with finite differences.
    let window = &data.windows()[0];
    let map = gradient_times_input(&decoder, window.view());
    for (c, t) in [(0, 0), (7, 123), (21, 499)] {
        let step = 1e-3 * window.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let shifted = |by: f64| {
            let mut moved = window.clone();
            moved[[c, t]] += by;
            decoder.value(moved.view())
        };
        let slope = (shifted(step) - shifted(-step)) / (2.0 * step);
        assert!((slope * window[[c, t]] - map[[c, t]]).abs() < 1e-6 * map.iter().fold(0.0_f64, |m, r| m.max(r.abs())));
    }
}
