use crate::Preparation;
use motrace_signal::FilterSpec;

/// The band and the window of a decoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    /// The band, in hertz.
    pub band_hz: Option<[f64; 2]>,
    /// The window, in seconds after the cue.
    pub window_secs: [f64; 2],
    /// Whether the band was chosen by the trials, and not configured.
    pub band_is_chosen: bool,
    /// Whether the window was chosen by the trials, and not configured.
    pub window_is_chosen: bool,
}

impl Tuning {
    /// What a preparation says.
    pub(super) fn of(preparation: &Preparation) -> Self {
        Self {
            band_hz: preparation.filter.band_hz,
            window_secs: preparation.window_secs,
            band_is_chosen: false,
            window_is_chosen: false,
        }
    }

    /// The preparation with this band and window.
    #[must_use]
    pub fn applied_to(&self, preparation: &Preparation) -> Preparation {
        Preparation {
            filter: FilterSpec { band_hz: self.band_hz, ..preparation.filter.clone() },
            window_secs: self.window_secs,
            ..preparation.clone()
        }
    }
}
