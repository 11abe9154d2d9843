use crate::Network;
use crate::training::wide::wide;
use crate::training::workers;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f32 = 1e-8;
/// Longer parameters are changed in pieces of this many values, on several threads.
const PIECE: usize = 1 << 16;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), `β₁ = 0.9`, `β₂ = 0.999`, `ε = 1e-8`.
///
/// Only weights decay; biases, and gains and offsets of batch norms, do not.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamW {
    /// How many steps were made.
    pub(crate) steps: u64,
    /// First and second moments of each parameter, layer by layer in the order of [`crate::Layer::parameters`].
    pub(crate) moments: Vec<Vec<[Vec<f32>; 2]>>,
}

/// Parameters with their gradient and moments.
struct Piece<'a> {
    values: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    kept: f32,
}

impl AdamW {
    /// Moments of 0.
    #[must_use]
    pub fn new(network: &Network<f32>) -> Self {
        let zeros = |values: &[f32]| [vec![0.0; values.len()], vec![0.0; values.len()]];
        let of_layer = |layer: &crate::Layer<f32>| layer.parameters().iter().map(|(_, v)| zeros(v)).collect();
        Self { steps: 0, moments: network.layers().iter().map(of_layer).collect() }
    }

    /// One step along the gradients, which are layer by layer in the order of [`crate::Layer::parameters`].
    pub fn step(
        &mut self,
        network: &mut Network<f32>,
        gradients: &[Vec<Vec<f32>>],
        learning_rate: f64,
        weight_decay: f64,
        threads: usize,
    ) {
        self.steps += 1;
        let steps = self.steps.min(i32::MAX as u64) as i32;
        let step = (learning_rate / (1.0 - BETA_1.powi(steps))) as f32;
        let second_scale = (1.0 / (1.0 - BETA_2.powi(steps))) as f32;
        let mut pieces = Vec::new();
        let layers = network.layers_mut().iter_mut().zip(&mut self.moments).zip(gradients);
        for ((layer, moments), gradients) in layers {
            let decays: Vec<bool> = layer.parameters().iter().map(|(name, _)| name.ends_with("weights")).collect();
            let parameters = layer.parameters_mut().into_iter().zip(moments).zip(gradients).zip(decays);
            for (((values, [first, second]), gradient), decays) in parameters {
                let kept = if decays { (1.0 - learning_rate * weight_decay) as f32 } else { 1.0 };
                let cut = values.chunks_mut(PIECE).zip(gradient.chunks(PIECE));
                let cut = cut.zip(first.chunks_mut(PIECE).zip(second.chunks_mut(PIECE)));
                pieces.extend(cut.map(|((values, gradient), (first, second))| Piece {
                    values,
                    gradient,
                    first,
                    second,
                    kept,
                }));
            }
        }
        workers::each(threads, &mut pieces, |_, piece| {
            wide(
                piece,
                #[inline(always)]
                |piece| piece.step(step, second_scale),
            );
        });
    }
}

impl Piece<'_> {
    #[inline(always)]
    fn step(&mut self, step: f32, second_scale: f32) {
        let (beta_1, beta_2) = (BETA_1 as f32, BETA_2 as f32);
        let (rest_1, rest_2) = ((1.0 - BETA_1) as f32, (1.0 - BETA_2) as f32);
        let kept = self.kept;
        let moments = self.first.iter_mut().zip(self.second.iter_mut());
        for ((value, g), (first, second)) in self.values.iter_mut().zip(self.gradient).zip(moments) {
            *first = beta_1 * *first + rest_1 * *g;
            *second = beta_2 * *second + rest_2 * *g * *g;
            *value = kept * *value - step * *first / ((*second * second_scale).sqrt() + EPSILON);
        }
    }
}
