use motrace_net::kernels::{FusedKernel, PackedConv};
use motrace_net::{Conv, Layer, Scalar, Shape};

/// A convolution in single precision, laid out for this processor; see [`motrace_net::kernels`].
#[derive(Debug, Clone)]
pub(super) struct Kernels {
    whole: Kernel,
    /// The same without its bias, where it has one that is to be left out.
    without_bias: Option<Kernel>,
}

#[derive(Debug, Clone)]
enum Kernel {
    Fused(Box<FusedKernel>),
    Packed { forward: Box<PackedConv>, transposed: Box<PackedConv> },
}

impl Kernel {
    fn new(layer: &Layer<f32>, input: Shape) -> Option<Self> {
        match layer {
            Layer::FusedConv(fused) => FusedKernel::new(fused, input).map(|kernel| Self::Fused(Box::new(kernel))),
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

    fn forward(&mut self, x: &[f32], y: &mut [f32]) {
        match self {
            Self::Fused(kernel) => kernel.forward(x, y),
            Self::Packed { forward, .. } => forward.run(x, y),
        }
    }

    fn transposed(&mut self, y: &[f32], x: &mut [f32]) {
        match self {
            Self::Fused(kernel) => kernel.transposed(y, x),
            Self::Packed { transposed, .. } => transposed.run(y, x),
        }
    }
}

impl Kernels {
    /// The kernels of a convolution; `None` where there are none for it, or for these numbers.
    pub(super) fn new<T: Scalar>(layer: &Layer<T>, input: Shape, leaves_bias_out: bool) -> Option<Self> {
        T::as_f32s(&[])?;
        let mut layer = layer.converted::<f32>();
        let whole = Kernel::new(&layer, input)?;
        let conv: &mut Conv<f32> = match &mut layer {
            Layer::FusedConv(fused) => &mut fused.conv,
            Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => conv,
            _ => return None,
        };
        let has_bias = conv.bias.take().is_some();
        let without_bias = if has_bias && leaves_bias_out { Some(Kernel::new(&layer, input)?) } else { None };
        Some(Self { whole, without_bias })
    }

    /// Writes `Wx + b`; says whether it could.
    pub(super) fn forward<T: Scalar>(&mut self, x: &[T], y: &mut [T]) -> bool {
        let (Some(x), Some(y)) = (T::as_f32s(x), T::as_f32s_mut(y)) else { return false };
        self.whole.forward(x, y);
        true
    }

    /// Writes `Wx`; says whether it could.
    pub(super) fn product<T: Scalar>(&mut self, x: &[T], y: &mut [T]) -> bool {
        let (Some(kernel), Some(x), Some(y)) = (&mut self.without_bias, T::as_f32s(x), T::as_f32s_mut(y)) else {
            return false;
        };
        kernel.forward(x, y);
        true
    }

    /// Writes `Wᵀs`; says whether it could.
    pub(super) fn transposed<T: Scalar>(&mut self, s: &[T], r: &mut [T]) -> bool {
        let (Some(s), Some(r)) = (T::as_f32s(s), T::as_f32s_mut(r)) else { return false };
        self.whole.transposed(s, r);
        true
    }
}
