use std::f64::consts::PI;

/// One coronal row of the 10-10 system: its labels from left to right, the azimuth of its ends on the
/// ring in degrees from the nose, and the inclination of its middle from the vertex (negative: behind).
struct Row {
    labels: &'static str,
    ring_degrees: f64,
    middle_degrees: f64,
}

/// Rows whose outermost entries lie one step below the ring (`F9`, `T9`, …) where they have 11 labels;
/// the ring itself is the second entry then.
const ROWS: [Row; 9] = [
    Row { labels: "- Fp1 - - - Fpz - - - Fp2 -", ring_degrees: 18.0, middle_degrees: 90.0 },
    Row { labels: "AF9 AF7 AF5 AF3 AF1 AFz AF2 AF4 AF6 AF8 AF10", ring_degrees: 36.0, middle_degrees: 67.5 },
    Row { labels: "F9 F7 F5 F3 F1 Fz F2 F4 F6 F8 F10", ring_degrees: 54.0, middle_degrees: 45.0 },
    Row { labels: "FT9 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 FT10", ring_degrees: 72.0, middle_degrees: 22.5 },
    Row { labels: "T9 T7 C5 C3 C1 Cz C2 C4 C6 T8 T10", ring_degrees: 90.0, middle_degrees: 0.0 },
    Row { labels: "TP9 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 TP10", ring_degrees: 108.0, middle_degrees: -22.5 },
    Row { labels: "P9 P7 P5 P3 P1 Pz P2 P4 P6 P8 P10", ring_degrees: 126.0, middle_degrees: -45.0 },
    Row { labels: "PO9 PO7 PO5 PO3 PO1 POz PO2 PO4 PO6 PO8 PO10", ring_degrees: 144.0, middle_degrees: -67.5 },
    Row { labels: "- O1 - - - Oz - - - O2 -", ring_degrees: 162.0, middle_degrees: -90.0 },
];

/// Electrodes that are on no row: label, azimuth from the nose (right positive), inclination from the vertex.
const OTHERS: [(&str, f64, f64); 8] = [
    ("Nz", 0.0, 112.5),
    ("Iz", 180.0, 112.5),
    ("O9", -162.0, 112.5),
    ("O10", 162.0, 112.5),
    ("A1", -90.0, 125.0),
    ("A2", 90.0, 125.0),
    ("M1", -108.0, 125.0),
    ("M2", 108.0, 125.0),
];

/// The label in canonical spelling: `Fc5.` is `FC5`, `FCZ` is `FCz`, and the old names T3–T6 are T7, T8, P7, P8.
///
/// Labels that no 10-10 electrode has keep their own spelling, trimmed.
#[must_use]
pub fn canonical_label(label: &str) -> String {
    let trimmed = label.trim();
    let bare = trimmed.strip_prefix("EEG ").or_else(|| trimmed.strip_prefix("EEG-")).unwrap_or(trimmed);
    let bare = bare.trim().trim_end_matches('.');
    let bare = bare.strip_suffix("-REF").or_else(|| bare.strip_suffix("-Ref")).unwrap_or(bare);
    let modern = match bare.to_ascii_uppercase().as_str() {
        "T3" => "T7",
        "T4" => "T8",
        "T5" => "P7",
        "T6" => "P8",
        _ => bare,
    };
    known_labels()
        .find(|known| known.eq_ignore_ascii_case(modern))
        .map_or_else(|| trimmed.trim_end_matches('.').to_owned(), str::to_owned)
}

/// Where an electrode sits on a spherical head of radius 1: `[x, y, z]` with x to the right ear, y to the
/// nose, z up. `None` for labels outside the 10-10 system.
///
/// Each coronal row is the circle through its two ring electrodes and its midline electrode, divided in
/// equal angles, as the 10-10 rule says (Oostenveld and Praamstra 2001); the ring lies on the equator.
#[must_use]
pub fn electrode_position(label: &str) -> Option<[f64; 3]> {
    let wanted = canonical_label(label);
    if let Some((_, azimuth, inclination)) = OTHERS.iter().find(|(l, ..)| *l == wanted) {
        return Some(on_sphere(azimuth * PI / 180.0, inclination * PI / 180.0));
    }
    ROWS.iter().find_map(|row| {
        let place = row.labels.split(' ').position(|l| l == wanted)?;
        // -5 … 5, where ±4 is the ring
        Some(on_row(row, place as f64 - 5.0))
    })
}

fn known_labels() -> impl Iterator<Item = &'static str> {
    ROWS.iter().flat_map(|row| row.labels.split(' ')).filter(|l| *l != "-").chain(OTHERS.iter().map(|(l, ..)| *l))
}

fn on_sphere(azimuth: f64, inclination: f64) -> [f64; 3] {
    [inclination.sin() * azimuth.sin(), inclination.sin() * azimuth.cos(), inclination.cos()]
}

/// The point `step`/4 of the way from the midline to the ring, along the row's circle.
fn on_row(row: &Row, step: f64) -> [f64; 3] {
    let ring = on_sphere(row.ring_degrees * PI / 180.0, PI / 2.0);
    let middle = on_sphere(0.0, row.middle_degrees * PI / 180.0);
    // The circle lies in a plane that contains the x direction: centre (0, cy, cz), radius r in the plane
    // spanned by x and u, where u points from the chord's middle to the midline electrode.
    let to_middle = [middle[1] - ring[1], middle[2] - ring[2]];
    let height = to_middle[0].hypot(to_middle[1]);
    let half_chord = ring[0];
    let u = [to_middle[0] / height, to_middle[1] / height];
    let radius = (half_chord * half_chord + height * height) / (2.0 * height);
    let centre = [middle[1] - radius * u[0], middle[2] - radius * u[1]];
    let full = half_chord.atan2(radius - height); // angle from u to the ring electrode
    let a = step / 4.0 * full;
    [radius * a.sin(), centre[0] + radius * a.cos() * u[0], centre[1] + radius * a.cos() * u[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_electrode_is_on_the_sphere() {
        let mut count = 0;
        for label in known_labels() {
            let [x, y, z] = electrode_position(label).unwrap_or_else(|| panic!("{label}"));
            assert!((x * x + y * y + z * z - 1.0).abs() < 1e-9, "{label} {x} {y} {z}");
            count += 1;
        }
        assert!(count >= 85, "{count}");
    }

    #[test]
    fn anatomy_is_right() {
        let at = |l: &str| electrode_position(l).unwrap_or_else(|| panic!("{l}"));
        assert_eq!(at("Cz"), [0.0, 0.0, 1.0]);
        assert!(at("C3")[0] < -0.6 && at("C3")[1].abs() < 1e-9, "left hemisphere");
        assert!((at("C3")[0] + at("C4")[0]).abs() < 1e-12, "mirror");
        assert!(at("Fpz")[1] > 0.99 && at("Oz")[1] < -0.99);
        assert!(at("FC3")[1] > 0.0 && at("CP3")[1] < 0.0);
        assert!(at("T9")[2] < -0.3, "below the ring");
        assert!(at("Fp1")[0] < 0.0 && at("O1")[0] < 0.0 && at("O1")[1] < 0.0);
        assert!(electrode_position("X7").is_none());
    }

    #[test]
    fn spellings_agree() {
        for (given, canonical) in [
            ("Fc5.", "FC5"),
            ("FCZ", "FCz"),
            ("T3", "T7"),
            ("t6", "P8"),
            ("EEG C3-REF", "C3"),
            ("Fp1", "Fp1"),
            ("FP1", "Fp1"),
        ] {
            assert_eq!(canonical_label(given), canonical);
        }
        assert_eq!(canonical_label(" Ch 1 "), "Ch 1");
    }
}
