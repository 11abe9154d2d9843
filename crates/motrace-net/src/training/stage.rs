//! The steps in which a network learns: most are one layer, some are several that are computed as one.
//!
//! A batch is cut into parts. What a stage does with a part depends on nothing but the part and what was *settled* before
//! for the whole batch (the moments of a batch norm), so parts can be computed on any thread. What is summed over the batch
//! is summed within each part and then over the parts in their order.

mod dense;
mod dropout;
mod norm;
mod plain;

use crate::{Batch, Cache, Layer};

/// One or more layers that are computed as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A layer by its definition.
    Plain { layer: usize },
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
}

/// What a stage keeps of a part on the way forward, for the way back.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub cache: Cache<f32>,
    pub values: Vec<f32>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { cache: Cache::Nothing, values: Vec::new() }
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
    /// The stages of a network.
    pub fn of(layers: &[Layer<f32>]) -> Vec<Self> {
        let stage = |(layer, kind): (usize, &Layer<f32>)| match kind {
            Layer::BatchNorm(_) => Self::Norm { layer },
            Layer::Dense(_) => Self::Dense { layer },
            Layer::Dropout { .. } => Self::Dropout { layer },
            _ => Self::Plain { layer },
        };
        layers.iter().enumerate().map(stage).collect()
    }

    /// The first of its layers.
    pub fn first_layer(self) -> usize {
        match self {
            Self::Plain { layer } | Self::Norm { layer } | Self::Dense { layer } | Self::Dropout { layer } => layer,
        }
    }

    /// Whether something has to be settled for the whole batch before a part can go forward.
    pub fn settles(self) -> bool {
        matches!(self, Self::Norm { .. })
    }

    /// Whether something has to be settled for the whole batch before a part can go back.
    pub fn settles_back(self) -> bool {
        matches!(self, Self::Norm { .. })
    }

    /// What a part adds to what is settled before going forward.
    pub fn sums(self, layers: &[Layer<f32>], input: &Batch<f32>, sums: &mut Vec<f64>) {
        sums.clear();
        let _ = layers;
        if let Self::Norm { .. } = self {
            norm::sums(input, sums);
        }
    }

    /// Settles what parts need to go forward; and the running values of batch norms, of `windows` in all parts.
    pub fn settle(self, layers: &mut [Layer<f32>], input: crate::Shape, windows: usize, sums: &[f64]) -> Settled {
        match (self, layers) {
            (Self::Norm { layer }, layers) => match &mut layers[layer] {
                Layer::BatchNorm(norm) => Settled::Norm(norm::settle(norm, input, windows, sums)),
                _ => Settled::Nothing,
            },
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
            _ => Settled::Nothing,
        }
    }

    /// Computes what comes out for a part.
    pub fn forward(self, layers: &[Layer<f32>], flow: Flow<'_>, output: &mut Batch<f32>, learning: Option<Learning>) {
        match self {
            Self::Norm { .. } => norm::forward(flow, output),
            Self::Dropout { layer } => dropout::forward(&layers[layer], layer, flow, output, learning),
            Self::Dense { layer } => dense::forward(&layers[layer], flow.input, output),
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
            Self::Norm { .. } => norm::backward(flow, gradient),
            Self::Dropout { .. } => dropout::backward(flow, gradient),
            Self::Dense { layer } => dense::backward(&layers[layer], flow, gradient, wanted),
            Self::Plain { layer } => return plain::backward(&layers[layer], flow, output, gradient),
        }
        Vec::new()
    }

    /// Writes the gradients of the stage's parameters, from the sums over all parts.
    pub fn finish(self, _layers: &[Layer<f32>], _settled: &Settled, sums: Partial, gradients: &mut [Vec<Vec<f32>>]) {
        match self {
            Self::Plain { layer } | Self::Norm { layer } => gradients[layer] = sums,
            Self::Dense { .. } | Self::Dropout { .. } => {}
        }
    }
}

pub(crate) use dense::gradients as dense_gradients;
