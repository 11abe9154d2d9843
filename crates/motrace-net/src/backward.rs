use crate::forward::convolved;
use crate::{Batch, BatchNorm, Cache, Conv, Dense, Layer, Pool, Scalar};

/// The gradient of what went into a layer, and of its parameters in the order of [`Layer::parameters`], from the gradient of
/// what came out.
///
/// `cache` is what [`crate::forward`] gave. Parameters' gradients are sums over the batch.
#[must_use]
pub fn backward<T: Scalar>(
    layer: &Layer<T>,
    input: &Batch<T>,
    output: &Batch<T>,
    cache: &Cache<T>,
    gradient: &Batch<T>,
) -> (Batch<T>, Vec<Vec<T>>) {
    let none = Vec::new();
    match layer {
        Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => through_conv(conv, input, gradient),
        Layer::FusedConv(fused) => through_conv(&fused.conv, input, gradient),
        Layer::SeparableConv(conv) => {
            let between = match cache {
                Cache::Between(between) => between.clone(),
                _ => convolved(&conv.depthwise, input),
            };
            let (inner, pointwise) = through_conv(&conv.pointwise, &between, gradient);
            let (outer, mut parameters) = through_conv(&conv.depthwise, input, &inner);
            parameters.extend(pointwise);
            (outer, parameters)
        }
        Layer::Dense(dense) => through_dense(dense, input, gradient),
        Layer::BatchNorm(norm) => through_norm(norm, input, cache, gradient),
        Layer::Elu(elu) => {
            let alpha = T::of(elu.alpha);
            let slope = |x: T, y: T| if x > T::zero() { T::one() } else { y + alpha };
            (elementwise(input, output, gradient, slope), none)
        }
        Layer::Tanh => (elementwise(input, output, gradient, |_, y| T::one() - y * y), none),
        Layer::Relu => {
            (elementwise(input, output, gradient, |x, _| if x > T::zero() { T::one() } else { T::zero() }), none)
        }
        Layer::Square => (elementwise(input, output, gradient, |x, _| x + x), none),
        Layer::Log(log) => {
            let floor = T::of(log.floor);
            let slope = |x: T, _| if x > floor { T::one() / x } else { T::zero() };
            (elementwise(input, output, gradient, slope), none)
        }
        Layer::MeanPool(pool) => (through_mean_pool(*pool, input, gradient), none),
        Layer::MaxPool(_) => {
            let mut back = Batch::zeros(input.shape, input.windows());
            if let Cache::Largest(largest) = cache {
                for (place, g) in largest.iter().zip(&gradient.values) {
                    back.values[*place as usize] += *g;
                }
            }
            (back, none)
        }
        Layer::Dropout { .. } => match cache {
            Cache::Mask(mask) => {
                let values = gradient.values.iter().zip(mask).map(|(g, m)| *g * *m).collect();
                (Batch { shape: input.shape, values }, none)
            }
            _ => (gradient.clone(), none),
        },
    }
}

fn elementwise<T: Scalar>(
    input: &Batch<T>,
    output: &Batch<T>,
    gradient: &Batch<T>,
    slope: impl Fn(T, T) -> T,
) -> Batch<T> {
    let pairs = input.values.iter().zip(&output.values);
    let values = pairs.zip(&gradient.values).map(|((x, y), g)| slope(*x, *y) * *g).collect();
    Batch { shape: input.shape, values }
}

fn through_conv<T: Scalar>(conv: &Conv<T>, input: &Batch<T>, gradient: &Batch<T>) -> (Batch<T>, Vec<Vec<T>>) {
    let mut back = Batch::zeros(input.shape, input.windows());
    let mut weights = vec![T::zero(); conv.weights.len()];
    for ((x, back), g) in input.each().zip(back.each_mut()).zip(gradient.each()) {
        conv.add_transposed(g, gradient.shape, back, input.shape);
        conv.add_weight_gradient(x, input.shape, g, gradient.shape, &mut weights);
    }
    let mut parameters = vec![weights];
    if conv.bias.is_some() {
        let per_map = gradient.shape.rows * gradient.shape.samples;
        let mut bias = vec![T::zero(); conv.maps_out];
        for window in gradient.each() {
            for (bias, values) in bias.iter_mut().zip(window.chunks_exact(per_map)) {
                *bias += values.iter().copied().sum::<T>();
            }
        }
        parameters.push(bias);
    }
    (back, parameters)
}

fn through_dense<T: Scalar>(dense: &Dense<T>, input: &Batch<T>, gradient: &Batch<T>) -> (Batch<T>, Vec<Vec<T>>) {
    let mut back = Batch::zeros(input.shape, input.windows());
    let mut weights = vec![T::zero(); dense.weights.len()];
    let mut bias = vec![T::zero(); dense.outputs];
    for ((x, back), g) in input.each().zip(back.each_mut()).zip(gradient.each()) {
        for (out, g) in g.iter().enumerate() {
            let row = weights[out * dense.inputs..].iter_mut().zip(dense.row(out));
            for (((gradient, w), x), back) in row.zip(x).zip(back.iter_mut()) {
                *gradient += *g * *x;
                *back += *g * *w;
            }
            bias[out] += *g;
        }
    }
    let bias = dense.bias.is_some().then_some(bias);
    (back, std::iter::once(weights).chain(bias).collect())
}

fn through_norm<T: Scalar>(
    norm: &BatchNorm<T>,
    input: &Batch<T>,
    cache: &Cache<T>,
    gradient: &Batch<T>,
) -> (Batch<T>, Vec<Vec<T>>) {
    let per_map = input.shape.rows * input.shape.samples;
    let count = T::of((per_map * input.windows()) as f64);
    let mut back = gradient.clone();
    let (mut gains, mut offsets) = (Vec::new(), Vec::new());
    for map in 0..norm.maps() {
        let place = map * per_map..(map + 1) * per_map;
        let ([mean, inverse], learns) = match cache {
            Cache::Moments(moments) => (moments[map], true),
            _ => {
                let inverse = T::one() / (norm.variance[map] + T::of(norm.epsilon)).sqrt();
                ([norm.mean[map], inverse], false)
            }
        };
        let pairs = || {
            let windows = input.each().zip(gradient.each());
            windows.flat_map(|(x, g)| x[place.clone()].iter().zip(&g[place.clone()]))
        };
        let offset = pairs().map(|(_, g)| *g).sum::<T>();
        let gain = pairs().map(|(x, g)| (*x - mean) * inverse * *g).sum::<T>();
        // μ and v of the batch depend on each of its values.
        let (even, along) = if learns { (offset / count, gain / count) } else { (T::zero(), T::zero()) };
        for (x, back) in input.each().zip(back.each_mut()) {
            for (x, g) in x[place.clone()].iter().zip(&mut back[place.clone()]) {
                *g = norm.gain[map] * inverse * (*g - even - (*x - mean) * inverse * along);
            }
        }
        gains.push(gain);
        offsets.push(offset);
    }
    (back, vec![gains, offsets])
}

fn through_mean_pool<T: Scalar>(pool: Pool, input: &Batch<T>, gradient: &Batch<T>) -> Batch<T> {
    let mut back = Batch::zeros(input.shape, input.windows());
    let size = T::of(pool.window as f64);
    let rows = back.values.chunks_exact_mut(input.shape.samples);
    for (back, g) in rows.zip(gradient.values.chunks_exact(gradient.shape.samples)) {
        for (j, g) in g.iter().enumerate() {
            let share = *g / size;
            back[j * pool.stride..][..pool.window].iter_mut().for_each(|x| *x += share);
        }
    }
    back
}
