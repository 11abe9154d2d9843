//! Colours for signed values: blue below zero, red above, and nothing at zero.
//!
//! The two arms have the same lightness at the same magnitude (in OKLab, Ottosson 2020), and blue against
//! red is told apart with every common colour vision deficiency. On a light ground zero is nearly white,
//! on a dark one nearly black; 256-colour terminals get the nearest entry, monochrome ones a glyph ramp.

use ratatui::style::Color;

/// A colour in 8-bit sRGB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rgb {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

/// What a map is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ground {
    /// Paper and light terminals: zero is nearly white.
    #[default]
    Light,
    /// Dark terminals: zero is nearly black.
    Dark,
}

/// One arm of the map at evenly spaced magnitudes 0, ¼, ½, ¾, 1: OKLab lightness, and chroma and hue
/// (degrees) of the negative and of the positive side.
struct Anchors {
    lightness: [f64; 5],
    blue: [(f64, f64); 5],
    red: [(f64, f64); 5],
}

const LIGHT: Anchors = Anchors {
    lightness: [0.970, 0.850, 0.700, 0.550, 0.400],
    blue: [(0.0, 235.0), (0.066, 238.0), (0.124, 245.0), (0.155, 254.0), (0.135, 260.0)],
    red: [(0.0, 50.0), (0.076, 46.0), (0.150, 36.0), (0.178, 29.0), (0.145, 26.0)],
};

const DARK: Anchors = Anchors {
    lightness: [0.200, 0.340, 0.480, 0.620, 0.760],
    blue: [(0.0, 262.0), (0.095, 260.0), (0.145, 256.0), (0.150, 248.0), (0.120, 236.0)],
    red: [(0.0, 22.0), (0.105, 24.0), (0.165, 27.0), (0.185, 32.0), (0.140, 46.0)],
};

impl Rgb {
    /// A colour from its three parts.
    #[must_use]
    pub const fn new(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b }
    }

    /// `#rrggbb`.
    #[must_use]
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }

    /// This colour mixed with `other`: 0 gives this one, 1 the other.
    #[must_use]
    pub fn mix(self, other: Self, share: f64) -> Self {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self::new(part(self.r, other.r), part(self.g, other.g), part(self.b, other.b))
    }

    /// Relative luminance, 0 (black) to 1 (white), as WCAG 2 defines it.
    #[must_use]
    pub fn luminance(self) -> f64 {
        0.2126 * linear(self.r) + 0.7152 * linear(self.g) + 0.0722 * linear(self.b)
    }

    /// The nearest entry of the xterm palette's colour cube and grey ramp (16–255).
    #[must_use]
    pub fn xterm_256(self) -> u8 {
        const LEVELS: [i32; 6] = [0, 95, 135, 175, 215, 255];
        let (r, g, b) = (i32::from(self.r), i32::from(self.g), i32::from(self.b));
        let distance = |x: i32, y: i32, z: i32| (x - r).pow(2) + (y - g).pow(2) + (z - b).pow(2);
        let nearest = |v: i32| (0..6).min_by_key(|&i| (LEVELS[i] - v).abs()).unwrap_or(0);
        let (i, j, k) = (nearest(r), nearest(g), nearest(b));
        let cube = distance(LEVELS[i], LEVELS[j], LEVELS[k]);
        let step = (((r + g + b) / 3 - 8 + 5) / 10).clamp(0, 23);
        let grey = 8 + 10 * step;
        if distance(grey, grey, grey) < cube { (232 + step) as u8 } else { (16 + 36 * i + 6 * j + k) as u8 }
    }
}

impl From<Rgb> for Color {
    fn from(colour: Rgb) -> Self {
        Self::Rgb(colour.r, colour.g, colour.b)
    }
}

/// The colour of a value between −1 (blue) and 1 (red). Values beyond are clamped; what is not a number is zero.
#[must_use]
pub fn diverging(value: f64, ground: Ground) -> Rgb {
    let value = if value.is_nan() { 0.0 } else { value.clamp(-1.0, 1.0) };
    let anchors = if ground == Ground::Light { &LIGHT } else { &DARK };
    let arm = if value < 0.0 { &anchors.blue } else { &anchors.red };
    let place = value.abs() * 4.0;
    let i = (place as usize).min(3);
    let t = place - i as f64;
    let between = |a: f64, b: f64| a + (b - a) * t;
    from_oklch(
        between(anchors.lightness[i], anchors.lightness[i + 1]),
        between(arm[i].0, arm[i + 1].0),
        between(arm[i].1, arm[i + 1].1),
    )
}

/// The 256-colour palette's nearest entry to [`diverging`].
#[must_use]
pub fn diverging_256(value: f64, ground: Ground) -> u8 {
    diverging(value, ground).xterm_256()
}

/// The colour of one of several classes, counted from 0; they can be told apart by those who do not see red or green (after Okabe
/// and Ito), and none of them is the blue or the red of [`diverging`].
#[must_use]
pub fn category(class: usize, ground: Ground) -> Rgb {
    const DARK: [Rgb; 8] = [
        Rgb::new(230, 159, 0),
        Rgb::new(86, 200, 160),
        Rgb::new(218, 140, 190),
        Rgb::new(240, 228, 66),
        Rgb::new(150, 205, 240),
        Rgb::new(190, 150, 110),
        Rgb::new(170, 150, 240),
        Rgb::new(175, 185, 150),
    ];
    const LIGHT: [Rgb; 8] = [
        Rgb::new(176, 106, 0),
        Rgb::new(0, 122, 90),
        Rgb::new(160, 70, 125),
        Rgb::new(120, 110, 0),
        Rgb::new(20, 110, 150),
        Rgb::new(115, 75, 40),
        Rgb::new(95, 70, 180),
        Rgb::new(85, 95, 60),
    ];
    let colours = if ground == Ground::Light { &LIGHT } else { &DARK };
    colours[class % colours.len()]
}

/// Glyphs from zero to −1, for terminals without colour.
pub const NEGATIVE_GLYPHS: [char; 5] = [' ', '-', '=', 'o', 'O'];
/// Glyphs from zero to 1, for terminals without colour.
pub const POSITIVE_GLYPHS: [char; 5] = [' ', '+', '*', '#', '@'];

/// The glyph of a value between −1 and 1 in monochrome; its sign and its size can both be read.
#[must_use]
pub fn glyph(value: f64) -> char {
    let ramp = if value < 0.0 { NEGATIVE_GLYPHS } else { POSITIVE_GLYPHS };
    if value.is_nan() {
        return ' ';
    }
    ramp[(value.abs().min(1.0) * 4.0).round() as usize]
}

/// The end of a symmetric scale: the next 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 × 10ⁿ that is not below `max_abs`.
///
/// Where there is nothing to show (zero, not a number, infinite) it is 1.
#[must_use]
pub fn nice_limit(max_abs: f64) -> f64 {
    let size = max_abs.abs();
    if !size.is_finite() || size < 1e-300 {
        return 1.0;
    }
    let decade = size.log10().floor();
    for exponent in [decade, decade + 1.0] {
        for step in [10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 80.0] {
            // Dividing by a whole power keeps 0.3 from becoming 0.30000000000000004.
            let e = exponent - 1.0;
            let limit = if e < 0.0 { step / 10_f64.powf(-e) } else { step * 10_f64.powf(e) };
            if limit >= size * (1.0 - 1e-12) && limit.is_finite() {
                return limit;
            }
        }
    }
    size
}

/// The largest magnitude among finite values, 0 where there is none.
#[must_use]
pub fn max_abs<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    values.into_iter().filter(|v| v.is_finite()).fold(0.0, |m, v| m.max(v.abs()))
}

fn linear(channel: u8) -> f64 {
    let v = f64::from(channel) / 255.0;
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// OKLCH to sRGB, clipped to what a screen can show.
fn from_oklch(lightness: f64, chroma: f64, hue_degrees: f64) -> Rgb {
    let (sin, cos) = hue_degrees.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    Rgb::new(
        encode(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        encode(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        encode(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s),
    )
}

fn encode(v: f64) -> u8 {
    let v = v.clamp(0.0, 1.0);
    let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    (v * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zero_is_neutral_and_the_arms_have_their_colours() {
        for ground in [Ground::Light, Ground::Dark] {
            let zero = diverging(0.0, ground);
            let spread = zero.r.max(zero.g).max(zero.b) - zero.r.min(zero.g).min(zero.b);
            assert!(spread <= 2, "{zero:?}");
            assert_eq!(diverging(-0.0, ground), zero);
            assert_eq!(diverging(f64::NAN, ground), zero);
            for i in 1..=20 {
                let v = f64::from(i) / 20.0;
                let (blue, red) = (diverging(-v, ground), diverging(v, ground));
                assert!(blue.b > blue.r && red.r > red.b, "{v} {blue:?} {red:?}");
            }
            assert_eq!(diverging(7.0, ground), diverging(1.0, ground));
            assert_eq!(diverging(f64::NEG_INFINITY, ground), diverging(-1.0, ground));
        }
        assert!(diverging(0.0, Ground::Light).luminance() > 0.85);
        assert!(diverging(0.0, Ground::Dark).luminance() < 0.02);
    }

    #[test]
    fn luminance_falls_with_magnitude_on_light_and_rises_on_dark_ground_alike_on_both_sides() {
        for (ground, direction) in [(Ground::Light, -1.0), (Ground::Dark, 1.0)] {
            for sign in [-1.0, 1.0] {
                let steps: Vec<f64> =
                    (0..=40).map(|i| diverging(sign * f64::from(i) / 40.0, ground).luminance()).collect();
                assert!(steps.windows(2).all(|w| (w[1] - w[0]) * direction > 0.0), "{ground:?} {sign} {steps:?}");
            }
            for i in 0..=20 {
                let v = f64::from(i) / 20.0;
                let (a, b) = (diverging(-v, ground).luminance(), diverging(v, ground).luminance());
                assert!((a.cbrt() - b.cbrt()).abs() < 0.09, "{ground:?} {v} {a} {b}");
            }
        }
    }

    #[test]
    fn the_256_colours_are_near() {
        assert_eq!(Rgb::new(255, 0, 0).xterm_256(), 196);
        assert_eq!(Rgb::new(0, 0, 0).xterm_256(), 16);
        assert_eq!(Rgb::new(255, 255, 255).xterm_256(), 231);
        assert_eq!(Rgb::new(8, 8, 8).xterm_256(), 232);
        assert_eq!(Rgb::new(128, 128, 128).xterm_256(), 244);
        assert_ne!(diverging_256(-1.0, Ground::Dark), diverging_256(1.0, Ground::Dark));
    }

    #[test]
    fn glyphs_tell_sign_and_size() {
        let ramp: String = (-4..=4).map(|i| glyph(f64::from(i) / 4.0)).collect();
        assert_eq!(ramp, "Oo=- +*#@");
        assert_eq!(glyph(f64::NAN), ' ');
        assert_eq!((glyph(-9.0), glyph(9.0)), ('O', '@'));
    }

    #[test]
    fn limits_are_round() {
        for (v, limit) in
            [(0.3, 0.3), (0.31, 0.4), (9.7, 10.0), (1.1, 1.5), (1234.0, 1500.0), (8.1e-5, 1e-4), (0.0, 1.0)]
        {
            assert_eq!(nice_limit(v), limit);
            assert_eq!(nice_limit(-v), limit);
        }
        assert_eq!(nice_limit(f64::NAN), 1.0);
        assert_eq!(nice_limit(f64::INFINITY), 1.0);
    }

    proptest! {
        #[test]
        fn a_limit_is_never_much_more_than_needed(v in 1e-12_f64..1e12) {
            let limit = nice_limit(v);
            prop_assert!(limit >= v * (1.0 - 1e-9) && limit <= 1.5 * v + 1e-300);
        }
    }
}
