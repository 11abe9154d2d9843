//! Scalp maps against known truth.
#![allow(clippy::unwrap_used, reason = "a test may panic on what it did not expect")]

use motrace_core::electrode_position;
use motrace_view::topography::{HeadProjection, MapOptions, ScalpInterpolator};
use proptest::prelude::*;

const SIXTY_FOUR: &str = "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6 Fp1 Fpz Fp2 \
    AF7 AF3 AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 \
    POz PO4 PO8 O1 Oz O2 Iz";

fn labels(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn exact() -> MapOptions {
    MapOptions { regularisation: 0.0, ..MapOptions::default() }
}

#[test]
fn without_regularisation_the_map_passes_through_the_electrodes() {
    // An odd grid has cell centres exactly at Cz; a fine one comes close to all others.
    let labels = labels(SIXTY_FOUR);
    let map = ScalpInterpolator::with_options(&labels, 201, 201, exact());
    let values: Vec<f64> = (0..labels.len()).map(|i| (i as f64 * 1.7).sin()).collect();
    let grid = map.map(&values);
    assert!((grid[100 * 201 + 100] - values[10]).abs() < 1e-9, "Cz");
    for spot in map.electrodes().iter().filter(|s| s.x.hypot(s.y) < 0.99) {
        let (column, row) = map.cell_of(spot.x, spot.y).unwrap();
        let error = (grid[row * 201 + column] - values[spot.index]).abs();
        assert!(error < 0.05, "{} {error}", spot.label);
    }
}

#[test]
fn a_smooth_field_is_recovered_between_electrodes() {
    let field = |[x, y, z]: [f64; 3]| 0.4 + x - 0.6 * y + 0.8 * z + 0.7 * x * y + 0.5 * (x * x - y * y);
    let labels = labels(SIXTY_FOUR);
    let map = ScalpInterpolator::with_options(&labels, 61, 61, exact());
    let values: Vec<f64> = labels.iter().map(|l| field(electrode_position(l).unwrap())).collect();
    let mut inside = 0;
    for (cell, value) in map.map(&values).into_iter().enumerate().filter(|(_, v)| v.is_finite()) {
        let x = (2 * (cell % 61) + 1) as f64 / 61.0 - 1.0;
        let y = 1.0 - (2 * (cell / 61) + 1) as f64 / 61.0;
        let truth = field(HeadProjection::lift(x, y));
        assert!((value - truth).abs() < 0.01, "at {x} {y}: {value} against {truth}");
        inside += 1;
    }
    assert!((inside as f64 / (61.0 * 61.0) - std::f64::consts::FRAC_PI_4).abs() < 0.01, "a circle's share");
}

#[test]
fn beside_a_peak_nothing_is_shown_of_the_other_sign() {
    let labels = labels(SIXTY_FOUR);
    let map = ScalpInterpolator::new(&labels, 81, 81);
    for peak in 0..labels.len() {
        let values: Vec<f64> = (0..labels.len()).map(|i| if i == peak { 1.0 } else { 0.0 }).collect();
        let grid = map.map(&values);
        let lowest = grid.iter().copied().filter(|v| v.is_finite()).fold(f64::INFINITY, f64::min);
        assert!(lowest >= -1e-12, "{} {lowest}", labels[peak]);
    }
}

#[test]
fn bounds_show_no_seams() {
    // What bounds are there for: a narrow peak. What is continuous has half the steps on half the cells; a seam stays.
    let labels = labels("Fz FC3 FC1 FCz FC2 FC4 C5 C3 C1 Cz C2 C4 C6 CP3 CP1 CPz CP2 CP4 P1 Pz P2 POz");
    let values: Vec<f64> =
        labels.iter().enumerate().map(|(i, l)| if l == "C3" { -0.7 } else { 0.1 * (i as f64 * 1.7).sin() }).collect();
    let largest_step = |cells: usize| {
        let grid = ScalpInterpolator::new(&labels, cells, cells).map(&values);
        let steps = (0..cells).flat_map(|row| {
            let own = &grid[row * cells..][..cells];
            own.windows(2).map(|pair| (pair[0] - pair[1]).abs()).filter(|step| step.is_finite()).collect::<Vec<_>>()
        });
        steps.fold(0.0_f64, f64::max)
    };
    let (coarse, fine) = (largest_step(100), largest_step(400));
    assert!(fine < 0.35 * coarse, "{coarse} on coarse cells, {fine} on fine ones");
}

#[test]
fn the_map_mirrors_with_the_head() {
    let map = ScalpInterpolator::new(&["Fz", "C3", "Cz", "C4", "P3", "P4"], 40, 24);
    let left = map.map(&[0.2, 1.0, -0.3, 0.1, 0.5, -0.7]);
    let right = map.map(&[0.2, 0.1, -0.3, 1.0, -0.7, 0.5]);
    for row in 0..24 {
        for column in 0..40 {
            let (a, b) = (left[row * 40 + column], right[row * 40 + 39 - column]);
            assert!(a.is_nan() && b.is_nan() || (a - b).abs() < 1e-9);
        }
    }
}

#[test]
fn few_unknown_and_doubled_electrodes_are_handled() {
    let map = ScalpInterpolator::new(&["C3", "EX1", "C4", ""], 20, 20);
    assert_eq!(map.unplaced(), ["EX1".to_owned(), String::new()]);
    let spots: Vec<_> = map.electrodes().iter().map(|s| (s.label.as_str(), s.index)).collect();
    assert_eq!(spots, [("C3", 0), ("C4", 2)]);
    let grid = map.map(&[-1.0, 99.0, 2.0, 99.0]);
    assert!(grid.iter().filter(|v| v.is_finite()).all(|v| (-1.0..=2.0).contains(v)), "stays between the values");
    let (column, row) = map.cell_of(map.electrodes()[0].x, map.electrodes()[0].y).unwrap();
    assert!(grid[row * 20 + column] < -0.9);

    // T3 is the old name of T7: one place, two channels, their mean counts.
    let doubled = ScalpInterpolator::with_options(&["T7", "T3", "Fz", "Cz", "Pz", "T8"], 30, 30, exact());
    let single = ScalpInterpolator::with_options(&["T7", "Fz", "Cz", "Pz", "T8"], 30, 30, exact());
    let (a, b) = (doubled.map(&[1.0, 3.0, 0.0, 1.0, 0.5, 0.0]), single.map(&[2.0, 0.0, 1.0, 0.5, 0.0]));
    assert!(a.iter().zip(&b).all(|(a, b)| a.is_nan() && b.is_nan() || (a - b).abs() < 1e-9));

    for nothing in [ScalpInterpolator::new::<&str>(&[], 8, 8), ScalpInterpolator::new(&["X"], 8, 8)] {
        assert!(nothing.map(&vec![1.0; nothing.unplaced().len()]).iter().all(|v| v.is_nan()));
    }
    let one = ScalpInterpolator::new(&["Cz"], 8, 8);
    assert!(one.map(&[3.0]).iter().filter(|v| v.is_finite()).all(|v| (v - 3.0).abs() < 1e-12));
}

#[test]
fn wrong_sizes_and_values_do_no_harm() {
    let map = ScalpInterpolator::new(&["Fz", "C3", "Cz", "C4", "Pz"], 10, 10);
    assert!(map.map(&[1.0]).iter().all(|v| v.is_nan()));
    assert!(map.map(&[1.0, f64::NAN, 0.0, 0.0, 0.0]).iter().all(|v| v.is_nan()));
    let full = map.map(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    for length in [0, 37, 200] {
        let mut out = vec![7.0; length];
        map.map_into(&[1.0, 2.0, 3.0, 4.0, 5.0], &mut out);
        for (i, v) in out.iter().enumerate() {
            let wanted = full.get(i).copied().unwrap_or(f64::NAN);
            assert!(v.to_bits() == wanted.to_bits() || v.is_nan() && wanted.is_nan());
        }
    }
    assert_eq!(ScalpInterpolator::new(&["Cz"], 0, 0).map(&[1.0]), Vec::<f64>::new());
}

#[test]
fn support_is_full_at_electrodes_and_none_far_away() {
    let map = ScalpInterpolator::new(&["FC3", "C5", "C3", "C1", "CP3"], 41, 41);
    let at = |label: &str| {
        let (x, y) = HeadProjection::place(label).unwrap();
        let (column, row) = map.cell_of(x, y).unwrap();
        map.support()[row * 41 + column]
    };
    assert_eq!((at("C3"), at("P6")), (1.0, 0.0));
    assert!(map.support()[0].is_nan());
}

proptest! {
    #[test]
    fn maps_scale_with_their_values_and_invent_none(a in prop::collection::vec(-5.0_f64..5.0, 7), k in -3.0_f64..3.0) {
        let map = ScalpInterpolator::new(&["Fz", "C3", "Cz", "C4", "Pz", "Oz", "T7"], 16, 16);
        let scaled: Vec<f64> = a.iter().map(|v| k * v).collect();
        let (low, high) = a.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let margin = 0.1 * (high - low) + 1e-9;
        for (one, other) in map.map(&a).into_iter().zip(map.map(&scaled)) {
            prop_assert!(one.is_nan() || (other - k * one).abs() < 1e-9);
            prop_assert!(one.is_nan() || (low - margin..=high + margin).contains(&one), "{one} from {a:?}");
        }
    }
}
