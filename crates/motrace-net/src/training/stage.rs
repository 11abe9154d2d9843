//! The steps in which a network learns: most are one layer, some are several that are computed as one.
//!
//! A batch is cut into parts. What a stage does with a part depends on nothing but the part and what was *settled* before
//! for the whole batch (the moments of a batch norm), so parts can be computed on any thread. What is summed over the batch
//! is summed within each part and then over the parts in their order.

mod conv;
mod dense;
mod dropout;
mod elementwise;
mod fused;
mod kernels;
mod norm;
mod plain;
mod pool;
mod reordered;

use crate::{Batch, Cache, Conv, Layer, Shape};
use kernels::Kernels;

/// One or more layers that are computed as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The first two layers: temporal and spatial convolution as one.
    Fused,
    /// The first three layers: temporal convolution, batch norm and spatial convolution, the spatial one first.
    Reordered,
    /// A layer by its definition.
    Plain { layer: usize },
    /// Convolutions by fast kernels.
    Conv { layer: usize },
    /// Each value by itself.
    Elementwise { layer: usize },
    /// Mean pool.
    MeanPool { layer: usize },
    /// A batch norm.
    Norm { layer: usize },
    /// A dense layer.
    Dense { layer: usize },
    /// Dropout.
    Dropout { layer: usize },
}

/// Whose random numbers a batch gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Learning {
    pub seed: u64,
    pub epoch: usize,
}

/// What a stage has to know of the whole batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Settled {
    Nothing,
    Norm(Vec<norm::Moments>),
    Fused(Box<Conv<f32>>),
    Reordered(Box<reordered::Reordered>),
}

/// What a stage keeps of a part on the way forward, for the way back.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub cache: Cache<f32>,
    pub values: Vec<f32>,
    /// What came out of the first of two convolutions.
    pub between: Batch<f32>,
    /// Room for the gradient of what went in.
    pub spare: Vec<f32>,
    pub kernels: [Option<Box<Kernels>>; 2],
}

impl Default for Memory {
    fn default() -> Self {
        let between = Batch { shape: Shape::new(0, 0, 0), values: Vec::new() };
        Self { cache: Cache::Nothing, values: Vec::new(), between, spare: Vec::new(), kernels: [None, None] }
    }
}

impl Memory {
    /// Makes `gradient` that of what went in, of this shape: `write` gets that of what came out and zeros to change.
    fn turn(
        &mut self,
        gradient: &mut Batch<f32>,
        input: &Batch<f32>,
        write: impl FnOnce(&Batch<f32>, &mut Batch<f32>),
    ) {
        let mut values = std::mem::take(&mut self.spare);
        values.clear();
        values.resize(input.values.len(), 0.0);
        let mut back = Batch { shape: input.shape, values };
        write(gradient, &mut back);
        self.spare = std::mem::replace(gradient, back).values;
    }
}

/// A part on its way forward or back through a stage.
pub(crate) struct Flow<'a> {
    /// What went into the stage.
    pub input: &'a Batch<f32>,
    /// The place of its first window in the epoch.
    pub place: usize,
    pub memory: &'a mut Memory,
    pub settled: &'a Settled,
}

/// The gradients of a stage's parameters in one part, layer by layer of the stage, in the order of [`Layer::parameters`].
pub(crate) type Partial = Vec<Vec<f32>>;

impl Stage {
    /// The stages of a network; `shapes` is what reaches each layer.
    pub fn of(layers: &[Layer<f32>], shapes: &[Shape]) -> Vec<Self> {
        let input = shapes[0];
        let (mut stages, done) = if fused::pair(layers, input).is_some() {
            (vec![Self::Fused], 2)
        } else if reordered::can(layers, input) {
            (vec![Self::Reordered], 3)
        } else {
            (Vec::new(), 0)
        };
        for (layer, kind) in layers.iter().enumerate().skip(done) {
            stages.push(match kind {
                Layer::BatchNorm(_) => Self::Norm { layer },
                Layer::Dense(_) => Self::Dense { layer },
                Layer::Dropout { .. } => Self::Dropout { layer },
                Layer::MeanPool(_) => Self::MeanPool { layer },
                kind if elementwise::is(kind) => Self::Elementwise { layer },
                kind if conv::is_fast(kind, shapes[layer]) => Self::Conv { layer },
                _ => Self::Plain { layer },
            });
        }
        stages
    }

    /// The first of its layers.
    pub fn first_layer(self) -> usize {
        match self {
            Self::Fused | Self::Reordered => 0,
            Self::Plain { layer }
            | Self::Conv { layer }
            | Self::Elementwise { layer }
            | Self::MeanPool { layer }
            | Self::Norm { layer }
            | Self::Dense { layer }
            | Self::Dropout { layer } => layer,
        }
    }

    /// Whether something has to be settled for the whole batch before a part can go forward.
    pub fn settles(self) -> bool {
        matches!(self, Self::Norm { .. } | Self::Fused | Self::Reordered)
    }

    /// Whether something has to be settled for the whole batch before a part can go back.
    pub fn settles_back(self) -> bool {
        matches!(self, Self::Norm { .. })
    }

    /// What a part adds to what is settled before going forward.
    pub fn sums(self, layers: &[Layer<f32>], input: &Batch<f32>, sums: &mut Vec<f64>) {
        sums.clear();
        match self {
            Self::Norm { .. } => norm::sums(input, sums),
            Self::Reordered => reordered::sums(layers, input, sums),
            _ => {}
        }
    }

    /// Settles what parts need to go forward; and the running values of batch norms, of `windows` in all parts.
    pub fn settle(self, layers: &mut [Layer<f32>], input: Shape, windows: usize, sums: &[f64]) -> Settled {
        match self {
            Self::Norm { layer } => match &mut layers[layer] {
                Layer::BatchNorm(norm) => Settled::Norm(norm::settle(norm, input, windows, sums)),
                _ => Settled::Nothing,
            },
            Self::Fused => fused::settled(layers),
            Self::Reordered => reordered::settle(layers, input, windows, sums),
            _ => Settled::Nothing,
        }
    }

    /// What is settled where nothing is learnt.
    pub fn settled(self, layers: &[Layer<f32>]) -> Settled {
        match self {
            Self::Norm { layer } => match &layers[layer] {
                Layer::BatchNorm(norm) => Settled::Norm(norm::running(norm)),
                _ => Settled::Nothing,
            },
            Self::Fused => fused::settled(layers),
            Self::Reordered => reordered::running(layers),
            _ => Settled::Nothing,
        }
    }

    /// Computes what comes out for a part.
    pub fn forward(self, layers: &[Layer<f32>], flow: Flow<'_>, output: &mut Batch<f32>, learning: Option<Learning>) {
        match self {
            Self::Fused => fused::forward(flow, output),
            Self::Reordered => reordered::forward(flow, output),
            Self::Norm { .. } => norm::forward(flow, output),
            Self::Dropout { layer } => dropout::forward(&layers[layer], layer, flow, output, learning),
            Self::Dense { layer } => dense::forward(&layers[layer], flow.input, output),
            Self::Conv { layer } => conv::forward(&layers[layer], flow, output),
            Self::Elementwise { layer } => elementwise::forward(&layers[layer], &flow, output),
            Self::MeanPool { layer } => {
                if let Layer::MeanPool(pool) = &layers[layer] {
                    pool::forward(*pool, flow.input, output);
                }
            }
            Self::Plain { layer } => plain::forward(&layers[layer], flow, output),
        }
    }

    /// What a part adds to what is settled before going back.
    pub fn back_sums(self, flow: Flow<'_>, gradient: &Batch<f32>, sums: &mut Vec<f64>) {
        sums.clear();
        if let Self::Norm { .. } = self {
            norm::back_sums(flow, gradient, sums);
        }
    }

    /// Settles what parts need to go back, and gives the gradients that follow from it.
    pub fn settle_back(self, settled: &mut Settled, values: usize, sums: &[f64]) -> Partial {
        match (self, settled) {
            (Self::Norm { .. }, Settled::Norm(moments)) => norm::settle_back(moments, values, sums),
            _ => Vec::new(),
        }
    }

    /// Turns the gradient of what came out into that of what went in, if that is wanted, and gives the part's gradients of
    /// the parameters.
    pub fn backward(
        self,
        layers: &[Layer<f32>],
        flow: Flow<'_>,
        output: &Batch<f32>,
        gradient: &mut Batch<f32>,
        wanted: bool,
    ) -> Partial {
        match self {
            Self::Fused => return fused::backward(flow, gradient),
            Self::Reordered => return reordered::backward(flow, gradient),
            Self::Conv { layer } => return conv::backward(&layers[layer], flow, gradient, wanted),
            Self::Plain { layer } => return plain::backward(&layers[layer], flow, output, gradient),
            Self::Norm { .. } => norm::backward(flow, gradient),
            Self::Dropout { .. } => dropout::backward(flow, gradient),
            Self::Dense { layer } => dense::backward(&layers[layer], flow, gradient, wanted),
            Self::Elementwise { layer } => elementwise::backward(&layers[layer], &flow, output, gradient),
            Self::MeanPool { layer } => {
                if let Layer::MeanPool(pool) = &layers[layer] {
                    pool::backward(*pool, flow, gradient);
                }
            }
        }
        Vec::new()
    }

    /// Writes the gradients of the stage's parameters, from the sums over all parts.
    pub fn finish(self, layers: &[Layer<f32>], settled: &Settled, sums: Partial, gradients: &mut [Vec<Vec<f32>>]) {
        match (self, settled) {
            (Self::Fused, _) => fused::finish(layers, &sums, gradients),
            (Self::Reordered, Settled::Reordered(settled)) => reordered::finish(layers, settled, &sums, gradients),
            (Self::Plain { layer } | Self::Conv { layer } | Self::Norm { layer }, _) => gradients[layer] = sums,
            _ => {}
        }
    }
}

pub(crate) use dense::gradients as dense_gradients;
