//! All checks of the explanations of networks, on simulated people: `cargo run --release --example network_checks [seeds]`.
//!
//! Networks are trained on one recording of a simulated person and explained on another. It takes minutes; the tests do a small
//! part of it.
#![allow(clippy::unwrap_used, reason = "it is a measurement that ends where something fails")]

#[path = "../tests/support/simulated.rs"]
mod simulated;
#[path = "../tests/support/trained.rs"]
mod trained;

use motrace_explain::checks::{randomised_layers, relevance_mass};
use motrace_explain::network::Composite;
use motrace_net::{Architecture, EegNet, ShallowConvNet};
use motrace_sim::Imagery;
use ndarray::Array2;
use simulated::simulate;
use std::time::Instant;
use trained::{Windows, masses, trained};

const CLASSES: [Imagery; 2] = [Imagery::BothHands, Imagery::Feet];

fn main() {
    let seeds: Vec<u64> = std::env::args().skip(1).filter_map(|seed| seed.parse().ok()).collect();
    let seeds = if seeds.is_empty() { (1..=5).collect() } else { seeds };
    for seed in seeds {
        let (training, test) = (simulate(seed, CLASSES, 100, 1.0), simulate(100 + seed, CLASSES, 100, 1.0));
        let windows = Windows::new(&training, None);
        let unseen = Windows::new(&test, Some(windows.scale));
        let few = unseen.first(80);
        let named = test.truth.discriminating_channels(CLASSES[0], CLASSES[1], 2);
        let channels: Vec<bool> = (0..test.epochs.channels()).map(|c| named.contains(&c)).collect();
        let chance = relevance_mass(Array2::ones((channels.len(), test.times.len())).view(), &channels, &test.times);
        println!("\nseed {seed}: {} channels discriminate, chance mass {chance:.3}", named.len());
        for (architecture, epochs) in
            [(Architecture::Shallow(ShallowConvNet::default()), 60), (Architecture::EegNet(EegNet::default()), 100)]
        {
            let begun = Instant::now();
            let model = trained(&architecture, &windows, epochs, seed);
            println!(
                "{}: accuracy {:.3} ({:.0} s)",
                architecture.title(),
                model.accuracy(&unseen),
                begun.elapsed().as_secs_f64()
            );
            for name in Composite::NAMES {
                let composite = Composite::named(name).unwrap();
                // Its rules are for layers that a ShallowConvNet has not.
                if name != "epsilon" && matches!(architecture, Architecture::Shallow(_)) {
                    continue;
                }
                let (maps, leak, apart) = model.maps(&composite, &unseen);
                let [first, second] = masses(&maps, &unseen.labels, &channels, &test.times);
                println!(
                    "  {name}: gain {:.2}, mass {:.3} {:.3}, time mass {:.3} {:.3}, leak {leak:.1e}, |ΣR/f − 1| {apart:.1e}",
                    model.gain(&maps[..80], &few),
                    first[0],
                    second[0],
                    first[1],
                    second[1],
                );
            }
            let baselines = [
                ("gradient × input", model.gradient_times_input(&unseen)),
                ("Integrated Gradients", model.integrated_gradients(&few, 16)),
            ];
            for (name, maps) in baselines {
                let [first, second] = masses(&maps, &unseen.labels[..maps.len()], &channels, &test.times);
                println!(
                    "  {name}: gain {:.2}, mass {:.3} {:.3}, time mass {:.3} {:.3}",
                    model.gain(&maps[..80], &few),
                    first[0],
                    second[0],
                    first[1],
                    second[1]
                );
            }
            println!("  random: gain {:.2}", model.random_gain(&few, 4));
            let composite = Composite::default();
            let all = randomised_layers(&model.network, usize::MAX, 0).layers().len();
            for layers in [1, 2, all] {
                let (absolute, signed) =
                    model.randomised(layers, &composite, &windows.first(60), &unseen.first(10), 10);
                println!("  last {layers} random: |ρ| {absolute:.3}, ρ {signed:.3}");
            }
        }
    }
}
