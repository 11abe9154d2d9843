/// How the values of a stream are represented, as LSL and XDF name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SampleFormat {
    /// Floating point, 32 bit.
    #[default]
    Float32,
    /// Floating point, 64 bit.
    Double64,
    /// Signed integers of 8 bit.
    Int8,
    /// Signed integers of 16 bit.
    Int16,
    /// Signed integers of 32 bit.
    Int32,
    /// Signed integers of 64 bit.
    Int64,
    /// Strings of bytes, which are usually UTF-8.
    Text,
}

impl SampleFormat {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Float32, Self::Double64, Self::Int8, Self::Int16, Self::Int32, Self::Int64, Self::Text];

    /// The name in stream headers: `float32`, `double64`, `int8`, `int16`, `int32`, `int64`, `string`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Double64 => "double64",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Text => "string",
        }
    }

    /// Reads a name as [`SampleFormat::name`] gives it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name.trim())
    }

    /// The bytes that one value takes; `None` for strings.
    #[must_use]
    pub fn width(self) -> Option<usize> {
        match self {
            Self::Float32 | Self::Int32 => Some(4),
            Self::Double64 | Self::Int64 => Some(8),
            Self::Int8 => Some(1),
            Self::Int16 => Some(2),
            Self::Text => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in SampleFormat::ALL {
            assert_eq!(SampleFormat::parse(format.name()), Some(format));
        }
        assert_eq!(SampleFormat::parse("float128"), None);
    }
}
