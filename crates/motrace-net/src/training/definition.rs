//! What a pass computes in parts against the layers' plain definitions in f64, and how a seed ends that diverges.

use crate::training::pass::Pass;
use crate::training::stage::{Learning, Stage};
use crate::training::{Ended, Start, Trainer, TrainingSettings, Trials};
use crate::{Architecture, Batch, EegNet, Layer, Mlp, Mode, Network, ShallowConvNet, Shape, backward};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CLASS_WEIGHTS: [f64; 3] = [0.5, 1.0, 2.5];

fn networks() -> [Architecture; 3] {
    [
        // Dropout has its own test: nothing else would draw the same numbers.
        Architecture::EegNet(EegNet { dropout: 0.0, ..EegNet::default() }),
        Architecture::Shallow(ShallowConvNet { dropout: 0.0, ..ShallowConvNet::default() }),
        Architecture::Mlp(Mlp { hidden: vec![20, 7], dropout: 0.0 }),
    ]
}

/// Loss and gradients of a batch by the definitions; the running values move.
fn by_definition(network: &mut Network<f64>, windows: &Batch<f64>, labels: &[usize]) -> (f64, Vec<Vec<Vec<f64>>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (flow, caches) = network.trace(windows, &mut Mode::Learn(&mut rng));
    let outputs = &flow[flow.len() - 1];
    let total: f64 = labels.iter().map(|label| CLASS_WEIGHTS[*label]).sum();
    let (mut loss, mut gradient) = (0.0, outputs.clone());
    for ((z, g), label) in outputs.each().zip(gradient.each_mut()).zip(labels) {
        let share = CLASS_WEIGHTS[*label] / total;
        let sum: f64 = z.iter().map(|z| z.exp()).sum();
        loss += share * (sum.ln() - z[*label]);
        for (class, (g, z)) in g.iter_mut().zip(z).enumerate() {
            *g = share * (z.exp() / sum - f64::from(class == *label));
        }
    }
    let mut gradients = Vec::new();
    for (place, layer) in network.layers().iter().enumerate().rev() {
        let (back, own) = backward(layer, &flow[place], &flow[place + 1], &caches[place], &gradient);
        gradients.push(own);
        gradient = back;
    }
    gradients.reverse();
    (loss, gradients)
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn close(told: &[f32], wanted: &[f64], scale: f64, what: &str) {
    assert_eq!(told.len(), wanted.len(), "{what}");
    // Relative to the whole of a parameter, as single values can be differences of much larger ones; and some parameters
    // change nothing at all, as a shift before a second batch norm.
    let size = norm(wanted);
    let error = told.iter().zip(wanted).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum::<f64>().sqrt();
    assert!(error <= 1e-5 * size + 1e-6 * scale, "{what}: off by {error:e} of {size:e}");
}

fn random_network(architecture: &Architecture, samples: usize, rng: &mut ChaCha8Rng) -> Network<f32> {
    let mut network: Network<f32> = architecture.network(4, samples, 250.0, 3, 7).expect("a network");
    for layer in network.layers_mut() {
        // Biases, gains and offsets as they are after some steps.
        let names: Vec<&str> = layer.parameters().iter().map(|(name, _)| *name).collect();
        for (name, values) in names.into_iter().zip(layer.parameters_mut()) {
            if !name.ends_with("weights") {
                values.iter_mut().for_each(|value| *value += rng.random_range(-0.3..0.3));
            }
        }
    }
    network
}

#[test]
fn a_pass_computes_what_the_definitions_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for architecture in networks() {
        // A whole part, an incomplete one, and more windows than one part.
        for (count, samples) in [(4, 200), (3, 201), (10, 230)] {
            let network = random_network(&architecture, samples, &mut rng);
            let shape = Shape::window(4, samples);
            // With an offset, as windows have that were cut from slow drifts.
            let values = (0..shape.len() * count).map(|_| rng.random_range(-1.0..1.3)).collect();
            let windows = Batch::<f32> { shape, values };
            let labels: Vec<usize> = (0..count).map(|n| (n * 7 / 3) % 3).collect();

            let mut exact: Network<f64> = network.converted().expect("converted");
            let windows_f64 = Batch { shape, values: windows.values.iter().map(|x| f64::from(*x)).collect() };
            let (loss, wanted) = by_definition(&mut exact, &windows_f64, &labels);

            let mut learnt = network.clone();
            let mut pass = Pass::new(&network, 2);
            pass.fill(&labels, 0, |n, window| {
                window.copy_from_slice(&windows.values[n * shape.len()..][..shape.len()])
            });
            let tally = pass.learn(&mut learnt, &CLASS_WEIGHTS, Learning { seed: 1, epoch: 0 });
            let name = architecture.title();
            assert!((tally.score().loss - loss).abs() < 1e-5 * loss, "{name}: {} {loss}", tally.score().loss);
            let largest = wanted.iter().flatten().map(|part| norm(part)).fold(0.0, f64::max);
            for (place, (told, wanted)) in pass.gradients.iter().zip(&wanted).enumerate() {
                assert_eq!(told.len(), wanted.len(), "{name}, layer {place}");
                for (part, (told, wanted)) in told.iter().zip(wanted).enumerate() {
                    close(told, wanted, largest, &format!("{name}, layer {}, parameter {}", place + 1, part + 1));
                }
            }
            for (told, wanted) in learnt.layers().iter().zip(exact.layers()) {
                if let (Layer::BatchNorm(told), Layer::BatchNorm(wanted)) = (told, wanted) {
                    close(&told.mean, &wanted.mean, 1.0, "running mean");
                    close(&told.variance, &wanted.variance, 1.0, "running variance");
                }
            }

            let decided = learnt.outputs(&windows);
            let mut outputs = Vec::new();
            pass.decide(&learnt, |z| outputs.extend_from_slice(z));
            let wanted: Vec<f64> = decided.values.iter().map(|z| f64::from(*z)).collect();
            close(&outputs, &wanted, 0.0, &name);
        }
    }
}

#[test]
fn the_first_layers_are_computed_as_one() {
    let first = |architecture: &Architecture| {
        let network: Network<f32> = architecture.network(4, 200, 250.0, 3, 7).expect("a network");
        let stages = Stage::of(network.layers(), &network.shapes());
        assert!(!stages.iter().any(|stage| matches!(stage, Stage::Plain { .. })), "{stages:?}");
        stages[0]
    };
    let [eegnet, shallow, _] = networks();
    assert_eq!((first(&eegnet), first(&shallow)), (Stage::Reordered, Stage::Fused));
}

#[test]
fn dropout_keeps_the_mean_and_goes_back_through_the_same_values() {
    let architecture = Architecture::Mlp(Mlp { hidden: vec![400], dropout: 0.3 });
    let mut network: Network<f32> = architecture.network(2, 10, 250.0, 2, 1).expect("a network");
    let mut pass = Pass::new(&network, 1);
    let labels = [0, 1, 1, 0, 1];
    let fill = |pass: &mut Pass| pass.fill(&labels, 3, |n, window| window.fill(0.1 + 0.01 * n as f32));
    fill(&mut pass);
    let first = pass.learn(&mut network, &[1.0, 1.0], Learning { seed: 1, epoch: 0 });
    // A hidden value that was dropped in all windows has no gradient; 0.3⁵ of 400 would be one.
    let lost = pass.gradients[0][1].iter().filter(|g| **g == 0.0).count();
    assert!(lost < 10, "{lost}");
    let gradients = pass.gradients.clone();
    fill(&mut pass);
    assert_eq!(pass.learn(&mut network, &[1.0, 1.0], Learning { seed: 1, epoch: 0 }), first);
    assert_eq!(pass.gradients, gradients);
    fill(&mut pass);
    pass.learn(&mut network, &[1.0, 1.0], Learning { seed: 1, epoch: 1 });
    assert_ne!(pass.gradients, gradients);
}

#[test]
fn a_seed_that_diverges_keeps_its_last_good_weights() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let shape = Shape::window(3, 90);
    let windows = Batch { shape, values: (0..shape.len() * 30).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let labels = (0..30).map(|n| n % 2).collect();
    let trials = Trials { windows, labels, classes: 2, rate_hz: 100.0, margin_samples: 0 };
    let settings = TrainingSettings { epochs: Some(4), seeds: vec![1, 2], ..TrainingSettings::default() };
    let architecture = Architecture::Shallow(ShallowConvNet::default());
    let mut trainer = Trainer::new(&architecture, &trials, &settings, Start::Drawn).expect("a trainer");
    trainer.advance().expect("an epoch");
    let good = trainer.state.best.clone().expect("weights").network;
    trainer.state.network.layers_mut()[1].parameters_mut()[0][0] = f32::NAN;
    let progress = trainer.advance().expect("an epoch").expect("an epoch");
    assert_eq!((progress.epoch, progress.ended, progress.best_epoch), (2, Some(Ended::Diverged), 1));
    assert!(Ended::Diverged.in_words(1).contains("the weights of epoch 1 count"));
    // The next seed begins all the same, and diverges before it has any.
    assert_eq!((trainer.state.seed, trainer.state.epoch), (1, 0));
    trainer.state.network.layers_mut()[1].parameters_mut()[0][0] = f32::NAN;
    trainer.advance().expect("an epoch");
    assert_eq!(trainer.advance().expect("no epoch"), None);
    let trained = trainer.finish().expect("the first seed's weights");
    assert_eq!(trained.network, good);
    assert_eq!((trained.seed, trained.reports[1].best_epoch), (1, 0));
}

#[test]
fn weights_that_overflow_when_they_are_merged_are_not_kept() {
    let shape = Shape::window(3, 90);
    let windows = Batch { shape, values: (0..shape.len() * 20).map(|n| (n as f32).sin()).collect() };
    let labels = (0..20).map(|n| n % 2).collect();
    let trials = Trials { windows, labels, classes: 2, rate_hz: 100.0, margin_samples: 0 };
    let settings =
        TrainingSettings { epochs: Some(3), seeds: vec![1], validation_share: 0.0, ..TrainingSettings::default() };
    let architecture = Architecture::EegNet(EegNet::default());
    let mut network: Network<f32> = architecture.network(3, 90, 100.0, 2, 1).expect("a network");
    assert!(network.merged_is_finite().is_ok());
    // Each weight is finite; a temporal one times a spatial one is not, as f32.
    for place in [0, 2] {
        network.layers_mut()[place].parameters_mut().into_iter().flatten().for_each(|w| *w = 1e30);
    }
    network.check().expect("finite");
    assert!(matches!(network.merged_is_finite(), Err(crate::NetError::NotFinite { .. })));
    assert!(network.merged().is_err());

    let mut trainer = Trainer::new(&architecture, &trials, &settings, Start::Drawn).expect("a trainer");
    trainer.state.network.layers_mut()[3].parameters_mut()[0].iter_mut().for_each(|gain| *gain = f32::MAX);
    while let Some(progress) = trainer.advance().expect("an epoch") {
        assert!(progress.ended.is_none_or(|ended| ended == Ended::Diverged), "{progress:?}");
    }
    let error = trainer.finish().expect_err("nothing to keep").to_string();
    assert!(error.contains("nothing is saved") && !error.contains("below"), "{error}");
}
