//! ShallowConvNet: the secant of the log-powers, against its definition and exactly.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/random_network.rs"]
mod random_network;

use motrace_explain::network::{Composite, NetworkExplainer, NetworkReference, Target};
use motrace_net::{Batch, Conv, Dense, FusedConv, Layer, Network, Pool, Scalar, Shape};
use random_network::{random_network, random_values, small};

const CHANNELS: usize = 3;
const SAMPLES: usize = 60;

/// Windows of two classes that differ in power.
fn windows(trials: usize, seed: u64) -> (Batch<f64>, Vec<usize>) {
    let shape = Shape::window(CHANNELS, SAMPLES);
    let mut windows = Batch { shape, values: random_values(shape.len() * trials, seed) };
    let labels: Vec<usize> = (0..trials).map(|n| n % 2).collect();
    for (window, label) in windows.each_mut().zip(&labels) {
        window.iter_mut().take(2 * SAMPLES).for_each(|x| *x *= 1.0 + *label as f64);
    }
    (windows, labels)
}

fn parts(network: &Network<f64>) -> (&Conv<f64>, Pool, &Dense<f64>) {
    match network.layers() {
        [
            Layer::FusedConv(FusedConv { conv, .. }),
            Layer::Square,
            Layer::MeanPool(pool),
            Layer::Log(_),
            Layer::Dense(dense),
        ] => (conv, *pool, dense),
        layers => panic!("{layers:?}"),
    }
}

/// s of a filter, without its bias, at a sample.
fn filtered(conv: &Conv<f64>, x: &[f64], k: usize, t: usize) -> f64 {
    let taps = conv.taps;
    let kernel = conv.kernel(k);
    (0..CHANNELS)
        .flat_map(|c| (0..taps).map(move |tap| (c, tap)))
        .map(|(c, tap)| kernel[c * taps + tap] * x[c * SAMPLES + t + tap])
        .sum()
}

/// The relevance of one window as the definition says, with plain loops.
fn by_definition(network: &Network<f64>, data: &Batch<f64>, labels: &[usize], x: &[f64]) -> (Vec<f64>, f64) {
    let (conv, pool, dense) = parts(network);
    let (maps, taps, times) = (conv.maps_out, conv.taps, SAMPLES - conv.taps + 1);
    let windows = (times - pool.window) / pool.stride + 1;
    let source = |x: &[f64], k: usize, t: usize| filtered(conv, x, k, t) + conv.bias_of(k);
    let power = |x: &[f64], k: usize, j: usize| {
        (0..pool.window).map(|n| source(x, k, j * pool.stride + n).powi(2)).sum::<f64>() / pool.window as f64
    };
    let weight = |k: usize, j: usize| dense.row(1)[k * windows + j] - dense.row(0)[k * windows + j];
    // The reference: between the class means, where f = 0.
    let mean = |class: usize, k: usize, j: usize| {
        let of_class: Vec<f64> =
            data.each().zip(labels).filter(|(_, l)| **l == class).map(|(x, _)| power(x, k, j).ln()).collect();
        of_class.iter().sum::<f64>() / of_class.len() as f64
    };
    let all = || (0..maps).flat_map(|k| (0..windows).map(move |j| (k, j)));
    let offset = dense.bias_of(1) - dense.bias_of(0);
    let says = |class: usize| all().map(|(k, j)| weight(k, j) * mean(class, k, j)).sum::<f64>() + offset;
    let place = -says(0) / (says(1) - says(0));
    let mut map = vec![0.0; CHANNELS * SAMPLES];
    for k in 0..maps {
        // B of this filter.
        let mut shares = vec![0.0; CHANNELS * taps];
        for (n, share) in shares.iter_mut().enumerate() {
            let (c, tap) = (n / taps, n % taps);
            let product = |x: &[f64]| (0..times).map(|t| x[c * SAMPLES + t + tap] * source(x, k, t)).sum::<f64>();
            *share = conv.kernel(k)[n] * data.each().map(product).sum::<f64>();
        }
        let sum: f64 = shares.iter().sum();
        for j in 0..windows {
            let root = (mean(0, k, j) + place * (mean(1, k, j) - mean(0, k, j))).exp();
            let p = power(x, k, j);
            let gain = weight(k, j) * (p / root).ln() / (p - root) / pool.window as f64;
            let stretch = j * pool.stride..j * pool.stride + pool.window;
            let of_bias = conv.bias_of(k) * stretch.clone().map(|t| source(x, k, t)).sum::<f64>() / pool.window as f64;
            for t in stretch {
                for c in 0..CHANNELS {
                    for tap in 0..taps {
                        let at = c * SAMPLES + t + tap;
                        map[at] += gain * conv.kernel(k)[c * taps + tap] * x[at] * source(x, k, t);
                        map[at] -= gain * (root - of_bias) * shares[c * taps + tap] / sum;
                    }
                }
            }
        }
    }
    let value = all().map(|(k, j)| weight(k, j) * power(x, k, j).ln()).sum::<f64>() + offset;
    (map, value)
}

#[test]
fn it_is_the_definition() {
    let network = random_network::<f64>(&small("shallow"), CHANNELS, SAMPLES, 2, 3);
    let (data, labels) = windows(12, 4);
    let reference = NetworkReference::fit(&network, &data, &labels).unwrap().unwrap();
    let single = network.converted::<f32>().unwrap();
    let composite = Composite::default();
    let mut explainer = NetworkExplainer::new(&network, &composite, Some(&reference)).unwrap();
    let mut quick = NetworkExplainer::new(&single, &composite, Some(&reference)).unwrap();
    for x in windows(4, 5).0.each() {
        let (expected, value) = by_definition(&network, &data, &labels, x);
        let told = explainer.explain(x, Target::Decision);
        let size = expected.iter().map(|r| r * r).sum::<f64>().sqrt();
        let apart = |found: &mut dyn Iterator<Item = f64>| {
            found.zip(&expected).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt() / size
        };
        assert!((told.value - value).abs() < 1e-12 * (1.0 + value.abs()));
        assert!(apart(&mut told.relevance.iter().copied()) < 1e-11);
        let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
        let told = quick.explain(&x, Target::Decision);
        let away = apart(&mut told.relevance.iter().map(|r| f64::from(*r)));
        assert!(away < 1e-5, "{away:e}");
    }
}

fn sums<T: Scalar>(classes: usize, limit: f64) {
    let mut explained = 0;
    for seed in 0..8 {
        let network = random_network::<f64>(&small("shallow"), CHANNELS, SAMPLES, classes, seed);
        let (data, labels) = windows(24, seed + 10);
        let labels: Vec<usize> = labels.iter().enumerate().map(|(n, l)| (l + 2 * (n / 2)) % classes).collect();
        let reference = NetworkReference::fit(&network, &data, &labels).unwrap().unwrap();
        let composite = Composite::default();
        let network = network.converted::<T>().unwrap();
        let mut explainer = NetworkExplainer::new(&network, &composite, Some(&reference)).unwrap();
        for x in data.each() {
            let x: Vec<T> = x.iter().map(|x| T::of(*x)).collect();
            let told = explainer.explain(&x, Target::Decision);
            let size = told.total.abs() * told.cancellation + told.value.abs();
            assert!(
                (told.total - (told.value + told.entropy - told.offset)).abs() <= limit * size,
                "{:?}",
                told.layers
            );
            assert!(told.layers.iter().all(|layer| layer.stabiliser == 0.0));
            explained += usize::from(told.offset.abs() < 1e-12);
        }
    }
    assert!(classes > 2 || explained > 100, "a class boundary is found in most networks: {explained}");
}

#[test]
fn nothing_leaks() {
    sums::<f64>(2, 1e-12);
    sums::<f32>(2, 1e-5);
    sums::<f64>(3, 1e-12);
}

#[test]
fn the_unit_of_the_data_does_not_matter() {
    // Without biases; with them a change of unit makes another network.
    let network = random_network::<f64>(&small("shallow"), CHANNELS, SAMPLES, 2, 6);
    let (data, labels) = windows(12, 7);
    let window: Vec<f64> = random_values(CHANNELS * SAMPLES, 8);
    let explained = |unit: f64| {
        let mut network = network.clone();
        for layer in network.layers_mut() {
            match layer {
                Layer::FusedConv(fused) => {
                    fused.conv.weights.iter_mut().for_each(|w| *w /= unit);
                    fused.factors = None;
                }
                Layer::Log(log) => log.floor = 0.0,
                _ => {}
            }
        }
        let values = data.values.iter().map(|x| x * unit).collect();
        let scaled = Batch { shape: data.shape, values };
        let reference = NetworkReference::fit(&network, &scaled, &labels).unwrap();
        let mut explainer = NetworkExplainer::new(&network, &Composite::default(), reference.as_ref()).unwrap();
        let window: Vec<f64> = window.iter().map(|x| x * unit).collect();
        explainer.explain(&window, Target::Decision).relevance.clone()
    };
    let one = explained(1.0);
    let largest = one.iter().fold(0.0_f64, |m, r| m.max(r.abs()));
    for unit in [1e-6, 1e3] {
        for (a, b) in one.iter().zip(&explained(unit)) {
            assert!((a - b).abs() <= 1e-9 * largest);
        }
    }
}
