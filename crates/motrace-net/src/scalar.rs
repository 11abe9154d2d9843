use num_traits::{Float, NumAssign};
use std::fmt::{Debug, Display};
use std::iter::Sum;

/// What networks compute with: `f32` or `f64`.
pub trait Scalar: Float + NumAssign + Sum + Debug + Display + Default + Send + Sync + 'static {
    /// The nearest value.
    fn of(value: f64) -> Self;
    /// The same value, exactly.
    fn as_f64(self) -> f64;

    /// The same values where they are `f32`, for kernels that there are in single precision only.
    #[must_use]
    fn as_f32s(_values: &[Self]) -> Option<&[f32]> {
        None
    }

    /// As [`Scalar::as_f32s`], to change.
    #[must_use]
    fn as_f32s_mut(_values: &mut [Self]) -> Option<&mut [f32]> {
        None
    }
}

impl Scalar for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }

    fn as_f64(self) -> f64 {
        f64::from(self)
    }

    fn as_f32s(values: &[Self]) -> Option<&[f32]> {
        Some(values)
    }

    fn as_f32s_mut(values: &mut [Self]) -> Option<&mut [f32]> {
        Some(values)
    }
}

impl Scalar for f64 {
    fn of(value: f64) -> Self {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }
}

/// The same numbers in another precision.
pub(crate) fn converted<T: Scalar, U: Scalar>(values: &[T]) -> Vec<U> {
    values.iter().map(|value| U::of(value.as_f64())).collect()
}
