use crate::DecoderId;
use crate::settings::Selection;
use motrace_decode::TrialSet;
use motrace_engine::Preparation;

/// The training trials are divided into so many chronological blocks to choose by.
pub(crate) const INNER_FOLDS: usize = 5;

/// Bands that are chosen among beside the configured one, in hertz: µ, low β, high β and unions of them.
const BANDS_HZ: [[f64; 2]; 6] = [[8.0, 13.0], [8.0, 16.0], [8.0, 24.0], [13.0, 30.0], [6.0, 35.0], [18.0, 30.0]];
/// Bands end below this share of the sampling rate.
const HIGHEST_SHARE: f64 = 0.45;
/// Windows that are chosen among are so long, in seconds.
const LENGTHS_SECS: [f64; 3] = [1.5, 2.0, 2.5];
/// From the begin of one of them to that of the next.
const STEP_SECS: f64 = 0.5;

/// A subject's trials in one band and one window.
pub(crate) struct Candidate {
    pub band_hz: Option<[f64; 2]>,
    pub window_secs: [f64; 2],
    /// Whether the band is the configured one, which alone comes with the filter bank.
    pub has_own_band: bool,
    pub set: TrialSet,
    /// With each recording about its own centre, where a decoder wants that.
    pub recentred: Option<TrialSet>,
}

impl Candidate {
    /// The trials as a decoder reads them.
    pub fn set_for(&self, decoder: DecoderId) -> &TrialSet {
        self.recentred.as_ref().filter(|_| decoder.is_recentred).unwrap_or(&self.set)
    }
}

/// The bands to choose among, the configured one first.
pub(super) fn bands(preparation: &Preparation, selection: &Selection) -> Vec<Option<[f64; 2]>> {
    let own = preparation.filter.band_hz;
    let mut bands = vec![own];
    if selection.band {
        let fits = |band: &[f64; 2]| band[1] <= HIGHEST_SHARE * preparation.rate_hz && own != Some(*band);
        bands.extend(BANDS_HZ.into_iter().filter(fits).map(Some));
    }
    bands
}

/// The windows to choose among, the configured one first.
pub(super) fn windows_secs(preparation: &Preparation, selection: &Selection) -> Vec<[f64; 2]> {
    let own = preparation.window_secs;
    let mut windows = vec![own];
    if let Some([first, last]) = selection.window_range_secs {
        let steps = ((last - first) / STEP_SECS + 1e-6).floor().clamp(0.0, 120.0) as usize;
        for length in LENGTHS_SECS {
            for step in 0..=steps {
                let start = first + step as f64 * STEP_SECS;
                let window = [start, start + length];
                if window[1] <= last + 1e-9 && window != own {
                    windows.push(window);
                }
            }
        }
    }
    windows
}
