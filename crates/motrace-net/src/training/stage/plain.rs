use super::{Flow, Partial};
use crate::{Batch, Layer, Mode};

/// By the layer's definition. No layer that comes here behaves differently where it learns.
pub(crate) fn forward(layer: &Layer<f32>, flow: Flow<'_>, output: &mut Batch<f32>) {
    (*output, flow.memory.cache) = crate::forward(&mut layer.clone(), flow.input, &mut Mode::Decide);
}

pub(crate) fn backward(layer: &Layer<f32>, flow: Flow<'_>, output: &Batch<f32>, gradient: &mut Batch<f32>) -> Partial {
    let (back, partial) = crate::backward(layer, flow.input, output, &flow.memory.cache, gradient);
    *gradient = back;
    partial
}
