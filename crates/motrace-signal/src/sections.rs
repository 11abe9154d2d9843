use realfft::num_complex::Complex;
use std::f64::consts::PI;

/// A filter as a cascade of second-order sections, each `[b0, b1, b2, a1, a2]` with a0 = 1.
///
/// No sections at all is the filter that changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sections {
    sections: Vec<[f64; 5]>,
}

/// A filter that rings longer than this many samples is cut off when its settling is measured.
const LONGEST_RESPONSE: usize = 1 << 22;

impl Sections {
    /// The cascade of these sections, in this order.
    #[must_use]
    pub fn new(sections: Vec<[f64; 5]>) -> Self {
        Self { sections }
    }

    /// The sections, each `[b0, b1, b2, a1, a2]`, in the order in which a sample passes them.
    #[must_use]
    pub fn as_slice(&self) -> &[[f64; 5]] {
        &self.sections
    }

    /// This filter followed by another.
    #[must_use]
    pub fn followed_by(mut self, next: &Self) -> Self {
        self.sections.extend_from_slice(&next.sections);
        self
    }

    /// The gain (magnitude of the response) at a frequency.
    #[must_use]
    pub fn response(&self, freq_hz: f64, rate_hz: f64) -> f64 {
        let delay = Complex::from_polar(1.0, -2.0 * PI * freq_hz / rate_hz);
        self.sections
            .iter()
            .map(|&[b0, b1, b2, a1, a2]| {
                let numerator = (delay * b2 + b1) * delay + b0;
                let denominator = (delay * a2 + a1) * delay + 1.0;
                (numerator / denominator).norm()
            })
            .product()
    }

    /// After how many samples at most `fraction` of the impulse response's energy is still to come.
    ///
    /// A fraction of 0.01 says when the start of the data, or a gap, has stopped to matter.
    #[must_use]
    pub fn settling_samples(&self, fraction: f64) -> usize {
        let length = self.response_length();
        let total: f64 = self.impulse_response().take(length).map(|y| y * y).sum();
        let mut remaining = total;
        for (sample, y) in self.impulse_response().take(length).enumerate() {
            if remaining <= fraction * total {
                return sample;
            }
            remaining -= y * y;
        }
        length
    }

    /// [`Self::settling_samples`] in seconds.
    #[must_use]
    pub fn settling_secs(&self, fraction: f64, rate_hz: f64) -> f64 {
        self.settling_samples(fraction) as f64 / rate_hz
    }

    /// Whether every pole lies inside the unit circle (the stability triangle of a second-order section).
    pub(crate) fn is_stable(&self) -> bool {
        self.sections.iter().all(|&[b0, b1, b2, a1, a2]| {
            [b0, b1, b2].iter().all(|b| b.is_finite()) && a2.abs() < 1.0 && a1.abs() < 1.0 + a2
        })
    }

    /// For each section the two states that a constant input of 1 settles to.
    ///
    /// The state is that of the transposed direct form II: y = b0·x + s1, s1 ← b1·x − a1·y + s2,
    /// s2 ← b2·x − a2·y; at rest both are fixed points. The same as scipy's `sosfilt_zi`.
    #[must_use]
    pub fn steady_state(&self) -> Vec<[f64; 2]> {
        let mut input = 1.0;
        self.sections
            .iter()
            .map(|&[b0, b1, b2, a1, a2]| {
                let gain = (b0 + b1 + b2) / (1.0 + a1 + a2);
                let second = (b2 - a2 * gain) * input;
                let first = (b1 - a1 * gain) * input + second;
                input *= gain;
                [first, second]
            })
            .collect()
    }

    fn impulse_response(&self) -> impl Iterator<Item = f64> + '_ {
        let mut states = vec![[0.0; 2]; self.sections.len()];
        let mut next_input = 1.0;
        std::iter::repeat_with(move || {
            let mut x = std::mem::replace(&mut next_input, 0.0);
            for (&[b0, b1, b2, a1, a2], [s1, s2]) in self.sections.iter().zip(&mut states) {
                let y = b0 * x + *s1;
                *s1 = b1 * x - a1 * y + *s2;
                *s2 = b2 * x - a2 * y;
                x = y;
            }
            x
        })
    }

    /// How many samples it takes until the slowest pole has decayed by 200 dB, with room for poles that coincide.
    fn response_length(&self) -> usize {
        let slowest = self
            .sections
            .iter()
            .map(|&[_, _, _, a1, a2]| {
                let discriminant = a1 * a1 / 4.0 - a2;
                if discriminant < 0.0 { a2.sqrt() } else { a1.abs() / 2.0 + discriminant.sqrt() }
            })
            .fold(0.0, f64::max);
        if slowest <= 0.0 {
            return 4 * self.sections.len().max(1);
        }
        let samples = 2.0 * 1e-10_f64.ln() / slowest.ln();
        if samples.is_finite() { (samples as usize).clamp(64, LONGEST_RESPONSE) } else { LONGEST_RESPONSE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{butterworth_bandpass, notch};

    #[test]
    fn no_sections_change_nothing() {
        let nothing = Sections::default();
        assert_eq!(nothing.response(10.0, 250.0), 1.0);
        assert_eq!(nothing.settling_samples(0.01), 1);
    }

    #[test]
    fn the_corner_frequencies_are_half_power_points() {
        for order in 1..=8 {
            let band = butterworth_bandpass(order, 8.0, 30.0, 250.0).unwrap();
            for corner in [8.0, 30.0] {
                assert!((band.response(corner, 250.0) - 0.5_f64.sqrt()).abs() < 1e-9, "order {order}, {corner} Hz");
            }
            assert!((band.response(15.6, 250.0) - 1.0).abs() < 0.02);
            assert!(band.response(0.0, 250.0) < 1e-12);
        }
    }

    #[test]
    fn settling_is_where_the_energy_runs_out() {
        let band = butterworth_bandpass(4, 8.0, 30.0, 250.0).unwrap();
        let energy: Vec<f64> = band.impulse_response().take(5000).map(|y| y * y).collect();
        let total: f64 = energy.iter().sum();
        let settled = band.settling_samples(0.01);
        let after = |n: usize| energy[n..].iter().sum::<f64>() / total;
        assert!(after(settled) <= 0.01 && after(settled - 1) > 0.01, "{settled}");
        assert!(band.settling_samples(0.001) > settled);
        // A notch rings longer the narrower it is.
        let wide = notch(50.0, 5.0, 250.0).unwrap().settling_samples(1e-6);
        let narrow = notch(50.0, 50.0, 250.0).unwrap().settling_samples(1e-6);
        assert!(narrow > 5 * wide, "{narrow} {wide}");
    }
}
