//! How long maps and figures take: `cargo bench -p motrace-view --bench figures`.

use divan::{Bencher, black_box};
use motrace_core::{Decision, DecisionKind, Ledger, Relevance, Veto};
use motrace_view::figure::{TrialFigure, png};
use motrace_view::topography::ScalpInterpolator;
use ndarray::Array2;

const LABELS: &str = "FC5 FC3 FC1 FCz FC2 FC4 FC6 C5 C3 C1 Cz C2 C4 C6 CP5 CP3 CP1 CPz CP2 CP4 CP6 Fp1 Fpz Fp2 AF7 AF3 \
    AFz AF4 AF8 F7 F5 F3 F1 Fz F2 F4 F6 F8 FT7 FT8 T7 T8 T9 T10 TP7 TP8 P7 P5 P3 P1 Pz P2 P4 P6 P8 PO7 PO3 POz PO4 \
    PO8 O1 Oz O2 Iz";

fn main() {
    divan::main();
}

fn labels(count: usize) -> Vec<String> {
    LABELS.split_whitespace().take(count).map(str::to_owned).collect()
}

/// One map on a terminal-sized grid of 80 × 48 half blocks.
#[divan::bench(args = [22, 64])]
fn map_into_80_by_48(bencher: Bencher, channels: usize) {
    let map = ScalpInterpolator::new(&labels(channels), 80, 48);
    let values: Vec<f64> = (0..channels).map(|i| (i as f64).sin()).collect();
    let mut out = vec![0.0; 80 * 48];
    bencher.bench_local(|| map.map_into(black_box(&values), black_box(&mut out)));
}

/// What a change of montage or terminal size costs.
#[divan::bench(args = [22, 64])]
fn build_80_by_48(channels: usize) -> ScalpInterpolator {
    ScalpInterpolator::new(&labels(channels), 80, 48)
}

fn relevance(channels: usize) -> Relevance {
    let of = |scale: f64| Array2::from_shape_fn((channels, 500), |(c, t)| scale * ((c * 3 + t) as f64).sin());
    let ledger = Ledger {
        value: 0.7,
        offset: 0.1,
        total: [Some(0.6); 3],
        cancellation: [Some(3.0); 3],
        path_difference: 0.0,
        input_source_correlation: Some(0.8),
        rim_share: 0.2,
        layers: Vec::new(),
    };
    Relevance {
        start: 0,
        end: 500,
        class: 1,
        input: of(1.0),
        pattern: of(0.5),
        source: of(0.2),
        components: vec![0.5; 6],
        ledger,
    }
}

fn figure<'a>(labels: &'a [String], relevance: &'a Relevance) -> TrialFigure<'a> {
    let decision = Decision {
        kind: DecisionKind::Trial(1),
        start: 0,
        end: 500,
        value: 0.7,
        probabilities: motrace_core::Probabilities::of_two(0.8),
        veto: Veto::NONE,
        frozen_value: None,
    };
    TrialFigure {
        title: "A trial".to_owned(),
        subtitle: String::new(),
        classes: vec!["fists".to_owned(), "feet".to_owned()],
        labels,
        decision,
        truth: Some(1),
        relevance,
        rate_hz: 250.0,
        window_start_secs: 0.5,
        warnings: Vec::new(),
    }
}

#[divan::bench(args = [22, 64])]
fn trial_svg(bencher: Bencher, channels: usize) {
    let (labels, relevance) = (labels(channels), relevance(channels));
    let map = TrialFigure::interpolator(&labels);
    let figure = figure(&labels, &relevance);
    bencher.bench_local(|| figure.svg_with(black_box(&map)));
}

#[divan::bench(args = [22])]
fn trial_png(bencher: Bencher, channels: usize) {
    let (labels, relevance) = (labels(channels), relevance(channels));
    let svg = figure(&labels, &relevance).svg();
    bencher.bench_local(|| png(black_box(&svg), 1.0));
}
