//! Running a network, whole or over a stream, allocates nothing; nor do the kernels that training and explaining use.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use motrace_net::kernels::FusedKernel;
use motrace_net::{Architecture, EegNet, Layer, Mlp, Runner, ShallowConvNet, Sliding};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn running_allocates_nothing() {
    let window: Vec<f32> = (0..6 * 300).map(|n| (n as f32 * 0.7).sin()).collect();
    let networks = [
        Architecture::EegNet(EegNet::default()),
        Architecture::Shallow(ShallowConvNet::default()),
        Architecture::Mlp(Mlp { hidden: vec![30], dropout: 0.1 }),
    ];
    for architecture in networks {
        let network = architecture.network::<f32>(6, 300, 250.0, 3, 1).unwrap();
        let mut runner = Runner::new(&network).unwrap();
        let mut sliding = Sliding::new(&runner, 400).ok();
        let sum = assert_no_alloc(|| {
            let mut sum: f32 = runner.run(&window).iter().sum();
            for sample in window.chunks_exact(6).cycle().take(700) {
                if let Some(sliding) = &mut sliding {
                    sliding.push(sample);
                    sum += sliding.newest().map_or(0.0, |outputs| outputs[0]);
                }
            }
            sum
        });
        assert!(sum.is_finite());

        let Some(Layer::FusedConv(fused)) = runner.merged().layers().first().cloned() else { continue };
        let mut kernel = FusedKernel::new(&fused, network.input()).unwrap();
        let mut y = vec![0.0; fused.conv.output(network.input()).unwrap().len()];
        let mut back = vec![0.0; window.len()];
        let mut gradient = fused.conv.weights.clone();
        assert_no_alloc(|| {
            kernel.forward(&window, &mut y);
            kernel.transposed(&y, &mut back);
            kernel.weight_gradient(&window, &y, &mut gradient);
        });
    }
}
