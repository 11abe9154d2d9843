use super::sites::Sites;
use super::{TrainSettings, TrainingError, Tuning};
use crate::{EpochCollector, Preparation, RecordingStamp, Tape};
use motrace_core::Trial;
use motrace_decode::LogPowers;
use motrace_signal::{FilterSpec, Reference, welch_psd};
use ndarray::{Array3, ArrayView1, ArrayView2};
use std::collections::HashMap;

/// Bands are looked for between these frequencies, in hertz.
const SEARCH_HZ: [f64; 2] = [5.0, 35.0];
/// Bands end below this share of the sampling rate.
const HIGHEST_SHARE: f64 = 0.45;
/// Spectra are estimated over segments of this length, in seconds.
const SEGMENT_SECS: f64 = 1.0;
/// Band power over time is the mean over this long, in seconds.
const SMOOTHING_SECS: f64 = 0.25;
/// From one band power to the next, in seconds.
const STEP_SECS: f64 = 0.05;
/// A chosen window is at least this long, in seconds: over less, log-power is mostly noise.
const SMALLEST_WINDOW_SECS: f64 = 1.0;

/// The recordings and what is known of all their trials, from which band and window are chosen for some of them.
pub(super) struct Survey<'a> {
    recordings: &'a [(RecordingStamp, &'a Tape)],
    /// With the window that is searched.
    searched: Preparation,
    configured: Tuning,
    sites: Sites,
    /// The trials that can be chosen from, with their recording.
    trials: Vec<(usize, Trial)>,
    spectra: Option<LogPowers>,
    chooses_window: bool,
    /// Band powers over time in bands that were asked for already.
    over_time: Vec<([f64; 2], LogPowers)>,
}

impl<'a> Survey<'a> {
    /// Reads all trials, without any filter but the notch, in derivations over the sensorimotor areas; and gives what
    /// it read.
    pub fn new(
        recordings: &'a [(RecordingStamp, &'a Tape)],
        preparation: &Preparation,
        settings: &TrainSettings,
    ) -> Result<(Self, Vec<EpochCollector>), TrainingError> {
        let sites = Sites::of(&preparation.channels);
        let [start, end] = preparation.window_secs;
        let [first, last] = settings.choose_window.map_or([start, end], |[a, b]| [a.min(start), b.max(end)]);
        // Two samples more, since a window's start and length are rounded on their own.
        let window_secs = [first, last + 2.0 / preparation.rate_hz];
        let input = crate::InputStage::Filtered;
        let searched = Preparation { window_secs, reference: Reference::None, input, ..preparation.clone() };
        let unfiltered = FilterSpec { band_hz: None, ..preparation.filter.clone() };
        let unfiltered = Preparation { filter: unfiltered, ..searched.clone() };
        let collectors = collect(recordings, &unfiltered, Some(sites.derivations.view()), false)?;
        let numbered = collectors.iter().enumerate();
        let trials = numbered.flat_map(|(group, c)| c.kept().iter().map(move |t| (group, t.clone()))).collect();
        let mut survey = Self {
            recordings,
            configured: Tuning::of(preparation),
            sites,
            trials,
            spectra: None,
            chooses_window: settings.choose_window.is_some(),
            over_time: Vec::new(),
            searched,
        };
        if settings.choose_band {
            let begin = preparation.window_offset_samples() - survey.searched.window_offset_samples();
            let windows: Vec<ArrayView2<f64>> = collectors.iter().flat_map(EpochCollector::windows).collect();
            survey.spectra = Some(survey.spectra_of(&windows, begin.max(0) as usize, preparation.window_samples()));
        }
        Ok((survey, collectors))
    }

    /// What was searched for a window, in seconds after the cue.
    pub fn into_searched_secs(self) -> [f64; 2] {
        self.searched.window_secs
    }

    /// Band and window for these trials, by nothing but these trials.
    pub fn choose(&mut self, trials: &[usize]) -> Result<Tuning, TrainingError> {
        let mut tuning = self.configured.clone();
        if let Some(band_hz) = self.spectra.as_ref().and_then(|spectra| spectra.band_hz(trials)) {
            tuning.band_hz = Some(band_hz);
            tuning.band_is_chosen = true;
        }
        if self.chooses_window
            && let Some(band_hz) = tuning.band_hz
        {
            let powers = self.powers_over_time(band_hz)?;
            if let Some(window_secs) = powers.interval_secs(trials, SMALLEST_WINDOW_SECS) {
                tuning.window_secs = window_secs;
                tuning.window_is_chosen = true;
            }
        }
        Ok(tuning)
    }

    fn log_powers(&self, values: Array3<f64>, points: Vec<f64>) -> LogPowers {
        let labels = self.trials.iter().map(|(_, trial)| trial.class).collect();
        LogPowers { values, points, labels, areas: self.sites.areas.clone() }
    }

    /// The spectra of the trials' configured windows.
    fn spectra_of(&self, windows: &[ArrayView2<f64>], begin: usize, length: usize) -> LogPowers {
        let rate_hz = self.searched.rate_hz;
        let segment = ((SEGMENT_SECS * rate_hz).round() as usize).min(length).max(1);
        let resolution_hz = rate_hz / segment as f64;
        let highest_hz = SEARCH_HZ[1].min(HIGHEST_SHARE * rate_hz);
        let bins: Vec<usize> = (0..=segment / 2)
            .filter(|&bin| (SEARCH_HZ[0] - 1e-9..=highest_hz + 1e-9).contains(&(bin as f64 * resolution_hz)))
            .collect();
        let sites = self.sites.derivations.nrows();
        let mut values = Array3::zeros((windows.len(), sites, bins.len()));
        for (trial, window) in windows.iter().enumerate() {
            for site in 0..sites {
                let signal: Vec<f64> = window.row(site).iter().skip(begin).take(length).copied().collect();
                let spectrum = welch_psd(&signal, rate_hz, segment);
                for (point, &bin) in bins.iter().enumerate() {
                    let density = spectrum.density.get(bin).copied().unwrap_or(0.0);
                    values[[trial, site, point]] = density.max(f64::MIN_POSITIVE).ln();
                }
            }
        }
        self.log_powers(values, bins.into_iter().map(|bin| bin as f64 * resolution_hz).collect())
    }

    /// The log-power of each site over time, through the causal filter of this band.
    fn powers_over_time(&mut self, band_hz: [f64; 2]) -> Result<&LogPowers, TrainingError> {
        if let Some(known) = self.over_time.iter().position(|(band, _)| *band == band_hz) {
            return Ok(&self.over_time[known].1);
        }
        let preparation = Preparation {
            filter: FilterSpec { band_hz: Some(band_hz), ..self.searched.filter.clone() },
            ..self.searched.clone()
        };
        let rate_hz = preparation.rate_hz;
        let samples = preparation.window_samples();
        let [first, last] = self.searched.window_secs;
        let half = (SMOOTHING_SECS / 2.0 * rate_hz).round() as usize;
        let steps = ((last - first) / STEP_SECS + 1e-6).floor() as usize + 1;
        let centre = |step: usize| ((step as f64 * STEP_SECS * rate_hz).round() as usize).min(samples);
        let collectors = collect(self.recordings, &preparation, Some(self.sites.derivations.view()), true)?;
        let windows = find_windows(&collectors, &self.trials);
        let mut values = Array3::zeros((self.trials.len(), self.sites.derivations.nrows(), steps));
        for (trial, window) in windows.iter().enumerate() {
            for (site, signal) in window.iter().flat_map(|(window, _)| window.outer_iter()).enumerate() {
                let sums = running_power(signal);
                for step in 0..steps {
                    let (from, to) = (centre(step).saturating_sub(half), (centre(step) + half).min(samples));
                    let power = (sums[to] - sums[from]) / (to - from).max(1) as f64;
                    values[[trial, site, step]] = power.max(f64::MIN_POSITIVE).ln();
                }
            }
        }
        // In steps of a twentieth, so that what is chosen reads well.
        let points = (0..steps).map(|step| ((first + step as f64 * STEP_SECS) * 1000.0).round() / 1000.0).collect();
        let powers = self.log_powers(values, points);
        self.over_time.push((band_hz, powers));
        Ok(&self.over_time[self.over_time.len() - 1].1)
    }
}

/// Sums of squares before each sample, and over all.
fn running_power(signal: ArrayView1<f64>) -> Vec<f64> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain(signal.iter().map(|x| {
            sum += x * x;
            sum
        }))
        .collect()
}

/// Collects the epochs of all recordings.
pub(super) fn collect(
    recordings: &[(RecordingStamp, &Tape)],
    preparation: &Preparation,
    derivations: Option<ArrayView2<f64>>,
    keeps_settling: bool,
) -> Result<Vec<EpochCollector>, TrainingError> {
    let one = |(stamp, tape): &(RecordingStamp, &Tape)| {
        EpochCollector::of_derivations(preparation, tape.info(), derivations, keeps_settling)
            .map_err(Into::into)
            .and_then(|collector| collector.without(tape.discarded()).read(&mut tape.play(4096)))
            .map_err(|source| TrainingError::Recording { recording: stamp.name.clone(), source })
    };
    recordings.iter().map(one).collect()
}

/// The window of each trial, and whether the filters were settling in it; `None` where there is no window.
pub(super) fn find_windows<'c>(
    collectors: &'c [EpochCollector],
    trials: &[(usize, Trial)],
) -> Vec<Option<(ArrayView2<'c, f64>, bool)>> {
    let mut places: HashMap<(usize, usize), (ArrayView2<'c, f64>, bool)> = HashMap::new();
    for (group, collector) in collectors.iter().enumerate() {
        for ((trial, window), settling) in collector.kept().iter().zip(collector.windows()).zip(collector.settling()) {
            places.insert((group, trial.number), (window, *settling));
        }
    }
    trials.iter().map(|(group, trial)| places.get(&(*group, trial.number)).copied()).collect()
}
