use crate::{FilterError, Sections, butterworth_bandpass, notch};

/// The causal filter of a decoder, as a configuration states it.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterSpec {
    /// The pass band in hertz, or none.
    pub band_hz: Option<[f64; 2]>,
    /// The band-pass's order, 1 to 8, counted as in [`butterworth_bandpass`].
    pub order: usize,
    /// The frequency a notch takes out, usually that of the mains, or none.
    pub notch_hz: Option<f64>,
}

impl FilterSpec {
    /// The notch's frequency over its half-power width.
    pub const NOTCH_QUALITY: f64 = 30.0;

    /// The band-pass, then the notch, for one sampling rate.
    ///
    /// # Errors
    /// What [`butterworth_bandpass`] and [`notch`] refuse; the order is ignored where there is no band.
    pub fn design(&self, rate_hz: f64) -> Result<Sections, FilterError> {
        crate::error::check_rate(rate_hz)?;
        let band = match self.band_hz {
            Some([low_hz, high_hz]) => butterworth_bandpass(self.order, low_hz, high_hz, rate_hz)?,
            None => Sections::default(),
        };
        Ok(match self.notch_hz {
            Some(hz) => band.followed_by(&notch(hz, Self::NOTCH_QUALITY, rate_hz)?),
            None => band,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_not_asked_for_are_left_out() {
        let mut spec = FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: Some(50.0) };
        assert_eq!(spec.design(250.0).unwrap().as_slice().len(), 5);
        spec.band_hz = None;
        assert_eq!(spec.design(250.0).unwrap().as_slice().len(), 1);
        spec.notch_hz = None;
        assert!(spec.design(250.0).unwrap().as_slice().is_empty());
        assert!(matches!(spec.design(f64::NAN), Err(FilterError::Rate(_))));
    }
}
