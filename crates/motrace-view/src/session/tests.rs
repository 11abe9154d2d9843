#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use motrace_core::{DecisionKind, Ledger, Veto};
use ndarray::Array2;
use std::sync::Arc;

fn relevance(channels: usize, samples: usize, value: impl Fn(usize, usize) -> f64) -> Relevance {
    let map = Array2::from_shape_fn((channels, samples), |(c, t)| value(c, t));
    let total = map.sum();
    Relevance {
        start: 0,
        end: samples as u64,
        class: 1,
        input: map.clone(),
        pattern: map.clone(),
        source: map,
        components: vec![0.5; 6],
        ledger: Ledger {
            value: total,
            offset: 0.0,
            total: [Some(total); 3],
            cancellation: [Some(1.0); 3],
            path_difference: 0.0,
            input_source_correlation: Some(1.0),
            rim_share: 0.0,
            layers: Vec::new(),
        },
    }
}

fn decision(end: u64) -> Decision {
    Decision {
        kind: DecisionKind::Sliding,
        start: 0,
        end,
        value: 0.5,
        probabilities: motrace_core::Probabilities::of_two(0.6),
        veto: Veto::NONE,
        frozen_value: None,
    }
}

fn session(channels: usize, rate_hz: f64) -> Session {
    let labels: Vec<String> = (0..channels).map(|c| format!("E{c}")).collect();
    Session::new(SessionSetup { trace_labels: labels.clone(), labels, rate_hz, ..SessionSetup::default() })
}

#[test]
fn memory_is_flat_over_a_million_events() {
    let mut s = session(2, 250.0);
    let map = Arc::new(relevance(2, 500, |c, t| (c + t) as f64));
    let mut held_early = 0;
    for i in 0..1_000_000_u64 {
        s.push_samples(&[i as f32, 1.0]);
        s.on_decision(&decision(i));
        s.on_marker(&Marker { index: i, time_secs: 0.0, text: "cue".into() }, Some(0));
        s.on_gap(&Gap { index: i, missing_samples: 1, length_secs: 0.004 });
        s.message("line");
        if i % 1000 == 0 {
            s.on_trial(TrialRecord { number: i as usize, relevance: Some(map.clone()), ..TrialRecord::default() });
        }
        if i == 100_000 {
            held_early = s.traces().held();
        }
    }
    assert_eq!(s.traces().held(), held_early);
    assert!(s.traces().held() <= 2 * 2 * 10 * 125 + 4);
    assert_eq!(s.traces().end(), 1_000_000);
    assert_eq!((s.decisions().count(), s.markers().count(), s.gaps().count()), (HISTORY, HISTORY, HISTORY));
    assert_eq!(s.messages().count(), MESSAGES);
    assert_eq!(s.trials().len(), 1000);
}

#[test]
fn maps_of_trials_stay_within_their_budget_and_the_newest_survive() {
    let mut s = session(64, 160.0);
    let map = Arc::new(relevance(64, 1600, |_, _| 1.0));
    for number in 1..=600 {
        s.on_trial(TrialRecord { number, relevance: Some(map.clone()), ..TrialRecord::default() });
    }
    let bytes: usize = s.trials().iter().filter_map(|t| t.evidence.as_deref()).map(Evidence::bytes).sum();
    assert!(bytes <= 16 * 1024 * 1024, "{bytes}");
    assert!(s.trials()[599].evidence.is_some() && s.trials()[0].evidence.is_none());
    s.set_trial_relevance(1, &map, &[]);
    assert!(s.trials()[0].evidence.is_some(), "what is asked for is kept");
    s.on_trial(TrialRecord { number: 1, text: "again".into(), ..TrialRecord::default() });
    assert!(s.trials()[0].evidence.is_some() && s.trials()[0].text == "again");
}

#[test]
fn condensing_conserves_relevance() {
    let (channels, samples, rate_hz) = (3, 503, 250.0);
    let map = relevance(channels, samples, |c, t| ((c * 7 + t) as f64 * 0.3).sin());
    let e = Evidence::new(&map, &[], rate_hz);
    for view in View::ALL {
        for (c, expected) in map.per_channel(view).iter().enumerate() {
            assert!((f64::from(e.per_channel(view)[c]) - expected).abs() < 1e-4);
            // density per 100 ms × length of each bin gives the sum back
            let bins = e.bins();
            let sum: f64 = (0..bins)
                .map(|b| {
                    let len = (b + 1) * samples / bins - b * samples / bins;
                    f64::from(e.over_time(view, c)[b]) * len as f64 / (rate_hz * 0.1)
                })
                .sum();
            assert!((sum - expected).abs() < 1e-3, "{sum} {expected}");
        }
    }
    assert_eq!(e.bins(), 40);
}

#[test]
fn traces_keep_spikes_and_lose_offsets() {
    let mut s = session(2, 1000.0);
    for t in 0..2000 {
        let spike = if t == 1234 { 400.0 } else { 0.0 };
        s.push_samples(&[-80_000.0 + spike, f32::NAN]);
    }
    let [low, high] = s.traces().extremes(0, 1200, 1300).unwrap();
    assert!(high > 390.0 && low.abs() < 5.0, "{low} {high}");
    let [low, high] = s.traces().extremes(0, 0, 1000).unwrap();
    assert!(low.abs() < 1.0 && high.abs() < 1.0);
    assert_eq!(s.traces().extremes(1, 0, 2000), None, "nothing finite");
    assert_eq!(s.traces().extremes(5, 0, 2000), None);
}

#[test]
fn hostile_sizes_are_harmless() {
    for (channels, rate_hz, history_secs) in
        [(0, 250.0, 10.0), (4096, 100_000.0, 1e9), (1, f64::NAN, f64::NAN), (3, -5.0, -1.0), (2, 1e-9, 10.0)]
    {
        let labels = vec![String::new(); channels];
        let mut s = Session::new(SessionSetup {
            trace_labels: labels.clone(),
            labels,
            rate_hz,
            history_secs,
            ..SessionSetup::default()
        });
        s.push_samples(&vec![1.0; channels * 5 + 1]);
        assert!(s.traces().held() < 1 << 22);
        s.on_relevance(&relevance(0, 0, |_, _| 0.0), &[]);
        s.on_relevance(&relevance(2, 0, |_, _| 0.0), &[]);
        s.on_relevance(&relevance(2, 3, |_, _| f64::NAN), &[]);
        assert!(s.evidence().is_some());
    }
}
