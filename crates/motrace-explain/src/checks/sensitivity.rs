use super::noise::normal;
use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// How much a map changes at most when a little noise is added to the data: the largest of `repeats` values of
/// `‖R(x + δ) − R(x)‖ / ‖R(x)‖` (Yeh et al. 2019).
///
/// `window` is `[channels, samples]`; δ is white and normal, in each channel `noise_share` of its root mean square.
/// `explain` gives the map of a window.
pub fn max_sensitivity(
    window: ArrayView2<f64>,
    noise_share: f64,
    repeats: usize,
    seed: u64,
    mut explain: impl FnMut(ArrayView2<f64>) -> Array2<f64>,
) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let undisturbed = explain(window);
    let size = norm(undisturbed.iter().copied());
    let mut largest: f64 = 0.0;
    for _ in 0..repeats {
        let mut noisy = window.to_owned();
        for mut channel in noisy.outer_iter_mut() {
            let rms = (channel.iter().map(|x| x * x).sum::<f64>() / channel.len().max(1) as f64).sqrt();
            channel.iter_mut().for_each(|x| *x += noise_share * rms * normal(&mut rng));
        }
        let disturbed = explain(noisy.view());
        largest = largest.max(norm(disturbed.iter().zip(&undisturbed).map(|(a, b)| a - b)) / size);
    }
    largest
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_map_changes_as_much_as_its_data() {
        let window = Array2::from_elem((4, 500), 2.0);
        let change = max_sensitivity(window.view(), 0.01, 5, 1, |x| x.mapv(|v| 3.0 * v));
        assert!((change - 0.01).abs() < 0.001, "{change}");
        assert_eq!(max_sensitivity(window.view(), 0.01, 5, 1, |_| Array2::ones((2, 2))), 0.0);
    }
}
