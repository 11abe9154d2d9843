use crate::Scalar;
use crate::scalar::converted;

/// `y = Wx + b` over all values that reach it.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense<T> {
    /// Values that come out.
    pub outputs: usize,
    /// Values that go in, in the order of a [`crate::Shape`].
    pub inputs: usize,
    /// `[outputs, inputs]`.
    pub weights: Vec<T>,
    /// One for each output, or none.
    pub bias: Option<Vec<T>>,
}

impl<T: Scalar> Dense<T> {
    /// Weights and bias of 0.
    #[must_use]
    pub fn zeros(outputs: usize, inputs: usize) -> Self {
        let weights = vec![T::zero(); outputs * inputs];
        Self { outputs, inputs, weights, bias: Some(vec![T::zero(); outputs]) }
    }

    pub(crate) fn converted<U: Scalar>(&self) -> Dense<U> {
        let bias = self.bias.as_deref().map(converted);
        Dense { outputs: self.outputs, inputs: self.inputs, weights: converted(&self.weights), bias }
    }

    /// The weights of one output.
    #[must_use]
    pub fn row(&self, output: usize) -> &[T] {
        &self.weights[output * self.inputs..][..self.inputs]
    }

    /// The bias of an output, 0 where there is none.
    #[must_use]
    pub fn bias_of(&self, output: usize) -> T {
        self.bias.as_ref().map_or(T::zero(), |bias| bias[output])
    }
}
