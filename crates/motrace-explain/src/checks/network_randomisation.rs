use super::noise::normal;
use motrace_net::{Network, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The same network with random numbers in its last `layers` layers that have weights: normal, each part as large as its own on
/// average (Adebayo et al. 2018, "Sanity checks for saliency maps").
///
/// A reference of log-powers ([`crate::network::NetworkReference`]) has to be fitted again where more than the last layer
/// changes.
#[must_use]
pub fn randomised_layers<T: Scalar>(network: &Network<T>, layers: usize, seed: u64) -> Network<T> {
    let mut random = network.clone();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let with_weights = random.layers_mut().iter_mut().rev().filter(|layer| !layer.parameters().is_empty());
    for layer in with_weights.take(layers) {
        for part in layer.parameters_mut() {
            let squares: f64 = part.iter().map(|w| w.as_f64() * w.as_f64()).sum();
            let scale = (squares / part.len().max(1) as f64).sqrt();
            part.iter_mut().for_each(|w| *w = T::of(scale * normal(&mut rng)));
        }
        // Factors would no longer be those of the kernels.
        if let motrace_net::Layer::FusedConv(fused) = layer {
            fused.factors = None;
        }
    }
    random
}
