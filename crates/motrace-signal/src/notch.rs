use crate::error::{check_frequency, check_rate};
use crate::{FilterError, Sections};
use std::f64::consts::PI;

/// A notch that removes `freq_hz`, with a half-power width of `freq_hz / quality`.
///
/// The second-order design of Orfanidis (Introduction to Signal Processing, 11.3), as scipy's `iirnotch`.
///
/// # Errors
/// A rate, frequency or quality that is not positive, or a frequency at or above half the rate.
pub fn notch(freq_hz: f64, quality: f64, rate_hz: f64) -> Result<Sections, FilterError> {
    check_rate(rate_hz)?;
    check_frequency(freq_hz, rate_hz)?;
    if !(quality.is_finite() && quality > 0.0) {
        return Err(FilterError::Quality(quality));
    }
    let centre = 2.0 * PI * freq_hz / rate_hz;
    // A width beyond half the rate has no tangent to speak of; the gain below would turn negative.
    if centre / quality >= PI {
        return Err(FilterError::Quality(quality));
    }
    let gain = 1.0 / (1.0 + (centre / quality / 2.0).tan());
    let cross = -2.0 * centre.cos() * gain;
    let sections = Sections::new(vec![[gain, cross, gain, cross, 2.0 * gain - 1.0]]);
    if sections.is_stable() { Ok(sections) } else { Err(FilterError::Unstable { rate_hz }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_frequency_is_removed() {
        let filter = notch(50.0, 30.0, 250.0).unwrap();
        assert!(filter.response(50.0, 250.0) < 1e-12);
        assert!((filter.response(0.0, 250.0) - 1.0).abs() < 1e-12);
        assert!(filter.response(30.0, 250.0) > 0.995);
        let half_width = 50.0 / 30.0 / 2.0;
        for hz in [50.0 - half_width, 50.0 + half_width] {
            assert!((filter.response(hz, 250.0) - 0.5_f64.sqrt()).abs() < 0.02, "{hz}");
        }
    }

    #[test]
    fn what_cannot_be_designed_is_refused() {
        assert!(matches!(notch(50.0, 0.0, 250.0), Err(FilterError::Quality(_))));
        assert!(matches!(notch(50.0, 0.1, 250.0), Err(FilterError::Quality(_))));
        assert!(matches!(notch(50.0, 30.0, 100.0), Err(FilterError::AboveNyquist { .. })));
        assert!(matches!(notch(f64::INFINITY, 30.0, 100.0), Err(FilterError::Frequency(_))));
    }
}
