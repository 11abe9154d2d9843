mod components;
mod fit;
#[cfg(test)]
mod tests;

pub use components::Component;
pub(crate) use fit::FEWEST_TRIALS_PER_CLASS;
pub use fit::check_trials;

use ndarray::{Array2, ArrayView2};

/// Component powers below this share of the component's root power count as this share.
///
/// A window without any power would have a log-power of −∞; its log-power is ln(1e-12) ≈ −27.6 below
/// the class boundary instead, which no living brain reaches. Being relative, it has no unit.
pub const POWER_FLOOR: f64 = 1e-12;

/// How [`CspLda`] is trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CspLdaSettings {
    /// How many spatial filters are taken from each end of the spectrum. Fewer are used where the data
    /// spans fewer than twice as many dimensions; [`CspLda::components`] then says how many.
    pub patterns_per_side: usize,
}

impl Default for CspLdaSettings {
    fn default() -> Self {
        Self { patterns_per_side: 3 }
    }
}

/// Common spatial patterns, log-power and a linear discriminant.
///
/// `s_kt = Σ_c W_kc x_ct`, `p_k = mean_t s_kt²`, `f = Σ_k w_k ln p_k + b`. The class means of the
/// training trials lie at f = −1 (class 0) and +1 (class 1).
///
/// The filters have no unit: each is scaled so that the largest entry of its pattern is +1, so `s_k` is
/// in volts, as seen at the electrode where the component is strongest, and `p_k` in V².
#[derive(Debug, Clone, PartialEq)]
pub struct CspLda {
    /// The spatial filters W, `[components, channels]`, by ascending eigenvalue.
    pub filters: Array2<f64>,
    /// The patterns A, `[components, channels]`: the transpose of C̄Wᵀ(WC̄Wᵀ)⁻¹ (Haufe et al. 2014, equation 6).
    /// `Σ_c W_kc A_kc = 1`.
    pub patterns: Array2<f64>,
    /// The weight of each component's log-power.
    pub weights: Vec<f64>,
    /// The constant term.
    pub bias: f64,
    /// The log-powers at the class boundary, halfway between the class means; powers in V².
    pub root_log_power: Vec<f64>,
    /// The mean log-powers of each class; powers in V².
    pub class_log_power: [Vec<f64>; 2],
    /// The probability of class 1 is `1/(1 + exp(−logit_gain·f))`.
    pub logit_gain: f64,
    /// For each component the share of class 1 in its power, between 0 and 1.
    pub eigenvalues: Vec<f64>,
    /// The mean C̄ of the two class covariances, `[channels, channels]`, in V², without shrinkage.
    pub mean_covariance: Array2<f64>,
    /// The shrunk covariance of the log-powers within classes that the weights were trained with,
    /// `[components, components]`: `weights ∝ Σ⁻¹(μ₁−μ₀)`. `None` in decoders trained before it was kept.
    pub feature_covariance: Option<Array2<f64>>,
}

impl CspLda {
    /// How many components there are.
    #[must_use]
    pub fn components(&self) -> usize {
        self.filters.nrows()
    }

    /// How many channels the decoder reads.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.filters.ncols()
    }

    /// The log-power that the decoder sees for a power of component `component`: its logarithm, with
    /// powers below [`POWER_FLOOR`] times the root power raised to that.
    #[must_use]
    pub fn log_power(&self, component: usize, power_volts2: f64) -> f64 {
        floored_ln(power_volts2, self.root_log_power.get(component).copied().unwrap_or(0.0))
    }

    /// The decoder's output for the power of each component, in V². Allocates nothing.
    ///
    /// Powers below [`POWER_FLOOR`] times the root power count as that; a power that is not a number
    /// makes the output not a number.
    #[must_use]
    pub fn value_from_powers(&self, powers_volts2: &[f64]) -> f64 {
        value_of(&self.weights, &self.root_log_power, self.bias, powers_volts2)
    }

    /// The decoder's output for one window, `[channels, samples]` in volts.
    ///
    /// This is the plain definition, for evaluation; a live decoder keeps running powers and calls
    /// [`value_from_powers`](Self::value_from_powers).
    #[must_use]
    pub fn value(&self, window: ArrayView2<f64>) -> f64 {
        let samples = window.ncols().max(1) as f64;
        let powers: Vec<f64> = self
            .filters
            .outer_iter()
            .map(|filter| {
                let source = filter.iter().zip(window.outer_iter()).fold(
                    vec![0.0; window.ncols()],
                    |mut source, (&weight, channel)| {
                        source.iter_mut().zip(channel).for_each(|(s, x)| *s += weight * x);
                        source
                    },
                );
                source.iter().map(|s| s * s).sum::<f64>() / samples
            })
            .collect();
        self.value_from_powers(&powers)
    }

    /// The probability of class 1 that belongs to an output, if the outputs of each class are normally
    /// distributed around their mean with the pooled within-class variance of the training trials.
    #[must_use]
    pub fn probability(&self, value: f64) -> f64 {
        1.0 / (1.0 + (-self.logit_gain * value).exp())
    }

    /// The output f₀ at the root point: 0 but for rounding where the model was trained with equal priors.
    #[must_use]
    pub fn offset(&self) -> f64 {
        self.weights.iter().zip(&self.root_log_power).fold(self.bias, |f, (w, root)| f + w * root)
    }
}

/// `Σ_k w_k ln p_k + b`, added up in this order.
pub(crate) fn value_of(weights: &[f64], root_log_power: &[f64], bias: f64, powers_volts2: &[f64]) -> f64 {
    weights.iter().zip(powers_volts2).zip(root_log_power).fold(bias, |f, ((w, &p), &root)| f + w * floored_ln(p, root))
}

/// ln of a power, not below ln [`POWER_FLOOR`] from `root_log_power`. Not-a-number passes through.
fn floored_ln(power: f64, root_log_power: f64) -> f64 {
    let floor = root_log_power + POWER_FLOOR.ln();
    let log = power.ln();
    if log < floor { floor } else { log }
}
