//! The explanation against numpy (`tests/scripts/explain_fixtures.py`).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/json.rs"]
mod json;

use json::{matrix, number, vector};
use motrace_core::{Decision, DecisionKind, Veto, View};
use motrace_decode::CspLda;
use motrace_explain::CspExplainer;
use serde_json::Value;

#[test]
fn numpy_computes_the_same() {
    let fixture: Value = serde_json::from_str(include_str!("../../../tests/fixtures/explain/csp.json")).unwrap();
    let decoder = CspLda {
        filters: matrix(&fixture["filters"]),
        patterns: matrix(&fixture["patterns"]),
        weights: vector(&fixture["weights"]),
        bias: number(&fixture["bias"]),
        root_log_power: vector(&fixture["root_log_power"]),
        class_log_power: [0, 1].map(|class| vector(&fixture["class_log_power"][class])),
        logit_gain: 1.0,
        eigenvalues: vec![0.5; 4],
        mean_covariance: matrix(&fixture["mean_covariance"]),
        feature_covariance: None,
    };
    let labels: Vec<String> =
        fixture["labels"].as_array().unwrap().iter().map(|l| l.as_str().unwrap().to_owned()).collect();
    for trial in fixture["trials"].as_array().unwrap() {
        let window = matrix(&trial["window"]);
        let decision = Decision {
            kind: DecisionKind::Trial(1),
            start: 0,
            end: window.ncols() as u64,
            value: number(&trial["value"]),
            probabilities: motrace_core::Probabilities::of_two(0.5),
            veto: Veto::NONE,
            frozen_value: None,
        };
        let relevance = CspExplainer::new(&decoder, &labels, window.ncols()).explain(window.view(), &decision);
        let close =
            |ours: f64, theirs: f64| assert!((ours - theirs).abs() <= 1e-11 * theirs.abs().max(1.0), "{ours} {theirs}");
        for (i, view) in View::ALL.into_iter().enumerate() {
            let reference = matrix(&trial["views"][i]);
            let largest = reference.iter().fold(0.0_f64, |m, r| m.max(r.abs()));
            for (ours, theirs) in relevance.view(view).iter().zip(&reference) {
                assert!((ours - theirs).abs() <= 1e-12 * largest, "{view:?}: {ours} {theirs}");
            }
            close(relevance.ledger.cancellation[i].unwrap(), number(&trial["cancellation"][i]));
        }
        for (ours, theirs) in relevance.components.iter().zip(vector(&trial["components"])) {
            close(*ours, theirs);
        }
        let ledger = &relevance.ledger;
        close(ledger.value, number(&trial["value"]));
        close(ledger.offset, number(&trial["offset"]));
        close(ledger.offset, 0.05);
        close(ledger.input_source_correlation.unwrap(), number(&trial["input_source_correlation"]));
        close(ledger.rim_share, number(&trial["rim_share"]));
        assert!(ledger.path_difference < 1e-12);
    }
}
