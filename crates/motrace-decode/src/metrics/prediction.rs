/// A trial and the probabilities that a decoder which had not seen it gave to the classes.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassPrediction {
    /// The trial, from 0.
    pub trial: usize,
    /// The fold that it was tested in, from 0.
    pub fold: usize,
    /// Its class, from 0.
    pub truth: usize,
    /// The probability of each class.
    pub probabilities: Vec<f64>,
}

impl ClassPrediction {
    /// The class with the largest probability; the first one of several.
    #[must_use]
    pub fn decided(&self) -> usize {
        (0..self.probabilities.len())
            .rev()
            .max_by(|&a, &b| self.probabilities[a].total_cmp(&self.probabilities[b]))
            .unwrap_or(0)
    }

    /// Whether the decided class is the true one.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.decided() == self.truth
    }

    /// How sure the decoder was: the largest probability.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probabilities.get(self.decided()).copied().unwrap_or(0.0)
    }
}
