//! Figures and records of decisions whose truth is known.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use motrace_core::{Decision, DecisionKind, Ledger, Relevance, Trial, Veto};
use motrace_engine::{DecisionRecord, Event, Latencies, ReplaySummary, Score, SkipReason, StreamCount};
use ndarray::array;
use std::time::Duration;

fn decision(number: usize, value: f64, veto: Veto) -> Decision {
    let kind = if number == 0 { DecisionKind::Sliding } else { DecisionKind::Trial(number) };
    Decision {
        kind,
        start: 100,
        end: 600,
        value,
        probabilities: motrace_core::Probabilities::of_two(0.5),
        veto,
        frozen_value: None,
    }
}

fn trial(number: usize, class: usize) -> Trial {
    Trial { number, class, cue: 0, start: 100, end: 600 }
}

fn relevance() -> Relevance {
    let ledger = Ledger {
        value: 1.5,
        offset: 0.5,
        total: [1.0, 1.0 + 1e-10, 1.0].map(Some),
        cancellation: [Some(1.0); 3],
        path_difference: 1e-13,
        input_source_correlation: Some(1.0),
        rim_share: 0.0,
        layers: Vec::new(),
    };
    let map = array![[0.25, 0.25], [0.5, 0.0]];
    Relevance {
        start: 100,
        end: 600,
        class: 1,
        input: map.clone(),
        pattern: map.clone(),
        source: map,
        components: vec![1.0],
        ledger,
    }
}

#[test]
fn trials_are_counted_against_their_truth() {
    let mut score = Score::new();
    let event = |decision, trial| Event::Decision { decision, trial, relevance: None, frozen: None };
    // Class 0: three right, one wrong. Class 1: four right, two wrong, of which one is vetoed.
    for (number, (class, value, veto)) in [
        (0, -1.0, Veto::NONE),
        (0, -2.0, Veto::NONE),
        (0, -0.1, Veto::NONE),
        (0, 0.5, Veto::NONE),
        (1, 1.0, Veto::NONE),
        (1, 1.0, Veto::NONE),
        (1, 1.0, Veto::NONE),
        (1, 4.0, Veto::NONE),
        (1, -1.0, Veto::NONE),
        (1, -1.0, Veto::GAP),
    ]
    .into_iter()
    .enumerate()
    {
        score.count(&event(decision(number + 1, value, veto), Some(trial(number + 1, class))));
    }
    score.count(&event(decision(0, 1.0, Veto::SETTLING), None));
    let explained = relevance();
    score.count(&Event::Decision {
        decision: decision(0, 1.0, Veto::NONE),
        trial: None,
        relevance: Some(&explained),
        frozen: None,
    });
    score.count(&Event::Skipped(trial(11, 1), SkipReason::Incomplete));
    for micros in [100, 200, 300, 5000] {
        score.latency(Duration::from_micros(micros));
    }
    let stream = StreamCount { samples: 2500, markers: 11, gaps: 1, missing_samples: 3 };
    let summary = score.summary(stream, &["rest", "grasp"], 250.0);
    assert_eq!(summary.confusion, [[3, 1], [2, 4]]);
    assert_eq!((summary.decisions, summary.vetoed, summary.trials, summary.skipped_trials), (12, 2, 10, 1));
    // scikit-learn: accuracy 0.7, kappa 0.4
    assert!((summary.accuracy.unwrap() - 0.7).abs() < 1e-12);
    assert!((summary.kappa.unwrap() - 0.4).abs() < 1e-12);
    assert!((summary.clear_accuracy.unwrap() - 7.0 / 9.0).abs() < 1e-12);
    assert!(!summary.better_than_chance.unwrap(), "7 of 10 is nothing special");
    assert!((summary.seconds - 10.0).abs() < 1e-12);
    assert!((summary.conservation_error.unwrap() - 1e-10).abs() < 1e-14);
    assert!((summary.relative_conservation_error.unwrap() - 0.25e-10).abs() < 1e-14, "over the largest |f|, 4");
    let latency = summary.latency.unwrap();
    assert_eq!(latency.count, 4);
    assert!((latency.p50_micros - 200.0).abs() < 1.0 && (latency.max_micros - 5000.0).abs() < 10.0);
    let text = serde_json::to_string(&summary).unwrap();
    let back: ReplaySummary = serde_json::from_str(&text).unwrap();
    assert_eq!(back.confusion, summary.confusion);
}

#[test]
fn a_relevance_that_is_no_number_is_the_worst() {
    let mut broken = relevance();
    broken.ledger.total[1] = Some(f64::NAN);
    let mut score = Score::new();
    score.relevance(&broken);
    score.relevance(&relevance());
    let summary = score.summary(StreamCount::default(), &["a", "b"], 250.0);
    assert_eq!(summary.path_difference, Some(1e-13), "only what is broken counts");
    assert_eq!(summary.conservation_error, Some(f64::INFINITY));
    assert_eq!((summary.trials, summary.accuracy), (0, None));
}

#[test]
fn a_record_says_everything_and_nothing_about_when_it_was_made() {
    let decision = decision(3, -0.1, Veto::GAP.and(Veto::STALE));
    let record = DecisionRecord::new(&decision, Some(&trial(3, 1)), Some(&relevance()), &["left", "right"], 250.0);
    let line = serde_json::to_string(&record).unwrap();
    assert_eq!(
        line,
        format!(
            r#"{{"kind":"trial","trial":3,"start":100,"end":600,"time_secs":2.4,"class":"left","value":-0.1,"value_bits":"bfb999999999999a","probability":0.5,"veto":["gap"],"truth":"right","relevance_digest":"{:016x}","pattern_per_channel":[0.5,0.5]}}"#,
            relevance().digest()
        )
    );
    assert_eq!(serde_json::from_str::<DecisionRecord>(&line).unwrap(), record);
}

#[test]
fn latencies_fall_into_bins_that_hold_them() {
    assert!(Latencies::new().bins().is_empty());
    let mut latencies = Latencies::new();
    let micros: Vec<u64> = (0..500).map(|i| 3 + i * i % 9000).collect();
    micros.iter().for_each(|&m| latencies.add(Duration::from_micros(m)));
    let bins = latencies.bins();
    assert_eq!(bins.iter().map(|b| b.count).sum::<u64>(), 500);
    for bin in &bins {
        assert!((bin.to_micros / bin.from_micros - 10_f64.powf(0.1)).abs() < 1e-9);
        // A histogram of three digits blurs by a thousandth; well inside a bin every one is where it belongs.
        let inside = |slack: f64| {
            micros.iter().filter(move |&&m| {
                let m = m as f64;
                m >= bin.from_micros * (1.0 + slack) && m < bin.to_micros * (1.0 - slack)
            })
        };
        assert!(inside(0.002).count() as u64 <= bin.count && bin.count <= inside(-0.002).count() as u64, "{bin:?}");
    }
}

#[test]
fn trials_left_out_count_nowhere() {
    let mut score = Score::new();
    let decide = |score: &mut Score, number, class, value, frozen_value| {
        let decision = Decision { frozen_value, ..decision(number, value, Veto::NONE) };
        score.decision(&decision, Some(&trial(number, class)));
    };
    score.leave_out(2);
    decide(&mut score, 1, 0, -1.0, None);
    decide(&mut score, 2, 0, 1.0, None);
    decide(&mut score, 3, 1, 1.0, Some(-1.0));
    decide(&mut score, 4, 1, -1.0, Some(1.0));
    decide(&mut score, 5, 0, -1.0, Some(2.0));
    score.leave_out(4);
    score.leave_out(4);
    let summary = score.summary(StreamCount::default(), &["a", "b"], 250.0);
    assert_eq!(summary.confusion, [[2, 0], [0, 1]]);
    assert_eq!((summary.trials, summary.left_out_trials, summary.decisions), (3, 2, 5));
    assert_eq!((summary.adapted_trials, summary.adapted_accuracy), (2, Some(1.0)));
    assert_eq!(summary.frozen_accuracy, Some(0.0));
}
