//! The explanation as its definition reads, one sum sign at a time. Slow, obvious, and independent of the crate.
//! Within 0.1 % of the root power its plain quotient loses too many digits to be compared with.
#![allow(dead_code, reason = "shared by several test binaries")]

use motrace_decode::CspLda;
use ndarray::{Array2, ArrayView2};

pub struct Explanation {
    /// INPUT, PATTERN, SOURCE.
    pub views: [Array2<f64>; 3],
    pub components: Vec<f64>,
}

pub fn explain(decoder: &CspLda, x: ArrayView2<f64>) -> Explanation {
    let (components, channels) = decoder.filters.dim();
    let samples = x.ncols();
    let (w, a) = (&decoder.filters, &decoder.patterns);
    let mut views = std::array::from_fn(|_| Array2::zeros((channels, samples)));
    let mut evidence = Vec::new();
    for k in 0..components {
        let source: Vec<f64> = (0..samples).map(|t| (0..channels).map(|c| w[[k, c]] * x[[c, t]]).sum()).collect();
        let power = source.iter().map(|s| s * s).sum::<f64>() / samples as f64;
        let root = decoder.root_log_power[k].exp();
        let gain = decoder.weights[k] * (power / root).ln() / (power - root);
        let energy: f64 = (0..channels).map(|c| a[[k, c]] * a[[k, c]]).sum();
        for c in 0..channels {
            for t in 0..samples {
                let at_time = gain * (source[t] * source[t] - root) / samples as f64;
                views[0][[c, t]] +=
                    gain / samples as f64 * (w[[k, c]] * x[[c, t]] * source[t] - w[[k, c]] * a[[k, c]] * root);
                views[1][[c, t]] += at_time * w[[k, c]] * a[[k, c]];
                views[2][[c, t]] += at_time * a[[k, c]] * a[[k, c]] / energy;
            }
        }
        evidence.push(decoder.weights[k] * (power / root).ln());
    }
    Explanation { views, components: evidence }
}
