//! A whole simulated session: calibration, training, feedback, explanation.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_core::{Montage, Source, Unit};
use motrace_engine::{
    ClassSpec, Engine, Explain, InputStage, Preparation, RecordingStamp, Score, Tape, TrainSettings, run_replay, train,
};
use motrace_signal::{FilterSpec, Reference};
use motrace_sim::{Cues, Simulation, SimulationSettings};

fn settings(seed: u64) -> SimulationSettings {
    SimulationSettings { seed, cues: Cues::PerClass(20), ..SimulationSettings::default() }
}

fn preparation(tape: &Tape) -> Preparation {
    Preparation {
        channels: Montage::new(tape.info().channels.iter().map(|c| c.label.as_str())),
        unit: Unit::Microvolts,
        rate_hz: tape.info().rate_hz,
        reference: Reference::Average,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 1.0,
        classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
        hop_secs: 0.04,
    }
}

fn simulated(seed: u64) -> Tape {
    let mut simulation = Simulation::new(settings(seed)).unwrap();
    assert_eq!(simulation.info().channels.len(), 22);
    Tape::of(&mut simulation).unwrap()
}

#[test]
fn a_model_decodes_the_next_session_and_explains_it_exactly() {
    let calibration = simulated(1);
    let stamp = RecordingStamp { name: "simulated".into(), sha256: String::new() };
    let trained =
        train(&[(stamp, &calibration)], &preparation(&calibration), &TrainSettings::default(), &mut |_, _| ()).unwrap();
    println!("validation: {:.3}, excluded {:?}", trained.validation.as_ref().unwrap().accuracy, trained.excluded);
    assert!(trained.validation.unwrap().accuracy >= 0.85);

    // The next session of the same person: other noise, the same brain.
    let session = simulated(1_000_001);
    let mut engine = Engine::new(&trained.model, session.info(), Explain::All).unwrap();
    let mut score = Score::new();
    let stream = run_replay(&mut session.play(10), &mut engine, &mut |event| score.count(&event)).unwrap();
    let summary = score.summary(stream, &trained.model.preparation.class_names(), 250.0);
    println!("{}", serde_json::to_string_pretty(&summary).unwrap());
    assert_eq!(summary.trials + summary.skipped_trials, 40);
    assert!(summary.accuracy.unwrap() >= 0.85, "{:?}", summary.accuracy);
    assert!(summary.better_than_chance.unwrap());
    assert!(summary.relative_conservation_error.unwrap() <= 1e-12);
    assert_eq!((summary.explained, summary.not_explained), (summary.decisions, 0));
}

#[test]
fn a_railed_channel_is_left_out_by_name() {
    let healthy = simulated(1);
    let channels = healthy.info().channels.len();
    let mut tape = Tape::new(healthy.info().clone());
    let mut samples = healthy.samples().to_vec();
    samples.iter_mut().skip(4).step_by(channels).for_each(|x| *x = -187_500.02);
    samples.iter_mut().skip(9).step_by(channels).for_each(|x| *x = f32::NAN);
    samples.iter_mut().skip(12).step_by(channels).for_each(|x| *x = 3.0);
    tape.push_samples(&samples);
    healthy.markers().for_each(|marker| tape.push_marker(marker.clone()));
    let settings = TrainSettings { folds: None, ..TrainSettings::default() };
    let stamp = RecordingStamp::default();
    // The markers came after all samples: only those within the buffer would be in time.
    let late = train(&[(stamp.clone(), &tape)], &preparation(&tape), &settings, &mut |_, _| ());
    assert!(late.is_err(), "{late:?}");

    let mut tape = Tape::new(healthy.info().clone());
    let mut player = healthy.play(1);
    let mut block = Vec::new();
    let mut position = 0;
    loop {
        match player.poll(&mut block).unwrap() {
            motrace_core::Poll::Samples(1) => {
                tape.push_samples(&samples[position..position + channels]);
                position += channels;
            }
            motrace_core::Poll::Marker(marker) => tape.push_marker(marker),
            motrace_core::Poll::Gap(gap) => tape.push_gap(gap),
            _ => break,
        }
    }
    let trained = train(&[(stamp, &tape)], &preparation(&tape), &settings, &mut |_, _| ()).unwrap();
    let labels: Vec<&str> = healthy.info().channels.iter().map(|c| c.label.as_str()).collect();
    let expected =
        [format!("{} (railed)", labels[4]), format!("{} (not finite)", labels[9]), format!("{} (flat)", labels[12])];
    assert_eq!(trained.model.about.excluded_channels, expected);
    assert_eq!(trained.model.preparation.channels.len(), channels - 3);
}
