use super::Flow;
use crate::{Batch, Layer, kernels};

/// Whether the layer is one of these.
pub(crate) fn is(layer: &Layer<f32>) -> bool {
    matches!(layer, Layer::Elu(_) | Layer::Tanh | Layer::Relu | Layer::Square | Layer::Log(_))
}

pub(crate) fn forward(layer: &Layer<f32>, flow: &Flow<'_>, output: &mut Batch<f32>) {
    let x = &flow.input.values;
    output.shape = flow.input.shape;
    output.values.resize(x.len(), 0.0);
    let y = &mut output.values;
    match layer {
        Layer::Elu(elu) => kernels::elu(elu.alpha as f32, x, y),
        Layer::Square => kernels::square(x, y),
        Layer::Log(log) => kernels::log(log.floor as f32, x, y),
        Layer::Tanh => x.iter().zip(y).for_each(|(x, y)| *y = x.tanh()),
        _ => x.iter().zip(y).for_each(|(x, y)| *y = x.max(0.0)),
    }
}

pub(crate) fn backward(layer: &Layer<f32>, flow: &Flow<'_>, output: &Batch<f32>, gradient: &mut Batch<f32>) {
    let values = flow.input.values.iter().zip(&output.values).zip(&mut gradient.values);
    match layer {
        Layer::Elu(elu) => {
            let alpha = elu.alpha as f32;
            values.for_each(|((x, y), g)| *g *= if *x > 0.0 { 1.0 } else { y + alpha });
        }
        Layer::Square => values.for_each(|((x, _), g)| *g *= x + x),
        Layer::Log(log) => {
            let floor = log.floor as f32;
            values.for_each(|((x, _), g)| *g = if *x > floor { *g / x } else { 0.0 });
        }
        Layer::Tanh => values.for_each(|((_, y), g)| *g *= 1.0 - y * y),
        _ => values.for_each(|((x, _), g)| *g = if *x > 0.0 { *g } else { 0.0 }),
    }
}
