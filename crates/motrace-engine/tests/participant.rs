//! The default participant of a session, off line: Graz calibration, training, feedback; who imagines nothing is at
//! chance.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_core::{Marker, Montage, Poll, Source, SourceError, StreamInfo, Unit};
use motrace_engine::{
    ClassSpec, Engine, Event, Explain, InputStage, Model, Preparation, RecordingStamp, Tape, TrainSettings, run_replay,
    train,
};
use motrace_signal::{FilterSpec, Reference};
use motrace_sim::{Imagery, Simulation, SimulationSettings};

/// A person under a session's protocol: cues from outside, in blocks that hold ten of each class.
struct Cued {
    person: Simulation,
    /// Sample, text, and what to imagine from then on.
    plan: std::collections::VecDeque<(u64, Option<&'static str>, Option<Imagery>)>,
    index: u64,
    end: u64,
    /// Samples that the person gave before this part of the session.
    before: u64,
}

impl Cued {
    /// Trials `trial_secs` long, with the cue at the first of `imagery_secs` and the end of imagery at the second.
    fn new(person: Simulation, before: u64, trial_secs: f64, imagery_secs: [f64; 2], seed: u64) -> Self {
        let trials = 40;
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let mut order: Vec<Imagery> = Vec::new();
        while order.len() < trials {
            let mut block = [[Imagery::LeftHand; 5], [Imagery::RightHand; 5]].concat();
            for i in (1..block.len()).rev() {
                block.swap(i, below(i as u64 + 1) as usize);
            }
            order.extend(block);
        }
        order.truncate(trials);
        let mut plan = std::collections::VecDeque::new();
        let mut begin = 500;
        for imagery in order {
            let at = |secs: f64| begin + (secs * 250.0) as u64;
            plan.push_back((at(imagery_secs[0]), Some(imagery.name()), Some(imagery)));
            plan.push_back((at(imagery_secs[1]), None, None));
            begin = at(trial_secs) + below(250);
        }
        Self { person, plan, index: 0, end: begin + 250, before }
    }
}

impl Source for Cued {
    fn info(&self) -> &StreamInfo {
        self.person.info()
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        if self.index >= self.end {
            return Ok(Poll::End);
        }
        if let Some((at, text, imagery)) = self.plan.front().cloned()
            && at <= self.index
        {
            self.plan.pop_front();
            self.person.set_imagery_at(imagery, (self.before + at) as f64 / 250.0);
            if let Some(text) = text {
                return Ok(Poll::Marker(Marker { index: at, time_secs: at as f64 / 250.0, text: text.into() }));
            }
        }
        let polled = self.person.poll(into)?;
        if let Poll::Samples(count) = polled {
            self.index += count as u64;
        }
        Ok(polled)
    }
}

fn preparation(info: &StreamInfo) -> Preparation {
    Preparation {
        channels: Montage::new(info.channels.iter().map(|c| c.label.as_str())),
        unit: Unit::Microvolts,
        rate_hz: info.rate_hz,
        reference: Reference::Average,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 1.0,
        classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
        hop_secs: 0.04,
    }
}

fn calibrated(settings: &SimulationSettings) -> (Model, f64, Cued) {
    let person = Simulation::new(SimulationSettings { chunk_samples: 1, ..settings.clone() }).unwrap();
    let mut calibration = Cued::new(person, 0, 8.5, [3.0, 7.0], settings.seed);
    let tape = Tape::of(&mut calibration).unwrap();
    let stamp = RecordingStamp { name: "simulated".into(), sha256: String::new() };
    let trained =
        train(&[(stamp, &tape)], &preparation(tape.info()), &TrainSettings::default(), &mut |_, _| ()).unwrap();
    (trained.model, trained.validation.unwrap().accuracy, calibration)
}

/// The share of right decisions 2.5 s after the cue, in 40 trials of 7 s.
fn feedback(model: &Model, before: Cued, seed: u64) -> f64 {
    let mut session = Cued::new(before.person, before.index, 7.0, [0.0, 4.0], seed + 1000);
    let mut engine = Engine::new(model, session.info(), Explain::None).unwrap();
    let (mut right, mut all) = (0, 0);
    run_replay(&mut session, &mut engine, &mut |event| {
        if let Event::Decision { decision, trial: Some(trial), .. } = event {
            all += 1;
            right += usize::from(decision.class() == trial.class);
        }
    })
    .unwrap();
    assert!(all >= 38, "{all} trials were decided");
    right as f64 / all as f64
}

/// Cross-validation and feedback over some seeds.
fn accuracies(strength: f64, seeds: std::ops::RangeInclusive<u64>) -> Vec<[f64; 2]> {
    let settings = |seed| SimulationSettings { signal_strength: strength, ..SimulationSettings::participant(seed) };
    let accuracies = seeds.map(|seed| {
        let (model, validated, session) = calibrated(&settings(seed));
        [validated, feedback(&model, session, seed)]
    });
    let accuracies: Vec<[f64; 2]> = accuracies.collect();
    println!("strength {strength}: validation and feedback {accuracies:.3?}");
    accuracies
}

#[test]
fn the_default_participant_controls_the_feedback() {
    for [_, feedback] in accuracies(1.0, 1..=4) {
        assert!(feedback >= 0.85);
    }
}

#[test]
fn who_imagines_nothing_is_at_chance() {
    let accuracies = accuracies(0.0, 1..=6);
    for part in [0, 1] {
        // 240 trials: 4 standard deviations of a fair coin are 0.13.
        let mean = accuracies.iter().map(|a| a[part]).sum::<f64>() / accuracies.len() as f64;
        assert!((mean - 0.5).abs() < 0.13, "{mean}");
    }
}

#[test]
#[ignore = "takes a minute; says how good the default participant is"]
fn accuracy_over_twelve_seeds() {
    for strength in [0.0, 0.5, 0.75, 1.0] {
        let accuracies = accuracies(strength, 1..=12);
        for (part, name) in ["validation", "feedback"].into_iter().enumerate() {
            let mean = accuracies.iter().map(|a| a[part]).sum::<f64>() / 12.0;
            let least = accuracies.iter().map(|a| a[part]).fold(f64::INFINITY, f64::min);
            println!("strength {strength}: {name} mean {mean:.3}, least {least:.3}");
        }
    }
}
