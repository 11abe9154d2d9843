//! How GDF stores numbers.

/// The type of a signal's samples; little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    I8,
    U8,
    I16,
    U16,
    I24,
    U24,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    F128,
    /// Two's complement of 5 to 7 bytes.
    Signed(u8),
    /// As many bytes, without a sign.
    Unsigned(u8),
}

impl Kind {
    /// Reads the number of a type; `None` for those that are not a whole number of bytes long, or do not exist.
    pub(crate) fn parse(code: u32) -> Option<Self> {
        Some(match code {
            0 | 2 | 519 => Self::U8,
            1 | 263 => Self::I8,
            3 | 271 => Self::I16,
            4 | 527 => Self::U16,
            279 => Self::I24,
            535 => Self::U24,
            5 | 287 => Self::I32,
            6 | 543 => Self::U32,
            7 | 319 => Self::I64,
            8 | 575 => Self::U64,
            16 => Self::F32,
            17 => Self::F64,
            18 => Self::F128,
            295 | 303 | 311 => Self::Signed(((code - 255) / 8) as u8),
            551 | 559 | 567 => Self::Unsigned(((code - 511) / 8) as u8),
            _ => return None,
        })
    }

    /// How many bytes a sample takes.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I24 | Self::U24 => 3,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
            Self::F128 => 16,
            Self::Signed(bytes) | Self::Unsigned(bytes) => usize::from(bytes),
        }
    }

    /// Whether samples are whole numbers, whose limits are those of a converter.
    pub(crate) fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64 | Self::F128)
    }

    /// Whether single precision tells all stored numbers apart.
    pub(crate) fn fits_f32(self) -> bool {
        matches!(self, Self::I8 | Self::U8 | Self::I16 | Self::U16 | Self::I24 | Self::U24 | Self::F32)
    }

    /// Reads samples into places, until either is used up.
    #[inline]
    pub(crate) fn decode<P>(self, bytes: &[u8], places: impl Iterator<Item = P>, set: impl Fn(f64, P)) {
        match self {
            Self::I8 => put(bytes, places, |b, v| set(f64::from(i8::from_le_bytes(*b)), v)),
            Self::U8 => put(bytes, places, |[b], v| set(f64::from(*b), v)),
            Self::I16 => put(bytes, places, |b, v| set(f64::from(i16::from_le_bytes(*b)), v)),
            Self::U16 => put(bytes, places, |b, v| set(f64::from(u16::from_le_bytes(*b)), v)),
            Self::I24 => put(bytes, places, |[a, b, c], v| set(f64::from(i32::from_le_bytes([0, *a, *b, *c]) >> 8), v)),
            Self::U24 => put(bytes, places, |[a, b, c], v| set(f64::from(u32::from_le_bytes([*a, *b, *c, 0])), v)),
            Self::I32 => put(bytes, places, |b, v| set(f64::from(i32::from_le_bytes(*b)), v)),
            Self::U32 => put(bytes, places, |b, v| set(f64::from(u32::from_le_bytes(*b)), v)),
            Self::I64 => put(bytes, places, |b, v| set(i64::from_le_bytes(*b) as f64, v)),
            Self::U64 => put(bytes, places, |b, v| set(u64::from_le_bytes(*b) as f64, v)),
            Self::F32 => put(bytes, places, |b, v| set(f64::from(f32::from_le_bytes(*b)), v)),
            Self::F64 => put(bytes, places, |b, v| set(f64::from_le_bytes(*b), v)),
            Self::F128 => put(bytes, places, |b, v| set(quadruple(u128::from_le_bytes(*b)), v)),
            Self::Signed(width) => {
                let shift = 64 - 8 * u32::from(width);
                let chunks = bytes.chunks_exact(usize::from(width));
                places.zip(chunks).for_each(|(v, b)| set((((wide(b) << shift) as i64) >> shift) as f64, v));
            }
            Self::Unsigned(width) => {
                let chunks = bytes.chunks_exact(usize::from(width));
                places.zip(chunks).for_each(|(v, b)| set(wide(b) as f64, v));
            }
        }
    }
}

#[inline]
fn put<P, const N: usize>(bytes: &[u8], places: impl Iterator<Item = P>, set: impl Fn(&[u8; N], P)) {
    places.zip(bytes.as_chunks::<N>().0).for_each(|(place, b)| set(b, place));
}

/// Up to eight bytes as a number.
fn wide(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, b| (sum << 8) | u64::from(*b))
}

/// The double nearest to a number of IEEE 754's quadruple precision (excess digits cut off).
fn quadruple(bits: u128) -> f64 {
    let sign = ((bits >> 127) as u64) << 63;
    let exponent = ((bits >> 112) & 0x7fff) as i32;
    let fraction = ((bits >> 60) as u64) & ((1 << 52) - 1);
    let magnitude = match exponent - 16_383 + 1_023 {
        _ if exponent == 0x7fff && bits << 16 != 0 => f64::NAN.to_bits(),
        2_047.. => f64::INFINITY.to_bits(),
        shifted @ 1..=2_046 => ((shifted as u64) << 52) | fraction,
        _ => 0,
    };
    f64::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(code: u32, bytes: &[u8]) -> Vec<f64> {
        let kind = Kind::parse(code).unwrap_or(Kind::U8);
        let mut values = vec![0.0; bytes.len() / kind.bytes()];
        kind.decode(bytes, values.iter_mut(), |v, place| *place = v);
        values
    }

    #[test]
    fn each_type_is_read() {
        assert_eq!(decoded(1, &[0x80, 0x7f]), [-128.0, 127.0]);
        assert_eq!(decoded(2, &[0x80]), [128.0]);
        assert_eq!(decoded(3, &(-2_i16).to_le_bytes()), [-2.0]);
        assert_eq!(decoded(4, &65_534_u16.to_le_bytes()), [65_534.0]);
        assert_eq!(decoded(279, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0x7f]), [-2.0, 8_388_607.0]);
        assert_eq!(decoded(535, &[0xfe, 0xff, 0xff]), [16_777_214.0]);
        assert_eq!(decoded(5, &i32::MIN.to_le_bytes()), [-2_147_483_648.0]);
        assert_eq!(decoded(6, &u32::MAX.to_le_bytes()), [4_294_967_295.0]);
        assert_eq!(decoded(7, &(-5_i64).to_le_bytes()), [-5.0]);
        assert_eq!(decoded(8, &(1_u64 << 63).to_le_bytes()), [2_f64.powi(63)]);
        assert_eq!(decoded(16, &0.1_f32.to_le_bytes()), [f64::from(0.1_f32)]);
        assert_eq!(decoded(17, &0.1_f64.to_le_bytes()), [0.1]);
        assert_eq!(decoded(255 + 40, &[0xfe, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0]), [-2.0, 1.0]);
        assert_eq!(decoded(511 + 48, &[0xff; 6]), [281_474_976_710_655.0]);
        assert_eq!([9, 15, 255 + 12, 511 + 12, 1000].map(Kind::parse), [None; 5]);
    }

    #[test]
    fn quadruples_become_doubles() {
        // 1, -2.5, 0, +∞, and one that is too small.
        for (bits, value) in [
            (0x3fff_u128 << 112, 1.0),
            ((0xc000_u128 << 112) | (1_u128 << 110), -2.5),
            (0, 0.0),
            (0x7fff_u128 << 112, f64::INFINITY),
            (0x0001_u128 << 112, 0.0),
        ] {
            assert_eq!(decoded(18, &bits.to_le_bytes()), [value]);
        }
        assert!(quadruple((0x7fff << 112) | 1).is_nan());
    }
}
