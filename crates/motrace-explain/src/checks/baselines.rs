use motrace_decode::CspLda;
use ndarray::{Array2, ArrayView2, Axis};

/// Gradient × input, `[channels, samples]`: a baseline, not an explanation.
///
/// `∂f/∂x_ct · x_ct = Σ_k 2 w_k W_kc x_ct s_kt / (T p_k)`. It sums to `2 Σ w_k` on every trial, whatever the
/// decision was: f is homogeneous of degree 0 up to the logarithm of the scale.
/// `window` is `[channels, samples]` in volts.
#[must_use]
pub fn gradient_times_input(decoder: &CspLda, window: ArrayView2<f64>) -> Array2<f64> {
    let mut sources = decoder.filters.dot(&window);
    for (mut source, weight) in sources.outer_iter_mut().zip(&decoder.weights) {
        let energy: f64 = source.iter().map(|s| s * s).sum();
        source *= 2.0 * weight / energy;
    }
    decoder.filters.t().dot(&sources) * window
}

/// Each component's relevance shared out over time in proportion to `s²`, and to channels as PATTERN does,
/// `[channels, samples]`: a control that must fail.
///
/// This is what passing relevance straight through the logarithm and the square does. The evidence of a
/// desynchronisation then lands where power is left over, outside of the desynchronisation.
/// `window` is `[channels, samples]` in volts.
#[must_use]
pub fn square_share(decoder: &CspLda, window: ArrayView2<f64>) -> Array2<f64> {
    let mut sources = decoder.filters.dot(&window);
    let samples = window.ncols().max(1) as f64;
    for (k, mut source) in sources.axis_iter_mut(Axis(0)).enumerate() {
        source.mapv_inplace(|s| s * s);
        let energy = source.sum();
        let beyond_root = decoder.log_power(k, energy / samples) - decoder.root_log_power[k];
        source *= decoder.weights[k] * beyond_root / energy;
    }
    (&decoder.filters * &decoder.patterns).t().dot(&sources)
}
