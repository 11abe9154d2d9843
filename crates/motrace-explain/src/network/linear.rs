use super::kernel::Kernels;
use motrace_net::kernels::SpectralConv;
use motrace_net::{Conv, Dense, Layer, Pool, Scalar, Shape, kernels};

/// What a rule takes of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part<T> {
    /// Positive weights times the one, negative ones times the other.
    Scaled { positive: T, negative: T },
    /// Their squares.
    Squares,
    /// 1 in place of each.
    Ones,
}

impl<T: Scalar> Part<T> {
    pub(super) fn whole() -> Self {
        Self::Scaled { positive: T::one(), negative: T::one() }
    }

    pub(super) fn is_whole(self) -> bool {
        self == Self::whole()
    }

    pub(super) fn of(self, weight: T) -> T {
        match self {
            Self::Scaled { positive, .. } if weight > T::zero() => weight * positive,
            Self::Scaled { negative, .. } => weight * negative,
            Self::Squares => weight * weight,
            Self::Ones => T::one(),
        }
    }

    pub(super) fn in_single_precision(self) -> Part<f32> {
        let single = |value: T| value.as_f64() as f32;
        match self {
            Self::Scaled { positive, negative } => {
                Part::Scaled { positive: single(positive), negative: single(negative) }
            }
            Self::Squares => Part::Squares,
            Self::Ones => Part::Ones,
        }
    }
}

/// A layer that is linear but for its bias.
#[derive(Debug, Clone)]
pub(super) enum Linear<T> {
    Conv { conv: Conv<T>, input: Shape, output: Shape, kernels: Option<Box<Kernels>> },
    Dense(Dense<T>),
    MeanPool { pool: Pool, input: Shape, output: Shape },
}

impl<T: Scalar> Linear<T> {
    /// Adds `W' x` to `y`, where `W'` is a part of the weights.
    pub(super) fn add_product(&self, part: Part<T>, x: &[T], y: &mut [T]) {
        match self {
            Self::Conv { conv, input, output, .. } => each_tap(conv, *input, *output, |weight, from, to, count| {
                let weight = part.of(conv.weights[weight]);
                if weight == T::zero() {
                } else if conv.stride == 1 {
                    y[to..to + count].iter_mut().zip(&x[from..from + count]).for_each(|(y, x)| *y += weight * *x);
                } else {
                    let x = x[from..].iter().step_by(conv.stride);
                    y[to..to + count].iter_mut().zip(x).for_each(|(y, x)| *y += weight * *x);
                }
            }),
            Self::Dense(dense) => {
                for (out, y) in y.iter_mut().enumerate() {
                    *y += part_product(part, dense.row(out), x);
                }
            }
            Self::MeanPool { pool, input, output } => {
                let weight = part.of(share_of(*pool));
                for (x, y) in x.chunks_exact(input.samples).zip(y.chunks_exact_mut(output.samples)) {
                    for (j, y) in y.iter_mut().enumerate() {
                        *y += weight * x[j * pool.stride..][..pool.window].iter().copied().sum::<T>();
                    }
                }
            }
        }
    }

    /// Adds `W'ᵀ s` to `r`.
    pub(super) fn add_transposed(&self, part: Part<T>, s: &[T], r: &mut [T]) {
        match self {
            Self::Conv { conv, input, output, .. } => each_tap(conv, *input, *output, |weight, from, to, count| {
                let weight = part.of(conv.weights[weight]);
                if weight == T::zero() {
                } else if conv.stride == 1 {
                    r[from..from + count].iter_mut().zip(&s[to..to + count]).for_each(|(r, s)| *r += weight * *s);
                } else {
                    let r = r[from..].iter_mut().step_by(conv.stride);
                    r.zip(&s[to..to + count]).for_each(|(r, s)| *r += weight * *s);
                }
            }),
            Self::Dense(dense) => {
                for (out, s) in s.iter().enumerate() {
                    r.iter_mut().zip(dense.row(out)).for_each(|(r, w)| *r += part.of(*w) * *s);
                }
            }
            Self::MeanPool { pool, input, output } => {
                let weight = part.of(share_of(*pool));
                for (r, s) in r.chunks_exact_mut(input.samples).zip(s.chunks_exact(output.samples)) {
                    for (j, s) in s.iter().enumerate() {
                        let shared = weight * *s;
                        r[j * pool.stride..][..pool.window].iter_mut().for_each(|r| *r += shared);
                    }
                }
            }
        }
    }

    /// Its biases, and how many outputs one after the other have the same; `None` where it has none.
    pub(super) fn bias(&self) -> Option<(&[T], usize)> {
        match self {
            Self::Conv { conv, output, .. } => conv.bias.as_deref().map(|bias| (bias, output.rows * output.samples)),
            Self::Dense(dense) => dense.bias.as_deref().map(|bias| (bias, 1)),
            Self::MeanPool { .. } => None,
        }
    }

    pub(super) fn input_len(&self) -> usize {
        match self {
            Self::Conv { input, .. } | Self::MeanPool { input, .. } => input.len(),
            Self::Dense(dense) => dense.inputs,
        }
    }

    pub(super) fn output_len(&self) -> usize {
        match self {
            Self::Conv { output, .. } | Self::MeanPool { output, .. } => output.len(),
            Self::Dense(dense) => dense.outputs,
        }
    }

    /// Writes `y = Wx + b`.
    pub(super) fn forward(&mut self, x: &[T], y: &mut [T]) {
        if let Some(kernels) = self.kernels()
            && kernels.forward(x, y)
        {
            return;
        }
        match self.bias() {
            Some((bias, repeats)) => y.chunks_exact_mut(repeats).zip(bias).for_each(|(y, b)| y.fill(*b)),
            None => y.fill(T::zero()),
        }
        match self {
            Self::Dense(dense) if T::as_f32s(&dense.weights).is_some() => {
                dense_product(dense, x, y);
                y.iter_mut().zip(dense.bias.iter().flatten()).for_each(|(y, b)| *y += *b);
            }
            Self::MeanPool { pool, input, .. } => match (T::as_f32s(x), T::as_f32s_mut(y)) {
                (Some(x), Some(y)) => kernels::mean_pool(*pool, input.samples, x, y),
                _ => self.add_product(Part::whole(), x, y),
            },
            Self::Conv { .. } | Self::Dense(_) => self.add_product(Part::whole(), x, y),
        }
    }

    /// Writes `y = W'x`, where `W'` is a part of the weights.
    pub(super) fn product(&mut self, part: Part<T>, x: &[T], y: &mut [T]) {
        if let Some(kernels) = self.kernels()
            && kernels.product(part, x, y)
        {
            return;
        }
        match self {
            Self::Dense(dense) if part.is_whole() && T::as_f32s(&dense.weights).is_some() => dense_product(dense, x, y),
            Self::Conv { .. } | Self::Dense(_) | Self::MeanPool { .. } => {
                y.fill(T::zero());
                self.add_product(part, x, y);
            }
        }
    }

    /// Writes `r = W'ᵀs`.
    pub(super) fn transposed(&mut self, part: Part<T>, s: &[T], r: &mut [T]) {
        if let Some(kernels) = self.kernels()
            && kernels.transposed(part, s, r)
        {
            return;
        }
        r.fill(T::zero());
        self.add_transposed(part, s, r);
    }

    fn kernels(&mut self) -> Option<&mut Kernels> {
        match self {
            Self::Conv { kernels, .. } => kernels.as_deref_mut(),
            Self::Dense(_) | Self::MeanPool { .. } => None,
        }
    }

    /// The kernel of a convolution that is computed by spectra.
    pub(super) fn spectral(&self) -> Option<&SpectralConv> {
        match self {
            Self::Conv { kernels, .. } => kernels.as_ref()?.spectral(),
            Self::Dense(_) | Self::MeanPool { .. } => None,
        }
    }

    /// A linear layer, of separable convolutions neither part; `None` where the layer is none. Of these parts of the weights
    /// there will be products.
    pub(super) fn from_layer(layer: &Layer<T>, input: Shape, parts: &[Part<T>]) -> Option<Self> {
        let output = layer.output(input).ok()?;
        Some(match layer {
            Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => Self::conv(conv, layer, input, parts)?,
            Layer::FusedConv(fused) => Self::conv(&fused.conv, layer, input, parts)?,
            Layer::Dense(dense) => Self::Dense(dense.clone()),
            Layer::MeanPool(pool) => Self::MeanPool { pool: *pool, input, output },
            Layer::SeparableConv(_)
            | Layer::BatchNorm(_)
            | Layer::Elu(_)
            | Layer::Tanh
            | Layer::Relu
            | Layer::Square
            | Layer::Log(_)
            | Layer::MaxPool(_)
            | Layer::Dropout { .. } => return None,
        })
    }

    fn conv(conv: &Conv<T>, layer: &Layer<T>, input: Shape, parts: &[Part<T>]) -> Option<Self> {
        let kernels = Kernels::new(layer, input, parts).map(Box::new);
        Some(Self::Conv { output: conv.output(input).ok()?, conv: conv.clone(), input, kernels })
    }
}

/// Writes `Wx` of a dense layer in single precision; nothing in another.
fn dense_product<T: Scalar>(dense: &Dense<T>, x: &[T], y: &mut [T]) {
    if let (Some(weights), Some(x), Some(y)) = (T::as_f32s(&dense.weights), T::as_f32s(x), T::as_f32s_mut(y)) {
        kernels::products(weights, x, y);
    }
}

/// `Σ w' x`, in several sums side by side.
fn part_product<T: Scalar>(part: Part<T>, row: &[T], x: &[T]) -> T {
    match part {
        Part::Scaled { positive, negative } => dot(row, x, |weight| {
            let scale = if weight > T::zero() { positive } else { negative };
            weight * scale
        }),
        Part::Squares => dot(row, x, |weight| weight * weight),
        Part::Ones => dot(row, x, |_| T::one()),
    }
}

fn dot<T: Scalar>(row: &[T], x: &[T], of: impl Fn(T) -> T) -> T {
    let ((rows, row_rest), (xs, x_rest)) = (row.as_chunks::<LANES>(), x.as_chunks::<LANES>());
    let mut sums = [T::zero(); LANES];
    for (row, x) in rows.iter().zip(xs) {
        for n in 0..LANES {
            sums[n] += of(row[n]) * x[n];
        }
    }
    sums.into_iter().sum::<T>() + row_rest.iter().zip(x_rest).map(|(w, x)| of(*w) * *x).sum::<T>()
}

/// Sums of a dense layer that run side by side.
const LANES: usize = 16;

fn share_of<T: Scalar>(pool: Pool) -> T {
    T::one() / T::of(pool.window as f64)
}

/// Calls with the place of each weight, the first input and the first output that it connects, and how many such pairs follow, a stride
/// apart in the input.
pub(super) fn each_tap<T: Scalar>(
    conv: &Conv<T>,
    input: Shape,
    output: Shape,
    mut on: impl FnMut(usize, usize, usize, usize),
) {
    let mut weight = 0;
    for map in 0..conv.maps_out {
        let first_map = conv.first_map_in(map);
        for map_in in first_map..first_map + conv.maps_in {
            for row in 0..conv.rows {
                for tap in 0..conv.taps {
                    if let Some((reached, from)) = conv.reach(tap, input.samples, output.samples) {
                        for row_out in 0..output.rows {
                            let x = input.index(map_in, row_out + row, from);
                            on(weight, x, output.index(map, row_out, reached.start), reached.len());
                        }
                    }
                    weight += 1;
                }
            }
        }
    }
}
