use super::linear::Linear;
use super::linear_step::LinearStep;
use super::{Bias, Rule};
use motrace_net::{Dense, Scalar};

/// What of a decision is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// Of two classes the decision value `f = z₁ − z₀`, whichever won; of more, the class that won.
    #[default]
    Decision,
    /// What speaks for this class, counted from 0: `η = z_c − ln Σ_{j≠c} exp z_j`.
    Class(usize),
}

/// The last layer, and for each class what it says beyond each of the others.
///
/// A softmax probability is never what is explained: it saturates. With `h_j = z_c − z_j` and `π = softmax(−h)` over the other
/// classes, `η = Σ h_j π_j − H(π)`: each difference starts with `R_j = h_j π_j`, and the entropy belongs to none of them.
#[derive(Debug, Clone)]
pub(super) struct Head<T> {
    pub classes: usize,
    /// For each class a dense layer with a row for each other class: `w_c − w_j`, `b_c − b_j`.
    pub differences: Vec<LinearStep<T>>,
}

impl<T: Scalar> Head<T> {
    pub(super) fn new(dense: &Dense<T>, rule: Rule, bias: Bias) -> Self {
        let classes = dense.outputs;
        let differences = (0..classes)
            .map(|class| {
                let mut rows = Dense::zeros(classes - 1, dense.inputs);
                let mut biases = Vec::with_capacity(classes - 1);
                let others = (0..classes).filter(|other| *other != class);
                for (other, row) in others.zip(rows.weights.chunks_exact_mut(dense.inputs.max(1))) {
                    let pairs = dense.row(class).iter().zip(dense.row(other));
                    row.iter_mut().zip(pairs).for_each(|(row, (w, v))| *row = *w - *v);
                    biases.push(dense.bias_of(class) - dense.bias_of(other));
                }
                rows.bias = Some(biases);
                LinearStep::new("dense", Linear::Dense(rows), rule, bias)
            })
            .collect();
        Self { classes, differences }
    }

    /// The rows and biases of a class.
    pub(super) fn rows(&self, class: usize) -> Option<&Dense<T>> {
        match self.differences.get(class).map(|step| &step.linear) {
            Some(Linear::Dense(dense)) => Some(dense),
            _ => None,
        }
    }

    /// The class to explain: the one with no difference below 0, where it is the winner that is asked for. Writes its
    /// differences h.
    pub(super) fn aim(&mut self, target: Target, features: &[T], h: &mut [T]) -> Option<usize> {
        let class = match target {
            Target::Decision if self.classes == 2 => 1,
            Target::Decision => 0,
            Target::Class(class) => class,
        };
        self.differences.get_mut(class)?.linear.forward(features, h);
        if target != Target::Decision || self.classes == 2 {
            return Some(class);
        }
        // The differences of class 0 order all classes: the winner is the one that class 0 lies furthest behind.
        let furthest = h.iter().enumerate().min_by(|(_, a), (_, b)| a.as_f64().total_cmp(&b.as_f64()));
        let class = furthest.filter(|(_, h)| **h < T::zero()).map_or(0, |(row, _)| row + 1);
        if class != 0 {
            self.differences[class].linear.forward(features, h);
        }
        Some(class)
    }
}

/// `η = Σ h π − H(π)`, π and its entropy in nats.
pub(super) fn softmin<T: Scalar>(h: &[T], pi: &mut [f64]) -> (f64, f64) {
    let lowest = h.iter().fold(f64::INFINITY, |lowest, h| lowest.min(h.as_f64()));
    let mut sum = 0.0;
    for (pi, h) in pi.iter_mut().zip(h) {
        *pi = (lowest - h.as_f64()).exp();
        sum += *pi;
    }
    let mut entropy = 0.0;
    for pi in pi.iter_mut() {
        *pi /= sum;
        entropy -= if *pi > 0.0 { *pi * pi.ln() } else { 0.0 };
    }
    (lowest - sum.ln(), entropy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_differences_and_the_entropy_make_up_eta() {
        let z = [1.3_f64, -0.4, 0.9, 2.2];
        let h: Vec<f64> = [0, 2, 3].map(|j| z[1] - z[j]).to_vec();
        let mut pi = [0.0; 3];
        let (eta, entropy) = softmin(&h, &mut pi);
        let expected = z[1] - [0, 2, 3].iter().map(|j| z[*j].exp()).sum::<f64>().ln();
        assert!((eta - expected).abs() < 1e-12);
        let shared: f64 = h.iter().zip(pi).map(|(h, pi)| h * pi).sum();
        assert!((shared - entropy - eta).abs() < 1e-12);
        let (eta, entropy) = softmin(&[-700.0_f32], &mut pi[..1]);
        assert_eq!((eta, entropy, pi[0]), (-700.0, 0.0, 1.0));
    }
}
