//! All checks of the explanations of networks, on simulated people:
//!
//! ```text
//! cargo run --release -p motrace-explain --example network_checks [eegnet] [shallow] [mlp] [SEED]…
//! ```
//!
//! Without names it is all three networks, without seeds 1 to 5.
//!
//! Networks are trained on one recording of a simulated person, 400 trials of either hand, and explained on another, 300 trials
//! of either. It takes minutes for each seed; the tests do a small part of it. The perceptron reads envelopes, whose single trials
//! are far noisier: with 300 trials of either hand the means of the classes still hold a sixth of noise in time, so it is explained
//! on 2400.
//!
//! The truth is where the rhythms of the two hand areas are, on the channels with 90 % of the power that they project (five
//! channels each, ten of 22), and when they are weakened (1.3 of 2 s). A map without knowledge has 0.295 of its mass there. The
//! share on the two strongest channels of each alone stands beside it.
#![allow(clippy::unwrap_used, reason = "it is a measurement that ends where something fails")]

#[path = "../tests/support/simulated.rs"]
mod simulated;
#[path = "../tests/support/trained.rs"]
mod trained;

use motrace_explain::checks::randomised_layers;
use motrace_explain::network::Composite;
use motrace_net::training::TrainingSettings;
use motrace_net::{Architecture, EegNet, Mlp, ShallowConvNet};
use motrace_sim::Imagery;
use ndarray::Array2;
use simulated::{Simulated, simulate, simulate_envelopes};
use std::time::Instant;
use trained::{Agreement, Trained, Windows, standardise, trained};

const CLASSES: [Imagery; 2] = [Imagery::LeftHand, Imagery::RightHand];
const TRAINING_TRIALS: usize = 400;
const TEST_TRIALS: usize = 300;
const ENVELOPE_TEST_TRIALS: usize = 2400;
const NETWORKS: [&str; 3] = ["eegnet", "shallow", "mlp"];
/// Random orders of flipping.
const ORDERS: u64 = 20;
/// Windows that are flipped and integrated over.
const FEW: usize = 80;
/// The share of an area's projected power that counts as its field.
const FIELD_SHARE: f64 = 0.9;

fn main() {
    let (mut seeds, mut names): (Vec<u64>, Vec<String>) = (Vec::new(), Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(seed) => seeds.push(seed),
            Err(_) if NETWORKS.contains(&argument.as_str()) => names.push(argument),
            Err(_) => {
                eprintln!("`{argument}` is neither a seed nor one of {}", NETWORKS.join(", "));
                std::process::exit(2);
            }
        }
    }
    let seeds = if seeds.is_empty() { (1..=5).collect() } else { seeds };
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    for seed in seeds {
        println!("\nseed {seed}");
        if is_wanted("shallow") || is_wanted("eegnet") {
            let (training, test) =
                (simulate(seed, CLASSES, TRAINING_TRIALS, 1.0), simulate(100 + seed, CLASSES, TEST_TRIALS, 1.0));
            if is_wanted("shallow") {
                // All that there is to learn is learnt in fewer epochs than it takes by itself.
                check(&Architecture::Shallow(ShallowConvNet::default()), Some(60), seed, &training, &test);
            }
            if is_wanted("eegnet") {
                check(&Architecture::EegNet(EegNet::default()), None, seed, &training, &test);
            }
        }
        if is_wanted("mlp") {
            let mut training = simulate_envelopes(seed, CLASSES, TRAINING_TRIALS, 1.0);
            let mut test = simulate_envelopes(100 + seed, CLASSES, ENVELOPE_TEST_TRIALS, 1.0);
            standardise(&mut training, &mut test);
            check(&Architecture::Mlp(Mlp::default()), None, seed, &training, &test);
        }
    }
}

fn check(architecture: &Architecture, epochs: Option<usize>, seed: u64, training: &Simulated, test: &Simulated) {
    let windows = Windows::new(training, None);
    let unseen = Windows::new(test, Some(windows.scale));
    let few = unseen.first(FEW);
    let begun = Instant::now();
    let settings = TrainingSettings { epochs, seeds: vec![seed], ..TrainingSettings::default() };
    let model = trained(architecture, &windows, settings);
    let (accuracy, took_secs) = (model.accuracy(&unseen), begun.elapsed().as_secs_f64());
    println!("{}: accuracy {accuracy:.3} ({took_secs:.0} s)", architecture.title());

    for name in Composite::NAMES {
        // Its rules are for layers that a ShallowConvNet has not.
        if name != "epsilon" && matches!(architecture, Architecture::Shallow(_)) {
            continue;
        }
        let told = model.maps(&Composite::named(name).unwrap(), &unseen);
        let gain = model.gain(&told.maps[..FEW], &few);
        print!("  {name}: ΣR/f {:.3}, leak {:.0e}, gain {gain:.2}", told.kept, told.leak);
        print_masses(&model, &told.maps, &unseen, test);
    }
    let baselines = [
        ("gradient × input", model.gradient_times_input(&few)),
        ("Integrated Gradients", model.integrated_gradients(&few, 16)),
    ];
    for (name, maps) in baselines {
        print!("  {name}: gain {:.2}", model.gain(&maps, &few));
        print_masses(&model, &maps, &few, test);
    }
    let [gain, error] = model.random_gain(&few, ORDERS);
    println!("  random: gain {gain:.2} ± {error:.2} (mean of {ORDERS} orders and its standard error)");

    let all = randomised_layers(&model.network, usize::MAX, 0).layers().len();
    for (layers, models) in [(1, 40), (all, 10)] {
        let some = unseen.first(20);
        let Agreement { absolute, signed, by_geometry } =
            model.randomised(layers, &Composite::default(), &windows.first(60), &some, models);
        println!(
            "  last {layers} layer(s) random: |ρ| {absolute:.3} (two random ones {by_geometry:.3}), ρ {signed:.3}"
        );
    }
}

fn print_masses(model: &Trained, maps: &[Array2<f64>], windows: &Windows, test: &Simulated) {
    let field = test.truth.discriminating_field(CLASSES[0], CLASSES[1], FIELD_SHARE);
    let strongest = test.truth.discriminating_channels(CLASSES[0], CLASSES[1], 2);
    let [(field, of_times), (strongest, _)] = [field, strongest].map(|named| {
        let channels: Vec<bool> = (0..test.epochs.channels()).map(|channel| named.contains(&channel)).collect();
        let [mass, of_times] = model.least_masses(maps, &windows.labels, &channels, &test.times);
        (format!("{mass:.3} (chance {:.3})", model.chance(&channels, &test.times)), of_times)
    });
    println!(", mass {field}, strongest channels {strongest}, time {of_times:.3}");
}
