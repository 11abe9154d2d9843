//! Four classes through the engine: decisions and relevances as the plain definition has them, and as a function of the stream;
//! model files; training; and what cannot be, refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{
    Between, MemorySource, architectures, gap, info, marker, network_model, network_model_of, noise,
    preparation_of_four, replay, samples,
};
use motrace_core::{MAX_CLASSES, Marker};
use motrace_engine::{
    ClassSpec, Decider, Decoder, DecoderSettings, Engine, EngineError, Event, Explain, InputStage, Model,
    ModelFileError, NetworkSettings, Outcome, Preparation, PreparationError, RecordingStamp, Score, Tape, Tracer,
    TrainSettings, TrainingError, run_replay, train,
};
use motrace_net::Batch;
use motrace_net::training::TrainingSettings;

const RATE_HZ: f64 = 125.0;
/// Of EEGNet, ShallowConvNet, the perceptron and CSP + LDA.
const EARLIER_DIGESTS: [&str; 4] = [
    "1c3320e5e531c7804bb868b452ade1de489201e1326c09650c617452a7cf2917",
    "3134b94f9883ac39267cfd9123746cc355aa4b85cc5f662063eeb97b6493e38a",
    "7eae21d24ff4fd2be7cdef900425e0e0ca46b75dad2bce8242151f4d4f4e89e6",
    "6204ca052bc6c4db1be7c66926f9ca025965829d2d7f3f64facd3287fed89f7b",
];

fn models() -> [Model; 3] {
    architectures().map(|architecture| network_model_of(preparation_of_four(RATE_HZ), architecture))
}

#[test]
fn chunks_do_not_matter() {
    let mut data = samples(9, 1500, 4);
    data[700 * 9 + 3] = f32::NAN;
    let between: Vec<(u64, Between)> =
        vec![(200, marker(200, "3")), (640, gap(640)), (900, marker(820, "4")), (1300, marker(1300, "1"))];
    for model in models() {
        for first in [0, 130] {
            let mut whole = MemorySource::new(info(RATE_HZ), data.clone(), between.clone(), vec![usize::MAX >> 1]);
            let expected = replay(&model, &mut whole, Explain::All, first);
            assert!(expected.0.iter().filter(|trace| trace.trial > 0).count() >= 2);
            let mut source = MemorySource::new(info(RATE_HZ), data.clone(), between.clone(), vec![7, 64, 3]);
            assert_eq!(replay(&model, &mut source, Explain::All, first), expected, "{}", model.decoder.title());
        }
    }
}

/// The mean over the network's windows of what the plain definition of its layers gives for each class.
fn mean_outputs(model: &Model, window: &ndarray::Array2<f64>) -> Vec<f64> {
    let merged = model.decoder.network().unwrap().network.merged().unwrap();
    let length = model.preparation.sliding_samples();
    let starts: Vec<usize> = (0..=window.ncols() - length).step_by(20).collect();
    let mut mean = vec![0.0; 4];
    for start in &starts {
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
        mean.iter_mut().zip(outputs).for_each(|(mean, z)| *mean += f64::from(z) / starts.len() as f64);
    }
    mean
}

/// The class is that of the largest output, the value its log-odds, the probabilities softmax; and relevance and ledger make up
/// the value, also of trials, which are decided by the mean of several windows.
#[test]
fn decisions_are_those_of_the_plain_definition_and_are_explained() {
    let mut classes = [0_usize; 4];
    for model in models() {
        let mut decider = Decider::new(&model, &info(RATE_HZ)).unwrap();
        let mut tracer = Tracer::new(&model, &info(RATE_HZ)).unwrap();
        let mut decisions = Vec::new();
        let mut on = |outcome: Outcome| decisions.extend(outcome.decision().copied());
        decider.marker(&Marker { index: 300, time_secs: 0.0, text: "4".into() }, &mut on);
        let data = samples(9, 600, 9);
        decider.push(&data, &mut on);
        tracer.push(&data);
        assert!(decisions.iter().any(|d| d.end - d.start == 125), "a trial");
        for decision in decisions {
            let window = tracer.window(&decision).unwrap().clone();
            let z = mean_outputs(&model, &window);
            let class = (1..4).fold(0, |best, class| if z[class] > z[best] { class } else { best });
            let others: f64 = (0..4).filter(|other| *other != class).map(|other| z[other].exp()).sum();
            let eta = z[class] - others.ln();
            assert!((decision.value - eta).abs() < 1e-5, "{} against {eta}", decision.value);
            let all: f64 = z.iter().map(|z| (1.5 * z).exp()).sum();
            assert_eq!(decision.probabilities.classes(), 4);
            for (p, z) in decision.probabilities.all().iter().zip(&z) {
                assert!((p - (1.5 * z).exp() / all).abs() < 1e-5);
            }
            // Where two outputs are all but equal, rounding may choose the other one.
            let ahead =
                (0..4).filter(|other| *other != class).map(|other| z[class] - z[other]).fold(f64::MAX, f64::min);
            if ahead > 1e-4 {
                assert_eq!((decision.class(), decision.favoured_class()), (class, class));
            }
            classes[decision.class()] += 1;

            let relevance = tracer.trace(&decision).unwrap().relevance;
            assert_eq!(relevance.class, decision.class());
            let ledger = &relevance.ledger;
            let scale = 1e-4 * eta.abs().max(1.0);
            assert!((ledger.value - decision.value).abs() < scale, "{ledger:?}");
            assert!(ledger.conservation_error() < scale, "{ledger:?}");
            assert!((relevance.input.sum() + ledger.kept_by_layers() - decision.value).abs() < scale, "{ledger:?}");
            let target = ledger.layers.last().unwrap();
            assert_eq!(target.layer, "target");
            assert!((-3.0_f64.ln() - 1e-9..=0.0).contains(&target.unassigned), "the entropy of three: {target:?}");
        }
    }
    assert!(classes.iter().filter(|count| **count > 0).count() >= 3, "{classes:?}");
}

#[test]
fn a_file_gives_the_model_back_to_the_bit() {
    for mut model in models() {
        model.about.trained_trials = vec![10, 11, 12, 13];
        let bytes = model.to_bytes().unwrap();
        let back = Model::from_bytes(&bytes).unwrap();
        assert_eq!(back, model);
        assert_eq!(back.digest(), model.digest());
        let mut renamed = model.clone();
        renamed.preparation.classes[3].name = "nose".into();
        assert_ne!(renamed.digest(), model.digest());
        for cut in (0..bytes.len()).step_by(101) {
            assert!(Model::from_bytes(&bytes[..cut]).is_err(), "{cut}");
        }
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
        let changed = |from: &str, to: &str| {
            assert!(header.contains(from), "{from} in {header}");
            let header = header.replace(from, to);
            let mut changed = (header.len() as u64).to_le_bytes().to_vec();
            changed.extend(header.as_bytes());
            changed.extend(&bytes[8 + length..]);
            Model::from_bytes(&changed).unwrap_err()
        };
        let missing = changed("class_3_markers", "class_9_markers");
        assert!(matches!(missing, ModelFileError::MissingField("class_3_markers")), "{missing}");
        let one = changed(r#"[\"left\",\"right\",\"feet\",\"tongue\"]"#, r#"[\"left\"]"#);
        assert!(matches!(one, ModelFileError::Field { key: "class_names", .. }), "{one}");
        let trials = changed("10 11 12 13", "10 11 12");
        assert!(matches!(trials, ModelFileError::Field { key: "trained_trials", .. }), "{trials}");
        let three = changed(r#"[\"left\",\"right\",\"feet\",\"tongue\"]"#, r#"[\"left\",\"right\",\"feet\"]"#);
        assert!(matches!(three, ModelFileError::Field { .. } | ModelFileError::Tensor { .. }), "{three}");
    }
}

/// Models of two classes that were made before there could be more.
#[test]
fn digests_of_two_classes_are_what_they_were() {
    let digests: Vec<String> = architectures()
        .into_iter()
        .map(|a| network_model(RATE_HZ, a).digest())
        .chain([common::model(RATE_HZ).digest()])
        .collect();
    assert_eq!(digests, EARLIER_DIGESTS);
}

#[test]
fn impossible_classes_are_refused() {
    let model = models()[0].clone();
    let check = |change: &dyn Fn(&mut Preparation)| {
        let mut preparation = model.preparation.clone();
        change(&mut preparation);
        preparation.check()
    };
    assert_eq!(check(&|_| ()), Ok(()));
    let of = |change: &dyn Fn(&mut Vec<ClassSpec>)| match check(&|p| change(&mut p.classes)) {
        Err(PreparationError::Classes(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(of(&|c| c.truncate(1)).contains("2 to 8"));
    assert!(of(&|c| c.clear()).contains("0 classes"));
    let many = |c: &mut Vec<ClassSpec>| {
        *c = (0..=MAX_CLASSES).map(|n| ClassSpec::new(n.to_string(), [n.to_string()])).collect()
    };
    assert!(of(&many).contains("9 classes"));
    assert!(of(&|c| c[3].name = "right".into()).contains("two classes are called \"right\""));
    assert!(of(&|c| c[2].markers = vec!["2.0".into()]).contains("the cue of two classes"));
    assert!(of(&|c| c[1].markers.clear()).contains("no marker"));
    assert!(of(&|c| c[0].name = " ".into()).contains("no name"));

    // A decoder is for its own number of classes.
    let mut fewer = model.clone();
    fewer.preparation.classes.truncate(3);
    let refused = Decider::new(&fewer, &info(RATE_HZ));
    assert!(matches!(refused, Err(EngineError::Classes { classes: 3, decoder: 4, .. })));
    let mut csp = common::model(RATE_HZ);
    csp.preparation.classes = preparation_of_four(RATE_HZ).classes;
    let refused = csp.to_bytes().unwrap_err().to_string();
    assert!(refused.contains("CSP + LDA tells 2 classes apart, and 4 are named"), "{refused}");
}

/// Trials of four classes, in each of which the rhythm of another channel is strong.
fn tape(classes: &[u64]) -> Tape {
    let mut tape = Tape::new(info(RATE_HZ));
    let mut state = 21;
    for &class in classes {
        let begin = tape.len();
        tape.push_marker(Marker { index: begin, time_secs: 0.0, text: (class + 1).to_string() });
        let frames: Vec<f32> = (0..250_u64)
            .flat_map(|t| {
                let rhythm = (std::f64::consts::TAU * 11.0 * (begin + t) as f64 / RATE_HZ).sin();
                let levels = (0..9_u64).map(|channel| if channel == 1 + 2 * class { 12.0 } else { 3.0 });
                levels.map(|level| (level * rhythm + 3.0 * noise(&mut state)) as f32).collect::<Vec<f32>>()
            })
            .collect();
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
fn a_network_learns_four_classes_and_decodes_them() {
    let order: Vec<u64> = (0..64).map(|trial| (trial * 7 / 3 + trial / 16) % 4).collect();
    let tape = tape(&order);
    let preparation = Preparation { input: InputStage::Standardised { factor: 0.004 }, ..preparation_of_four(RATE_HZ) };
    let recordings = [(RecordingStamp { name: "made up".into(), sha256: String::new() }, &tape)];
    let trained = train(&recordings, &preparation, &settings(), &mut |_, _| ()).unwrap();
    let validation = trained.validation.as_ref().unwrap();
    assert!(validation.accuracy > 0.6, "{}", validation.accuracy);
    assert!(validation.chance.level < 0.35 && validation.chance.is_exceeded_by(validation.accuracy));
    assert_eq!((validation.auc, validation.confusion.classes()), (None, 4));
    let right = validation.predictions.iter().filter(|p| p.truth == p.predicted).count();
    assert_eq!(validation.confusion.correct(), right);
    assert!(trained.model.decoder.logit_gain() > 0.0);
    assert_eq!(trained.model.about.trained_trials.len(), 4);
    assert_eq!(trained.model.about.trained_trials.iter().sum::<usize>(), trained.epochs.labels.len());
    assert_eq!(Model::from_bytes(&trained.model.to_bytes().unwrap()).unwrap(), trained.model);

    let mut engine = Engine::new(&trained.model, tape.info(), Explain::Trials).unwrap();
    let mut score = Score::new();
    let stream = run_replay(&mut tape.play(500), &mut engine, &mut |event: Event<'_>| score.count(&event)).unwrap();
    let names = trained.model.preparation.class_names();
    let summary = score.summary(stream, &names, RATE_HZ);
    assert_eq!(summary.classes, names);
    assert_eq!((summary.confusion.len(), summary.confusion[0].len()), (4, 4));
    assert!(summary.accuracy.unwrap() > 0.6 && summary.better_than_chance.unwrap());
    assert!(summary.conservation_error.unwrap() < 1e-3);
    assert!(summary.kappa.unwrap() > 0.4);

    // What cannot be learnt.
    let refused = train(&recordings, &preparation_of_four(RATE_HZ), &TrainSettings::default(), &mut |_, _| ());
    let refused = refused.unwrap_err();
    assert!(matches!(&refused, TrainingError::Decoder(motrace_decode::TrainError::TwoClassesOnly { classes: 4 })));
    assert!(refused.to_string().contains("train a network"), "{refused}");
    let three: Vec<u64> = order.iter().map(|class| class % 3).collect();
    let three = self::tape(&three);
    let refused = train(&[(RecordingStamp::default(), &three)], &preparation, &settings(), &mut |_, _| ()).unwrap_err();
    assert!(refused.to_string().contains("trials is of class tongue"), "{refused}");
}

#[test]
fn adapting_is_for_two_classes() {
    let [model, ..] = models();
    let mut decider = Decider::new(&model, &info(RATE_HZ)).unwrap();
    let rates = motrace_engine::Adaptation { bias_rate: 0.1, covariance_rate: 0.0 };
    assert_eq!(decider.set_adaptation(Some(rates)), None);
    assert!(!model.decoder.can_adapt());
    assert!(matches!(model.decoder, Decoder::Network(_)) && model.decoder.classes() == 4);
}
