use crate::{Scalar, Shape};

/// Values of one shape for several windows, `[windows, maps, rows, samples]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch<T> {
    /// The shape of each.
    pub shape: Shape,
    /// All values, window after window.
    pub values: Vec<T>,
}

impl<T: Scalar> Batch<T> {
    /// Zeros.
    #[must_use]
    pub fn zeros(shape: Shape, windows: usize) -> Self {
        Self { shape, values: vec![T::zero(); shape.len() * windows] }
    }

    /// A batch of one window.
    ///
    /// # Panics
    /// Where the values do not fill the shape.
    #[must_use]
    pub fn one(shape: Shape, values: &[T]) -> Self {
        assert_eq!(values.len(), shape.len(), "values of a window");
        Self { shape, values: values.to_vec() }
    }

    /// How many windows there are.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.values.len() / self.shape.len().max(1)
    }

    /// The values of each window.
    pub fn each(&self) -> impl Iterator<Item = &[T]> {
        self.values.chunks_exact(self.shape.len().max(1))
    }

    /// The values of each window, to change.
    pub fn each_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        self.values.chunks_exact_mut(self.shape.len().max(1))
    }
}
