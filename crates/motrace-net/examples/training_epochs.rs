//! Trains some epochs on made-up trials, and prints how long each took, in seconds: one line of JSON.
//!
//! `training_epochs eegnet|shallow EPOCHS THREADS`; `tests/scripts/bench_training_peer.py` calls it.

use motrace_net::training::{Start, Trainer, TrainingSettings, Trials};
use motrace_net::{Architecture, Batch, Shape};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, epochs, threads] = arguments.as_slice() else {
        return Err("training_epochs eegnet|shallow EPOCHS THREADS".into());
    };
    let architecture = match name.as_str() {
        "eegnet" => Architecture::EegNet(Default::default()),
        "shallow" => Architecture::Shallow(Default::default()),
        other => return Err(format!("{other:?} is neither eegnet nor shallow").into()),
    };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let shape = Shape::window(22, 1000);
    let windows = Batch { shape, values: (0..230 * shape.len()).map(|_| rng.random_range(-1.7..1.7)).collect() };
    let labels = (0..230).map(|n| n % 4).collect();
    let trials = Trials { windows, labels, classes: 4, rate_hz: 250.0, margin_samples: 0 };
    let settings = TrainingSettings {
        epochs: Some(epochs.parse()?),
        validation_share: 0.0,
        seeds: vec![1],
        threads: Some(threads.parse()?),
        ..TrainingSettings::default()
    };
    let mut trainer = Trainer::new(&architecture, &trials, &settings, Start::Drawn)?;
    let mut secs = Vec::new();
    loop {
        let begin = Instant::now();
        if trainer.advance()?.is_none() {
            break;
        }
        secs.push(begin.elapsed().as_secs_f64());
    }
    println!("{secs:?}");
    Ok(())
}
