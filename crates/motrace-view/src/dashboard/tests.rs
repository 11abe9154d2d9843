use super::draw::{duration, percent, signed, voltage};
use super::ink::ground_of;
use super::*;

#[test]
fn numbers_carry_their_sign_and_unit() {
    assert_eq!(signed(1.243, 2), "+1.24");
    assert_eq!(signed(-0.3, 2), "−0.30");
    assert_eq!(signed(-0.001, 2), " 0.00");
    assert_eq!(signed(f64::NAN, 2), "–");
    assert_eq!(voltage(12.34e-6), "12 µV");
    assert_eq!(voltage(-0.08), "−80 mV");
    assert_eq!(voltage(1.5e-6), "1.5 µV");
    assert_eq!(duration(92e-6), "92.0 µs");
    assert_eq!(duration(0.0014), "1.40 ms");
    assert_eq!(duration(0.0), "0 ns");
    assert_eq!(duration(3.0), "3.0 s");
    assert_eq!(percent(0.914), "91 %");
}

#[test]
fn terminals_are_believed() {
    let of = |no_color, term, colorterm| ColourDepth::of(no_color, term, colorterm);
    assert_eq!(of("", "xterm-256color", "truecolor"), ColourDepth::True);
    assert_eq!(of("", "xterm-256color", ""), ColourDepth::Indexed);
    assert_eq!(of("1", "xterm-256color", "truecolor"), ColourDepth::Monochrome);
    assert_eq!(of("", "dumb", "truecolor"), ColourDepth::Monochrome);
    assert_eq!(ground_of("15;0"), Ground::Dark);
    assert_eq!(ground_of("0;15"), Ground::Light);
    assert_eq!(ground_of(""), Ground::Dark);
}
