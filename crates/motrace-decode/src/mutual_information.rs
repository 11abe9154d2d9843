/// What a feature tells about the class, in bits, estimated from trials.
///
/// `H(ω) − H(ω|x)` with the densities of the classes from Gaussian kernels of width `(4/(3n))^{1/5}·σ` for the n trials
/// and the standard deviation σ of each class (Ang, Chin, Wang, Guan and Zhang 2012, Front. Neurosci. 6, 39, equations
/// 5–9). 0 where a class has no trials.
pub(crate) fn mutual_information(values: &[f64], labels: &[usize], classes: usize) -> f64 {
    let count = values.len().max(1) as f64;
    let kernels: Vec<Kernel> = (0..classes).filter_map(|class| Kernel::of(values, labels, class)).collect();
    let entropy: f64 = kernels.iter().map(|kernel| bits(kernel.values.len() as f64 / count)).sum();
    let conditional: f64 = values
        .iter()
        .map(|&value| {
            let joint: Vec<f64> =
                kernels.iter().map(|kernel| kernel.density(value) * kernel.values.len() as f64 / count).collect();
            let sum: f64 = joint.iter().sum();
            if sum > 0.0 { joint.iter().map(|p| bits(p / sum)).sum() } else { entropy }
        })
        .sum::<f64>()
        / count;
    entropy - conditional
}

/// −p log₂ p.
fn bits(p: f64) -> f64 {
    if p > 0.0 { -p * p.log2() } else { 0.0 }
}

/// The density of a feature in one class.
struct Kernel {
    values: Vec<f64>,
    width: f64,
}

impl Kernel {
    fn of(values: &[f64], labels: &[usize], class: usize) -> Option<Self> {
        let values: Vec<f64> =
            values.iter().zip(labels).filter(|(_, label)| **label == class).map(|(v, _)| *v).collect();
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
        // A class that never varies still has some width. Features are logarithms: 1 is a usual size.
        let least = 1e-9 * mean.abs().max(1.0);
        Some(Self { values, width: (4.0 / (3.0 * count)).powf(0.2) * deviation.max(least) })
    }

    fn density(&self, at: f64) -> f64 {
        let scale = self.values.len() as f64 * self.width * (2.0 * std::f64::consts::PI).sqrt();
        self.values.iter().map(|v| (-0.5 * ((at - v) / self.width).powi(2)).exp()).sum::<f64>() / scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_far_apart_tell_all_and_alike_ones_nothing() {
        let labels: Vec<usize> = (0..40).map(|i| i % 2).collect();
        let apart: Vec<f64> = (0..40).map(|i| (i % 2) as f64 * 100.0 + (i / 2) as f64 * 0.1).collect();
        assert!((mutual_information(&apart, &labels, 2) - 1.0).abs() < 1e-9);
        let alike: Vec<f64> = (0..40).map(|i| (i / 2) as f64).collect();
        assert!(mutual_information(&alike, &labels, 2).abs() < 1e-9);
        let four: Vec<usize> = (0..40).map(|i| i % 4).collect();
        let apart: Vec<f64> = (0..40).map(|i| (i % 4) as f64 * 100.0 + (i / 4) as f64 * 0.1).collect();
        assert!((mutual_information(&apart, &four, 4) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_and_constants_are_no_problem() {
        assert_eq!(mutual_information(&[], &[], 2), 0.0);
        assert_eq!(mutual_information(&[1.0, 2.0], &[0, 0], 2), 0.0);
        assert!(mutual_information(&[0.0; 6], &[0, 1, 0, 1, 0, 1], 2).abs() < 1e-9);
        assert!((mutual_information(&[1.0, 2.0, 1.0, 2.0], &[0, 1, 0, 1], 2) - 1.0).abs() < 1e-9);
    }
}
