//! Trials that can be told apart.

use motrace_net::training::Trials;
use motrace_net::{Architecture, Batch, EegNet, Mlp, ShallowConvNet, Shape};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

pub const CHANNELS: usize = 5;
pub const RATE_HZ: f64 = 100.0;

/// In each trial a 10 Hz rhythm of random phase on channel 2 in noise; in class 1 it is four times smaller.
pub fn rhythms(trials: usize, samples: usize, seed: u64) -> Trials {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut windows = Batch::zeros(Shape::window(CHANNELS, samples), trials);
    let labels: Vec<usize> = (0..trials).map(|trial| trial % 2).collect();
    for (window, label) in windows.each_mut().zip(&labels) {
        window.iter_mut().for_each(|x| *x = (0..4).map(|_| rng.random_range(-0.8..0.8f32)).sum());
        let phase = rng.random_range(0.0..TAU);
        let amplitude = if *label == 0 { 2.0 } else { 0.5 };
        for (n, x) in window[2 * samples..][..samples].iter_mut().enumerate() {
            *x += (amplitude * (TAU * 10.0 * n as f64 / RATE_HZ + phase).sin()) as f32;
        }
    }
    Trials { windows, labels, classes: 2, rate_hz: RATE_HZ, margin_samples: 0 }
}

pub fn eegnet() -> Architecture {
    Architecture::EegNet(EegNet {
        temporal_filters: 4,
        separable_samples: 8,
        second_pool_samples: 4,
        ..EegNet::default()
    })
}

pub fn shallow() -> Architecture {
    Architecture::Shallow(ShallowConvNet { filters: 8, ..ShallowConvNet::default() })
}

pub fn mlp() -> Architecture {
    Architecture::Mlp(Mlp { hidden: vec![12], dropout: 0.1 })
}
