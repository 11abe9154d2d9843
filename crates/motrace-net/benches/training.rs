//! One epoch of training at the size of BCI Competition IV 2a: 230 trials × 22 channels × 1000 samples, four classes, batches
//! of 64. `tests/scripts/bench_training_peer.py` compares it with PyTorch.

use divan::Bencher;
use motrace_net::training::{Start, Trainer, TrainingSettings, Trials};
use motrace_net::{Architecture, Batch, Shape};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

fn trials() -> Trials {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let shape = Shape::window(22, 1000);
    let windows = Batch { shape, values: (0..230 * shape.len()).map(|_| rng.random_range(-1.7..1.7)).collect() };
    Trials { windows, labels: (0..230).map(|n| n % 4).collect(), classes: 4, rate_hz: 250.0, margin_samples: 0 }
}

fn epochs(bencher: Bencher, architecture: &Architecture, threads: usize) {
    let trials = trials();
    let settings = TrainingSettings {
        epochs: Some(usize::MAX),
        validation_share: 0.0,
        seeds: vec![1],
        threads: Some(threads),
        ..TrainingSettings::default()
    };
    let mut trainer = match Trainer::new(architecture, &trials, &settings, Start::Drawn) {
        Ok(trainer) => trainer,
        Err(error) => panic!("{error}"),
    };
    bencher.bench_local(|| trainer.advance());
}

#[divan::bench(args = [1, 2], sample_count = 20, sample_size = 1)]
fn eegnet(bencher: Bencher, threads: usize) {
    epochs(bencher, &Architecture::EegNet(Default::default()), threads);
}

#[divan::bench(args = [1, 2], sample_count = 20, sample_size = 1)]
fn shallow(bencher: Bencher, threads: usize) {
    epochs(bencher, &Architecture::Shallow(Default::default()), threads);
}
