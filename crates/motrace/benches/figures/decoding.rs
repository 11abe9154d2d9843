//! Decisions, replay, training and explanations: computing only.

use crate::reference::number as said;
use crate::report::{Figure, Peer, Target};
use crate::subject::{self, Subject};
use crate::timing::{Timings, duration, number};
use crate::{Bench, Trouble};
use motrace_core::Decision;
use motrace_decode::{CspLda, CspLdaSettings};
use motrace_engine::{Decider, Engine, Explain, Tape, Tracer, run_replay};
use serde_json::json;
use std::hint::black_box;

/// One decision of 22 channels, 2 s at 250 Hz, and the samples of its hop.
pub fn decision(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    let subject = Subject::new(22, 250.0)?;
    let hop = subject.model.preparation.hop_samples() as usize;
    let of_hop = pushes(&subject, hop)?;
    let mut each_sample = subject.model.clone();
    each_sample.preparation.hop_secs = 1.0 / 250.0;
    let of_sample = pushes(&Subject { model: each_sample, info: subject.info.clone() }, 1)?;
    let target = Target::new("≤ 3 µs", of_hop.p50() <= 3e-6);
    let numbers = json!({
        "hop_p50_secs": of_hop.p50(), "hop_p99_secs": of_hop.p99(),
        "sample_p50_secs": of_sample.p50(), "sample_p99_secs": of_sample.p99(),
    });
    let peer = match &bench.reference {
        None => Peer::NotMeasured,
        Some(reference) => {
            let peer = reference.figures(["decision"])?;
            Peer::Measured(format!(
                "MNE CSP + scikit-learn LDA on a filtered window p50 {}, p99 {}; plain numpy p50 {}, p99 {}",
                duration(said(&peer, "mne_p50_secs")?),
                duration(said(&peer, "mne_p99_secs")?),
                duration(said(&peer, "numpy_p50_secs")?),
                duration(said(&peer, "numpy_p99_secs")?)
            ))
        }
    };
    Ok(vec![Figure {
        name: "decision",
        what: "one decision, 22 channels, 2 s at 250 Hz, and the filtering of the 10 samples before it".into(),
        measured: format!("{} (with one sample: p50 {})", of_hop.in_words(), duration(of_sample.p50())),
        target: Some(target),
        peer,
        numbers,
    }])
}

/// How long it takes to push so many samples, the last of which makes a decision.
fn pushes(subject: &Subject, samples: usize) -> Result<Timings, Trouble> {
    let channels = subject.info.channels.len();
    let mut decider = Decider::new(&subject.model, &subject.info)?;
    let data = subject::samples(channels, 20_000);
    let mut hops = data.chunks_exact(samples * channels).cycle();
    let mut decisions = 0;
    for hop in hops.by_ref().take(1000) {
        decider.push(hop, &mut |_| ());
    }
    let timings = Timings::of(20_000, || {
        let hop = hops.next().unwrap_or_default();
        decider.push(black_box(hop), &mut |outcome| {
            black_box(outcome.decision().map(|d| d.value));
            decisions += 1;
        });
    });
    if decisions < 20_000 {
        return Err(format!("{decisions} decisions came out of 20000 hops").into());
    }
    Ok(timings)
}

/// How many times faster than real time one core replays.
pub fn replay(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    let peer = bench.reference.as_ref().map(|reference| reference.figures(["replay"])).transpose()?;
    let cases = [
        (22, 250.0, Explain::None, 10_000.0, 300.0),
        (64, 1000.0, Explain::None, 1_500.0, 60.0),
        (22, 250.0, Explain::All, 300.0, 40.0),
    ];
    let mut figures = Vec::new();
    for (channels, rate_hz, explain, target, secs) in cases {
        let factor = secs / replay_secs(&Subject::new(channels, rate_hz)?, explain, secs)?;
        let peer = match &peer {
            _ if explain == Explain::All => Peer::None,
            None => Peer::NotMeasured,
            Some(peer) => Peer::Measured(format!(
                "MNE + scikit-learn loop {} ×; numpy loop {} ×",
                number(said(peer, &format!("mne_{channels}"))?),
                number(said(peer, &format!("numpy_{channels}"))?)
            )),
        };
        let explained = if explain == Explain::All { ", each explained in all three views" } else { "" };
        figures.push(Figure {
            name: "replay",
            what: format!("replay, {channels} channels at {rate_hz} Hz, a decision each 40 ms{explained}, one core"),
            measured: format!("{} × real time", number(factor)),
            target: Some(Target::new(format!("≥ {} ×", number(target)), factor >= target)),
            peer,
            numbers: json!({ "channels": channels, "rate_hz": rate_hz, "explained": explain == Explain::All, "times_real_time": factor }),
        });
    }
    Ok(figures)
}

/// The median of several replays.
fn replay_secs(subject: &Subject, explain: Explain, secs: f64) -> Result<f64, Trouble> {
    let count = (secs * subject.info.rate_hz) as usize;
    let mut tape = Tape::new(subject.info.clone());
    tape.push_samples(&subject::samples(subject.info.channels.len(), count));
    let mut engine = Engine::new(&subject.model, &subject.info, explain)?;
    let mut trouble = None;
    let timings = Timings::of(9, || {
        let (mut decisions, mut explained) = (0, 0);
        let result = run_replay(&mut tape.play(4096), &mut engine, &mut |event| {
            if let motrace_engine::Event::Decision { relevance, .. } = event {
                decisions += 1;
                explained += u32::from(relevance.is_some());
            }
        });
        let wanted = ((secs - 2.0) / 0.04) as u32;
        if result.is_err() || decisions < wanted || (explain == Explain::All && explained < wanted) {
            trouble = Some(format!("{decisions} of {wanted} decisions, {explained} of them explained"));
        }
    });
    trouble.map_or_else(|| Ok(timings.p50()), |trouble| Err(trouble.into()))
}

/// Training on as much data as BCI Competition IV 2a has of one person.
pub fn training(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    let epochs = subject::epochs(288, 22, 500);
    let settings = CspLdaSettings::default();
    CspLda::fit(&epochs, &settings)?;
    let timings = Timings::of(50, || {
        black_box(CspLda::fit(black_box(&epochs), &settings).is_ok());
    });
    let peer = match &bench.reference {
        None => Peer::NotMeasured,
        Some(reference) => {
            let peer = reference.figures(["training"])?;
            Peer::Measured(format!(
                "MNE CSP(6) + scikit-learn LDA, both with shrinkage, {}; plain numpy {}",
                duration(said(&peer, "mne_p50_secs")?),
                duration(said(&peer, "numpy_p50_secs")?)
            ))
        }
    };
    Ok(vec![Figure {
        name: "training",
        what: "training, 288 trials × 22 channels × 500 samples, without cross-validation".into(),
        measured: timings.in_words(),
        target: Some(Target::new("≤ 10 ms", timings.p50() <= 10e-3)),
        peer,
        numbers: json!({ "p50_secs": timings.p50(), "p99_secs": timings.p99() }),
    }])
}

/// One explanation in all three views, from the filtered window to the ledger.
pub fn explanation(_: &Bench) -> Result<Vec<Figure>, Trouble> {
    let subject = Subject::new(22, 250.0)?;
    let data = subject::samples(22, 2000);
    let mut tracer = Tracer::new(&subject.model, &subject.info)?;
    let mut decider = Decider::new(&subject.model, &subject.info)?;
    let mut decisions: Vec<Decision> = Vec::new();
    tracer.push(&data);
    decider.push(&data, &mut |outcome| decisions.extend(outcome.decision()));
    let mut newest = decisions.iter().rev().take(20).cycle();
    let mut missed = 0;
    let timings = Timings::of(5000, || {
        if let Some(decision) = newest.next() {
            missed += u32::from(black_box(tracer.trace(black_box(decision))).is_err());
        }
    });
    if missed > 0 || decisions.is_empty() {
        return Err(format!("{missed} of {} decisions could not be explained", timings.len()).into());
    }
    Ok(vec![Figure {
        name: "explanation",
        what: "explanation of one decision, all three views of 22 channels × 500 samples".into(),
        measured: timings.in_words(),
        target: Some(Target::new("p99 ≤ 0.5 ms", timings.p99() <= 0.5e-3)),
        peer: Peer::None,
        numbers: json!({ "p50_secs": timings.p50(), "p99_secs": timings.p99() }),
    }])
}
