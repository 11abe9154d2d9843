use super::Flow;
use crate::training::wide::wide;
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
    let values = (flow.input.values.as_slice(), output.values.as_slice(), gradient.values.as_mut_slice());
    match layer {
        Layer::Elu(elu) => {
            let alpha = elu.alpha as f32;
            scale(values, |x, y| {
                let below = y + alpha;
                if x > 0.0 { 1.0 } else { below }
            });
        }
        Layer::Square => scale(values, |x, _| x + x),
        Layer::Log(log) => {
            let floor = log.floor as f32;
            scale(values, |x, _| {
                let slope = 1.0 / x;
                if x > floor { slope } else { 0.0 }
            });
        }
        Layer::Tanh => scale(values, |_, y| 1.0 - y * y),
        _ => scale(values, |x, _| if x > 0.0 { 1.0 } else { 0.0 }),
    }
}

/// Multiplies each gradient by the slope at its `x` and `y`.
fn scale(values: (&[f32], &[f32], &mut [f32]), slope: impl Fn(f32, f32) -> f32) {
    wide(
        values,
        #[inline(always)]
        |(x, y, g)| {
            for ((x, y), g) in x.iter().zip(y).zip(g) {
                *g *= slope(*x, *y);
            }
        },
    );
}
