use crate::{BatchNorm, Conv, Dense, FusedConv, Pool, Scalar, SeparableConv, Shape};

/// A layer of a network.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer<T> {
    /// Along time, the same for each row.
    TemporalConv(Conv<T>),
    /// Across rows, one sample long: it makes one row of all.
    SpatialConv(Conv<T>),
    /// Along time in each map, then across maps.
    SeparableConv(SeparableConv<T>),
    /// A temporal and a spatial convolution in one.
    FusedConv(FusedConv<T>),
    /// All values to all values.
    Dense(Dense<T>),
    /// Normalisation of each map.
    BatchNorm(BatchNorm<T>),
    /// `x` where it is positive, `α(eˣ − 1)` where not.
    Elu(Elu),
    /// The hyperbolic tangent.
    Tanh,
    /// `max(x, 0)`.
    Relu,
    /// `x²`.
    Square,
    /// `ln max(x, floor)`.
    Log(Log),
    /// The mean of each window.
    MeanPool(Pool),
    /// The largest of each window; of equal ones, the first.
    MaxPool(Pool),
    /// Sets values to 0 at random in training and enlarges the others; otherwise it does nothing.
    Dropout {
        /// How often a value becomes 0.
        probability: f64,
    },
}

/// Exponential linear unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elu {
    /// α.
    pub alpha: f64,
}

/// A logarithm that is defined everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Log {
    /// Smaller values count as this.
    pub floor: f64,
}

impl<T: Scalar> Layer<T> {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::TemporalConv(_) => "temporal convolution",
            Self::SpatialConv(_) => "spatial convolution",
            Self::SeparableConv(_) => "separable convolution",
            Self::FusedConv(_) => "spatio-temporal convolution",
            Self::Dense(_) => "dense",
            Self::BatchNorm(_) => "batch norm",
            Self::Elu(_) => "ELU",
            Self::Tanh => "tanh",
            Self::Relu => "ReLU",
            Self::Square => "square",
            Self::Log(_) => "log",
            Self::MeanPool(_) => "mean pool",
            Self::MaxPool(_) => "max pool",
            Self::Dropout { .. } => "dropout",
        }
    }

    /// What comes out of it.
    ///
    /// # Errors
    /// Why it cannot take this.
    pub fn output(&self, input: Shape) -> Result<Shape, String> {
        match self {
            Self::TemporalConv(conv) if conv.rows != 1 => Err("a temporal convolution is one row high".into()),
            Self::SpatialConv(conv) if conv.taps != 1 || conv.stride != 1 || conv.padding != [0, 0] => {
                Err("a spatial convolution is one sample long".into())
            }
            Self::TemporalConv(conv) | Self::SpatialConv(conv) => conv.output(input),
            Self::SeparableConv(conv) => {
                if conv.depthwise.groups != input.maps || conv.depthwise.rows != 1 {
                    return Err("the first part of a separable convolution takes each map by itself".into());
                }
                if conv.pointwise.rows != 1 || conv.pointwise.taps != 1 {
                    return Err("the second part of a separable convolution is one sample long".into());
                }
                conv.pointwise.output(conv.depthwise.output(input)?)
            }
            Self::FusedConv(fused) => {
                let conv = &fused.conv;
                if conv.rows != input.rows || input.maps != 1 {
                    return Err(format!("it is for one map of {} rows", conv.rows));
                }
                let (maps, rows, taps) = (conv.maps_out, conv.rows, conv.taps);
                if let Some(factors) = &fused.factors
                    && (factors.spatial.len(), factors.temporal.len()) != (maps * rows, maps * taps)
                {
                    return Err("its factors do not fit its kernels".into());
                }
                conv.output(input)
            }
            Self::Dense(dense) => {
                if dense.inputs != input.len() || dense.outputs == 0 {
                    return Err(format!("it takes {} values and gives {}", dense.inputs, dense.outputs));
                }
                if dense.weights.len() != dense.inputs * dense.outputs {
                    return Err(format!("it has {} weights", dense.weights.len()));
                }
                if dense.bias.as_ref().is_some_and(|bias| bias.len() != dense.outputs) {
                    return Err(format!("its bias has not {} values", dense.outputs));
                }
                Ok(Shape::list(dense.outputs))
            }
            Self::BatchNorm(norm) => {
                let lengths = [&norm.gain, &norm.offset, &norm.mean, &norm.variance].map(Vec::len);
                if lengths != [input.maps; 4] {
                    return Err(format!("it is for {} maps", norm.maps()));
                }
                if norm.variance.iter().any(|v| v.as_f64() < 0.0) {
                    return Err("one of its variances is negative".into());
                }
                Ok(input)
            }
            Self::MeanPool(pool) | Self::MaxPool(pool) => pool.output(input),
            Self::Dropout { probability } if !(0.0..1.0).contains(probability) => {
                Err(format!("a value cannot be dropped with probability {probability}"))
            }
            Self::Elu(_) | Self::Tanh | Self::Relu | Self::Square | Self::Log(_) | Self::Dropout { .. } => Ok(input),
        }
    }

    /// The same layer with other numbers.
    #[must_use]
    pub fn converted<U: Scalar>(&self) -> Layer<U> {
        match self {
            Self::TemporalConv(conv) => Layer::TemporalConv(conv.converted()),
            Self::SpatialConv(conv) => Layer::SpatialConv(conv.converted()),
            Self::SeparableConv(conv) => Layer::SeparableConv(SeparableConv {
                depthwise: conv.depthwise.converted(),
                pointwise: conv.pointwise.converted(),
            }),
            Self::FusedConv(fused) => Layer::FusedConv(fused.converted()),
            Self::Dense(dense) => Layer::Dense(dense.converted()),
            Self::BatchNorm(norm) => Layer::BatchNorm(norm.converted()),
            Self::Elu(elu) => Layer::Elu(*elu),
            Self::Tanh => Layer::Tanh,
            Self::Relu => Layer::Relu,
            Self::Square => Layer::Square,
            Self::Log(log) => Layer::Log(*log),
            Self::MeanPool(pool) => Layer::MeanPool(*pool),
            Self::MaxPool(pool) => Layer::MaxPool(*pool),
            Self::Dropout { probability } => Layer::Dropout { probability: *probability },
        }
    }

    /// What training changes, with the name of each part.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, &[T])> {
        fn conv<'c, T>(conv: &'c Conv<T>, names: [&'static str; 2]) -> impl Iterator<Item = (&'static str, &'c [T])> {
            let bias = conv.bias.as_ref().map(|bias| (names[1], bias.as_slice()));
            std::iter::once((names[0], conv.weights.as_slice())).chain(bias)
        }
        match self {
            Self::TemporalConv(c) | Self::SpatialConv(c) => conv(c, ["weights", "bias"]).collect(),
            Self::FusedConv(fused) => conv(&fused.conv, ["weights", "bias"]).collect(),
            Self::SeparableConv(c) => conv(&c.depthwise, ["depthwise_weights", "depthwise_bias"])
                .chain(conv(&c.pointwise, ["pointwise_weights", "pointwise_bias"]))
                .collect(),
            Self::Dense(dense) => {
                let bias = dense.bias.as_ref().map(|bias| ("bias", bias.as_slice()));
                std::iter::once(("weights", dense.weights.as_slice())).chain(bias).collect()
            }
            Self::BatchNorm(norm) => vec![("gain", norm.gain.as_slice()), ("offset", norm.offset.as_slice())],
            Self::Elu(_)
            | Self::Tanh
            | Self::Relu
            | Self::Square
            | Self::Log(_)
            | Self::MeanPool(_)
            | Self::MaxPool(_)
            | Self::Dropout { .. } => Vec::new(),
        }
    }

    /// What training changes, in the order of [`Layer::parameters`].
    pub fn parameters_mut(&mut self) -> Vec<&mut [T]> {
        fn conv<T>(conv: &mut Conv<T>) -> impl Iterator<Item = &mut [T]> {
            std::iter::once(conv.weights.as_mut_slice()).chain(conv.bias.as_deref_mut())
        }
        match self {
            Self::TemporalConv(c) | Self::SpatialConv(c) => conv(c).collect(),
            Self::FusedConv(fused) => conv(&mut fused.conv).collect(),
            Self::SeparableConv(c) => conv(&mut c.depthwise).chain(conv(&mut c.pointwise)).collect(),
            Self::Dense(dense) => {
                let bias = dense.bias.as_deref_mut();
                std::iter::once(dense.weights.as_mut_slice()).chain(bias).collect()
            }
            Self::BatchNorm(norm) => vec![norm.gain.as_mut_slice(), norm.offset.as_mut_slice()],
            Self::Elu(_)
            | Self::Tanh
            | Self::Relu
            | Self::Square
            | Self::Log(_)
            | Self::MeanPool(_)
            | Self::MaxPool(_)
            | Self::Dropout { .. } => Vec::new(),
        }
    }
}
