/// The weights that turn values at `nodes` into values at `points`, `[points, nodes]` in row order:
/// inverse squared great-circle distance (Shepard 1968).
///
/// For three electrodes or fewer, where a spline would only extrapolate: every value of this map lies
/// between the smallest and the largest given.
pub(super) fn weights(nodes: &[[f64; 3]], points: &[[f64; 3]]) -> Vec<f64> {
    let mut out = Vec::with_capacity(points.len() * nodes.len());
    for point in points {
        let first = out.len();
        let mut sum = 0.0;
        for node in nodes {
            let cosine = (0..3).map(|i| point[i] * node[i]).sum::<f64>().clamp(-1.0, 1.0);
            // The floor keeps an electrode's own cell finite.
            let weight = 1.0 / cosine.acos().powi(2).max(1e-12);
            sum += weight;
            out.push(weight);
        }
        out[first..].iter_mut().for_each(|w| *w /= sum);
    }
    out
}
