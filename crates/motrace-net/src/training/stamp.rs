use crate::training::checkpoint::Stamp;
use crate::training::{Start, TrainingSettings, Trials};
use crate::{Architecture, Network, Shape};
use sha2::{Digest, Sha256};

impl Stamp {
    /// What a training belongs to.
    pub fn of(architecture: &Architecture, settings: &TrainingSettings, trials: &Trials, start: Start<'_>) -> Self {
        let start = match start {
            Start::Drawn => "drawn".to_owned(),
            Start::From(network) => hash_of_network(network),
        };
        Self {
            settings: Self::settings_of(settings),
            network: serde_json::to_string(architecture).unwrap_or_default(),
            trials: hash_of_trials(trials),
            start,
        }
    }
}

fn hash_of_trials(trials: &Trials) -> String {
    let mut hash = Sha256::new();
    let Shape { maps, rows, samples } = trials.windows.shape;
    for number in [maps, rows, samples, trials.classes, trials.margin_samples, trials.labels.len()] {
        hash.update((number as u64).to_le_bytes());
    }
    hash.update(trials.rate_hz.to_bits().to_le_bytes());
    trials.labels.iter().for_each(|label| hash.update((*label as u64).to_le_bytes()));
    update(&mut hash, &trials.windows.values);
    hex(hash)
}

fn hash_of_network(network: &Network<f32>) -> String {
    let mut hash = Sha256::new();
    for layer in network.layers() {
        hash.update(layer.name());
        layer.parameters().into_iter().for_each(|(_, values)| update(&mut hash, values));
        if let crate::Layer::BatchNorm(norm) = layer {
            update(&mut hash, &norm.mean);
            update(&mut hash, &norm.variance);
        }
    }
    hex(hash)
}

fn update(hash: &mut Sha256, values: &[f32]) {
    let mut bytes = Vec::with_capacity(4096);
    for values in values.chunks(1024) {
        bytes.clear();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        hash.update(&bytes);
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
