use crate::{csp_lda::POWER_FLOOR, moments::TrialMoments};
use nalgebra::DMatrix;

/// The log-powers behind some spatial filters.
#[derive(Debug, Clone)]
pub(super) struct LogVariances {
    filters: Vec<Vec<f64>>,
    /// ln of the smallest power that counts, for each filter.
    floors: Vec<f64>,
}

impl LogVariances {
    /// Filters, each with one weight for a channel. Powers below [`POWER_FLOOR`] times the mean over these trials
    /// count as that.
    pub fn fit(filters: Vec<Vec<f64>>, moments: &TrialMoments, trials: &[usize]) -> Self {
        let floors = filters
            .iter()
            .map(|filter| {
                let mean =
                    trials.iter().map(|&trial| moments.power(trial, filter)).sum::<f64>() / trials.len().max(1) as f64;
                (mean * POWER_FLOOR).max(f64::MIN_POSITIVE).ln()
            })
            .collect();
        Self { filters, floors }
    }

    pub fn len(&self) -> usize {
        self.filters.len()
    }

    /// How many channels the filters read.
    pub fn channels(&self) -> usize {
        self.filters.first().map_or(0, Vec::len)
    }

    /// The log-power behind one filter.
    pub fn one(&self, moments: &TrialMoments, trial: usize, filter: usize) -> f64 {
        moments.power(trial, &self.filters[filter]).ln().max(self.floors[filter])
    }

    pub fn of(&self, moments: &TrialMoments, trial: usize) -> Vec<f64> {
        (0..self.len()).map(|filter| self.one(moments, trial, filter)).collect()
    }

    /// `[trials, filters]`.
    pub fn of_trials(&self, moments: &TrialMoments, trials: &[usize]) -> DMatrix<f64> {
        DMatrix::from_fn(trials.len(), self.len(), |i, k| self.one(moments, trials[i], k))
    }
}
