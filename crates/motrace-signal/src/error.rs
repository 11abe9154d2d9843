use thiserror::Error;

/// Why a filter cannot be designed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FilterError {
    /// The order is 0 or so high that the filter would ring for longer than a trial.
    #[error("a filter of order {0} is not supported; choose an order from 1 to {max}", max = FilterError::MAX_ORDER)]
    Order(usize),
    /// The sampling rate is not a positive number.
    #[error("filters need a positive sampling rate, not {0} Hz; give the stream's rate")]
    Rate(f64),
    /// A corner frequency is not a positive number.
    #[error("{0} Hz is no frequency to filter at; give one above 0 Hz")]
    Frequency(f64),
    /// A corner frequency is at or above half the sampling rate.
    #[error(
        "{frequency_hz} Hz is not below half the sampling rate ({nyquist_hz} Hz at {rate_hz} Hz); \
         choose a lower frequency, or record faster"
    )]
    AboveNyquist {
        /// The frequency asked for.
        frequency_hz: f64,
        /// Half the sampling rate.
        nyquist_hz: f64,
        /// The sampling rate.
        rate_hz: f64,
    },
    /// The band's lower end is not below its upper end.
    #[error("the band {low_hz}–{high_hz} Hz is empty; its lower end must be below its upper end")]
    EmptyBand {
        /// The lower end.
        low_hz: f64,
        /// The upper end.
        high_hz: f64,
    },
    /// The notch's quality factor is not a positive number.
    #[error("a notch needs a positive quality factor (frequency over width, 30 is usual), not {0}")]
    Quality(f64),
    /// The filter is so narrow against the rate that its poles cannot be told from the unit circle.
    #[error("the filter is unstable at {rate_hz} Hz: its band is too narrow or too low; widen it or lower the order")]
    Unstable {
        /// The sampling rate.
        rate_hz: f64,
    },
}

impl FilterError {
    /// The highest order that is designed.
    pub const MAX_ORDER: usize = 8;
}

/// Checks the rate.
pub(crate) fn check_rate(rate_hz: f64) -> Result<(), FilterError> {
    if rate_hz.is_finite() && rate_hz > 0.0 { Ok(()) } else { Err(FilterError::Rate(rate_hz)) }
}

/// Checks one corner frequency against a rate that was checked before.
pub(crate) fn check_frequency(frequency_hz: f64, rate_hz: f64) -> Result<(), FilterError> {
    if !(frequency_hz.is_finite() && frequency_hz > 0.0) {
        return Err(FilterError::Frequency(frequency_hz));
    }
    let nyquist_hz = rate_hz / 2.0;
    if frequency_hz >= nyquist_hz {
        return Err(FilterError::AboveNyquist { frequency_hz, nyquist_hz, rate_hz });
    }
    Ok(())
}
