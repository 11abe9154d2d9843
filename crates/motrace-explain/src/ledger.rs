use motrace_core::canonical_label;

/// Which labels lie on the frontal and temporal rim, where eyes and muscles show first: the Fp and AF rows, and
/// the ring and what lies below it from F7 over the temples to the mastoids.
#[must_use]
pub fn is_on_rim(label: &str) -> bool {
    const RING: [&str; 21] = [
        "Nz", "F7", "F8", "F9", "F10", "FT7", "FT8", "FT9", "FT10", "T7", "T8", "T9", "T10", "TP7", "TP8", "TP9",
        "TP10", "A1", "A2", "M1", "M2",
    ];
    let label = canonical_label(label);
    label.starts_with("Fp") || label.starts_with("AF") || RING.contains(&label.as_str())
}

/// Pearson's correlation of two maps over channels; maps that do not vary correlate perfectly with their equal
/// and not at all with others.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len().min(b.len()) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / count, b.iter().sum::<f64>() / count);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (dx, dy) = (x - mean_a, y - mean_b);
        ab += dx * dy;
        aa += dx * dx;
        bb += dy * dy;
    }
    // Roots first: the product of two small sums can fall below what a double holds.
    let scale = aa.sqrt() * bb.sqrt();
    if scale == 0.0 {
        return if aa == bb { 1.0 } else { 0.0 };
    }
    (ab / scale).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eyes_and_temples_are_on_the_rim_and_the_motor_cortex_is_not() {
        for label in ["Fp1", "FPZ", "AF7", "Af3.", "F7", "Ft8.", "T3", "T10", "TP9", "M1"] {
            assert!(is_on_rim(label), "{label}");
        }
        for label in ["C3", "F3", "FC5", "Fz", "P7", "O1", "CP6", "F5", "", "channel 3"] {
            assert!(!is_on_rim(label), "{label}");
        }
    }

    #[test]
    fn correlation_of_simple_maps() {
        assert!((correlation(&[1.0, 2.0, 3.0], &[-2.0, -4.0, -6.0]) + 1.0).abs() < 1e-15);
        assert!(correlation(&[1.0, -1.0, 1.0, -1.0], &[1.0, 1.0, -1.0, -1.0]).abs() < 1e-15);
        assert_eq!(correlation(&[2.0], &[2.0]), 1.0);
        assert_eq!(correlation(&[1.0, 1.0], &[0.0, 3.0]), 0.0);
        assert!(correlation(&[f64::NAN, 1.0], &[0.0, 3.0]).is_nan());
    }
}
