use super::Flow;
use crate::{Batch, Pool, kernels};

pub(crate) fn forward(pool: Pool, input: &Batch<f32>, output: &mut Batch<f32>) {
    output.shape = pool.output(input.shape).unwrap_or(input.shape);
    output.values.resize(output.shape.len() * input.windows(), 0.0);
    kernels::mean_pool(pool, input.shape.samples, &input.values, &mut output.values);
}

/// Windows that overlap share blocks, as on the way forward: each sample of a block gets the same.
pub(crate) fn backward(pool: Pool, flow: Flow<'_>, gradient: &mut Batch<f32>) {
    let input = flow.input;
    let block = kernels::block_len(pool);
    let (per_window, per_stride) = (pool.window / block, pool.stride / block);
    let outputs = gradient.shape.samples;
    let scale = 1.0 / pool.window as f32;
    let mut blocks = vec![0.0; (outputs.max(1) - 1) * per_stride + per_window];
    flow.memory.turn(gradient, input, |gradient, back| {
        let rows = back.values.chunks_exact_mut(input.shape.samples);
        for (back, g) in rows.zip(gradient.values.chunks_exact(outputs)) {
            blocks.fill(0.0);
            for (j, g) in g.iter().enumerate() {
                let share = *g * scale;
                blocks[j * per_stride..][..per_window].iter_mut().for_each(|sum| *sum += share);
            }
            for (back, sum) in back.chunks_exact_mut(block).zip(&blocks) {
                back.fill(*sum);
            }
        }
    });
}
