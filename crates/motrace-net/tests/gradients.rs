//! Every layer's way back against central differences, in f64.

use motrace_net::{
    Architecture, Batch, BatchNorm, Cache, Conv, Dense, EegNet, Elu, FusedConv, Layer, Log, Mlp, Mode, Network, Pool,
    SeparableConv, ShallowConvNet, Shape, backward, forward,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const STEP: f64 = 1e-5;

fn random(count: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    // Away from 0, where ReLU and ELU have a kink that no difference can cross.
    (0..count).map(|_| rng.random_range(0.05..1.0) * if rng.random() { 1.0 } else { -1.0 }).collect()
}

/// `Σ c·y`, with dropout drawn the same each time.
fn loss(layer: &Layer<f64>, input: &Batch<f64>, weights: &[f64], learns: bool) -> f64 {
    let output = run(&mut layer.clone(), input, learns).0;
    output.values.iter().zip(weights).map(|(y, c)| y * c).sum()
}

fn run(layer: &mut Layer<f64>, input: &Batch<f64>, learns: bool) -> (Batch<f64>, Cache<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    forward(layer, input, &mut if learns { Mode::Learn(&mut rng) } else { Mode::Decide })
}

fn check(mut layer: Layer<f64>, shape: Shape, positive: bool, learns: bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for part in layer.parameters_mut() {
        let drawn = random(part.len(), &mut rng);
        part.copy_from_slice(&drawn);
    }
    let mut input = Batch { shape, values: random(shape.len() * 3, &mut rng) };
    if positive {
        input.values.iter_mut().for_each(|x| *x = x.abs());
    }
    let (output, cache) = run(&mut layer.clone(), &input, learns);
    let weights = random(output.values.len(), &mut rng);
    let gradient = Batch { shape: output.shape, values: weights.clone() };
    let (back, parameters) = backward(&layer, &input, &output, &cache, &gradient);

    let close = |told: f64, found: f64, what: &str| {
        let error = (told - found).abs() / (1.0 + found.abs());
        assert!(error <= 1e-5, "{} ({what}): {told} against {found}", layer.name());
    };
    for place in 0..input.values.len() {
        let mut moved = input.clone();
        moved.values[place] += STEP;
        let above = loss(&layer, &moved, &weights, learns);
        moved.values[place] -= 2.0 * STEP;
        let below = loss(&layer, &moved, &weights, learns);
        close(back.values[place], (above - below) / (2.0 * STEP), "input");
    }
    assert_eq!(parameters.len(), layer.parameters().len(), "{}", layer.name());
    for (part, told) in parameters.iter().enumerate() {
        for (place, told) in told.iter().enumerate() {
            let mut moved = layer.clone();
            moved.parameters_mut()[part][place] += STEP;
            let above = loss(&moved, &input, &weights, learns);
            moved.parameters_mut()[part][place] -= 2.0 * STEP;
            let below = loss(&moved, &input, &weights, learns);
            close(*told, (above - below) / (2.0 * STEP), layer.parameters()[part].0);
        }
    }
}

#[test]
fn every_layer_goes_back_as_differences_say() {
    let shape = Shape::new(4, 3, 12);
    let strided = |conv: Conv<f64>| Conv { stride: 3, ..conv };
    let norm = || BatchNorm {
        mean: vec![0.3, -0.1, 0.2, 0.0],
        variance: vec![0.5, 2.0, 1.0, 0.7],
        ..BatchNorm::new(4, 1e-3, 0.1)
    };
    for (layer, positive, learns) in [
        (Layer::TemporalConv(Conv::zeros(6, 4, 1, 5).with_bias()), false, false),
        (Layer::TemporalConv(strided(Conv::zeros(6, 2, 1, 5).with_groups(2).with_padding([4, 2]))), false, false),
        (Layer::TemporalConv(Conv::zeros(4, 1, 1, 13).with_groups(4).with_padding([6, 9])), false, false),
        (Layer::SpatialConv(Conv::zeros(8, 1, 3, 1).with_groups(4)), false, false),
        (Layer::SpatialConv(Conv::zeros(2, 4, 2, 1).with_bias()), false, false),
        (
            Layer::SeparableConv(SeparableConv {
                depthwise: Conv::zeros(4, 1, 1, 4).with_groups(4).with_padding([2, 2]).with_bias(),
                pointwise: Conv::zeros(5, 4, 1, 1).with_bias(),
            }),
            false,
            false,
        ),
        (Layer::Dense(Dense::zeros(3, shape.len())), false, false),
        (Layer::Dense(Dense { bias: None, ..Dense::zeros(2, shape.len()) }), false, false),
        (Layer::BatchNorm(norm()), false, true),
        (Layer::BatchNorm(norm()), false, false),
        (Layer::Elu(Elu { alpha: 0.7 }), false, false),
        (Layer::Tanh, false, false),
        (Layer::Relu, false, false),
        (Layer::Square, false, false),
        (Layer::Log(Log { floor: 1e-6 }), true, false),
        (Layer::Log(Log { floor: 1e-6 }), false, false),
        (Layer::MeanPool(Pool { window: 5, stride: 3 }), false, false),
        (Layer::MaxPool(Pool { window: 4, stride: 2 }), false, false),
        (Layer::Dropout { probability: 0.4 }, false, true),
        (Layer::Dropout { probability: 0.4 }, false, false),
    ] {
        check(layer, shape, positive, learns);
    }
    let fused = FusedConv { conv: Conv::zeros(5, 1, 3, 4).with_padding([2, 1]).with_bias(), factors: None };
    check(Layer::FusedConv(fused), Shape::window(3, 12), false, false);
}

/// As braindecode 1.8 has them for 22 channels, 1000 samples and four classes.
#[test]
fn the_networks_have_the_published_sizes() {
    let size = |architecture: Architecture| {
        let network: Network<f32> = architecture.network(22, 1000, 250.0, 4, 0).expect("a network");
        (network.parameter_count(), network.shapes()[network.shapes().len() - 2].len())
    };
    // Without the running values of its norms.
    assert_eq!(size(Architecture::EegNet(Default::default())), (3444, 496));
    assert_eq!(size(Architecture::Shallow(Default::default())), (46_084, 40 * 61));
    assert_eq!(size(Architecture::Mlp(Default::default())), (22_000 * 500 + 500 + 4 * 501, 500));
}

#[test]
fn what_cannot_be_is_refused_by_layer() {
    let refused = |architecture: Architecture, samples: usize| {
        architecture.network::<f32>(3, samples, 250.0, 2, 0).expect_err("impossible").to_string()
    };
    let told = refused(Architecture::Shallow(Default::default()), 50);
    let wanted =
        "layer 5 (mean pool) cannot take 40 × 1 × 26: its window is 75 samples long ([decoder.shallow] pool_samples)";
    assert_eq!(told, wanted);
    let eegnet = EegNet::default;
    let shallow = ShallowConvNet::default;
    for (architecture, wanted) in [
        (Architecture::EegNet(EegNet { temporal_filters: 0, ..eegnet() }), "[decoder.eegnet] temporal_filters = 0"),
        (
            Architecture::EegNet(EegNet { spatial_filters: 99_999_999_999, ..eegnet() }),
            "[decoder.eegnet] spatial_filters",
        ),
        (Architecture::EegNet(EegNet { second_pool_samples: usize::MAX, ..eegnet() }), "second_pool_samples"),
        (Architecture::EegNet(EegNet { dropout: 1.0, ..eegnet() }), "[decoder.eegnet] dropout = 1"),
        (Architecture::EegNet(EegNet { dropout: f64::NAN, ..eegnet() }), "[decoder.eegnet] dropout"),
        (
            Architecture::EegNet(EegNet { temporal_filters: 1000, temporal_samples: Some(100_000), ..eegnet() }),
            "[decoder.eegnet] temporal_filters and temporal_samples",
        ),
        (Architecture::EegNet(EegNet { spatial_filters: 900_000, ..eegnet() }), "temporal_filters and spatial_filters"),
        (Architecture::Shallow(ShallowConvNet { filters: 0, ..shallow() }), "[decoder.shallow] filters = 0"),
        (Architecture::Shallow(ShallowConvNet { filters: 100_000, ..shallow() }), "[decoder.shallow] filters make"),
        (
            Architecture::Shallow(ShallowConvNet { pool_stride_samples: Some(0), ..shallow() }),
            "pool_stride_samples = 0",
        ),
        (Architecture::Mlp(Mlp { hidden: vec![20, 0], dropout: 0.0 }), "[decoder.mlp] hidden names a layer of 0"),
        (Architecture::Mlp(Mlp { hidden: vec![100_000, 100_000], dropout: 0.0 }), "[decoder.mlp] hidden make"),
    ] {
        // Whatever the window is, and before memory is taken.
        assert!(architecture.check().expect_err("impossible").to_string().contains(wanted), "{wanted}");
        let told = refused(architecture, 500);
        assert!(told.contains(wanted), "{told}");
    }
    // Room for its weights, but not for the values of one window.
    let wide = Architecture::EegNet(EegNet { temporal_filters: 4000, spatial_filters: 1, ..eegnet() });
    wide.check().expect("possible for short windows");
    let told = refused(wide, 50_000);
    assert!(told.contains("values for each window of 3 \u{d7} 50000"), "{told}");
    let mut network: Network<f64> = Architecture::Mlp(Default::default()).network(2, 5, 100.0, 2, 0).expect("one");
    network.layers_mut()[0].parameters_mut()[0][3] = f64::NAN;
    assert_eq!(network.check().expect_err("NaN").to_string(), "a weight of layer 1 (dense) is not a finite number");
}

#[test]
fn merging_changes_nothing_that_the_network_says() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for architecture in [
        Architecture::EegNet(Default::default()),
        Architecture::Shallow(Default::default()),
        Architecture::Mlp(Mlp { hidden: vec![20, 10], dropout: 0.1 }),
    ] {
        let mut network: Network<f32> = architecture.network(5, 300, 250.0, 3, 7).expect("a network");
        for layer in network.layers_mut() {
            if let Layer::BatchNorm(norm) = layer {
                norm.mean.iter_mut().for_each(|x| *x = rng.random_range(-0.5..0.5));
                norm.variance.iter_mut().for_each(|x| *x = rng.random_range(0.2..2.0));
                norm.offset.iter_mut().for_each(|x| *x = rng.random_range(-0.5..0.5));
            }
        }
        let merged = network.merged().expect("merged");
        let kept = |layer: &Layer<f32>| !matches!(layer, Layer::BatchNorm(_) | Layer::Dropout { .. });
        assert!(merged.layers().iter().all(kept));
        assert!(!merged.layers().iter().any(|layer| matches!(layer, Layer::TemporalConv(_) | Layer::SpatialConv(_))));
        let shape = network.input();
        let windows = Batch { shape, values: (0..shape.len() * 2).map(|_| rng.random_range(-1.0..1.0)).collect() };
        for (a, b) in network.outputs(&windows).values.iter().zip(&merged.outputs(&windows).values) {
            assert!((a - b).abs() <= 1e-5 * (1.0 + a.abs()), "{a} against {b}");
        }
    }
}
