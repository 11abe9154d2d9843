use super::Flow;
use crate::training::wide::wide;
use crate::training::workers;
use crate::{Batch, Dense, Layer, Shape, kernels};

/// Rows of weights that are gone through at once.
const ROWS: usize = 4;
/// Values of a row whose gradient is computed at once.
const PIECE: usize = 1024;

pub(crate) fn forward(layer: &Layer<f32>, input: &Batch<f32>, output: &mut Batch<f32>) {
    let Layer::Dense(dense) = layer else { return };
    output.shape = Shape::list(dense.outputs);
    output.values.resize(input.windows() * dense.outputs, 0.0);
    // A few rows at a time, so that long weights are read once for all windows of the part.
    for first in (0..dense.outputs).step_by(ROWS) {
        let rows = ROWS.min(dense.outputs - first);
        let weights = &dense.weights[first * dense.inputs..][..rows * dense.inputs];
        for (x, y) in input.each().zip(output.each_mut()) {
            let y = &mut y[first..first + rows];
            kernels::products(weights, x, y);
            y.iter_mut().enumerate().for_each(|(row, y)| *y += dense.bias_of(first + row));
        }
    }
}

/// The weights' gradient is computed later, for all parts at once: it would be long for each.
pub(crate) fn backward(layer: &Layer<f32>, flow: Flow<'_>, gradient: &mut Batch<f32>, wanted: bool) {
    let Layer::Dense(dense) = layer else { return };
    let memory = &mut flow.memory.values;
    std::mem::swap(memory, &mut gradient.values);
    gradient.shape = flow.input.shape;
    gradient.values.clear();
    if !wanted {
        return;
    }
    gradient.values.resize(flow.input.values.len(), 0.0);
    for row in 0..dense.outputs {
        let weights = dense.row(row);
        for (back, g) in gradient.each_mut().zip(memory.chunks_exact(dense.outputs)) {
            add_scaled(back, weights, g[row]);
        }
    }
}

fn add_scaled(to: &mut [f32], from: &[f32], by: f32) {
    wide(
        (to, from),
        #[inline(always)]
        |(to, from)| to.iter_mut().zip(from).for_each(|(to, from)| *to += by * *from),
    );
}

/// The gradients of weights and bias: for each part what went in, and the gradient of what came out.
pub(crate) fn gradients(dense: &Dense<f32>, parts: &[(&Batch<f32>, &[f32])], threads: usize, into: &mut Vec<Vec<f32>>) {
    into.resize(if dense.bias.is_some() { 2 } else { 1 }, Vec::new());
    into[0].resize(dense.weights.len(), 0.0);
    let inputs = dense.inputs.max(1);
    let mut blocks: Vec<&mut [f32]> = into[0].chunks_mut(inputs * ROWS).collect();
    workers::each(threads, &mut blocks, |block, weights| {
        weights.fill(0.0);
        // Short pieces of some rows, so that what went in is read once for these.
        for piece in (0..inputs).step_by(PIECE).map(|begin| begin..inputs.min(begin + PIECE)) {
            for (input, gradient) in parts {
                for (x, g) in input.each().zip(gradient.chunks_exact(dense.outputs)) {
                    for (row, weights) in weights.chunks_exact_mut(inputs).enumerate() {
                        add_scaled(&mut weights[piece.clone()], &x[piece.clone()], g[block * ROWS + row]);
                    }
                }
            }
        }
    });
    if let Some(bias) = into.get_mut(1) {
        bias.clear();
        let of_row = |row| {
            let values = parts.iter().flat_map(|(_, gradient)| gradient.chunks_exact(dense.outputs));
            values.map(|g| g[row]).sum::<f32>()
        };
        bias.extend((0..dense.outputs).map(of_row));
    }
}
