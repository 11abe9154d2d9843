use super::TrainingError;
use super::survey::{collect, find_windows};
use crate::{EpochCollector, Preparation, RecordingStamp, Tape};
use motrace_core::Trial;
use motrace_decode::Epochs;
use ndarray::{Array3, Axis, Slice};

/// All trials through one filter, in windows long enough for every window that was chosen with this filter.
pub(super) struct Bank {
    collectors: Vec<EpochCollector>,
    preparation: Preparation,
}

/// Epochs, and what speaks against using them.
pub(super) struct BankedEpochs {
    /// One epoch for each trial; zeros where it is missing.
    pub epochs: Epochs,
    /// Trials during which the filters were settling: decided, but not trained on.
    pub settling: Vec<bool>,
    /// Trials that are not there at all.
    pub missing: Vec<bool>,
}

impl Bank {
    /// Trials that were collected already, for exactly this preparation.
    pub fn of(collectors: Vec<EpochCollector>, preparation: &Preparation) -> Self {
        Self { collectors, preparation: preparation.clone() }
    }

    /// Collects all trials, those in which the filters are settling as well: how long they do depends on the band.
    pub fn collect(
        recordings: &[(RecordingStamp, &Tape)],
        preparation: &Preparation,
        window_secs: [f64; 2],
    ) -> Result<Self, TrainingError> {
        let preparation = Preparation { window_secs, ..preparation.clone() };
        Ok(Self { collectors: collect(recordings, &preparation, None, true)?, preparation })
    }

    /// The epochs of these trials, in a window within the bank's own: to the bit what is collected for this window
    /// alone, since the filter is causal and runs from the first sample on either way.
    pub fn epochs(&self, trials: &[(usize, Trial)], preparation: &Preparation) -> BankedEpochs {
        let begin = (preparation.window_offset_samples() - self.preparation.window_offset_samples()).max(0) as usize;
        let (own, wanted) = (self.preparation.window_samples(), preparation.window_samples());
        let begin = begin.min(own.saturating_sub(wanted));
        let part = Slice::from(begin..(begin + wanted).min(own));
        let mut data = Array3::zeros((trials.len(), preparation.channels.len(), wanted));
        let windows = find_windows(&self.collectors, trials);
        for (mut slot, found) in data.axis_iter_mut(Axis(0)).zip(&windows) {
            if let Some((window, _)) = found {
                slot.assign(&window.slice_axis(Axis(1), part));
            }
        }
        BankedEpochs {
            epochs: Epochs {
                data,
                labels: trials.iter().map(|(_, trial)| trial.class).collect(),
                class_names: preparation.class_names().into_iter().map(str::to_owned).collect(),
                groups: trials.iter().map(|(group, _)| *group).collect(),
            },
            settling: windows.iter().map(|found| found.is_some_and(|(_, settling)| settling)).collect(),
            missing: windows.iter().map(Option::is_none).collect(),
        }
    }
}
