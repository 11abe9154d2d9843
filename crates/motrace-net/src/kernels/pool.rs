use crate::Pool;

/// The mean of each window of a pool, along each line of `samples`.
///
/// Windows that overlap share sums: a line is cut into blocks as long as the greatest common divisor of the window and the
/// stride, each block is added up in the order of time, and then the blocks of a window. So the value of a window does not
/// depend on where in the line it is.
///
/// # Panics
/// Where the pool does not fit lines of `samples`, or `x` and `y` are not as many lines.
pub fn mean_pool(pool: Pool, samples: usize, x: &[f32], y: &mut [f32]) {
    let block = block_len(pool);
    let (per_window, per_stride) = (pool.window / block, pool.stride / block);
    let outputs = (samples - pool.window) / pool.stride + 1;
    assert_eq!(x.len() / samples * outputs, y.len(), "values that come out");
    for (x, y) in x.chunks_exact(samples).zip(y.chunks_exact_mut(outputs)) {
        if per_window == 1 {
            for (j, y) in y.iter_mut().enumerate() {
                *y = mean_of_blocks(pool, [sum(&x[j * pool.stride..][..block])]);
            }
            continue;
        }
        // Sums of a few blocks at a time, on the stack.
        let mut blocks = [0.0; BLOCKS];
        let at_once = BLOCKS.saturating_sub(per_window) / per_stride + 1;
        if per_window > BLOCKS {
            for (j, y) in y.iter_mut().enumerate() {
                *y = mean_of_blocks(pool, x[j * pool.stride..][..pool.window].chunks_exact(block).map(sum));
            }
            continue;
        }
        for (part, y) in y.chunks_mut(at_once).enumerate() {
            let first = part * at_once * pool.stride;
            let needed = (y.len() - 1) * per_stride + per_window;
            sum_each(&x[first..][..needed * block], block, &mut blocks[..needed]);
            for (j, y) in y.iter_mut().enumerate() {
                *y = mean_of_blocks(pool, blocks[j * per_stride..][..per_window].iter().copied());
            }
        }
    }
}

/// Sums that are kept at once.
const BLOCKS: usize = 256;

/// The sum of each block; several at a time, as each addition waits for the one before it.
fn sum_each(values: &[f32], block: usize, sums: &mut [f32]) {
    const AT_ONCE: usize = 8;
    let (many, rest) = sums.as_chunks_mut::<AT_ONCE>();
    let (values, last) = values.split_at(many.len() * AT_ONCE * block);
    for (sums, values) in many.iter_mut().zip(values.chunks_exact(AT_ONCE * block)) {
        let blocks: [&[f32]; AT_ONCE] = std::array::from_fn(|n| &values[n * block..][..block]);
        let mut running = [0.0; AT_ONCE];
        for n in 0..block {
            for (sum, values) in running.iter_mut().zip(&blocks) {
                *sum += values[n];
            }
        }
        *sums = running;
    }
    for (one, values) in rest.iter_mut().zip(last.chunks_exact(block)) {
        *one = sum(values);
    }
}

fn sum(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |sum, value| sum + value)
}

/// Samples of a block of a pool.
pub(crate) const fn block_len(pool: Pool) -> usize {
    let (mut a, mut b) = (pool.window, pool.stride);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The mean of a window from the sums of its blocks.
pub(crate) fn mean_of_blocks(pool: Pool, blocks: impl IntoIterator<Item = f32>) -> f32 {
    blocks.into_iter().fold(0.0, |sum, block| sum + block) / pool.window as f32
}
