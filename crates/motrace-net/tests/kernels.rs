//! The fast kernels against the plain definitions of the layers, in `f64`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_net::kernels::{FusedKernel, PackedConv, WeightGradient, dense, mean_pool};
use motrace_net::{Batch, Cache, Conv, Dense, Factors, FusedConv, Layer, Mode, Pool, Shape, backward, forward};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn exact(layer: &Layer<f32>, shape: Shape, x: &[f32]) -> Batch<f64> {
    forward(&mut layer.converted(), &wide(shape, x), &mut Mode::Decide).0
}

fn wide(shape: Shape, values: &[f32]) -> Batch<f64> {
    Batch { shape, values: values.iter().map(|v| f64::from(*v)).collect() }
}

/// The layer without signs: from inputs without signs, its outputs are the magnitudes of what is added up.
fn unsigned(layer: &Layer<f32>) -> Layer<f32> {
    let mut layer = layer.clone();
    layer.parameters_mut().into_iter().flatten().for_each(|w| *w = w.abs());
    layer
}

fn magnitudes(values: &[f32]) -> Vec<f32> {
    values.iter().map(|v| v.abs()).collect()
}

/// Relative to the largest magnitude of what is added up: rounding follows that, where the sum itself may be next to nothing.
#[track_caller]
fn assert_near(told: &[f32], exact: &[f64], added: &[f64], what: &str) {
    assert_eq!((told.len(), told.len()), (exact.len(), added.len()), "{what}");
    let largest = added.iter().fold(1e-3, |largest: f64, v| largest.max(*v));
    for (place, (told, exact)) in told.iter().zip(exact).enumerate() {
        assert!((f64::from(*told) - exact).abs() <= 3e-6 * largest, "{what} {place}: {told} against {exact}");
    }
}

/// The magnitudes of what is added up on the way back: for the inputs, and for the weights.
fn back_magnitudes(layer: &Layer<f32>, input: Shape, x: &[f32], added: &Batch<f64>, g: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let (x, g) = (wide(input, &magnitudes(x)), wide(added.shape, &magnitudes(g)));
    let (back, mut parameters) = backward(&unsigned(layer).converted(), &x, added, &Cache::Nothing, &g);
    (back.values, parameters.swap_remove(0))
}

/// Forward, transposed and the gradient of the weights of a convolution that the kernels are for.
fn check(conv: &Conv<f32>, input: Shape) {
    let output = conv.output(input).unwrap();
    let x = numbers(input.len(), 5);
    let layer = Layer::TemporalConv(conv.clone());
    let expected = exact(&layer, input, &x);
    let added = exact(&unsigned(&layer), input, &magnitudes(&x));

    let mut packed = PackedConv::new(conv, input).expect("the kernel is for it");
    assert_eq!([packed.inputs(), packed.outputs()], [input.len(), output.len()]);
    let mut y = vec![f32::NAN; output.len()];
    packed.run(&x, &mut y);
    assert_near(&y, &expected.values, &added.values, "forward");

    let g = numbers(output.len(), 6);
    let (back, parameters) =
        backward(&layer.converted(), &wide(input, &x), &expected, &Cache::Nothing, &wide(output, &g));
    let (back_added, parameters_added) = back_magnitudes(&layer, input, &x, &added, &g);
    let after = output.samples + conv.taps - 1 - input.samples - conv.padding[0];
    match PackedConv::transposed(conv, input) {
        Some(mut packed) => {
            let mut x = vec![f32::NAN; input.len()];
            packed.run(&g, &mut x);
            assert_near(&x, &back.values, &back_added, "transposed");
        }
        None => assert!(conv.padding[0].max(after) >= conv.taps),
    }

    let mut gradient = vec![0.25; conv.weights.len()];
    WeightGradient::new(conv, input).expect("the kernel is for it").add(&x, &g, &mut gradient);
    let expected: Vec<f64> = parameters[0].iter().map(|w| w + 0.25).collect();
    assert_near(&gradient, &expected, &parameters_added, "gradient of the weights");
}

fn drawn(mut conv: Conv<f32>) -> Conv<f32> {
    conv.weights = numbers(conv.weights.len(), 1);
    if let Some(bias) = &mut conv.bias {
        *bias = numbers(bias.len(), 2);
    }
    conv
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Over all rows: spatial and fused convolutions.
    #[test]
    fn over_all_rows(maps in 1usize..41, channels in 1usize..41, taps in 1usize..30, more in 0usize..90,
                     before in 0usize..20, after in 0usize..20, bias: bool) {
        let conv = Conv::zeros(maps, 1, channels, taps).with_padding([before, after]);
        let conv = if bias { conv.with_bias() } else { conv };
        check(&drawn(conv), Shape::window(channels, taps + more));
    }

    /// One row high, in groups: temporal, depthwise and pointwise convolutions.
    #[test]
    fn in_groups(groups in 1usize..9, ins in 1usize..4, outs in 1usize..10, rows in 1usize..5, taps in 1usize..70,
                 more in 0usize..200, padding in 0usize..40) {
        let conv = Conv::zeros(groups * outs, ins, 1, taps).with_groups(groups).with_padding([padding; 2]).with_bias();
        check(&drawn(conv), Shape::new(groups * ins, rows, taps + more));
    }

    /// The spatial filters of EEGNet: groups of one map, over all rows.
    #[test]
    fn over_all_rows_in_groups(groups in 1usize..9, outs in 1usize..4, channels in 1usize..41, samples in 1usize..80) {
        let conv = Conv::zeros(groups * outs, 1, channels, 1).with_groups(groups);
        check(&drawn(conv), Shape::new(groups, channels, samples));
    }

    /// Kernels of rank one go another way to the same place.
    #[test]
    fn rank_one(maps in 1usize..20, channels in 1usize..30, taps in 1usize..70, more in 0usize..150, same: bool) {
        let (spatial, temporal) = (numbers(maps * channels, 7), numbers(maps * taps, 8));
        let mut conv = Conv::zeros(maps, 1, channels, taps).with_bias();
        if same {
            conv = conv.with_padding([taps / 2; 2]);
        }
        conv = drawn(conv);
        for (line, kernel) in conv.weights.chunks_exact_mut(taps).enumerate() {
            let tap = |tap: usize| spatial[line] * temporal[line / channels * taps + tap];
            kernel.iter_mut().enumerate().for_each(|(n, w)| *w = tap(n));
        }
        let input = Shape::window(channels, taps + more);
        let output = conv.output(input).unwrap();
        let fused = FusedConv { conv, factors: Some(Factors { spatial, temporal }) };
        let layer = Layer::FusedConv(fused.clone());
        let (x, g) = (numbers(input.len(), 5), numbers(output.len(), 6));
        let expected = exact(&layer, input, &x);
        let (back, parameters) =
            backward(&layer.converted(), &wide(input, &x), &expected, &Cache::Nothing, &wide(output, &g));
        let added = exact(&unsigned(&layer), input, &magnitudes(&x));
        let (back_added, parameters_added) = back_magnitudes(&layer, input, &x, &added, &g);

        // One tap with half a tap of zeros on both sides is none of those the transposed product is for.
        if let Some(mut kernel) = FusedKernel::new(&fused, input) {
            let (mut y, mut returned) = (vec![0.0; output.len()], vec![0.0; input.len()]);
            kernel.forward(&x, &mut y);
            assert_near(&y, &expected.values, &added.values, "forward");
            kernel.transposed(&g, &mut returned);
            assert_near(&returned, &back.values, &back_added, "transposed");
            let mut gradient = vec![0.0; fused.conv.weights.len()];
            kernel.weight_gradient(&x, &g, &mut gradient);
            assert_near(&gradient, &parameters[0], &parameters_added, "gradient of the weights");
        } else {
            prop_assert!(taps / 2 >= taps);
        }
    }

    #[test]
    fn dense_layers(outputs in 1usize..30, inputs in 1usize..300) {
        let layer = Dense {
            outputs, inputs, weights: numbers(outputs * inputs, 1), bias: (inputs % 2 == 0).then(|| numbers(outputs, 2)),
        };
        let x = numbers(inputs, 3);
        let mut y = vec![0.0; outputs];
        dense(&layer, &x, &mut y);
        let (layer, shape) = (Layer::Dense(layer), Shape::list(inputs));
        let added = exact(&unsigned(&layer), shape, &magnitudes(&x)).values;
        assert_near(&y, &exact(&layer, shape, &x).values, &added, "dense");
    }

    #[test]
    fn mean_pools(window in 1usize..120, stride in 1usize..80, more in 0usize..400, lines in 1usize..4) {
        let (pool, shape) = (Pool { window, stride }, Shape::new(lines, 1, window + more));
        let x = numbers(shape.len(), 3);
        let expected = exact(&Layer::MeanPool(pool), shape, &x);
        let added = exact(&Layer::MeanPool(pool), shape, &magnitudes(&x)).values;
        let mut y = vec![0.0; expected.values.len()];
        mean_pool(pool, shape.samples, &x, &mut y);
        assert_near(&y, &expected.values, &added, "mean pool");
    }
}

/// Factors that are not those of the kernel are not used.
#[test]
fn wrong_factors_change_nothing() {
    let input = Shape::window(3, 40);
    let conv = drawn(Conv::zeros(2, 1, 3, 5).with_bias());
    let factors = Factors { spatial: vec![1.0; 6], temporal: vec![1.0; 10] };
    let fused = FusedConv { conv, factors: Some(factors) };
    let x = numbers(input.len(), 5);
    let mut y = vec![0.0; 2 * 36];
    FusedKernel::new(&fused, input).unwrap().forward(&x, &mut y);
    let layer = Layer::FusedConv(fused);
    let added = exact(&unsigned(&layer), input, &magnitudes(&x)).values;
    assert_near(&y, &exact(&layer, input, &x).values, &added, "forward");
}

/// What the kernels are not for is said, so that the plain definition is used.
#[test]
fn others_are_not_taken() {
    let mut conv = Conv::<f32>::zeros(2, 1, 1, 3);
    conv.stride = 2;
    assert!(PackedConv::new(&conv, Shape::window(1, 30)).is_none());
    assert!(PackedConv::new(&Conv::<f32>::zeros(2, 1, 2, 3), Shape::window(3, 30)).is_none());
    assert!(PackedConv::new(&Conv::<f32>::zeros(2, 1, 1, 31), Shape::window(1, 30)).is_none());
}
