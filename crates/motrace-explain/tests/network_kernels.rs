//! The fast products of every rule, in single precision, against the plain definitions, in double precision.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/random_network.rs"]
mod random_network;

use motrace_explain::network::{Bias, Composite, NetworkExplainer, NetworkReference, Rule, Target, layer_relevance};
use motrace_net::{Batch, Conv, Factors, FusedConv, Layer, SeparableConv, Shape};
use random_network::{random_network, random_values, small};

/// So large that no quotient hangs on the last digit of its denominator.
const EPSILON: f64 = 0.5;

const RULES: [Rule; 8] = [
    Rule::Epsilon { epsilon: EPSILON },
    Rule::EpsilonRelative { epsilon: EPSILON },
    Rule::Gamma { gamma: 0.25, epsilon: EPSILON },
    Rule::ZPlus { epsilon: EPSILON },
    Rule::AlphaBeta { alpha: 2.0, beta: 1.0, epsilon: EPSILON },
    Rule::WSquare { epsilon: EPSILON },
    Rule::Flat { epsilon: EPSILON },
    Rule::Zb { low: -3.0, high: 2.0, epsilon: EPSILON },
];

/// A convolution across channels and time whose kernels are products of factors of either sign, with their factors.
fn of_factors(maps: usize, channels: usize, taps: usize, padding: [usize; 2]) -> FusedConv<f64> {
    let (spatial, temporal): (Vec<f64>, Vec<f64>) = (random_values(maps * channels, 1), random_values(maps * taps, 2));
    let mut conv = Conv::zeros(maps, 1, channels, taps).with_padding(padding);
    for (place, weight) in conv.weights.iter_mut().enumerate() {
        let line = place / taps;
        *weight = spatial[line] * temporal[line / channels * taps + place % taps];
    }
    FusedConv { conv, factors: Some(Factors { spatial, temporal }) }
}

fn with_numbers(mut conv: Conv<f64>) -> Conv<f64> {
    conv.weights = random_values(conv.weights.len(), 3);
    conv
}

#[test]
fn every_rule_is_its_plain_definition() {
    let (channels, samples) = (5, 90);
    let window = Shape::window(channels, samples);
    let product = of_factors(6, channels, 16, [8, 8]);
    let whole = FusedConv { conv: with_numbers(Conv::zeros(6, 1, channels, 9)), factors: None };
    // Factors that are not those of the kernel count for nothing.
    let wrong = FusedConv { factors: product.factors.clone(), ..of_factors(6, channels, 16, [0, 3]) };
    let wrong = FusedConv { conv: with_numbers(wrong.conv), ..wrong };
    let grouped = Shape::new(4, 3, samples);
    let separable = SeparableConv {
        depthwise: with_numbers(Conv::zeros(4, 1, 1, 7).with_groups(4).with_padding([3, 3])),
        pointwise: with_numbers(Conv::zeros(5, 4, 1, 1)),
    };
    let layers = [
        (Layer::FusedConv(product), window),
        (Layer::FusedConv(whole), window),
        (Layer::FusedConv(wrong), window),
        (Layer::TemporalConv(with_numbers(Conv::zeros(6, 2, 1, 5).with_groups(2).with_padding([2, 2]))), grouped),
        (Layer::SpatialConv(with_numbers(Conv::zeros(8, 1, 3, 1).with_groups(4))), grouped),
        (Layer::SeparableConv(separable), grouped),
    ];
    for (mut layer, shape) in layers {
        for has_bias in [false, true] {
            let (Layer::FusedConv(FusedConv { conv, .. }) | Layer::TemporalConv(conv) | Layer::SpatialConv(conv)) =
                &mut layer
            else {
                continue;
            };
            conv.bias = has_bias.then(|| random_values(conv.maps_out, 4));
        }
        let input: Vec<f64> = random_values(shape.len(), 5);
        let above: Vec<f64> = random_values(layer.output(shape).unwrap().len(), 6);
        let single = |values: &[f64]| values.iter().map(|value| *value as f32).collect::<Vec<f32>>();
        for rule in RULES {
            for bias in [Bias::InLedger, Bias::LeftOut] {
                let (plain, ledgers) = layer_relevance(&layer, shape, rule, bias, &input, &above).unwrap();
                let fast_layer = layer.converted::<f32>();
                let (fast, fast_ledgers) =
                    layer_relevance(&fast_layer, shape, rule, bias, &single(&input), &single(&above)).unwrap();
                let apart: f64 = fast.iter().zip(&plain).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum();
                let apart = (apart / plain.iter().map(|r| r * r).sum::<f64>()).sqrt();
                assert!(apart < 1e-5, "{} {rule:?} {bias:?}: {apart:e}", layer.name());
                let size: f64 = plain.iter().chain(&above).map(|r| r.abs()).sum();
                for (a, b) in fast_ledgers.iter().zip(&ledgers) {
                    assert!((a.bias - b.bias).abs() < 1e-5 * size, "{rule:?} {bias:?}: {a:?} {b:?}");
                    assert!((a.stabiliser - b.stabiliser).abs() < 1e-5 * size, "{rule:?} {bias:?}: {a:?} {b:?}");
                }
            }
        }
    }
}

#[test]
fn what_was_explained_before_leaves_no_trace() {
    for name in ["eegnet", "shallow", "mlp"] {
        let network = random_network::<f32>(&small(name), 3, 60, 2, 1);
        let windows = Batch { shape: network.input(), values: random_values(180 * 4, 2) };
        let reference = NetworkReference::fit(&network, &windows, &[0, 1, 0, 1]).unwrap();
        for composite in Composite::NAMES {
            let composite = Composite::named(composite).unwrap();
            let explainer = NetworkExplainer::new(&network, &composite, reference.as_ref()).unwrap();
            let (mut fresh, mut used) = (explainer.clone(), explainer);
            for window in windows.each() {
                used.explain(window, Target::Class(0));
            }
            let window = &windows.values[..180];
            assert_eq!(fresh.explain(window, Target::Decision), used.explain(window, Target::Decision));
        }
    }
}
