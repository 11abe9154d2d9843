//! Networks and windows of random numbers.
#![allow(dead_code, reason = "shared by several test binaries")]

use motrace_net::{Architecture, EegNet, Layer, Mlp, Network, Scalar, ShallowConvNet};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub fn small(name: &str) -> Architecture {
    match name {
        "eegnet" => Architecture::EegNet(EegNet {
            temporal_filters: 3,
            spatial_filters: 2,
            temporal_samples: Some(9),
            first_pool_samples: Some(4),
            separable_samples: 4,
            second_pool_samples: 2,
            ..EegNet::default()
        }),
        "shallow" => Architecture::Shallow(ShallowConvNet {
            filters: 4,
            temporal_samples: Some(7),
            pool_samples: Some(15),
            pool_stride_samples: Some(4),
            ..ShallowConvNet::default()
        }),
        _ => Architecture::Mlp(Mlp { hidden: vec![12, 8], dropout: 0.2 }),
    }
}

/// Merged, with biases and batch norms as if it had learned.
pub fn random_network<T: Scalar>(
    architecture: &Architecture,
    channels: usize,
    samples: usize,
    classes: usize,
    seed: u64,
) -> Network<T> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut network: Network<f64> = architecture.network(channels, samples, 250.0, classes, seed).unwrap();
    for layer in network.layers_mut() {
        if let Layer::BatchNorm(norm) = layer {
            norm.mean.iter_mut().for_each(|x| *x = rng.random_range(-0.1..0.1));
            norm.variance.iter_mut().for_each(|x| *x = rng.random_range(0.2..2.0));
        } else {
            for bias in layer.parameters_mut().into_iter().skip(1) {
                bias.iter_mut().for_each(|b| *b = rng.random_range(-0.2..0.2));
            }
        }
    }
    network.merged().unwrap().converted().unwrap()
}

/// Nearly normal numbers.
pub fn random_values<T: Scalar>(count: usize, seed: u64) -> Vec<T> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| T::of((0..4).map(|_| rng.random_range(-1.0..1.0)).sum::<f64>() * 0.87)).collect()
}
