use crate::csp_lda::POWER_FLOOR;
use crate::{CspLda, Discriminant};

/// The largest rate: with it each trial weighs as much as all those before it.
const LARGEST_RATE: f64 = 0.5;

/// How fast a decoder goes on learning without labels.
///
/// From session to session and from calibration to feedback the log-powers of all trials shift together, with the
/// electrodes' impedance, posture and fatigue, while the difference between the classes stays much as it was. So
/// what is pooled over classes can be followed without knowing what the person imagines (Vidaurre, Kawanabe, von
/// Bünau, Blankertz and Müller 2011, "Toward unsupervised adaptation of LDA for brain–computer interfaces").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adaptation {
    /// η: the share of each trial in the pooled mean, 0 to 0.5. With 0 the class boundary does not move.
    pub bias_rate: f64,
    /// η_c: the share of each trial in the pooled covariance, 0 to 0.5. With 0 the weights stay exactly as trained.
    pub covariance_rate: f64,
}

impl Adaptation {
    /// Both rates within 0 to 0.5; what is not a number counts as 0.
    #[must_use]
    pub fn within_bounds(self) -> Self {
        let bounded = |rate: f64| if rate.is_nan() { 0.0 } else { rate.clamp(0.0, LARGEST_RATE) };
        Self { bias_rate: bounded(self.bias_rate), covariance_rate: bounded(self.covariance_rate) }
    }
}

/// Follows the pooled mean and covariance of the log-powers, and moves a discriminant along.
///
/// After each trial with log-powers φ, in this order:
///
/// - pooled mean: `μ ← (1−η)μ + ηφ`
/// - pooled covariance: `Σ ← (1−η_c)Σ + η_c rrᵀ` with `r = φ − μ − sgn(f)Δ/2`, what is left when the trial's own class
///   mean is taken away, as far as the decision knows it: f is that of the weights so far about μ. An r with
///   `rᵀΣ⁻¹r` above the number of components is scaled down to that, so that no single trial, such as one decided
///   wrongly or one with an artefact, turns the weights
/// - weights: `w = Σ⁻¹Δ`, scaled so that `w·Δ = 2`, where `Δ = μ₁−μ₀` is that of the calibration: the class means
///   lie at ±1, as in training
/// - bias: `b = −w·μ`, and μ becomes the root point of explanations, so that `f₀` stays 0
///
/// Σ starts as the covariance within classes that the decoder was trained with, so the trained weights are those of
/// no trial at all. Vidaurre et al. follow the covariance of all trials about the pooled mean instead, which gives the
/// same direction by the Sherman–Morrison formula, but only where Δ is that of the new trials. That of a CSP fitted to
/// few trials of many channels is not (its inner components differ in calibration alone), and then the difference
/// between classes that is in Σ takes the true direction out of `Σ⁻¹Δ`: in a simulated session of 64 channels, 20
/// calibration trials and 200 with feedback, 96 % of the frozen model became 64 %. Taking the decided class's mean
/// away leaves 99 %.
///
/// It holds all memory that it needs: nothing here allocates after construction.
#[derive(Debug, Clone)]
pub struct Adapter {
    rates: Adaptation,
    trained: Discriminant,
    current: Discriminant,
    /// Δ.
    difference: Vec<f64>,
    /// Σ at the start, `[components, components]`; empty where the decoder does not know its covariance.
    trained_covariance: Vec<f64>,
    /// Σ, of which the lower triangle counts.
    covariance: Vec<f64>,
    next_covariance: Vec<f64>,
    /// The Cholesky factor of Σ, in the lower triangle.
    factor: Vec<f64>,
    log_powers: Vec<f64>,
}

impl Adapter {
    /// An adapter of this decoder, at rest: both rates are 0.
    ///
    /// `None` where the decoder has more components than a [`Discriminant`] holds, or parts of different lengths.
    #[must_use]
    pub fn new(decoder: &CspLda) -> Option<Self> {
        let trained = decoder.discriminant()?;
        let components = trained.components();
        let [low, high] = &decoder.class_log_power;
        let difference: Vec<f64> = low.iter().zip(high).map(|(a, b)| b - a).collect();
        if difference.len() != components {
            return None;
        }
        let known = decoder.feature_covariance.as_ref().filter(|c| c.dim() == (components, components));
        let trained_covariance: Vec<f64> = known.map_or_else(Vec::new, |within| within.iter().copied().collect());
        Some(Self {
            rates: Adaptation { bias_rate: 0.0, covariance_rate: 0.0 },
            trained,
            current: trained,
            covariance: trained_covariance.clone(),
            next_covariance: trained_covariance.clone(),
            factor: trained_covariance.clone(),
            log_powers: vec![0.0; components],
            trained_covariance,
            difference,
        })
    }

    /// Goes on at other rates from where it is; gives those that hold.
    ///
    /// They are bounded as [`Adaptation::within_bounds`] says; where the decoder does not know the covariance of its
    /// log-powers, as those trained before it was kept, the weights do not adapt.
    pub fn set_rates(&mut self, rates: Adaptation) -> Adaptation {
        self.rates = rates.within_bounds();
        if self.covariance.is_empty() {
            self.rates.covariance_rate = 0.0;
        }
        self.rates
    }

    /// Forgets all trials: the discriminant is the trained one again.
    pub fn reset(&mut self) {
        self.current = self.trained;
        self.covariance.copy_from_slice(&self.trained_covariance);
    }

    /// The discriminant as it was trained.
    #[must_use]
    pub fn trained(&self) -> &Discriminant {
        &self.trained
    }

    /// The discriminant as it is now.
    #[must_use]
    pub fn current(&self) -> &Discriminant {
        &self.current
    }

    /// Learns from one trial, given the power of each component in V²; says whether it did.
    ///
    /// It does not, and nothing changes, where both rates are 0, a power is not finite or no more than [`POWER_FLOOR`] of the trained
    /// root power (no brain does that), or where Σ would no longer be positive definite.
    pub fn adapt(&mut self, powers_volts2: &[f64]) -> bool {
        let components = self.trained.components();
        let Adaptation { bias_rate, covariance_rate } = self.rates;
        if powers_volts2.len() != components || (bias_rate == 0.0 && covariance_rate == 0.0) {
            return false;
        }
        let floors = self.trained.root_log_power().iter().map(|root| root + POWER_FLOOR.ln());
        for ((log, power), floor) in self.log_powers.iter_mut().zip(powers_volts2).zip(floors) {
            *log = power.ln();
            if !(log.is_finite() && *log > floor) {
                return false;
            }
        }
        let mut next = self.current;
        for (mean, log) in next.root_log_power_mut().iter_mut().zip(&self.log_powers) {
            *mean = (1.0 - bias_rate) * *mean + bias_rate * log;
        }
        if covariance_rate > 0.0 {
            for (log, mean) in self.log_powers.iter_mut().zip(next.root_log_power()) {
                *log -= mean;
            }
            let value: f64 = next.weights().iter().zip(&self.log_powers).map(|(w, d)| w * d).sum();
            let side = 0.5_f64.copysign(value);
            for (log, difference) in self.log_powers.iter_mut().zip(&self.difference) {
                *log -= side * difference;
            }
            if !self.bound_residual() {
                return false;
            }
            for i in 0..components {
                for j in 0..=i {
                    self.next_covariance[i * components + j] = (1.0 - covariance_rate)
                        * self.covariance[i * components + j]
                        + covariance_rate * self.log_powers[i] * self.log_powers[j];
                }
            }
            self.factor.copy_from_slice(&self.next_covariance);
            if !cholesky(&mut self.factor, components) || !self.solve(next.weights_mut()) {
                return false;
            }
            std::mem::swap(&mut self.covariance, &mut self.next_covariance);
        }
        next.centre();
        self.current = next;
        true
    }

    /// Scales what is left of a trial, r in `log_powers`, so that rᵀΣ⁻¹r is no more than the number of components; false
    /// where Σ is not positive definite.
    fn bound_residual(&mut self) -> bool {
        let n = self.log_powers.len();
        self.factor.copy_from_slice(&self.covariance);
        if !cholesky(&mut self.factor, n) {
            return false;
        }
        let whitened = &mut self.next_covariance;
        let mut distance = 0.0;
        for i in 0..n {
            let known: f64 = (0..i).map(|j| self.factor[i * n + j] * whitened[j]).sum();
            whitened[i] = (self.log_powers[i] - known) / self.factor[i * n + i];
            distance += whitened[i] * whitened[i];
        }
        let scale = (n as f64 / distance).sqrt();
        if scale < 1.0 {
            self.log_powers.iter_mut().for_each(|r| *r *= scale);
        }
        distance.is_finite()
    }

    /// Solves Σw = Δ with the factor and scales w so that w·Δ = 2; false where that is not possible.
    fn solve(&self, weights: &mut [f64]) -> bool {
        let n = weights.len();
        let factor = &self.factor;
        weights.copy_from_slice(&self.difference);
        for i in 0..n {
            let known: f64 = (0..i).map(|j| factor[i * n + j] * weights[j]).sum();
            weights[i] = (weights[i] - known) / factor[i * n + i];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|j| factor[j * n + i] * weights[j]).sum();
            weights[i] = (weights[i] - known) / factor[i * n + i];
        }
        let distance: f64 = weights.iter().zip(&self.difference).map(|(w, d)| w * d).sum();
        if !(distance.is_finite() && distance > 0.0) {
            return false;
        }
        weights.iter_mut().for_each(|w| *w *= 2.0 / distance);
        weights.iter().all(|w| w.is_finite())
    }
}

/// Puts the Cholesky factor of a symmetric matrix into its lower triangle; false where it is not positive definite.
fn cholesky(matrix: &mut [f64], size: usize) -> bool {
    for i in 0..size {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
            let left = matrix[i * size + j] - known;
            if i == j {
                if !(left.is_finite() && left > 0.0) {
                    return false;
                }
                matrix[i * size + i] = left.sqrt();
            } else {
                matrix[i * size + j] = left / matrix[j * size + j];
            }
        }
    }
    true
}

#[cfg(test)]
mod tests;
