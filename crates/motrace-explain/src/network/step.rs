use super::linear_step::{LinearStep, RuleScratch, total};
use motrace_core::LayerLedger;
use motrace_net::{Pool, Scalar, Shape, kernels};

/// What passes relevance on as it is: it works on each value by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Elementwise {
    Elu { alpha: f64 },
    Tanh,
    Relu,
    Square,
    Log { floor: f64 },
}

impl Elementwise {
    fn forward<T: Scalar>(self, x: &[T], y: &mut [T]) {
        fn each<T: Scalar>(x: &[T], y: &mut [T], f: impl Fn(T) -> T) {
            y.iter_mut().zip(x).for_each(|(y, x)| *y = f(*x));
        }
        if let (Some(x), Some(y)) = (T::as_f32s(x), T::as_f32s_mut(y)) {
            match self {
                Self::Elu { alpha } => return kernels::elu(alpha as f32, x, y),
                Self::Square => return kernels::square(x, y),
                Self::Log { floor } => return kernels::log(floor as f32, x, y),
                Self::Tanh | Self::Relu => {}
            }
        }
        match self {
            Self::Elu { alpha } => {
                let alpha = T::of(alpha);
                each(x, y, |x| if x > T::zero() { x } else { alpha * x.exp_m1() });
            }
            Self::Tanh => each(x, y, T::tanh),
            Self::Relu => each(x, y, |x| if x > T::zero() || x.is_nan() { x } else { T::zero() }),
            Self::Square => each(x, y, |x| x * x),
            Self::Log { floor } => {
                let floor = T::of(floor);
                each(x, y, |x| if x > floor || x.is_nan() { x.ln() } else { floor.ln() });
            }
        }
    }
}

/// A layer as relevance sees it.
#[derive(Debug, Clone)]
pub(super) enum Step<T> {
    Linear(LinearStep<T>),
    Elementwise {
        name: &'static str,
        function: Elementwise,
    },
    /// The winner takes all; of equal ones, the first.
    MaxPool {
        name: &'static str,
        pool: Pool,
        input: Shape,
        output: Shape,
    },
}

impl<T: Scalar> Step<T> {
    pub(super) fn forward(&mut self, x: &[T], y: &mut [T]) {
        match self {
            Self::Linear(step) => step.linear.forward(x, y),
            Self::Elementwise { function, .. } => function.forward(x, y),
            Self::MaxPool { pool, input, output, .. } => {
                for (x, y) in x.chunks_exact(input.samples).zip(y.chunks_exact_mut(output.samples)) {
                    for (j, y) in y.iter_mut().enumerate() {
                        *y = x[winner(*pool, x, j)];
                    }
                }
            }
        }
    }

    /// How many values come out of so many.
    pub(super) fn output_len(&self, input_len: usize) -> usize {
        match self {
            Self::Linear(step) => step.linear.output_len(),
            Self::Elementwise { .. } => input_len,
            Self::MaxPool { output, .. } => output.len(),
        }
    }

    /// Hands the relevance of what came out to what went in. Of an elementwise function it is the same, and nothing is
    /// written; the second value says whether something was.
    pub(super) fn relevance(
        &mut self,
        x: &[T],
        z: &[T],
        (relevance_out, sum_out): (&[T], f64),
        relevance_in: &mut [T],
        scratch: &mut RuleScratch<T>,
    ) -> (LayerLedger, bool) {
        match self {
            Self::Linear(step) => (step.relevance(x, z, (relevance_out, sum_out), relevance_in, scratch), true),
            Self::Elementwise { name, .. } => (passing(name, sum_out, sum_out), false),
            Self::MaxPool { name, pool, input, output } => {
                relevance_in.fill(T::zero());
                let rows = x.chunks_exact(input.samples).zip(relevance_in.chunks_exact_mut(input.samples));
                for ((x, into), out_of) in rows.zip(relevance_out.chunks_exact(output.samples)) {
                    for (j, r) in out_of.iter().enumerate() {
                        into[winner(*pool, x, j)] += *r;
                    }
                }
                (passing(name, total(relevance_in), sum_out), true)
            }
        }
    }
}

/// What a layer that keeps nothing writes.
pub(super) fn passing(layer: &'static str, relevance_in: f64, relevance_out: f64) -> LayerLedger {
    LayerLedger { layer, relevance_in, bias: 0.0, stabiliser: 0.0, unassigned: 0.0, relevance_out }
}

/// Where in a row the largest value of a pooling window is; of equal ones, the first.
fn winner<T: Scalar>(pool: Pool, row: &[T], window: usize) -> usize {
    let first = window * pool.stride;
    (first..first + pool.window).reduce(|best, n| if row[n] > row[best] { n } else { best }).unwrap_or(first)
}
