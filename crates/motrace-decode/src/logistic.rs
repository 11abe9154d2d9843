use crate::{TrainError, logits::Logits, logits::softmax};
use nalgebra::{DMatrix, DVector};

/// How [`logistic_regression`] is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LogisticSettings {
    /// The weight of the trials' loss against the penalty ½‖w‖²: scikit-learn's `C`.
    pub loss_weight: f64,
    /// Whether there is a constant term for each class; it is not penalised.
    pub has_intercept: bool,
}

const MOST_NEWTON_STEPS: usize = 100;
/// Training ends where no entry of the gradient is larger than this share of the loss weight.
const TOLERANCE: f64 = 1e-9;

/// Logistic regression with a quadratic penalty, `½‖w‖² + C Σ_i −ln p(label_i)`.
///
/// Two classes have one weight vector, the log-odds of class 1; more have one each (multinomial), all penalised: the
/// same optimum as scikit-learn's `LogisticRegression`. Found by Newton's method, each step by conjugate gradients,
/// which only multiply with the features: thousands of features cost no matrix of their own.
///
/// `features` are `[trials, features]`.
pub(crate) fn logistic_regression(
    features: &DMatrix<f64>,
    labels: &[usize],
    classes: usize,
    settings: LogisticSettings,
) -> Result<Logits, TrainError> {
    if !(settings.loss_weight.is_finite() && settings.loss_weight > 0.0) {
        return Err(TrainError::Degenerate(format!(
            "logistic regression cannot weigh its trials by {}; choose a positive number",
            settings.loss_weight
        )));
    }
    let problem = Problem::new(features, labels, classes, settings);
    let mut weights = DMatrix::zeros(problem.design.ncols(), problem.outputs);
    let mut state = problem.at(&weights);
    for _ in 0..MOST_NEWTON_STEPS {
        let gradient = problem.gradient(&weights, &state);
        let size = gradient.amax();
        if !size.is_finite() {
            return Err(TrainError::Degenerate("logistic regression met a feature that is not finite".into()));
        }
        if size <= TOLERANCE * settings.loss_weight.max(1.0) {
            return Ok(problem.logits(&weights));
        }
        let step = problem.newton_step(&gradient, &state);
        let slope = gradient.dot(&step);
        let mut length = 1.0;
        loop {
            let next = &weights + &step * length;
            let next_state = problem.at(&next);
            if next_state.objective <= state.objective + 1e-4 * length * slope {
                (weights, state) = (next, next_state);
                break;
            }
            length *= 0.5;
            if length < 1e-10 {
                // Rounding leaves nothing to gain.
                return Ok(problem.logits(&weights));
            }
        }
    }
    Ok(problem.logits(&weights))
}

struct Problem<'a> {
    /// `[trials, features]`, and a column of ones where there is an intercept.
    design: DMatrix<f64>,
    labels: &'a [usize],
    classes: usize,
    outputs: usize,
    settings: LogisticSettings,
}

struct State {
    /// `[trials, outputs]`
    probabilities: DMatrix<f64>,
    objective: f64,
}

impl<'a> Problem<'a> {
    fn new(features: &DMatrix<f64>, labels: &'a [usize], classes: usize, settings: LogisticSettings) -> Self {
        let size = features.ncols();
        let design = if settings.has_intercept { features.clone().insert_column(size, 1.0) } else { features.clone() };
        Self { design, labels, classes, outputs: if classes == 2 { 1 } else { classes }, settings }
    }

    /// The class of output 0: of two classes only the second has an output.
    fn first_class(&self) -> usize {
        self.classes - self.outputs
    }

    fn penalised(&self) -> usize {
        self.design.ncols() - usize::from(self.settings.has_intercept)
    }

    fn at(&self, weights: &DMatrix<f64>) -> State {
        let mut probabilities = &self.design * weights;
        let mut loss = 0.0;
        for (mut row, &label) in probabilities.row_iter_mut().zip(self.labels) {
            let mut logits = vec![0.0; self.classes];
            logits[self.first_class()..].iter_mut().zip(row.iter()).for_each(|(logit, x)| *logit = *x);
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            loss += largest + logits.iter().map(|x| (x - largest).exp()).sum::<f64>().ln() - logits[label];
            let p = softmax(&logits);
            row.iter_mut().zip(&p[self.first_class()..]).for_each(|(x, p)| *x = *p);
        }
        let penalty: f64 = weights.rows(0, self.penalised()).norm_squared();
        State { probabilities, objective: 0.5 * penalty + self.settings.loss_weight * loss }
    }

    fn gradient(&self, weights: &DMatrix<f64>, state: &State) -> DMatrix<f64> {
        let mut off = state.probabilities.clone();
        for (i, &label) in self.labels.iter().enumerate() {
            if let Some(output) = label.checked_sub(self.first_class()) {
                off[(i, output)] -= 1.0;
            }
        }
        self.with_penalty(self.design.tr_mul(&off), weights)
    }

    /// The Hessian times a direction.
    fn curve(&self, direction: &DMatrix<f64>, state: &State) -> DMatrix<f64> {
        let mut along = &self.design * direction;
        for (mut row, p) in along.row_iter_mut().zip(state.probabilities.row_iter()) {
            let mean: f64 = row.iter().zip(p.iter()).map(|(x, p)| x * p).sum();
            row.iter_mut().zip(p.iter()).for_each(|(x, p)| *x = p * (*x - mean));
        }
        self.with_penalty(self.design.tr_mul(&along), direction)
    }

    fn with_penalty(&self, of_loss: DMatrix<f64>, weights: &DMatrix<f64>) -> DMatrix<f64> {
        let mut sum = of_loss * self.settings.loss_weight;
        let penalised = self.penalised();
        let mut rows = sum.rows_mut(0, penalised);
        rows += weights.rows(0, penalised);
        sum
    }

    /// −H⁻¹g by conjugate gradients, as exactly as this far from the optimum is worth.
    fn newton_step(&self, gradient: &DMatrix<f64>, state: &State) -> DMatrix<f64> {
        let norm = gradient.norm();
        let enough = norm * norm.sqrt().clamp(1e-10, 0.1);
        let mut step = DMatrix::zeros(gradient.nrows(), gradient.ncols());
        let mut residual = -gradient;
        let mut direction = residual.clone();
        let mut squared = residual.norm_squared();
        for _ in 0..2 * gradient.len() {
            let curved = self.curve(&direction, state);
            let bend = direction.dot(&curved);
            if bend <= 0.0 || !bend.is_finite() {
                break;
            }
            let length = squared / bend;
            step += &direction * length;
            residual -= curved * length;
            let next = residual.norm_squared();
            if next.sqrt() <= enough {
                break;
            }
            direction = &residual + direction * (next / squared);
            squared = next;
        }
        step
    }

    fn logits(&self, weights: &DMatrix<f64>) -> Logits {
        let size = self.penalised();
        let first = self.first_class();
        let mut all = DMatrix::zeros(self.classes, size);
        let mut biases = DVector::zeros(self.classes);
        for output in 0..self.outputs {
            all.row_mut(first + output).copy_from(&weights.view((0, output), (size, 1)).transpose());
            if self.settings.has_intercept {
                biases[first + output] = weights[(size, output)];
            }
        }
        Logits { weights: all, biases }
    }
}

#[cfg(test)]
mod tests;
