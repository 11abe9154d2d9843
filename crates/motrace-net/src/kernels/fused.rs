use super::{ConvStep, PackedConv, WeightGradient};
use crate::{Conv, FusedConv, Shape};

/// How far the product of factors may be from a kernel, relative to its largest weight.
const FACTORS_TOLERANCE: f32 = 1e-5;

/// A temporal and a spatial convolution in one, forward and back.
///
/// Where each map has one spatial and one temporal filter (EEGNet) the spatial one goes first: for 22 channels and 64 taps
/// that is a tenth of the work.
#[derive(Debug, Clone)]
pub struct FusedKernel {
    forward: FusedStep,
    transposed: Passes,
    gradient: WeightGradient,
}

/// One pass, or one after the other.
#[derive(Debug, Clone)]
enum Passes {
    One(PackedConv),
    Two { first: PackedConv, between: Vec<f32>, second: PackedConv },
}

/// The way forward only.
#[derive(Debug, Clone)]
pub(crate) enum FusedStep {
    Whole(ConvStep),
    Factors { spatial: ConvStep, between: Vec<f32>, temporal: ConvStep },
}

impl FusedKernel {
    /// Packs a fused convolution for windows of this shape; nothing where its stride is not 1, or where it has more zeros at
    /// an end than taps.
    #[must_use]
    pub fn new(fused: &FusedConv<f32>, input: Shape) -> Option<Self> {
        let output = fused.conv.output(input).ok()?;
        let transposed = match factors(fused, input) {
            Some((spatial, temporal)) => {
                let between = Shape::new(fused.conv.maps_out, 1, input.samples);
                Passes::Two {
                    first: PackedConv::transposed(&temporal, between)?,
                    between: vec![0.0; between.len()],
                    second: PackedConv::transposed(&spatial, input)?,
                }
            }
            None => Passes::One(PackedConv::transposed(&fused.conv, input)?),
        };
        let gradient = WeightGradient::new(&fused.conv, input)?;
        Some(Self { forward: FusedStep::new(fused, input, output), transposed, gradient })
    }

    /// `y[k, t] = b[k] + Σ_{c, τ} W[k, c, τ] x[c, t + τ − before]`, with `x` `[channels, samples]` and `y` `[maps, samples]`.
    ///
    /// # Panics
    /// Where `x` or `y` has another size.
    pub fn forward(&mut self, x: &[f32], y: &mut [f32]) {
        self.forward.run(x, y);
    }

    /// `x[c, s] = Σ_{k, τ} W[k, c, τ] y[k, s − τ + before]`, without the bias, for gradients and relevance.
    ///
    /// # Panics
    /// Where `x` or `y` has another size.
    pub fn transposed(&mut self, y: &[f32], x: &mut [f32]) {
        match &mut self.transposed {
            Passes::One(packed) => packed.run(y, x),
            Passes::Two { first, between, second } => {
                first.run(y, between);
                second.run(between, x);
            }
        }
    }

    /// Adds the gradient of the whole kernel `[maps, channels, taps]` to `gradient`, from what went in and the gradient of what
    /// came out; see [`WeightGradient::add`].
    ///
    /// # Panics
    /// Where one of them has another size.
    pub fn weight_gradient(&mut self, x: &[f32], g: &[f32], gradient: &mut [f32]) {
        self.gradient.add(x, g, gradient);
    }
}

impl FusedStep {
    pub fn new(fused: &FusedConv<f32>, input: Shape, output: Shape) -> Self {
        let Some((spatial, temporal)) = factors(fused, input) else {
            return Self::Whole(ConvStep::new(&fused.conv, input, output));
        };
        let between = Shape::new(output.maps, 1, input.samples);
        Self::Factors {
            spatial: ConvStep::new(&spatial, input, between),
            between: vec![0.0; between.len()],
            temporal: ConvStep::new(&temporal, between, output),
        }
    }

    pub fn run(&mut self, x: &[f32], y: &mut [f32]) {
        match self {
            Self::Whole(conv) => conv.run(x, y),
            Self::Factors { spatial, between, temporal } => {
                spatial.run(x, between);
                temporal.run(between, y);
            }
        }
    }
}

/// The spatial and the temporal convolution that a fused one of rank one is the same as; nothing where its factors are not
/// those of its kernels.
fn factors(fused: &FusedConv<f32>, input: Shape) -> Option<(Conv<f32>, Conv<f32>)> {
    let (conv, factors) = (&fused.conv, fused.factors.as_ref()?);
    let (maps, channels, taps) = (conv.maps_out, conv.rows, conv.taps);
    if (factors.spatial.len(), factors.temporal.len()) != (maps * channels, maps * taps) || channels != input.rows {
        return None;
    }
    let largest = conv.weights.iter().fold(0.0, |largest: f32, w| largest.max(w.abs()));
    for (line, kernel) in conv.weights.chunks_exact(taps).enumerate() {
        let temporal = &factors.temporal[line / channels * taps..][..taps];
        let products = temporal.iter().map(|tap| factors.spatial[line] * tap);
        if kernel.iter().zip(products).any(|(w, product)| (w - product).abs() > FACTORS_TOLERANCE * largest) {
            return None;
        }
    }
    let spatial = Conv { weights: factors.spatial.clone(), ..Conv::zeros(maps, 1, channels, 1) };
    let temporal = Conv {
        weights: factors.temporal.clone(),
        bias: conv.bias.clone(),
        groups: maps,
        stride: conv.stride,
        padding: conv.padding,
        ..Conv::zeros(maps, 1, 1, taps)
    };
    Some((spatial, temporal))
}
