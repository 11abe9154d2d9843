use motrace_core::electrode_position;
use std::f64::consts::FRAC_PI_2;

/// One electrode on the drawing plane.
#[derive(Debug, Clone, PartialEq)]
pub struct ElectrodeSpot {
    /// Its label, as the caller gave it.
    pub label: String,
    /// To the right, in head radii.
    pub x: f64,
    /// Towards the nose, in head radii.
    pub y: f64,
    /// Its place among the channels.
    pub index: usize,
}

/// The head seen from above, flattened azimuthally and equidistantly: distance from the middle is the
/// angle from the vertex, and the ring of the 10-10 system (the equator) is the circle of radius 1.
///
/// x points to the right ear and y to the nose. Electrodes below the ring lie outside the circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadProjection;

impl HeadProjection {
    /// The nose: three points on and above the circle.
    pub const NOSE: [(f64, f64); 3] = [(-0.09, 0.996), (0.0, 1.115), (0.09, 0.996)];

    /// The right ear as a line of points from top to bottom; mirror x for the left one.
    pub const EAR: [(f64, f64); 9] = [
        (0.992, 0.125),
        (1.022, 0.158),
        (1.058, 0.150),
        (1.078, 0.100),
        (1.080, 0.010),
        (1.072, -0.090),
        (1.060, -0.150),
        (1.025, -0.180),
        (0.984, -0.176),
    ];

    /// How far the outline reaches from the middle in any direction, nose and ears included.
    pub const REACH: f64 = 1.12;

    /// Where the electrode with this label is drawn; `None` outside the 10-10 system.
    #[must_use]
    pub fn place(label: &str) -> Option<(f64, f64)> {
        electrode_position(label).map(Self::project)
    }

    /// Flattens a direction `[right, nose, up]`; its length does not matter.
    #[must_use]
    pub fn project([x, y, z]: [f64; 3]) -> (f64, f64) {
        let across = x.hypot(y);
        if across == 0.0 {
            // The point opposite the vertex has no direction; it goes to the rim's front.
            return if z < 0.0 { (0.0, 2.0) } else { (0.0, 0.0) };
        }
        let radius = across.atan2(z) / FRAC_PI_2;
        (x / across * radius, y / across * radius)
    }

    /// The point of the unit sphere that is drawn at `(x, y)`.
    #[must_use]
    pub fn lift(x: f64, y: f64) -> [f64; 3] {
        let radius = x.hypot(y);
        if radius == 0.0 {
            return [0.0, 0.0, 1.0];
        }
        let inclination = radius * FRAC_PI_2;
        let across = inclination.sin() / radius;
        [x * across, y * across, inclination.cos()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_plane_is_oriented_as_the_head_is() {
        let at = |l: &str| HeadProjection::place(l).unwrap_or_else(|| panic!("{l}"));
        assert_eq!(at("Cz"), (0.0, 0.0));
        assert!(at("C3").0 < -0.3 && at("C4").0 > 0.3);
        for ring in ["Fpz", "T7", "T8", "Oz", "Fp1", "O2"] {
            let (x, y) = at(ring);
            assert!((x.hypot(y) - 1.0).abs() < 1e-9, "{ring}");
        }
        assert!(at("Fpz").1 > 0.99 && at("Oz").1 < -0.99);
        let (x, y) = at("T9");
        assert!(x.hypot(y) > 1.1, "below the ring");
        assert_eq!(HeadProjection::place("Ch 1"), None);
    }

    proptest! {
        #[test]
        fn lifting_undoes_projecting(x in -0.9_f64..0.9, y in -0.9_f64..0.9) {
            let (u, v) = HeadProjection::project(HeadProjection::lift(x, y));
            prop_assert!((u - x).abs() < 1e-12 && (v - y).abs() < 1e-12);
        }
    }
}
