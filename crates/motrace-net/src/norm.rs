use crate::Scalar;
use crate::scalar::converted;

/// Batch normalisation of each map (Ioffe and Szegedy 2015): `y = γ (x − μ)/√(v + ε) + β`.
///
/// In training μ and v are those of the batch; otherwise the running ones.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNorm<T> {
    /// γ, of each map.
    pub gain: Vec<T>,
    /// β, of each map.
    pub offset: Vec<T>,
    /// The running μ of each map.
    pub mean: Vec<T>,
    /// The running v of each map.
    pub variance: Vec<T>,
    /// ε.
    pub epsilon: f64,
    /// How much the running values move towards those of a batch.
    pub momentum: f64,
}

impl<T: Scalar> BatchNorm<T> {
    /// One that changes nothing.
    #[must_use]
    pub fn new(maps: usize, epsilon: f64, momentum: f64) -> Self {
        let (zeros, ones) = (vec![T::zero(); maps], vec![T::one(); maps]);
        Self { gain: ones.clone(), offset: zeros.clone(), mean: zeros, variance: ones, epsilon, momentum }
    }

    pub(crate) fn converted<U: Scalar>(&self) -> BatchNorm<U> {
        BatchNorm {
            gain: converted(&self.gain),
            offset: converted(&self.offset),
            mean: converted(&self.mean),
            variance: converted(&self.variance),
            epsilon: self.epsilon,
            momentum: self.momentum,
        }
    }

    /// How many maps it is for.
    #[must_use]
    pub fn maps(&self) -> usize {
        self.gain.len()
    }

    /// `γ/√(v + ε)` and `β − μγ/√(v + ε)` of a map: what it does with the running values.
    #[must_use]
    pub fn scale_and_shift(&self, map: usize) -> [T; 2] {
        let scale = self.gain[map] / (self.variance[map] + T::of(self.epsilon)).sqrt();
        [scale, self.offset[map] - self.mean[map] * scale]
    }
}
