use motrace_core::electrode_position;
use ndarray::Array2;
use std::f64::consts::PI;

/// Brain, cerebrospinal fluid, skull and scalp: outer radius as a part of the head's, conductivity in S/m.
/// The same shells as MNE's default sphere model.
const SHELLS: [(f64, f64); 4] = [(0.90, 0.33), (0.92, 1.0), (0.97, 0.004), (1.0, 0.33)];

/// Terms of the series; at an eccentricity of 0.85 what is left out is below 1e-9 of the whole.
const TERMS: usize = 150;

/// A current dipole inside the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dipole {
    /// Where it is, in units of the head's radius: x to the right ear, y to the nose, z up. Inside the brain
    /// (below 0.9), and not in the very centre.
    pub position: [f64; 3],
    /// Its direction and strength, in the same axes.
    pub moment: [f64; 3],
}

/// The potentials that dipoles make at electrodes on the scalp: `[electrodes, dipoles]`.
///
/// The series for a sphere of concentric shells of Zhang (1995, equations 2 and 3), for a moment of 1 and a head
/// of radius 1, so in V per A·m times m². The reference is at infinity: over the whole scalp the mean is zero.
#[must_use]
pub fn leadfield(electrodes: &[[f64; 3]], dipoles: &[Dipole]) -> Array2<f64> {
    let weights: Vec<f64> = (1..=TERMS).map(shell_weight).collect();
    let mut field = Array2::zeros((electrodes.len(), dipoles.len()));
    for (mut column, dipole) in field.columns_mut().into_iter().zip(dipoles) {
        for (entry, potential) in column.iter_mut().zip(potentials(electrodes, dipole, &weights)) {
            *entry = potential;
        }
    }
    field
}

/// How the shells change the n-th term against a homogeneous sphere of the scalp's conductivity.
fn shell_weight(n: usize) -> f64 {
    let n = n as f64;
    let mut product = [[1.0, 0.0], [0.0, 1.0]];
    for pair in SHELLS.windows(2) {
        let ratio = pair[0].1 / pair[1].1;
        let power = pair[0].0.powf(2.0 * n + 1.0);
        let change = [
            [n + (n + 1.0) * ratio, (n + 1.0) * (ratio - 1.0) / power],
            [n * (ratio - 1.0) * power, n + 1.0 + n * ratio],
        ];
        product = multiply(product, change).map(|row| row.map(|v| v / (2.0 * n + 1.0)));
    }
    n / (n * product[1][1] + (n + 1.0) * product[1][0])
}

fn multiply(a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
}

/// One dipole's potentials. The terms are the outer loop, so that electrodes fill vector instructions.
fn potentials(electrodes: &[[f64; 3]], dipole: &Dipole, weights: &[f64]) -> Vec<f64> {
    let eccentricity = norm(dipole.position);
    let outward = dipole.position.map(|v| v / eccentricity.max(1e-9));
    let radial = dot(dipole.moment, outward);
    let mut series: Vec<Series> = electrodes.iter().map(|&e| Series::new(e, outward, dipole.moment)).collect();
    let mut power = 1.0; // eccentricity to the n − 1
    for (i, weight) in weights.iter().enumerate() {
        let n = (i + 1) as f64;
        let factor = (2.0 * n + 1.0) / n * power * weight;
        for at in &mut series {
            at.add_term(n, factor, radial);
        }
        power *= eccentricity;
    }
    series.iter().map(|at| at.sum / (4.0 * PI * SHELLS[SHELLS.len() - 1].1)).collect()
}

/// The sum at one electrode, with the Legendre polynomials' recurrences.
struct Series {
    cosine: f64,
    /// The part of the moment along the surface towards the electrode, times the angle's sine.
    tangential: f64,
    legendre: [f64; 2],
    slope: [f64; 2],
    sum: f64,
}

impl Series {
    fn new(electrode: [f64; 3], outward: [f64; 3], moment: [f64; 3]) -> Self {
        let cosine = dot(outward, electrode).clamp(-1.0, 1.0);
        let sine = (1.0 - cosine * cosine).sqrt();
        let towards = if sine > 1e-9 {
            dot(moment, std::array::from_fn(|i| (electrode[i] - cosine * outward[i]) / sine))
        } else {
            0.0
        };
        // P₀ and P₁, and their derivatives.
        Self { cosine, tangential: towards * sine, legendre: [1.0, cosine], slope: [0.0, 1.0], sum: 0.0 }
    }

    #[inline]
    fn add_term(&mut self, n: f64, factor: f64, radial: f64) {
        let [before, legendre] = self.legendre;
        let [slope_before, slope] = self.slope;
        // The associated function is sin γ · P′(cos γ), without the Condon–Shortley sign.
        self.sum += factor * (n * radial * legendre + self.tangential * slope);
        let next = ((2.0 * n + 1.0) * self.cosine * legendre - n * before) / (n + 1.0);
        self.legendre = [legendre, next];
        self.slope = [slope, slope_before + (2.0 * n + 1.0) * legendre];
    }
}

/// A dipole under an electrode, pointing out of the head and, by `tilt`, towards the nose along the surface.
pub(crate) fn dipole_below(place: [f64; 3], eccentricity: f64, tilt: f64) -> Dipole {
    let length = norm(place);
    let outward = place.map(|v| v / length);
    let forward: [f64; 3] = std::array::from_fn(|i| f64::from(u8::from(i == 1)) - outward[1] * outward[i]);
    let forward_length = norm(forward).max(1e-9);
    let moment = std::array::from_fn(|i| outward[i] + tilt * forward[i] / forward_length);
    Dipole { position: outward.map(|v| v * eccentricity), moment }
}

/// The place between electrodes, weighted; labels outside the 10-10 system count as nothing.
pub(crate) fn between(weighted: &[(&str, f64)]) -> [f64; 3] {
    let mut place = [0.0; 3];
    for (label, weight) in weighted {
        if let Some(at) = electrode_position(label) {
            for (sum, v) in place.iter_mut().zip(at) {
                *sum += weight * v;
            }
        }
    }
    let length = norm(place);
    place.map(|v| v / length.max(1e-9))
}

pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn norm(v: [f64; 3]) -> f64 {
    dot(v, v).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dipole in a homogeneous sphere of radius 1 in closed form (Yao 2000): the series with weights of 1.
    fn homogeneous(electrode: [f64; 3], dipole: &Dipole) -> f64 {
        // The gradient, over the source's place, of the Green's function 2/d − ln((1 − r·e + d)/2), d = |e − r|.
        let green = |r: [f64; 3]| {
            let d = norm(std::array::from_fn(|i| electrode[i] - r[i]));
            2.0 / d - (1.0 - dot(r, electrode) + d).ln()
        };
        let h = 1e-5;
        let gradient: [f64; 3] = std::array::from_fn(|i| {
            let step = |sign: f64| {
                let mut r = dipole.position;
                r[i] += sign * h;
                green(r)
            };
            (step(1.0) - step(-1.0)) / (2.0 * h)
        });
        dot(gradient, dipole.moment) / (4.0 * PI * 0.33)
    }

    #[test]
    fn without_shells_the_series_is_the_closed_form() {
        let electrodes = ["C3", "Cz", "Oz", "Fp1", "T8"].map(|l| electrode_position(l).unwrap());
        for moment in [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.3, -0.8, 0.4]] {
            let dipole = Dipole { position: [-0.4, 0.2, 0.5], moment };
            for electrode in electrodes {
                let series = potentials(&[electrode], &dipole, &[1.0; TERMS])[0];
                let closed = homogeneous(electrode, &dipole);
                assert!((series - closed).abs() < 1e-6 * (1.0 + closed.abs()), "{series} {closed}");
            }
        }
    }

    #[test]
    fn the_skull_weakens_and_blurs() {
        let dipole = dipole_below(electrode_position("C3").unwrap(), 0.8, 0.0);
        let at = |label: &str, weights: &[f64]| potentials(&[electrode_position(label).unwrap()], &dipole, weights)[0];
        let shells: Vec<f64> = (1..=TERMS).map(shell_weight).collect();
        assert!(at("C3", &shells) < 0.3 * at("C3", &[1.0; TERMS]));
        let spread = |weights: &[f64]| at("C1", weights) / at("C3", weights);
        assert!(spread(&shells) > 1.5 * spread(&[1.0; TERMS]));
    }

    #[test]
    fn mirrored_dipoles_make_mirrored_potentials() {
        let labels = ["C3", "C4", "FC1", "FC2", "P7", "P8", "Cz"];
        let electrodes: Vec<[f64; 3]> = labels.iter().map(|l| electrode_position(l).unwrap()).collect();
        let left = dipole_below(electrodes[0], 0.8, 0.3);
        let right = dipole_below(electrodes[1], 0.8, 0.3);
        let field = leadfield(&electrodes, &[left, right]);
        for (one, other) in [(0, 1), (2, 3), (4, 5), (6, 6)] {
            assert!((field[[one, 0]] - field[[other, 1]]).abs() < 1e-12, "{}", labels[one]);
        }
        assert!(field[[0, 0]] > 3.0 * field[[1, 0]].abs(), "strongest above");
    }

    #[test]
    fn the_reference_is_neutral() {
        // Evenly spread points: the mean over the whole sphere vanishes for any dipole.
        let count = 4000;
        let points: Vec<[f64; 3]> = (0..count)
            .map(|i| {
                let z = 1.0 - (2.0 * f64::from(i) + 1.0) / f64::from(count);
                let angle = f64::from(i) * PI * (3.0 - 5.0_f64.sqrt());
                let across = (1.0 - z * z).sqrt();
                [across * angle.cos(), across * angle.sin(), z]
            })
            .collect();
        let dipole = Dipole { position: [0.3, 0.5, 0.5], moment: [0.2, 0.7, -0.4] };
        let field = leadfield(&points, &[dipole]);
        let largest = field.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        assert!(field.sum().abs() / f64::from(count) < 1e-4 * largest);
    }
}
