use super::*;
use approx::assert_relative_eq;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn random(size: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((size, size), || rng.random_range(-1.0..1.0))
}

/// Positive definite, its eigenvalues not too far apart.
fn covariance(size: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let root = random(size, rng);
    root.dot(&root.t()) + 0.2 * Array2::<f64>::eye(size)
}

/// Invertible: close to the identity.
fn mixing(size: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    random(size, rng) * (0.6 / size as f64) + Array2::<f64>::eye(size)
}

fn congruent(w: &Array2<f64>, c: &Array2<f64>) -> Array2<f64> {
    w.dot(c).dot(&w.t())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn distance_is_affine_invariant_symmetric_and_obeys_the_triangle(seed in 0_u64..10_000, size in 1_usize..9) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let [a, b, c] = [0; 3].map(|_| covariance(size, &mut rng));
        let w = mixing(size, &mut rng);
        let d = |a: &Array2<f64>, b: &Array2<f64>| distance(a.view(), b.view()).unwrap_or(f64::NAN);
        let plain = d(&a, &b);
        prop_assert!((d(&congruent(&w, &a), &congruent(&w, &b)) - plain).abs() < 1e-8 * (1.0 + plain));
        prop_assert!((d(&b, &a) - plain).abs() < 1e-9 * (1.0 + plain));
        prop_assert!(plain <= d(&a, &c) + d(&c, &b) + 1e-9);
        prop_assert!(d(&a, &a) < 1e-7);
        let inverse = |c: &Array2<f64>| to_matrix(c.view()).try_inverse().map(|m| to_array(&m));
        if let (Some(ia), Some(ib)) = (inverse(&a), inverse(&b)) {
            prop_assert!((d(&ia, &ib) - plain).abs() < 1e-7 * (1.0 + plain), "inverting keeps distances");
        }
    }

    #[test]
    fn the_mean_moves_with_the_mixing(seed in 0_u64..10_000, size in 1_usize..7, count in 1_usize..8) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let all: Vec<Array2<f64>> = (0..count).map(|_| covariance(size, &mut rng)).collect();
        let w = mixing(size, &mut rng);
        let moved: Vec<Array2<f64>> = all.iter().map(|c| congruent(&w, c)).collect();
        let (here, there) = (mean(&all), mean(&moved));
        let (Ok(here), Ok(there)) = (here, there) else { return Err(TestCaseError::fail("no mean")) };
        for (a, b) in congruent(&w, &here).iter().zip(&there) {
            prop_assert!((a - b).abs() < 1e-7, "{a} {b}");
        }
        // The tangent vectors at the mean add up to nothing: that is its definition.
        let vectors: Vec<Vec<f64>> =
            all.iter().filter_map(|c| tangent_vector(c.view(), here.view()).ok()).collect();
        prop_assert_eq!(vectors.len(), count);
        for i in 0..size * (size + 1) / 2 {
            prop_assert!(vectors.iter().map(|v| v[i]).sum::<f64>().abs() < 1e-7);
        }
        let norm = vectors[0].iter().map(|v| v * v).sum::<f64>().sqrt();
        let apart = distance(here.view(), all[0].view()).unwrap_or(f64::NAN);
        prop_assert!((norm - apart).abs() < 1e-8 * (1.0 + apart));
    }
}

#[test]
fn the_mean_of_two_is_their_geometric_mean() -> Result<(), TrainError> {
    let a = ndarray::array![[4.0, 0.0], [0.0, 9.0]];
    let b = ndarray::array![[1.0, 0.0], [0.0, 1e-4]];
    let middle = mean(&[a, b])?;
    assert_relative_eq!(middle[[0, 0]], 2.0, max_relative = 1e-8);
    assert_relative_eq!(middle[[1, 1]], 0.03, max_relative = 1e-7);
    Ok(())
}

#[test]
fn what_is_no_covariance_is_refused() {
    let singular = ndarray::array![[1.0, 1.0], [1.0, 1.0]];
    let eye = Array2::eye(2);
    assert!(matches!(mean(&[singular.clone() * -1.0]), Err(TrainError::Degenerate(_))));
    assert!(matches!(mean(&[]), Err(TrainError::Shape(_))));
    assert!(matches!(distance(eye.view(), Array2::eye(3).view()), Err(TrainError::Shape(_))));
    assert!(matches!(distance((&eye * f64::NAN).view(), eye.view()), Err(TrainError::NoConvergence { .. })));
    assert!(distance(eye.view(), singular.view()).is_ok_and(f64::is_finite), "far away, but somewhere");
}
