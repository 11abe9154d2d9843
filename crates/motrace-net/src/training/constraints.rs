use crate::{Architecture, Layer, Network};

/// Shrinks what a network's description does not let grow: in EEGNet the norm of each spatial filter to 1 and that of each
/// class's weights to 0.25 (Lawhern et al. 2018, section 2.2.3).
pub(crate) fn apply(architecture: &Architecture, network: &mut Network<f32>) {
    match architecture {
        Architecture::EegNet(_) => {
            for layer in network.layers_mut() {
                match layer {
                    Layer::SpatialConv(conv) => {
                        let filter = conv.kernel_len();
                        limit(&mut conv.weights, filter, 1.0);
                    }
                    Layer::Dense(dense) => limit(&mut dense.weights, dense.inputs, 0.25),
                    _ => {}
                }
            }
        }
        Architecture::Shallow(_) | Architecture::Mlp(_) => {}
    }
}

/// Scales each row that is longer down to this norm.
fn limit(weights: &mut [f32], row: usize, largest: f64) {
    for row in weights.chunks_exact_mut(row.max(1)) {
        let norm = row.iter().map(|w| f64::from(*w) * f64::from(*w)).sum::<f64>().sqrt();
        if norm > largest {
            let scale = (largest / norm) as f32;
            row.iter_mut().for_each(|w| *w *= scale);
        }
    }
}
