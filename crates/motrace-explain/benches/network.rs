//! How long the explanation of one decision of a network takes, beside the way forward alone: 22 channels, 1000 samples.
//!
//! `tests/scripts/network_relevance_speed.py` measures zennit on the same networks.

#[path = "../tests/support/random_network.rs"]
#[allow(clippy::unwrap_used, reason = "a measurement ends where something fails")]
mod random_network;

use motrace_explain::network::{Composite, NetworkExplainer, NetworkReference, Target};
use motrace_net::{Architecture, Batch, Network, Runner};
use random_network::{random_network, random_values};

const CHANNELS: usize = 22;
const SAMPLES: usize = 1000;

fn main() {
    divan::main();
}

fn network(name: &str) -> Network<f32> {
    let architecture = match name {
        "eegnet" => Architecture::EegNet(Default::default()),
        _ => Architecture::Shallow(Default::default()),
    };
    random_network(&architecture, CHANNELS, SAMPLES, 2, 1)
}

#[divan::bench(args = ["shallow", "eegnet"], sample_count = 300, sample_size = 1)]
fn forward(bencher: divan::Bencher, name: &str) {
    let Ok(mut runner) = Runner::new(&network(name)) else { return };
    let window = random_values(CHANNELS * SAMPLES, 2);
    bencher.bench_local(|| runner.run(divan::black_box(&window))[0]);
}

/// The way forward is part of it.
#[divan::bench(
    args = [
        ("shallow", "epsilon"),
        ("shallow", "epsilon_left_out"),
        ("eegnet", "epsilon"),
        ("eegnet", "epsilon_left_out"),
        ("eegnet", "gamma"),
        ("eegnet", "epsilon_plus"),
        ("eegnet", "epsilon_plus_flat"),
        ("eegnet", "alpha2_beta1"),
        ("eegnet", "w_square"),
    ],
    sample_count = 300,
    sample_size = 1,
)]
fn explain(bencher: divan::Bencher, (name, composite): (&str, &str)) {
    let network = network(name);
    let windows = Batch { shape: network.input(), values: random_values(CHANNELS * SAMPLES * 4, 3) };
    let Ok(reference) = NetworkReference::fit(&network, &windows, &[0, 1, 0, 1]) else { return };
    let composite = Composite::named(composite).unwrap_or_default();
    let Ok(mut explainer) = NetworkExplainer::new(&network, &composite, reference.as_ref()) else { return };
    let window: Vec<f32> = random_values(CHANNELS * SAMPLES, 2);
    bencher.bench_local(|| explainer.explain(divan::black_box(&window), Target::Decision).value);
}
