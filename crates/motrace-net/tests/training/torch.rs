//! Some steps of training against PyTorch; `tests/scripts/net_training_fixtures.py` made the numbers.

use motrace_net::training::{Schedule, Start, Trainer, TrainingSettings, Trials};
use motrace_net::{Architecture, Batch, EegNet, Layer, Network, ShallowConvNet, Shape};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Fixture {
    windows: Vec<f32>,
    labels: Vec<usize>,
    channels: usize,
    samples: usize,
    eegnet: Steps,
    shallow: Steps,
}

#[derive(Deserialize)]
struct Steps {
    before: BTreeMap<usize, Vec<Vec<f64>>>,
    after: BTreeMap<usize, Vec<Vec<f64>>>,
    losses: Vec<f64>,
    running: Vec<[Vec<f64>; 2]>,
}

fn fixture() -> Fixture {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/motrace-net/training.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture")).expect("its numbers")
}

fn close(told: &[f32], wanted: &[f64], what: &str) {
    assert_eq!(told.len(), wanted.len(), "{what}");
    for (told, wanted) in told.iter().zip(wanted) {
        assert!((f64::from(*told) - wanted).abs() <= 2e-5 * (1.0 + wanted.abs()), "{what}: {told} against {wanted}");
    }
}

/// `unsettled` is a shift before a batch norm: it changes nothing, its gradient is rounding errors, and AdamW makes whole
/// steps of those. So it is not compared.
fn check(architecture: &Architecture, steps: &Steps, fixture: &Fixture, unsettled: (usize, usize)) {
    let (channels, samples) = (fixture.channels, fixture.samples);
    let mut start: Network<f32> = architecture.network(channels, samples, 250.0, 3, 1).expect("a network");
    for (layer, parts) in &steps.before {
        for (to, from) in start.layers_mut()[*layer].parameters_mut().into_iter().zip(parts) {
            assert_eq!(to.len(), from.len(), "layer {layer}");
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from as f32);
        }
    }
    let trials = Trials {
        windows: Batch { shape: Shape::window(channels, samples), values: fixture.windows.clone() },
        labels: fixture.labels.clone(),
        classes: 3,
        rate_hz: 250.0,
        margin_samples: 0,
    };
    let settings = TrainingSettings {
        epochs: Some(steps.losses.len()),
        learning_rate: Some(0.01),
        weight_decay: Some(0.1),
        schedule: Schedule::Constant,
        validation_share: 0.0,
        seeds: vec![1],
        threads: Some(2),
        ..TrainingSettings::default()
    };
    let mut trainer = Trainer::new(architecture, &trials, &settings, Start::From(&start)).expect("a trainer");
    for loss in &steps.losses {
        let told = trainer.advance().expect("an epoch").expect("an epoch").training.loss;
        assert!((told - loss).abs() <= 1e-5 * loss, "{}: {told} against {loss}", architecture.title());
    }
    let network = trainer.finish().expect("trained").network;
    for (layer, parts) in &steps.after {
        for (part, ((name, told), wanted)) in network.layers()[*layer].parameters().into_iter().zip(parts).enumerate() {
            if (*layer, part) != unsettled {
                close(told, wanted, &format!("{}, layer {}, {name}", architecture.title(), layer + 1));
            }
        }
    }
    let norms = network.layers().iter().filter_map(|layer| match layer {
        Layer::BatchNorm(norm) => Some(norm),
        _ => None,
    });
    for (place, (norm, [mean, variance])) in norms.zip(&steps.running).enumerate() {
        // The shift that is not compared is in the mean of the norm that follows it.
        let follows = if architecture.name() == "eegnet" { 1 } else { 0 };
        if place != follows {
            close(&norm.mean, mean, &format!("running mean {place}"));
        }
        close(&norm.variance, variance, &format!("running variance {place}"));
    }
}

#[test]
fn steps_are_those_of_pytorch() {
    let fixture = fixture();
    let eegnet = Architecture::EegNet(EegNet {
        temporal_filters: 2,
        temporal_samples: Some(9),
        separable_samples: 4,
        second_pool_samples: 4,
        dropout: 0.0,
        ..EegNet::default()
    });
    check(&eegnet, &fixture.eegnet, &fixture, (1, 1));
    let shallow = Architecture::Shallow(ShallowConvNet {
        filters: 4,
        temporal_samples: Some(7),
        pool_samples: Some(20),
        pool_stride_samples: Some(8),
        dropout: 0.0,
    });
    check(&shallow, &fixture.shallow, &fixture, (0, 1));
}
