//! Decisions against the plain definition: filter every channel of the whole recording, cut the window, project,
//! square, average, in that order.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{MemorySource, csp_lda, gap, info, marker, model, samples};
use motrace_core::{Decision, Veto};
use motrace_engine::{Engine, Event, Explain, run_replay};
use ndarray::{Array2, Axis, Slice};

const RATE_HZ: f64 = 125.0;

/// All samples in volts, re-referenced and filtered, `[channels, samples]`, by the difference equation of each
/// section; anew from each of `starts`.
fn slow_path(samples: &[f32], starts: &[usize]) -> Array2<f64> {
    let preparation = common::preparation(RATE_HZ);
    let places: Vec<usize> = preparation
        .channels
        .labels()
        .iter()
        .map(|wanted| common::LABELS.iter().position(|label| label == wanted).unwrap())
        .collect();
    let count = samples.len() / 9;
    let raw = Array2::from_shape_fn((places.len(), count), |(c, t)| f64::from(samples[t * 9 + places[c]]) * 1e-6);
    let mut x = &raw - &raw.mean_axis(Axis(0)).unwrap();
    let sections = preparation.filter.design(RATE_HZ).unwrap();
    for mut channel in x.rows_mut() {
        for (i, &start) in starts.iter().enumerate() {
            let end = starts.get(i + 1).copied().unwrap_or(count);
            let mut part = channel.slice_axis_mut(Axis(0), Slice::from(start..end));
            let mut constant = part[0];
            for &[b0, b1, b2, a1, a2] in sections.as_slice() {
                // Before the start, the input was what it is at the start, for ever.
                let gain = (b0 + b1 + b2) / (1.0 + a1 + a2);
                let (mut x1, mut x2) = (constant, constant);
                let (mut y1, mut y2) = (constant * gain, constant * gain);
                for value in &mut part {
                    let x0 = *value;
                    let y0 = b0 * x0 + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
                    (x2, x1, y2, y1) = (x1, x0, y1, y0);
                    *value = y0;
                }
                constant *= gain;
            }
        }
    }
    x
}

fn decisions(samples: Vec<f32>, between: Vec<(u64, common::Between)>) -> Vec<Decision> {
    let mut source = MemorySource::new(info(RATE_HZ), samples, between, vec![17]);
    let mut engine = Engine::new(&model(RATE_HZ), &info(RATE_HZ), Explain::None).unwrap();
    let mut decisions = Vec::new();
    run_replay(&mut source, &mut engine, &mut |event| {
        if let Event::Decision { decision, .. } = event {
            decisions.push(decision);
        }
    })
    .unwrap();
    decisions
}

#[test]
fn decisions_are_those_of_the_definition() {
    let samples = samples(9, 2000, 3);
    let between = vec![(400, marker(300, "1")), (700, gap(700)), (1500, marker(1500, "2"))];
    let decisions = decisions(samples.clone(), between);
    let x = slow_path(&samples, &[0, 700]);
    let model = model(RATE_HZ);
    // One per hop of 5 samples once 75 are there, and two trials.
    assert_eq!(decisions.len(), (2000 - 75) / 5 + 1 + 2);
    for decision in &decisions {
        let window = x.slice_axis(Axis(1), Slice::from(decision.start as usize..decision.end as usize));
        assert_eq!(window.ncols(), if decision.kind == motrace_core::DecisionKind::Sliding { 75 } else { 125 });
        let projected = csp_lda(&model).filters.dot(&window);
        let f: f64 = projected
            .rows()
            .into_iter()
            .zip(&csp_lda(&model).weights)
            .map(|(row, w)| w * (row.iter().map(|s| s * s).sum::<f64>() / row.len() as f64).ln())
            .sum::<f64>()
            + csp_lda(&model).bias;
        assert!((f - decision.value).abs() < 1e-9, "{decision:?}: {f}");
        let touches_gap = decision.start < 700 && decision.end > 700;
        assert_eq!(decision.veto.has(Veto::GAP), touches_gap, "{decision:?}");
    }
    let trials: Vec<_> = decisions.iter().filter(|d| d.kind != motrace_core::DecisionKind::Sliding).collect();
    // 0.5 s at 125 Hz is 62.5 samples, rounded away from zero.
    assert_eq!((trials[0].start, trials[0].end), (363, 488));
    assert_eq!((trials[1].start, trials[1].end), (1563, 1688));
}

#[test]
fn the_start_and_gaps_have_to_settle() {
    let decisions = decisions(samples(9, 1500, 5), vec![(700, gap(700))]);
    let settling = common::preparation(RATE_HZ).filter.design(RATE_HZ).unwrap().settling_samples(0.01) as u64;
    assert!(settling > 5 && settling < 125, "{settling}");
    for decision in decisions {
        let unsettled = |from: u64| decision.start < from + settling && decision.end > from;
        assert_eq!(decision.veto.has(Veto::SETTLING), unsettled(0) || unsettled(700), "{decision:?}");
    }
}

#[test]
fn bad_samples_are_held_and_marked() {
    let clean = samples(9, 1500, 5);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.5e6, 3e38] {
        let mut dirty = clean.clone();
        dirty[800 * 9 + 3] = bad; // C4, which is decoded
        dirty[900 * 9] = bad; // Fz, which is not
        let mut held = clean.clone();
        held[800 * 9 + 3] = clean[799 * 9 + 3];
        let with_dirty = decisions(dirty, vec![]);
        for (dirty, held) in with_dirty.iter().zip(decisions(held, vec![])) {
            assert_eq!(dirty.value.to_bits(), held.value.to_bits());
            assert_eq!(dirty.veto.has(Veto::BAD_SAMPLE), dirty.start <= 800 && dirty.end > 800, "{dirty:?}");
        }
        assert!(with_dirty.last().unwrap().veto.is_clear());
    }
}

#[test]
fn a_channel_that_is_bad_throughout_leaves_finite_decisions_with_a_veto() {
    let mut dead = samples(9, 1000, 5);
    dead.iter_mut().skip(3).step_by(9).for_each(|x| *x = f32::NAN);
    let decisions_dead = decisions(dead.clone(), vec![]);
    assert!(decisions_dead.iter().all(|d| d.value.is_finite() && d.veto.has(Veto::BAD_SAMPLE)));
    dead.fill(f32::NAN);
    assert!(decisions(dead, vec![]).iter().all(|d| d.value.is_finite() && d.veto.has(Veto::BAD_SAMPLE)));
}
