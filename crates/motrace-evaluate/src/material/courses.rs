use motrace_decode::{Epochs, TrainError, TrialSet};
use motrace_engine::{EngineError, Preparation, Tape, collect_bands};
use motrace_signal::FilterSpec;
use ndarray::{Array3, Axis, Slice};
use std::sync::Arc;

/// Windows of a course are so long, in seconds, unless that of training is shorter.
const SLIDING_SECS: f64 = 1.0;
/// From the end of one to that of the next.
const STEP_SECS: f64 = 0.25;
/// Courses begin and end there after the cue, where neighbouring trials and the decoded window allow it.
const RANGE_SECS: [f64; 2] = [-1.0, 4.0];
/// The moments of all windows of a unit's subjects take no more than this.
const MOST_BYTES: usize = 512 << 20;

/// A subject's trials in windows that move through the trial.
pub(crate) struct Courses {
    pub sliding_secs: f64,
    /// Where they end, in seconds after the cue.
    pub ends_secs: Vec<f64>,
    /// For each trial of the subject its place in the sets; `None` where a window is not there.
    pub places: Vec<Option<usize>>,
    /// For each band a set for each window; the first is the configured band, and has the filter bank where one is read.
    bands: Vec<(Option<[f64; 2]>, Vec<TrialSet>)>,
}

impl Courses {
    /// The trials in each window, in a band.
    pub fn of_band(&self, band_hz: Option<[f64; 2]>) -> Option<&[TrialSet]> {
        self.bands.iter().find(|(known, _)| *known == band_hz).map(|(_, sets)| sets.as_slice())
    }
}

/// What courses are cut from.
pub(super) struct Wanted<'a> {
    /// For the configured window.
    pub preparation: &'a Preparation,
    /// The recordings of the subject, as trials name them.
    pub recordings: &'a [(usize, Arc<Tape>)],
    /// The subject's trials: recording and number.
    pub trials: &'a [(usize, usize)],
    /// From one cue to the next, in seconds.
    pub trial_secs: Option<f64>,
    /// The bands that decoders read, the configured one first.
    pub bands: &'a [(Option<[f64; 2]>, FilterSpec)],
    /// The filter bank; empty where none is read.
    pub bank: &'a [([f64; 2], FilterSpec)],
    /// How many subjects share the memory.
    pub subjects: usize,
}

/// Cuts the courses of a subject; `None` where there is no trial that has all windows. Bands that would take too much memory are
/// left out, the filter bank first, and `warnings` says so.
pub(super) fn of_subject(wanted: &Wanted<'_>, warnings: &mut Vec<String>) -> Result<Option<Courses>, EngineError> {
    let own = wanted.preparation;
    let sliding_secs = SLIDING_SECS.min(own.window_secs[1] - own.window_secs[0]);
    let ends_secs = ends_secs(own.window_secs, sliding_secs, wanted.trial_secs);
    let (Some(&first), Some(&last)) = (ends_secs.first(), ends_secs.last()) else { return Ok(None) };
    // A sample more, since a window's start and length are rounded on their own.
    let wide = Preparation { window_secs: [first - sliding_secs, last + 1.0 / own.rate_hz], ..own.clone() };

    let channels = own.channels.len();
    let bytes = wanted.trials.len() * ends_secs.len() * channels * channels * size_of::<f64>();
    let most = MOST_BYTES / wanted.subjects.max(1) / bytes.max(1);
    let (mut bands, mut bank) = (wanted.bands, wanted.bank);
    if most < bands.len() + bank.len() {
        bank = &[];
        bands = &bands[..bands.len().min(most)];
        warnings.push(
            "there are too many trials and channels for all time courses: decoders of a filter bank, and bands that were chosen, have none"
                .to_owned(),
        );
    }
    if bands.is_empty() {
        return Ok(None);
    }

    // One band after the other: the samples of all of them would take more than their moments.
    let mut cut = Cut { wide: &wide, wanted, ends_secs: &ends_secs, sliding_secs, places: Vec::new() };
    let mut sets: Vec<(Option<[f64; 2]>, Vec<TrialSet>)> = Vec::new();
    for (band_hz, filter) in bands {
        let Some(epochs) = cut.windows(filter)? else { return Ok(None) };
        let of_band: Result<Vec<TrialSet>, TrainError> =
            epochs.into_iter().map(|window| Ok(TrialSet::new(window)?.without_samples())).collect();
        match of_band {
            Ok(of_band) => sets.push((*band_hz, of_band)),
            // A channel that stands still in all windows of one time: there is no course then.
            Err(_) => return Ok(None),
        }
    }
    if let Some((_, of_own)) = sets.first_mut() {
        for (band_hz, filter) in bank {
            let Some(epochs) = cut.windows(filter)? else { return Ok(None) };
            let with: Result<Vec<TrialSet>, TrainError> =
                of_own.iter().zip(&epochs).map(|(set, window)| set.clone().with_band(*band_hz, window)).collect();
            match with {
                Ok(with) => *of_own = with,
                Err(_) => return Ok(None),
            }
        }
    }
    let places = cut.places;
    Ok(Some(Courses { sliding_secs, ends_secs, places, bands: sets }))
}

/// Where the windows end: from before the cue to after the decoded window, and neither into the decoded window of the trial
/// before nor past the next cue.
fn ends_secs(window_secs: [f64; 2], sliding_secs: f64, trial_secs: Option<f64>) -> Vec<f64> {
    let [mut first, mut last] = RANGE_SECS;
    if let Some(secs) = trial_secs {
        first = first.max(window_secs[1] + sliding_secs - secs).min(0.0);
        last = last.min(secs);
    }
    last = last.max(window_secs[1]);
    let steps = |secs: f64| secs / STEP_SECS;
    let (first, last) = (steps(first).ceil() as i32, steps(last).floor() as i32);
    (first..=last).map(|step| f64::from(step) * STEP_SECS).collect()
}

struct Cut<'a> {
    wide: &'a Preparation,
    wanted: &'a Wanted<'a>,
    ends_secs: &'a [f64],
    sliding_secs: f64,
    places: Vec<Option<usize>>,
}

impl Cut<'_> {
    /// The trials through a filter in each window; `None` where no trial has all of them.
    fn windows(&mut self, filter: &FilterSpec) -> Result<Option<Vec<Epochs>>, EngineError> {
        let Self { wide, wanted, ends_secs, sliding_secs, places } = self;
        let (mut found, mut labels, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        places.clear();
        places.resize(wanted.trials.len(), None);
        for (recording, tape) in wanted.recordings {
            let collected = collect_bands(tape, wide, std::slice::from_ref(filter))?;
            let Some(windows) = collected.windows.into_iter().next() else { continue };
            for (place, trial) in collected.trials.iter().enumerate() {
                if let Some(of) = wanted.trials.iter().position(|known| *known == (*recording, trial.number)) {
                    places[of] = Some(labels.len() + place);
                }
            }
            labels.extend(collected.trials.iter().map(|trial| trial.class));
            groups.extend(std::iter::repeat_n(*recording, collected.trials.len()));
            found.push(windows);
        }
        if places.iter().all(Option::is_none) {
            return Ok(None);
        }
        let class_names: Vec<String> = wide.class_names().into_iter().map(str::to_owned).collect();
        let epochs = ends_secs.iter().map(|end| {
            let own = Preparation { window_secs: [end - *sliding_secs, *end], ..(*wide).clone() };
            let begin = (own.window_offset_samples() - wide.window_offset_samples()).max(0) as usize;
            let begin = begin.min(wide.window_samples().saturating_sub(own.window_samples()));
            let slice = Slice::from(begin..(begin + own.window_samples()).min(wide.window_samples()));
            let views: Vec<_> = found.iter().map(|windows| windows.slice_axis(Axis(2), slice)).collect();
            Epochs {
                data: ndarray::concatenate(Axis(0), &views).unwrap_or_else(|_| Array3::zeros((0, 0, 0))),
                labels: labels.clone(),
                class_names: class_names.clone(),
                groups: groups.clone(),
            }
        });
        Ok(Some(epochs.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courses_stay_within_the_trial() {
        let usual = ends_secs([0.5, 2.5], 1.0, Some(8.2));
        assert_eq!((usual.first(), usual.last(), usual.len()), (Some(&-1.0), Some(&4.0), 21));
        // A cue each 4 s: the window of the trial before ends 1.5 s before the cue.
        let short = ends_secs([0.5, 2.5], 1.0, Some(4.0));
        assert_eq!((short.first(), short.last()), (Some(&-0.5), Some(&4.0)));
        let long = ends_secs([1.0, 5.9], 1.0, Some(7.0));
        assert_eq!((long.first(), long.last()), (Some(&0.0), Some(&5.75)));
        assert_eq!(ends_secs([0.5, 2.5], 1.0, None).len(), 21);
    }
}
