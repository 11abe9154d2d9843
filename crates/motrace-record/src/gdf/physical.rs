//! Physical dimensions as numbers (ISO/IEEE 11073-10101): a unit, a multiple of 32, plus a decimal factor.

use motrace_core::Unit;

/// The unit that a code stands for.
pub(crate) fn unit(code: u16) -> Unit {
    let prefix = match code & 31 {
        0 => "",
        1 => "da",
        2 => "h",
        3 => "k",
        4 => "M",
        5 => "G",
        6 => "T",
        16 => "d",
        17 => "c",
        18 => "m",
        19 => "\u{b5}",
        20 => "n",
        21 => "p",
        22 => "f",
        _ => "?",
    };
    let name = match code & !31 {
        // Not given, and without a dimension: whether these are volts is for the user to say.
        0 | 512 => return Unit::Unspecified,
        544 => "%",
        736 => "\u{b0}",
        768 => "rad",
        2496 => "Hz",
        3872 => "mmHg",
        4160 => "A",
        4256 => "V",
        4288 => "\u{3a9}",
        4384 => "K",
        6048 => "\u{b0}C",
        _ => return Unit::Other(format!("unit {code}")),
    };
    Unit::parse(&format!("{prefix}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volts_have_their_factors() {
        assert_eq!([4256, 4274, 4275, 4276].map(|c| unit(c).in_volts()), [1.0, 1e-3, 1e-6, 1e-9].map(Some));
        assert_eq!([0, 512].map(unit), [Unit::Unspecified, Unit::Unspecified]);
        assert_eq!(unit(4259), Unit::Other("kV".into()));
        assert_eq!(unit(6048), Unit::Other("°C".into()));
        assert_eq!(unit(9999), Unit::Other("unit 9999".into()));
    }
}
