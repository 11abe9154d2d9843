use std::ops::Range;

/// The samples of a stream, interleaved `[samples × channels]`, as the file stores them.
///
/// EDF and BDF samples are scaled to their physical unit and held as `F32`.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 8-bit integers.
    I8(Vec<i8>),
    /// 16-bit integers.
    I16(Vec<i16>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// Strings.
    Text(Vec<String>),
}

impl Samples {
    /// How many values there are: samples × channels.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The strings, or nothing if these are numbers.
    #[must_use]
    pub fn text(&self) -> &[String] {
        if let Self::Text(v) = self { v } else { &[] }
    }

    /// The value at a position; `None` for strings and beyond the end.
    #[must_use]
    pub fn value(&self, at: usize) -> Option<f64> {
        match self {
            Self::F32(v) => v.get(at).map(|x| f64::from(*x)),
            Self::F64(v) => v.get(at).copied(),
            Self::I8(v) => v.get(at).map(|x| f64::from(*x)),
            Self::I16(v) => v.get(at).map(|x| f64::from(*x)),
            Self::I32(v) => v.get(at).map(|x| f64::from(*x)),
            Self::I64(v) => v.get(at).map(|x| *x as f64),
            Self::Text(_) => None,
        }
    }

    /// Appends the values in `range` as `f32`, which is exact for `F32`, `I8` and `I16`; nothing is
    /// appended for strings. The range is cut to what is there.
    pub fn extend_f32(&self, range: Range<usize>, into: &mut Vec<f32>) {
        let range = range.start.min(self.len())..range.end.min(self.len());
        match self {
            Self::F32(v) => into.extend_from_slice(&v[range]),
            Self::F64(v) => into.extend(v[range].iter().map(|x| *x as f32)),
            Self::I8(v) => into.extend(v[range].iter().map(|x| f32::from(*x))),
            Self::I16(v) => into.extend(v[range].iter().map(|x| f32::from(*x))),
            Self::I32(v) => into.extend(v[range].iter().map(|x| *x as f32)),
            Self::I64(v) => into.extend(v[range].iter().map(|x| *x as f32)),
            Self::Text(_) => {}
        }
    }
}
