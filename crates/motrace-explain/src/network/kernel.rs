use super::linear::Part;
use super::part_kernel::PartKernel;
use motrace_net::kernels::{FusedKernel, PackedConv, SpectralConv};
use motrace_net::{Layer, Scalar, Shape};

/// A convolution in single precision, laid out for this processor; see [`motrace_net::kernels`].
#[derive(Debug, Clone)]
pub(super) struct Kernels {
    whole: Kernel,
    has_bias: bool,
    /// What rules take of its weights, without its bias.
    parts: Vec<PartKernel>,
}

#[derive(Debug, Clone)]
pub(super) enum Kernel {
    Fused(Box<FusedKernel>),
    Packed { forward: Box<PackedConv>, transposed: Box<PackedConv> },
    Spectral(Box<SpectralConv>),
}

impl Kernel {
    pub(super) fn new(layer: &Layer<f32>, input: Shape) -> Option<Self> {
        match layer {
            // Factors are quicker than spectra.
            Layer::FusedConv(fused) => {
                (if fused.factors.is_none() { SpectralConv::new(&fused.conv, input) } else { None })
                    .map(|conv| Self::Spectral(Box::new(conv)))
                    .or_else(|| FusedKernel::new(fused, input).map(|kernel| Self::Fused(Box::new(kernel))))
            }
            Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => {
                let (forward, transposed) = (PackedConv::new(conv, input)?, PackedConv::transposed(conv, input)?);
                Some(Self::Packed { forward: Box::new(forward), transposed: Box::new(transposed) })
            }
            Layer::SeparableConv(_)
            | Layer::Dense(_)
            | Layer::BatchNorm(_)
            | Layer::Elu(_)
            | Layer::Tanh
            | Layer::Relu
            | Layer::Square
            | Layer::Log(_)
            | Layer::MeanPool(_)
            | Layer::MaxPool(_)
            | Layer::Dropout { .. } => None,
        }
    }

    pub(super) fn forward(&mut self, x: &[f32], y: &mut [f32]) {
        match self {
            Self::Fused(kernel) => kernel.forward(x, y),
            Self::Packed { forward, .. } => forward.run(x, y),
            Self::Spectral(conv) => conv.forward(x, y),
        }
    }

    pub(super) fn transposed(&mut self, y: &[f32], x: &mut [f32]) {
        match self {
            Self::Fused(kernel) => kernel.transposed(y, x),
            Self::Packed { transposed, .. } => transposed.run(y, x),
            Self::Spectral(conv) => conv.transposed(y, x),
        }
    }
}

impl Kernels {
    /// The kernels of a convolution, and of these parts of its weights; `None` where there are none for it, or for these
    /// numbers.
    pub(super) fn new<T: Scalar>(layer: &Layer<T>, input: Shape, parts: &[Part<T>]) -> Option<Self> {
        T::as_f32s(&[])?;
        let layer = layer.converted::<f32>();
        let conv = match &layer {
            Layer::FusedConv(fused) => &fused.conv,
            Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => conv,
            _ => return None,
        };
        let has_bias = conv.bias.is_some();
        let of_part = |part: &Part<T>| PartKernel::new(&layer, input, part.in_single_precision());
        Some(Self {
            whole: Kernel::new(&layer, input)?,
            has_bias,
            // Of the weights as they are the kernel above does, where it adds no bias.
            parts: parts.iter().filter(|part| has_bias || !part.is_whole()).map(of_part).collect::<Option<_>>()?,
        })
    }

    /// The kernel of the whole convolution, where it is computed by spectra.
    pub(super) fn spectral(&self) -> Option<&SpectralConv> {
        match &self.whole {
            Kernel::Spectral(conv) => Some(conv),
            Kernel::Fused(_) | Kernel::Packed { .. } => None,
        }
    }

    /// Writes `Wx + b`; says whether it could.
    pub(super) fn forward<T: Scalar>(&mut self, x: &[T], y: &mut [T]) -> bool {
        let (Some(x), Some(y)) = (T::as_f32s(x), T::as_f32s_mut(y)) else { return false };
        self.whole.forward(x, y);
        true
    }

    /// Writes `W'x`; says whether it could.
    pub(super) fn product<T: Scalar>(&mut self, part: Part<T>, x: &[T], y: &mut [T]) -> bool {
        let (Some(x), Some(y)) = (T::as_f32s(x), T::as_f32s_mut(y)) else { return false };
        if part.is_whole() && !self.has_bias {
            self.whole.forward(x, y);
            return true;
        }
        let Some(kernel) = self.of_part(part) else { return false };
        kernel.forward(x, y);
        true
    }

    /// Writes `W'ᵀs`; says whether it could.
    pub(super) fn transposed<T: Scalar>(&mut self, part: Part<T>, s: &[T], r: &mut [T]) -> bool {
        let (Some(s), Some(r)) = (T::as_f32s(s), T::as_f32s_mut(r)) else { return false };
        if part.is_whole() {
            self.whole.transposed(s, r);
            return true;
        }
        let Some(kernel) = self.of_part(part) else { return false };
        kernel.transposed(s, r);
        true
    }

    fn of_part<T: Scalar>(&mut self, part: Part<T>) -> Option<&mut PartKernel> {
        let part = part.in_single_precision();
        self.parts.iter_mut().find(|kernel| kernel.part == part)
    }
}
