//! No relevance is lost or made without a name: the ledger of every layer, for every rule.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/random_network.rs"]
mod random_network;

use motrace_core::LayerLedger;
use motrace_explain::network::{
    Bias, Composite, LogPower, NetworkExplainer, NetworkReference, NetworkRelevance, Rule, Target, layer_relevance,
};
use motrace_net::{Batch, Conv, Dense, Elu, FusedConv, Layer, Pool, Scalar, SeparableConv, Shape};
use proptest::prelude::*;
use random_network::{random_network, random_values, small};

fn rules() -> impl Strategy<Value = Rule> {
    let epsilon = prop_oneof![Just(0.0), Just(1e-6), Just(0.05)];
    (epsilon, 0..9_usize, 0.0..1.0_f64).prop_map(|(epsilon, which, size)| match which {
        0 => Rule::Zero,
        1 => Rule::Epsilon { epsilon },
        2 => Rule::EpsilonRelative { epsilon },
        3 => Rule::Gamma { gamma: size, epsilon },
        4 => Rule::ZPlus { epsilon },
        5 => Rule::AlphaBeta { alpha: 1.0 + size, beta: size, epsilon },
        6 => Rule::WSquare { epsilon },
        7 => Rule::Flat { epsilon },
        _ => Rule::Zb { low: -3.0 * size - 0.1, high: 2.0, epsilon },
    })
}

fn biases() -> impl Strategy<Value = Bias> {
    prop_oneof![Just(Bias::InLedger), Just(Bias::LeftOut)]
}

/// A layer of each kind that takes 4 maps of 3 rows, or one of 3 where it is for windows.
fn layers() -> impl Strategy<Value = (Layer<f64>, Shape)> {
    (0..9_usize, 1..5_usize, 0..4_usize, 0..3_usize, 1..4_usize, any::<bool>(), any::<u64>()).prop_map(
        |(which, taps, before, after, stride, has_bias, seed)| {
            let shape = Shape::new(4, 3, 11);
            let conv = |maps_out, maps_in, rows, taps, groups| {
                let conv = Conv { stride, ..Conv::zeros(maps_out, maps_in, rows, taps) };
                let conv = conv.with_groups(groups).with_padding([before, after]);
                if has_bias { conv.with_bias() } else { conv }
            };
            let window = Shape::window(3, 11);
            let plain = |conv: Conv<f64>| Conv { stride: 1, ..conv }.with_padding([0, 0]);
            let (mut layer, shape) = match which {
                0 => (Layer::TemporalConv(conv(6, 2, 1, taps, 2)), shape),
                1 => (Layer::SpatialConv(plain(conv(4, 1, 3, 1, 4))), shape),
                2 => (Layer::FusedConv(FusedConv { conv: conv(5, 1, 3, taps, 1), factors: None }), window),
                3 => {
                    let (depthwise, pointwise) = (conv(4, 1, 1, taps, 4), plain(conv(5, 4, 1, 1, 1)));
                    (Layer::SeparableConv(SeparableConv { depthwise, pointwise }), shape)
                }
                4 => {
                    let dense = Dense::zeros(5, shape.len());
                    (Layer::Dense(if has_bias { dense } else { Dense { bias: None, ..dense } }), shape)
                }
                5 => (Layer::MeanPool(Pool { window: taps, stride }), shape),
                6 => (Layer::MaxPool(Pool { window: taps, stride }), shape),
                7 => (Layer::Elu(Elu { alpha: 1.0 }), shape),
                _ => (Layer::Tanh, shape),
            };
            for (n, part) in layer.parameters_mut().into_iter().enumerate() {
                let drawn = random_values(part.len(), seed.wrapping_add(n as u64));
                part.copy_from_slice(&drawn);
            }
            (layer, shape)
        },
    )
}

/// All that is in a ledger, by magnitude: what rounding is measured against.
fn size(ledger: &LayerLedger) -> f64 {
    [ledger.relevance_in, ledger.bias, ledger.stabiliser, ledger.unassigned, ledger.relevance_out]
        .iter()
        .map(|part| part.abs())
        .sum()
}

fn one_layer<T: Scalar>(layer: &Layer<f64>, shape: Shape, rule: Rule, bias: Bias, seed: u64, limit: f64) {
    let layer = layer.converted::<T>();
    let input: Vec<T> = random_values(shape.len(), seed);
    let above: Vec<T> = random_values(layer.output(shape).unwrap().len(), seed.wrapping_add(1));
    let (relevance, ledgers) = layer_relevance(&layer, shape, rule, bias, &input, &above).unwrap();
    let magnitude: f64 = relevance.iter().chain(&above).map(|r| r.as_f64().abs()).sum();
    for ledger in &ledgers {
        assert!(ledger.conservation_error() <= limit * (magnitude + size(ledger)), "{rule:?} {bias:?}: {ledger:?}");
    }
    let sum: f64 = relevance.iter().map(|r| r.as_f64()).sum();
    assert!((sum - ledgers[0].relevance_in).abs() <= limit * magnitude);
    if bias == Bias::LeftOut {
        assert!(ledgers.iter().all(|ledger| ledger.bias == 0.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_layer_accounts_for_all((layer, shape) in layers(), rule in rules(), bias in biases(), seed in any::<u64>()) {
        one_layer::<f64>(&layer, shape, rule, bias, seed, 1e-10);
        one_layer::<f32>(&layer, shape, rule, bias, seed, 1e-4);
    }
}

fn reference<T: Scalar>(network: &motrace_net::Network<T>, classes: usize, seed: u64) -> Option<NetworkReference> {
    let (shape, trials) = (network.input(), 8 * classes);
    let mut windows = Batch { shape, values: random_values(shape.len() * trials, seed) };
    // Classes differ in power, so that there is a boundary between them.
    for (n, window) in windows.each_mut().enumerate() {
        let gain = T::of(1.0 + (n % classes) as f64 / 2.0);
        window.iter_mut().for_each(|x| *x *= gain);
    }
    let labels: Vec<usize> = (0..trials).map(|n| n % classes).collect();
    NetworkReference::fit(network, &windows, &labels).unwrap()
}

fn check<T: Scalar>(told: &NetworkRelevance<T>, limit: f64) {
    let magnitude: f64 = told.relevance.iter().map(|r| r.as_f64().abs()).sum::<f64>() + told.value.abs();
    let largest = told.layers.iter().map(size).fold(magnitude, f64::max);
    for ledger in &told.layers {
        assert!(ledger.conservation_error() <= limit * largest, "{ledger:?} of {}", told.value);
    }
    for (below, above) in told.layers.iter().zip(&told.layers[1..]) {
        assert!((below.relevance_out - above.relevance_in).abs() <= limit * largest, "{below:?} {above:?}");
    }
    assert!((told.layers[0].relevance_in - told.total).abs() <= limit * largest);
    assert!((told.layers[told.layers.len() - 1].relevance_out - told.value).abs() <= limit * largest);
    assert!(told.conservation_error() <= told.layers.len() as f64 * limit * largest);
}

fn whole<T: Scalar>(name: &str, classes: usize, composite: &Composite, seed: u64, limit: f64) {
    let network = random_network::<T>(&small(name), 3, 60, classes, seed);
    let reference = reference(&network, classes, seed);
    assert_eq!(reference.is_some(), name == "shallow");
    let mut explainer = NetworkExplainer::new(&network, composite, reference.as_ref()).unwrap();
    let window: Vec<T> = random_values(180, seed.wrapping_add(2));
    for target in [Target::Decision, Target::Class(classes - 1), Target::Class(0)] {
        check(explainer.explain(&window, target), limit);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_network_accounts_for_all(
        name in prop_oneof![Just("eegnet"), Just("shallow"), Just("mlp")],
        classes in 2..5_usize,
        rule in rules(),
        bias in biases(),
        passes in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let log_power = if passes { LogPower::Pass } else { LogPower::Secant };
        let composite = Composite { bias, log_power, ..Composite::of(rule) };
        whole::<f64>(name, classes, &composite, seed, 1e-10);
        whole::<f32>(name, classes, &composite, seed, 1e-4);
    }
}

#[test]
fn two_classes_are_each_others_opposite() {
    for name in ["eegnet", "shallow", "mlp"] {
        let network = random_network::<f64>(&small(name), 3, 60, 2, 5);
        let reference = reference(&network, 2, 5);
        let mut explainer = NetworkExplainer::new(&network, &Composite::default(), reference.as_ref()).unwrap();
        let window = random_values(180, 9);
        let first = explainer.explain(&window, Target::Class(0)).clone();
        let second = explainer.explain(&window, Target::Decision);
        let outputs = network.outputs(&Batch::one(network.input(), &window)).values;
        assert!((second.value - (outputs[1] - outputs[0])).abs() < 1e-12);
        assert_eq!(second.class, 1);
        for (a, b) in first.relevance.iter().zip(&second.relevance) {
            assert!((a + b).abs() < 1e-9, "{name}: {a} {b}");
        }
    }
}

#[test]
fn of_more_classes_the_winner_is_explained_by_eta() {
    for seed in 0..20 {
        let network = random_network::<f64>(&small("mlp"), 3, 20, 4, seed);
        let mut explainer = NetworkExplainer::new(&network, &Composite::default(), None).unwrap();
        let window = random_values(60, seed + 50);
        let told = explainer.explain(&window, Target::Decision).clone();
        let z = network.outputs(&Batch::one(network.input(), &window)).values;
        let best = (0..4).max_by(|a, b| z[*a].total_cmp(&z[*b])).unwrap();
        assert_eq!(told.class, best);
        let eta = z[best] - (0..4).filter(|j| *j != best).map(|j| z[j].exp()).sum::<f64>().ln();
        assert!((told.value - eta).abs() < 1e-12);
        let last = told.layers[told.layers.len() - 1];
        assert_eq!((last.layer, last.unassigned), ("target", -told.entropy));
        assert!(told.entropy > 0.0 && told.entropy <= 3.0_f64.ln() + 1e-12);
        assert_eq!(explainer.explain(&window, Target::Class(best)), &told);
    }
}

#[test]
fn what_fits_nothing_is_told_as_no_number() {
    let network = random_network::<f32>(&small("eegnet"), 3, 60, 2, 5);
    let mut explainer = NetworkExplainer::new(&network, &Composite::default(), None).unwrap();
    let window = random_values(180, 1);
    for (window, target) in [(&window[..90], Target::Decision), (&window[..], Target::Class(2))] {
        let told = explainer.explain(window, target);
        assert!(told.value.is_nan() && told.relevance.iter().all(|r| r.is_nan()) && told.layers.is_empty());
    }
    let mut holed = window.clone();
    holed[70] = f32::NAN;
    assert!(explainer.explain(&holed, Target::Decision).value.is_nan());
    assert!(explainer.explain(&window, Target::Decision).conservation_error() < 1e-4);
}
