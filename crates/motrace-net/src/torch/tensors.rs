use super::TorchError;
use motrace_core::clean_text;
use safetensors::tensor::{Dtype, SafeTensors};
use std::collections::BTreeSet;

/// The tensors of a file, and which of them were asked for.
pub(super) struct Tensors<'f> {
    file: SafeTensors<'f>,
    used: BTreeSet<String>,
}

impl<'f> Tensors<'f> {
    pub(super) fn new(file: SafeTensors<'f>) -> Self {
        Self { file, used: BTreeSet::new() }
    }

    /// The shape of a tensor.
    pub(super) fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.file.tensor(name).ok().map(|tensor| tensor.shape().to_vec())
    }

    /// The values of a tensor of this shape.
    pub(super) fn read(&mut self, name: &str, wanted: &[usize]) -> Result<Vec<f32>, TorchError> {
        let missing = |_| TorchError::Missing { name: shown(name), wanted: wanted.to_vec() };
        let tensor = self.file.tensor(name).map_err(missing)?;
        if tensor.shape() != wanted {
            let (wanted, found) = (wanted.to_vec(), tensor.shape().to_vec());
            return Err(TorchError::TensorShape { name: shown(name), wanted, found });
        }
        let values = numbers(tensor.dtype(), tensor.data())
            .ok_or_else(|| TorchError::Dtype { name: shown(name), found: format!("{:?}", tensor.dtype()) })?;
        if values.iter().any(|value| !value.is_finite()) {
            return Err(TorchError::NotFinite(shown(name)));
        }
        self.used.insert(name.to_owned());
        Ok(values)
    }

    /// Of a number that was rounded to the tensor's type, how much that can have changed it; relative, and with a margin.
    pub(super) fn precision(&self, name: &str) -> f64 {
        match self.file.tensor(name).map(|tensor| tensor.dtype()) {
            Ok(Dtype::F16) => 1e-2,
            Ok(Dtype::BF16) => 5e-2,
            _ => 1e-5,
        }
    }

    /// That a tensor may be there, and says nothing that is needed.
    pub(super) fn pass_over(&mut self, name: String) {
        self.used.insert(name);
    }

    /// Checks that all have been asked for.
    pub(super) fn all_used(&self) -> Result<(), TorchError> {
        let mut names = self.file.names();
        names.sort_unstable();
        match names.into_iter().find(|name| !self.used.contains(*name)) {
            Some(name) => Err(TorchError::Extra(shown(name))),
            None => Ok(()),
        }
    }

    /// Checks that no weight is one before its constraint.
    pub(super) fn all_resolved(&self) -> Result<(), TorchError> {
        let mut names = self.file.names();
        names.sort_unstable();
        match names.into_iter().find(|name| name.split('.').any(|part| part == "parametrizations")) {
            Some(name) => Err(TorchError::Unresolved(shown(name))),
            None => Ok(()),
        }
    }
}

/// A name from the file, safe to show.
pub(super) fn shown(name: &str) -> String {
    clean_text(name, 120)
}

/// Floating-point numbers of any usual width, little endian.
fn numbers(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let (halves, _) = bytes.as_chunks::<2>();
    let (singles, _) = bytes.as_chunks::<4>();
    let (doubles, _) = bytes.as_chunks::<8>();
    Some(match dtype {
        Dtype::F32 => singles.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => doubles.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        Dtype::F16 => halves.iter().map(|bytes| from_half(u16::from_le_bytes(*bytes))).collect(),
        Dtype::BF16 => halves.iter().map(|bytes| f32::from_bits(u32::from(u16::from_le_bytes(*bytes)) << 16)).collect(),
        _ => return None,
    })
}

/// IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. Each is an f32 exactly.
fn from_half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::from_half;

    #[test]
    fn halves_are_what_ieee_754_says() {
        let known = [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0x3c01, 1.000_976_6),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ];
        for (bits, value) in known {
            assert_eq!(from_half(bits).to_bits(), f32::to_bits(value), "{bits:04x}");
        }
        assert!(from_half(0x7e00).is_nan());
    }
}
