//! What the explanation of a small network finds in a simulated brain whose truth is known.
//!
//! `examples/network_checks.rs` does this, and more, with whole networks and several seeds; it takes minutes. Here the limits are
//! far from what is found, because a network this small that is trained this briefly is no good one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/simulated.rs"]
mod simulated;
#[path = "support/trained.rs"]
mod trained;

use motrace_explain::network::Composite;
use motrace_net::training::TrainingSettings;
use motrace_net::{Architecture, ShallowConvNet};
use motrace_sim::Imagery;
use simulated::simulate;
use trained::{Windows, trained};

const CLASSES: [Imagery; 2] = [Imagery::LeftHand, Imagery::RightHand];

#[test]
fn a_networks_relevance_lies_where_the_truth_is_and_matters() {
    let (training, test) = (simulate(21, CLASSES, 60, 1.5), simulate(121, CLASSES, 60, 1.5));
    let windows = Windows::new(&training, None);
    let unseen = Windows::new(&test, Some(windows.scale));
    let architecture = Architecture::Shallow(ShallowConvNet { filters: 4, dropout: 0.25, ..ShallowConvNet::default() });
    let settings = TrainingSettings {
        epochs: Some(30),
        batch_size: 16,
        learning_rate: Some(4e-3),
        seeds: vec![1],
        ..TrainingSettings::default()
    };
    let model = trained(&architecture, &windows, settings);
    let accuracy = model.accuracy(&unseen);
    assert!(accuracy > 0.75, "the network has to have found something: {accuracy}");

    let told = model.maps(&Composite::default(), &unseen);
    assert!(told.leak < 1e-4 && (told.kept - 1.0).abs() < 1e-3, "{:e} {}", told.leak, told.kept);
    for (named, what) in [
        (test.truth.discriminating_field(CLASSES[0], CLASSES[1], 0.9), "their field"),
        (test.truth.discriminating_channels(CLASSES[0], CLASSES[1], 2), "the strongest channels"),
    ] {
        let channels: Vec<bool> = (0..test.epochs.channels()).map(|channel| named.contains(&channel)).collect();
        let chance = model.chance(&channels, &test.times);
        let [mass, of_times] = model.least_masses(&told.maps, &unseen.labels, &channels, &test.times);
        println!("accuracy {accuracy:.3}, {what}: mass {mass:.3} (chance {chance:.3}), time mass {of_times:.3}");
        assert!(mass >= 2.5 * chance && of_times > 0.8, "{what}: {mass}, chance {chance}, time {of_times}");
    }

    let gain = model.gain(&told.maps, &unseen);
    let [random, _] = model.random_gain(&unseen, 3);
    println!("gain {gain:.2}, random {random:.2}");
    assert!(gain > 10.0 && random.abs() < gain / 5.0, "{gain} against {random}");
}
