//! How long networks take for one window of 22 channels and 1000 samples with four classes, and their kernels.

use divan::{Bencher, black_box};
use motrace_net::kernels::{FusedKernel, PackedConv, SpectralConv};
use motrace_net::{Architecture, Conv, EegNet, FusedConv, Mlp, Network, Runner, ShallowConvNet, Shape, Sliding};

const CHANNELS: usize = 22;
const SAMPLES: usize = 1000;

fn main() {
    divan::main();
}

fn window(count: usize) -> Vec<f32> {
    (0..count).map(|n| (n as f32 * 0.37).sin()).collect()
}

fn network(name: &str) -> Network<f32> {
    let architecture = match name {
        "eegnet" => Architecture::EegNet(EegNet::default()),
        "shallow" => Architecture::Shallow(ShallowConvNet::default()),
        _ => Architecture::Mlp(Mlp::default()),
    };
    architecture.network(CHANNELS, SAMPLES, 250.0, 4, 1).expect("the published network")
}

/// One window.
#[divan::bench(args = ["eegnet", "shallow", "mlp"], sample_count = 300, sample_size = 1)]
fn whole_window(bencher: Bencher, name: &str) {
    let mut runner = Runner::new(&network(name)).expect("it merges");
    let window = window(CHANNELS * SAMPLES);
    bencher.bench_local(|| runner.run(black_box(&window))[0]);
}

/// ShallowConvNet over a stream: so many new samples and the window that ends there.
#[divan::bench(args = [1, 10, 50], sample_count = 1000, sample_size = 1)]
fn hop(bencher: Bencher, hop: usize) {
    let runner = Runner::new(&network("shallow")).expect("it merges");
    let mut sliding = Sliding::new(&runner, SAMPLES).expect("it slides");
    let samples = window(CHANNELS * SAMPLES);
    let mut stream = samples.chunks_exact(CHANNELS).cycle();
    stream.by_ref().take(SAMPLES).for_each(|sample| sliding.push(sample));
    bencher.bench_local(|| {
        stream.by_ref().take(hop).for_each(|sample| sliding.push(sample));
        sliding.newest().map(|outputs| outputs[0])
    });
}

/// ShallowConvNet's fused convolution: 21.5 million multiply-adds.
fn fused() -> (FusedConv<f32>, Shape) {
    let mut conv = Conv::zeros(40, 1, CHANNELS, 25).with_bias();
    conv.weights = window(conv.weights.len());
    (FusedConv { conv, factors: None }, Shape::window(CHANNELS, SAMPLES))
}

#[divan::bench(sample_count = 300, sample_size = 1)]
fn fused_forward(bencher: Bencher) {
    let (fused, input) = fused();
    let mut packed = PackedConv::new(&fused.conv, input).expect("its stride is 1");
    let (x, mut y) = (window(packed.inputs()), vec![0.0; packed.outputs()]);
    bencher.bench_local(|| packed.run(black_box(&x), &mut y));
}

/// The same by spectra, as it is explained.
#[divan::bench(sample_count = 300, sample_size = 1)]
fn spectral_forward(bencher: Bencher) {
    let (fused, input) = fused();
    let mut spectral = SpectralConv::new(&fused.conv, input).expect("it pays");
    let (x, mut y) = (window(input.len()), vec![0.0; 40 * 976]);
    bencher.bench_local(|| spectral.forward(black_box(&x), &mut y));
}

#[divan::bench(sample_count = 300, sample_size = 1)]
fn spectral_transposed(bencher: Bencher) {
    let (fused, input) = fused();
    let mut spectral = SpectralConv::new(&fused.conv, input).expect("it pays");
    let (y, mut x) = (window(40 * 976), vec![0.0; input.len()]);
    bencher.bench_local(|| spectral.transposed(black_box(&y), &mut x));
}

#[divan::bench(sample_count = 300, sample_size = 1)]
fn fused_transposed(bencher: Bencher) {
    let (fused, input) = fused();
    let mut packed = PackedConv::transposed(&fused.conv, input).expect("its stride is 1");
    let (y, mut x) = (window(packed.inputs()), vec![0.0; packed.outputs()]);
    bencher.bench_local(|| packed.run(black_box(&y), &mut x));
}

#[divan::bench(sample_count = 300, sample_size = 1)]
fn fused_weight_gradient(bencher: Bencher) {
    let (fused, input) = fused();
    let mut kernel = FusedKernel::new(&fused, input).expect("its stride is 1");
    let (x, g) = (window(input.len()), window(40 * 976));
    let mut gradient = vec![0.0; fused.conv.weights.len()];
    bencher.bench_local(|| kernel.weight_gradient(black_box(&x), &g, &mut gradient));
}
