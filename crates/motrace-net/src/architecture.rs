use crate::{BatchNorm, Conv, Dense, Elu, Layer, Log, NetError, Network, Pool, Scalar, SeparableConv, Shape, initial};
use serde::{Deserialize, Serialize};

/// The rate that the sizes of EEGNet and ShallowConvNet are given for, in hertz. At another rate they cover the same time.
const RATE_HZ: f64 = 250.0;

/// What a network is made of, before it knows channels, rate and classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// EEGNet (Lawhern et al. 2018).
    #[serde(rename = "eegnet")]
    EegNet(EegNet),
    /// ShallowConvNet (Schirrmeister et al. 2017).
    Shallow(ShallowConvNet),
    /// The multilayer perceptron of Sturm et al. 2016.
    Mlp(Mlp),
}

/// EEGNet-8,2 as it was published, at 250 Hz; see [`Architecture`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EegNet {
    /// Temporal filters.
    pub temporal_filters: usize,
    /// Spatial filters of each temporal one.
    pub spatial_filters: usize,
    /// Samples of a temporal filter; 64 at 250 Hz where it is left out.
    pub temporal_samples: Option<usize>,
    /// Samples of the first mean pool; 4 at 250 Hz where it is left out.
    pub first_pool_samples: Option<usize>,
    /// Samples of the separable convolution's filters, after the first pool.
    pub separable_samples: usize,
    /// Samples of the second mean pool, after the first.
    pub second_pool_samples: usize,
    /// How often a value is dropped in training.
    pub dropout: f64,
}

impl Default for EegNet {
    fn default() -> Self {
        Self {
            temporal_filters: 8,
            spatial_filters: 2,
            temporal_samples: None,
            first_pool_samples: None,
            separable_samples: 16,
            second_pool_samples: 8,
            dropout: 0.25,
        }
    }
}

/// ShallowConvNet as it was published, at 250 Hz; see [`Architecture`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShallowConvNet {
    /// Temporal filters, and as many spatial ones across them.
    pub filters: usize,
    /// Samples of a temporal filter; 25 at 250 Hz where it is left out.
    pub temporal_samples: Option<usize>,
    /// Samples of a pooling window; 75 at 250 Hz where it is left out.
    pub pool_samples: Option<usize>,
    /// Samples from one pooling window to the next; 15 at 250 Hz where it is left out.
    pub pool_stride_samples: Option<usize>,
    /// How often a value is dropped in training.
    pub dropout: f64,
}

impl Default for ShallowConvNet {
    fn default() -> Self {
        Self { filters: 40, temporal_samples: None, pool_samples: None, pool_stride_samples: None, dropout: 0.5 }
    }
}

/// The perceptron: dense layers with tanh between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mlp {
    /// Values of each hidden layer.
    pub hidden: Vec<usize>,
    /// How often a hidden value is dropped in training.
    pub dropout: f64,
}

impl Default for Mlp {
    fn default() -> Self {
        Self { hidden: vec![500], dropout: 0.0 }
    }
}

impl Architecture {
    /// Its name on the command line and in files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::EegNet(_) => "eegnet",
            Self::Shallow(_) => "shallow",
            Self::Mlp(_) => "mlp",
        }
    }

    /// Its name in the field.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::EegNet(net) => format!("EEGNet-{},{}", net.temporal_filters, net.spatial_filters),
            Self::Shallow(_) => "ShallowConvNet".to_owned(),
            Self::Mlp(_) => "multilayer perceptron".to_owned(),
        }
    }

    /// A network of this kind for windows of `[channels, samples]` at `rate_hz`, with random weights that follow from `seed`.
    ///
    /// # Errors
    /// Where its parts do not fit each other or the window.
    pub fn network<T: Scalar>(
        &self,
        channels: usize,
        samples: usize,
        rate_hz: f64,
        classes: usize,
        seed: u64,
    ) -> Result<Network<T>, NetError> {
        self.check()?;
        self.check_room(channels, samples, rate_hz, classes)?;
        let input = Shape::window(channels, samples);
        let at_rate = |wanted, at_250_hz| at_rate(wanted, at_250_hz, rate_hz);
        let mut layers: Vec<Layer<T>> = match self {
            Self::EegNet(net) => {
                let (f1, f2) = (net.temporal_filters, net.temporal_filters * net.spatial_filters);
                let taps = at_rate(net.temporal_samples, 64.0);
                let separable = net.separable_samples;
                vec![
                    Layer::TemporalConv(Conv::zeros(f1, 1, 1, taps).with_padding([taps / 2; 2])),
                    Layer::BatchNorm(BatchNorm::new(f1, 1e-3, 0.01)),
                    Layer::SpatialConv(Conv::zeros(f2, 1, channels, 1).with_groups(f1)),
                    Layer::BatchNorm(BatchNorm::new(f2, 1e-3, 0.01)),
                    Layer::Elu(Elu { alpha: 1.0 }),
                    Layer::MeanPool(Pool::of(at_rate(net.first_pool_samples, 4.0))),
                    Layer::Dropout { probability: net.dropout },
                    Layer::SeparableConv(SeparableConv {
                        depthwise: Conv::zeros(f2, 1, 1, separable).with_groups(f2).with_padding([separable / 2; 2]),
                        pointwise: Conv::zeros(f2, f2, 1, 1),
                    }),
                    Layer::BatchNorm(BatchNorm::new(f2, 1e-3, 0.01)),
                    Layer::Elu(Elu { alpha: 1.0 }),
                    Layer::MeanPool(Pool::of(net.second_pool_samples)),
                    Layer::Dropout { probability: net.dropout },
                ]
            }
            Self::Shallow(net) => {
                let maps = net.filters;
                let taps = at_rate(net.temporal_samples, 25.0);
                let window = at_rate(net.pool_samples, 75.0);
                let stride = at_rate(net.pool_stride_samples, 15.0);
                vec![
                    Layer::TemporalConv(Conv::zeros(maps, 1, 1, taps).with_bias()),
                    Layer::SpatialConv(Conv::zeros(maps, maps, channels, 1)),
                    Layer::BatchNorm(BatchNorm::new(maps, 1e-5, 0.1)),
                    Layer::Square,
                    Layer::MeanPool(Pool { window, stride }),
                    Layer::Log(Log { floor: 1e-6 }),
                    Layer::Dropout { probability: net.dropout },
                ]
            }
            Self::Mlp(net) => {
                let mut inputs = input.len();
                let mut layers = Vec::new();
                for outputs in &net.hidden {
                    layers.push(Layer::Dense(Dense::zeros(*outputs, inputs)));
                    layers.push(Layer::Tanh);
                    if net.dropout > 0.0 {
                        layers.push(Layer::Dropout { probability: net.dropout });
                    }
                    inputs = *outputs;
                }
                layers
            }
        };
        let mut last = input;
        for (place, layer) in layers.iter().enumerate() {
            let wrong = |why| NetError::Shape {
                place: place + 1,
                layer: layer.name(),
                input: last,
                why: match self.key(place) {
                    Some(key) => format!("{why} ([decoder.{}] {key})", self.name()),
                    None => why,
                },
            };
            last = layer.output(last).map_err(wrong)?;
        }
        layers.push(Layer::Dense(Dense::zeros(classes, last.len())));
        initial::draw(&mut layers, seed);
        Network::new(input, layers)
    }

    /// What in a configuration says how long the filters or windows of a layer are.
    fn key(&self, place: usize) -> Option<&'static str> {
        match (self, place) {
            (Self::EegNet(_) | Self::Shallow(_), 0) => Some("temporal_samples"),
            (Self::EegNet(_), 5) => Some("first_pool_samples"),
            (Self::EegNet(_), 7) => Some("separable_samples"),
            (Self::EegNet(_), 10) => Some("second_pool_samples"),
            (Self::Shallow(_), 4) => Some("pool_samples"),
            _ => None,
        }
    }
}

/// A number of samples, or that which covers the same time as the usual one does at 250 Hz.
pub(crate) fn at_rate(wanted: Option<usize>, at_250_hz: f64, rate_hz: f64) -> usize {
    wanted.unwrap_or_else(|| (at_250_hz * rate_hz / RATE_HZ).round().max(1.0) as usize)
}
