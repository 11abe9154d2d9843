use super::fused::FusedStep;
use super::{ConvStep, dense, elu, log, mean_pool, square};
use crate::{Dense, Layer, Pool, Shape};

/// A layer as it runs.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Conv(ConvStep),
    Fused(FusedStep),
    Separable {
        depthwise: ConvStep,
        between: Vec<f32>,
        pointwise: ConvStep,
    },
    Dense(Dense<f32>),
    /// `γ/√(v + ε)` and the rest of batch norm, for each map of so many values; a merged network has none.
    Norm {
        moments: Vec<[f32; 2]>,
        per_map: usize,
    },
    MeanPool {
        pool: Pool,
        samples: usize,
    },
    MaxPool {
        pool: Pool,
        samples: usize,
    },
    Lanewise(Lanewise),
}

/// What is done to each value by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lanewise {
    Elu { alpha: f32 },
    Tanh,
    Relu,
    Square,
    Log { floor: f32 },
    Nothing,
}

impl Lanewise {
    pub fn of(layer: &Layer<f32>) -> Option<Self> {
        Some(match layer {
            Layer::Elu(elu) => Self::Elu { alpha: elu.alpha as f32 },
            Layer::Tanh => Self::Tanh,
            Layer::Relu => Self::Relu,
            Layer::Square => Self::Square,
            Layer::Log(log) => Self::Log { floor: log.floor as f32 },
            Layer::Dropout { .. } => Self::Nothing,
            _ => return None,
        })
    }

    pub fn run(self, x: &[f32], y: &mut [f32]) {
        let pairs = y.iter_mut().zip(x);
        match self {
            Self::Elu { alpha } => elu(alpha, x, y),
            Self::Tanh => pairs.for_each(|(y, x)| *y = x.tanh()),
            Self::Relu => pairs.for_each(|(y, x)| *y = if *x > 0.0 { *x } else { 0.0 }),
            Self::Square => square(x, y),
            Self::Log { floor } => log(floor, x, y),
            Self::Nothing => y.copy_from_slice(x),
        }
    }
}

impl Step {
    pub fn new(layer: &Layer<f32>, input: Shape, output: Shape) -> Self {
        match layer {
            Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => Self::Conv(ConvStep::new(conv, input, output)),
            Layer::FusedConv(fused) => Self::Fused(FusedStep::new(fused, input, output)),
            Layer::SeparableConv(conv) => {
                let between = Shape { maps: conv.depthwise.maps_out, ..output };
                Self::Separable {
                    depthwise: ConvStep::new(&conv.depthwise, input, between),
                    between: vec![0.0; between.len()],
                    pointwise: ConvStep::new(&conv.pointwise, between, output),
                }
            }
            Layer::Dense(dense) => Self::Dense(dense.clone()),
            Layer::BatchNorm(norm) => Self::Norm {
                moments: (0..norm.maps()).map(|map| norm.scale_and_shift(map)).collect(),
                per_map: input.rows * input.samples,
            },
            Layer::MeanPool(pool) => Self::MeanPool { pool: *pool, samples: input.samples },
            Layer::MaxPool(pool) => Self::MaxPool { pool: *pool, samples: input.samples },
            Layer::Elu(_) | Layer::Tanh | Layer::Relu | Layer::Square | Layer::Log(_) | Layer::Dropout { .. } => {
                Self::Lanewise(Lanewise::of(layer).unwrap_or(Lanewise::Nothing))
            }
        }
    }

    /// Writes all of `y`.
    pub fn run(&mut self, x: &[f32], y: &mut [f32]) {
        match self {
            Self::Conv(conv) => conv.run(x, y),
            Self::Fused(fused) => fused.run(x, y),
            Self::Separable { depthwise, between, pointwise } => {
                depthwise.run(x, between);
                pointwise.run(between, y);
            }
            Self::Dense(layer) => dense(layer, x, y),
            Self::Norm { moments, per_map } => {
                let maps = x.chunks_exact(*per_map).zip(y.chunks_exact_mut(*per_map));
                for ([scale, shift], (x, y)) in moments.iter().zip(maps) {
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = *x * *scale + *shift);
                }
            }
            Self::MeanPool { pool, samples } => mean_pool(*pool, *samples, x, y),
            Self::MaxPool { pool, samples } => {
                let outputs = (*samples - pool.window) / pool.stride + 1;
                for (x, y) in x.chunks_exact(*samples).zip(y.chunks_exact_mut(outputs)) {
                    for (j, y) in y.iter_mut().enumerate() {
                        let window = &x[j * pool.stride..][..pool.window];
                        *y = window.iter().fold(window[0], |largest, x| if *x > largest { *x } else { largest });
                    }
                }
            }
            Self::Lanewise(lanewise) => lanewise.run(x, y),
        }
    }
}
