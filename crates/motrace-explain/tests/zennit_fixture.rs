//! Relevance in networks against zennit 1.0.0, by fixtures that `tests/scripts/network_relevance_fixture.py` makes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/json.rs"]
#[allow(dead_code, reason = "shared by several test binaries")]
mod json;

use json::vector;
use motrace_explain::network::{Bias, Composite, NetworkExplainer, Rule, Target, layer_relevance};
use motrace_net::{
    Architecture, Conv, Dense, EegNet, FusedConv, Layer, Mlp, Network, Pool, Scalar, ShallowConvNet, Shape,
};
use serde_json::Value;

const LAYERS: &str = include_str!("../../../tests/fixtures/explain/network_layers.json");
const NETWORKS: &str = include_str!("../../../tests/fixtures/explain/network_whole.json");

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn converted<T: Scalar>(values: &[f64]) -> Vec<T> {
    values.iter().map(|value| T::of(*value)).collect()
}

/// ‖a − b‖ / ‖b‖.
fn distance<T: Scalar>(found: &[T], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let apart: f64 = found.iter().zip(expected).map(|(a, b)| (a.as_f64() - b).powi(2)).sum();
    (apart / expected.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

fn layer(told: &Value, case: &Value, shape: Shape, has_bias: bool) -> Layer<f64> {
    let size = |key: &str| count(&told[key]);
    let bias = (has_bias && case["bias"].is_array()).then(|| vector(&case["bias"]));
    let pool = || Pool { window: count(&told["pool"][0]), stride: count(&told["pool"][1]) };
    let kind = told["kind"].as_str().unwrap();
    match kind {
        "dense" => {
            let weights = vector(&case["weights"]);
            Layer::Dense(Dense { outputs: weights.len() / shape.len(), inputs: shape.len(), weights, bias })
        }
        "mean_pool" => Layer::MeanPool(pool()),
        "max_pool" => Layer::MaxPool(pool()),
        _ => {
            let (rows, taps) = (size("rows"), size("taps"));
            let conv = Conv {
                weights: vector(&case["weights"]),
                bias,
                stride: size("stride"),
                ..Conv::zeros(size("maps_out"), size("maps_in"), rows, taps)
                    .with_groups(size("groups"))
                    .with_padding([size("padding"); 2])
            };
            match (rows, taps) {
                (1, _) => Layer::TemporalConv(conv),
                (_, 1) => Layer::SpatialConv(conv),
                _ => Layer::FusedConv(FusedConv { conv, factors: None }),
            }
        }
    }
}

fn every_rule<T: Scalar>(limit: f64) {
    let fixture: Value = serde_json::from_str(LAYERS).unwrap();
    let (mut worst, mut compared) = (0.0_f64, 0);
    for case in fixture["cases"].as_array().unwrap() {
        let sizes: Vec<usize> = case["shape"].as_array().unwrap().iter().map(count).collect();
        let shape = match sizes[..] {
            [values] => Shape::list(values),
            [maps, samples] => Shape::new(maps, 1, samples),
            _ => Shape::new(sizes[0], sizes[1], sizes[2]),
        };
        let (input, above) = (converted::<T>(&vector(&case["input"])), converted::<T>(&vector(&case["relevance_out"])));
        for result in case["results"].as_array().unwrap() {
            let layer = layer(&case["layer"], case, shape, result["bias"] != "none").converted::<T>();
            let rule: Rule = serde_json::from_value(result["rule"].clone()).unwrap();
            let bias = if result["bias"] == "left_out" { Bias::LeftOut } else { Bias::InLedger };
            let (relevance, ledgers) = layer_relevance(&layer, shape, rule, bias, &input, &above).unwrap();
            let apart = distance(&relevance, &vector(&result["relevance_in"]));
            assert!(apart <= limit, "{} {rule:?} {bias:?}: {apart:e}", case["layer"]);
            let scale: f64 = above.iter().chain(&relevance).map(|r| r.as_f64().abs()).sum();
            assert!(ledgers[0].conservation_error() <= limit * scale, "{ledgers:?}");
            worst = worst.max(apart);
            compared += 1;
        }
    }
    println!("{compared} rules on layers: within {worst:.1e}");
    assert_eq!(compared, 6 * (9 * 2 + 2) + 7);
}

#[test]
fn every_rule_is_zennits_in_double_precision() {
    every_rule::<f64>(1e-10);
}

#[test]
fn every_rule_is_zennits_in_single_precision() {
    every_rule::<f32>(1e-5);
}

fn network(case: &Value, channels: usize, samples: usize) -> Network<f64> {
    let name = case["network"].as_str().unwrap();
    let architecture = match name {
        "eegnet" => Architecture::EegNet(EegNet {
            temporal_filters: 2,
            spatial_filters: 2,
            temporal_samples: Some(8),
            first_pool_samples: Some(4),
            separable_samples: 4,
            second_pool_samples: 2,
            ..EegNet::default()
        }),
        "shallow" => Architecture::Shallow(ShallowConvNet {
            filters: 3,
            temporal_samples: Some(6),
            pool_samples: Some(10),
            pool_stride_samples: Some(5),
            ..ShallowConvNet::default()
        }),
        _ => Architecture::Mlp(Mlp { hidden: vec![6, 5], ..Mlp::default() }),
    };
    let mut network = architecture.network(channels, samples, 250.0, count(&case["classes"]), 0).unwrap();
    let told = case["parameters"].as_array().unwrap().iter().flat_map(|module| module.as_array().unwrap());
    let mut told = told.map(vector);
    for layer in network.layers_mut() {
        for parameter in layer.parameters_mut() {
            parameter.copy_from_slice(&told.next().unwrap());
        }
        if let Layer::BatchNorm(norm) = layer {
            norm.mean = told.next().unwrap();
            norm.variance = told.next().unwrap();
            norm.epsilon = 1e-3;
        }
    }
    assert!(told.next().is_none());
    network.merged().unwrap()
}

fn whole_networks<T: Scalar>(limit: f64) {
    let fixture: Value = serde_json::from_str(NETWORKS).unwrap();
    let (mut worst, mut compared) = (0.0_f64, 0);
    for case in fixture["cases"].as_array().unwrap() {
        let network = network(case, count(&fixture["channels"]), count(&fixture["samples"])).converted::<T>().unwrap();
        let window = converted::<T>(&vector(&case["input"]));
        for result in case["results"].as_array().unwrap() {
            let composite: Composite = serde_json::from_value(result["composite"].clone()).unwrap();
            let mut explainer = NetworkExplainer::new(&network, &composite, None).unwrap();
            let told = explainer.explain(&window, Target::Decision);
            assert_eq!(told.class, count(&result["class"]));
            assert!((told.value - result["value"].as_f64().unwrap()).abs() <= limit * (1.0 + told.value.abs()));
            let apart = distance(told.relevance.as_slice().unwrap(), &vector(&result["relevance"]));
            println!("{} {} {apart:.1e}", case["network"], result["composite"]["fused_conv"]["rule"]);
            worst = worst.max(apart);
            compared += 1;
        }
    }
    println!("{compared} networks: within {worst:.1e}");
    assert!(worst <= limit, "{worst:e}");
    assert_eq!(compared, 3 * (6 + 2));
}

#[test]
fn whole_networks_are_zennits_in_double_precision() {
    whole_networks::<f64>(1e-10);
}

#[test]
fn whole_networks_are_zennits_in_single_precision() {
    whole_networks::<f32>(1e-5);
}
