//! Once warm, explaining allocates nothing.

#[path = "support/random_decoder.rs"]
mod random_decoder;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use motrace_core::{Decision, DecisionKind, Veto};
use motrace_explain::CspExplainer;
use ndarray::{Array2, ShapeBuilder};
use random_decoder::{random_decoder, random_window};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn explaining_into_a_relevance_allocates_nothing() {
    let decoder = random_decoder(1, 22, 6);
    let window = random_window(2, 22, 500);
    let mut by_column = Array2::zeros((22, 500).f());
    by_column.assign(&window);
    let labels: Vec<String> = (0..22).map(|c| format!("channel {c}")).collect();
    let mut explainer = CspExplainer::new(&decoder, &labels, 500);
    let mut relevance = explainer.empty();
    let decision = Decision {
        kind: DecisionKind::Trial(1),
        start: 0,
        end: 500,
        value: 0.7,
        probabilities: motrace_core::Probabilities::of_two(0.8),
        veto: Veto::NONE,
        frozen_value: None,
    };
    // From the first call on, and for windows that are not contiguous too.
    assert_no_alloc(|| {
        explainer.explain_into(window.view(), &decision, &mut relevance);
        explainer.explain_into(by_column.view(), &decision, &mut relevance);
    });
    assert!(relevance.ledger.value.is_finite());
}
