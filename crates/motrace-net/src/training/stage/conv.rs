use super::kernels::{Kernels, add_bias_gradient};
use super::{Flow, Memory, Partial};
use crate::{Batch, Conv, Layer, SeparableConv, Shape};

/// The convolutions of a layer, one after the other.
fn convs(layer: &Layer<f32>) -> Vec<&Conv<f32>> {
    match layer {
        Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => vec![conv],
        Layer::FusedConv(fused) => vec![&fused.conv],
        Layer::SeparableConv(SeparableConv { depthwise, pointwise }) => vec![depthwise, pointwise],
        _ => Vec::new(),
    }
}

/// Whether there are fast kernels for all convolutions of a layer, and it has any.
pub(crate) fn is_fast(layer: &Layer<f32>, mut input: Shape) -> bool {
    let convs = convs(layer);
    !convs.is_empty()
        && convs.into_iter().all(|conv| {
            let fast = Kernels::are_for(conv, input);
            input = conv.output(input).unwrap_or(input);
            fast
        })
}

pub(crate) fn forward(layer: &Layer<f32>, flow: Flow<'_>, output: &mut Batch<f32>) {
    let Flow { input, memory, .. } = flow;
    match convs(layer).as_slice() {
        [conv] => {
            if let Some(kernels) = Kernels::with(&mut memory.kernels[0], conv, input.shape, true) {
                kernels.forward(input, output);
            }
        }
        [first, second] => {
            let [one, two] = &mut memory.kernels;
            let between = &mut memory.between;
            if let Some(kernels) = Kernels::with(one, first, input.shape, true) {
                kernels.forward(input, between);
            }
            if let Some(kernels) = Kernels::with(two, second, between.shape, true) {
                kernels.forward(between, output);
            }
        }
        _ => {}
    }
}

pub(crate) fn backward(layer: &Layer<f32>, flow: Flow<'_>, gradient: &mut Batch<f32>, wanted: bool) -> Partial {
    let Flow { input, memory, .. } = flow;
    // Taken out while the memory's other parts are worked in.
    let mut kernels = std::mem::take(&mut memory.kernels);
    let partial = match (convs(layer).as_slice(), &mut kernels) {
        ([conv], [Some(kernels), _]) => {
            let partial = gradients(conv, kernels, input, gradient);
            if wanted {
                turn(kernels, memory, input, gradient);
            }
            partial
        }
        ([first, second], [Some(one), Some(two)]) => {
            let between = std::mem::replace(&mut memory.between, Batch { shape: input.shape, values: Vec::new() });
            let after = gradients(second, two, &between, gradient);
            turn(two, memory, &between, gradient);
            memory.between = between;
            let mut partial = gradients(first, one, input, gradient);
            partial.extend(after);
            if wanted {
                turn(one, memory, input, gradient);
            }
            partial
        }
        _ => Vec::new(),
    };
    memory.kernels = kernels;
    partial
}

/// The gradients of one convolution's parameters.
fn gradients(conv: &Conv<f32>, kernels: &mut Kernels, input: &Batch<f32>, gradient: &Batch<f32>) -> Partial {
    let mut weights = vec![0.0; conv.weights.len()];
    let mut bias = vec![0.0; conv.bias.as_ref().map_or(0, Vec::len)];
    for (x, g) in input.each().zip(gradient.each()) {
        kernels.add_gradient(x, g, &mut weights);
        if !bias.is_empty() {
            add_bias_gradient(g, &mut bias);
        }
    }
    if bias.is_empty() { vec![weights] } else { vec![weights, bias] }
}

/// The gradient of what came out becomes that of what went in.
fn turn(kernels: &mut Kernels, memory: &mut Memory, input: &Batch<f32>, gradient: &mut Batch<f32>) {
    memory.turn(gradient, input, |gradient, back| {
        gradient.each().zip(back.each_mut()).for_each(|(g, back)| kernels.back_one(g, back));
    });
}
