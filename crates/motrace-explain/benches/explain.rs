//! How long one decision's explanation takes, all three views and the ledger.

#[path = "../tests/support/random_decoder.rs"]
mod random_decoder;

use motrace_core::{Decision, DecisionKind, Veto};
use motrace_explain::CspExplainer;
use random_decoder::{random_decoder, random_window};

fn main() {
    divan::main();
}

/// Channels × samples, six components: 2 s at 250 Hz of 22 channels, 2 s at 1 kHz of 64.
#[divan::bench(args = [(22, 500), (64, 2000)], sample_count = 2000, sample_size = 1)]
fn explain(bencher: divan::Bencher, (channels, samples): (usize, usize)) {
    let decoder = random_decoder(1, channels, 6);
    let window = random_window(2, channels, samples);
    let decision = Decision {
        kind: DecisionKind::Sliding,
        start: 0,
        end: samples as u64,
        value: decoder.value(window.view()),
        probabilities: motrace_core::Probabilities::of_two(0.5),
        veto: Veto::NONE,
        frozen_value: None,
    };
    let mut explainer = CspExplainer::new(&decoder, &[], samples);
    let mut relevance = explainer.empty();
    bencher.bench_local(|| {
        explainer.explain_into(divan::black_box(window.view()), &decision, &mut relevance);
        relevance.ledger.value
    });
}
