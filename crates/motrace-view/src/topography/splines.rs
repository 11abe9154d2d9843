use nalgebra::DMatrix;
use std::f64::consts::PI;

/// Legendre terms of the kernel; they fall as n⁻⁷, so the rest is below 1e-12 of the first.
const TERMS: usize = 50;

/// The weights that turn values at `nodes` into values at `points`, `[points, nodes]` in row order:
/// spherical splines of order m = 4 (Perrin, Pernier, Bertrand and Echallier 1989).
///
/// `regularisation` is added to the kernel's diagonal; 0 interpolates exactly. `None` where the system
/// has no solution, as with two nodes in one place and no regularisation.
pub(super) fn weights(nodes: &[[f64; 3]], points: &[[f64; 3]], regularisation: f64) -> Option<Vec<f64>> {
    let n = nodes.len();
    let kernel = Kernel::new();
    // The bordered system [G + λI, 1; 1ᵀ, 0]: the coefficients sum to zero, so that far from all
    // electrodes the map tends to a constant.
    let system = DMatrix::from_fn(n + 1, n + 1, |i, j| match (i < n, j < n) {
        (true, true) => kernel.at(cosine(nodes[i], nodes[j])) + if i == j { regularisation } else { 0.0 },
        (false, false) => 0.0,
        _ => 1.0,
    });
    let inverse = system.try_inverse().filter(|m| m.iter().all(|v| v.is_finite()))?;
    let mut out = Vec::with_capacity(points.len() * n);
    let mut row = vec![0.0; n + 1];
    row[n] = 1.0;
    for point in points {
        for (value, node) in row.iter_mut().zip(nodes) {
            *value = kernel.at(cosine(*point, *node));
        }
        for j in 0..n {
            // nalgebra stores columns contiguously.
            let column = &inverse.as_slice()[j * (n + 1)..(j + 1) * (n + 1)];
            out.push(row.iter().zip(column).map(|(a, b)| a * b).sum());
        }
    }
    Some(out)
}

fn cosine(a: [f64; 3], b: [f64; 3]) -> f64 {
    (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]).clamp(-1.0, 1.0)
}

/// `g(x) = 1/4π Σ_n (2n+1)/(n(n+1))⁴ P_n(x)`, equation 3 of the paper.
struct Kernel {
    coefficients: [f64; TERMS],
}

impl Kernel {
    fn new() -> Self {
        let mut coefficients = [0.0; TERMS];
        for (i, c) in coefficients.iter_mut().enumerate() {
            let n = (i + 1) as f64;
            *c = (2.0 * n + 1.0) / ((n * (n + 1.0)).powi(4) * 4.0 * PI);
        }
        Self { coefficients }
    }

    fn at(&self, x: f64) -> f64 {
        // Bonnet's recursion: (n+1) P_{n+1} = (2n+1) x P_n − n P_{n−1}.
        let (mut before, mut current) = (1.0, x);
        let mut sum = 0.0;
        for (i, c) in self.coefficients.iter().enumerate() {
            sum += c * current;
            let n = (i + 1) as f64;
            let next = ((2.0 * n + 1.0) * x * current - n * before) / (n + 1.0);
            (before, current) = (current, next);
        }
        sum
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic on a broken fixture")]
mod tests {
    use super::*;
    use serde_json::Value;

    fn rows(value: &Value) -> Vec<Vec<f64>> {
        let row = |r: &Value| r.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        value.as_array().unwrap().iter().map(row).collect()
    }

    fn points(value: &Value) -> Vec<[f64; 3]> {
        rows(value).into_iter().map(|r| [r[0], r[1], r[2]]).collect()
    }

    #[test]
    fn weights_agree_with_mne() {
        let text = include_str!("../../../../tests/fixtures/motrace-view/splines.json");
        let fixture: Value = serde_json::from_str(text).unwrap();
        let (nodes, at) = (points(&fixture["nodes"]), points(&fixture["points"]));
        for case in fixture["cases"].as_array().unwrap() {
            let ours = weights(&nodes, &at, case["regularisation"].as_f64().unwrap()).unwrap();
            let theirs: Vec<f64> = rows(&case["weights"]).concat();
            assert_eq!(ours.len(), theirs.len());
            let size = theirs.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            for (a, b) in ours.iter().zip(&theirs) {
                assert!((a - b).abs() < 1e-8 * size, "{a} {b}");
            }
        }
    }

    #[test]
    fn without_regularisation_two_nodes_in_one_place_have_no_solution() {
        let node = [0.0, 0.0, 1.0];
        let others = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        assert!(weights(&[node, node, others[0], others[1]], &[node], 0.0).is_none());
    }
}
