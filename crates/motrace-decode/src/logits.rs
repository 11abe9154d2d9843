use nalgebra::{DMatrix, DVector};

/// A linear function of features for each class; the softmax of them are the classes' probabilities.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Logits {
    /// `[classes, features]`
    pub weights: DMatrix<f64>,
    /// One for each class.
    pub biases: DVector<f64>,
}

impl Logits {
    /// The probability of each class.
    pub fn probabilities(&self, features: &[f64]) -> Vec<f64> {
        let logits: Vec<f64> = self
            .weights
            .row_iter()
            .zip(&self.biases)
            .map(|(weights, bias)| weights.iter().zip(features).fold(*bias, |sum, (w, x)| sum + w * x))
            .collect();
        softmax(&logits)
    }
}

/// `exp(x_k)/Σ exp(x_j)`; not-a-number where the largest is not finite.
pub(crate) fn softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|x| (x - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_adds_up_to_one_however_large_its_arguments() {
        let p = softmax(&[1e300, 1e300, -1e300]);
        assert_eq!(p, [0.5, 0.5, 0.0]);
        let p = softmax(&[0.0, 3.0_f64.ln()]);
        assert!((p[1] - 0.75).abs() < 1e-15);
        assert!(softmax(&[f64::NAN, 1.0]).iter().any(|p| p.is_nan()));
        assert_eq!(softmax(&[]), [0.0; 0]);
    }
}
