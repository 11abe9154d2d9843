use realfft::RealFftPlanner;
use std::f64::consts::PI;

/// A power spectral density.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spectrum {
    /// The frequency of each entry, in hertz, from 0 to half the rate.
    pub freqs_hz: Vec<f64>,
    /// The density of each entry, in the square of the input's unit per hertz.
    pub density: Vec<f64>,
}

impl Spectrum {
    /// The power between two frequencies, both included: the square of the input's unit.
    #[must_use]
    pub fn band_power(&self, low_hz: f64, high_hz: f64) -> f64 {
        let width_hz = self.freqs_hz.get(1).copied().unwrap_or(0.0);
        let inside = |hz: f64| (low_hz..=high_hz).contains(&hz);
        self.freqs_hz.iter().zip(&self.density).filter(|(hz, _)| inside(**hz)).map(|(_, d)| d * width_hz).sum()
    }
}

/// The spectrum of one channel by Welch's method (1967): Hann windows of `segment_samples` that overlap by half,
/// each with its mean removed, averaged. The same as scipy's `welch` with its defaults.
///
/// Segments longer than the data are cut to its length; no data gives an empty spectrum.
#[must_use]
pub fn welch_psd(data: &[f64], rate_hz: f64, segment_samples: usize) -> Spectrum {
    let length = segment_samples.min(data.len());
    if length == 0 {
        return Spectrum::default();
    }
    let window: Vec<f64> = (0..length).map(|i| 0.5 - 0.5 * (2.0 * PI * i as f64 / length as f64).cos()).collect();
    // A Hann window of one sample is zero.
    let window = if length == 1 { vec![1.0] } else { window };
    let scale = 1.0 / (rate_hz * window.iter().map(|w| w * w).sum::<f64>());
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let mut segment = transform.make_input_vec();
    let mut transformed = transform.make_output_vec();
    let mut density = vec![0.0; transformed.len()];
    let mut segments = 0_usize;
    for start in (0..=data.len() - length).step_by((length - length / 2).max(1)) {
        let piece = &data[start..start + length];
        let mean = piece.iter().sum::<f64>() / length as f64;
        for ((to, from), w) in segment.iter_mut().zip(piece).zip(&window) {
            *to = (from - mean) * w;
        }
        if transform.process(&mut segment, &mut transformed).is_err() {
            // Both buffers were made by the plan itself, so their lengths are right.
            return Spectrum::default();
        }
        for (sum, value) in density.iter_mut().zip(&transformed) {
            *sum += value.norm_sqr();
        }
        segments += 1;
    }
    let last = density.len() - 1;
    for (i, value) in density.iter_mut().enumerate() {
        // Every frequency but 0 and half the rate also stands for its negative twin.
        let sides = if i == 0 || (i == last && length.is_multiple_of(2)) { 1.0 } else { 2.0 };
        *value *= sides * scale / segments as f64;
    }
    let freqs_hz = (0..density.len()).map(|i| i as f64 * rate_hz / length as f64).collect();
    Spectrum { freqs_hz, density }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_has_its_power_at_its_frequency() {
        let wave: Vec<f64> = (0..2500).map(|i| 3.0 * (2.0 * PI * 10.0 * f64::from(i) / 250.0).sin()).collect();
        let spectrum = welch_psd(&wave, 250.0, 250);
        assert!((spectrum.band_power(8.0, 12.0) - 4.5).abs() < 1e-9);
        assert!(spectrum.band_power(20.0, 125.0) < 1e-9);
    }

    #[test]
    fn little_data_is_no_problem() {
        assert_eq!(welch_psd(&[], 250.0, 250), Spectrum::default());
        assert_eq!(welch_psd(&[1.0], 250.0, 250).density, [0.0]);
        assert_eq!(welch_psd(&[1.0, 2.0, 3.0], 250.0, 0), Spectrum::default());
        assert_eq!(welch_psd(&[1.0, 2.0, 3.0], 250.0, 8).freqs_hz.len(), 2);
    }
}
