//! Simulated people and what an evaluation of them is made of.
#![allow(dead_code, reason = "shared by several test binaries")]

use motrace_core::{Channel, Marker, Montage, Role, StreamInfo, Unit};
use motrace_engine::{ClassSpec, InputStage, Preparation, Tape};
use motrace_evaluate::{
    DecoderId, DecoderKind, EvaluateError, Evaluation, Outcome, Protocol, RecordingInput, Settings, Tapes, Training,
};
use motrace_signal::{FilterSpec, Reference};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::AtomicBool;

pub const FIVE: Protocol = Protocol::Chronological { folds: 5 };

pub const RATE_HZ: f64 = 100.0;
pub const LABELS: [&str; 6] = ["FC3", "C3", "Cz", "C4", "CP3", "CP4"];

pub fn info() -> StreamInfo {
    let channel = |label: &&str| Channel { label: (*label).into(), role: Role::Eeg, unit: Unit::Microvolts };
    StreamInfo { rate_hz: RATE_HZ, channels: LABELS.iter().map(channel).collect(), ..StreamInfo::default() }
}

/// Noise and a rhythm of 11 Hz at C3 and C4 that falls, from half a second after the cue for 2 s, opposite to the hand.
pub fn person(seed: u64, trials: usize, effect: f64) -> Tape {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tape = Tape::new(info());
    let mut noise = move || (0..4).map(|_| rng.random_range(-10.0_f32..10.0)).sum::<f32>();
    let mut sample = 0_u64;
    for trial in 0..trials {
        // As many of each in each four.
        let class = [0, 1, 1, 0, 1, 0, 0, 1][trial % 8];
        for t in 0..400 {
            if t == 100 {
                let text = ["left", "right"][class];
                tape.push_marker(Marker { index: sample, time_secs: sample as f64 / RATE_HZ, text: text.into() });
            }
            let falls = (150..350).contains(&t);
            let phase = (sample as f64 / RATE_HZ * 11.0 * std::f64::consts::TAU) as f32;
            let rhythm = |side: usize| {
                let gain = if falls && side != class { 1.0 - effect as f32 } else { 1.0 };
                12.0 * gain * (phase + side as f32).sin()
            };
            let [left, right] = [rhythm(0), rhythm(1)];
            let frame = [
                noise() + 0.5 * left,
                noise() + left,
                noise(),
                noise() + right,
                noise() + 0.5 * left,
                noise() + 0.5 * right,
            ];
            tape.push_samples(&frame);
            sample += 1;
        }
    }
    tape
}

pub struct People(pub Vec<Tape>);

impl Tapes for People {
    fn tape(&self, recording: usize) -> Result<Tape, String> {
        self.0.get(recording).cloned().ok_or_else(|| "no such recording".into())
    }
}

pub fn preparation() -> Preparation {
    Preparation {
        channels: Montage::new(LABELS),
        unit: Unit::Microvolts,
        rate_hz: RATE_HZ,
        reference: Reference::None,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 2.0,
        classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
        hop_secs: 0.04,
    }
}

pub fn input(name: &str, subject: &str, is_test: bool) -> RecordingInput {
    RecordingInput {
        name: name.into(),
        sha256: format!("digest of {name}"),
        subject: subject.into(),
        session: None,
        info: info(),
        is_test,
    }
}

pub fn settings(decoders: &[DecoderKind], protocols: &[Protocol]) -> Settings {
    Settings {
        decoders: decoders.iter().map(|kind| DecoderId::from(*kind)).collect(),
        protocols: protocols.to_vec(),
        training: Training { patterns_per_side: 2, ..Training::default() },
        networks: std::collections::BTreeMap::new(),
        pseudo_online: None,
        keeps_figures: false,
    }
}

pub fn run(evaluation: &Evaluation, people: &People, threads: usize) -> Result<Outcome, EvaluateError> {
    let all: Vec<usize> = (0..evaluation.plan().jobs.len()).collect();
    evaluation.run(&all, threads, &AtomicBool::new(false), people, &|_| Ok(()), &|_| ())
}
