use crate::{Batch, BatchNorm, Conv, Dense, Layer, Pool, Scalar, Shape};
use rand::{Rng, RngExt};

/// Whether a network learns.
pub enum Mode<'a> {
    /// It decides: batch norm uses its running values, nothing is dropped.
    Decide,
    /// It learns: batch norm uses those of the batch and moves the running ones, values are dropped.
    Learn(&'a mut dyn Rng),
}

/// What going backward needs to know of going forward, beside what went in and came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Cache<T> {
    /// Nothing.
    Nothing,
    /// What came out of the first of two parts.
    Between(Batch<T>),
    /// μ and `1/√(v + ε)` of each map.
    Moments(Vec<[T; 2]>),
    /// By what each value was multiplied.
    Mask(Vec<T>),
    /// Which value of its window was the largest, for each that came out: its place in what went in.
    Largest(Vec<u32>),
}

/// What comes out of a layer, for each window of a batch.
///
/// This is the plain definition of each layer. [`crate::Network::check`] has to have found that the layers fit.
pub fn forward<T: Scalar>(layer: &mut Layer<T>, input: &Batch<T>, mode: &mut Mode<'_>) -> (Batch<T>, Cache<T>) {
    match layer {
        Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => (convolved(conv, input), Cache::Nothing),
        Layer::FusedConv(fused) => (convolved(&fused.conv, input), Cache::Nothing),
        Layer::SeparableConv(conv) => {
            let between = convolved(&conv.depthwise, input);
            (convolved(&conv.pointwise, &between), Cache::Between(between))
        }
        Layer::Dense(dense) => (weighted(dense, input), Cache::Nothing),
        Layer::BatchNorm(norm) => normalised(norm, input, matches!(mode, Mode::Learn(_))),
        Layer::Elu(elu) => {
            let alpha = T::of(elu.alpha);
            (mapped(input, |x| if x > T::zero() { x } else { alpha * x.exp_m1() }), Cache::Nothing)
        }
        Layer::Tanh => (mapped(input, T::tanh), Cache::Nothing),
        Layer::Relu => (mapped(input, |x| if x > T::zero() { x } else { T::zero() }), Cache::Nothing),
        Layer::Square => (mapped(input, |x| x * x), Cache::Nothing),
        Layer::Log(log) => {
            let floor = T::of(log.floor);
            (mapped(input, |x| if x > floor { x.ln() } else { floor.ln() }), Cache::Nothing)
        }
        Layer::MeanPool(pool) => (mean_pooled(*pool, input), Cache::Nothing),
        Layer::MaxPool(pool) => max_pooled(*pool, input),
        Layer::Dropout { probability } => match mode {
            Mode::Learn(rng) if *probability > 0.0 => {
                let kept = T::of(1.0 / (1.0 - *probability));
                let draw = |_: &T| if rng.random::<f64>() < *probability { T::zero() } else { kept };
                let mask: Vec<T> = input.values.iter().map(draw).collect();
                let values = input.values.iter().zip(&mask).map(|(x, m)| *x * *m).collect();
                (Batch { shape: input.shape, values }, Cache::Mask(mask))
            }
            _ => (input.clone(), Cache::Nothing),
        },
    }
}

fn mapped<T: Scalar>(input: &Batch<T>, f: impl Fn(T) -> T) -> Batch<T> {
    Batch { shape: input.shape, values: input.values.iter().map(|x| f(*x)).collect() }
}

/// The shape that comes out; [`crate::Network::check`] has found before that there is one.
pub(crate) fn shape_of(output: Result<Shape, String>) -> Shape {
    output.unwrap_or(Shape::new(0, 0, 0))
}

pub(crate) fn convolved<T: Scalar>(conv: &Conv<T>, input: &Batch<T>) -> Batch<T> {
    let shape = shape_of(conv.output(input.shape));
    let mut output = Batch::zeros(shape, input.windows());
    for (x, y) in input.each().zip(output.each_mut()) {
        if conv.bias.is_some() {
            for (map, y) in y.chunks_exact_mut(shape.rows * shape.samples).enumerate() {
                y.fill(conv.bias_of(map));
            }
        }
        conv.add_product(x, input.shape, y, shape);
    }
    output
}

fn weighted<T: Scalar>(dense: &Dense<T>, input: &Batch<T>) -> Batch<T> {
    let mut output = Batch::zeros(Shape::list(dense.outputs), input.windows());
    for (x, y) in input.each().zip(output.each_mut()) {
        for (out, y) in y.iter_mut().enumerate() {
            *y = dense.row(out).iter().zip(x).map(|(w, x)| *w * *x).sum::<T>() + dense.bias_of(out);
        }
    }
    output
}

fn normalised<T: Scalar>(norm: &mut BatchNorm<T>, input: &Batch<T>, learns: bool) -> (Batch<T>, Cache<T>) {
    let per_map = input.shape.rows * input.shape.samples;
    let mut output = input.clone();
    if !learns {
        for window in output.each_mut() {
            for (map, values) in window.chunks_exact_mut(per_map).enumerate() {
                let [scale, shift] = norm.scale_and_shift(map);
                values.iter_mut().for_each(|x| *x = *x * scale + shift);
            }
        }
        return (output, Cache::Nothing);
    }
    let count = T::of((per_map * input.windows()) as f64);
    let mut moments = Vec::with_capacity(norm.maps());
    for map in 0..norm.maps() {
        let place = map * per_map..(map + 1) * per_map;
        let values = || input.each().flat_map(|window| &window[place.clone()]);
        let mean = values().copied().sum::<T>() / count;
        let variance = values().map(|x| (*x - mean) * (*x - mean)).sum::<T>() / count;
        let inverse = T::one() / (variance + T::of(norm.epsilon)).sqrt();
        for window in output.each_mut() {
            for x in &mut window[place.clone()] {
                *x = (*x - mean) * inverse * norm.gain[map] + norm.offset[map];
            }
        }
        norm.follow(map, mean, variance, count);
        moments.push([mean, inverse]);
    }
    (output, Cache::Moments(moments))
}

impl<T: Scalar> BatchNorm<T> {
    /// Moves the running values towards those of a batch; the variance without its bias.
    pub(crate) fn follow(&mut self, map: usize, mean: T, variance: T, count: T) {
        let momentum = T::of(self.momentum);
        let unbiased = if count > T::one() { variance * count / (count - T::one()) } else { variance };
        self.mean[map] = self.mean[map] * (T::one() - momentum) + mean * momentum;
        self.variance[map] = self.variance[map] * (T::one() - momentum) + unbiased * momentum;
    }
}

fn mean_pooled<T: Scalar>(pool: Pool, input: &Batch<T>) -> Batch<T> {
    let shape = shape_of(pool.output(input.shape));
    let mut output = Batch::zeros(shape, input.windows());
    let size = T::of(pool.window as f64);
    let rows = input.values.chunks_exact(input.shape.samples);
    for (x, y) in rows.zip(output.values.chunks_exact_mut(shape.samples)) {
        for (j, y) in y.iter_mut().enumerate() {
            *y = x[j * pool.stride..][..pool.window].iter().copied().sum::<T>() / size;
        }
    }
    output
}

fn max_pooled<T: Scalar>(pool: Pool, input: &Batch<T>) -> (Batch<T>, Cache<T>) {
    let shape = shape_of(pool.output(input.shape));
    let mut output = Batch::zeros(shape, input.windows());
    let mut largest = vec![0; output.values.len()];
    let rows = input.values.chunks_exact(input.shape.samples).enumerate();
    let outs = output.values.chunks_exact_mut(shape.samples).zip(largest.chunks_exact_mut(shape.samples));
    for ((row, x), (y, largest)) in rows.zip(outs) {
        for (j, (y, largest)) in y.iter_mut().zip(largest).enumerate() {
            let first = j * pool.stride;
            let best = (first..first + pool.window).reduce(|best, n| if x[n] > x[best] { n } else { best });
            let best = best.unwrap_or(first);
            *y = x[best];
            *largest = (row * input.shape.samples + best) as u32;
        }
    }
    (output, Cache::Largest(largest))
}
