//! Explanations to compare with, and for nothing else: what they say is in their names.

use super::Target;
use super::head::softmin;
use motrace_net::{Batch, Mode, Network, Scalar, backward};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The gradient of what is explained, `[channels, samples]`; `None` where the window or the class does not fit the network.
///
/// It says what would change the decision, not what made it.
#[must_use]
pub fn gradient<T: Scalar>(network: &Network<T>, window: &[T], target: Target) -> Option<Array2<T>> {
    if window.len() != network.input().len() {
        return None;
    }
    let mut network = network.clone();
    let input = network.input();
    let (activations, caches) = network.trace(&Batch::one(input, window), &mut Mode::Decide);
    let outputs = activations.last()?;
    let mut back = Batch { shape: outputs.shape, values: seed(&outputs.values, target)? };
    for (n, layer) in network.layers().iter().enumerate().rev() {
        back = backward(layer, &activations[n], &activations[n + 1], &caches[n], &back).0;
    }
    Array2::from_shape_vec((input.rows, input.samples), back.values).ok()
}

/// The gradient times the input, `[channels, samples]`; `None` as [`gradient`].
#[must_use]
pub fn gradient_times_input<T: Scalar>(network: &Network<T>, window: &[T], target: Target) -> Option<Array2<T>> {
    let mut map = gradient(network, window, target)?;
    map.iter_mut().zip(window).for_each(|(r, x)| *r *= *x);
    Some(map)
}

/// Integrated Gradients (Sundararajan, Taly and Yan 2017) from a baseline window to this one, in `steps` steps by the midpoint
/// rule, `[channels, samples]`; `None` as [`gradient`].
///
/// Zeros are the usual baseline, and to a network of log-powers the strongest evidence there is.
#[must_use]
pub fn integrated_gradients<T: Scalar>(
    network: &Network<T>,
    window: &[T],
    baseline: &[T],
    steps: usize,
    target: Target,
) -> Option<Array2<T>> {
    if baseline.len() != window.len() {
        return None;
    }
    // The class of the window itself, on all of the way.
    let target = match target {
        Target::Decision if network.classes() > 2 => {
            let outputs = network
                .outputs(&Batch::one(network.input(), (window.len() == network.input().len()).then_some(window)?));
            let best = outputs.values.iter().enumerate().max_by(|(_, a), (_, b)| a.as_f64().total_cmp(&b.as_f64()));
            Target::Class(best?.0)
        }
        target => target,
    };
    let mut sum = Array2::zeros((network.input().rows, network.input().samples));
    let steps = steps.max(1);
    for step in 0..steps {
        let part = T::of((step as f64 + 0.5) / steps as f64);
        let on_the_way: Vec<T> = baseline.iter().zip(window).map(|(from, to)| *from + part * (*to - *from)).collect();
        sum.zip_mut_with(&gradient(network, &on_the_way, target)?, |sum: &mut T, g| *sum += *g);
    }
    for ((r, from), to) in sum.iter_mut().zip(baseline).zip(window) {
        *r *= (*to - *from) / T::of(steps as f64);
    }
    Some(sum)
}

/// Random numbers, `[channels, samples]`: what knows nothing.
#[must_use]
pub fn random<T: Scalar>(channels: usize, samples: usize, seed: u64) -> Array2<T> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((channels, samples), || T::of(rng.random_range(-1.0..1.0)))
}

/// The gradient of what is explained by the network's outputs.
fn seed<T: Scalar>(outputs: &[T], target: Target) -> Option<Vec<T>> {
    let class = match target {
        Target::Class(class) => class,
        Target::Decision if outputs.len() == 2 => 1,
        Target::Decision => outputs.iter().enumerate().max_by(|(_, a), (_, b)| a.as_f64().total_cmp(&b.as_f64()))?.0,
    };
    let own = *outputs.get(class)?;
    let h: Vec<T> = outputs.iter().enumerate().filter(|(j, _)| *j != class).map(|(_, z)| own - *z).collect();
    let mut pi = vec![0.0; h.len()];
    softmin(&h, &mut pi);
    let mut seed: Vec<T> = pi.into_iter().map(|pi| -T::of(pi)).collect();
    seed.insert(class, T::one());
    Some(seed)
}
