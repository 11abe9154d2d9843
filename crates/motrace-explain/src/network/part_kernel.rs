use super::kernel::Kernel;
use super::linear::Part;
use motrace_net::{Conv, Factors, FusedConv, Layer, Shape};

/// How far a sum of products of factors may be from a kernel, relative to its largest weight.
const FACTORS_TOLERANCE: f32 = 1e-5;

/// The product with a part of a convolution's weights, and its transpose, in single precision and without bias.
///
/// Of a convolution across channels and time that is a product of a spatial and a temporal filter, `W = u ⊗ v`, each part is
/// one or two of such products again: of positive `u`, and of negative `u` with the signs of `v` exchanged. So the spatial
/// filter still goes first, at a fraction of the work of the whole kernel.
#[derive(Debug, Clone)]
pub(super) struct PartKernel {
    pub part: Part<f32>,
    /// What is added up.
    addends: Vec<Kernel>,
    /// What a second addend writes.
    more: Vec<f32>,
}

impl PartKernel {
    /// Of a convolution; `None` where there is no kernel for it.
    pub(super) fn new(layer: &Layer<f32>, input: Shape, part: Part<f32>) -> Option<Self> {
        let addends: Vec<Kernel> =
            layers_of(layer, part)?.iter().map(|layer| Kernel::new(layer, input)).collect::<Option<_>>()?;
        let longest = input.len().max(layer.output(input).ok()?.len());
        let more = vec![0.0; if addends.len() > 1 { longest } else { 0 }];
        Some(Self { part, addends, more })
    }

    /// Writes `W'x`.
    pub(super) fn forward(&mut self, x: &[f32], y: &mut [f32]) {
        self.summed(y, |kernel, y| kernel.forward(x, y));
    }

    /// Writes `W'ᵀs`.
    pub(super) fn transposed(&mut self, s: &[f32], r: &mut [f32]) {
        self.summed(r, |kernel, r| kernel.transposed(s, r));
    }

    fn summed(&mut self, sum: &mut [f32], write: impl Fn(&mut Kernel, &mut [f32])) {
        let Some((first, others)) = self.addends.split_first_mut() else { return };
        write(first, sum);
        for kernel in others {
            let more = &mut self.more[..sum.len()];
            write(kernel, more);
            sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += *more);
        }
    }
}

/// Layers without bias whose sum has this part of a convolution's weights.
fn layers_of(layer: &Layer<f32>, part: Part<f32>) -> Option<Vec<Layer<f32>>> {
    let part_of = |conv: &Conv<f32>| Conv {
        weights: conv.weights.iter().map(|weight| part.of(*weight)).collect(),
        bias: None,
        ..conv.clone()
    };
    Some(match layer {
        Layer::TemporalConv(conv) => vec![Layer::TemporalConv(part_of(conv))],
        Layer::SpatialConv(conv) => vec![Layer::SpatialConv(part_of(conv))],
        Layer::FusedConv(fused) => {
            let whole = part_of(&fused.conv);
            products_of(fused, part, &whole.weights)
                .unwrap_or_else(|| vec![FusedConv { conv: whole, factors: None }])
                .into_iter()
                .map(Layer::FusedConv)
                .collect()
        }
        _ => return None,
    })
}

/// The same of a kernel of factors; `None` where it has none, or other ones.
fn products_of(fused: &FusedConv<f32>, part: Part<f32>, whole: &[f32]) -> Option<Vec<FusedConv<f32>>> {
    let Factors { spatial, temporal } = fused.factors.as_ref()?;
    let (conv, taps) = (&fused.conv, fused.conv.taps);
    if (spatial.len(), temporal.len()) != (conv.maps_out * conv.rows, conv.maps_out * taps) || conv.maps_in != 1 {
        return None;
    }
    let product = |spatial: Vec<f32>, temporal: Vec<f32>| {
        let lines = spatial.iter().enumerate();
        let weights = lines
            .flat_map(|(line, u)| temporal[line / conv.rows * taps..][..taps].iter().map(move |v| u * v))
            .collect();
        let conv = Conv { weights, bias: None, ..conv.clone() };
        FusedConv { conv, factors: Some(Factors { spatial, temporal }) }
    };
    let each = |values: &[f32], of: &dyn Fn(f32) -> f32| values.iter().map(|value| of(*value)).collect::<Vec<f32>>();
    let products = match part {
        Part::Scaled { positive, negative } if positive == negative => {
            vec![product(spatial.clone(), each(temporal, &|v| part.of(v)))]
        }
        Part::Scaled { positive, negative } => {
            let exchanged = Part::Scaled { positive: negative, negative: positive };
            vec![
                product(each(spatial, &|u| u.max(0.0)), each(temporal, &|v| part.of(v))),
                product(each(spatial, &|u| u.min(0.0)), each(temporal, &|v| exchanged.of(v))),
            ]
        }
        Part::Squares | Part::Ones => {
            vec![product(each(spatial, &|u| part.of(u)), each(temporal, &|v| part.of(v)))]
        }
    };
    let largest = whole.iter().fold(0.0, |largest: f32, w| largest.max(w.abs()));
    let is_close = |(place, weight): (usize, &f32)| {
        let sum: f32 = products.iter().map(|product| product.conv.weights[place]).sum();
        (sum - weight).abs() <= FACTORS_TOLERANCE * largest
    };
    whole.iter().enumerate().all(is_close).then_some(products)
}
