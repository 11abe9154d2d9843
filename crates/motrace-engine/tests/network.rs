//! Networks in the engine: decisions and relevances as a function of the stream, and as the plain definition has them; model
//! files; training that goes on where it was interrupted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Between, MemorySource, architectures, gap, info, marker, network_model, noise, replay, samples};
use motrace_core::Marker;
use motrace_engine::{
    Decider, Decoder, DecoderSettings, EngineError, Explain, InputStage, Model, ModelFileError, NetworkSettings,
    Outcome, RecordingStamp, Tape, Tracer, TrainSettings, TrainStep, TrainingCheckpoints, TrainingError, train,
    train_with,
};
use motrace_net::Batch;
use motrace_net::training::TrainingSettings;
use std::ops::ControlFlow;

const RATE_HZ: f64 = 125.0;

#[test]
fn chunks_do_not_matter() {
    let mut data = samples(9, 1500, 4);
    data[700 * 9 + 3] = f32::NAN;
    let between: Vec<(u64, Between)> =
        vec![(200, marker(200, "1")), (640, gap(640)), (900, marker(820, "2")), (1300, marker(1300, "1"))];
    for architecture in architectures() {
        let model = network_model(RATE_HZ, architecture);
        for first in [0, 130] {
            let mut whole = MemorySource::new(info(RATE_HZ), data.clone(), between.clone(), vec![usize::MAX >> 1]);
            let expected = replay(&model, &mut whole, Explain::All, first);
            assert!(expected.0.iter().filter(|trace| trace.trial > 0).count() >= 2);
            assert!(expected.0.iter().any(|trace| trace.veto.is_empty()), "something is trusted");
            for chunks in [vec![1], vec![7, 64, 3]] {
                let mut source = MemorySource::new(info(RATE_HZ), data.clone(), between.clone(), chunks);
                assert_eq!(replay(&model, &mut source, Explain::All, first), expected, "{}", model.decoder.title());
            }
        }
    }
}

/// Each decision is the difference of the outputs that the plain definition of the layers gives for the window as it is
/// prepared, and for trials, which are longer, the mean over windows 20 samples apart.
#[test]
fn decisions_are_those_of_the_plain_definition() {
    for architecture in architectures() {
        let model = network_model(RATE_HZ, architecture);
        let Decoder::Network(decoder) = &model.decoder else { unreachable!() };
        let merged = decoder.network.merged().unwrap();
        let mut decider = Decider::new(&model, &info(RATE_HZ)).unwrap();
        let mut tracer = Tracer::new(&model, &info(RATE_HZ)).unwrap();
        let mut decisions = Vec::new();
        let mut on = |outcome: Outcome| decisions.extend(outcome.decision().copied());
        decider.marker(&Marker { index: 300, time_secs: 0.0, text: "2".into() }, &mut on);
        let data = samples(9, 600, 9);
        decider.push(&data, &mut on);
        tracer.push(&data);
        assert!(decisions.iter().any(|d| d.end - d.start == 125), "a trial");
        for decision in decisions {
            let window = tracer.window(&decision).unwrap().clone();
            let length = model.preparation.sliding_samples();
            let starts: Vec<usize> = (0..=window.ncols() - length).step_by(20).collect();
            let values = starts.iter().map(|start| {
                let mut input = Batch::zeros(merged.input(), 1);
                let per_row = merged.input().samples;
                for (row, to) in window.outer_iter().zip(input.values.chunks_mut(per_row)) {
                    for (value, to) in to.iter_mut().enumerate() {
                        let (from, until) = (value * length / per_row, (value + 1) * length / per_row);
                        let sum: f64 = (from..until).map(|t| row[start + t]).sum();
                        *to = (sum / (until - from) as f64) as f32;
                    }
                }
                let outputs = merged.outputs(&input).values;
                f64::from(outputs[1]) - f64::from(outputs[0])
            });
            let expected = values.sum::<f64>() / starts.len() as f64;
            assert!((decision.value - expected).abs() < 1e-5, "{} against {expected}", decision.value);
            let probability = 1.0 / (1.0 + (-1.5 * decision.value).exp());
            assert!((decision.probabilities.of(1).unwrap() - probability).abs() < 1e-12);
        }
    }
}

fn same(a: &Model, b: &Model) {
    assert_eq!(a, b);
    assert_eq!(a.digest(), b.digest());
}

#[test]
fn a_file_gives_the_network_back_to_the_bit() {
    for architecture in architectures() {
        let model = network_model(RATE_HZ, architecture);
        let back = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
        same(&back, &model);
        let mut other = model.clone();
        let Decoder::Network(decoder) = &mut other.decoder else { unreachable!() };
        decoder.network.layers_mut()[0].parameters_mut()[0][0] += 1e-6;
        assert_ne!(other.digest(), model.digest(), "one weight");
        let Decoder::Network(decoder) = &mut other.decoder else { unreachable!() };
        *decoder = network_model(RATE_HZ, architectures()[0].clone()).decoder.network().unwrap().clone().into();
        decoder.composite = motrace_explain::network::Composite::named("zero").unwrap();
        assert_ne!(other.digest(), model.digest(), "other rules");
    }
}

#[test]
fn damaged_files_are_refused_by_name() {
    let model = network_model(RATE_HZ, architectures()[1].clone());
    let bytes = model.to_bytes().unwrap();
    for cut in (0..bytes.len()).step_by(7) {
        assert!(Model::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
    let refused = |change: &dyn Fn(&mut Model)| {
        let mut broken = model.clone();
        change(&mut broken);
        broken.to_bytes().and_then(|bytes| Model::from_bytes(&bytes)).unwrap_err()
    };
    let network = |model: &mut Model, change: &dyn Fn(&mut motrace_engine::NetworkDecoder)| {
        let Decoder::Network(decoder) = &mut model.decoder else { unreachable!() };
        change(decoder);
    };
    // What is not sound is not even written.
    let nan = refused(&|m| network(m, &|d| d.network.layers_mut()[1].parameters_mut()[0][3] = f32::NAN));
    assert!(matches!(nan, ModelFileError::Inconsistent(EngineError::Network(_))), "{nan}");
    let window = refused(&|m| m.preparation.sliding_secs = 0.8);
    assert!(matches!(window, ModelFileError::Inconsistent(EngineError::Window { .. })), "{window}");
    let channels = refused(&|m| m.preparation.channels = motrace_core::Montage::new(["C3", "C4"]));
    assert!(matches!(channels, ModelFileError::Inconsistent(EngineError::Shape { .. })), "{channels}");

    // The length of a header, then the header, then the tensors: the header is changed as text.
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(header.contains(from), "{from} in {header}");
        let header = header.replace(from, to);
        let mut bytes_of = (header.len() as u64).to_le_bytes().to_vec();
        bytes_of.extend(header.as_bytes());
        bytes_of.extend(&bytes[8 + length..]);
        Model::from_bytes(&bytes_of).unwrap_err()
    };
    let missing = changed("\"layer.2.weights\"", "\"layer.2.waits\"");
    assert!(missing.to_string().contains("layer.2.weights") && missing.to_string().contains("missing"), "{missing}");
    let kind = changed("\"kind\":\"network\"", "\"kind\":\"forest\"");
    assert!(matches!(kind, ModelFileError::Version { key: "kind", .. }), "{kind}");
    let version = changed("{\\\"version\\\":1,", "{\\\"version\\\":2,");
    assert!(matches!(version, ModelFileError::Version { key: "network version", .. }), "{version}");
    let filters = changed("\\\"filters\\\":4", "\\\"filters\\\":5");
    assert!(matches!(filters, ModelFileError::Tensor { .. }), "{filters}");
    let huge = changed("\\\"filters\\\":4", "\\\"filters\\\":999999");
    assert!(matches!(huge, ModelFileError::Network(_)), "{huge}");
    let endless = changed("\\\"filters\\\":4", "\\\"filters\\\":18446744073709551615");
    assert!(matches!(endless, ModelFileError::Network(_)), "{endless}");
    let input = changed("standardised 0.01", "standardised x");
    assert!(matches!(input, ModelFileError::Field { key: "input", .. }), "{input}");

    // Log-powers cannot be explained without their reference, or by that of another network.
    let mut without = model.clone();
    network(&mut without, &|d| d.reference = None);
    let back = Model::from_bytes(&without.to_bytes().unwrap()).unwrap();
    assert!(matches!(Tracer::new(&back, &info(RATE_HZ)), Err(EngineError::Explanation(_))));
    let mut shortened = model.clone();
    network(&mut shortened, &|d| d.reference.iter_mut().for_each(|reference| reference.shares.truncate(1)));
    let back = Model::from_bytes(&shortened.to_bytes().unwrap()).unwrap();
    assert!(matches!(Tracer::new(&back, &info(RATE_HZ)), Err(EngineError::Explanation(_))));

    // Numbers that cannot be.
    let mut infinite = bytes.clone();
    let end = infinite.len();
    infinite[end - 2..].copy_from_slice(&f64::INFINITY.to_le_bytes()[6..]);
    assert!(Model::from_bytes(&infinite).is_err());
}

#[test]
fn flipped_bits_never_panic() {
    let bytes = network_model(RATE_HZ, architectures()[0].clone()).to_bytes().unwrap();
    let mut state = 77;
    for _ in 0..200 {
        let mut broken = bytes.clone();
        let at = ((noise(&mut state) + 1.0) / 2.0 * broken.len() as f64) as usize % broken.len();
        broken[at] ^= 1 << (((noise(&mut state) + 1.0) * 4.0) as usize % 8);
        let _ = Model::from_bytes(&broken);
    }
}

/// Trials of two classes, in which the rhythm of one channel or of another is strong.
fn tape() -> Tape {
    let mut tape = Tape::new(info(RATE_HZ));
    let mut state = 21;
    for trial in 0..44_u64 {
        let class = (trial * 7 / 3 % 2) as usize;
        let begin = tape.len();
        tape.push_marker(Marker { index: begin, time_secs: 0.0, text: ["1", "2"][class].into() });
        let frames = (0..250_u64).flat_map(|t| {
            let rhythm = (std::f64::consts::TAU * 11.0 * (begin + t) as f64 / RATE_HZ).sin();
            let strong = 1 + 2 * class;
            let frame: Vec<f32> = (0..9)
                .map(|channel| {
                    let level = if channel == strong { 12.0 } else { 3.0 };
                    (level * rhythm + 3.0 * noise(&mut state)) as f32
                })
                .collect();
            frame
        });
        let frames: Vec<f32> = frames.collect();
        tape.push_samples(&frames);
    }
    tape
}

fn settings() -> TrainSettings {
    let network = NetworkSettings {
        training: TrainingSettings {
            epochs: Some(8),
            batch_size: 16,
            learning_rate: Some(0.01),
            seeds: vec![1, 2],
            threads: Some(2),
            ..TrainingSettings::default()
        },
        ..NetworkSettings::new(architectures()[1].clone())
    };
    TrainSettings {
        decoder: DecoderSettings::Network(Box::new(network)),
        folds: Some(motrace_decode::Folds::Chronological(2)),
        ..TrainSettings::default()
    }
}

#[test]
fn a_network_is_trained_validated_interrupted_and_gone_on_with() {
    let tape = tape();
    let preparation = motrace_engine::Preparation {
        input: InputStage::Standardised { factor: 0.004 },
        ..common::preparation(RATE_HZ)
    };
    let recordings = [(RecordingStamp { name: "made up".into(), sha256: String::new() }, &tape)];
    let trained = train(&recordings, &preparation, &settings(), &mut |_, _| ()).unwrap();
    let validation = trained.validation.as_ref().unwrap();
    assert!(validation.accuracy > 0.8, "{}", validation.accuracy);
    assert!(validation.chance.is_exceeded_by(validation.accuracy));
    let decoder = trained.model.decoder.network().unwrap();
    assert_eq!(decoder.training.as_ref().unwrap().reports.len(), 2, "two seeds");
    assert!(decoder.reference.is_some(), "log-powers need one");
    assert!(decoder.logit_gain > 0.0);
    assert_eq!(trained.model.about.trained_trials.iter().sum::<usize>(), trained.epochs.labels.len());
    same(&Model::from_bytes(&trained.model.to_bytes().unwrap()).unwrap(), &trained.model);

    // Interrupted twice: in the network that is kept, and in a fold.
    let mut checkpoints = TrainingCheckpoints::default();
    for stop_after in [5, 14] {
        let mut epochs = 0;
        let stopped = train_with(&recordings, &preparation, &settings(), &mut checkpoints, &mut |step| {
            epochs += usize::from(matches!(step, TrainStep::Epoch { .. }));
            if epochs == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(TrainingError::Interrupted)));
        checkpoints = TrainingCheckpoints::from_bytes(&checkpoints.to_bytes().unwrap()).unwrap();
    }
    assert_eq!(checkpoints.len(), 2);
    let resumed =
        train_with(&recordings, &preparation, &settings(), &mut checkpoints, &mut |_| ControlFlow::Continue(()));
    let resumed = resumed.unwrap();
    same(&resumed.model, &trained.model);
    assert_eq!(resumed.validation, trained.validation);

    assert!(TrainingCheckpoints::from_bytes(b"not one").is_err());
    // What belongs to other trials is not gone on with.
    let other = motrace_engine::Preparation { window_secs: [0.4, 1.4], ..preparation };
    let refused = train_with(&recordings, &other, &settings(), &mut checkpoints, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TrainingError::Network(_))), "{refused:?}");
}

#[test]
fn what_networks_cannot_do_is_said() {
    let tape = tape();
    let recordings = [(RecordingStamp::default(), &tape)];
    let preparation = motrace_engine::Preparation {
        input: InputStage::Standardised { factor: 0.004 },
        ..common::preparation(RATE_HZ)
    };
    let choosing = TrainSettings { choose_band: true, ..settings() };
    let refused = train(&recordings, &preparation, &choosing, &mut |_, _| ());
    assert!(matches!(refused, Err(TrainingError::NothingToChoose)));
    let long = motrace_engine::Preparation { sliding_secs: 2.0, ..preparation.clone() };
    let refused = train(&recordings, &long, &settings(), &mut |_, _| ());
    assert!(matches!(refused, Err(TrainingError::Preparation(EngineError::TrialTooShort { .. }))));
    // CSP + LDA does not read what is standardised.
    let refused = train(&recordings, &preparation, &TrainSettings::default(), &mut |_, _| ());
    assert!(matches!(refused, Err(TrainingError::Preparation(EngineError::Input))));

    let model = network_model(RATE_HZ, architectures()[0].clone());
    let mut decider = Decider::new(&model, &info(RATE_HZ)).unwrap();
    let rates = motrace_engine::Adaptation { bias_rate: 0.1, covariance_rate: 0.0 };
    assert_eq!(decider.set_adaptation(Some(rates)), None, "networks do not adapt");
    assert!(!model.decoder.can_adapt());
    assert!(motrace_engine::hop_duration(&model).unwrap() > std::time::Duration::ZERO);
}
