//! Networks as they run against their plain definition, and streams against whole windows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_net::{
    Architecture, Batch, BatchNorm, Conv, Dense, EegNet, Elu, Layer, Log, Mlp, NetError, Network, Pool, Runner,
    SeparableConv, ShallowConvNet, Shape, Sliding,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.5..1.5)).collect()
}

/// The same with batch norms that do something, and biases.
fn trained(mut network: Network<f32>, seed: u64) -> Network<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for layer in network.layers_mut() {
        match layer {
            Layer::BatchNorm(norm) => {
                for map in 0..norm.maps() {
                    norm.mean[map] = rng.random_range(-0.2..0.2);
                    norm.variance[map] = rng.random_range(0.5..2.0);
                    norm.gain[map] = rng.random_range(0.5..1.5);
                    norm.offset[map] = rng.random_range(-0.5..0.5);
                }
            }
            Layer::TemporalConv(Conv { bias: Some(bias), .. })
            | Layer::SpatialConv(Conv { bias: Some(bias), .. })
            | Layer::Dense(Dense { bias: Some(bias), .. }) => {
                bias.iter_mut().for_each(|b| *b = rng.random_range(-0.5..0.5));
            }
            _ => {}
        }
    }
    network
}

/// Runs a window, compares it with the network in `f64`, each layer of it too, and runs it again.
fn check(network: &Network<f32>, seed: u64) {
    let mut runner = Runner::new(network).unwrap();
    let window = numbers(network.input().len(), seed);
    let told = runner.run(&window).to_vec();

    let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    let exact = network.converted::<f64>().unwrap();
    let exact = exact.outputs(&Batch { shape: network.input(), values: wide(&window) }).values;
    assert_near(&told, &exact, "outputs");

    let mut merged = runner.merged().converted::<f64>().unwrap();
    let batch = Batch { shape: network.input(), values: wide(&window) };
    let (trace, _) = merged.trace(&batch, &mut motrace_net::Mode::Decide);
    assert_eq!(trace.len(), runner.activations().len());
    for (told, exact) in runner.activations().iter().zip(&trace) {
        assert_near(told, &exact.values, "activations");
    }

    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let first = bits(&told);
    runner.run(&numbers(network.input().len(), seed + 1));
    assert_eq!(bits(runner.run(&window)), first, "the same window");
}

#[track_caller]
fn assert_near(told: &[f32], exact: &[f64], what: &str) {
    assert_eq!(told.len(), exact.len());
    let largest = exact.iter().fold(0.1, |largest: f64, v| largest.max(v.abs()));
    for (told, exact) in told.iter().zip(exact) {
        assert!((f64::from(*told) - exact).abs() <= 1e-5 * largest, "{what}: {told} against {exact}");
    }
}

#[test]
fn published_sizes() {
    for architecture in [Architecture::EegNet(EegNet::default()), Architecture::Shallow(ShallowConvNet::default())] {
        check(&trained(architecture.network(22, 1000, 250.0, 4, 3).unwrap(), 4), 5);
    }
    let perceptron = Mlp { hidden: vec![50, 20], dropout: 0.1 };
    check(&trained(Architecture::Mlp(perceptron).network(22, 200, 100.0, 4, 3).unwrap(), 4), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn eegnet(channels in 1usize..41, more in 0usize..120, taps in 1usize..40, f1 in 1usize..6, d in 1usize..4,
              pool in 1usize..5, separable in 1usize..9, second in 1usize..4, classes in 2usize..6) {
        let net = EegNet {
            temporal_filters: f1, spatial_filters: d, temporal_samples: Some(taps), first_pool_samples: Some(pool),
            separable_samples: separable, second_pool_samples: second, dropout: 0.25,
        };
        let samples = taps + more + pool * (separable + second) * 2;
        check(&trained(Architecture::EegNet(net).network(channels, samples, 250.0, classes, 1).unwrap(), 2), 3);
    }

    #[test]
    fn shallow(channels in 1usize..41, filters in 1usize..20, taps in 1usize..40, window in 1usize..40,
               stride in 1usize..30, more in 0usize..150, classes in 2usize..6) {
        let net = ShallowConvNet {
            filters, temporal_samples: Some(taps), pool_samples: Some(window), pool_stride_samples: Some(stride),
            dropout: 0.5,
        };
        let samples = taps + window + more;
        check(&trained(Architecture::Shallow(net).network(channels, samples, 250.0, classes, 1).unwrap(), 2), 3);
    }

    /// Whatever the pieces, and whichever windows are asked for: the bits of whole windows; and nothing where there is none.
    #[test]
    fn streams(channels in 1usize..8, filters in 1usize..10, taps in 1usize..30, window in 1usize..30,
               stride in 1usize..20, more in 0usize..60, extra in 0usize..50, hop in 1usize..40, seed in 0u64..1000) {
        let net = ShallowConvNet {
            filters, temporal_samples: Some(taps), pool_samples: Some(window), pool_stride_samples: Some(stride),
            dropout: 0.5,
        };
        let samples = taps + window + more;
        let network = trained(Architecture::Shallow(net).network(channels, samples, 250.0, 3, seed).unwrap(), 2);
        let mut runner = Runner::new(&network).unwrap();
        let retained = samples + extra;
        let mut sliding = Sliding::new(&runner, retained).unwrap();
        let total = samples + 200;
        let stream = numbers(total * channels, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // The stream begins, and then begins anew after a gap.
        for first in [0u64, 12_345] {
            sliding.begin_at(first);
            prop_assert!(sliding.newest().is_none());
            for (n, sample) in stream.chunks_exact(channels).enumerate() {
                sliding.push(sample);
                if n % hop != 0 {
                    continue;
                }
                let start = rng.random_range(0..total);
                for start in [start, (n + 1).saturating_sub(samples)] {
                    let told = sliding.outputs(first + start as u64).map(<[f32]>::to_vec);
                    let there = start + samples <= n + 1 && start + retained > n;
                    prop_assert_eq!(told.is_some(), there);
                    if let Some(told) = told {
                        let mut whole = Vec::new();
                        for channel in 0..channels {
                            whole.extend((start..start + samples).map(|t| stream[t * channels + channel]));
                        }
                        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                        prop_assert_eq!(bits(&told), bits(runner.run(&whole)));
                    }
                }
            }
        }
    }
}

/// Layers that no stock network has: strides, rows left over, max pools, a norm at the beginning of nothing.
#[test]
fn odd_networks() {
    let with = |mut conv: Conv<f32>, seed| {
        conv.weights = numbers(conv.weights.len(), seed);
        conv
    };
    let strided = Conv { stride: 3, ..Conv::zeros(3, 1, 1, 5) }.with_padding([7, 1]).with_bias();
    let some_rows = Conv::zeros(4, 3, 2, 1).with_bias();
    let all_rows = Conv::zeros(6, 2, 3, 1).with_groups(2);
    let separable = SeparableConv {
        depthwise: with(Conv::zeros(6, 1, 1, 3).with_groups(6).with_padding([1, 1]), 4),
        pointwise: with(Conv::zeros(5, 6, 1, 1), 5),
    };
    let layers = vec![
        Layer::TemporalConv(with(strided, 1)),
        Layer::Relu,
        Layer::SpatialConv(with(some_rows, 2)),
        Layer::BatchNorm(BatchNorm::new(4, 1e-3, 0.01)),
        Layer::Tanh,
        Layer::SpatialConv(with(all_rows, 3)),
        Layer::Elu(Elu { alpha: 0.7 }),
        Layer::MaxPool(Pool { window: 3, stride: 2 }),
        Layer::SeparableConv(separable),
        Layer::BatchNorm(BatchNorm::new(5, 1e-3, 0.01)),
        Layer::Square,
        Layer::MeanPool(Pool { window: 2, stride: 3 }),
        Layer::Log(Log { floor: 1e-3 }),
    ];
    let input = Shape::window(4, 50);
    let samples = 1 + (50 + 8 - 5) / 3;
    let samples = (samples - 3) / 2 + 1;
    let samples = (samples - 2) / 3 + 1;
    let mut dense = Dense::zeros(3, 5 * samples);
    dense.weights = numbers(dense.weights.len(), 6);
    let mut layers = layers;
    layers.push(Layer::Dense(dense));
    let network = trained(Network::new(input, layers).unwrap(), 7);
    check(&network, 8);
    let runner = Runner::new(&network).unwrap();
    assert!(matches!(Sliding::new(&runner, 100), Err(NetError::CannotSlide(_))));
}

/// EEGNet has zeros at the edges of its window, and the perceptron nothing to slide.
#[test]
fn what_cannot_slide_says_why() {
    for architecture in
        [Architecture::EegNet(EegNet::default()), Architecture::Mlp(Mlp { hidden: vec![5], dropout: 0.0 })]
    {
        let runner = Runner::new(&architecture.network(3, 300, 250.0, 2, 1).unwrap()).unwrap();
        let why = Sliding::new(&runner, 300).unwrap_err().to_string();
        assert!(why.starts_with("this network needs whole windows: "), "{why}");
    }
}
