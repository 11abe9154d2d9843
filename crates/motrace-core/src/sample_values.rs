use crate::SampleFormat;

/// Values of a stream as they are sent and stored, interleaved `[samples × channels]`.
#[derive(Debug, Clone, PartialEq)]
pub enum SampleValues {
    /// 32-bit floats.
    Float32(Vec<f32>),
    /// 64-bit floats.
    Double64(Vec<f64>),
    /// 8-bit integers.
    Int8(Vec<i8>),
    /// 16-bit integers.
    Int16(Vec<i16>),
    /// 32-bit integers.
    Int32(Vec<i32>),
    /// 64-bit integers.
    Int64(Vec<i64>),
    /// Strings; whoever sent them need not have made them UTF-8.
    Text(Vec<Vec<u8>>),
}

impl SampleValues {
    /// No values, of this format.
    #[must_use]
    pub fn new(format: SampleFormat) -> Self {
        match format {
            SampleFormat::Float32 => Self::Float32(Vec::new()),
            SampleFormat::Double64 => Self::Double64(Vec::new()),
            SampleFormat::Int8 => Self::Int8(Vec::new()),
            SampleFormat::Int16 => Self::Int16(Vec::new()),
            SampleFormat::Int32 => Self::Int32(Vec::new()),
            SampleFormat::Int64 => Self::Int64(Vec::new()),
            SampleFormat::Text => Self::Text(Vec::new()),
        }
    }

    /// The format of the values.
    #[must_use]
    pub fn format(&self) -> SampleFormat {
        match self {
            Self::Float32(_) => SampleFormat::Float32,
            Self::Double64(_) => SampleFormat::Double64,
            Self::Int8(_) => SampleFormat::Int8,
            Self::Int16(_) => SampleFormat::Int16,
            Self::Int32(_) => SampleFormat::Int32,
            Self::Int64(_) => SampleFormat::Int64,
            Self::Text(_) => SampleFormat::Text,
        }
    }

    /// How many values there are: samples × channels.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Float32(v) => v.len(),
            Self::Double64(v) => v.len(),
            Self::Int8(v) => v.len(),
            Self::Int16(v) => v.len(),
            Self::Int32(v) => v.len(),
            Self::Int64(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes the first `count` values, or all where there are fewer; what was allocated is kept.
    pub fn discard(&mut self, count: usize) {
        let count = count.min(self.len());
        match self {
            Self::Float32(v) => drop(v.drain(..count)),
            Self::Double64(v) => drop(v.drain(..count)),
            Self::Int8(v) => drop(v.drain(..count)),
            Self::Int16(v) => drop(v.drain(..count)),
            Self::Int32(v) => drop(v.drain(..count)),
            Self::Int64(v) => drop(v.drain(..count)),
            Self::Text(v) => drop(v.drain(..count)),
        }
    }

    /// Removes all values; what was allocated is kept.
    pub fn clear(&mut self) {
        self.discard(usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_know_their_format() {
        for format in SampleFormat::ALL {
            let values = SampleValues::new(format);
            assert!(values.is_empty());
            assert_eq!(values.format(), format);
        }
        let mut values = SampleValues::Int16(vec![1, 2, 3]);
        values.discard(2);
        assert_eq!(values, SampleValues::Int16(vec![3]));
        values.clear();
        assert!(values.is_empty());
    }
}
