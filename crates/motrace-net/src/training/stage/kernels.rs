use crate::kernels::{PackedConv, WeightGradient};
use crate::training::wide::wide;
use crate::{Batch, Conv, Shape};

/// A convolution that goes forward and back by fast kernels, with the memory they work in.
#[derive(Debug, Clone)]
pub(crate) struct Kernels {
    forward: PackedConv,
    /// Where no gradient of what went in is wanted, none.
    back: Option<PackedConv>,
    gradient: WeightGradient,
    output: Shape,
}

impl Kernels {
    /// Nothing where there is no fast kernel for the convolution.
    pub fn new(conv: &Conv<f32>, input: Shape, goes_back: bool) -> Option<Self> {
        let back = if goes_back { Some(PackedConv::transposed(conv, input)?) } else { None };
        let (forward, gradient) = (PackedConv::new(conv, input)?, WeightGradient::new(conv, input)?);
        Some(Self { forward, back, gradient, output: conv.output(input).ok()? })
    }

    /// Whether there are fast kernels for it.
    pub fn are_for(conv: &Conv<f32>, input: Shape) -> bool {
        Self::new(conv, input, true).is_some()
    }

    /// Those in `kept`, with these weights; made where there are none yet. Nothing where they cannot be made.
    pub fn with<'a>(
        kept: &'a mut Option<Box<Self>>,
        conv: &Conv<f32>,
        input: Shape,
        goes_back: bool,
    ) -> Option<&'a mut Self> {
        match kept {
            Some(kernels) => {
                kernels.forward.set(conv);
                if let Some(back) = &mut kernels.back {
                    back.set(conv);
                }
            }
            None => *kept = Self::new(conv, input, goes_back).map(Box::new),
        }
        kept.as_deref_mut()
    }

    /// What comes out for each window.
    pub fn forward(&mut self, input: &Batch<f32>, output: &mut Batch<f32>) {
        output.shape = self.output;
        output.values.resize(self.output.len() * input.windows(), 0.0);
        input.each().zip(output.each_mut()).for_each(|(x, y)| self.forward.run(x, y));
    }

    /// The gradient of what went in, from that of what came out; without one kept for it, none.
    pub fn back_one(&mut self, gradient: &[f32], back: &mut [f32]) {
        if let Some(kernel) = &mut self.back {
            kernel.run(gradient, back);
        }
    }

    /// Adds one window's gradient of the weights.
    pub fn add_gradient(&mut self, x: &[f32], gradient: &[f32], weights: &mut [f32]) {
        self.gradient.add(x, gradient, weights);
    }
}

/// Adds the gradient of the bias of each map, which are as many as there are values.
pub(crate) fn add_bias_gradient(gradient: &[f32], bias: &mut [f32]) {
    let per_map = gradient.len() / bias.len().max(1);
    for (bias, values) in bias.iter_mut().zip(gradient.chunks_exact(per_map)) {
        wide(
            (bias, values),
            #[inline(always)]
            |(bias, values)| {
                let mut lanes = [0.0; 16];
                let (whole, rest) = values.as_chunks::<16>();
                for values in whole {
                    lanes.iter_mut().zip(values).for_each(|(lane, value)| *lane += *value);
                }
                lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane += *value);
                *bias += lanes.iter().sum::<f32>();
            },
        );
    }
}
